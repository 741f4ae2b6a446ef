"""Rows of a block of teams; one team at a time, the nodes around its mode and their weights."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.arithmetic import (
    exp,
    exp_all,
    inline_kernel,
    inner_kernel,
    largest_of,
)
from learnclimate.inference.marginal.kernels.families import (
    POISSON,
    Rows,
    add_log_density,
)
from learnclimate.inference.marginal.kernels.modes import LARGEST_SHIFT, along, take_team
from learnclimate.inference.marginal.kernels.quadrature import NodeGrid
from learnclimate.inference.marginal.kernels.scratch import Block, Point, TeamWork
from learnclimate.inference.marginal.kernels.team_data import TeamData

FloatArray = npt.NDArray[np.float64]

_LARGEST_BASE = 120.0


@inner_kernel
def fill_block(data: TeamData, point: Point, first: int, last: int, block: Block) -> None:
    """Log rates and expected counts of the rows of the teams from first to last."""
    low, high = data.team_start[first], data.team_start[last]
    shift = data.segment_start[low]
    n_rows = data.segment_start[high] - shift
    for c in range(n_rows):
        base = point.base[data.segment_group[data.row_segment[shift + c]]]
        block.eta[c] = base + data.log_exposure[shift + c]
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
        data.row_segment,
        data.segment_activities,
        block.mass,
        data.segment_start[low],
        low,
    )


@inner_kernel
def fill_ratios(data: TeamData, point: Point, team: int, grid: NodeGrid, work: TeamWork) -> None:
    """
    Rate ratio of every segment of a team at every node.

    One exponential a node: products of those along each axis would be fewer, in loops so
    short that they cost more.
    """
    low, high = data.team_start[team], data.team_start[team + 1]
    for u in range(low, high):
        zeta, ratio = point.zeta[data.segment_group[u]], work.ratio[u - low]
        shift = along(zeta, work.mode, work.axes)
        shift = min(max(shift, -LARGEST_SHIFT), LARGEST_SHIFT)
        for i in range(len(work.axes)):
            work.push[i] = 0.0
            for j in range(i + 1):
                work.push[i] += work.inverse[i, j] * zeta[j]
        for q in range(ratio.shape[0]):
            total = shift
            for i in range(len(work.axes)):
                total += work.push[i] * grid.grid[i, q]
            ratio[q] = total
    exp_all(work.ratio.reshape(-1), (high - low) * work.ratio.shape[1])


@inner_kernel
def team_value(
    data: TeamData,
    point: Point,
    rows: Rows,
    team: int,
    where: tuple[NodeGrid, TeamWork, Block, int],
) -> float:
    """
    Log marginal likelihood of a team; leaves normalised node weights in ``work.h``.

    ``where`` ends with the team's place in its block, whose teams `climb` has brought to their
    modes.
    """
    grid, work, block, place = where
    det = take_team(place, block, work)
    fill_ratios(data, point, team, grid, work)
    _fill_nodes(grid, work)
    constant = _fill_prior(data, point, rows, team, (grid, work, block))
    low, high = data.team_start[team], data.team_start[team + 1]
    add_log_density(rows, low, high, work.ratio, (work.h, work.spare))
    return constant + log_sum_exp(work.h, det)


@inline_kernel
def _fill_nodes(grid: NodeGrid, work: TeamWork) -> None:
    d, n_nodes = len(work.axes), work.at.shape[1]
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
    d, n_nodes = len(work.axes), work.at.shape[1]
    low, high = data.team_start[team], data.team_start[team + 1]
    constant = 0.0
    for c in range(data.segment_start[low], data.segment_start[high]):
        constant += data.activities[c] * block.eta[c - rows.first_row]
    for i in range(d):
        work.direction[i] = 0.0
    for u in range(low, high):
        zeta = point.zeta[data.segment_group[u]]
        shift = along(zeta, work.mode, work.axes)
        clipped = min(max(shift, -LARGEST_SHIFT), LARGEST_SHIFT)
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
def log_sum_exp(h: FloatArray, times: float) -> float:
    """Log of the sum of exponentials, times a number; h becomes the shares."""
    largest = largest_of(h)
    total = 0.0
    for q in range(h.shape[0]):
        h[q] = exp(h[q] - largest)
    for q in range(h.shape[0]):
        total += h[q]
    share = 1.0 / total
    for q in range(h.shape[0]):
        h[q] *= share
    return largest + np.log(total * times)
