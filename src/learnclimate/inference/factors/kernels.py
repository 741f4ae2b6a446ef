"""Kernels of ordinal factor models: tables of answers by node, products over items, counts."""

import math

import numba
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

factor_kernel = numba.njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"}
)
_ROOT_HALF = 0.7071067811865476
_INV_ROOT_TWO_PI = 0.3989422804014327
#: The scale on which the logistic distribution function is closest to the normal one.
LOGIT_SCALE = 1.702
_TINY = 1e-280
#: After this many items a product is brought back to a size of 1.
_RENEW = 24


@factor_kernel
def cdf(x: float, logit: bool) -> float:
    """Give the distribution function."""
    if logit:
        t = 1.702 * x
        if t >= 0:
            return 1.0 / (1.0 + math.exp(-t))
        e = math.exp(t)
        return e / (1.0 + e)
    return 0.5 * math.erfc(-x * _ROOT_HALF)


@factor_kernel
def density(x: float, logit: bool) -> float:
    """Give the density."""
    if logit:
        t = math.exp(-abs(1.702 * x))
        return 1.702 * t / ((1.0 + t) * (1.0 + t))
    return _INV_ROOT_TWO_PI * math.exp(-0.5 * x * x)


@factor_kernel
def fill_tables(
    predictor: FloatArray, thresholds: FloatArray, first: IntArray, logit: bool, tables: FloatArray
) -> None:
    """
    Probability of every answer at every node.

    Parameters
    ----------
    predictor : ndarray of shape (n_items, n_nodes)
        Linear predictors.
    thresholds : ndarray of shape (n_rows - n_items,)
        Rising within each item, one item after the other.
    first : ndarray of shape (n_items + 1,)
        First row of each item's answers.
    logit : bool
        Whether the link is logistic.
    tables : ndarray of shape (n_rows, n_nodes)
        Filled with probabilities.
    """
    n_items, n_nodes = predictor.shape
    for j in range(n_items):
        n_cuts = first[j + 1] - first[j] - 1
        cut = first[j] - j
        for q in range(n_nodes):
            eta = predictor[j, q]
            before = eta - thresholds[cut]
            tables[first[j], q] = max(cdf(-before, logit), _TINY)
            for k in range(1, n_cuts):
                here = eta - thresholds[cut + k]
                # Take the difference in the tail where it loses no digits.
                if here > 0:
                    p = cdf(-here, logit) - cdf(-before, logit)
                else:
                    p = cdf(before, logit) - cdf(here, logit)
                tables[first[j] + k, q] = max(p, _TINY)
                before = here
            tables[first[j] + n_cuts, q] = max(cdf(before, logit), _TINY)


@factor_kernel
def scale_rows(tables: FloatArray, log_scale: FloatArray) -> None:
    """Divide every row by its largest entry, whose log goes to `log_scale` (n_rows,)."""
    for row in range(tables.shape[0]):
        largest = 0.0
        for q in range(tables.shape[1]):
            largest = max(largest, tables[row, q])
        log_scale[row] = math.log(largest)
        for q in range(tables.shape[1]):
            tables[row, q] /= largest


@factor_kernel
def _renewed(product: FloatArray, start: int, end: int) -> float:
    """Divide by the largest entry; give its log."""
    largest = 0.0
    for e in range(start, end):
        largest = max(largest, product[e])
    if largest == 0:
        return 0.0
    for e in range(start, end):
        product[e] /= largest
    return math.log(largest)


