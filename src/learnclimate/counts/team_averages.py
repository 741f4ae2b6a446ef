"""Expected counts over the distribution of teams, for families whose mean is no exponential."""

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from learnclimate.counts.distributions import At, Distribution

FloatArray = npt.NDArray[np.float64]

_NODES = 32


def mean_over_teams(
    distribution: Distribution, at: At, variance: FloatArray, zero_variance: FloatArray
) -> FloatArray:
    """
    Average the expected count over normal team effects on the predictor and the log odds.

    The expected count is a product, of who counts at all and of how many they count, and the
    team effects on the two are independent; so each factor is averaged by itself, by
    Gauss-Hermite quadrature.

    Parameters
    ----------
    distribution : Distribution
        The family's.
    at : At
        Where, at team effects of 0.
    variance : ndarray that broadcasts against ``at.predictor``
        Variance of the predictor over teams.
    zero_variance : ndarray that broadcasts against ``at.zero_log_odds``
        Variance of the log odds of the zero part over teams.

    Returns
    -------
    ndarray of the broadcast shape
        Expected counts.

    Examples
    --------
    >>> from learnclimate.counts.distributions import distribution_of
    >>> from learnclimate.counts.families import Poisson
    >>> counts, one = distribution_of(Poisson()), np.ones(1)
    >>> found = mean_over_teams(counts, At(np.zeros(1)), one, np.zeros(1))
    >>> bool(np.isclose(found[0], np.exp(0.5)))
    True
    """
    points, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()
    sd, zero_sd = np.sqrt(variance), np.sqrt(zero_variance)
    # A zero part whose log odds are minus infinity leaves what those who count count.
    nobody = None if at.zero_log_odds is None else np.full_like(at.predictor, -np.inf)
    counted = np.zeros(np.broadcast_shapes(at.predictor.shape, np.shape(sd)))
    for point, weight in zip(points, weights, strict=True):
        place = At(at.predictor + point * sd, at.dispersion, nobody, at.trials)
        counted += weight * distribution.mean(place)
    if at.zero_log_odds is None:
        return counted
    share = sum(
        weight * expit(-at.zero_log_odds - point * zero_sd)
        for point, weight in zip(points, weights, strict=True)
    )
    return np.asarray(counted * share)
