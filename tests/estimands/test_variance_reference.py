"""The partition of variance against R: formulas by hand, and brute force by its generators."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.estimands.variation import variance_partition
from structured import fit_from_prior, structured_survey

STORED = json.loads(
    (Path(__file__).parents[1] / "reference" / "variance_partition.json").read_text("utf-8")
)
FAMILIES = {
    "poisson": lc.Poisson(),
    "negative_binomial": lc.NegativeBinomial(),
    "zero_inflated_poisson": lc.ZeroInflatedPoisson(lc.ZeroPart(frequency=False)),
    "zero_inflated_negative_binomial": lc.ZeroInflatedNegativeBinomial(
        lc.ZeroPart(frequency=False)
    ),
    "hurdle_poisson": lc.HurdlePoisson(lc.ZeroPart(frequency=False)),
    "hurdle_negative_binomial": lc.HurdleNegativeBinomial(lc.ZeroPart(frequency=False)),
    "beta_binomial": lc.BetaBinomial(),
}


def fit_with(case, change, family=None, outcome=None):
    """A fit all of whose draws are what R fitted."""
    told, family = case["parameters"], family or FAMILIES[case["family"]]
    n_levels = len(case["at"])
    truth = {
        "levels": tuple(f"level {number}" for number in range(n_levels)),
        "frequency_shape": (1 / (n_levels - 1),) * (n_levels - 1),
    }
    if family.zeros != "none":
        truth["zeros"] = family.zeros
    if family.out_of_trials:
        outcome = lc.Outcome("activities", trials=8)
    survey = lc.simulate_survey(
        n_teams=20, team_size=10, truth=lc.Truth(outcome=outcome, **truth), seed=2
    )
    sds = np.atleast_1d(told["team_sd"])
    effects = ("intercept", "frequency")[: len(sds)]
    model = lc.CountModel(family=family, frequency=lc.Linear(), team_effects=effects, covariates=())
    values = {
        "intercept": told["intercept"],
        "frequency_effect": told["effect"],
        "frequency_curve": told["effect"] * np.linspace(0, 1, n_levels),
        "team_sd": sds,
    }
    if len(sds) > 1:
        values["team_correlation"] = [[1, told["correlation"]], [told["correlation"], 1]]
    if "dispersion" in told:
        name = "concentration" if family.out_of_trials else "dispersion"
        values[name] = told["dispersion"]
    if "zero_intercept" in told:
        values["zero_intercept"] = told["zero_intercept"]
    return change(fit_from_prior(model, survey, n_draws=1), **values)


@pytest.mark.oracle
@pytest.mark.parametrize("case", STORED["cases"], ids=lambda case: case["family"])
def test_shares_are_those_of_r(case, change):
    summary = variance_partition(fit_with(case, change)).summary.set_index("estimand")
    for place, told in enumerate(case["at"]):
        row = {name: summary.loc[name, "mean"].iloc[place] for name in SHOWN}
        assert row["median_rate_ratio"] == pytest.approx(told["median_rate_ratio"])
        assert row["median_rate_ratio"] == pytest.approx(told["brute_ratio"], rel=0.01)
        assert abs(row["team_share"] - told["brute_share"]) < 4 * told["brute_error"]
        if "team_share" in told:
            assert row["team_share"] == pytest.approx(told["team_share"])
            assert row["team_share_log"] == pytest.approx(told["team_share_log"])


SHOWN = ("team_share", "team_share_log", "median_rate_ratio")


@pytest.mark.oracle
def test_shares_do_not_depend_on_how_the_count_was_asked(change):
    """Answer options hide the count from us; the counts themselves vary as they did."""
    case = next(one for one in STORED["cases"] if one["family"] == "negative_binomial")
    asked = lc.Outcome("activities", bins=["none", "1-2", "3-5", "6 or more"])
    exact, binned = (
        variance_partition(fit_with(case, change, outcome=outcome)).summary["mean"]
        for outcome in (None, asked)
    )
    np.testing.assert_allclose(binned.iloc[:15], exact.iloc[:15])


STRUCTURED = {
    "departments": lc.CountModel(department_effects=("intercept", "frequency"), covariates=()),
    "moderators": lc.CountModel(moderators=("challenge",), covariates=("challenge",)),
    "composition": lc.CountModel(between="manifest", covariates=()),
}


@pytest.mark.parametrize("model", STRUCTURED.values(), ids=STRUCTURED)
def test_shares_of_structured_models_are_correlations_within_teams(model):
    """Two people of each of many teams, of any department, at the moderators' means."""
    survey = structured_survey(("talk",), n_teams=30, team_size=8, n_departments=6)
    priors = lc.Priors(
        **dict.fromkeys(("team_sd", *_departments(model)), lc.Gamma(60, 120)),
        dispersion=lc.Gamma(60, 20),
    )
    fit = fit_from_prior(replace(model, priors=priors), survey, n_draws=1)
    draw = fit.draws["posterior"].isel(chain=0, draw=0)
    rng, n = np.random.default_rng(5), 400_000
    curve = draw["frequency_curve"].to_numpy()[2] / draw["frequency_effect"].item()
    eta = draw["intercept"].item() + draw["frequency_curve"].to_numpy()[2]
    if "covariate_effects" in draw:
        eta += draw["covariate_effects"].to_numpy() @ fit.design.covariate_means
    for level in ("team", *_departments(model)):
        name = level.removesuffix("_sd")
        sd = draw[f"{name}_sd"].to_numpy()
        covariance = np.outer(sd, sd) * draw[f"{name}_correlation"].to_numpy()
        own = rng.multivariate_normal([0, 0], covariance, n)
        eta = eta + own @ [1, curve]
    alpha = draw["dispersion"].item()
    one, other = (rng.poisson(np.exp(eta) * rng.gamma(alpha, 1 / alpha, n)) for _ in range(2))
    share = variance_partition(fit).draws["team_share"]
    found = share.isel(chain=0, draw=0, frequency_level=2).item()
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(found, abs=0.02)


def _departments(model):
    return ("department_sd",) if model.department_effects else ()
