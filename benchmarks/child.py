"""
One Python engine in a process of its own, started by `benchmarks.engines`.

``python -m benchmarks.child ENGINE FORM FOLDER OUT TIMES`` fits ``TIMES`` times in the same
process; the clock starts at the epoch time in ``BENCHMARK_START``, before Python does.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
Sampler = Callable[[int], tuple[Arrays, dict[str, Any]]]
DRAWS = 4000


def learnclimate_sampler(folder: Path, form: str, engine: str) -> Sampler:
    """Fit by ours as a user does: design, fit, certificate, standardised answers."""
    from benchmarks.problem import model_of, read_problem
    from learnclimate.inference.fitting import fit

    survey = read_problem(folder)

    def sample(seed: int) -> tuple[Arrays, dict[str, Any]]:
        fitted = fit(model_of(form), survey, engine=engine, draws=DRAWS, seed=seed, progress=False)
        posterior = fitted.draws["posterior"]
        checks = {check.name: check.verdict for check in fitted.certificate.checks}
        arrays = {name: posterior[name].to_numpy() for name in posterior.data_vars}
        return arrays, {"certificate": checks, "actions": fitted.certificate.actions}

    return sample


def pymc_sampler(folder: Path, form: str) -> Sampler:
    """Sample the same model in PyMC through nutpie: compiled once, sampled each time."""
    import nutpie

    from benchmarks.problem import model_of, read_problem
    from learnclimate.core.labels import POSTERIOR_DIMS
    from learnclimate.counts.pymc_model import build_model

    built = build_model(model_of(form), read_problem(folder))
    compiled = nutpie.compile_pymc_model(
        built, backend="numba", initial_points=built.initial_point(random_seed=1)
    )

    def sample(seed: int) -> tuple[Arrays, dict[str, Any]]:
        tree = nutpie.sample(
            compiled,
            draws=DRAWS // 4,
            tune=1000,
            chains=4,
            cores=os.cpu_count(),
            seed=seed,
            target_accept=0.9,
            progress_bar=False,
        )
        posterior = tree["posterior"]
        arrays = {name: posterior[name].to_numpy() for name in POSTERIOR_DIMS if name in posterior}
        return arrays, {"divergent": int(tree["sample_stats"]["diverging"].sum())}

    return sample


def labelled(arrays: Arrays) -> Iterator[tuple[str, np.ndarray]]:
    """Name every outer parameter, each of shape (chain, draw)."""
    for name, values in arrays.items():
        if name == "team_effects":
            continue
        inner = values.shape[2:]
        for place in np.ndindex(*inner):
            draws = values[(slice(None), slice(None), *place)]
            if np.ptp(draws) > 1e-12:
                yield (f"{name}{list(place)}" if place else name), draws


def told_of(arrays: Arrays) -> dict[str, Any]:
    """Means, sds and the smallest bulk ESS over the outer parameters and any team effects drawn."""
    from benchmarks.problem import some_teams
    from learnclimate.inference.convergence import convergence

    outer = dict(labelled(arrays))
    checked, names = dict(outer), list(outer)
    # Very many teams are summarised instead of drawn.
    if "team_effects" in arrays:
        effects = arrays["team_effects"][:, :, some_teams(arrays["team_effects"].shape[2])]
        checked["team_effects"] = effects
        names += ["a team effect"] * effects[0, 0].size
    worst = convergence(checked)
    where = int(np.nanargmin(worst["ess_bulk"]))
    return {
        "min_ess_bulk": float(worst["ess_bulk"][where]),
        "least_known": names[where],
        "max_rhat": float(np.nanmax(worst["rhat"])),
        "n_checked": len(names),
        "n_draws": int(arrays["intercept"].size),
        "mean": {name: float(draws.mean()) for name, draws in outer.items()},
        "sd": {name: float(draws.std()) for name, draws in outer.items()},
    }


def main() -> None:
    engine, form, folder, out, times = sys.argv[1:]
    start = float(os.environ["BENCHMARK_START"])
    if engine == "pymc":
        sample = pymc_sampler(Path(folder), form)
    else:
        sample = learnclimate_sampler(Path(folder), form, "marginal")
    seconds = []
    for run in range(int(times)):
        arrays, remarks = sample(run + 1)
        now = time.time()
        seconds.append(now - start)
        start = now
    packages = ["learnclimate", "numpy", "numba", "pymc", "pytensor", "nutpie", "arviz"]
    told = {
        "seconds": seconds,
        **told_of(arrays),
        "remarks": remarks,
        "versions": {name: version(name) for name in packages},
    }
    Path(out).write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
