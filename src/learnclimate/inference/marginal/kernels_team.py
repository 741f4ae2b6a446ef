"""One team at a time: the mode of its effect, the nodes around it, and their weights."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.families_kernels import (
    POISSON,
    Rows,
    add_log_density,
    dot,
    slope_and_weight,
)
from learnclimate.inference.marginal.kernels_arithmetic import (
    exp,
    exp_all,
    inline_kernel,
    inner_kernel,
)
from learnclimate.inference.marginal.quadrature import NodeGrid
from learnclimate.inference.marginal.scratch import Block, Point, TeamWork
from learnclimate.inference.marginal.team_data import TeamData

FloatArray = npt.NDArray[np.float64]

_LARGEST_BASE = 120.0
_LARGEST_SHIFT = 150.0
#: Newton steps that move no log rate further need no damping.
_FULL_STEP = 0.5


@inner_kernel
def fill_block(data: TeamData, point: Point, first: int, last: int, block: Block) -> None:
    """Log rates and expected counts of the rows of the teams from first to last."""
    low, high = data.team_start[first], data.team_start[last]
    shift = data.segment_start[low]
    n_rows = data.segment_start[high] - shift
    for u in range(low, high):
        base = point.base[data.segment_group[u]]
        for c in range(data.segment_start[u] - shift, data.segment_start[u + 1] - shift):
            block.eta[c] = base
    for c in range(n_rows):
        block.eta[c] += data.log_exposure[shift + c]
    for k in range(data.covariates.shape[0]):
        coefficient = point.coefficients[k]
        for c in range(n_rows):
            block.eta[c] += coefficient * data.covariates[k, shift + c]
    for c in range(n_rows):
        block.eta[c] = min(max(block.eta[c], -_LARGEST_BASE), _LARGEST_BASE)
        block.expected[c] = exp(block.eta[c] - point.log_dispersion)
    if data.family == POISSON:
        for u in range(low, high):
            mass = 0.0
            for c in range(data.segment_start[u], data.segment_start[u + 1]):
                mass += data.respondents[c] * block.expected[c - shift]
            block.mass[u - low] = mass


@inline_kernel
def rows_of(data: TeamData, point: Point, first: int, block: Block) -> Rows:
    """Rows of the block that begins with the team first."""
    low = data.team_start[first]
    return Rows(
        data.family,
        exp(point.log_dispersion),
        data.activities,
        data.respondents,
        data.covariates,
        block.expected,
        data.segment_start,
        data.segment_activities,
        block.mass,
        data.segment_start[low],
        low,
    )


@inline_kernel
def fill_rates(data: TeamData, point: Point, team: int, work: TeamWork) -> None:
    """Rate ratio of each segment of a team at its mode."""
    low, high = data.team_start[team], data.team_start[team + 1]
    for u in range(high - low):
        shift = dot(point.zeta[data.segment_group[low + u]], work.mode)
        work.rate[u] = min(max(shift, -_LARGEST_SHIFT), _LARGEST_SHIFT)
    exp_all(work.rate, high - low)


@inline_kernel
def fill_precision(data: TeamData, point: Point, rows: Rows, team: int, work: TeamWork) -> None:
    """Gradient and minus the Hessian of a team's log density at its mode."""
    d = work.mode.shape[0]
    fill_rates(data, point, team, work)
    for i in range(d):
        work.push[i] = -work.mode[i]
        for j in range(i + 1):
            work.precision[i, j] = 1.0 if i == j else 0.0
    low = data.team_start[team]
    for u in range(low, data.team_start[team + 1]):
        s, w = slope_and_weight(rows, u, work.rate[u - low])
        zeta = point.zeta[data.segment_group[u]]
        for i in range(d):
            work.push[i] += s * zeta[i]
            for j in range(i + 1):
                work.precision[i, j] += w * zeta[i] * zeta[j]


@inline_kernel
def factorise(work: TeamWork) -> float:
    """Invert the Cholesky factor of the precision; return the log determinant of that."""
    d = work.mode.shape[0]
    a, inverse = work.precision, work.inverse
    product = 1.0
    for j in range(d):
        for i in range(j, d):
            total = a[i, j]
            for k in range(j):
                total -= a[i, k] * a[j, k]
            a[i, j] = np.sqrt(max(total, 1.0)) if i == j else total / a[j, j]
    for j in range(d):
        inverse[j, j] = 1.0 / a[j, j]
        product *= inverse[j, j]
        for i in range(j + 1, d):
            total = 0.0
            for k in range(j, i):
                total -= a[i, k] * inverse[k, j]
            inverse[i, j] = total / a[i, i]
    return np.log(product)


@inline_kernel
def newton_step(work: TeamWork) -> float:
    """Fill the direction of a Newton step; return its squared length in standard deviations."""
    d = work.mode.shape[0]
    length = 0.0
    for i in range(d):
        total = 0.0
        for j in range(i + 1):
            total += work.inverse[i, j] * work.push[j]
        work.direction[i] = total
        length += total * total
    for i in range(d):
        total = 0.0
        for j in range(i, d):
            total += work.inverse[j, i] * work.direction[j]
        work.direction[i] = total
    return length


