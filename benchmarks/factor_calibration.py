"""
Calibration of factor and joint models: truths from the default priors, ranked among their draws.

``uv run python -m benchmarks.factor_calibration FOLDER --replicates 60`` draws parameters from the
default priors, answers of 96 to 160 respondents from these, fits the model, and ranks the truth
among the draws, one replicate after another; each is kept in a file of its own in FOLDER, and one
that is there is not done again. ``--judge`` reads what FOLDER holds, and writes
``benchmarks/results/factor_calibration.json`` and ``.md``; models of which FOLDER holds nothing
stay as they were.

Fits are those of ``fit(..., engine="auto")``, but for what would take minutes a replicate: NUTS
on what is left when factors are integrated out, and for several factors a proposal fitted to its
own draws, are passed over in favour of Gibbs steps; and where these are not certified, NUTS on
everything is not asked. Their draws are kept, and ranked apart. Which way a
study goes hangs on its answers alone, so that ranks stay uniform whatever is left out.
"""

import argparse
import json
import platform
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

import learnclimate as lc
import learnclimate.inference.factors.fitting as fitting
import learnclimate.inference.factors.sampling as sampling
import learnclimate.inference.factors.walk as walk
from benchmarks.engines import RESULTS
from benchmarks.factor_calibration_table import summarised, written
from learnclimate.checks.factor_truth import (
    answers_under,
    factor_truth,
    factors_under,
    log_probability,
)
from learnclimate.checks.rehearsed_factors import quantities_of_factors
from learnclimate.checks.rehearsed_joint import rehearsed_joint
from learnclimate.core.errors import FitError
from learnclimate.inference.engine import EngineDraws, EngineError, SamplingOptions
from learnclimate.inference.factors.scores import score_draws
from learnclimate.measurement.factor_design import FactorDesign, factor_design
from learnclimate.survey.survey import Survey

SEED, THIN = 20261126, 4
_DRAWS, _DRAWS_OF_JOINT = 600, 2000
_TEAMS, _PEOPLE = (0, 1, 2), (0, 40, 100)
_COUNT = lc.CountModel(team_effects=("intercept",))
#: Model, and how many teams of about how many, answering to how many scales of three items.
FACTORS: dict[str, tuple[lc.FactorModel, tuple[int, int, int]]] = {
    "two_team": (lc.FactorModel(["f", "g"], levels="team"), (20, 6, 2)),
    "three_one": (lc.FactorModel(["f", "g", "h"]), (20, 8, 3)),
    "three_team": (lc.FactorModel(["f", "g", "h"], levels="team"), (20, 6, 3)),
}
JOINT: dict[str, tuple[lc.JointModel, tuple[int, int, int]]] = {
    "joint_team": (lc.JointModel(_COUNT, lc.FactorModel("f", levels="team")), (20, 6, 1)),
    "joint_one": (lc.JointModel(_COUNT, lc.FactorModel("f")), (12, 8, 1)),
}
Draws = dict[str, Any]


def respondents(n_teams: int, size: int, n_scales: int) -> Survey:
    """Give teams of about `size`, 3 % of the answers of five categories open."""
    rng = np.random.default_rng(7)
    team = np.repeat(np.arange(n_teams), size + np.arange(n_teams) % 5 - 2)
    names = [f"q{place}" for place in range(1, 3 * n_scales + 1)]
    answers = rng.integers(1, 6, (len(team), len(names))).astype(float)
    answers[rng.random(answers.shape) < 0.03] = np.nan
    frame = pd.DataFrame(answers, columns=names)
    frame["n"] = rng.poisson(3.0, len(team))
    frame["team"] = [f"T{place:02d}" for place in team]
    scales = [
        lc.Scale(name, names[3 * place : 3 * place + 3], maximum=5)
        for place, name in enumerate("fgh"[:n_scales])
    ]
    return lc.read_survey(frame, lc.Codebook(outcome="n", team="team", scales=scales))


