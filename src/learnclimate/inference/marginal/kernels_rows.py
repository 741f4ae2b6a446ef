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

from learnclimate.inference.marginal.kernels_arithmetic import outer_kernel, row_kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NO_ZEROS, INFLATED, HURDLE = 0, 1, 2
#: `Kind.base`: what a count is drawn from.
POISSON, NEGATIVE_BINOMIAL, BETA_BINOMIAL = 0, 1, 2

_LITTLE = 1e-6
_MOST_TERMS = 100_000
_LARGEST_ETA = 120.0


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
def _rising(y: int, phi: float) -> tuple[float, float]:
    """Σ log(1 + i/φ) over i < y, and its derivative by log φ."""
    value, slope = 0.0, 0.0
    for i in range(y):
        value += np.log1p(i / phi)
        slope -= i / (phi + i)
    return value, slope


@row_kernel
def _bounded(
    is_nb: bool, low: int, high: int, eta: float, phi: float
) -> tuple[float, float, float, float]:
    """Log of the sum of probabilities; mean, variance and mean κ-score of the counts in it."""
    mu = np.exp(eta)
    log = low * eta - lgamma(low + 1.0)
    k, k_each, share = 0.0, 0.0, 0.0
    if is_nb:
        v = mu / phi
        share = v / (1.0 + v)
        value, slope = _rising(low, phi)
        log += value - (low + phi) * np.log1p(v)
        k = slope - phi * np.log1p(v) + (low + phi) * share
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
def _open(is_nb: bool, low: int, eta: float, phi: float) -> tuple[float, float, float, float]:
    """As `_bounded`, of all counts from `low` on: the complement, or the tail if that is small."""
    if low == 0:
        mu = np.exp(eta)
        return 0.0, mu, mu + (mu * mu / phi if is_nb else 0.0), 0.0
    log, mean, variance, by_k = _bounded(is_nb, 0, low - 1, eta, phi)
    below = np.exp(log)
    rest = -np.expm1(log)
    if not rest > _LITTLE:
        return _bounded(is_nb, low, low + _MOST_TERMS, eta, phi)
    mu = np.exp(eta)
    whole_square = mu * mu + mu + (mu * mu / phi if is_nb else 0.0)
    m1 = (mu - below * mean) / rest
    m2 = (whole_square - below * (variance + mean * mean)) / rest
    return np.log(rest), m1, max(m2 - m1 * m1, 0.0), -below * by_k / rest


@row_kernel
def _counted(
    base: int, low: int, high: int, eta: float, phi: float
) -> tuple[float, float, float, float]:
    """Log probability of counts from low to high (< 0: open), s, w and κ-slope, no zero part."""
    is_nb = base == NEGATIVE_BINOMIAL
    if high < 0:
        log, mean, variance, k = _open(is_nb, low, eta, phi)
        if low == 0:
            return 0.0, 0.0, 0.0, 0.0
    else:
        log, mean, variance, k = _bounded(is_nb, low, high, eta, phi)
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
def _out_of(k: int, trials: int, eta: float, phi: float) -> tuple[float, float, float, float]:
    """Beta-binomial: log probability of k out of K, and derivatives."""
    p = 1.0 / (1.0 + np.exp(-eta))
    rest = 1.0 / (1.0 + np.exp(eta))
    a, b = max(p * phi, 1e-300), max(rest * phi, 1e-300)
    log = lgamma(trials + 1.0) - lgamma(k + 1.0) - lgamma(trials - k + 1.0)
    a1, a2, b1, b2, c1 = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(k):
        log += np.log(a + i)
        a1 += 1.0 / (a + i)
        a2 += 1.0 / ((a + i) * (a + i))
    for i in range(trials - k):
        log += np.log(b + i)
        b1 += 1.0 / (b + i)
        b2 += 1.0 / ((b + i) * (b + i))
    for i in range(trials):
        log -= np.log(phi + i)
        c1 += 1.0 / (phi + i)
    q = phi * p * rest
    weight = q * q * (a2 + b2) - q * (rest - p) * (a1 - b1)
    return log, q * (a1 - b1), weight, a * a1 + b * b1 - phi * c1


@row_kernel
def row_terms(
    kind: Kind, row: tuple[int, int, int], eta: float, zeta: float, phi: float
) -> tuple[float, float, float, float, float]:
    """
    Log density of a row and its derivatives.

    ``row`` is the lowest and the highest count of the answer, the latter below 0 where it is
    open, and K. Returns log f, ∂η, -∂²η, ∂κ and ∂ζ.
    """
    low, high, trials = row
    eta = min(max(eta, -_LARGEST_ETA), _LARGEST_ETA)
    if kind.base == BETA_BINOMIAL:
        log, s, w, k = _out_of(low, trials, eta, phi)
        return log, s, w, k, 0.0
    if kind.zeros == NO_ZEROS:
        log, s, w, k = _counted(kind.base, low, high, eta, phi)
        return log, s, w, k, 0.0
    log_zero, log_not = -log1p_exp(-zeta), -log1p_exp(zeta)
    pi = np.exp(log_zero)
    if kind.zeros == HURDLE:
        if low == 0:
            return log_zero, 0.0, 0.0, 0.0, 1.0 - pi
        log, s, w, k = _counted(kind.base, low, high, eta, phi)
        above, s0, w0, k0 = _above_zero(kind.base, eta, phi)
        return log_not + log - above, s - s0, w - w0, k - k0, -pi
    log, s, w, k = _counted(kind.base, low, high, eta, phi)
    if low > 0:
        return log_not + log, s, w, k, -pi
    counted = log_not + log
    largest = max(counted, log_zero)
    total = largest + np.log(np.exp(counted - largest) + np.exp(log_zero - largest))
    r = np.exp(counted - total)
    return total, r * s, r * w - r * (1.0 - r) * s * s, r * k, (1.0 - r) - pi


@outer_kernel
def all_row_terms(kind: Kind, rows: IntArray, at: FloatArray, phi: float, out: FloatArray) -> None:
    """Fill out (n, 5) with the terms of rows (n, 3) at (n, 2) values of η and ζ."""
    for c in range(rows.shape[0]):
        terms = row_terms(kind, (rows[c, 0], rows[c, 1], rows[c, 2]), at[c, 0], at[c, 1], phi)
        for i in range(5):
            out[c, i] = terms[i]
