"""Draws of team effects against quadrature, and against the right distribution."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.inference.engine import SamplingOptions
from learnclimate.inference.marginal.likelihood import sharding
from learnclimate.inference.marginal.likelihood.workers import Workers
from learnclimate.inference.marginal.pareto import tail_shape
from learnclimate.inference.marginal.teams.team_answers import team_answers
from learnclimate.inference.marginal.teams.team_effects import (
    draw_team_effects,
    summarise_team_effects,
)
from marginal_designs import make


@pytest.mark.parametrize("family", [Poisson(), NegativeBinomial()])
@pytest.mark.parametrize(
    "team_effects", [("intercept",), ("intercept", "talk"), ("intercept", "talk", "meet")]
)
def test_draws_have_the_moments_of_quadrature(family, team_effects):
    _, _, likelihood, psi = make(family, team_effects)
    likelihood = likelihood.anchor(psi)
    points = psi + np.random.default_rng(0).normal(0, 0.05, (20_000, len(psi)))
    drawn = draw_team_effects(likelihood, points, seed=5)
    expected = summarise_team_effects(likelihood, points[:2000], 15)
    z = (drawn.effects.mean(axis=0) - expected.mean) / expected.sd * np.sqrt(20_000 / 11)
    assert np.abs(z).max() < 4.5
    assert np.allclose(drawn.effects.std(axis=0), expected.sd, rtol=0.05)
    assert np.nanmax(drawn.khat) < 0.5
    assert np.isfinite(drawn.khat).any()


def test_draws_follow_the_posterior_of_a_team():
    _, design, likelihood, psi = make(Poisson(), ("intercept",))
    likelihood = likelihood.anchor(psi)
    drawn = draw_team_effects(likelihood, np.tile(psi, (20_000, 1)), seed=1).effects[:, 2, 0]
    layout = likelihood.layout
    rows = design.team == 2
    level = psi[layout.level_effects]
    eta = design.log_exposure + psi[0] + level[design.frequency_level[:, 0]]
    eta = eta + level[layout.n_levels[0] + design.frequency_level[:, 1]]
    eta = eta + (design.covariates - design.covariate_means) @ psi[layout.coefficients]
    mass, total = np.exp(eta[rows]).sum(), design.outcome[rows].sum()
    sd = abs(psi[layout.cholesky][0])
    u = np.linspace(-6, 6, 20_001) * sd
    density = np.exp(total * u - mass * np.exp(u) - 0.5 * (u / sd) ** 2)
    cumulative = np.cumsum(density) / density.sum()
    uniform = np.interp(drawn, u, cumulative)
    assert stats.kstest(uniform, "uniform").pvalue > 1e-3


def test_draws_do_not_depend_on_threads_and_differ_by_seed(monkeypatch):
    _, _, likelihood, psi = make(NegativeBinomial(), ("intercept", "talk"), n_teams=30)
    monkeypatch.setattr(sharding, "_ROWS_A_SHARE", 50)
    points = np.tile(psi, (40, 1))
    found = []
    for n_threads in (1, 4):
        monkeypatch.setattr(sharding, "available_processors", lambda n=n_threads: n)
        found.append(draw_team_effects(likelihood, points, seed=1))
    assert np.array_equal(found[0].effects, found[1].effects)
    assert np.array_equal(found[0].khat, found[1].khat, equal_nan=True)
    other = draw_team_effects(likelihood, points, seed=2).effects
    assert (other != found[0].effects).mean() > 0.9


def test_draws_of_different_teams_and_points_are_independent():
    _, _, likelihood, psi = make(Poisson(), ("intercept",), n_teams=20)
    drawn = draw_team_effects(likelihood, np.tile(psi, (4000, 1)), seed=1).effects[:, :, 0]
    correlation = np.corrcoef(drawn.T) - np.eye(20)
    assert np.abs(correlation).max() < 0.08
    serial = [np.corrcoef(x[1:], x[:-1])[0, 1] for x in drawn.T]
    assert np.abs(serial).max() < 0.07


def test_without_team_effects_there_is_nothing_to_draw():
    _, design, likelihood, psi = make(Poisson(), ())
    drawn = draw_team_effects(likelihood, psi[None], seed=1)
    assert drawn.effects.shape == (1, design.n_teams, 0)
    assert summarise_team_effects(likelihood, psi[None], 5).mean.shape == (design.n_teams, 0)


def test_the_shape_of_a_tail_counts_only_where_ratios_are_large():
    """Ratios within a hundredth of each other are harmless, however their largest are spread."""
    tail = np.random.default_rng(1).pareto(1.0, 4000)
    assert tail_shape(np.log(tail)) > 0.7
    assert tail_shape(np.log1p(1e-6 * tail)) <= 0.0


def log_density_of_a_team(family, design, layout, psi, team, u):
    """Of team effects u (..., 2) on intercept and talk, up to a constant; without our kernels."""
    rows = design.team == team
    talk = design.frequency_level[rows, 0]
    level = psi[layout.level_effects]
    eta = design.log_exposure[rows] + psi[0] + level[talk]
    eta = eta + level[layout.n_levels[0] + design.frequency_level[rows, 1]]
    eta = eta + (design.covariates - design.covariate_means)[rows] @ psi[layout.coefficients]
    eta = eta + u[..., :1] + u[..., 1:] * psi[layout.slope_curves][talk]
    if isinstance(family, Poisson):
        return stats.poisson.logpmf(design.outcome[rows], np.exp(eta)).sum(axis=-1)
    size = np.exp(psi[layout.log_dispersion][0])
    share = size / (size + np.exp(eta))
    return stats.nbinom.logpmf(design.outcome[rows], size, share).sum(axis=-1)


@pytest.mark.parametrize("family", [Poisson(), NegativeBinomial()])
def test_draws_at_a_correlation_near_1_follow_the_posterior_of_a_team(family):
    """Sds of 0.8 and a correlation of .999, against a dense grid over the team's effects."""
    _, design, likelihood, psi = make(family, ("intercept", "talk"))
    layout, sd, rho = likelihood.layout, 0.8, 0.999
    lower = sd * np.array([[1.0, 0.0], [rho, np.sqrt(1 - rho**2)]])
    psi[layout.cholesky] = lower[np.tril_indices(2)]
    drawn = draw_team_effects(likelihood.anchor(psi), np.tile(psi, (20_000, 1)), seed=4)
    assert np.nanmax(drawn.khat) < 0.7
    grid = np.linspace(-6, 6, 481)
    b = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1)
    for team in range(design.n_teams):
        u = b @ lower.T
        log_density = log_density_of_a_team(family, design, layout, psi, team, u)
        mass = np.exp(log_density - log_density.max() - 0.5 * (b**2).sum(axis=-1))
        mass /= mass.sum()
        # The sum of both effects, and their difference, which has an sd of 0.036 a priori.
        for turn in ((1.0, 1.0), (1.0, -1.0)):
            exact = (u @ turn).ravel()
            order = np.argsort(exact)
            cumulative = np.cumsum(mass.ravel()[order])
            values = drawn.effects[:, team] @ turn
            mean = mass.ravel() @ exact
            spread = np.sqrt(mass.ravel() @ (exact - mean) ** 2)
            assert abs(values.mean() - mean) < 4.5 * spread / np.sqrt(20_000)
            assert values.std() == pytest.approx(spread, rel=0.03)
            uniform = np.interp(values, exact[order], cumulative)
            assert stats.kstest(uniform, "uniform").statistic < 1.95 / np.sqrt(20_000)


