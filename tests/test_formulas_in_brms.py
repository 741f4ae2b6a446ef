"""The formulas that `CountModel.formula` prints, taken by brms: one a family and a design."""

import json
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from reference.cases import FOLDER

ZERO = lc.ZeroPart(covariates=("tenure",))
LEVELS = ("never", "yearly", "quarterly", "monthly", "weekly")

#: What brms makes of each: counts, kinds of censoring, trials, simplexes and grouping factors.
EXPECTED = {
    "negative binomial": "simplexes=1 groups=1",
    "poisson, linear": "simplexes=0 groups=1",
    "unordered": "simplexes=0 groups=1",
    "exposure": "simplexes=1 groups=1",
    "zero-inflated poisson": "simplexes=2 groups=1",
    "zero-inflated negative binomial": "simplexes=2 groups=1",
    "hurdle poisson": "simplexes=2 groups=1",
    "hurdle negative binomial": "simplexes=2 groups=1",
    "zeros vary over teams": "simplexes=1 groups=2",
    "bins": "cens=0,1,2 simplexes=1 groups=1",
    "versions": "cens=-1,0,1 simplexes=1 groups=1",
    "top code": "cens=0,1 simplexes=1 groups=1",
    "trials": "trials=8 simplexes=1 groups=1",
    "checklist": "trials=3 simplexes=1 groups=1",
    "moderators and interactions": "simplexes=2 groups=1",
    "between": "simplexes=1 groups=1",
    "departments": "simplexes=1 groups=2",
    "awkward names": "simplexes=2 groups=2",
    "awkward slopes": "simplexes=0 groups=1",
    "awkward bins": "cens=0,1,2 simplexes=1 groups=1",
    "awkward kinds": "simplexes=2 groups=2",
}

#: What a person's spreadsheet may call its columns, by the name in the simulation.
AWKWARD = {
    "activities": "y_&#",
    "talk": "talk_%",
    "team": "The team",
    "department": "if",
    "tenure": "ten^2",
    "meet": "2nd `meet`",
    "room": 'a "room"__',
}


def simulated(**truth):
    return lc.simulate_survey(n_teams=8, team_size=8, seed=1, truth=lc.Truth(**truth))


def frame():
    """Answers to more questions than the simulation asks."""
    found = simulated().frame.assign(team=lambda rows: rows["team"].astype(str))
    place = pd.Categorical(found["team"]).codes
    return found.assign(
        department=np.where(place < 4, "North", "South"),
        room=place / 2.0,
        meet=np.random.default_rng(1).choice(["no", "some", "much"], len(found)),
    )


def structured():
    """Surveys whose codebooks the simulation does not write."""
    rows = frame()
    book = {"outcome": "activities", "team": "team", "department": "department"}
    one = lc.Codebook(**book, frequency="talk", frequency_levels=LEVELS)
    two = lc.Codebook(
        **book,
        frequency=("talk", "meet"),
        frequency_levels={"talk": LEVELS, "meet": ("no", "some", "much")},
        covariates=("room",),
    )
    first = np.arange(len(rows)) % 2 == 0
    some, few = rows["activities"] > 0, rows["activities"] < 3
    answers = np.where(first, np.where(some, "1+", "none"), np.where(few, "0-2", "3+"))
    asked = lc.Outcome(
        "activities", version="wave", bins={"2023": ["none", "1+"], "2024": ["0-2", "3+"]}
    )
    versions = lc.Codebook(outcome=asked, team="team", frequency="talk", frequency_levels=LEVELS)
    waves = rows.assign(activities=answers, wave=np.where(first, "2023", "2024"))
    return lc.read_survey(rows, one), lc.read_survey(rows, two), lc.read_survey(waves, versions)


