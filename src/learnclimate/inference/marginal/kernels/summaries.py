"""Moments of the team effects, and of sums over all respondents, from the nodes, at many psi."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.arithmetic import (
    exp,
    exp_all,
    fast_kernel,
    inline_kernel,
)
from learnclimate.inference.marginal.kernels.families import Rows
from learnclimate.inference.marginal.kernels.modes import LARGEST_SHIFT, climb
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
IntArray = npt.NDArray[np.int64]


class Asked(NamedTuple):
    """
    What the sums over the respondents are about.

    Attributes
    ----------
    lower : ndarray of shape (S, d, d)
        L of each psi.
    share : ndarray of shape (n_rows,)
        Share of each row in the sums.
    kind : ndarray of shape (n_frequencies, n_groups)
        By group, which combination of levels the other frequencies have.
    first : ndarray of shape (n_frequencies,)
        First combination of each frequency among all those asked about.
    level_start : ndarray of shape (n_frequencies + 1,)
        First level of each frequency among all levels.
    base : ndarray of shape (S, n_asked)
        Log rate of each combination asked about; kinds, then levels, frequency by frequency.
    zeta : ndarray of shape (S, n_asked, d)
        What a team's standard normal effect adds to it.
    """

    lower: FloatArray
    share: FloatArray
    kind: IntArray
    first: IntArray
    level_start: IntArray
    base: FloatArray
    zeta: FloatArray


class Gathered(NamedTuple):
    """
    Where results are added.

    Attributes
    ----------
    moments : ndarray of shape (n_teams, n_moments)
        Summed over psi: means of u, of its products (lower triangle), of u³, and the
        squares of the means of u.
    mean : ndarray of shape (S, 1 + n_levels)
        Expected counts at every level, then at the levels answered: summed over the teams.
    product : ndarray of shape (S, 1 + n_levels, 1 + n_levels)
        Their covariance given psi.
    """

    moments: FloatArray
    mean: FloatArray
    product: FloatArray


class Room(NamedTuple):
    """
    Scratch.

    Attributes
    ----------
    mass : ndarray of shape (n_kinds of the frequency with most,)
        Sums of rates of one team.
    value : ndarray of shape (1 + n_levels, n_nodes)
        A team's part in each sum, at its nodes.
    rate : ndarray of shape (n_nodes,)
        Rate ratios.
    effect : ndarray of shape (d, n_nodes)
        Team effects u = L b at the nodes.
    centre : ndarray of shape (1 + n_levels,)
        Means of a team's parts.
    """

    mass: FloatArray
    value: FloatArray
    rate: FloatArray
    effect: FloatArray
    centre: FloatArray


@fast_kernel
def summary_kernel(
    data: TeamData,
    points: Points,
    grid: NodeGrid,
    start: Start,
    share: tuple[int, int],
    ask: tuple[Asked, Gathered, Scratch, Room],
) -> None:
    """Add up what is asked for the teams in the blocks of a share, at every psi."""
    asked, gathered, scratch, room = ask
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
            for team in range(begin, end):
                team_value(data, point, rows, team, (grid, work, block, team - begin))
                _add_moments(work, asked.lower[s], room.effect, gathered.moments[team])
                _fill_parts(data, point, rows, team, (asked, work, room, s))
                _add_parts(data.weight[team], work, gathered, room, s)


@inline_kernel
def _add_moments(
    work: TeamWork, lower: FloatArray, effect: FloatArray, moments: FloatArray
) -> None:
    d, n_nodes = effect.shape
    for i in range(d):
        for q in range(n_nodes):
            effect[i, q] = 0.0
        for j in range(i + 1):
            for q in range(n_nodes):
                effect[i, q] += lower[i, j] * work.at[j, q]
    products, cubes, squares = d, d + d * (d + 1) // 2, 2 * d + d * (d + 1) // 2
    for i in range(d):
        mean, cube = 0.0, 0.0
        for q in range(n_nodes):
            part = work.h[q] * effect[i, q]
            mean += part
            cube += part * effect[i, q] * effect[i, q]
        moments[i] += mean
        moments[cubes + i] += cube
        moments[squares + i] += mean * mean
        for j in range(i + 1):
            product = 0.0
            for q in range(n_nodes):
                product += work.h[q] * effect[i, q] * effect[j, q]
            moments[products] += product
            products += 1


@inline_kernel
def _fill_parts(
    data: TeamData,
    point: Point,
    rows: Rows,
    team: int,
    where: tuple[Asked, TeamWork, Room, int],
) -> None:
    """Fill in a team's part in each sum at its nodes."""
    asked, work, room, s = where
    value = room.value
    last = value.shape[0] - 1
    low, high = data.team_start[team], data.team_start[team + 1]
    for c in range(last + 1):
        for q in range(value.shape[1]):
            value[c, q] = 0.0
    for u in range(low, high):
        mass = _mass(data, rows, asked.share, u)
        for q in range(value.shape[1]):
            value[last, q] += mass * work.ratio[u - low, q]
    for f in range(asked.kind.shape[0]):
        for k in range(room.mass.shape[0]):
            room.mass[k] = 0.0
        for u in range(low, high):
            group = data.segment_group[u]
            room.mass[asked.kind[f, group]] += _mass(data, rows, asked.share, u) * exp(
                -point.base[group]
            )
        _add_levels(f, asked, work, room, s)