@pytest.mark.parametrize("family", [Poisson(), NegativeBinomial()])
@pytest.mark.parametrize("team_effects", [("intercept",), ("intercept", "talk")])
def test_proposals_beside_the_teams_modes_fail(family, team_effects):
    """Check C on proposals that are truly poor: centred nine prior sds off, and never moved."""
    _, _, likelihood, psi = make(family, team_effects)
    likelihood = likelihood.anchor(psi)
    points = np.tile(psi, (2000, 1))
    expected = summarise_team_effects(likelihood, points[:1], 15)
    beside = replace(likelihood, team_modes=likelihood.team_modes + 9.0, newton_steps=0)
    for one, verdict in ((likelihood, "good"), (beside, "bad")):
        found = team_answers(one, points, 15, SamplingOptions(draws=2000, seed=1), Workers())
        apart = np.abs(found.effects.mean(axis=0) - expected.mean) / expected.sd
        # What is refused deserves it, even drawn again from 512 proposals each.
        assert apart.max() > 0.5 if verdict == "bad" else apart.max() < 0.12
        assert [check.verdict for check in found.checks] == [verdict]
        assert bool(found.actions) == (verdict == "bad")


def test_too_few_proposals_are_made_more():
    """Centres two prior sds off: no tail shows it, and eight proposals end half an sd off."""
    _, _, likelihood, psi = make(NegativeBinomial(), ("intercept",))
    likelihood = likelihood.anchor(psi)
    points = np.tile(psi, (2000, 1))
    expected = summarise_team_effects(likelihood, points[:1], 15)
    beside = replace(likelihood, team_modes=likelihood.team_modes + 2.0, newton_steps=0)
    few = draw_team_effects(beside, points, seed=1)
    assert np.nanmax(few.khat) < 0.1
    assert np.abs((few.effects.mean(axis=0) - expected.mean) / expected.sd).max() > 0.4
    found = team_answers(beside, points, 15, SamplingOptions(draws=2000, seed=1), Workers())
    assert [check.verdict for check in found.checks] == ["good"]
    assert ["8 times as many" in words for words in found.actions] == [True]
    assert np.abs((found.effects.mean(axis=0) - expected.mean) / expected.sd).max() < 0.12
