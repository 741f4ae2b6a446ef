"""
Time of one evaluation of the marginal likelihood against size, beside its floors.

``uv run python -m benchmarks.cost`` writes ``benchmarks/results/cost.svg``, ``.md`` and ``.json``.
Times are of one processor (of the process, not of the clock on the wall), so that other work on
the machine disturbs them little. The floors are measured in the same run: exponentials and logs
by the package's own kernels, and reading memory.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.engines import RESULTS
from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.coding import CovariateCoding, DesignCoding, FrequencyCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.model import CountModel
from learnclimate.inference.marginal.kernels.arithmetic import exp, fast_kernel, log1p
from learnclimate.inference.marginal.likelihood.likelihood import TeamLikelihood, prepare

FloatArray = npt.NDArray[np.float64]

SIZES = (1_000, 10_000, 100_000, 1_000_000)
NODES = (4, 7)
LEVELS = 5
TEAM_SIZE = 12
#: An evaluation reads five numbers a row: activities, respondents, exposure, two covariates.
BYTES_A_ROW = 5 * 8
_SECONDS = 2.0


@fast_kernel
def exponentials(x: FloatArray, out: FloatArray) -> None:
    """Exponential of every x."""
    for i in range(x.shape[0]):
        out[i] = exp(x[i])


@fast_kernel
def logarithms(x: FloatArray, out: FloatArray) -> None:
    """Log of 1 + x for every x."""
    for i in range(x.shape[0]):
        out[i] = log1p(x[i])


@fast_kernel
def total(x: FloatArray, out: FloatArray) -> None:
    """Sum of x: what reading it takes."""
    found = 0.0
    for i in range(x.shape[0]):
        found += x[i]
    out[0] = found


def processor_seconds(run: Callable[[], object], seconds: float = _SECONDS) -> float:
    """Processor time of one run: the least of five batches."""
    run()
    begin = time.process_time()
    run()
    once = max(time.process_time() - begin, 1e-6)
    repeats = max(1, int(seconds / 5 / once))
    batches = []
    for _ in range(5):
        begin = time.process_time()
        for _ in range(repeats):
            run()
        batches.append((time.process_time() - begin) / repeats)
    return min(batches)


def measured_floors() -> dict[str, float]:
    """Nanoseconds of an exponential and a log in the first cache, and of reading a byte."""
    x = np.random.default_rng(1).normal(0, 1, 1024)
    large = np.ones(2**25)
    out = np.empty_like(x)
    return {
        "ns_per_exp": processor_seconds(lambda: exponentials(x, out)) / len(x) * 1e9,
        "ns_per_log": processor_seconds(lambda: logarithms(np.abs(x), out)) / len(x) * 1e9,
        "ns_per_byte": processor_seconds(lambda: total(large, out)) / large.nbytes * 1e9,
    }


def simulated(n_rows: int) -> tuple[TeamLikelihood, FloatArray]:
    """Simulate a study with a varying slope and two numeric covariates, and keep its truth."""
    random = np.random.default_rng(n_rows)
    n_teams = n_rows // TEAM_SIZE
    team = random.integers(0, n_teams, n_rows)
    level = random.integers(0, LEVELS, n_rows)
    covariates = random.normal(size=(n_rows, 2))
    curve = np.linspace(0, 1, LEVELS)
    effect = random.normal(size=(n_teams, 2)) * [0.3, 0.25]
    log_rate = 0.5 + 0.2 * covariates[:, 0] + 0.1 * covariates[:, 1]
    log_rate += effect[team, 0] + (1.2 + effect[team, 1]) * curve[level]
    outcome = random.poisson(random.gamma(2.5, np.exp(log_rate) / 2.5))
    coding = DesignCoding(
        frequencies=(FrequencyCoding("talk", tuple("abcde"), "monotonic"),),
        covariates=(CovariateCoding("one"), CovariateCoding("two")),
        team_effects=(INTERCEPT, "talk"),
    )
    design = CountDesign(
        outcome=outcome,
        log_exposure=np.zeros(n_rows),
        frequency_level=level[:, None],
        covariates=covariates,
        team=team,
        multiplicity=np.ones(n_rows),
        weight=np.ones(n_rows),
        teams=np.arange(n_teams).astype(str).astype(object),
        departments=None,
        coding=coding,
    )
    likelihood = prepare(CountModel(), design, compress=False)
    lower = [0.3, 0.0, 0.25]
    psi = np.concatenate([[0.5, 0.2, 0.1], 1.2 * curve, curve, lower, [np.log(2.5)]])
    return likelihood.anchor(psi), psi


def measured(n_rows: int, floors: dict[str, float]) -> list[dict[str, float]]:
    """Time an evaluation by nodes, in nanoseconds a row, and count what it cannot do without."""
    likelihood, psi = simulated(n_rows)
    data = likelihood.compressed.data
    n_points = max(2, min(256, 200_000 // n_rows))
    near = np.random.default_rng(2).normal(0, 1, (n_points, 3)) / np.sqrt(n_rows)
    points = np.tile(psi, (n_points, 1))
    points[:, :3] += near
    segments, teams = len(data.segment_group), len(data.weight)
    found = []
    for nodes in NODES:
        seconds = processor_seconds(lambda k=nodes: likelihood.value(points, k)) / n_points
        logs = n_rows * nodes**2
        # Rows, segments at the mode and along each axis of the nodes, and the nodes' weights.
        exps = n_rows + segments * (1 + 2 * nodes) + teams * nodes**2
        floor = (exps * floors["ns_per_exp"] + logs * floors["ns_per_log"]) / n_rows
        naive = nodes**2 * floors["ns_per_exp"]
        found.append(
            {
                "rows": n_rows,
                "nodes": nodes,
                "ns_a_row": seconds / n_rows * 1e9,
                "floor_ns_a_row": floor,
                "one_exp_a_row_and_node_ns": naive,
                "reading_ns_a_row": BYTES_A_ROW * floors["ns_per_byte"],
                "ratio_to_floor": seconds / n_rows * 1e9 / floor,
                "ratio_to_one_exp_a_row_and_node": seconds / n_rows * 1e9 / naive,
            }
        )
    return found


def drawn(rows: list[dict[str, float]], path: Path) -> None:
    """Draw time and floors against size."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for colour, nodes in zip(("#1b6ca8", "#c4572b"), NODES, strict=True):
        part = [row for row in rows if row["nodes"] == nodes]
        size = np.array([row["rows"] for row in part])
        for key, style, words in (
            ("ns_a_row", "o-", "measured"),
            ("floor_ns_a_row", "--", "its exponentials and logs alone"),
        ):
            value = np.array([row[key] for row in part]) * size / 1e6
            axes.loglog(size, value, style, color=colour, label=f"{nodes} nodes: {words}")
    reading = np.array([row["reading_ns_a_row"] for row in part]) * size / 1e6
    axes.loglog(size, reading, ":", color="0.4", label="reading the rows alone")
    axes.set_xlabel("respondents")
    axes.set_ylabel("processor time of one evaluation, ms")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


