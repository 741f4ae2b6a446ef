"""What simulated studies were made from is found again, under every family and way of asking."""

import numpy as np
import pytest
from scipy.stats import binom

import learnclimate as lc

ZERO = lc.ZeroPart(covariates=("tenure",))
OUT_OF = lc.Outcome("activities", trials=8)
BINS = lc.Outcome("activities", bins=["none", "1-2", "3-5", "6 or more"])
CASES = {
    "zero_inflated_poisson": (lc.ZeroInflatedPoisson(ZERO), "inflated", None),
    "zero_inflated_negative_binomial": (lc.ZeroInflatedNegativeBinomial(ZERO), "inflated", None),
    "hurdle_poisson": (lc.HurdlePoisson(ZERO), "hurdle", None),
    "hurdle_negative_binomial": (lc.HurdleNegativeBinomial(ZERO), "hurdle", None),
    "beta_binomial": (lc.BetaBinomial(), "none", OUT_OF),
    "binned": (lc.NegativeBinomial(), "none", BINS),
}
QUICK = ("hurdle_poisson", "beta_binomial", "binned")
INTERVAL = 0.9
FALSE_ALARM = 1e-4


def truth_of(name):
    family, zeros, outcome = CASES[name]
    return lc.Truth(
        levels=("never", "weekly"),
        frequency_shape=(1.0,),
        intercept=-0.5 if family.out_of_trials else 0.9,
        frequency_effect=0.8,
        tenure_effect=-0.03,
        contract_effect=0.0,
        team_sd=(0.4, 0.0),
        team_correlation=0.0,
        dispersion=4.0 if family.has_dispersion else None,
        zeros=zeros,
        zero_intercept=-0.4,
        zero_frequency_effect=-0.9,
        zero_tenure_effect=0.04,
        outcome=outcome,
    )


def found_in(fit, truth, family):
    """Posterior draws of what the truth tells, with its value."""
    posterior = fit.draws["posterior"]
    told = {
        "intercept": truth.intercept,
        "frequency_effect": truth.frequency_effect,
        "covariate_effects": truth.tenure_effect,
        "team_sd": truth.team_sd[0],
    }
    if family.has_dispersion:
        told["concentration" if family.out_of_trials else "dispersion"] = truth.dispersion
    if family.zeros != "none":
        told["zero_intercept"] = truth.zero_intercept
        told["zero_frequency_effect"] = truth.zero_frequency_effect
        told["zero_covariate_effects"] = truth.zero_tenure_effect
    return {name: (posterior[name].to_numpy().ravel(), value) for name, value in told.items()}


def missed(name, *, studies, n_teams, team_size, seed):
    """How many of the studies' intervals leave the truth out, by parameter."""
    family, truth = CASES[name][0], truth_of(name)
    model = lc.CountModel(
        family=family,
        frequency=lc.Linear(),
        team_effects=("intercept",),
        covariates=("tenure",),
    )
    tails = [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2]
    misses = {}
    for study in range(studies):
        survey = lc.simulate_survey(
            n_teams=n_teams, team_size=team_size, truth=truth, seed=seed + study
        )
        fit = lc.fit(model, survey, engine="marginal", draws=400, seed=1, progress=False)
        for parameter, (draws, value) in found_in(fit, truth, family).items():
            low, high = np.quantile(draws, tails)
            misses[parameter] = misses.get(parameter, 0) + (not low <= value <= high)
    return misses


def assert_covered(misses, studies):
    most = binom.ppf(1 - FALSE_ALARM / len(misses), studies, 1 - INTERVAL)
    assert max(misses.values()) <= most, misses


@pytest.mark.parametrize("name", QUICK)
def test_a_few_studies_hold_the_truth(name):
    assert_covered(missed(name, studies=5, n_teams=16, team_size=8, seed=100), 5)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_intervals_hold_the_truth_as_often_as_they_say(name):
    assert_covered(missed(name, studies=40, n_teams=30, team_size=10, seed=1000), 40)