def awkward():
    """Surveys whose columns have names that R or brms refuses."""
    rows = frame().rename(columns=AWKWARD)
    shared = {"team": "The team", "frequency": "talk_%", "frequency_levels": LEVELS}
    two = shared | {
        "frequency": ("talk_%", "2nd `meet`"),
        "frequency_levels": {"talk_%": LEVELS, "2nd `meet`": ("no", "some", "much")},
    }
    named = lc.Codebook(outcome="y_&#", covariates=("ten^2",), department="if", **two)
    shifted = lc.Codebook(outcome="y_&#", covariates=('a "room"__',), **shared)
    some, few = rows["y_&#"] > 0, rows["y_&#"] < 3
    answers = rows.assign(**{"y_&#": np.where(some, np.where(few, "1-2", "3+"), "none")})
    asked = lc.Outcome("y_&#", bins=["none", "1-2", "3+"])
    binned = lc.Codebook(outcome=asked, **shared)
    kinds = rows.rename(columns={"y_&#": "edu & train"})
    kinds["try-out"] = np.where(np.arange(len(kinds)) % 5 == 0, np.nan, kinds["edu & train"] // 2)
    asked = lc.Outcome("activities", kinds=["edu & train", "try-out"])
    several = lc.Codebook(outcome=asked, **shared)
    read = lc.read_survey
    return read(rows, named), read(rows, shifted), read(answers, binned), read(kinds, several)


def cases():
    model, out_of = lc.CountModel(), {"intercept": -1.0, "dispersion": 6.0}
    one, two, versions = structured()
    zeros = simulated(zeros="inflated")
    bins = lc.Outcome("activities", bins=["none", "1-2", "3-5", "6 or more"])
    ticks = lc.Outcome("activities", checklist=["course", "coaching", "reading"])
    varying = lc.HurdlePoisson(lc.ZeroPart(team_intercept=True, frequency=False))
    linear = lc.CountModel(family=lc.Poisson(), frequency=lc.Linear(), team_effects=("intercept",))
    of_k = replace(model, family=lc.BetaBinomial())
    named, shifted, binned, kinds = awkward()
    return {
        "negative binomial": (model, simulated()),
        "poisson, linear": (linear, simulated()),
        "unordered": (replace(model, frequency=lc.Unordered()), simulated()),
        "exposure": (model, simulated(exposure=True)),
        "zero-inflated poisson": (replace(model, family=lc.ZeroInflatedPoisson(ZERO)), zeros),
        "zero-inflated negative binomial": (
            replace(model, family=lc.ZeroInflatedNegativeBinomial(ZERO)),
            zeros,
        ),
        "hurdle poisson": (replace(model, family=lc.HurdlePoisson(ZERO)), zeros),
        "hurdle negative binomial": (
            replace(model, family=lc.HurdleNegativeBinomial(ZERO)),
            zeros,
        ),
        "zeros vary over teams": (replace(model, family=varying), zeros),
        "bins": (model, simulated(outcome=bins)),
        "versions": (model, versions),
        "top code": (model, simulated(outcome=lc.Outcome("activities", top=10))),
        "trials": (of_k, simulated(outcome=lc.Outcome("activities", trials=8), **out_of)),
        "checklist": (of_k, simulated(outcome=ticks, **out_of)),
        "moderators and interactions": (
            replace(model, moderators=("room",), interactions=(("talk", "meet"),)),
            two,
        ),
        "between": (replace(model, between=True), one),
        "departments": (replace(model, department_effects=("intercept", "talk")), one),
        "awkward names": (replace(model, department_effects=("intercept",)), named),
        "awkward slopes": (
            replace(model, frequency=lc.Linear(), moderators=('a "room"__',), between=True),
            shifted,
        ),
        "awkward bins": (model, binned),
        "awkward kinds": (lc.KindsModel(), kinds),
    }


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What brms says of each, by name."""
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not installed")
    folder = tmp_path_factory.mktemp("formulas")
    written = {}
    for name, (model, survey) in cases().items():
        path = folder / f"{len(written)}.csv"
        survey.frame.to_csv(path, index=False)
        levels = {
            column: list(survey.codebook.levels_of(column))
            for column in survey.codebook.frequency_columns
        }
        code = model.formula(survey).brms
        written[name] = {"csv": str(path), "levels": levels, "code": code}
    (folder / "cases.json").write_text(json.dumps(written), "utf-8")
    command = ["Rscript", str(FOLDER / "formulas.R"), str(folder / "cases.json")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if "there is no package called" in ran.stderr:
        pytest.skip("brms or jsonlite is not installed")
    assert ran.returncode == 0, ran.stderr
    return dict(line.split(": ", 1) for line in ran.stdout.splitlines())


@pytest.mark.slow
@pytest.mark.oracle
@pytest.mark.parametrize("name", EXPECTED)
def test_brms_takes_the_formula(told, name):
    assert told[name].startswith("N=")
    assert told[name].endswith(EXPECTED[name])
