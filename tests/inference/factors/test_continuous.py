"""Continuous items: the density and its gradient, recovery, lavaan's ML and FIML."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, stats

from factor_answers import ordinal_answers, two_scales, with_holes
from learnclimate.inference.factors.continuous import continuous_posterior
from learnclimate.inference.fitting import fit
from learnclimate.measurement.factor_design import factor_design
from learnclimate.measurement.factor_model import FactorModel

REFERENCE = Path(__file__).parents[2] / "reference"
TWO = FactorModel(["f", "g"], ordinal=False)


def holed():
    rng = np.random.default_rng(3)
    loadings = np.kron(np.eye(2), np.full((3, 1), 0.7))
    answers = ordinal_answers(rng, 60, loadings, correlation=[[1, 0.4], [0.4, 1]])
    return two_scales(with_holes(rng, answers, 0.2), 3)


def stored_survey(name):
    stored = json.loads((REFERENCE / "factor_models.json").read_text(encoding="utf-8"))
    rows = [[row.get(f"q{j}") for j in range(1, 9)] for row in stored[name]]
    return stored, two_scales(np.array(rows, dtype=float), 4)


def posterior(fitted, name):
    return fitted.draws["posterior"][name].to_numpy()


def test_density_is_that_of_a_joint_normal_and_the_gradient_its_slope():
    survey = holed()
    design = factor_design(TWO, survey)
    target = continuous_posterior(TWO, design)
    theta = 0.3 * np.random.default_rng(4).standard_normal(target.size)
    point, mean, sd = target.parts(theta[None])
    behind = point.loadings[0] @ point.factor[0]
    residual = sd[0] / point.scale[0]
    covariance = residual[:, None] * (behind @ behind.T + np.eye(6)) * residual
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), sd[0])
    expected = point.log_prior[0]
    expected += stats.norm.logpdf(mean[0]).sum()
    expected += (stats.halfnorm.logpdf(sd[0]) + np.log(sd[0])).sum()
    for row in design.numbers:
        seen = np.isfinite(row)
        if seen.any():
            values = (row[seen] - 3) / 4
            part = covariance[np.ix_(seen, seen)]
            expected += stats.multivariate_normal.logpdf(values, mean[0][seen], part)
    value, gradient = target.value_and_gradient(theta)
    assert value == pytest.approx(expected, rel=1e-10)
    assert target.log_density(theta[None])[0] == pytest.approx(expected, rel=1e-10)
    numeric = optimize.approx_fprime(theta, lambda at: target.log_density(at[None])[0], 1e-6)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-3, atol=1e-3)


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["continuous", "fiml"])
def test_continuous_factors_agree_with_lavaan(kind):
    stored, survey = stored_survey("answers" if kind == "continuous" else "holes")
    lavaan = stored["continuous"]["two"] if kind == "continuous" else stored["fiml"]
    fitted = fit(TWO, survey, draws=2000, seed=1, progress=False)
    assert fitted.certificate.passed, str(fitted.certificate)
    assert fitted.certificate.engine == "marginal"
    drawn = posterior(fitted, "loadings").sum(axis=3)
    apart = (drawn.mean(axis=(0, 1)) - lavaan["loadings"]) / np.array(lavaan["loading_se"])
    assert np.abs(apart).max() < 0.3
    np.testing.assert_allclose(drawn.std(axis=(0, 1)), lavaan["loading_se"], rtol=0.12)
    correlation = posterior(fitted, "factor_correlation").mean(axis=(0, 1))[0, 1]
    assert correlation == pytest.approx(lavaan["correlation"], abs=0.01)


@pytest.mark.oracle
def test_the_best_likelihood_is_that_of_lavaan():
    stored, survey = stored_survey("holes")
    fitted = fit(TWO, survey, draws=400, seed=1, progress=False)
    target = continuous_posterior(TWO, fitted.design)
    start = np.zeros(target.size)
    start[:8], start[-8:] = 0.8, np.log(0.25)

    def likelihood(theta):
        value, gradient = target.value_and_gradient(theta)
        point, mean, sd = target.parts(theta[None])
        return value, gradient, point, mean, sd

    def downhill(theta):
        # The prior is small beside 1,500 respondents: its mode is nearly the most likely point.
        value, gradient, *_ = likelihood(theta)
        return -value, -gradient

    found = optimize.minimize(downhill, start, jac=True, method="BFGS").x
    value, _, point, mean, sd = likelihood(found)
    prior = point.log_prior[0] + stats.norm.logpdf(mean[0]).sum()
    prior += (stats.halfnorm.logpdf(sd[0]) + np.log(sd[0])).sum()
    # In units of the answers, which lie 4 apart from end to end.
    in_answers = value - prior - np.log(4.0) * (fitted.design.categories >= 0).sum()
    assert in_answers == pytest.approx(stored["fiml"]["loglik"], abs=0.05)
    assert in_answers < stored["fiml"]["loglik"]
