"""
Families beyond the Poisson and negative binomial, row by row: log density and derivatives.

With η the log rate (log odds out of K), ζ the log odds of the zero part and κ the log of the
dispersion φ, `row_terms` gives log f, its first derivative and minus its second by η, and its
first derivatives by κ and ζ. A further family is a further branch of it.
"""

from math import lgamma
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.arithmetic import exp, log1p, outer_kernel, row_kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NO_ZEROS, INFLATED, HURDLE = 0, 1, 2
#: `Kind.base`: what a count is drawn from.
POISSON, NEGATIVE_BINOMIAL, BETA_BINOMIAL = 0, 1, 2

_LITTLE = 1e-6
_MOST_TERMS = 100_000
_LARGEST_ETA = 120.0
_LARGE = 1e140


class Kind(NamedTuple):
    """
    A family in numbers.

    Attributes
    ----------
    base : int
        `POISSON`, `NEGATIVE_BINOMIAL` or `BETA_BINOMIAL`.
    zeros : int
        `NO_ZEROS`, `INFLATED` or `HURDLE`.
    """

    base: int
    zeros: int


@row_kernel
def log1p_exp(x: float) -> float:
    """Log of 1 + exp(x), for any x."""
    return x + np.log1p(np.exp(-x)) if x > 0.0 else np.log1p(np.exp(x))


@row_kernel
def _log_product(start: float, size: int) -> float:
    """Log of start × (start + 1) × ... of so many factors: few logs, none of them overflows."""
    value, product = 0.0, 1.0
    for i in range(size):
        product *= start + i
        if product > _LARGE or product < 1.0 / _LARGE:
            value += np.log(product)
            product = 1.0
    return value + np.log(product)


@row_kernel
def row_start(
    kind: Kind, row: tuple[int, int, int], zeta: float, phi: float
) -> tuple[float, float, float, float]:
    """
    Give what a row's log density holds whatever η: computed once, not at every node.

    Of a count y: the log of its terms in y and φ alone, and the derivative of that by κ. Then
    log π and log (1 - π).
    """
    low, _, trials = row
    value, slope = -lgamma(low + 1.0), 0.0
    if kind.base == NEGATIVE_BINOMIAL:
        for i in range(low):
            value += np.log1p(i / phi)
            slope -= i / (phi + i)
    elif kind.base == BETA_BINOMIAL:
        value += lgamma(trials + 1.0) - lgamma(trials - low + 1.0) - _log_product(phi, trials)
        for i in range(trials):
            slope -= phi / (phi + i)
    if kind.zeros == NO_ZEROS:
        return value, slope, 0.0, 0.0
    return value, slope, -log1p_exp(-zeta), -log1p_exp(zeta)


@row_kernel
def _bounded(
    is_nb: bool, counts: tuple[int, int], start: tuple[float, float], eta: float, phi: float
) -> tuple[float, float, float, float]:
    """Log of the sum of probabilities; mean, variance and mean κ-score of the counts in it."""
    low, high = counts
    mu = np.exp(eta)
    log = low * eta + start[0]
    k, k_each, share = 0.0, 0.0, 0.0
    if is_nb:
        v = mu / phi
        share = v / (1.0 + v)
        fall = np.log1p(v)
        log -= (low + phi) * fall
        k = start[1] - phi * fall + (low + phi) * share
    else:
        log -= mu
    if low == high:
        return log, float(low), 0.0, k
    term, total, first, second, by_k = 1.0, 1.0, 0.0, 0.0, k
    k_each = k
    for y in range(low, high):
        if is_nb:
            term *= (phi + y) / (y + 1.0) * share
            k_each += share - y / (phi + y)
        else:
            term *= mu / (y + 1.0)
        step = y + 1.0 - low
        total += term
        first += term * step
        second += term * step * step
        by_k += term * k_each
        if term < 1e-17 * total and step > 50 and y > mu:
            break
    mean = first / total
    return log + np.log(total), low + mean, max(second / total - mean * mean, 0.0), by_k / total


