"""Polychoric correlations of many pairs of items at once, in two steps."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from learnclimate.measurement.bivariate_normal import (
    bivariate_normal_cdf,
    bivariate_normal_density,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Largest correlation that is estimated: where a corner of a table is empty the likelihood may
#: rise all the way to 1.
LIMIT = 0.9999
#: Thresholds of a category at the end that nobody chose lie here instead of at infinity.
_FAR = 8.0
_SMALLEST = 1e-14
_ROUNDS = 60
#: Pairs worked on at once, so that scratch space stays within some tens of MB.
_BLOCK = 20_000


def indicators(values: FloatArray, minimum: int, n_categories: int) -> FloatArray:
    """
    Mark which answer each respondent gave to each item.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers; not a number where missing.
    minimum : int
        The lowest answer.
    n_categories : int
        How many answers an item offers.

    Returns
    -------
    ndarray of shape (n_respondents, n_items, n_categories)
        1 for the answer that was given, else 0; only zeros where none was.
    """
    options = minimum + np.arange(n_categories)
    return np.asarray(values[:, :, None] == options, dtype=float)


def pair_tables(marks: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """
    Cross every item with every other.

    Parameters
    ----------
    marks : ndarray of shape (n_respondents, n_items, n_categories)
        See `indicators`.
    weights : ndarray of shape (n_respondents,), optional
        Weights of the respondents.

    Returns
    -------
    ndarray of shape (n_items, n_categories, n_items, n_categories)
        How many gave each pair of answers.
    """
    n_respondents, n_items, n_categories = marks.shape
    flat = marks.reshape(n_respondents, -1)
    weighted = flat if weights is None else flat * weights[:, None]
    return (weighted.T @ flat).reshape(n_items, n_categories, n_items, n_categories)


def item_thresholds(counts: FloatArray) -> FloatArray:
    """
    Thresholds of items on a standard normal, from how many gave each answer.

    Parameters
    ----------
    counts : ndarray of shape (..., n_categories)
        How many gave each answer.

    Returns
    -------
    ndarray of shape (..., n_categories - 1)
        Between neighbouring answers; two coincide where nobody chose what lies between.

    Examples
    --------
    >>> item_thresholds(np.array([50.0, 0.0, 50.0])).tolist()
    [0.0, 0.0]
    """
    below = np.cumsum(counts, axis=-1)[..., :-1] / counts.sum(axis=-1, keepdims=True)
    return np.asarray(np.clip(ndtri(np.clip(below, 0, 1)), -_FAR, _FAR))


def cell_probabilities(
    rows: FloatArray, columns: FloatArray, correlation: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """
    Probabilities of the cells of tables, and their derivatives by the correlation.

    Parameters
    ----------
    rows, columns : ndarray of shape (n_tables, n_categories - 1)
        Thresholds.
    correlation : ndarray of shape (n_tables,)
        Correlations.

    Returns
    -------
    probability, slope : ndarray of shape (n_tables, n_categories, n_categories)
        Of each cell.
    """
    n_tables, n_cuts = rows.shape
    grid = (rows[:, :, None], columns[:, None, :], correlation[:, None, None])
    below = np.zeros((n_tables, n_cuts + 2, n_cuts + 2))
    below[:, 1:-1, 1:-1] = bivariate_normal_cdf(*grid)
    below[:, 1:-1, -1] = ndtr(rows)
    below[:, -1, 1:-1] = ndtr(columns)
    below[:, -1, -1] = 1
    slope = np.zeros_like(below)
    slope[:, 1:-1, 1:-1] = bivariate_normal_density(*grid)
    return _cells(below), _cells(slope)


def fitted_correlations(
    tables: FloatArray,
    rows: FloatArray,
    columns: FloatArray,
    *,
    start: FloatArray | None = None,
    tolerance: float = 1e-10,
) -> FloatArray:
    """
    Maximise the likelihood of each table over its correlation, the thresholds given.

    Fisher scoring, kept within a bracket that halves where a step would leave it.

    Parameters
    ----------
    tables : ndarray of shape (n_tables, n_categories, n_categories)
        How many gave each pair of answers.
    rows, columns : ndarray of shape (n_tables, n_categories - 1)
        Thresholds.
    start : ndarray of shape (n_tables,), optional
        Where to start; 0 where left out.
    tolerance : float
        Stop when a step is smaller.

    Returns
    -------
    ndarray of shape (n_tables,)
        Correlations, at most `LIMIT` in size; not a number for a table without answers.
    """
    found = np.zeros(len(tables)) if start is None else np.clip(start, -LIMIT, LIMIT)
    for first in range(0, len(tables), _BLOCK):
        some = slice(first, first + _BLOCK)
        found[some] = _scored(tables[some], rows[some], columns[some], found[some], tolerance)
    return found


def _scored(
    tables: FloatArray, rows: FloatArray, columns: FloatArray, start: FloatArray, tolerance: float
) -> FloatArray:
    found = start.copy()
    total = tables.sum(axis=(1, 2))
    found[total == 0] = np.nan
    low, high = np.full(len(found), -LIMIT), np.full(len(found), LIMIT)
    active = np.flatnonzero(total > 0)
    for _ in range(_ROUNDS):
        if not len(active):
            break
        now = found[active]
        probability, slope = cell_probabilities(rows[active], columns[active], now)
        ratio = slope / np.maximum(probability, _SMALLEST)
        score = (tables[active] * ratio).sum(axis=(1, 2))
        information = total[active] * (slope * ratio).sum(axis=(1, 2))
        low[active] = np.where(score > 0, now, low[active])
        high[active] = np.where(score < 0, now, high[active])
        step = score / np.maximum(information, 1e-300)
        proposal = now + step
        left, right = low[active], high[active]
        outside = ~((proposal >= left) & (proposal <= right))
        proposal = np.where(outside, 0.5 * (left + right), proposal)
        found[active] = proposal
        active = active[np.abs(proposal - now) > tolerance]
    return found


def sampling_variances(
    tables: FloatArray, rows: FloatArray, columns: FloatArray, correlation: FloatArray
) -> FloatArray:
    """
    Give the sampling variances of two-step correlations, with the thresholds' own error.

    Each answer's influence on the correlation is the influence with thresholds known plus
    that through the thresholds; the variance is the mean square of their sum.

    Parameters
    ----------
    tables : ndarray of shape (n_tables, n_categories, n_categories)
        How many gave each pair of answers.
    rows, columns : ndarray of shape (n_tables, n_categories - 1)
        Thresholds.
    correlation : ndarray of shape (n_tables,)
        The estimates.

    Returns
    -------
    ndarray of shape (n_tables,)
        Variances.

    References
    ----------
    Olsson (1979), Psychometrika 44, 443-460, doi 10.1007/BF02296207.
    """
    probability, slope = cell_probabilities(rows, columns, correlation)
    seen = probability > _SMALLEST
    ratio = np.where(seen, slope / np.where(seen, probability, 1.0), 0.0)
    information = (slope * ratio).sum(axis=(1, 2))
    through_rows = _through_thresholds(ratio, rows, columns, correlation)
    through_columns = _through_thresholds(ratio.transpose(0, 2, 1), columns, rows, correlation)
    influence = ratio + through_rows[:, :, None] + through_columns[:, None, :]
    influence /= np.maximum(information, 1e-300)[:, None, None]
    total = tables.sum(axis=(1, 2))
    square = (tables * influence**2).sum(axis=(1, 2)) / np.maximum(total, 1)
    return square / np.maximum(total, 1)


def _through_thresholds(
    ratio: FloatArray, own: FloatArray, other: FloatArray, correlation: FloatArray
) -> FloatArray:
    """Influence of each answer on the score by way of its item's thresholds."""
    root = np.sqrt(1 - correlation**2)[:, None, None]
    conditional = ndtr((other[:, None, :] - correlation[:, None, None] * own[:, :, None]) / root)
    ends = [(0, 0), (0, 0), (1, 1)]
    inside = np.diff(np.pad(conditional, ends, constant_values=((0, 0), (0, 0), (0, 1))), axis=2)
    weight = -(inside * (ratio[:, :-1] - ratio[:, 1:])).sum(axis=2)
    below = ndtr(own)
    n_cuts = own.shape[1]
    is_below = np.arange(n_cuts + 1)[:, None] <= np.arange(n_cuts)[None, :]
    return np.asarray((weight[:, None, :] * (is_below[None, :, :] - below[:, None, :])).sum(axis=2))


def _cells(below: FloatArray) -> FloatArray:
    return np.diff(np.diff(below, axis=1), axis=2)
