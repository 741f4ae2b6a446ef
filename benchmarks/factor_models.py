"""
Ordinal factor models beside lavaan: time and estimates, in one run.

``uv run python -m benchmarks.factor_models`` simulates answers of 2,600 respondents to 10 items
of one and of two scales, and to 12 items of three, and fits each by
``fit(FactorModel(...), draws=2000)`` and by lavaan's ``cfa(..., estimator="WLSMV")``, one after
the other, each in a process of its own. Times are of the processor, so that other work on the
machine disturbs them little; the clock of ours runs from before the model is laid out until
draws are certified, kernels loaded but not compiled. They go to
``benchmarks/results/factor_models.json`` and ``.md``.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.engines import RESULTS

#: Scales and items a scale.
CASES = {"one scale": (1, 10), "two scales": (2, 5), "three scales": (3, 4)}
RESPONDENTS = 2600

_CHILD = """
import json, sys, time
import numpy as np
import pandas as pd
import learnclimate as lc
path, draws = sys.argv[1], int(sys.argv[2])
told = json.load(open(path + ".json"))
frame = pd.read_csv(path + ".csv")
scales = [lc.Scale(name, items) for name, items in told["scales"].items()]
survey = lc.read_survey(frame, lc.Codebook(outcome="n", team="team", scales=scales))
model = lc.FactorModel(list(told["scales"]))
small = lc.read_survey(frame.head(200), survey.codebook)
begin = time.process_time()
lc.fit(model, small, draws=400, seed=1, progress=False)
first = time.process_time() - begin
begin, clock = time.process_time(), time.perf_counter()
fit = lc.fit(model, survey, engine="marginal", draws=draws, seed=1, progress=False)
seconds = {"processor": time.process_time() - begin, "wall": time.perf_counter() - clock}
posterior = fit.draws["posterior"]
loadings = posterior["loadings"].to_numpy().sum(axis=3)
found = {"loadings": loadings.mean(axis=(0, 1)).tolist(), "sd": loadings.std(axis=(0, 1)).tolist()}
if len(scales) > 1:
    mean = posterior["factor_correlation"].to_numpy().mean(axis=(0, 1))
    found["correlations"] = mean[np.tril_indices(len(scales), -1)].tolist()
table = fit.summary().table
found |= {"seconds": seconds, "small_fit_before": first, "passed": fit.certificate.passed}
found |= {"max_rhat": float(table["rhat"].max()), "min_ess": float(table["ess_bulk"].min())}
print(json.dumps(found))
"""

_LAVAAN = """
suppressMessages({library(lavaan); library(jsonlite)})
path <- commandArgs(TRUE)[[1]]
told <- fromJSON(paste0(path, ".json"))
answers <- read.csv(paste0(path, ".csv"))
items <- unlist(told$scales)
model <- paste(sapply(names(told$scales), function(name)
  paste(name, "=~", paste(told$scales[[name]], collapse = " + "))), collapse = "\\n")
begin <- proc.time()
fit <- cfa(model, answers, std.lv = TRUE, ordered = items, estimator = "WLSMV")
took <- proc.time() - begin
est <- standardizedSolution(fit)
own <- est$op == "=~"
between <- est$op == "~~" & est$lhs %in% names(told$scales) & est$lhs != est$rhs
cat(toJSON(list(loadings = est$est.std[own], sd = est$se[own],
  correlations = I(est$est.std[between]),
  seconds = list(processor = took[["user.self"]] + took[["sys.self"]], wall = took[["elapsed"]]),
  lavaan = as.character(packageVersion("lavaan"))), auto_unbox = TRUE, digits = 8))
"""


def simulated(folder: Path, name: str) -> Path:
    """Write answers of one case; return their path without its suffix."""
    import numpy as np
    import pandas as pd

    n_scales, n_items = CASES[name]
    rng = np.random.default_rng(2600)
    root = np.linalg.cholesky(0.5 + 0.5 * np.eye(n_scales))
    factors = rng.standard_normal((RESPONDENTS, n_scales)) @ root.T
    strength = np.linspace(0.6, 0.85, n_items)
    columns: dict[str, object] = {"n": 1, "team": [f"T{i % 150}" for i in range(RESPONDENTS)]}
    scales = {}
    for scale in range(n_scales):
        own = strength * factors[:, [scale]]
        behind = own + np.sqrt(1 - strength**2) * rng.standard_normal((RESPONDENTS, n_items))
        names = [f"q{scale + 1}_{item + 1}" for item in range(n_items)]
        scales[f"f{scale + 1}"] = names
        columns |= dict(
            zip(names, 1 + np.searchsorted([-1.4, -0.5, 0.4, 1.3], behind.T), strict=True)
        )
    path = folder / name.replace(" ", "-")
    pd.DataFrame(columns).to_csv(f"{path}.csv", index=False)
    Path(f"{path}.json").write_text(json.dumps({"scales": scales}), encoding="utf-8")
    return path


def ran(command: list[str]) -> dict[str, object]:
    """Run a program that prints JSON."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def compared(folder: Path, name: str, draws: int) -> dict[str, object]:
    """Fit one case by both."""
    path = str(simulated(folder, name))
    ours = ran([sys.executable, "-c", _CHILD, path, str(draws)])
    script = folder / "lavaan.R"
    script.write_text(_LAVAAN, encoding="utf-8")
    lavaan = ran(["Rscript", str(script), path])
    apart = [a - b for a, b in zip(ours["loadings"], lavaan["loadings"], strict=True)]  # type: ignore[call-overload]
    between = [
        abs(a - b)
        for a, b in zip(ours.get("correlations", []), lavaan["correlations"], strict=True)  # type: ignore[call-overload]
    ]
    return {
        "learnclimate": ours,
        "lavaan": lavaan,
        "largest_difference_of_loadings": max(map(abs, apart)),
        "largest_difference_of_correlations": max(between, default=None),
    }


def written(found: dict[str, dict[str, object]]) -> str:
    """Lay the figures out as a table."""
    lines = [
        (
            "| answers | learnclimate, posterior: CPU s | R-hat | min ESS | lavaan, WLSMV: CPU s "
            "| largest difference of a loading | of a correlation |"
        ),
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, case in found.items():
        ours, lavaan = case["learnclimate"], case["lavaan"]
        between = case["largest_difference_of_correlations"]
        lines.append(
            f"| {name}, {CASES[name][0] * CASES[name][1]} items, {RESPONDENTS} respondents "
            f"| {ours['seconds']['processor']:.1f} | {ours['max_rhat']:.3f} "  # type: ignore[index]
            f"| {ours['min_ess']:.0f} | {lavaan['seconds']['processor']:.1f} "  # type: ignore[index]
            f"| {case['largest_difference_of_loadings']:.4f} "
            f"| {'' if between is None else f'{between:.4f}'} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the cases and write what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {name: compared(Path(folder), name, given.draws) for name in given.cases}
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "learnclimate": version("learnclimate"),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "machine": platform.machine(),
    }
    told = {"machine": machine, "draws": given.draws, "cases": found}
    (RESULTS / "factor_models.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    table = written(found)
    (RESULTS / "factor_models.md").write_text(table, encoding="utf-8")
    sys.stdout.write(table)


if __name__ == "__main__":
    main()
