"""The likelihood of ordinal factor models: against brute force, differences and another program."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from factor_answers import ordinal_answers, two_scales, with_holes
from learnclimate.inference.factors.engine import FactorProblem, factor_posterior, posterior_mode
from learnclimate.inference.factors.parameters import Point
from learnclimate.inference.factors.sticks import Cuts
from learnclimate.measurement.factor_design import LOGIT_SCALE, factor_design
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from learnclimate.survey.codebook import Scale
from measurement_answers import survey_of

REFERENCE = Path(__file__).parents[2] / "reference"


def problem(model, survey):
    return FactorProblem(model, factor_design(model, survey))


def some_point(target, rng):
    own, between, teams, over, scores = target.parameters.parts
    theta = np.empty(target.size)
    theta[own] = 0.7 + 0.2 * rng.standard_normal(own.stop - own.start)
    theta[between] = 0.4
    theta[over] = -0.3
    theta[teams] = -0.5
    theta[scores] = rng.standard_normal(scores.stop - scores.start)
    return theta


def differences(target, theta, step=1e-5):
    found = []
    for place in range(len(theta)):
        move = np.zeros(len(theta))
        move[place] = step
        ahead, behind = target.log_density(np.stack([theta + move, theta - move]))
        found.append((ahead - behind) / (2 * step))
    return np.array(found)


def surveys():
    rng = np.random.default_rng(1)
    one = with_holes(rng, ordinal_answers(rng, 120, np.full((4, 1), 0.7)), 0.1)
    team = np.arange(120) % 9
    loadings = np.kron(np.eye(2), np.full((3, 1), 0.7))
    two = with_holes(rng, ordinal_answers(rng, 120, loadings), 0.1)
    return survey_of(one, team), two_scales(two, 3, team)


ONE, TWO = surveys()
ITEMS = TWO.codebook.items
THREE_SCALES = [Scale(name, ITEMS[at : at + 2]) for name, at in (("a", 0), ("b", 2), ("c", 4))]


@pytest.mark.parametrize(
    ("model", "survey"),
    [
        (FactorModel("s"), ONE),
        (GradedResponse("s"), ONE),
        (FactorModel("s", levels="team"), ONE),
        (GradedResponse("s", levels="team"), ONE),
        (FactorModel(["f", "g"]), TWO),
        (FactorModel(["f", "g"], cross_loadings=0.1), TWO),
        (FactorModel(["f", "g"], levels="team"), TWO),
        (FactorModel(THREE_SCALES), TWO),
    ],
)
def test_gradient_is_that_of_the_value(model, survey):
    target = factor_posterior(problem(model, survey))
    theta = some_point(target, np.random.default_rng(2))
    anchored = target.anchored(theta)
    value, gradient = anchored.value_and_gradient(theta)
    assert value == pytest.approx(anchored.log_density(theta[None])[0], abs=1e-9)
    np.testing.assert_allclose(gradient, differences(anchored, theta), rtol=1e-5, atol=1e-4)


def test_a_factor_turned_round_is_the_same_posterior():
    asked = problem(FactorModel(["f", "g"]), TWO)
    target = factor_posterior(asked)
    theta = some_point(target, np.random.default_rng(5))
    turned = theta.copy()
    turned[np.flatnonzero(target.parameters.loading_factor == 1)] *= -1
    turned[target.parameters.parts[1]] *= -1
    np.testing.assert_allclose(target.oriented(turned[None])[0], theta)
    np.testing.assert_allclose(target.oriented(theta[None])[0], theta)
    ahead, behind = target.anchored(theta), target.anchored(turned)
    assert ahead.log_density(theta[None])[0] == pytest.approx(behind.log_density(turned[None])[0])


def test_factors_that_coincide_are_no_crash():
    target = factor_posterior(problem(FactorModel(["f", "g"]), TWO))
    theta = some_point(target, np.random.default_rng(6))
    anchored = target.anchored(theta)
    theta[target.parameters.parts[1]] = 25.0
    assert anchored.log_density(theta[None])[0] == -np.inf
    assert anchored.value_and_gradient(theta)[0] == -np.inf


def brute_force(point, categories, nodes, weights):
    """Log likelihood of every respondent by a dense rule, written out anew."""
    behind = nodes @ point.factor[0].T
    probability = np.ones((len(categories), len(nodes)))
    place = 0
    for item in range(categories.shape[1]):
        n_cuts = len(point.cuts.thresholds[0]) // categories.shape[1]
        cuts = point.cuts.thresholds[0][place : place + n_cuts] * point.scale[0][item]
        place += n_cuts
        edges = np.concatenate([[-np.inf], cuts, [np.inf]])
        mean = behind @ point.loadings[0][item]
        shares = np.diff(norm.cdf(edges[None] - mean[:, None]), axis=1)
        given = categories[:, item] >= 0
        probability[given] *= shares[:, categories[given, item]].T
    return np.log(probability @ weights)


def dense_rule(n_factors, n=61):
    x, w = np.polynomial.hermite_e.hermegauss(n)
    w = w / w.sum()
    grids = np.meshgrid(*[x] * n_factors, indexing="ij")
    weights = np.ones(())
    for _ in range(n_factors):
        weights = np.multiply.outer(weights, w)
    return np.stack([g.ravel() for g in grids], axis=1), weights.ravel()


@pytest.mark.parametrize(
    ("model", "survey"),
    [
        (FactorModel("s"), ONE),
        (FactorModel(["f", "g"]), TWO),
        (FactorModel(["f", "g"], cross_loadings=0.1), TWO),
        (FactorModel(THREE_SCALES), TWO),
    ],
)
def test_likelihood_equals_a_dense_gauss_hermite_rule(model, survey):
    asked = problem(model, survey)
    target = factor_posterior(asked)
    theta = some_point(target, np.random.default_rng(3))
    point = target.parameters.point(theta[None])
    n_nodes = 61 if asked.design.n_factors < 3 else 31
    expected = brute_force(
        point, asked.design.categories, *dense_rule(asked.design.n_factors, n_nodes)
    ).sum()
    found = target.anchored(theta).log_density(theta[None])[0] - point.log_prior[0]
    assert found == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(
    ("model", "survey", "n"),
    [
        (FactorModel("s", levels="team"), ONE, 81),
        (FactorModel(["f", "g"], levels="team"), TWO, 25),
    ],
)
def test_two_levels_equal_a_dense_rule_in_both(model, survey, n):
    asked = problem(model, survey)
    target = factor_posterior(asked)
    theta = some_point(target, np.random.default_rng(4))
    point = target.parameters.point(theta[None])
    x, w = dense_rule(asked.design.n_factors, n)
    by_team = np.empty((len(asked.design.teams), len(x)))
    over_teams = point.team_sd[0][:, None] * point.team_factor[0]
    back = np.linalg.inv(point.factor[0])
    for node, u in enumerate(x):
        shifted = x + back @ over_teams @ u
        each = brute_force(point, asked.design.categories, shifted, w)
        by_team[:, node] = np.bincount(asked.design.team, each)
    largest = by_team.max(axis=1, keepdims=True)
    expected = (np.log(np.exp(by_team - largest) @ w) + largest[:, 0]).sum()
    found = target.anchored(theta).log_density(theta[None])[0] - point.log_prior[0]
    assert found == pytest.approx(expected, abs=2e-3)


@pytest.mark.oracle
def test_graded_response_equals_mirt():
    stored = json.loads((REFERENCE / "factor_models.json").read_text(encoding="utf-8"))
    mirt = json.loads((REFERENCE / "factor_mirt.json").read_text(encoding="utf-8"))
    answers = [[row[f"q{j}"] for j in range(1, 5)] for row in stored["answers"]]
    asked = problem(GradedResponse("s"), survey_of(answers))
    slope = np.array(mirt["discrimination"])
    difficulty = np.array(mirt["thresholds"])
    loadings = slope / LOGIT_SCALE
    scale = np.sqrt(1 + loadings**2)
    standard = (difficulty * (loadings / scale)[:, None]).ravel()[None]
    nothing = np.zeros_like(standard)
    cuts = Cuts(standard, np.zeros(1), nothing, nothing, nothing, nothing)
    point = Point(
        loadings[None, :, None],
        np.ones((1, 1, 1)),
        np.zeros((1, 0)),
        np.zeros((1, 0, 0)),
        scale[None],
        cuts,
        np.zeros(1),
    )
    mode = posterior_mode(asked)
    value = mode.target._integrated(point, 0)[0]
    assert value == pytest.approx(mirt["log_likelihood"], abs=0.01)
    # Its maximum of the likelihood is our mode, but for a weak prior.
    own = mode.target.parameters.parts[0]
    sd = np.sqrt(np.diag(mode.covariance))[own]
    apart = mode.theta[own] - np.arcsinh(loadings)
    assert np.abs(apart / sd).max() < 0.1
