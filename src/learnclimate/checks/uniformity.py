"""Whether numbers are uniform on (0, 1): an exact test, and a band for their distribution."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: At so many places, less one, the distribution function is looked at.
_STRETCHES = 100
_BISECTIONS = 40


def uniformity_p_value(numbers: FloatArray) -> float:
    """
    Test whether numbers are independent and uniform on (0, 1).

    At each of 99 equally spaced places the count of numbers below has a binomial
    distribution. The statistic is the smallest of the tail probabilities of these counts,
    and its distribution is computed exactly.

    Parameters
    ----------
    numbers : ndarray of shape (n,)
        The numbers.

    Returns
    -------
    float
        Probability of a statistic at least as extreme.

    References
    ----------
    Säilynoja, Bürkner and Vehtari (2022), doi 10.1007/s11222-022-10090-6.

    Examples
    --------
    >>> uniformity_p_value(np.linspace(0.005, 0.995, 100)) > 0.5
    True
    >>> uniformity_p_value(np.linspace(0.005, 0.7, 100)) < 0.001
    True
    """
    n = len(numbers)
    tails = _tails(n)
    below = np.searchsorted(np.sort(numbers), places(), side="right")
    seen = np.take_along_axis(tails, below[:, None], axis=1).min()
    # A hair wider: equal tails on both sides differ by rounding.
    return float(np.clip(1 - _staying(tails > seen * (1 + 1e-9)), 0.0, 1.0))


def places() -> FloatArray:
    """
    List the places at which a distribution function is looked at.

    Returns
    -------
    ndarray of shape (99,)
        0.01, 0.02, ..., 0.99.
    """
    return np.arange(1, _STRETCHES) / _STRETCHES


def distribution_at_places(numbers: FloatArray) -> FloatArray:
    """
    Give the empirical distribution function at the places.

    Parameters
    ----------
    numbers : ndarray of shape (n,)
        The numbers.

    Returns
    -------
    ndarray of shape (99,)
        Share of the numbers at or below each place.
    """
    below = np.searchsorted(np.sort(numbers), places(), side="right")
    return np.asarray(below / max(len(numbers), 1), dtype=float)


@lru_cache(maxsize=16)
def simultaneous_band(n: int, probability: float) -> tuple[FloatArray, FloatArray]:
    """
    Give a band that holds the whole distribution function of uniform numbers.

    Parameters
    ----------
    n : int
        How many numbers.
    probability : float
        Probability with which the function stays inside at every place.

    Returns
    -------
    lower, upper : ndarray of shape (99,)
        Bounds of the share of numbers below each place.

    References
    ----------
    Säilynoja, Bürkner and Vehtari (2022), doi 10.1007/s11222-022-10090-6.

    Examples
    --------
    >>> lower, upper = simultaneous_band(100, 0.95)
    >>> bool(lower[49] < 0.4 < 0.6 < upper[49])
    True
    """
    tails = _tails(n)
    narrow, wide = 0.5, 0.0
    # What stays outside a place's tails is a step function of the tail: bisect its log.
    low, high = np.log(1e-12), np.log(narrow)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _staying(tails > np.exp(middle)) >= probability:
            low, wide = middle, float(np.exp(middle))
        else:
            high = middle
    inside = tails > wide
    lower = inside.argmax(axis=1) / n
    upper = (n - inside[:, ::-1].argmax(axis=1)) / n
    return lower, upper


@lru_cache(maxsize=16)
def _tails(n: int) -> FloatArray:
    """Give the smaller tail probability of each count at each place, (99, n + 1)."""
    from scipy import stats

    counts = np.arange(n + 1)
    law = stats.binom(n, places()[:, None])
    return np.asarray(np.minimum(law.cdf(counts), law.sf(counts - 1)))


def _staying(allowed: BoolArray) -> float:
    """
    Give the probability that uniform numbers have an allowed count below every place.

    Counts in stretches of equal length are Poisson, given their total; so the counts below
    the places are a walk, and staying allowed is a product of convolutions.
    """
    from scipy import stats

    n = allowed.shape[1] - 1
    step = stats.poisson.pmf(np.arange(n + 1), n / _STRETCHES)
    step = step[: max(2, int(np.flatnonzero(step > 1e-30)[-1]) + 1)]
    walk = np.zeros(n + 1)
    walk[0] = 1.0
    for some in allowed:
        walk = np.convolve(walk, step)[: n + 1] * some
    return float(np.convolve(walk, step)[n] / stats.poisson.pmf(n, n))
