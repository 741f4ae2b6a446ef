"""Teams' effects where a fit keeps their moments instead of draws: intervals and probabilities."""

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy import special

from learnclimate.core import labels

FloatArray = npt.NDArray[np.float64]

#: Below this skewness a normal distribution is as good.
_STRAIGHT = 1e-3


def has_team_summary(draws: xr.DataTree) -> bool:
    """
    Say whether moments stand in for the draws of the team effects.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit.

    Returns
    -------
    bool
        Whether they do.
    """
    return labels.TEAM_SUMMARY in draws.children


def quantiles(
    mean: FloatArray, sd: FloatArray, skewness: FloatArray, probability: float
) -> FloatArray:
    """
    Quantiles of distributions of which mean, sd and skewness are known.

    They are those of a shifted gamma distribution (Pearson's type III), of either sign:
    the shape of a team's log rate given a count, and normal where there is no skewness.

    Parameters
    ----------
    mean, sd, skewness : ndarray of shape (n,)
        Moments.
    probability : float
        Between 0 and 1.

    Returns
    -------
    ndarray of shape (n,)
        The quantiles.

    Examples
    --------
    >>> moments = [np.array([value]) for value in (0.0, 1.0, 2.0)]
    >>> quantiles(*moments, 0.9).round(3).tolist()  # of an exponential less 1
    [1.303]
    """
    skewed = np.abs(skewness) > _STRAIGHT
    found = np.full(len(mean), special.ndtri(probability))
    shape = 4 / skewness[skewed] ** 2
    tail = np.where(skewness[skewed] > 0, probability, 1 - probability)
    found[skewed] = (special.gammaincinv(shape, tail) - shape) * skewness[skewed] / 2
    return np.asarray(mean + sd * found)


def probability_above(
    mean: FloatArray, sd: FloatArray, skewness: FloatArray, bound: float = 0.0
) -> FloatArray:
    """
    Probability of lying above a bound, under the distributions of `quantiles`.

    Parameters
    ----------
    mean, sd, skewness : ndarray of shape (n,)
        Moments.
    bound : float, default 0
        The bound.

    Returns
    -------
    ndarray of shape (n,)
        Probabilities.

    Examples
    --------
    >>> moments = [np.array([value]) for value in (0.0, 1.0, 0.0)]
    >>> probability_above(*moments).tolist()
    [0.5]
    """
    standard = (bound - mean) / sd
    skewed = np.abs(skewness) > _STRAIGHT
    found = special.ndtr(-standard)
    shape = 4 / skewness[skewed] ** 2
    gamma = np.maximum(shape + standard[skewed] * 2 / skewness[skewed], 0.0)
    found[skewed] = np.where(
        skewness[skewed] > 0, special.gammaincc(shape, gamma), special.gammainc(shape, gamma)
    )
    return np.asarray(found)


def simulated(
    mean: FloatArray,
    sd: FloatArray,
    skewness: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """
    Draw once from each of the distributions of `quantiles`, independently.

    Parameters
    ----------
    mean, sd, skewness : ndarray of shape (n,)
        Moments.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n,)
        Draws.
    """
    skewed = np.abs(skewness) > _STRAIGHT
    found = np.empty(len(mean))
    found[~skewed] = rng.standard_normal(int((~skewed).sum()))
    shape = 4 / skewness[skewed] ** 2
    found[skewed] = (rng.standard_gamma(shape) - shape) * skewness[skewed] / 2
    return np.asarray(mean + sd * found)


def moments_of(
    draws: xr.DataTree, effect: str, shown: npt.NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Read the moments of one effect of some teams.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit that keeps a summary.
    effect : str
        Name of the effect.
    shown : ndarray of shape (n_teams,), bool
        Which teams.

    Returns
    -------
    mean, sd, skewness : ndarray of shape (n_shown,)
        Moments.
    """
    summary = draws[labels.TEAM_SUMMARY].to_dataset().sel({labels.TEAM_EFFECT: effect})
    mean, sd, skewness = (
        summary[name].to_numpy().astype(float)[shown] for name in ("mean", "sd", "skewness")
    )
    return mean, sd, skewness
