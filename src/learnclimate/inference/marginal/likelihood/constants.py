"""Parts of the log likelihood that depend on the counts alone, or on them and the dispersion."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from learnclimate.counts.design import CountDesign

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ONE_BY_ONE = 4096
_POINTS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class CountConstants:
    """
    What the log likelihood needs of the histogram of the outcome.

    Attributes
    ----------
    log_factorials : float
        Σ log y! over the respondents.
    above : ndarray of shape (largest count up to 4096,)
        How many respondents have more than i activities.
    large : ndarray of shape (n_large,)
        Counts above 4096 that occur.
    n_large : ndarray of shape (n_large,)
        How many respondents have them.
    """

    log_factorials: float
    above: FloatArray
    large: FloatArray
    n_large: FloatArray


def count_constants(design: CountDesign) -> CountConstants:
    """
    Summarise the counts of a design.

    Parameters
    ----------
    design : CountDesign
        The data.

    Returns
    -------
    CountConstants
        The histogram.
    """
    counts, index = np.unique(design.outcome, return_inverse=True)
    times = np.bincount(index, weights=design.multiplicity, minlength=len(counts))
    top = int(min(counts[-1], _ONE_BY_ONE)) if len(counts) else 0
    histogram = np.bincount(np.minimum(counts, top), weights=times, minlength=top + 1)
    is_large = counts > _ONE_BY_ONE
    return CountConstants(
        log_factorials=float(times @ gammaln(counts + 1.0)),
        # Contiguous, so that its sums are the same wherever a copy of it is sent.
        above=np.ascontiguousarray(np.cumsum(histogram[::-1])[::-1][1:]),
        large=counts[is_large].astype(float),
        n_large=times[is_large],
    )


def rising_factorials(
    constants: CountConstants, log_dispersion: FloatArray, *, slopes: bool = True
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Σ [log Γ(y + φ) - log Γ(φ) - y log φ] over the respondents, and its derivatives by log φ.

    Written as Σ log(1 + i/φ) over i < y, which loses no digits however large φ is.

    Parameters
    ----------
    constants : CountConstants
        The histogram.
    log_dispersion : ndarray of shape (S,)
        log φ.
    slopes : bool, default True
        Whether the derivatives are wanted.

    Returns
    -------
    value, first, second : ndarray of shape (S,)
        The sum, its first and its second derivative by log φ; 0 for those not wanted.
    """
    i = np.arange(len(constants.above), dtype=float)
    value, first, second = (np.zeros(len(log_dispersion)) for _ in range(3))
    for start in range(0, len(log_dispersion), _POINTS_AT_ONCE):
        some = slice(start, start + _POINTS_AT_ONCE)
        phi = np.exp(log_dispersion[some])[:, None]
        # Summed row by row: a product with a matrix would depend on how many rows it has.
        value[some] = (constants.above * np.log1p(i / phi)).sum(axis=1)
        if slopes:
            share = i / (phi + i)
            first[some] = -(constants.above * share).sum(axis=1)
            second[some] = (constants.above * (share * (1.0 - share))).sum(axis=1)
    for s in range(len(log_dispersion) if len(constants.large) else 0):
        rest = _stirling_rest(constants.large, float(np.exp(log_dispersion[s])))
        value[s] += constants.n_large @ rest[0]
        first[s] += constants.n_large @ rest[1]
        second[s] += constants.n_large @ rest[2]
    return value, first, second


def _stirling_rest(y: FloatArray, phi: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Σ log(1 + i/φ) over 4096 <= i < y, by Stirling's series, with derivatives by log φ."""
    n = y - _ONE_BY_ONE
    z, end = phi + _ONE_BY_ONE, phi + y
    longer = np.log1p(n / z)
    value = (end - 0.5) * longer - n + n * np.log1p(_ONE_BY_ONE / phi)
    value = value + 1 / (12 * end) - 1 / (12 * z)
    by_phi = longer + n / (2 * end * z) - 1 / (12 * end**2) + 1 / (12 * z**2)
    first = phi * by_phi - n
    by_phi_twice = 1 / end - 1 / z - n * (end + z) / (2 * end**2 * z**2)
    by_phi_twice = by_phi_twice + 1 / (6 * end**3) - 1 / (6 * z**3)
    return value, first, phi * by_phi + phi**2 * by_phi_twice
