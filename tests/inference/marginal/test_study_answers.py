"""The study's answers carried from some draws to all."""

import numpy as np

from learnclimate.counts.families import NegativeBinomial
from learnclimate.inference.marginal.teams.study_answers import (
    free_directions,
    interpolated,
    study_answers,
)
from learnclimate.inference.marginal.teams.summaries import StudyMoments, summed
from learnclimate.inference.marginal.teams.team_effects import draw_one_team_each, draw_team_effects
from marginal_designs import make


def narrow(spread, n_draws=400):
    _, _, likelihood, psi = make(NegativeBinomial(), ("intercept", "talk"), n_teams=200)
    random = np.random.default_rng(2)
    return likelihood.anchor(psi), psi + random.normal(0, spread, (n_draws, len(psi)))


def test_interpolation_finds_what_full_computation_finds_and_tells_what_it_misses():
    likelihood, psi = narrow(0.01)
    full = summed(likelihood, psi, 7).study
    chosen = np.arange(0, 400, 4)
    some = StudyMoments(full.mean[chosen], full.covariance[chosen])
    found = interpolated(psi, chosen, some)
    spread = np.sqrt(found.log_mean.var(axis=0) + np.diagonal(found.covariance))
    missed = np.abs(found.log_mean - np.log(full.mean)).std(axis=0) / spread
    assert missed.max() < 0.05
    assert 0.3 < found.unexplained / missed.max() < 3
    assert interpolated(psi, np.arange(400), full).unexplained == 0.0
    assert np.allclose(interpolated(psi, np.arange(400), full).log_mean, np.log(full.mean))


def test_a_wide_posterior_is_told_apart():
    likelihood, psi = narrow(0.6)
    chosen = np.arange(0, 400, 5)
    study = summed(likelihood, psi[chosen], 7).study
    assert interpolated(psi, chosen, study).unexplained > 0.1


def test_directions_without_spread_are_not_counted():
    random = np.random.default_rng(0)
    free = random.normal(size=(50, 3))
    psi = np.column_stack([free, free @ [1.0, 1.0, 0.0], np.full(50, 2.0)])
    assert free_directions(psi) == 3


def test_answers_are_those_of_draws_of_all_team_effects():
    likelihood, psi = narrow(0.02, n_draws=4000)
    chosen = np.arange(0, 4000, 20)
    expectation = interpolated(psi, chosen, summed(likelihood, psi[chosen], 7).study)
    found = study_answers(likelihood, psi, expectation, seed=1)
    design, layout = likelihood.design, likelihood.layout
    effects = draw_team_effects(likelihood, psi, seed=8).effects
    level = design.frequency_level + np.array([0, 4])
    base = design.log_exposure + psi[:, :1]
    base = base + psi[:, layout.coefficients] @ (design.covariates - design.covariate_means).T
    curve = psi[:, layout.slope_curves][:, level[:, 0]]
    rate = base + psi[:, layout.level_effects][:, level].sum(axis=2)
    rate += effects[:, design.team, 0] + effects[:, design.team, 1] * curve
    drawn = np.exp(rate).mean(axis=1)
    observed = found["expected_count_observed"]
    assert abs(observed.mean() - drawn.mean()) < 4 * drawn.std() * np.sqrt(2 / 4000)
    assert abs(observed.std() / drawn.std() - 1) < 0.06
    counts = found["predicted_count_observed"]
    assert abs(counts.mean() - drawn.mean()) < 4 * counts.std() / np.sqrt(4000)
    assert found["expected_count"].shape == found["predicted_count"].shape == (4000, 7)


def test_one_teams_draws_are_those_among_all():
    likelihood, psi = narrow(0.1, n_draws=40)
    team = np.random.default_rng(0).integers(0, 200, 40)
    every = draw_team_effects(likelihood, psi, seed=3).effects
    alone = draw_one_team_each(likelihood, psi, team, seed=3)
    # Not bit by bit: teams climb to their modes together, in loops that round by their length.
    assert np.allclose(alone, every[np.arange(40), team], rtol=0, atol=1e-10)
