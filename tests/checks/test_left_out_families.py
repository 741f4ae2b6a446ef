"""For every family and structure: estimates by weights agree with the model fitted anew."""

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.checks.densities import log_density_of_rows
from learnclimate.checks.left_out import part_densities, respondents_as_parts, teams_as_parts
from learnclimate.checks.respondents import chosen_draws
from refits import assert_agree
from structured import structured_survey

OPTIONS = lc.Outcome("activities", bins=["none", "1-2", "3-5", "6-10", "11 or more"])
ZEROS = {"intercept": 1.2, "zero_intercept": -0.5}
#: A family, and the truth that its study is simulated from.
FAMILIES = {
    "Poisson": (lc.Poisson(), lc.Truth(dispersion=None)),
    "negative binomial": (lc.NegativeBinomial(), lc.Truth()),
    "zero-inflated Poisson": (
        lc.ZeroInflatedPoisson(), lc.Truth(zeros="inflated", dispersion=None, **ZEROS)),
    "zero-inflated negative binomial": (
        lc.ZeroInflatedNegativeBinomial(), lc.Truth(zeros="inflated", dispersion=4.0, **ZEROS)),
    "hurdle Poisson": (lc.HurdlePoisson(), lc.Truth(zeros="hurdle", dispersion=None, **ZEROS)),
    "hurdle negative binomial": (
        lc.HurdleNegativeBinomial(), lc.Truth(zeros="hurdle", dispersion=4.0, **ZEROS)),
    "beta-binomial": (
        lc.BetaBinomial(), lc.Truth(outcome=lc.Outcome("activities", trials=8), intercept=-1.0)),
    "answer options": (lc.NegativeBinomial(), lc.Truth(outcome=OPTIONS)),
}  # fmt: skip


def of_family(name):
    family, truth = FAMILIES[name]
    survey = lc.simulate_survey(n_teams=16, team_size=12, truth=truth, seed=3)
    return survey, lc.CountModel(family=family, covariates=(), team_effects=("intercept",))


def of_structure(name):
    between = name == "means of teams"
    moderators = ("challenge",) if name == "moderated" else ()
    frequencies = ("talk", "meet") if name == "two frequencies" else ("talk",)
    effects = ("intercept", *frequencies) if name == "two frequencies" else ("intercept", "talk")
    model = lc.CountModel(
        covariates=("challenge",), moderators=moderators, between=between, team_effects=effects
    )
    return structured_survey(frequencies, n_teams=16, team_size=12, seed=3), model


STRUCTURES = ("moderated", "two frequencies", "means of teams")


@pytest.fixture(scope="module", params=[*FAMILIES, *STRUCTURES])
def fitted_case(request):
    make = of_family if request.param in FAMILIES else of_structure
    survey, model = make(request.param)
    return lc.fit(model, survey, draws=2000, seed=1, engine="marginal", progress=False)


@pytest.mark.slow
def test_respondents_agree_with_exact_refits(fitted_case):
    design, family = fitted_case.design, fitted_case.model.family
    found = lc.leave_one_out(fitted_case, refits=0, progress=False)
    order = np.argsort(found.pointwise)
    weighed = order[(found.method[order] == 0) & (found.khat[order] < found.limit)]
    rows = weighed[[0, len(weighed) // 2]]
    draws = chosen_draws(fitted_case, 4000, design)
    log_density = log_density_of_rows(draws, design, family, rows).T
    assert_agree(fitted_case, found, rows, respondents_as_parts(design, rows), log_density)


@pytest.mark.slow
def test_teams_agree_with_exact_refits(fitted_case):
    design = fitted_case.design
    found = lc.leave_one_team_out(fitted_case, refits=0, progress=False)
    teams = np.argsort(found.khat)[[0, len(found.khat) // 2]]
    parts = [teams_as_parts(design)[team] for team in teams]
    draws = chosen_draws(fitted_case, 4000, design, teams=False)
    log_density = part_densities(fitted_case, design, parts, draws)
    assert_agree(fitted_case, found, teams, parts, log_density)
