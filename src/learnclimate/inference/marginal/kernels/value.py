"""Log marginal likelihood, team modes and moments of team effects, at many psi."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.arithmetic import fast_kernel, inline_kernel
from learnclimate.inference.marginal.kernels.modes import climb
from learnclimate.inference.marginal.kernels.points import Points
from learnclimate.inference.marginal.kernels.quadrature import NodeGrid
from learnclimate.inference.marginal.kernels.scratch import Point, Scratch, Start, TeamWork
from learnclimate.inference.marginal.kernels.team import (
    fill_block,
    rows_of,
    team_value,
)
from learnclimate.inference.marginal.kernels.team_data import TeamData

FloatArray = npt.NDArray[np.float64]


class Wanted(NamedTuple):
    """
    Where results go.

    Attributes
    ----------
    value : ndarray of shape (S,)
        Log marginal likelihood.
    modes : ndarray of shape (n_teams or 0, d)
        Modes of the teams at the last psi, if wanted.
    moments : ndarray of shape (n_teams or 0, 2, d)
        To which means of u and u² at every psi are added, if wanted.
    lower : ndarray of shape (S, d, d)
        L of each psi, for the moments.
    """

    value: FloatArray
    modes: FloatArray
    moments: FloatArray
    lower: FloatArray


@fast_kernel
def value_kernel(
    data: TeamData,
    points: Points,
    grid: NodeGrid,
    start: Start,
    share: tuple[int, int],
    ask: tuple[Scratch, Wanted],
) -> None:
    """Compute what is wanted for the teams in the blocks of a share."""
    scratch, wanted = ask
    work, block = scratch.work, scratch.block
    d = len(work.axes)
    for s in range(points.base.shape[0]):
        point = Point(
            points.base[s], points.zeta[s], points.coefficients[s], points.log_dispersion[s]
        )
        total = 0.0
        for number in range(share[0], share[1]):
            begin, end = data.block_start[number], data.block_start[number + 1]
            fill_block(data, point, begin, end, block)
            rows = rows_of(data, point, begin, block)
            climb(data, point, rows, (begin, end), (block, work, start))
            for team in range(begin, end):
                value = team_value(data, point, rows, team, (grid, work, block, team - begin))
                total += data.weight[team] * value
                if wanted.modes.shape[0] > 0:
                    for i in range(d):
                        wanted.modes[team, i] = work.mode[i]
                if wanted.moments.shape[0] > 0:
                    _add_moments(work, wanted, team, s)
        wanted.value[s] = total


@inline_kernel
def _add_moments(work: TeamWork, wanted: Wanted, team: int, s: int) -> None:
    for i in range(len(work.axes)):
        for q in range(work.h.shape[0]):
            u = 0.0
            for j in range(i + 1):
                u += wanted.lower[s, i, j] * work.at[j, q]
            wanted.moments[team, 0, i] += work.h[q] * u
            wanted.moments[team, 1, i] += work.h[q] * u * u
