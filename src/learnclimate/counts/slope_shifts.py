"""What shifts the slope of a frequency: what describes the team, or another frequency."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SlopeShift:
    """
    One coordinate of dim ``slope_shift``: a product of a frequency's curve and something else.

    Attributes
    ----------
    frequency : str
        The frequency whose slope is shifted.
    by : str
        A coordinate of ``covariate`` that describes teams, or another frequency.
    centre : float or None
        Where such a covariate shifts nothing: its mean over the respondents of the fit, rounded
        so that it tells no size of a team. None where `by` is a frequency, which shifts nothing
        at its lowest level.

    Examples
    --------
    >>> SlopeShift("talk", "challenge", 3.2).label
    'talk:challenge'
    """

    frequency: str
    by: str
    centre: float | None

    @property
    def label(self) -> str:
        """Coordinate of ``slope_shift``."""
        return f"{self.frequency}:{self.by}"


@dataclass(frozen=True, slots=True)
class ShiftedPeople:
    """
    What the shifts of a slope depend on.

    Attributes
    ----------
    levels : ndarray of shape (n_people, n_frequencies), int
        Level indices.
    covariates : ndarray of shape (n_people, n_covariate_labels)
        On their own scale.
    """

    levels: IntArray
    covariates: FloatArray
