"""
Where the time of one evaluation of the marginal likelihood goes, part by part.

``uv run python -m benchmarks.parts`` runs the kernel on 100,000 simulated respondents as far as
each part, and prints what the part adds: nanoseconds a row, processor time of one core.
"""

import numba
import numpy as np

from benchmarks.cost import NODES, processor_seconds, simulated
from learnclimate.inference.marginal.kernels import team as kernels_team
from learnclimate.inference.marginal.kernels.families import add_log_density
from learnclimate.inference.marginal.kernels.modes import climb, take_team
from learnclimate.inference.marginal.kernels.points import Points, points_at
from learnclimate.inference.marginal.kernels.quadrature import NodeGrid, node_grid
from learnclimate.inference.marginal.kernels.scratch import Point, Scratch, Start, new_scratch
from learnclimate.inference.marginal.kernels.team import (
    fill_block,
    fill_ratios,
    log_sum_exp,
    rows_of,
)
from learnclimate.inference.marginal.kernels.team_data import TeamData

ROWS, POINTS = 100_000, 4
PARTS = ("rows", "modes", "rate ratios", "nodes and prior", "log density", "sum")
fill_nodes, fill_prior = kernels_team._fill_nodes, kernels_team._fill_prior  # noqa: SLF001


@numba.njit(nogil=True, error_model="numpy", _nrt=False, fastmath=True)
def run_until(
    data: TeamData, points: Points, grid: NodeGrid, start: Start, scratch: Scratch, last: int
) -> float:
    """Evaluate as `value_kernel` does, and stop after a part."""
    work, block = scratch.work, scratch.block
    total = 0.0
    for s in range(points.base.shape[0]):
        point = Point(
            points.base[s], points.zeta[s], points.coefficients[s], points.log_dispersion[s]
        )
        for number in range(data.block_start.shape[0] - 1):
            begin, end = data.block_start[number], data.block_start[number + 1]
            fill_block(data, point, begin, end, block)
            rows = rows_of(data, point, begin, block)
            if last < 1:
                continue
            climb(data, point, rows, (begin, end), (block, work, start))
            if last < 2:
                continue
            for team in range(begin, end):
                det = take_team(team - begin, block, work)
                fill_ratios(data, point, team, grid, work)
                if last < 3:
                    continue
                fill_nodes(grid, work)
                total += fill_prior(data, point, rows, team, (grid, work, block))
                if last < 4:
                    continue
                low, high = data.team_start[team], data.team_start[team + 1]
                add_log_density(rows, low, high, work.ratio, (work.h, work.spare))
                if last < 5:
                    continue
                total += log_sum_exp(work.h, det)
    return total


def main() -> None:
    """Measure and print."""
    likelihood, psi = simulated(ROWS)
    data = likelihood.compressed.data
    psi = np.tile(psi, (POINTS, 1))
    psi[:, :3] += np.random.default_rng(2).normal(0, 1, (POINTS, 3)) / np.sqrt(ROWS)
    points = points_at(likelihood.layout, likelihood.compressed.groups, psi)
    start = Start(likelihood.team_modes, likelihood.newton_steps)
    for nodes in NODES:
        grid = node_grid(nodes, 2)
        scratch, before = new_scratch(data, grid), 0.0
        for last, part in enumerate(PARTS):
            ask = (data, points, grid, start, scratch, last)
            seconds = processor_seconds(lambda ask=ask: run_until(*ask))
            found = seconds / POINTS / ROWS * 1e9
            print(f"{nodes} nodes: {part:16} {found - before:6.1f}, so far {found:6.1f} ns a row")
            before = found


if __name__ == "__main__":
    main()