@row_kernel
def _open(
    is_nb: bool, low: int, start: tuple[float, float], eta: float, phi: float
) -> tuple[float, float, float, float]:
    """As `_bounded`, of all counts from `low` on: the complement, or the tail if that is small."""
    if low == 0:
        mu = np.exp(eta)
        return 0.0, mu, mu + (mu * mu / phi if is_nb else 0.0), 0.0
    log, mean, variance, by_k = _bounded(is_nb, (0, low - 1), (0.0, 0.0), eta, phi)
    below = np.exp(log)
    rest = -np.expm1(log)
    if not rest > _LITTLE:
        return _bounded(is_nb, (low, low + _MOST_TERMS), start, eta, phi)
    mu = np.exp(eta)
    whole_square = mu * mu + mu + (mu * mu / phi if is_nb else 0.0)
    m1 = (mu - below * mean) / rest
    m2 = (whole_square - below * (variance + mean * mean)) / rest
    return np.log(rest), m1, max(m2 - m1 * m1, 0.0), -below * by_k / rest


@row_kernel
def _counted(
    base: int, counts: tuple[int, int], start: tuple[float, float], eta: float, phi: float
) -> tuple[float, float, float, float]:
    """Log probability of counts from low to high (< 0: open), s, w and κ-slope, no zero part."""
    is_nb = base == NEGATIVE_BINOMIAL
    low, high = counts
    if high < 0:
        log, mean, variance, k = _open(is_nb, low, start, eta, phi)
        if low == 0:
            return 0.0, 0.0, 0.0, 0.0
    else:
        log, mean, variance, k = _bounded(is_nb, counts, start, eta, phi)
    mu = np.exp(eta)
    if not is_nb:
        return log, mean - mu, mu - variance, k
    a = phi / (phi + mu)
    return log, a * (mean - mu), a * a * (mu * (1.0 + mean / phi) - variance), k


@row_kernel
def _above_zero(base: int, eta: float, phi: float) -> tuple[float, float, float, float]:
    """Log probability of a count above 0, its derivatives by η, minus the second, and by κ."""
    mu = np.exp(eta)
    t, first, second, k = mu, mu, mu, 0.0
    if base == NEGATIVE_BINOMIAL:
        v = mu / phi
        share = v / (1.0 + v)
        t = phi * np.log1p(v)
        first = phi * share
        second = phi * share * (1.0 - share)
        k = t - first
    t = max(t, 1e-300)
    g = 1.0 / np.expm1(t)
    weight = g * (1.0 + g) * first * first - g * second
    return np.log(-np.expm1(-t)), g * first, weight, g * k


@row_kernel
def _out_of(
    k: int, trials: int, start: tuple[float, float], eta: float, phi: float
) -> tuple[float, float, float, float]:
    """Beta-binomial: log probability of k out of K, and derivatives."""
    p = 1.0 / (1.0 + np.exp(-eta))
    rest = 1.0 / (1.0 + np.exp(eta))
    a, b = max(p * phi, 1e-300), max(rest * phi, 1e-300)
    log = start[0] + _log_product(a, k) + _log_product(b, trials - k)
    a1, a2, b1, b2 = 0.0, 0.0, 0.0, 0.0
    for i in range(k):
        a1 += 1.0 / (a + i)
        a2 += 1.0 / ((a + i) * (a + i))
    for i in range(trials - k):
        b1 += 1.0 / (b + i)
        b2 += 1.0 / ((b + i) * (b + i))
    q = phi * p * rest
    weight = q * q * (a2 + b2) - q * (rest - p) * (a1 - b1)
    return log, q * (a1 - b1), weight, a * a1 + b * b1 + start[1]