def markdown(told: dict[str, Any]) -> str:
    """Lay out the figures."""
    floors, machine = told["floors"], told["machine"]
    head = (
        "rows",
        "nodes a dimension",
        "ms an evaluation",
        "ns a row",
        "exps and logs alone, ns a row",
        "ratio",
        "one exp a row and node, ns a row",
        "ratio",
        "reading, ns a row",
    )
    where = (
        f"{machine['processor']}, {machine['system']}; {told['when']}; load {machine['load']:.1f}. "
        "Negative binomial, varying correlated slope, two numeric covariates, teams of about "
        f"{TEAM_SIZE}; nothing compressed. Processor time, one core."
    )
    speeds = (
        f"An exponential takes {floors['ns_per_exp']:.2f} ns, a log {floors['ns_per_log']:.2f} ns, "
        f"memory gives {1 / floors['ns_per_byte']:.1f} GB/s."
    )
    lines = [
        "## Cost of one evaluation of the marginal likelihood",
        "",
        where,
        "",
        speeds,
        "",
        "| " + " | ".join(head) + " |",
        "|" + " ---: |" * len(head),
    ]
    for row in told["rows"]:
        cells = (
            f"{row['rows']:,}",
            f"{row['nodes']}",
            f"{row['ns_a_row'] * row['rows'] / 1e6:.3g}",
            f"{row['ns_a_row']:.1f}",
            f"{row['floor_ns_a_row']:.1f}",
            f"{row['ratio_to_floor']:.1f}",
            f"{row['one_exp_a_row_and_node_ns']:.1f}",
            f"{row['ratio_to_one_exp_a_row_and_node']:.1f}",
            f"{row['reading_ns_a_row']:.2f}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="respondents")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args()
    floors = measured_floors()
    rows = [row for size in options.sizes for row in measured(size, floors)]
    told = {
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "system": platform.platform(terse=True),
            "load": os.getloadavg()[0],
        },
        "floors": floors,
        "rows": rows,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "cost.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (options.out / "cost.md").write_text(markdown(told), encoding="utf-8")
    drawn(rows, options.out / "cost.svg")
    print(markdown(told))


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