@factor_kernel
def pattern_products(
    tables: FloatArray,
    log_scale: FloatArray,
    rows: IntArray,
    runs: tuple[IntArray, IntArray, IntArray, IntArray],
    product: FloatArray,
    log_size: FloatArray,
) -> None:
    """
    Likelihood of every answer pattern at its nodes.

    Parameters
    ----------
    tables : ndarray of shape (n_rows, n_nodes)
        Scaled probabilities of the answers.
    log_scale : ndarray of shape (n_rows,)
        Logs of their scales.
    rows : ndarray of shape (n_patterns, n_items)
        Row of each answer; -1 where an item was left open.
    runs : tuple of ndarray
        First run of each pattern (n_patterns + 1,); first node and length of each run;
        first entry of each pattern in `product` (n_patterns + 1,).
    product : ndarray of shape (n_entries,)
        Filled with products over the items, up to a factor a pattern.
    log_size : ndarray of shape (n_patterns,)
        Filled with the logs of those factors.
    """
    run_first, run_node, run_length, entry_first = runs
    n_patterns, n_items = rows.shape
    for i in range(n_patterns):
        size = 0.0
        start, end = entry_first[i], entry_first[i + 1]
        for e in range(start, end):
            product[e] = 1.0
        since = 0
        for j in range(n_items):
            row = rows[i, j]
            if row < 0:
                continue
            size += log_scale[row]
            at = start
            for run in range(run_first[i], run_first[i + 1]):
                node, length = run_node[run], run_length[run]
                for q in range(length):
                    product[at + q] *= tables[row, node + q]
                at += length
            since += 1
            if since == _RENEW:
                since = 0
                size += _renewed(product, start, end)
        log_size[i] = size


@factor_kernel
def answer_counts(
    rows: IntArray,
    runs: tuple[IntArray, IntArray, IntArray, IntArray],
    weight: FloatArray,
    counts: FloatArray,
) -> None:
    """
    Count the expected answers at each node.

    Parameters
    ----------
    rows, runs
        See `pattern_products`.
    weight : ndarray of shape (n_entries,)
        Expected respondents of each pattern at each of its nodes.
    counts : ndarray of shape (n_rows, n_nodes)
        Added to.
    """
    run_first, run_node, run_length, entry_first = runs
    n_patterns, n_items = rows.shape
    for i in range(n_patterns):
        for j in range(n_items):
            row = rows[i, j]
            if row < 0:
                continue
            at = entry_first[i]
            for run in range(run_first[i], run_first[i + 1]):
                node, length = run_node[run], run_length[run]
                for q in range(length):
                    counts[row, node + q] += weight[at + q]
                at += length


@factor_kernel
def table_slopes(
    predictor: FloatArray,
    thresholds: FloatArray,
    first: IntArray,
    logit: bool,
    counts: FloatArray,
    slopes: tuple[FloatArray, FloatArray],
) -> None:
    """
    Differentiate the expected log probability of the answers.

    Parameters
    ----------
    predictor, thresholds, first, logit
        See `fill_tables`.
    counts : ndarray of shape (n_rows, n_nodes)
        Expected number of each answer at each node.
    slopes : (ndarray of shape (n_items, n_nodes), ndarray of shape (n_rows - n_items,))
        Filled: by the predictors, and by the thresholds.
    """
    by_predictor, by_threshold = slopes
    n_items, n_nodes = predictor.shape
    by_threshold[:] = 0.0
    for j in range(n_items):
        n_cuts = first[j + 1] - first[j] - 1
        cut = first[j] - j
        for q in range(n_nodes):
            eta = predictor[j, q]
            before = eta - thresholds[cut]
            p = max(cdf(-before, logit), _TINY)
            slope = 0.0
            ratio = counts[first[j], q] / p
            for k in range(n_cuts):
                f = density(before, logit)
                if k + 1 < n_cuts:
                    here = eta - thresholds[cut + k + 1]
                    if here > 0:
                        p = cdf(-here, logit) - cdf(-before, logit)
                    else:
                        p = cdf(before, logit) - cdf(here, logit)
                else:
                    here = before
                    p = cdf(before, logit)
                following = counts[first[j] + k + 1, q] / max(p, _TINY)
                by_threshold[cut + k] += f * (ratio - following)
                slope += f * (following - ratio)
                ratio = following
                before = here
            by_predictor[j, q] = slope