@row_kernel
def row_terms(
    kind: Kind,
    row: tuple[int, int, int],
    start: tuple[float, float, float, float],
    eta: float,
    phi: float,
) -> tuple[float, float, float, float, float]:
    """
    Log density of a row and its derivatives.

    ``row`` is the lowest and the highest count of the answer, the latter below 0 where it is
    open, and K; ``start`` is what `row_start` gives for it. Returns log f, ∂η, -∂²η, ∂κ and ∂ζ.
    """
    low, high, trials = row
    counts, first = (low, high), (start[0], start[1])
    eta = min(max(eta, -_LARGEST_ETA), _LARGEST_ETA)
    if kind.base == BETA_BINOMIAL:
        log, s, w, k = _out_of(low, trials, first, eta, phi)
        return log, s, w, k, 0.0
    if kind.zeros == NO_ZEROS:
        log, s, w, k = _counted(kind.base, counts, first, eta, phi)
        return log, s, w, k, 0.0
    log_zero, log_not = start[2], start[3]
    pi = np.exp(log_zero)
    if kind.zeros == HURDLE:
        if low == 0:
            return log_zero, 0.0, 0.0, 0.0, 1.0 - pi
        log, s, w, k = _counted(kind.base, counts, first, eta, phi)
        above, s0, w0, k0 = _above_zero(kind.base, eta, phi)
        return log_not + log - above, s - s0, w - w0, k - k0, -pi
    log, s, w, k = _counted(kind.base, counts, first, eta, phi)
    if low > 0:
        return log_not + log, s, w, k, -pi
    counted = log_not + log
    largest = max(counted, log_zero)
    total = largest + np.log(np.exp(counted - largest) + np.exp(log_zero - largest))
    r = np.exp(counted - total)
    return total, r * s, r * w - r * (1.0 - r) * s * s, r * k, (1.0 - r) - pi


@row_kernel
def row_log(
    kind: Kind,
    row: tuple[int, int, int],
    start: tuple[float, float, float, float],
    eta: float,
    phi: float,
) -> float:
    """Log density of a row: what `row_terms` gives first, in a fraction of the time."""
    low, high, _ = row
    if low != high or kind.base == BETA_BINOMIAL:
        return row_terms(kind, row, start, eta, phi)[0]
    if kind.zeros == HURDLE and low == 0:
        return start[2]
    eta = min(max(eta, -_LARGEST_ETA), _LARGEST_ETA)
    expected = exp(eta)
    if kind.base == NEGATIVE_BINOMIAL:
        fall = log1p(expected / phi)
        log, expected = low * eta + start[0] - (low + phi) * fall, phi * fall
    else:
        log = low * eta + start[0] - expected
    if kind.zeros == NO_ZEROS:
        return log
    if kind.zeros == HURDLE:
        return start[3] + log - np.log(-np.expm1(-max(expected, 1e-300)))
    counted = start[3] + log
    if low > 0:
        return counted
    return max(counted, start[2]) + log1p(exp(-abs(counted - start[2])))


@outer_kernel
def all_row_terms(kind: Kind, rows: IntArray, at: FloatArray, phi: float, out: FloatArray) -> None:
    """Fill out (n, 6) with the terms of rows (n, 3) at (n, 2) values of η and ζ, and `row_log`."""
    for c in range(rows.shape[0]):
        row = rows[c, 0], rows[c, 1], rows[c, 2]
        start = row_start(kind, row, at[c, 1], phi)
        terms = row_terms(kind, row, start, at[c, 0], phi)
        for i in range(5):
            out[c, i] = terms[i]
        out[c, 5] = row_log(kind, row, start, at[c, 0], phi)


@outer_kernel
def all_row_starts(
    kind: Kind, rows: IntArray, zeta: FloatArray, phi: float, out: FloatArray
) -> None:
    """Fill out (n, 4) with the starts of rows (n, 3) at log odds (n,) of the zero part."""
    for c in range(rows.shape[0]):
        start = row_start(kind, (rows[c, 0], rows[c, 1], rows[c, 2]), zeta[c], phi)
        for i in range(4):
            out[c, i] = start[i]
