"""The bivariate normal distribution function, for whole arrays at once."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, owens_t

FloatArray = npt.NDArray[np.float64]

#: Stands in for 0, where a ratio would be 0 / 0; its limit is then reached to the last digit.
_TINY = 1e-150
#: Correlations beyond are taken for this one: the distribution function is then degenerate.
_NEARLY_ONE = 1 - 1e-14


def bivariate_normal_cdf(
    first: npt.ArrayLike, second: npt.ArrayLike, correlation: npt.ArrayLike
) -> FloatArray:
    """
    Probability that two standard normals with a correlation lie below two bounds.

    Parameters
    ----------
    first, second : array_like
        The bounds, finite.
    correlation : array_like
        The correlation, from -1 to 1. All three broadcast.

    Returns
    -------
    ndarray
        Probabilities, right to about 1e-15.

    References
    ----------
    Owen (1956), Tables for computing bivariate normal probabilities, Annals of
    Mathematical Statistics 27, 1075-1090, doi 10.1214/aoms/1177728074.

    Examples
    --------
    >>> round(float(bivariate_normal_cdf(0.0, 0.0, 0.5)), 12)
    0.333333333333
    """
    rho = np.clip(np.asarray(correlation, dtype=float), -_NEARLY_ONE, _NEARLY_ONE)
    low = np.asarray(first, dtype=float)
    high = np.asarray(second, dtype=float)
    low = np.where(np.abs(low) < _TINY, _TINY, low)
    high = np.where(np.abs(high) < _TINY, _TINY, high)
    root = np.sqrt((1 - rho) * (1 + rho))
    with np.errstate(over="ignore"):
        first_slope = (high / low - rho) / root
        second_slope = (low / high - rho) / root
    total = 0.5 * (ndtr(low) + ndtr(high)) - 0.5 * ((low > 0) != (high > 0))
    return np.asarray(
        np.maximum(total - owens_t(low, first_slope) - owens_t(high, second_slope), 0.0)
    )


def bivariate_normal_density(
    first: npt.ArrayLike, second: npt.ArrayLike, correlation: npt.ArrayLike
) -> FloatArray:
    """
    Density of two standard normals with a correlation.

    It is also the derivative of the distribution function by the correlation.

    Parameters
    ----------
    first, second : array_like
        Where.
    correlation : array_like
        The correlation, between -1 and 1. All three broadcast.

    Returns
    -------
    ndarray
        Densities.

    Examples
    --------
    >>> round(float(bivariate_normal_density(0.0, 0.0, 0.0) * 2 * np.pi), 12)
    1.0
    """
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    rho = np.asarray(correlation, dtype=float)
    spread = (1 - rho) * (1 + rho)
    square = (x * x - 2 * rho * x * y + y * y) / spread
    return np.asarray(np.exp(-0.5 * square) / (2 * np.pi * np.sqrt(spread)))