@contextmanager
def without_nuts() -> Iterator[None]:
    """Leave to Gibbs steps what would go to NUTS, and keep their draws, certified or not."""
    last: list[EngineDraws] = []
    walked, fitted = walk.run_walk, vars(sampling)["_fitted_draws"]

    def kept(*args: Any, **kwargs: Any) -> EngineDraws:
        last[:] = [walked(*args, **kwargs)]
        return last[0]

    def fitted_or_not(target: Any, *args: Any, **kwargs: Any) -> Any:
        if target.parameters.n_factors > 1:
            raise EngineError("left to Gibbs steps")
        return fitted(target, *args, **kwargs)

    def none(*_args: Any, **_kwargs: Any) -> None:
        return None

    def as_they_are(*_args: Any, **_kwargs: Any) -> EngineDraws:
        return last[0]

    nuts = "learnclimate.inference.marginal.sampling.marginal_nuts.sample_outer"
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(walk, "run_walk", kept))
        stack.enter_context(mock.patch.object(fitting, "_by_nuts", as_they_are))
        stack.enter_context(mock.patch.object(sampling, "_fitted_draws", fitted_or_not))
        stack.enter_context(mock.patch(nuts, none))
        yield


def further(draws: Draws, design: FactorDesign) -> Draws:
    """Give quantities that are no coordinates, as faults may show in these alone."""
    found = {}
    for name in ("factor_correlation", "team_factor_correlation"):
        if name in draws and draws[name].shape[-1] > 2:
            found[f"determinant of {name}"] = np.linalg.det(draws[name])
    for place, name in enumerate(design.factors):
        own = draws["loadings"][:, design.own_factor == place, place]
        found[f"mean square of loadings[{name}]"] = (own**2).mean(axis=1)
    if "team_factor_sd" in draws:
        sd, over = draws["team_factor_sd"], draws["team_factor_correlation"][:, 1, 0]
        found["covariance over teams[f, g]"] = over * sd[:, 0] * sd[:, 1]
    return found


