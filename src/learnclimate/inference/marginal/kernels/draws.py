"""Draws of the team effects at many psi."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.arithmetic import (
    exp_all,
    fast_kernel,
    inline_kernel,
    inner_kernel,
    log1p,
)
from learnclimate.inference.marginal.kernels.families import Rows, add_log_density, fill_log_density
from learnclimate.inference.marginal.kernels.modes import LARGEST_SHIFT, along, climb, take_team
from learnclimate.inference.marginal.kernels.points import Points
from learnclimate.inference.marginal.kernels.random import (
    DEGREES_OF_FREEDOM,
    fill_student,
    stream,
    uniform,
)
from learnclimate.inference.marginal.kernels.scratch import Block, Point, Scratch, Start, TeamWork
from learnclimate.inference.marginal.kernels.team import fill_block, rows_of
from learnclimate.inference.marginal.kernels.team_data import TeamData

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Members(NamedTuple):
    """
    Which teams each signature stands for.

    Attributes
    ----------
    start : ndarray of shape (n_signatures + 1,)
        First entry of each signature in `team`.
    team : ndarray of shape (n_members,)
        Number of each team, which names its stream of random numbers.
    place : ndarray of shape (n_members,)
        Where its draws go.
    """

    start: IntArray
    team: IntArray
    place: IntArray


class Drawing(NamedTuple):
    """
    How to draw.

    Attributes
    ----------
    lower : ndarray of shape (S, d, d)
        L of each psi.
    seed : uint64
        Seed of all streams.
    first_draw : int
        Number of the first psi among all draws.
    """

    lower: FloatArray
    seed: np.uint64
    first_draw: int


class Drawn(NamedTuple):
    """
    Where draws go.

    Attributes
    ----------
    effects : ndarray of shape (S, n_places, d)
        Team effects u = L b.
    ratio : ndarray of shape (2, n_places)
        Sums of the importance ratios and of their squares.
    log_ratio : ndarray of shape (n_places or 0, S, proposals)
        The log ratios themselves, if wanted.
    """

    effects: FloatArray
    ratio: FloatArray
    log_ratio: FloatArray


@fast_kernel
def draw_kernel(
    data: TeamData,
    points: Points,
    start: Start,
    members: Members,
    share: tuple[int, int],
    ask: tuple[Drawing, Drawn, Scratch, FloatArray],
) -> None:
    """
    Draw the effects of the teams of a share at every psi.

    Each draw is the end of an independence Metropolis chain through the proposals,
    which come from a multivariate t around the mode; ``ask`` ends with scratch of shape
    (2 + 2 d, proposals).
    """
    drawing, drawn, scratch, proposals = ask
    work, block = scratch.work, scratch.block
    for s in range(points.base.shape[0]):
        point = Point(
            points.base[s], points.zeta[s], points.coefficients[s], points.log_dispersion[s]
        )
        for number in range(share[0], share[1]):
            begin, end = data.block_start[number], data.block_start[number + 1]
            fill_block(data, point, begin, end, block)
            rows = rows_of(data, point, begin, block)
            climb(data, point, rows, (begin, end), (block, work, start))
            _fill_heights(data, point, rows, (begin, end), (block, work))
            for team in range(begin, end):
                take_team(team - begin, block, work)
                at_mode = block.height[team - begin]
                for member in range(members.start[team], members.start[team + 1]):
                    key = stream(drawing.seed, drawing.first_draw + s, members.team[member])
                    _propose(key, work, proposals)
                    _weigh(data, point, rows, team, (work, proposals, at_mode))
                    _choose(key, work, proposals, (drawing, drawn, s, members.place[member]))


@inline_kernel
def _propose(key: np.uint64, work: TeamWork, proposals: FloatArray) -> None:
    d = len(work.axes)
    log_weight, t, at = proposals[0], proposals[1 : 1 + d], proposals[1 + d : 1 + 2 * d]
    fill_student(key, t, proposals[1 + 2 * d])
    for p in range(log_weight.shape[0]):
        square = 0.0
        for i in range(d):
            square += t[i, p] * t[i, p]
        log_weight[p] = 0.5 * (DEGREES_OF_FREEDOM + d) * log1p(square / DEGREES_OF_FREEDOM)
    for i in range(d):
        for p in range(log_weight.shape[0]):
            at[i, p] = work.mode[i]
        for j in range(i, d):
            for p in range(log_weight.shape[0]):
                at[i, p] += work.inverse[j, i] * t[j, p]


@inner_kernel
def _fill_heights(
    data: TeamData, point: Point, rows: Rows, teams: tuple[int, int], where: tuple[Block, TeamWork]
) -> None:
    """Log density of the teams of a block at their modes, in one long loop over their rows."""
    block, work = where
    first, last = teams
    low, high = data.team_start[first], data.team_start[last]
    for team in range(first, last):
        mode, height = block.mode[team - first], 0.0
        for i in range(len(work.axes)):
            height -= 0.5 * mode[i] * mode[i]
        for u in range(data.team_start[team], data.team_start[team + 1]):
            shift = along(point.zeta[data.segment_group[u]], mode, work.axes)
            shift = min(max(shift, -LARGEST_SHIFT), LARGEST_SHIFT)
            height += rows.segment_activities[u] * shift
            block.rate[u - low] = shift
        block.height[team - first] = height
    exp_all(block.rate, high - low)
    fill_log_density(rows, low, high, block)
    for team in range(first, last):
        for u in range(data.team_start[team], data.team_start[team + 1]):
            block.height[team - first] += block.slope[u - low]


@inline_kernel
def _weigh(
    data: TeamData,
    point: Point,
    rows: Rows,
    team: int,
    where: tuple[TeamWork, FloatArray, float],
) -> None:
    work, proposals, at_mode = where
    d, n = len(work.axes), proposals.shape[1]
    log_weight, at = proposals[0], proposals[1 + d : 1 + 2 * d]
    for p in range(n):
        log_weight[p] -= at_mode
        for i in range(d):
            log_weight[p] -= 0.5 * at[i, p] * at[i, p]
    low, high = data.team_start[team], data.team_start[team + 1]
    for u in range(low, high):
        ratio, zeta = work.ratio[u - low], point.zeta[data.segment_group[u]]
        for p in range(n):
            shift = 0.0
            for i in range(d):
                shift += zeta[i] * at[i, p]
            shift = min(max(shift, -LARGEST_SHIFT), LARGEST_SHIFT)
            log_weight[p] += rows.segment_activities[u] * shift
            ratio[p] = shift
    exp_all(work.ratio.reshape(-1), (high - low) * n)
    add_log_density(rows, low, high, work.ratio, (log_weight, work.spare))


@inline_kernel
def _choose(
    key: np.uint64,
    work: TeamWork,
    proposals: FloatArray,
    where: tuple[Drawing, Drawn, int, int],
) -> None:
    drawing, drawn, s, place = where
    d, n = len(work.axes), proposals.shape[1]
    log_weight, at, ratio = proposals[0], proposals[1 + d : 1 + 2 * d], work.ratio[0]
    if drawn.log_ratio.shape[0] > 0:
        for p in range(n):
            drawn.log_ratio[place, s, p] = log_weight[p]
    total, square = 0.0, 0.0
    for p in range(n):
        ratio[p] = min(log_weight[p], 300.0)
    exp_all(ratio, n)
    for p in range(n):
        total += ratio[p]
        square += ratio[p] * ratio[p]
    drawn.ratio[0, place] += total
    drawn.ratio[1, place] += square
    chosen = 0
    for p in range(1, n):
        if uniform(key, 8 * n + p) * ratio[chosen] < ratio[p]:
            chosen = p
    for i in range(d):
        effect = 0.0
        for j in range(i + 1):
            effect += drawing.lower[s, i, j] * at[j, chosen]
        drawn.effects[s, place, i] = effect
