"""Newton's steps to the modes of a block of teams, all of them at once."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.arithmetic import (
    exp_all,
    inline_kernel,
    inner_kernel,
)
from learnclimate.inference.marginal.kernels.families import Rows, fill_curvature
from learnclimate.inference.marginal.kernels.scratch import Block, Point, Start, TeamWork
from learnclimate.inference.marginal.kernels.team_data import TeamData

FloatArray = npt.NDArray[np.float64]

LARGEST_SHIFT = 150.0
#: Newton steps that move no log rate further need no damping.
_FULL_STEP = 0.5
#: Steps that all teams of a block take together; most have arrived then, the others go on alone.
_TOGETHER = 2


@inline_kernel
def along(x: FloatArray, y: FloatArray, axes: tuple[int, ...]) -> float:
    """Inner product of two short vectors."""
    total = 0.0
    for i in range(len(axes)):
        total += x[i] * y[i]
    return total


@inner_kernel
def climb(
    data: TeamData,
    point: Point,
    rows: Rows,
    teams: tuple[int, int],
    ask: tuple[Block, TeamWork, Start],
) -> None:
    """
    Bring the teams of a block, from the first to before the last, to their modes.

    Leaves mode, inverse Cholesky factor and its determinant of each in the block. Damped as
    in Sun and Tran-Dinh (2019), doi 10.1007/s10107-018-1282-4.
    """
    block, work, start = ask
    first, last = teams
    for team in range(first, last):
        block.climbing[team - first] = True
        block.det[team - first] = 1.0
        for i in range(len(work.axes)):
            block.mode[team - first, i] = start.modes[team, i]
    if len(work.axes) == 0:
        return
    together = min(_TOGETHER, max(start.steps, 1))
    for _ in range(together):
        if _step(data, point, rows, (first, last, first), ask) == 0:
            return
    for team in range(first, last):
        taken = together
        while block.climbing[team - first] and taken < start.steps:
            _step(data, point, rows, (team, team + 1, first), ask)
            taken += 1


@inner_kernel
def take_team(place: int, block: Block, work: TeamWork) -> float:
    """Copy what `climb` left of a team into its scratch; return |C|."""
    for i in range(len(work.axes)):
        work.mode[i] = block.mode[place, i]
        for j in range(i + 1):
            work.inverse[i, j] = block.inverse[place, i, j]
    return block.det[place]


@inner_kernel
def _step(
    data: TeamData,
    point: Point,
    rows: Rows,
    teams: tuple[int, int, int],
    ask: tuple[Block, TeamWork, Start],
) -> int:
    """Take a step with the teams that have not arrived; return how many still have not."""
    block, work, start = ask
    first, last, first_of_block = teams
    low, high = data.team_start[first], data.team_start[last]
    for team in range(first, last):
        mode = block.mode[team - first_of_block]
        for u in range(data.team_start[team], data.team_start[team + 1]):
            shift = along(point.zeta[data.segment_group[u]], mode, work.axes)
            block.rate[u - rows.first_segment] = min(max(shift, -LARGEST_SHIFT), LARGEST_SHIFT)
    exp_all(block.rate[low - rows.first_segment :], high - low)
    fill_curvature(rows, low, high, block)
    n_climbing = 0
    for team in range(first, last):
        place = team - first_of_block
        if block.climbing[place]:
            _fill_precision(data, point, team, (block, work, place, rows.first_segment))
            block.det[place] = _factorise(work)
            length = _newton_step(work)
            for i in range(len(work.axes)):
                for j in range(i + 1):
                    block.inverse[place, i, j] = work.inverse[i, j]
            block.climbing[place] = _moved(data, point, team, (block, work, place, start), length)
            n_climbing += 1 if block.climbing[place] else 0
    return n_climbing


@inline_kernel
def _moved(
    data: TeamData,
    point: Point,
    team: int,
    where: tuple[Block, TeamWork, int, Start],
    length: float,
) -> bool:
    """Move a team's mode, unless it has arrived; say whether it has further to go."""
    block, work, place, start = where
    if length < start.settled or start.steps == 0:
        return False
    size = _step_size(data, point, team, work)
    for i in range(len(work.axes)):
        block.mode[place, i] += size * work.direction[i]
    return length > start.last or size < 1.0


@inline_kernel
def _fill_precision(
    data: TeamData, point: Point, team: int, where: tuple[Block, TeamWork, int, int]
) -> None:
    """Gradient and minus the Hessian of a team's log density at its mode."""
    block, work, place, first_segment = where
    d = len(work.axes)
    for i in range(d):
        work.push[i] = -block.mode[place, i]
        for j in range(i + 1):
            work.precision[i, j] = 1.0 if i == j else 0.0
    for u in range(data.team_start[team], data.team_start[team + 1]):
        s, w = block.slope[u - first_segment], block.weight[u - first_segment]
        zeta = point.zeta[data.segment_group[u]]
        for i in range(d):
            work.push[i] += s * zeta[i]
            for j in range(i + 1):
                work.precision[i, j] += w * zeta[i] * zeta[j]


@inline_kernel
def _factorise(work: TeamWork) -> float:
    """Invert the Cholesky factor of the precision; return the determinant of that."""
    d = len(work.axes)
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
    return product


@inline_kernel
def _newton_step(work: TeamWork) -> float:
    """Fill the direction of a Newton step; return its squared length in standard deviations."""
    d = len(work.axes)
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
        moved = along(point.zeta[data.segment_group[u]], work.direction, work.axes)
        farthest = max(farthest, abs(moved))
    return 1.0 if farthest < _FULL_STEP else np.log1p(farthest) / farthest
