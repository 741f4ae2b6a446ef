"""Moments of limited information: against enumeration of every answer pattern."""

import itertools

import numpy as np

from factor_answers import ordinal_answers, two_scales
from learnclimate.checks.continuous_fit import covariance_slopes, normal_covariances
from learnclimate.checks.limited_information import (
    Conditional,
    limited_fit,
    moment_covariance,
    moments,
    observed_moments,
    weight_beyond,
)
from learnclimate.measurement.factor_design import factor_design
from learnclimate.measurement.factor_model import FactorModel


def small_model():
    rng = np.random.default_rng(1)
    item_of_cut = np.array([0, 0, 1, 1, 1, 2, 3, 3])
    weight = rng.dirichlet(np.ones(6))
    reach = np.empty((8, 6))
    for item in range(4):
        own = item_of_cut == item
        reach[own] = -np.sort(-rng.random((own.sum(), 6)), axis=0)
    return Conditional(reach, item_of_cut, weight)


def enumerated(given):
    sizes = [int((given.item_of_cut == item).sum()) + 1 for item in range(4)]
    patterns = np.array(list(itertools.product(*[range(n) for n in sizes])), float)
    level = given.level()
    probability = np.zeros(len(patterns))
    for node, weight in enumerate(given.weight):
        each = np.ones(len(patterns))
        for item in range(4):
            above = np.concatenate([[1], given.reach[given.item_of_cut == item, node], [0]])
            each *= (above[:-1] - above[1:])[patterns[:, item].astype(int)]
        probability += weight * each
    first, second = np.triu_indices(4, 1)
    x = np.hstack(
        [
            patterns[:, given.item_of_cut] >= level,
            patterns[:, first] * patterns[:, second],
        ]
    ).astype(float)
    mean = probability @ x
    return mean, (x * probability[:, None]).T @ x - np.outer(mean, mean), probability, patterns


def test_moments_and_covariances_equal_those_of_all_patterns():
    given = small_model()
    mean, covariance, _, _ = enumerated(given)
    np.testing.assert_allclose(moments(given), mean, atol=1e-12)
    np.testing.assert_allclose(moment_covariance(given), covariance, atol=1e-12)


def test_observed_moments_are_those_of_the_answers():
    given = small_model()
    _, _, probability, patterns = enumerated(given)
    rng = np.random.default_rng(2)
    answers = patterns[rng.choice(len(patterns), 400_000, p=probability)]
    found = observed_moments(answers, given.item_of_cut, given.level())
    np.testing.assert_allclose(found, moments(given), atol=0.01)


def test_statistic_is_chi_squared_when_nothing_is_estimated():
    given = small_model()
    _, covariance, probability, patterns = enumerated(given)
    rng = np.random.default_rng(3)
    nothing = np.zeros((len(covariance), 0))
    found = []
    for _ in range(300):
        answers = patterns[rng.choice(len(patterns), 500, p=probability)]
        residual = observed_moments(answers, given.item_of_cut, given.level()) - moments(given)
        found.append(limited_fit(residual, covariance, nothing, 500).statistic)
    assert abs(np.mean(found) / len(covariance) - 1) < 0.08


def test_cross_loadings_take_no_freedom_by_their_rotations():
    """Two factors of six items, all loadings free: 4 degrees, as lavaan's efa(nfactors=2) has."""
    rng = np.random.default_rng(5)
    survey = two_scales(ordinal_answers(rng, 60, np.full((6, 1), 0.7)), 3)
    model = FactorModel(["f", "g"], cross_loadings=0.1, ordinal=False)
    loadings = np.kron(np.eye(2), np.full((3, 1), 0.9)) + 0.05 * rng.standard_normal((6, 2))
    at = (loadings, np.array([[1, 0.4], [0.4, 1]]), rng.uniform(0.6, 1.2, 6))
    implied = normal_covariances(*at)
    first, second = np.tril_indices(6)
    slopes = covariance_slopes(at, factor_design(model, survey))[:, first, second].T
    covariance = (
        implied[np.ix_(first, first)] * implied[np.ix_(second, second)]
        + implied[np.ix_(first, second)] * implied[np.ix_(second, first)]
    )
    weight, taken_up = weight_beyond(covariance, slopes)
    assert len(first) - taken_up == 4
    # So the quadratic form has four dimensions, whatever the residuals.
    assert np.isclose(np.trace(weight @ covariance), 4, atol=1e-6)
