"""How much of the variance of counts lies between teams, for every family, by quadrature."""

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from learnclimate.counts.distributions import At, Distribution

FloatArray = npt.NDArray[np.float64]

_NODES = 40


def share_between_teams(
    distribution: Distribution, at: At, variance: FloatArray, zero_variance: FloatArray
) -> FloatArray:
    """
    Give the share of the variance of counts that lies between teams.

    Teams differ in the predictor, and perhaps in the log odds of the zero part, normally and
    independently. Given both, a count has mean ``q c`` and variance ``q (v + c²) - q² c²``,
    where ``q`` is the probability of counting at all, and ``c`` and ``v`` are mean and
    variance of what those who count count. So five averages over teams are enough, each of
    one normal variable: the variance between teams is ``E[q²] E[c²] - E[q]² E[c]²``, and the
    whole ``E[q] E[v + c²] - E[q]² E[c]²``.

    Parameters
    ----------
    distribution : Distribution
        The family's.
    at : At
        Where, at team effects of 0.
    variance : ndarray that broadcasts against ``at.predictor``
        Variance of the predictor over teams.
    zero_variance : ndarray that broadcasts against ``at.zero_log_odds``
        Variance of the log odds of the zero part over teams; not read without a zero part.

    Returns
    -------
    ndarray of the broadcast shape
        Between 0 and 1; also the correlation of the counts of two people of one team.

    References
    ----------
    Goldstein, Browne and Rasbash (2002), Partitioning variation in multilevel models,
    Understanding Statistics 1, 223-231, doi 10.1207/S15328031US0104_02.
    Leckie and others (2020), doi 10.1037/met0000265.

    Examples
    --------
    >>> from learnclimate.counts.distributions import distribution_of
    >>> from learnclimate.counts.families import Poisson
    >>> one = np.ones(1)
    >>> found = share_between_teams(distribution_of(Poisson()), At(0 * one), 0.25 * one, 0 * one)
    >>> mean, between = np.exp(0.125), np.exp(0.25) * np.expm1(0.25)
    >>> bool(np.isclose(found[0], between / (between + mean)))
    True
    """
    points, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()
    sd = np.sqrt(variance)
    shape = np.broadcast_shapes(np.shape(at.predictor), np.shape(sd))
    mean, square, spread = (np.zeros(shape) for _ in range(3))
    # Log odds of minus infinity leave what those who count count.
    nobody = None if at.zero_log_odds is None else np.full(shape, -np.inf)
    for point, weight in zip(points, weights, strict=True):
        place = At(at.predictor + point * sd, at.dispersion, nobody, at.trials)
        c = distribution.mean(place)
        mean += weight * c
        square += weight * c**2
        spread += weight * distribution.variance(place)
    q, q_square = _counting(at, zero_variance, points, weights)
    between = q_square * square - (q * mean) ** 2
    whole = q * (spread + square) - (q * mean) ** 2
    return np.asarray(np.clip(between / whole, 0.0, 1.0))


def _counting(
    at: At, zero_variance: FloatArray, points: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean, and mean square, over teams of the probability of counting at all."""
    if at.zero_log_odds is None:
        return np.ones(1), np.ones(1)
    sd = np.sqrt(zero_variance)
    chances = [expit(-(at.zero_log_odds + point * sd)) for point in points]
    first = sum(weight * q for weight, q in zip(weights, chances, strict=True))
    second = sum(weight * q**2 for weight, q in zip(weights, chances, strict=True))
    return np.asarray(first), np.asarray(second)