@inline_kernel
def _step_size(data: TeamData, point: Point, team: int, work: TeamWork) -> float:
    """
    Shorten a step that moves a log rate far.

    Where the curvature by the log rate changes by no more than a factor e a unit, as it
    does for the Poisson and the negative binomial, steps of this size climb from anywhere.
    """
    farthest = 0.0
    for u in range(data.team_start[team], data.team_start[team + 1]):
        moved = dot(point.zeta[data.segment_group[u]], work.direction)
        farthest = max(farthest, abs(moved))
    return 1.0 if farthest < _FULL_STEP else np.log1p(farthest) / farthest


@inner_kernel
def find_mode(
    data: TeamData,
    point: Point,
    rows: Rows,
    team: int,
    work: TeamWork,
    limits: tuple[int, float],
) -> float:
    """
    Climb to a team's mode and factorise there; return log |C|.

    ``limits`` are the most steps and the squared length, in standard deviations, of a step
    no longer worth taking. Damped as in Sun and Tran-Dinh (2019), doi
    10.1007/s10107-018-1282-4.
    """
    if work.mode.shape[0] == 0:
        for u in range(work.rate.shape[0]):
            work.rate[u] = 1.0
        return 0.0
    steps, settled = limits
    for _ in range(steps):
        fill_precision(data, point, rows, team, work)
        log_det = factorise(work)
        if newton_step(work) < settled:
            return log_det
        size = _step_size(data, point, team, work)
        for i in range(work.mode.shape[0]):
            work.mode[i] += size * work.direction[i]
    fill_precision(data, point, rows, team, work)
    return factorise(work)


@inner_kernel
def fill_ratios(data: TeamData, point: Point, team: int, grid: NodeGrid, work: TeamWork) -> None:
    """Rate ratio of every segment of a team at every node."""
    d, k = work.mode.shape[0], grid.points.shape[0]
    low, high = data.team_start[team], data.team_start[team + 1]
    for u in range(high - low):
        zeta = point.zeta[data.segment_group[low + u]]
        for i in range(d):
            slope = 0.0
            for j in range(i + 1):
                slope += work.inverse[i, j] * zeta[j]
            for n in range(k):
                work.factor[(u * d + i) * k + n] = slope * grid.points[n]
    exp_all(work.factor, (high - low) * d * k)
    for u in range(high - low):
        ratio = work.ratio[u]
        ratio[0] = work.rate[u]
        filled = 1
        for i in range(d):
            factor = work.factor[(u * d + i) * k : (u * d + i + 1) * k]
            for old in range(filled - 1, -1, -1):
                start = ratio[old]
                for n in range(k):
                    ratio[old * k + n] = start * factor[n]
            filled *= k


@inner_kernel
def team_value(
    data: TeamData,
    point: Point,
    rows: Rows,
    team: int,
    where: tuple[NodeGrid, TeamWork, Block, float],
) -> float:
    """Log marginal likelihood of a team; leaves normalised node weights in ``work.h``."""
    grid, work, block, log_det = where
    fill_ratios(data, point, team, grid, work)
    _fill_nodes(grid, work)
    constant = _fill_prior(data, point, rows, team, (grid, work, block))
    low = data.team_start[team]
    for u in range(low, data.team_start[team + 1]):
        add_log_density(rows, u, work.ratio[u - low], work.h)
    return constant + log_det + log_sum_exp(work.h)


@inline_kernel
def _fill_nodes(grid: NodeGrid, work: TeamWork) -> None:
    d, n_nodes = work.at.shape
    for i in range(d):
        for q in range(n_nodes):
            work.at[i, q] = work.mode[i]
        for j in range(i, d):
            for q in range(n_nodes):
                work.at[i, q] += work.inverse[j, i] * grid.grid[j, q]


@inline_kernel
def _fill_prior(
    data: TeamData,
    point: Point,
    rows: Rows,
    team: int,
    where: tuple[NodeGrid, TeamWork, Block],
) -> float:
    """Begin h with weights, prior and activities × log rate; return what is constant."""
    grid, work, block = where
    d, n_nodes = work.at.shape
    low, high = data.team_start[team], data.team_start[team + 1]
    constant = 0.0
    for c in range(data.segment_start[low], data.segment_start[high]):
        constant += data.activities[c] * block.eta[c - rows.first_row]
    for i in range(d):
        work.direction[i] = 0.0
    for u in range(low, high):
        zeta = point.zeta[data.segment_group[u]]
        shift = dot(zeta, work.mode)
        clipped = min(max(shift, -_LARGEST_SHIFT), _LARGEST_SHIFT)
        constant += rows.segment_activities[u] * (clipped - shift)
        for i in range(d):
            work.direction[i] += rows.segment_activities[u] * zeta[i]
    for q in range(n_nodes):
        work.h[q] = grid.log_weight[q]
    for i in range(d):
        for q in range(n_nodes):
            b = work.at[i, q]
            work.h[q] += b * (work.direction[i] - 0.5 * b)
    return constant


@inline_kernel
def log_sum_exp(h: FloatArray) -> float:
    """Log of the sum of exponentials; h becomes the shares."""
    largest = h[0]
    for q in range(h.shape[0]):
        largest = max(largest, h[q])
    total = 0.0
    for q in range(h.shape[0]):
        h[q] = exp(h[q] - largest)
    for q in range(h.shape[0]):
        total += h[q]
    for q in range(h.shape[0]):
        h[q] /= total
    return largest + np.log(total)
