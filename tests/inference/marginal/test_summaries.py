"""Summaries by quadrature against draws of the team effects, and against arithmetic."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.inference.marginal.likelihood import sharding
from learnclimate.inference.marginal.likelihood.likelihood import prepare
from learnclimate.inference.marginal.teams import summaries
from learnclimate.inference.marginal.teams.summaries import summed, team_summary
from learnclimate.inference.marginal.teams.team_effects import draw_team_effects
from marginal_designs import make

EFFECTS = [("intercept",), ("meet",), ("intercept", "talk", "meet")]


def counts_at_each_level(design, likelihood, psi, effects):
    """Mean expected count at every level, and at those answered, (n_draws, 8)."""
    layout = likelihood.layout
    start = np.cumsum([0, *layout.n_levels])
    answered = design.frequency_level + start[:-1]
    base = psi[0] + design.log_exposure
    base = base + (design.covariates - design.covariate_means) @ psi[layout.coefficients]
    share = design.weight / design.weight.sum()
    columns = []
    for f, level in [*[(0, k) for k in range(4)], *[(1, 4 + k) for k in range(3)], (None, 0)]:
        asked = answered.copy()
        if f is not None:
            asked[:, f] = level
        curves = psi[layout.slope_curves][asked]
        slopes = likelihood.compressed.groups.slope
        z = np.stack([np.ones(len(base)) if f < 0 else curves[:, f] for f in slopes], axis=1)
        log_rate = base + psi[layout.level_effects][asked].sum(axis=1)
        part = np.einsum("sne,ne->sn", effects[:, design.team], z)
        columns.append(np.exp(log_rate + part) @ share)
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("family", [Poisson(), NegativeBinomial()])
@pytest.mark.parametrize("team_effects", EFFECTS)
def test_the_studys_counts_have_the_moments_of_draws(family, team_effects):
    _, design, likelihood, psi = make(family, team_effects, n_teams=30)
    likelihood = likelihood.anchor(psi)
    drawn = draw_team_effects(likelihood, np.tile(psi, (8000, 1)), seed=3).effects
    found = counts_at_each_level(design, likelihood, psi, drawn)
    study = summed(likelihood, psi[None], 11).study
    sd = np.sqrt(np.diagonal(study.covariance[0]))
    assert np.abs((found.mean(axis=0) - study.mean[0]) / sd).max() < 4.5 / np.sqrt(8000 / 3)
    assert np.allclose(found.std(axis=0) / sd, 1, atol=0.05)
    correlation = study.covariance[0] / np.outer(sd, sd)
    assert np.allclose(np.corrcoef(found.T), correlation, atol=0.05)


def test_the_study_weighs_its_respondents_and_merged_teams_change_nothing():
    model, design, _, psi = make(Poisson(), ("intercept", "talk"), n_teams=400, categorical=True)
    weight = np.where(design.covariates[:, 0] > 0, 3.0, 1.0)
    # A few patterns of answers only, so that teams do coincide.
    alike = design.outcome.copy() // 100
    design = replace(design, weight=weight, outcome=alike, frequency_level=design.frequency_level)
    found = []
    for compress in (True, False):
        likelihood = prepare(model, design, compress=compress).anchor(psi)
        sums = summed(likelihood, psi[None], 9)
        found.append((sums.study, team_summary(likelihood, sums)))
    (one, merged), (other, plain) = found
    assert np.allclose(one.mean, other.mean, rtol=1e-10)
    assert np.allclose(one.covariance, other.covariance, rtol=1e-8)
    assert np.allclose(merged.skewness, plain.skewness, atol=1e-8)


def test_moments_of_teams_are_those_of_draws():
    _, _, likelihood, psi = make(NegativeBinomial(), ("intercept", "talk"), n_teams=8)
    likelihood = likelihood.anchor(psi)
    random = np.random.default_rng(0)
    few = psi + random.normal(0, 0.1, (200, len(psi)))
    drawn = draw_team_effects(likelihood, np.repeat(few, 200, axis=0), seed=4).effects
    found = team_summary(likelihood, summed(likelihood, few, 11))
    assert np.allclose(drawn.mean(axis=0), found.mean, atol=0.03 * found.sd.max())
    assert np.allclose(drawn.std(axis=0), found.sd, rtol=0.02)
    assert np.allclose(stats.skew(drawn, axis=0), found.skewness, atol=0.12)
    correlation = [np.corrcoef(drawn[:, team].T)[0, 1] for team in range(8)]
    assert np.allclose(correlation, found.correlation[:, 0, 1], atol=0.03)
    assert np.array_equal(found.correlation[:, 0, 1], found.correlation[:, 1, 0])


def test_the_monte_carlo_error_is_that_of_the_means_over_psi():
    _, _, likelihood, psi = make(Poisson(), ("intercept",), n_teams=8)
    likelihood = likelihood.anchor(psi)
    random = np.random.default_rng(1)
    points = psi + random.normal(0, 0.3, (50 * 64, len(psi)))
    every = [team_summary(likelihood, summed(likelihood, some, 9)) for some in np.split(points, 50)]
    scatter = np.std([one.mean for one in every], axis=0).max() / every[0].sd.mean()
    assert 0.5 < np.mean([one.error for one in every]) / scatter < 2.0


def test_sums_do_not_depend_on_threads_and_blocks_add_up(monkeypatch):
    _, _, likelihood, psi = make(NegativeBinomial(), ("intercept", "talk"), n_teams=30)
    monkeypatch.setattr(sharding, "_ROWS_A_SHARE", 50)
    points = psi + np.random.default_rng(0).normal(0, 0.1, (40, len(psi)))
    found = []
    for n_threads in (1, 4):
        monkeypatch.setattr(sharding, "available_processors", lambda n=n_threads: n)
        found.append(summed(likelihood, points, 5))
    assert np.array_equal(found[0].moments, found[1].moments)
    assert np.array_equal(found[0].study.mean, found[1].study.mean)
    monkeypatch.setattr(summaries, "_BLOCK", 7)
    assert np.allclose(summed(likelihood, points, 5).moments, found[0].moments, rtol=1e-12)
