"""What some families and ways of asking need of each row, beyond a count."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from learnclimate.survey.counts_allowed import OPEN

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AskedRows:
    """
    What a design holds where the outcome is no plain open number; each None where it is.

    Attributes
    ----------
    highest : ndarray of shape (n_rows,), int64, or None
        Highest count that the answer allows, with ``CountDesign.outcome`` the lowest; `OPEN`
        where it is open above.
    trials : ndarray of shape (n_rows,), int64, or None
        Out of how many.
    zero_covariates : ndarray of shape (n_rows, n_zero_covariate_labels), or None
        Covariates of the zero part, on their own scale.
    version : ndarray of shape (n_rows,), int64, or None
        Place of the version of the questionnaire, where its answer options differ by version.

    Examples
    --------
    >>> AskedRows(trials=np.array([5, 8])).take(np.array([1])).trials
    array([8])
    """

    highest: IntArray | None = None
    trials: IntArray | None = None
    zero_covariates: FloatArray | None = None
    version: IntArray | None = None

    @property
    def columns(self) -> list[npt.NDArray[np.generic]]:
        """Every column there is, one by one, for telling alike rows."""
        found: list[npt.NDArray[np.generic]] = []
        for field in fields(self):
            values = getattr(self, field.name)
            if values is not None:
                found += list(values.T) if values.ndim == 2 else [values]
        return found

    def take(self, rows: IntArray) -> "AskedRows":
        """
        Keep some rows.

        Parameters
        ----------
        rows : ndarray of int
            Which.

        Returns
        -------
        AskedRows
            Those rows.
        """
        kept = (getattr(self, field.name) for field in fields(self))
        return AskedRows(*(None if values is None else values[rows] for values in kept))

    def followed_by(self, other: "AskedRows") -> "AskedRows":
        """
        Put other rows behind these.

        Parameters
        ----------
        other : AskedRows
            Rows of the same survey and model.

        Returns
        -------
        AskedRows
            All rows.
        """
        names = [field.name for field in fields(self) if getattr(self, field.name) is not None]
        both = (self, other)
        return AskedRows(
            **{name: np.concatenate([getattr(part, name) for part in both]) for name in names}
        )


def typical_counts(lowest: IntArray, highest: IntArray | None) -> FloatArray:
    """
    Give a rough count for answers that allow several, where a rough one will do.

    Parameters
    ----------
    lowest, highest : ndarray of shape (n_rows,), int64
        The counts that each answer allows; None where each is the count itself.

    Returns
    -------
    ndarray of shape (n_rows,)
        The middle of a range; a fourth above the lowest where it is open.

    Examples
    --------
    >>> typical_counts(np.array([1, 8]), np.array([2, OPEN])).tolist()
    [1.5, 10.0]
    """
    if highest is None:
        return lowest.astype(float)
    is_open = highest == OPEN
    bounded = np.where(is_open, lowest, highest)
    return np.where(is_open, 1.25 * lowest, (lowest + bounded) / 2)
