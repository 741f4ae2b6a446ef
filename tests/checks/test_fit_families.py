"""The checks of fits by the marginal engine, for every family and for moderated slopes."""

from dataclasses import replace

import numpy as np
import pytest

from learnclimate.checks.densities import log_density_of_rows
from learnclimate.checks.influence import influence
from learnclimate.checks.left_out import (
    integration_obstacle,
    marginal_log_likelihood,
    part_densities,
    teams_as_parts,
)
from learnclimate.checks.predictive import posterior_predictive
from learnclimate.checks.prior_components import prior_components
from learnclimate.checks.respondents import chosen_draws
from learnclimate.counts.families import (
    BetaBinomial,
    HurdleNegativeBinomial,
    NegativeBinomial,
    ZeroInflatedPoisson,
)
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.inference.fitting import fit
from learnclimate.inference.redrawing import redrawn_team_effects
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth

# With fewer draws importance sampling may fail in so small a study, and NUTS takes a minute.
_DRAWS = 1000


def small_survey(outcome, zeros="none"):
    """A small study whose teams have a moderator, its outcome out of 8 or in bins if so asked."""
    truth = Truth()
    if zeros != "none":
        # A zero part that nothing in the answers speaks of costs its fits minutes.
        spread = None if zeros == "inflated" else 3.0
        truth = Truth(zeros=zeros, intercept=1.2, zero_intercept=-0.5, dispersion=spread)
    simulated = simulate_survey(n_teams=10, team_size=8, truth=truth, seed=3)
    frame = simulated.frame.copy()
    frame["challenge"] = frame["team"].str[-1].astype(float) % 4
    if outcome != "activities":
        frame["activities"] = frame["activities"].clip(upper=8)
    if isinstance(outcome, Outcome) and outcome.bins:
        labels = np.array(["none", "1-2", "3-5", "6 or more"])
        frame["activities"] = labels[np.searchsorted([1, 3, 6], frame["activities"], side="right")]
    codebook = Codebook(
        outcome=outcome,
        team="team",
        frequency="talk",
        frequency_levels=simulated.codebook.levels_of("talk"),
        covariates=("challenge",),
    )
    return read_survey(frame, codebook)


CASES = {
    "beta-binomial": (BetaBinomial(), Outcome("activities", trials=8), {}),
    "hurdle": (HurdleNegativeBinomial(), "activities", {}),
    "zero-inflated": (ZeroInflatedPoisson(), "activities", {}),
    "binned": (
        NegativeBinomial(),
        Outcome("activities", bins=["none", "1-2", "3-5", "6 or more"]),
        {},
    ),
    "moderated": (NegativeBinomial(), "activities", {"moderators": ("challenge",)}),
}


_DEAR = ("hurdle", "zero-inflated")
_PARAMS = [
    pytest.param(name, marks=pytest.mark.slow if name in _DEAR else (), id=name) for name in CASES
]


@pytest.fixture(scope="module", params=_PARAMS)
def small_fit(request):
    family, outcome, options = CASES[request.param]
    model = CountModel(family=family, covariates=(), **options)
    survey = small_survey(outcome, family.zeros)
    return fit(model, survey, draws=_DRAWS, seed=1, engine="marginal", progress=False)


def effects_by_chance(draw, n):
    """Draws of one team's effects from their distribution, at one draw of the parameters."""
    spread = draw["team_sd"][0][:, None] * np.linalg.cholesky(draw["team_correlation"][0])
    return np.random.default_rng(2).normal(size=(n, len(spread))) @ spread.T


def repeated(draw, n):
    return {name: np.repeat(values, n, axis=0) for name, values in draw.items()}


def test_left_out_teams_are_integrated_as_by_chance(small_fit):
    """Team effects drawn by chance, their likelihoods averaged: the integral by brute force."""
    design, n = small_fit.design, 20_000
    draw = {
        name: values[:1]
        for name, values in chosen_draws(small_fit, _DRAWS, design, teams=False).items()
    }
    part = teams_as_parts(design)[2]
    many = repeated(draw, n)
    many["team_effects"] = np.zeros((n, design.n_teams, len(design.coding.team_effects)))
    many["team_effects"][:, 2] = effects_by_chance(draw, n)
    log_density = log_density_of_rows(many, design, small_fit.model.family, part.rows).sum(axis=1)
    density = np.exp(log_density - log_density.max())
    brute, error = np.log(density.mean()) + log_density.max(), density.std() / density.mean()
    found = part_densities(small_fit, design, [part], draw)[0, 0]
    assert abs(found - brute) < 4 * error / np.sqrt(n) + 0.01


def test_the_likelihood_is_that_of_all_teams_apart(small_fit):
    design = small_fit.design
    draws = chosen_draws(small_fit, 20, design, teams=False)
    whole = marginal_log_likelihood(small_fit, design, draws)
    apart = part_densities(small_fit, design, teams_as_parts(design), draws).sum(axis=0)
    assert (whole - apart).std() < 0.02


def test_team_effects_drawn_anew_are_those_of_the_fit(small_fit):
    """Means over the draws, of teams whose effects the fit holds as well."""
    held = small_fit.draws["posterior"]["team_effects"].to_numpy()
    held = held.reshape(_DRAWS, *held.shape[2:])
    anew = redrawn_team_effects(small_fit, np.arange(_DRAWS))
    error = np.hypot(held.std(axis=0), anew.std(axis=0)) / np.sqrt(_DRAWS)
    assert (np.abs(held.mean(axis=0) - anew.mean(axis=0)) < 5 * error).all()


def test_every_prior_is_scaled(small_fit):
    design, coding = small_fit.design, small_fit.coding
    draws = chosen_draws(small_fit, 20, design)
    found = prior_components(draws, design, resolve_priors(small_fit.priors, design))
    assert all(np.isfinite(values).all() for values in found.values())
    for shift in coding.slope_shifts:
        assert f"slope_shifts[{shift.label}]" in found
    assert ("zero_intercept" in found) == (coding.zero is not None)


def test_new_counts_and_influence_know_the_family(small_fit):
    predictive = posterior_predictive(small_fit, draws=100)
    observed = predictive.statistics.set_index("statistic").loc["mean"]
    assert observed["verdict"] != "bad"
    assert predictive.residuals.probability > 0.001
    assert integration_obstacle(small_fit, small_fit.design) is None
    told = influence(small_fit, refits=0, progress=False)
    assert not told.obstacle
    assert np.isfinite(told.teams["rate_ratio"]).all()


def test_what_departments_share_is_said_not_to_be_left_out(small_fit):
    departments = replace(small_fit.coding, department_effects=("intercept",))
    design = replace(small_fit.design, coding=departments)
    assert "department" in str(integration_obstacle(small_fit, design))