@inline_kernel
def _add_levels(f: int, asked: Asked, work: TeamWork, room: Room, s: int) -> None:
    """Add a team's part at every level of a frequency, the other frequencies as answered."""
    n_levels = asked.level_start[f + 1] - asked.level_start[f]
    for kind in range(room.mass.shape[0]):
        if room.mass[kind] <= 0.0:
            continue
        for k in range(n_levels):
            entry = asked.first[f] + kind * n_levels + k
            _fill_rates(asked.base[s, entry], asked.zeta[s, entry], work, room.rate)
            value = room.value[asked.level_start[f] + k]
            for q in range(value.shape[0]):
                value[q] += room.mass[kind] * room.rate[q]


@inline_kernel
def _mass(data: TeamData, rows: Rows, share: FloatArray, segment: int) -> float:
    """Weighted rates of a segment, at the team's effect 0."""
    total = 0.0
    for c in range(data.segment_start[segment], data.segment_start[segment + 1]):
        total += share[c] * rows.expected[c - rows.first_row]
    return total * rows.dispersion


@inline_kernel
def _fill_rates(base: float, zeta: FloatArray, work: TeamWork, rate: FloatArray) -> None:
    for q in range(rate.shape[0]):
        rate[q] = base
    for i in range(zeta.shape[0]):
        for q in range(rate.shape[0]):
            rate[q] += zeta[i] * work.at[i, q]
    for q in range(rate.shape[0]):
        rate[q] = min(max(rate[q], -LARGEST_SHIFT), LARGEST_SHIFT)
    exp_all(rate, rate.shape[0])


@inline_kernel
def _add_parts(weight: float, work: TeamWork, gathered: Gathered, room: Room, s: int) -> None:
    """Add the mean of each part, and their covariance."""
    value, rate = room.value, room.rate
    for c in range(value.shape[0]):
        mean = 0.0
        for q in range(value.shape[1]):
            mean += work.h[q] * value[c, q]
        room.centre[c] = mean
        gathered.mean[s, c] += weight * mean
        for q in range(value.shape[1]):
            value[c, q] -= mean
    for c in range(value.shape[0]):
        for q in range(value.shape[1]):
            rate[q] = work.h[q] * value[c, q]
        for other in range(c + 1):
            total = 0.0
            for q in range(value.shape[1]):
                total += rate[q] * value[other, q]
            gathered.product[s, c, other] += weight * total
