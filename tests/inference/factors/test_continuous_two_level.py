"""Continuous items at two levels: density, gradient and teams' factors against joint normals."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, stats

from factor_answers import ordinal_answers, two_scales, with_holes
from learnclimate.inference.factors.continuous import inverse
from learnclimate.inference.factors.continuous_two_level import continuous_team_posterior
from learnclimate.inference.fitting import fit
from learnclimate.measurement.factor_design import factor_design
from learnclimate.measurement.factor_model import FactorModel
from measurement_answers import survey_of

TWO = FactorModel(["f", "g"], ordinal=False, levels="team")
TEAM = np.arange(48) % 7


@pytest.fixture(scope="module")
def holed():
    rng = np.random.default_rng(3)
    loadings = np.kron(np.eye(2), np.full((3, 1), 0.7))
    answers = ordinal_answers(rng, 48, loadings, correlation=[[1, 0.4], [0.4, 1]])
    return two_scales(with_holes(rng, answers, 0.2), 3, TEAM)


def of_a_team(target, theta, rows):
    """Mean and covariance of all answers of a team's members, and with the team's factors."""
    point, mean, sd = target.single.parts(theta[None])
    loadings, residual = point.loadings[0], sd[0] / point.scale[0]
    within = point.factor[0] @ point.factor[0].T
    turned = point.team_sd[0][:, None] * point.team_factor[0]
    between = turned @ turned.T
    n = len(rows)
    same = np.kron(np.ones((n, n)), loadings @ between @ loadings.T)
    own = np.kron(np.eye(n), loadings @ within @ loadings.T + np.eye(len(residual)))
    scale = np.tile(residual, n)
    with_factors = np.tile(between @ loadings.T, (1, n)) * scale
    return np.tile(mean[0], n), (same + own) * np.outer(scale, scale), with_factors, between


def test_density_is_that_of_teams_jointly_normal_and_the_gradient_its_slope(holed):
    design = factor_design(TWO, holed)
    target = continuous_team_posterior(TWO, design)
    theta = 0.4 * np.random.default_rng(4).standard_normal(target.size)
    point, mean, sd = target.single.parts(theta[None])
    expected = point.log_prior[0] + stats.norm.logpdf(mean[0]).sum()
    expected += (stats.halfnorm.logpdf(sd[0]) + np.log(sd[0])).sum()
    moments, told = target.team_moments(theta[None]), []
    for team in range(7):
        rows = design.categories[design.team == team]
        middle, covariance, with_factors, between = of_a_team(target, theta, rows)
        seen = (rows >= 0).ravel()
        values = (design.numbers[design.team == team].ravel()[seen] - 3) / 4
        part = covariance[np.ix_(seen, seen)]
        expected += stats.multivariate_normal.logpdf(values, middle[seen], part)
        solved = np.linalg.solve(part, with_factors[:, seen].T).T
        root = moments.root[0, team]
        told.append(solved @ (values - middle[seen]))
        np.testing.assert_allclose(root @ root.T, between - solved @ with_factors[:, seen].T)
    np.testing.assert_allclose(moments.mean[0], told)
    value, gradient = target.value_and_gradient(theta)
    assert value == pytest.approx(expected, rel=1e-10)
    assert target.log_density(theta[None])[0] == pytest.approx(expected, rel=1e-10)
    numeric = optimize.approx_fprime(theta, lambda at: target.log_density(at[None])[0], 1e-6)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-3, atol=1e-3)


@pytest.fixture(scope="module")
def stored():
    path = Path(__file__).parents[2] / "reference" / "factor_two_level.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.oracle
def test_the_best_likelihood_and_where_it_lies_are_those_of_lavaan(stored):
    model = FactorModel("s", ordinal=False, levels="team")
    design = factor_design(model, survey_of(stored["answers"], stored["team"]))
    target = continuous_team_posterior(model, design)

    def likelihood(theta):
        value, gradient = target.value_and_gradient(theta)
        point, mean, sd = target.single.parts(theta[None])
        return value, gradient, point, mean, sd

    def downhill(theta):
        value, gradient, *_ = likelihood(theta)
        return -value, -gradient

    start = np.concatenate([np.full(4, 0.8), [0.0], np.zeros(4), np.full(4, np.log(0.25))])
    found = optimize.minimize(downhill, start, jac=True, method="BFGS").x
    value, _, point, mean, sd = likelihood(found)
    prior = point.log_prior[0] + stats.norm.logpdf(mean[0]).sum()
    prior += (stats.halfnorm.logpdf(sd[0]) + np.log(sd[0])).sum()
    # In units of the answers, which lie 4 apart from end to end.
    in_answers = value - prior - np.log(4.0) * design.categories.size
    assert in_answers == pytest.approx(stored["loglik"], abs=0.1)
    assert in_answers < stored["loglik"]
    residual = 4 * sd[0] / point.scale[0]
    loadings = point.loadings[0, :, 0] * residual
    apart = (loadings - stored["loadings"]) / np.array(stored["loading_se"])
    assert np.abs(apart).max() < 0.25
    np.testing.assert_allclose(residual**2, stored["residual_variance"], rtol=0.01)
    variance = point.team_sd[0, 0] ** 2
    assert abs(variance - stored["team_variance"]) < 0.25 * stored["team_variance_se"]


@pytest.mark.oracle
def test_draws_of_two_levels_spread_as_lavaan_says(stored):
    model = FactorModel("s", ordinal=False, levels="team")
    survey = survey_of(stored["answers"], stored["team"])
    fitted = fit(model, survey, draws=1000, seed=1, progress=False)
    assert fitted.certificate.passed, str(fitted.certificate)
    assert fitted.certificate.engine == "marginal"
    drawn = {name: found.to_numpy() for name, found in fitted.draws["posterior"].items()}
    loadings = drawn["slopes"][..., 0] * drawn["residual_sd"]
    apart = (loadings.mean(axis=(0, 1)) - stored["loadings"]) / np.array(stored["loading_se"])
    assert np.abs(apart).max() < 0.35
    np.testing.assert_allclose(loadings.std(axis=(0, 1)), stored["loading_se"], rtol=0.15)
    variance = drawn["team_factor_sd"][..., 0] ** 2
    se = stored["team_variance_se"]
    assert abs(variance.mean() - stored["team_variance"]) < 0.5 * se
    assert variance.std() == pytest.approx(se, rel=0.2)
    # A team's factor lies where its members' answers do.
    team = np.array(stored["team"]) - 1
    answers = np.array(stored["answers"], dtype=float).mean(axis=1)
    means = np.bincount(team, answers) / np.bincount(team)
    places = [int(name[1:]) - 1 for name in fitted.design.teams]
    factors = drawn["team_factors"].mean(axis=(0, 1))[:, 0]
    assert np.corrcoef(factors, means[places])[0, 1] > 0.95


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_far_out_the_density_is_nothing_and_no_error(holed):
    """A proposal far out once stopped a fit of four scales with "Singular matrix"."""
    assert np.isnan(inverse(np.ones((1, 2, 2)))).all()
    target = continuous_team_posterior(TWO, factor_design(TWO, holed))
    assert target.log_density(np.full((1, target.size), 400.0))[0] == -np.inf
