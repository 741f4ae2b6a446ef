"""Structured parameters from numbers between 0 and 1: monotone curves and correlation factors."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_TINY = 1e-300


def curve_from_sticks(rest: FloatArray) -> FloatArray:
    """
    Break a stick into steps and cumulate them to a curve from 0 to 1.

    Parameters
    ----------
    rest : ndarray of shape (S, n_steps - 1)
        Share of the remaining stick that each break leaves.

    Returns
    -------
    ndarray of shape (S, n_steps + 1)
        0 at the lowest level, 1 at the highest.

    Examples
    --------
    >>> curve_from_sticks(np.array([[0.5, 0.5]]))
    array([[0.  , 0.5 , 0.75, 1.  ]])
    """
    ends = np.zeros((len(rest), 1))
    return np.hstack([ends, 1 - np.cumprod(rest, axis=1), ends + 1])


def curve_slopes(rest: FloatArray) -> FloatArray:
    """
    Differentiate the curve of `curve_from_sticks` by the broken-off shares.

    Parameters
    ----------
    rest : ndarray of shape (n_steps - 1,)
        Share that each break leaves.

    Returns
    -------
    ndarray of shape (n_steps + 1, n_steps - 1)
        By 1 less `rest`.
    """
    n = len(rest)
    slopes = np.zeros((n + 2, n))
    for stick in range(n):
        others = rest.copy()
        others[stick] = 1.0
        slopes[stick + 1 : n + 1, stick] = np.cumprod(others)[stick:]
    return slopes


def correlation_factor(unit: FloatArray, rest: FloatArray, size: int) -> FloatArray:
    """
    Cholesky factor of a correlation matrix from canonical partial correlations.

    Parameters
    ----------
    unit : ndarray of shape (S, size (size - 1) / 2)
        Partial correlations r as ``(1 + r) / 2``, row by row of the lower triangle.
    rest : ndarray of the same shape
        1 less `unit`, without loss near 1.
    size : int
        Size of the matrix.

    Returns
    -------
    ndarray of shape (S, size, size)
        Lower triangular, rows of length 1.

    References
    ----------
    Lewandowski, Kurowicka and Joe (2009), doi 10.1016/j.jmva.2009.04.008.
    """
    factor = np.zeros((len(unit), size, size))
    at = 0
    for row in range(size):
        left = np.ones(len(unit))
        for column in range(row):
            factor[:, row, column] = (unit[:, at] - rest[:, at]) * left
            left = left * 2 * np.sqrt(unit[:, at] * rest[:, at])
            at += 1
        factor[:, row, row] = left
    return factor


def correlation_factor_slopes(unit: FloatArray, rest: FloatArray, size: int) -> FloatArray:
    """
    Differentiate `correlation_factor` by `unit` at one point.

    Parameters
    ----------
    unit, rest : ndarray of shape (size (size - 1) / 2,)
        As in `correlation_factor`.
    size : int
        Size of the matrix.

    Returns
    -------
    ndarray of shape (size, size, size (size - 1) / 2)
        First derivatives.
    """
    slopes = np.zeros((size, size, len(unit)))
    partial = unit - rest
    root = np.maximum(2 * np.sqrt(unit * rest), _TINY)
    first = 0
    for row in range(size):
        chosen = slice(first, first + row)
        for k in range(row):
            # d root / d unit = -2 partial / root, and d partial / d unit = 2
            others = root[chosen].copy()
            others[k] = 1.0
            slopes[row, k, first + k] = 2 * np.prod(others[:k])
            for column in range(k + 1, row + 1):
                entry = np.prod(others[:column])
                if column < row:
                    entry = entry * partial[first + column]
                slopes[row, column, first + k] = -2 * partial[first + k] / root[first + k] * entry
        first += row
    return slopes


def scaled_factor(sd: FloatArray, unit: FloatArray, rest: FloatArray) -> FloatArray:
    """
    Cholesky factor of a covariance matrix, the rows of its lower triangle behind one another.

    Parameters
    ----------
    sd : ndarray of shape (S, size)
        Standard deviations.
    unit, rest : ndarray of shape (S, size (size - 1) / 2)
        Partial correlations, as in `correlation_factor`.

    Returns
    -------
    ndarray of shape (S, size (size + 1) / 2)
        The entries.
    """
    size = sd.shape[1]
    rows, columns = np.tril_indices(size)
    factor = correlation_factor(unit, rest, size)
    return np.asarray((sd[:, :, None] * factor)[:, rows, columns])


def scaled_factor_slopes(
    sd: FloatArray, unit: FloatArray, rest: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """
    Differentiate `scaled_factor` at one point.

    Parameters
    ----------
    sd : ndarray of shape (size,)
        Standard deviations.
    unit, rest : ndarray of shape (size (size - 1) / 2,)
        Partial correlations.

    Returns
    -------
    by_sd : ndarray of shape (size (size + 1) / 2, size)
        First derivatives by the standard deviations.
    by_unit : ndarray of shape (size (size + 1) / 2, size (size - 1) / 2)
        And by `unit`.
    """
    size = len(sd)
    rows, columns = np.tril_indices(size)
    factor = correlation_factor(unit[None], rest[None], size)[0]
    slopes = correlation_factor_slopes(unit, rest, size)
    by_sd = factor[rows, columns][:, None] * (rows[:, None] == np.arange(size))
    return by_sd, sd[rows, None] * slopes[rows, columns]