def ranked(true: Draws, drawn: Draws, rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """Rank every truth among its draws; ties and the space between two draws by chance."""
    rows = {}
    for name, values in drawn.items():
        if name not in true:
            continue
        one = float(np.ravel(true[name])[0])
        below, ties = (values < one).sum(), (values == one).sum()
        rank = float((below + rng.random() * (ties + 1)) / (len(values) + 1))
        rows[name] = {"rank": rank, "truth": one, "mean": float(values.mean()),
                      "sd": float(values.std())}  # fmt: skip
    return rows


def of_factors(kind: str, number: int) -> dict[str, Any]:
    """Do one replicate of a factor model."""
    model, shape = FACTORS[kind]
    study = respondents(*shape)
    design = factor_design(model, study)
    rng = np.random.default_rng([SEED, list(FACTORS).index(kind), number])
    truth = factor_truth(model, design, rng)
    factors = factors_under(truth, model, design, rng)
    answered = answers_under(truth, factors, model, design, rng)
    options = fitting.FactorOptions(engine="auto", draws=_DRAWS, seed=number, progress=False)
    with without_nuts():
        fit = fitting.fit_of_design(model, answered, study, options)
    posterior = fit.draws["posterior"].to_dataset()
    draws = {
        str(name): array.to_numpy()[:, ::THIN].reshape(-1, *array.shape[2:])
        for name, array in posterior.data_vars.items()
    }
    true, drawn = (
        {
            **quantities_of_factors(each, answered),
            **further(each, answered),
            "log likelihood": log_probability(each, model, answered),
        }
        for each in (truth, draws)
    )
    scores = score_draws(fit, np.arange(0, _DRAWS, THIN), seed=number)
    for place, name in enumerate(design.factors):
        for team in _TEAMS if "team_factors" in truth else ():
            true[f"team_factors[{team}, {name}]"] = truth["team_factors"][:, team, place]
            drawn[f"team_factors[{team}, {name}]"] = draws["team_factors"][:, team, place]
        for person in _PEOPLE:
            true[f"scores[{person}, {name}]"] = factors[[person], place]
            drawn[f"scores[{person}, {name}]"] = scores[:, person, place]
    slopes = np.abs(truth["slopes"][0]).sum(axis=1)
    second = [np.sort(slopes[design.own_factor == place])[1] for place in range(design.n_factors)]
    told = {"least_slope": slopes.min(), "second_slope": min(second),
            "most_slope": slopes.max(), "rarest": answered.counts().min()}  # fmt: skip
    return {
        "passed": fit.certificate.passed,
        "engine": fit.certificate.engine,
        "checks": {check.name: float(check.value) for check in fit.certificate.checks},
        "truths": {name: float(value) for name, value in told.items()},
        "ranks": ranked(true, drawn, rng),
    }


def of_joint(kind: str, number: int) -> dict[str, Any]:
    """Do one replicate of a joint model: the count's parameters are ranked."""
    model, shape = JOINT[kind]
    rehearsal = rehearsed_joint(model, respondents(*shape), "marginal", None)
    rng = np.random.default_rng([SEED, 10 + list(JOINT).index(kind), number])
    simulated = rehearsal.simulated(number, rng)
    options = SamplingOptions(draws=_DRAWS_OF_JOINT, seed=number, progress=False, team_draws=True)
    drawn = rehearsal.engine.run(simulated.problem, options)
    draws = {
        name: values[:, ::THIN].reshape(-1, *values.shape[2:])
        for name, values in drawn.posterior.items()
    }
    true, found = rehearsal.quantities(simulated.truth, draws, simulated.problem)
    return {
        "passed": drawn.certificate.passed,
        "engine": "joint",
        "checks": {check.name: float(check.value) for check in drawn.certificate.checks},
        "truths": {},
        "ranks": ranked(true, found, rng),
    }


def done(folder: Path, kind: str, number: int) -> None:
    """Do a replicate and keep it, unless it is there."""
    path = folder / f"{kind}_{number:04d}.json"
    if path.exists():
        return
    started = time.process_time()
    try:
        record = (of_factors if kind in FACTORS else of_joint)(kind, number)
    except FitError as error:
        record = {"passed": False, "engine": "none", "ranks": {}, "failed": str(error)}
    shape = (FACTORS | JOINT)[kind][1]  # type: ignore[operator]
    record |= {"kind": kind, "number": number, "shape": list(shape)}
    record["cpu"] = time.process_time() - started
    path.write_text(json.dumps(record), encoding="utf-8")
    sys.stdout.write(f"{kind} {number}: {record['engine']}, passed {record['passed']}\n")


def main() -> None:
    """Do replicates, or judge those that are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kinds", nargs="+", default=[*FACTORS, *JOINT])
    parser.add_argument("--replicates", type=int, default=60)
    parser.add_argument("--judge", action="store_true")
    given = parser.parse_args()
    if not given.judge:
        warnings.simplefilter("ignore")
        given.folder.mkdir(parents=True, exist_ok=True)
        for number in range(given.replicates):
            for kind in given.kinds:
                done(given.folder, kind, number)
        return
    records = [json.loads(path.read_text("utf-8")) for path in sorted(given.folder.glob("*.json"))]
    path = RESULTS / "factor_calibration.json"
    kinds = json.loads(path.read_text("utf-8"))["kinds"] if path.exists() else {}
    made = {record["kind"] for record in records}
    kinds |= {kind: summarised(records, kind) for kind in given.kinds if kind in made}
    told = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "learnclimate": version("learnclimate"),
        "kinds": kinds,
    }
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    table = written(told["kinds"])
    path.with_suffix(".md").write_text(table, encoding="utf-8")
    sys.stdout.write(table)


if __name__ == "__main__":
    main()
