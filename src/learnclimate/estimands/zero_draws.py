"""The draws of a zero part, as the answers read them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from learnclimate.counts.coding import DesignCoding

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ZeroDraws:
    """
    Posterior draws of the log odds of a zero.

    Attributes
    ----------
    intercept : ndarray of shape (n_draws,)
        Log odds at the lowest levels, covariates 0, average team.
    curve : ndarray of shape (n_draws, n_levels)
        Log odds ratio of each level against the lowest, flattened over the frequencies;
        zeros where the zero part does not depend on them.
    covariate_effects : ndarray of shape (n_draws, n_zero_covariate_labels)
        Log odds ratio per unit.
    team_variance : ndarray of shape (n_draws,)
        Variance over teams; zeros where the zero part does not vary over them.
    team_effects : ndarray of shape (n_draws, n_teams)
        Each team's own effect; no columns where there is none.
    """

    intercept: FloatArray
    curve: FloatArray
    covariate_effects: FloatArray
    team_variance: FloatArray
    team_effects: FloatArray

    def block(self, rows: slice) -> "ZeroDraws":
        """
        Take some of the draws.

        Parameters
        ----------
        rows : slice
            Which.

        Returns
        -------
        ZeroDraws
            Views of these draws.
        """
        return ZeroDraws(*(getattr(self, field.name)[rows] for field in fields(self)))


def zero_draws(
    coding: DesignCoding, draws: Mapping[str, FloatArray], n_levels: int
) -> ZeroDraws | None:
    """
    Read the draws of a zero part.

    Parameters
    ----------
    coding : DesignCoding
        How answers were coded.
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, chains behind one another.
    n_levels : int
        Levels of all frequencies.

    Returns
    -------
    ZeroDraws or None
        None where the family has no zero part.
    """
    if coding.zero is None:
        return None
    n_draws = len(draws["intercept"])
    sd = draws.get("zero_team_sd", np.zeros(n_draws))
    return ZeroDraws(
        intercept=draws["zero_intercept"],
        curve=draws.get("zero_frequency_curve", np.zeros((n_draws, n_levels))),
        covariate_effects=draws.get("zero_covariate_effects", np.empty((n_draws, 0))),
        team_variance=sd**2,
        team_effects=draws.get("zero_team_effects", np.empty((n_draws, 0))),
    )
