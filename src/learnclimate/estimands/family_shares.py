"""Shares of the variance between teams, for families whose mean is no exponential."""

from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from learnclimate.counts.distributions import At, distribution_of
from learnclimate.counts.team_variance_shares import share_between_teams
from learnclimate.estimands.count_draws import CountDraws
from learnclimate.estimands.family_means import Somebody, at_level, n_levels_of, place_of
from learnclimate.estimands.wording import MEDIAN_RATE_RATIO, TEAM_SHARE, TEAM_SHARE_LOG

FloatArray = npt.NDArray[np.float64]

_QUARTILE = NormalDist().inv_cdf(0.75)


def family_shares(
    draws: CountDraws, person: Somebody, position: int | None
) -> dict[str, FloatArray]:
    """
    Part the variance of a typical person's counts, at each level of a frequency.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    person : Somebody
        One person, in no team.
    position : int or None
        The frequency asked about.

    Returns
    -------
    dict of str to ndarray of shape (n_draws, n_levels)
        ``team_share``, ``team_share_log`` and ``median_rate_ratio``.
    """
    distribution = distribution_of(draws.family)
    found: dict[str, list[FloatArray]] = {
        TEAM_SHARE: [],
        TEAM_SHARE_LOG: [],
        MEDIAN_RATE_RATIO: [],
    }
    for level in range(n_levels_of(draws, position)):
        at, variance, zero_variance = place_of(
            draws, at_level(person, position, level), new_team=True
        )
        share = share_between_teams(distribution, at, variance, zero_variance)
        found[TEAM_SHARE].append(share[:, 0])
        found[TEAM_SHARE_LOG].append((variance / (variance + _scatter(at, variance)))[:, 0])
        found[MEDIAN_RATE_RATIO].append(median_ratio(variance)[:, 0])
    return {name: np.stack(columns, axis=1) for name, columns in found.items()}


def median_ratio(variance: FloatArray) -> FloatArray:
    """
    Give the median, over pairs of teams, of the higher rate (or odds) over the lower.

    Parameters
    ----------
    variance : ndarray
        Variance over teams of the log rate (or log odds).

    Returns
    -------
    ndarray of the same shape
        At least 1.

    Examples
    --------
    >>> median_ratio(np.array([0.0, 0.25])).round(3).tolist()
    [1.0, 1.611]
    """
    return np.asarray(np.exp(np.sqrt(2 * variance) * _QUARTILE))


def _scatter(at: At, variance: FloatArray) -> FloatArray:
    """Variance that counts add on the scale of the predictor."""
    if at.trials is not None:
        phi = np.asarray(at.dispersion)
        chance = expit(at.predictor)
        binomial = at.trials * chance * (1 - chance)
        return np.asarray((at.trials + phi) / ((1 + phi) * binomial))
    spread = 0.0 if at.dispersion is None else 1 / at.dispersion
    return np.asarray(np.log1p(np.exp(-at.predictor - variance / 2) + spread))
