"""
What the first fit on a machine costs, and the first fit of a later process.

``uv run python -m benchmarks.first_call`` fits the example of 720 respondents in three new
processes that share an empty cache of kernels and of byte code: the first fills the byte code,
the second compiles the kernels, the third finds both. Times are of the processor, so that other
work on the machine disturbs them little; they go to ``benchmarks/results/first_call.json``.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.engines import RESULTS

_CHILD = """
import json, sys, time
def cost():
    return time.process_time()
import learnclimate as lc
parts = {"import learnclimate": cost()}
def until(name, begin):
    parts[name] = round(cost() - begin, 2)
    return cost()
begin = cost()
survey = lc.simulate_survey(n_teams=60, team_size=12, seed=1)
begin = until("simulate a survey (pandas imported)", begin)
if "fit" in sys.argv:
    import learnclimate.inference.marginal.sampling.outer, learnclimate.inference.posterior_tree
    import scipy.stats, xarray
    begin = until("import scipy and xarray", begin)
    import learnclimate.inference.marginal.kernels.value
    import learnclimate.inference.marginal.kernels.derivatives
    import learnclimate.inference.marginal.kernels.draws
    begin = until("import numba", begin)
    lc.fit(lc.CountModel(), survey, seed=1, progress=False)
    begin = until("first fit", begin)
    lc.fit(lc.CountModel(), survey, seed=2, progress=False)
    begin = until("second fit", begin)
    parts["kernels"] = round(parts["first fit"] - parts["second fit"], 2)
print(json.dumps(parts))
"""


def child(folder: Path, kernels: str) -> dict[str, float]:
    """Fit twice in a process of its own; return processor seconds by part."""
    environment = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(folder / kernels),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", _CHILD, "fit"]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    """Measure, print and write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        child(folder, "first")
        found = {
            "kernels compiled": child(folder, "second"),
            "kernels loaded": child(folder, "second"),
        }
    for what, parts in found.items():
        for part, seconds in parts.items():
            sys.stdout.write(f"{what}: {part:38s} {seconds:6.2f} s\n")
    told = {
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors",
        "python": platform.python_version(),
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "load": os.getloadavg()[0],
        "processor_seconds": found,
    }
    text = json.dumps(told, indent=1) + "\n"
    (RESULTS / "first_call.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
