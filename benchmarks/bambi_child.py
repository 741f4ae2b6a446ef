"""
Bambi in an environment and a process of its own; nothing of ours is imported.

Bambi has no monotone predictor and no correlation of the effects of a group, so it fits the
linear frequency with independent team effects.
"""

import json
import os
import sys
import time
from importlib.metadata import version
from pathlib import Path


def main() -> None:
    start = float(os.environ["BENCHMARK_START"])
    folder, out, times = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    import arviz as az
    import bambi as bmb
    import numpy as np
    import pandas as pd

    frame = pd.read_csv(folder / "data.csv")
    told = json.loads((folder / "problem.json").read_text(encoding="utf-8"))["priors"]
    spread = bmb.Prior("Exponential", lam=told["team_sd"])
    priors = {
        "Intercept": bmb.Prior("Normal", mu=told["intercept"][0], sigma=told["intercept"][1]),
        "talk_score": bmb.Prior("Normal", mu=0, sigma=told["frequency"][1]),
        "tenure": bmb.Prior("Normal", mu=0, sigma=told["tenure"][1]),
        "contract": bmb.Prior("Normal", mu=0, sigma=told["contract"][1]),
        "1|team": bmb.Prior("Normal", mu=0, sigma=spread),
        "talk_score|team": bmb.Prior("Normal", mu=0, sigma=spread),
        "alpha": bmb.Prior("Exponential", lam=told["dispersion"]),
    }
    model = bmb.Model(
        "activities ~ tenure + contract + talk_score + (1 + talk_score|team)",
        frame,
        family="negativebinomial",
        priors=priors,
    )
    seconds = []
    for run in range(times):
        drawn = model.fit(draws=1000, tune=1000, chains=4, random_seed=run + 1, progressbar=False)
        now = time.time()
        seconds.append(now - start)
        start = now
    # A node of a tree cannot be asked for several variables at once.
    posterior = drawn["posterior"].to_dataset()
    names = {
        "Intercept": "intercept",
        "talk_score": "frequency_effect[0]",
        "tenure": "covariate_effects[0]",
        "contract": "covariate_effects[1]",
        "1|team_sigma": "team_sd[0]",
        "talk_score|team_sigma": "team_sd[1]",
        "alpha": "dispersion",
    }
    wanted = [name for name in [*names, "1|team", "talk_score|team"] if name in posterior]
    ess = az.ess(posterior[wanted])
    rhat = az.rhat(posterior[wanted])
    result = {
        "seconds": seconds,
        "min_ess_bulk": min(float(ess[name].min()) for name in wanted),
        "least_known": min(wanted, key=lambda name: float(ess[name].min())),
        "max_rhat": max(float(rhat[name].max()) for name in wanted),
        "n_checked": int(sum(ess[name].size for name in wanted)),
        "n_draws": int(posterior["alpha"].size),
        "mean": {ours: float(np.mean(posterior[name])) for name, ours in names.items()},
        "sd": {ours: float(np.std(posterior[name])) for name, ours in names.items()},
        "remarks": {"divergent": int(drawn["sample_stats"]["diverging"].sum())},
        "versions": {name: version(name) for name in ("bambi", "pymc", "arviz", "numpy")},
    }
    out.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
