"""
The families of the marginal likelihood: all that the kernels know of a distribution.

A row stands for ``count`` alike respondents with ``total`` activities among them and
expected count μ each. Its log density is ``total × log μ`` plus what `add_log_density`
adds, up to a constant of the data and the dispersion. A further family is a further
code in the functions of this module.

Poisson rows of one segment (one team and level) merge: their masses Σ count × μ and
totals add up, so that nothing is left to do by row and node.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.arithmetic import (
    inline_kernel,
    inner_kernel,
    log1p,
    log1p_all,
)
from learnclimate.inference.marginal.kernels.scratch import ROWS_AT_ONCE, Block, Moments

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

POISSON = 0
NEGATIVE_BINOMIAL = 1


class Rows(NamedTuple):
    """
    Rows of a block of teams at one psi.

    Attributes
    ----------
    family : int
        Code of the family.
    dispersion : float
        φ, 1 where the family has none.
    activities : ndarray of shape (n_rows,)
        Activities of each row.
    respondents : ndarray of shape (n_rows,)
        Respondents of each row.
    covariates : ndarray of shape (n_covariates, n_rows)
        Centred covariates.
    expected : ndarray of shape (n_rows of the block,)
        Expected count at the team's effect 0, divided by φ.
    segment_start : ndarray of shape (n_segments + 1,)
        First row of each segment.
    row_segment : ndarray of shape (n_rows,)
        Segment of each row.
    segment_activities : ndarray of shape (n_segments,)
        Activities of each segment.
    segment_mass : ndarray of shape (n_segments of the block,)
        Poisson only: expected activities of each segment at the team's effect 0.
    first_row : int
        First row of the block.
    first_segment : int
        First segment of the block.
    """

    family: int
    dispersion: float
    activities: FloatArray
    respondents: FloatArray
    covariates: FloatArray
    expected: FloatArray
    segment_start: IntArray
    row_segment: npt.NDArray[np.int32]
    segment_activities: FloatArray
    segment_mass: FloatArray
    first_row: int
    first_segment: int


class CovariateSums(NamedTuple):
    """
    Sums over rows, with the covariates, of posterior means of derivatives.

    Attributes
    ----------
    slope : ndarray of shape (n_covariates,)
        Of the slope.
    mixed : ndarray of shape (n_groups, 1 + d, n_covariates)
        Of the weight times (1, b).
    square : ndarray of shape (n_covariates, n_covariates)
        Of the weight times pairs of covariates.
    cross : ndarray of shape (n_covariates,)
        Of the cross derivative with log φ.
    """

    slope: FloatArray
    mixed: FloatArray
    square: FloatArray
    cross: FloatArray


@inner_kernel
def fill_curvature(rows: Rows, low: int, high: int, block: Block) -> None:
    """
    Fill ``block.slope`` and ``block.weight`` of the segments from low to high.

    They are the first and minus the second derivative of a segment's log density by the log
    rate, where the team's effect multiplies rates by ``block.rate``. One long loop over the
    rows of many segments takes a third of the time of a short one a segment.
    """
    shift, first_row = rows.first_segment, rows.first_row
    if rows.family == POISSON:
        for u in range(low - shift, high - shift):
            block.weight[u] = rows.segment_mass[u] * block.rate[u]
            block.slope[u] = rows.segment_activities[u + shift] - block.weight[u]
        return
    first, last = rows.segment_start[low], rows.segment_start[high]
    fall, weight = block.spare[0], block.spare[1]
    for c in range(first, last):
        v = rows.expected[c - first_row] * block.rate[rows.row_segment[c] - shift]
        r = 1.0 / (1.0 + v)
        part = (rows.activities[c] + rows.respondents[c] * rows.dispersion) * v * r
        fall[c - first] = part
        weight[c - first] = part * r
    # Differences of running sums: a short loop a segment would stumble over its end.
    slope_so_far, weight_so_far = 0.0, 0.0
    for c in range(last - first):
        slope_so_far += fall[c]
        weight_so_far += weight[c]
        fall[c] = slope_so_far
        weight[c] = weight_so_far
    slope_so_far, weight_so_far = 0.0, 0.0
    for u in range(low, high):
        end = rows.segment_start[u + 1] - first - 1
        block.slope[u - shift] = rows.segment_activities[u] - (fall[end] - slope_so_far)
        block.weight[u - shift] = weight[end] - weight_so_far
        slope_so_far, weight_so_far = fall[end], weight[end]


@inner_kernel
def fill_log_density(rows: Rows, low: int, high: int, block: Block) -> None:
    """
    Fill ``block.slope`` with the log density of the segments from low to high.

    It is that of `add_log_density`, less total × log rate, where the team's effect multiplies
    rates by ``block.rate``.
    """
    shift, first_row = rows.first_segment, rows.first_row
    if rows.family == POISSON:
        for u in range(low - shift, high - shift):
            block.slope[u] = -rows.segment_mass[u] * block.rate[u]
        return
    first, last = rows.segment_start[low], rows.segment_start[high]
    part = block.spare[0]
    for c in range(first, last):
        v = rows.expected[c - first_row] * block.rate[rows.row_segment[c] - shift]
        part[c - first] = v
    log1p_all(part, last - first)
    so_far = 0.0
    for c in range(first, last):
        k = rows.activities[c] + rows.respondents[c] * rows.dispersion
        so_far -= k * part[c - first]
        part[c - first] = so_far
    before = 0.0
    for u in range(low, high):
        end = part[rows.segment_start[u + 1] - first - 1]
        block.slope[u - shift] = end - before
        before = end


@inner_kernel
def add_log_density(
    rows: Rows, low: int, high: int, e: FloatArray, where: tuple[FloatArray, FloatArray]
) -> None:
    """
    Add a team's log density, less total × log rate, to h (n_nodes,).

    The team's segments go from low to high; ``e`` (n_segments, n_nodes) is what its effect
    multiplies their rates by; ``where`` are h and scratch of shape (ROWS_AT_ONCE, n_nodes).
    """
    h, spare = where
    n = h.shape[0]
    if rows.family == POISSON:
        for u in range(low, high):
            mass = rows.segment_mass[u - rows.first_segment]
            for q in range(n):
                h[q] -= mass * e[u - low, q]
        return
    for first in range(rows.segment_start[low], rows.segment_start[high], ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, rows.segment_start[high])
        for c in range(first, last):
            f, ratio, v = rows.expected[c - rows.first_row], e[rows.row_segment[c] - low], c - first
            for q in range(n):
                spare[v, q] = f * ratio[q]
        log1p_all(spare.reshape(-1), (last - first) * n)
        for c in range(first, last):
            k = rows.activities[c] + rows.respondents[c] * rows.dispersion
            for q in range(n):
                h[q] -= k * spare[c - first, q]


@inline_kernel
def segment_derivatives(
    rows: Rows, segment: int, e: FloatArray, mean_of: FloatArray, out: tuple[Any, Any, int]
) -> None:
    """
    Fill the moments of a segment and add up what depends on covariates.

    ``mean_of`` (1 + d, n_nodes) are the node weights times (1, b); ``out`` the `Moments`,
    the `CovariateSums` and the group of the segment.
    """
    moments, sums, group = out
    for q in range(e.shape[0]):
        moments.slope[q] = 0.0
        moments.weight[q] = 0.0
        moments.cross[q] = 0.0
    if rows.family == POISSON:
        _poisson_derivatives(rows, segment, e, mean_of, out)
        return
    for c in range(rows.segment_start[segment], rows.segment_start[segment + 1]):
        _negative_binomial_derivatives(rows, c, e, moments)
        _add_covariates(rows.covariates[:, c], mean_of, moments, sums, group)


@inline_kernel
def _negative_binomial_derivatives(rows: Rows, c: int, e: FloatArray, moments: Moments) -> None:
    f = rows.expected[c - rows.first_row]
    total = rows.activities[c]
    share = rows.respondents[c] * rows.dispersion
    for q in range(e.shape[0]):
        v = f * e[q]
        r = 1.0 / (1.0 + v)
        p = v * r
        fall = (total + share) * p
        w = fall * r
        log = log1p(v)
        moments.row_slope[q] = total - fall
        moments.row_weight[q] = w
        moments.row_cross[q] = share * p - w
        moments.slope[q] += total - fall
        moments.weight[q] += w
        moments.cross[q] += share * p - w
        moments.dispersion_slope[q] += fall - share * log
        moments.dispersion_weight[q] += share * (log - 2.0 * p) + w


@inline_kernel
def _add_covariates(
    x: FloatArray, mean_of: FloatArray, moments: Moments, sums: CovariateSums, group: int
) -> None:
    n_covariates = x.shape[0]
    if n_covariates == 0:
        return
    for i in range(mean_of.shape[0]):
        weight = dot(mean_of[i], moments.row_weight)
        for k in range(n_covariates):
            sums.mixed[group, i, k] += weight * x[k]
            if i == 0:
                for other in range(n_covariates):
                    sums.square[k, other] += weight * x[k] * x[other]
    slope = dot(mean_of[0], moments.row_slope)
    cross = dot(mean_of[0], moments.row_cross)
    for k in range(n_covariates):
        sums.slope[k] += slope * x[k]
        sums.cross[k] += cross * x[k]
        for q in range(moments.row_slope.shape[0]):
            moments.covariate_slope[k, q] += x[k] * moments.row_slope[q]


@inline_kernel
def _poisson_derivatives(
    rows: Rows, segment: int, e: FloatArray, mean_of: FloatArray, out: tuple[Any, Any, int]
) -> None:
    moments, sums, group = out
    mass = rows.segment_mass[segment - rows.first_segment]
    total = rows.segment_activities[segment]
    for q in range(e.shape[0]):
        moments.weight[q] = mass * e[q]
        moments.slope[q] = total - mass * e[q]
    if rows.covariates.shape[0] > 0:
        _add_poisson_scores(rows, segment, e, moments)
        _add_poisson_covariates(rows, segment, e, mean_of, (sums, group))


@inline_kernel
def _add_poisson_scores(rows: Rows, segment: int, e: FloatArray, moments: Moments) -> None:
    for c in range(rows.segment_start[segment], rows.segment_start[segment + 1]):
        part = rows.respondents[c] * rows.expected[c - rows.first_row]
        for k in range(rows.covariates.shape[0]):
            x = rows.covariates[k, c]
            for q in range(e.shape[0]):
                moments.covariate_slope[k, q] += x * (rows.activities[c] - part * e[q])


@inline_kernel
def _add_poisson_covariates(
    rows: Rows,
    segment: int,
    e: FloatArray,
    mean_of: FloatArray,
    out: tuple[CovariateSums, int],
) -> None:
    sums, group = out
    all_nodes = 0.0
    for q in range(e.shape[0]):
        all_nodes += mean_of[0, q]
    for i in range(mean_of.shape[0]):
        rate = dot(mean_of[i], e)
        for c in range(rows.segment_start[segment], rows.segment_start[segment + 1]):
            weight = rows.respondents[c] * rows.expected[c - rows.first_row] * rate
            for k in range(rows.covariates.shape[0]):
                x = rows.covariates[k, c]
                sums.mixed[group, i, k] += weight * x
                if i == 0:
                    sums.slope[k] += (all_nodes * rows.activities[c] - weight) * x
                    for other in range(rows.covariates.shape[0]):
                        sums.square[k, other] += weight * x * rows.covariates[other, c]


@inner_kernel
def dot(x: FloatArray, y: FloatArray) -> float:
    """Inner product."""
    total = 0.0
    for i in range(x.shape[0]):
        total += x[i] * y[i]
    return total
