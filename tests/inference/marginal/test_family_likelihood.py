"""The marginal likelihood of further families against brute force and finite differences."""

import dataclasses

import numpy as np
import pytest
from scipy.special import logsumexp

import learnclimate as lc
from learnclimate.counts.distributions import distribution_of, log_probability_between
from learnclimate.counts.families import (
    BetaBinomial,
    HurdleNegativeBinomial,
    HurdlePoisson,
    NegativeBinomial,
    Poisson,
    ZeroInflatedNegativeBinomial,
    ZeroInflatedPoisson,
    ZeroPart,
)
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.likelihood.family_preparation import prepare_family
from learnclimate.inference.marginal.likelihood.likelihood import prepare
from learnclimate.inference.marginal.parameters.parameter_map import parameter_map
from learnclimate.inference.marginal.parameters.variables import posterior_variables
from learnclimate.inference.marginal.teams.family_effects import draw_family_effects
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.truth import Truth

BINS = Outcome("activities", bins=["none", "1-2", "3-5", "6 or more"])
ZERO = ZeroPart(covariates=("tenure",))
CASES = {
    "zero-inflated Poisson": (ZeroInflatedPoisson(ZERO), None),
    "zero-inflated negative binomial": (ZeroInflatedNegativeBinomial(), None),
    "hurdle Poisson": (HurdlePoisson(ZeroPart(frequency=False)), None),
    "hurdle negative binomial": (HurdleNegativeBinomial(ZERO), None),
    "beta-binomial": (BetaBinomial(), Outcome("activities", trials=9)),
    "binned": (NegativeBinomial(), BINS),
    "binned zero-inflated": (ZeroInflatedPoisson(ZERO), BINS),
}


def problem_of(name, team_effects=("intercept", "frequency"), n_teams=6):
    family, outcome = CASES[name]
    zeros = "none" if outcome is not None and outcome.trials else "inflated"
    truth = Truth(outcome=outcome, zeros=zeros, intercept=0.3)
    survey = lc.simulate_survey(n_teams=n_teams, team_size=8, seed=3, truth=truth)
    model = lc.CountModel(family=family, team_effects=team_effects)
    design = model.design(survey)
    return CountProblem(model, design, model.resolved_priors(survey))


def points(problem, size=2, seed=1):
    parameters = parameter_map(problem)
    theta = 0.5 * np.random.default_rng(seed).standard_normal((size, parameters.size))
    return parameters, theta, parameters.psi(theta)


def brute_force(problem, psi, nodes=40):
    """Sum over a dense grid of team effects of the product of the rows' probabilities."""
    design, layout = problem.design, prepare_family(problem.model, problem.design).layout
    drawn = posterior_variables(psi[None], layout, design)
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    d = layout.n_team_effects
    grid = np.stack(np.meshgrid(*[x] * d, indexing="ij"), -1).reshape(-1, d)
    log_weight = np.stack(np.meshgrid(*[np.log(w / w.sum())] * d, indexing="ij"), -1)
    log_weight = log_weight.reshape(-1, d).sum(axis=1)
    correlation = drawn.get("team_correlation", np.ones((1, 1, 1)))[0]
    factor = np.linalg.cholesky(correlation) * drawn["team_sd"][0][:, None]
    effects = grid @ factor.T
    from learnclimate.counts.row_predictions import places_of_rows

    many = {name: np.repeat(values, len(grid), axis=0) for name, values in drawn.items()}
    many["team_effects"] = np.repeat(effects[:, None], design.n_teams, axis=1)
    at = places_of_rows(many, design, np.arange(design.n_rows))
    distribution = distribution_of(problem.model.family)
    if design.asked.highest is None:
        rows = distribution.log_density(design.outcome, at)
    else:
        rows = log_probability_between(distribution, design.outcome, design.asked.highest, at)
    total = 0.0
    for team in range(design.n_teams):
        total += logsumexp(rows[:, design.team == team].sum(axis=1) + log_weight)
    return total


