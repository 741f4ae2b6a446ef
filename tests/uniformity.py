"""Whether numbers are uniform on (0, 1): an exact test on their whole distribution function."""

from functools import lru_cache

import numpy as np
from scipy import stats


def uniformity_p_value(numbers, *, points=100):
    """
    P value of the largest departure of the empirical distribution function from the diagonal.

    At each of `points` - 1 equally spaced places the count of numbers below is binomial; the
    statistic is the smallest of its two-sided tail probabilities (Säilynoja, Bürkner and Vehtari
    2022, doi 10.1007/s11222-022-10090-6). Its distribution is exact: the counts between the
    places are Poisson given their total, so a walk over the places that stays where no tail is
    as small as the one seen is a product of convolutions.
    """
    n = len(numbers)
    tails, step, total = _tables(n, points)
    below = np.searchsorted(np.sort(numbers), np.arange(1, points) / points, side="right")
    seen = np.take_along_axis(tails, below[:, None], axis=1).min()
    walk = np.zeros(n + 1)
    walk[0] = 1.0
    for tail in tails:
        walk = np.convolve(walk, step)[: n + 1] * (tail > seen * (1 + 1e-9))
    return float(np.clip(1 - np.convolve(walk, step)[n] / total, 0.0, 1.0))


@lru_cache(maxsize=8)
def _tables(n, points):
    """Tail probabilities by place and count, and the Poisson law of one stretch and of all."""
    counts = np.arange(n + 1)
    binomial = stats.binom(n, np.arange(1, points)[:, None] / points)
    tails = np.minimum(binomial.cdf(counts), binomial.sf(counts - 1))
    return tails, stats.poisson.pmf(counts, n / points), stats.poisson.pmf(n, n)
