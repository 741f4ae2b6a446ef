"""
Fit a large study from end to end, stage by stage, with the peak of memory after each.

``uv run python -m benchmarks.large_fit /tmp/large`` reads what ``benchmarks.large_study`` wrote
there, fits it and asks for answers, and writes ``benchmarks/results/large-<respondents>.json``.
"""

import argparse
import json
import os
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.engines import RESULTS, machine


class Stages:
    """Seconds on the wall, processor seconds and peak memory of each stage."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def run[Result](self, name: str, work: Callable[[], Result]) -> Result:
        """Time a stage and print it."""
        wall, processor = time.perf_counter(), time.process_time()
        result = work()
        row = {
            "stage": name,
            "seconds": time.perf_counter() - wall,
            "processor_seconds": time.process_time() - processor,
            "peak_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        }
        self.rows.append(row)
        print(
            f"{name}: {row['seconds']:.1f} s, {row['processor_seconds']:.1f} s of processors, "
            f"peak {row['peak_gib']:.2f} GiB",
            flush=True,
        )
        return result


def measured(folder: Path) -> dict[str, Any]:
    """Run all stages on the study in a folder."""
    stages = Stages()
    about = machine()
    lc = stages.run("import", lambda: __import__("learnclimate"))
    small = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    stages.run("compile or load kernels", lambda: lc.fit(lc.CountModel(), small, progress=False))
    codebook = lc.Codebook.from_toml(folder / "study.toml")
    survey = stages.run("read", lambda: lc.read_survey(folder / "study.parquet", codebook))
    fit = stages.run("fit", lambda: lc.fit(lc.CountModel(), survey, seed=1, progress=False))
    stages.run("rate ratio", lambda: lc.rate_ratio(fit, "weekly", "never", population="study"))
    stages.run("team effects", lambda: lc.team_effects(fit, "talk"))
    told = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    posterior = fit.draws["posterior"]
    return {
        "respondents": told["respondents"],
        "teams": told["teams"],
        "machine": about | {"load_after": os.getloadavg()[0]},
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "stages": stages.rows,
        "certificate": str(fit.certificate),
        "truth": told["parameters"],
        "mean": {
            name: posterior[name].mean(("chain", "draw")).to_numpy().tolist()
            for name in ("intercept", "frequency_effect", "team_sd", "dispersion")
        },
        "versions": {name: version(name) for name in ("learnclimate", "numpy", "numba", "pyarrow")},
    }


def main() -> None:
    """Read the options, measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_fit", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    given = parser.parse_args()
    told = measured(given.folder)
    print(told["certificate"])
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / f"large-{told['respondents']}.json"
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
