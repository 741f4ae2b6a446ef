"""Families with a zero part, out of K and of answer options against brms; see tests/reference."""

import json
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import learnclimate as lc

FOLDER = Path(__file__).parent / "reference"
MEAN_WITHIN_SDS = 0.12
SD_WITHIN = 0.08
ZERO = lc.ZeroPart(covariates=("x",))
BINS = ["none", "1-2", "3-5", "6 or more"]
CASES = {
    "zero_inflated_poisson": lc.ZeroInflatedPoisson(ZERO),
    "zero_inflated_negative_binomial": lc.ZeroInflatedNegativeBinomial(ZERO),
    "hurdle_poisson": lc.HurdlePoisson(ZERO),
    "hurdle_negative_binomial": lc.HurdleNegativeBinomial(ZERO),
    "beta_binomial": lc.BetaBinomial(),
    "binned_negative_binomial": lc.NegativeBinomial(),
}

#: Those that brms has been run for; the script makes the others too.
STORED = [name for name in CASES if (FOLDER / f"families_{name}.json").exists()]


def told(name):
    return json.loads((FOLDER / f"families_{name}.json").read_text("utf-8"))


def survey_of(name):
    outcome = {
        "beta_binomial": lc.Outcome("n", trials=8),
        "binned_negative_binomial": lc.Outcome("n", bins=BINS),
    }.get(name, "n")
    codebook = lc.Codebook(
        outcome=outcome,
        team="team",
        frequency="talk",
        frequency_levels=["never", "monthly", "weekly"],
        covariates=["x"],
    )
    return lc.read_survey(pd.read_csv(FOLDER / f"families_{name}.csv"), codebook)


def model_of(name):
    family = CASES[name]
    zero = {"intercept": lc.Normal(0, 1.5), "talk": lc.Normal(0, 1), "x": lc.Normal(0, 1)}
    priors = lc.Priors(
        intercept=lc.Normal(0.5, 2),
        frequency=lc.Normal(0, 1),
        covariates=lc.Normal(0, 1),
        team_sd=lc.Exponential(2),
        dispersion=lc.Exponential(0.1) if family.has_dispersion else None,
        zero=zero if "zero" in name or "hurdle" in name else None,
    )
    return lc.CountModel(
        family=family, frequency=lc.Linear(), team_effects=("intercept",), priors=priors
    )


@cache
def fitted(name, engine):
    return lc.fit(
        model_of(name), survey_of(name), engine=engine, draws=6000, seed=3, progress=False
    )


def value_of(posterior, label):
    name, _, coordinates = label.removesuffix("]").partition("[")
    values = posterior[name]
    if coordinates:
        values = values.sel(dict(zip(values.dims[2:], coordinates.split(","), strict=True)))
    return values


def assert_agrees(name, engine):
    fit = fitted(name, engine)
    assert fit.certificate.passed, str(fit.certificate)
    posterior = fit.draws["posterior"].to_dataset()
    apart = {}
    for label, theirs in told(name)["parameters"].items():
        ours = value_of(posterior, label)
        shift = (float(ours.mean()) - theirs["mean"]) / theirs["sd"]
        spread = float(ours.std()) / theirs["sd"] - 1
        if abs(shift) > MEAN_WITHIN_SDS or abs(spread) > SD_WITHIN:
            apart[label] = (round(shift, 3), round(spread, 3))
    assert not apart


@pytest.mark.oracle
@pytest.mark.parametrize("name", STORED)
def test_marginal_engine_agrees_with_brms(name):
    assert_agrees(name, "marginal")


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.parametrize("name", STORED)
def test_nuts_agrees_with_brms(name):
    assert_agrees(name, "nuts")


@pytest.mark.oracle
@pytest.mark.parametrize("name", STORED)
def test_the_reference_itself_has_converged(name):
    reference = told(name)
    assert reference["divergent"] == 0
    for label, theirs in reference["parameters"].items():
        assert theirs["rhat"] < 1.01, label
        assert theirs["mcse_mean"] < 0.04 * theirs["sd"], label


@pytest.mark.oracle
@pytest.mark.parametrize("name", STORED)
def test_the_reference_covers_every_parameter(name):
    design = model_of(name).design(survey_of(name))
    reference = told(name)
    assert reference["n_rows"] == design.n_rows
    named = {label.partition("[")[0] for label in reference["parameters"]}
    wanted = {"intercept", "frequency_effect", "covariate_effects", "team_sd", "team_effects"}
    family = CASES[name]
    if family.has_dispersion:
        wanted.add("concentration" if family.out_of_trials else "dispersion")
    if family.zeros != "none":
        wanted |= {"zero_intercept", "zero_frequency_effect", "zero_covariate_effects"}
        wanted.add("zero_probability")
    assert named == wanted