#: The rest takes a minute of compiling and of dense grids.
QUICK = ("zero-inflated negative binomial", "hurdle negative binomial", "beta-binomial", "binned")
NAMES = [
    pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow], id=name) for name in CASES
]


@pytest.mark.parametrize("name", NAMES)
def test_value_is_the_integral(name):
    problem = problem_of(name, ("intercept",) if name == "binned" else ("intercept", "frequency"))
    _, _, psi = points(problem)
    found = prepare_family(problem.model, problem.design).value(psi, 15)
    np.testing.assert_allclose(found, [brute_force(problem, one) for one in psi], atol=2e-4)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_by_theta_is_the_slope_of_the_value(name):
    problem = problem_of(name)
    parameters, theta, psi = points(problem, size=1, seed=4)
    likelihood = prepare_family(problem.model, problem.design)
    _, gradient = likelihood.value_and_gradient_many(psi, 17)
    found = parameters.jacobian(theta[0]).T @ gradient[0]
    step = 1e-4 * np.eye(parameters.size)
    up = likelihood.value(parameters.psi(theta + step), 17)
    down = likelihood.value(parameters.psi(theta - step), 17)
    np.testing.assert_allclose(found, (up - down) / 2e-4, rtol=2e-3, atol=2e-3)


def test_exact_counts_agree_with_the_kernels_of_their_own():
    for family in (Poisson(), NegativeBinomial()):
        survey = lc.simulate_survey(n_teams=6, team_size=8, seed=3)
        model = lc.CountModel(family=family)
        problem = CountProblem(model, model.design(survey), model.resolved_priors(survey))
        _, _, psi = points(problem)
        ours = prepare_family(model, problem.design).value(psi, 9)
        np.testing.assert_allclose(ours, prepare(model, problem.design).value(psi, 9), rtol=1e-9)


def test_cells_give_the_same_value():
    problem = problem_of("binned zero-inflated")
    twice = problem.design.of_rows(np.tile(np.arange(problem.design.n_rows), 2))
    _, _, psi = points(problem)
    whole = prepare_family(problem.model, twice).value(psi, 7)
    doubled = dataclasses.replace(problem.design, multiplicity=2 * problem.design.multiplicity)
    np.testing.assert_allclose(whole, prepare_family(problem.model, doubled).value(psi, 7))


def test_team_effects_are_drawn_from_their_posterior():
    """Against weights on a dense grid, for one team and one effect."""
    problem = problem_of("hurdle negative binomial", ("intercept",), n_teams=3)
    _, _, psi = points(problem, size=1)
    likelihood = prepare_family(problem.model, problem.design).anchor(psi[0])
    drawn = draw_family_effects(likelihood, np.repeat(psi, 4000, axis=0), seed=1)
    grid = np.linspace(-6, 6, 2001)
    density = likelihood.log_densities(psi[0], np.repeat(grid[None, :, None], 3, axis=0))
    weight = np.exp(density - density.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    sd = psi[0][likelihood.layout.cholesky][0]
    mean = sd * weight @ grid
    spread = np.sqrt(sd**2 * weight @ grid**2 - mean**2)
    np.testing.assert_allclose(drawn.effects[:, :, 0].mean(axis=0), mean, atol=0.06 * spread.max())
    np.testing.assert_allclose(drawn.effects[:, :, 0].std(axis=0), spread, rtol=0.05)
    assert (drawn.khat < 0.5).all()


def test_steps_of_the_zero_part_sum_to_one():
    problem = problem_of("hurdle negative binomial")
    _, _, psi = points(problem)
    layout = prepare_family(problem.model, problem.design).layout
    drawn = posterior_variables(psi, layout, problem.design)
    np.testing.assert_allclose(drawn["zero_frequency_shape"].sum(axis=2), 1.0)
    assert drawn["zero_probability"].shape == (2,)
