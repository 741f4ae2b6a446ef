"""
Time every engine on the same data, in one go.

``uv run python -m benchmarks.engines --size 720 12000`` simulates a study of each size, runs
each engine in a process of its own, one after another, and writes a table.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.table import markdown

ROOT = Path(__file__).parent
RESULTS = ROOT / "results"


@dataclass(frozen=True, slots=True)
class Contender:
    """An engine with the form of the frequency it fits, and the largest size worth trying."""

    engine: str
    form: str
    largest: int
    note: str = ""

    @property
    def name(self) -> str:
        """Engine and form, as in the table."""
        return f"{self.engine}, {self.form}"


CONTENDERS = (
    Contender("learnclimate", "monotonic", 10_000_000),
    Contender("learnclimate", "linear", 240_000),
    Contender("pymc", "monotonic", 12_000, "PyMC + nutpie; warm: compiled once"),
    Contender("brms", "monotonic", 12_000, "warm: compiled once"),
    Contender("bambi", "linear", 1_000, "no correlation of team effects"),
    Contender("rstanarm", "linear", 1_000, "priors of its own for the team effects' covariance"),
    Contender("glmmTMB", "linear", 240_000, "point estimate by Laplace's approximation"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one process gave: its report, its peak memory, or why it gave nothing."""

    report: dict[str, Any] = field(default_factory=dict)
    peak_mib: float = float("nan")
    failure: str = ""


def command(contender: Contender, folder: Path, out: Path, times: int) -> list[str] | None:
    """How to start an engine; None where it is not installed."""
    told = [contender.form, str(folder), str(out), str(times)]
    if contender.engine in ("learnclimate", "pymc"):
        return [sys.executable, "-m", "benchmarks.child", contender.engine, *told]
    if contender.engine == "bambi":
        if shutil.which("uv") is None:
            return None
        script = str(ROOT / "bambi_child.py")
        return [*bambi_python(), script, str(folder), str(out), str(times)]
    if shutil.which("Rscript") is None:
        return None
    probe = f"quit(status = !nzchar(system.file(package = '{contender.engine}')))"
    if subprocess.run(["Rscript", "-e", probe], check=False).returncode:
        return None
    return ["Rscript", str(ROOT / "engine.R"), contender.engine, *told]


def bambi_python() -> list[str]:
    """Start a Python with bambi, apart from ours: its dependencies downgrade ours."""
    return ["uv", "run", "--no-project", "--isolated", "--with", "bambi", "python"]


def run(arguments: list[str], cache: Path, out: Path, timeout: float) -> Outcome:
    """Run one process to its end; its own peak memory, and that of what it started."""
    settings = {
        "BENCHMARK_START": repr(time.time()),
        "NUMBA_CACHE_DIR": str(cache / "numba"),
        "PYTENSOR_FLAGS": f"base_compiledir={cache / 'pytensor'}",
    }
    log = out.with_suffix(".log")
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            arguments, env=os.environ | settings, stdout=stream, stderr=stream, cwd=ROOT.parent
        )
        give_up = time.monotonic() + timeout
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > give_up:
                process.kill()
                os.wait4(process.pid, 0)
                return Outcome(failure=f"not finished after {timeout:.0f} s")
            time.sleep(0.02)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or not out.exists():
        words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return Outcome(failure=f"failed: {words[-1] if words else process.returncode}"[:200])
    return Outcome(json.loads(out.read_text(encoding="utf-8")), usage.ru_maxrss / 1024)


def measure(contender: Contender, folder: Path, timeout: float) -> dict[str, Any]:
    """Run an engine cold (nothing compiled before), then in a new process twice over."""
    row: dict[str, Any] = {"engine": contender.engine, "form": contender.form}
    row["note"] = contender.note
    if command(contender, folder, folder / "none", 1) is None:
        return row | {"failure": "not installed"}
    if contender.engine == "bambi":
        subprocess.run([*bambi_python(), "-c", "pass"], check=True, capture_output=True)
    label = f"{contender.engine}-{contender.form}"
    cache = folder / f"cache-{label}"
    outcomes = []
    for part, times in (("first", 1), ("again", 2)):
        out = folder / f"{label}-{part}.json"
        if part == "first" and contender.engine not in ("learnclimate", "pymc", "bambi"):
            continue  # R keeps nothing compiled between processes
        arguments = command(contender, folder, out, times)
        outcomes.append(run(arguments or [], cache, out, timeout))
        if outcomes[-1].failure:
            return row | {"failure": outcomes[-1].failure}
    last = outcomes[-1].report
    again, warm = last["seconds"]
    first = outcomes[0].report["seconds"][0]
    row |= {"cold_s": first, "process_s": again, "warm_s": warm}
    row |= {name: last[name] for name in last if name != "seconds"}
    row["peak_mib"] = max(outcome.peak_mib for outcome in outcomes)
    if "min_ess_bulk" in last:
        row["ess_per_s"] = last["min_ess_bulk"] / warm
    return row


def add_differences(rows: list[dict[str, Any]]) -> None:
    """Largest difference in posterior mean against ours of the same form, in our sds."""
    for row in rows:
        ours = next(
            (
                other
                for other in rows
                if other["engine"] == "learnclimate" and other["form"] == row["form"]
            ),
            None,
        )
        if ours is None or row is ours or "mean" not in row or "mean" not in ours:
            continue
        apart = {
            name: abs(value - ours["mean"][name]) / ours["sd"][name]
            for name, value in row["mean"].items()
            if name in ours["mean"]
        }
        where = max(apart, key=lambda name: apart[name])
        row["largest_difference_sd"] = apart[where]
        row["largest_difference_at"] = where


def machine() -> dict[str, Any]:
    """Tell what the figures were measured on."""
    model = ""
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else ""
    return {
        "processor": model or platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def chosen(names: list[str] | None, size: int) -> list[Contender]:
    """Choose the engines asked for, or those that are worth trying at a size."""
    if names:
        return [each for each in CONTENDERS if each.engine in names]
    return [each for each in CONTENDERS if size <= each.largest * 1.2]


def benchmark(size: int, names: list[str] | None, *, seed: int, timeout: float) -> dict[str, Any]:
    """Measure the engines at one size."""
    from benchmarks.problem import write_problem

    with tempfile.TemporaryDirectory(prefix="learnclimate-benchmark-") as place:
        folder = Path(place)
        write_problem(folder, size, seed)
        problem = json.loads((folder / "problem.json").read_text(encoding="utf-8"))
        about = machine()
        rows = []
        for contender in chosen(names, size):
            print(f"{size:,} respondents: {contender.name} ...", flush=True)
            rows.append(measure(contender, folder, timeout))
            print(f"  {rows[-1].get('failure') or f'warm {rows[-1]["warm_s"]:.2f} s'}", flush=True)
    add_differences(rows)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    return {"size": size, "problem": problem, "machine": about, "when": when, "engines": rows}


def main() -> None:
    """Read the options, measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--size", type=int, nargs="+", default=[720, 12_000], metavar="N")
    parser.add_argument("--engines", nargs="+", choices=sorted({c.engine for c in CONTENDERS}))
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--timeout", type=float, default=1200, help="seconds for one process")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for size in options.size:
        told = benchmark(size, options.engines, seed=options.seed, timeout=options.timeout)
        text = markdown(told)
        print(text)
        stem = f"engines-{size}"
        (options.out / f"{stem}.json").write_text(json.dumps(told, indent=1) + "\n")
        (options.out / f"{stem}.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
