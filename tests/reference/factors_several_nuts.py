"""
Three and four factors by NUTS on the joint posterior of items and factors: full information.

The PyMC model is the one that `FactorModel.build` gives; nutpie samples it, and nothing of the
package's own engines is used. Reads the answers of factors_several.json (factors_several.R), those
of the first 400 respondents. Run: python factors_several_nuts.py 3 (or 4); chains go one after
another; adds to factors_several_nuts.json.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import arviz as az
import numpy as np
import nutpie
import pandas as pd

from learnclimate import Codebook, FactorModel, Scale, read_survey

HERE = Path(__file__).parent
OUT = HERE / "factors_several_nuts.json"
FACTORS = ["f", "g", "h", "k"]
CHAINS, TUNE, DRAWS, SEED = 2, 500, 800, 20261126
RESPONDENTS = 400


def survey_of(n_factors: int):
    """The study of `n_factors` factors: the first four items a factor."""
    stored = json.loads((HERE / "factors_several.json").read_text(encoding="utf-8"))
    items = [f"q{j}" for j in range(1, 4 * n_factors + 1)]
    frame = pd.DataFrame(stored["answers"])[items].iloc[:RESPONDENTS]
    frame = frame.assign(team=[f"T{k % 60}" for k in range(len(frame))], activities=1)
    scales = [Scale(FACTORS[k], items[4 * k : 4 * k + 4]) for k in range(n_factors)]
    return read_survey(frame, Codebook(outcome="activities", team="team", scales=scales))


def main(n_factors: int) -> None:
    """Sample, summarise, add to the output."""
    model = FactorModel(FACTORS[:n_factors]).build(survey_of(n_factors))
    compiled = nutpie.compile_pymc_model(model)
    started = time.process_time()
    trace = nutpie.sample(
        compiled, chains=CHAINS, cores=1, tune=TUNE, draws=DRAWS, seed=SEED,
        target_accept=0.85, progress_bar=False,
    )  # fmt: skip
    names = ["loadings", "factor_correlation", "thresholds"]
    told = {"processor_seconds": round(time.process_time() - started),
            "divergences": int(np.sum(trace["sample_stats"]["diverging"].to_numpy()))}  # fmt: skip
    own = np.repeat(np.arange(n_factors), 4)
    low, high = np.tril_indices(n_factors, -1)
    pick = {
        "loadings": lambda a: a[:, :, np.arange(len(own)), own],
        "factor_correlation": lambda a: a[:, :, high, low],
        "thresholds": lambda a: a.reshape(*a.shape[:2], -1),
    }
    for name in names:
        drawn = pick[name](trace["posterior"][name].to_numpy())
        each = [drawn[:, :, k] for k in range(drawn.shape[2])]
        told[name] = {
            "mean": [float(one.mean()) for one in each],
            "sd": [float(one.std(ddof=1)) for one in each],
            "mcse": [float(az.mcse(one, method="mean")) for one in each],
            "rhat": max(float(az.rhat(one)) for one in each),
            "ess": min(float(az.ess(one)) for one in each),
        }
        print(name, told[name]["rhat"], told[name]["ess"], flush=True)
    found = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    found[["three", "four"][n_factors - 3]] = told
    found["sampler"] = {
        "respondents": RESPONDENTS,
        "chains": CHAINS,
        "tune": TUNE,
        "draws": DRAWS,
        "seed": SEED,
    }
    found["versions"] = {one: version(one) for one in ("pymc", "nutpie", "arviz")}
    OUT.write_text(json.dumps(found) + "\n", encoding="utf-8")
    print(told["processor_seconds"], "s, divergences", told["divergences"])


if __name__ == "__main__":
    main(int(sys.argv[1]))
