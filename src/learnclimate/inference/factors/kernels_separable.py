"""Kernels of factor models whose items have one factor each: sums over nodes, scale by scale."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.kernels import factor_kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: What each pattern has of every scale, the nodes that matter to it, nodes of each further factor.
Layout = tuple[IntArray, IntArray, IntArray]


@factor_kernel
def _middle(
    parts: IntArray,
    tables: FloatArray,
    bounds: IntArray,
    sides: IntArray,
    base: IntArray,
    value: FloatArray,
) -> int:
    """
    Multiply the scales between the first and the last over their nodes; give how many there are.

    `base` is filled with the place of each combination of nodes among those of all scales but
    the first, the last scale's at its first node; `value` with the products.
    """
    count = 1
    base[0] = 0
    value[0] = 1.0
    for k in range(len(sides) - 1):
        low, high = bounds[k, 0], bounds[k, 1]
        width = high - low
        row = parts[k + 1]
        # From the last combination on, so that none is written over before it is read.
        for at in range(count - 1, -1, -1):
            old, product = base[at], value[at]
            for q in range(width - 1, -1, -1):
                base[at * width + q] = (old + low + q) * sides[k + 1]
                value[at * width + q] = product * tables[row, low + q]
        count *= width
    return count


@factor_kernel
def pattern_totals(
    first: FloatArray, tables: FloatArray, layout: Layout, totals: FloatArray
) -> None:
    """
    Integrate the factors out of every answer pattern.

    Parameters
    ----------
    first : ndarray of shape (n_first, n_rest)
        For each distinct answer to the first scale: its probability times the factors' density,
        summed over the first factor's nodes; columns are nodes of the other factors.
    tables : ndarray of shape (n_parts, most nodes of a side)
        Probability of each distinct answer to one scale at the nodes of its factor.
    layout : tuple of ndarray of int
        For each pattern, row of `first`, then rows of `tables` (n_patterns, n_factors); first
        node that matters to it, and the one after the last, for each further factor
        (n_patterns, n_factors - 1, 2); nodes of each further factor (n_factors - 1,).
    totals : ndarray of shape (n_patterns,)
        Filled.
    """
    parts, bounds, sides = layout
    n_middle = 1
    for k in range(len(sides) - 1):
        n_middle *= sides[k]
    base = np.empty(n_middle, dtype=np.int64)
    value = np.empty(n_middle)
    last = len(sides) - 1
    for i in range(len(parts)):
        count = _middle(parts[i], tables, bounds[i], sides, base, value)
        low, high = bounds[i, last, 0], bounds[i, last, 1]
        row, own = parts[i, 0], parts[i, last + 1]
        total = 0.0
        for at in range(count):
            start = base[at]
            inner = 0.0
            for q in range(low, high):
                inner += first[row, start + q] * tables[own, q]
            total += value[at] * inner
        totals[i] = total


@factor_kernel
def pattern_masses(
    first: FloatArray,
    tables: FloatArray,
    layout: Layout,
    share: FloatArray,
    filled: tuple[FloatArray, FloatArray],
) -> None:
    """
    Sum the respondents' posterior over the nodes, for each distinct answer to one scale.

    Parameters
    ----------
    first, tables, layout
        See `pattern_totals`.
    share : ndarray of shape (n_patterns,)
        Respondents of each pattern over its total.
    filled : (ndarray of shape (n_first, n_rest), ndarray of shape (n_parts, most nodes))
        Added to: of the first scale's answers, the others' products times `share`; of every
        further scale's answers, the expected respondents at the nodes of its factor.
    """
    parts, bounds, sides = layout
    others, mass = filled
    n_middle = 1
    for k in range(len(sides) - 1):
        n_middle *= sides[k]
    base = np.empty(n_middle, dtype=np.int64)
    value = np.empty(n_middle)
    last = len(sides) - 1
    for i in range(len(parts)):
        count = _middle(parts[i], tables, bounds[i], sides, base, value)
        low, high = bounds[i, last, 0], bounds[i, last, 1]
        row, own = parts[i, 0], parts[i, last + 1]
        for at in range(count):
            start = base[at]
            scaled = share[i] * value[at]
            inner = 0.0
            for q in range(low, high):
                other = scaled * tables[own, q]
                others[row, start + q] += other
                here = other * first[row, start + q]
                mass[own, q] += here
                inner += here
            node = start // sides[last]
            for k in range(last - 1, -1, -1):
                mass[parts[i, k + 1], node % sides[k]] += inner
                node //= sides[k]


@factor_kernel
def _narrowed(marginal: FloatArray, negligible: float) -> tuple[int, int]:
    """Leave out what is negligible at both ends."""
    largest = marginal.max()
    low, high = 0, len(marginal)
    while low < high - 1 and marginal[low] < negligible * largest:
        low += 1
    while high > low + 1 and marginal[high - 1] < negligible * largest:
        high -= 1
    return low, high


@factor_kernel
def pattern_bounds(
    first: FloatArray, tables: FloatArray, layout: Layout, negligible: float, found: IntArray
) -> None:
    """
    Find the nodes of each further factor that matter to each pattern.

    Parameters
    ----------
    first, tables, layout
        See `pattern_totals`.
    negligible : float
        Nodes at the ends of a side whose posterior, against the largest, is smaller are left out.
    found : ndarray of shape (n_patterns, n_factors - 1, 2), int
        Filled: the first node, and the one after the last.
    """
    parts, bounds, sides = layout
    n_middle = 1
    for k in range(len(sides) - 1):
        n_middle *= sides[k]
    base = np.empty(n_middle, dtype=np.int64)
    value = np.empty(n_middle)
    marginal = np.empty((len(sides), sides.max()))
    last = len(sides) - 1
    for i in range(len(parts)):
        count = _middle(parts[i], tables, bounds[i], sides, base, value)
        row, own = parts[i, 0], parts[i, last + 1]
        marginal[:] = 0.0
        for at in range(count):
            start = base[at]
            inner = 0.0
            for q in range(sides[last]):
                here = value[at] * first[row, start + q] * tables[own, q]
                marginal[last, q] += here
                inner += here
            node = start // sides[last]
            for k in range(last - 1, -1, -1):
                marginal[k, node % sides[k]] += inner
                node //= sides[k]
        for k in range(len(sides)):
            found[i, k, 0], found[i, k, 1] = _narrowed(marginal[k, : sides[k]], negligible)
