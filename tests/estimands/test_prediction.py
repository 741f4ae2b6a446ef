import numpy as np
import pytest

from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.count_draws import count_draws
from learnclimate.estimands.expectation import expected_of_people
from learnclimate.estimands.population import coded_people
from learnclimate.estimands.prediction import (
    new_team_effects,
    predicted_of_people,
    predicted_typical,
)
from synthetic import make_synthetic_fit

RULE = DisclosureRule()
COVARIATES = np.array([5.0, 0.3])
ALPHA = 3.0


@pytest.fixture(scope="module")
def rate():
    """Expected counts of a typical person in an average team."""
    curve = 1.335 * np.array([0.0, 0.3, 0.6, 0.85, 1.0])
    return np.exp(0.55 - 0.02 * 5 + 0.15 * 0.3 + curve)


def within_chance(values, truth, spread):
    """Five standard errors."""
    return np.abs(values - truth) < 5 * spread / np.sqrt(20_000)


def test_average_team_is_negative_binomial(repeated_fit, rate):
    draws = count_draws(repeated_fit)
    rng = np.random.default_rng(1)
    counts = predicted_typical(draws, COVARIATES, 0, new_team=False, rng=rng)
    assert counts.dtype == np.int64
    variance = rate + rate**2 / ALPHA
    assert within_chance(counts.mean(axis=0), rate, np.sqrt(variance)).all()
    np.testing.assert_allclose(counts.var(axis=0), variance, rtol=0.08)
    zero = (ALPHA / (ALPHA + rate)) ** ALPHA
    np.testing.assert_allclose((counts == 0).mean(axis=0), zero, atol=0.015)


def test_new_team_adds_the_spread_of_teams(repeated_fit, rate):
    draws = count_draws(repeated_fit)
    rng = np.random.default_rng(2)
    counts = predicted_typical(draws, COVARIATES, 0, new_team=True, rng=rng)
    z = np.array([0.0, 0.3, 0.6, 0.85, 1.0])
    spread = 0.35**2 + (z * 0.3) ** 2 - 2 * 0.2 * 0.35 * 0.3 * z
    mean = rate * np.exp(spread / 2)
    square = rate**2 * np.exp(2 * spread)
    variance = mean + square / ALPHA + square - mean**2
    assert within_chance(counts.mean(axis=0), mean, np.sqrt(variance)).all()
    np.testing.assert_allclose(counts.var(axis=0), variance, rtol=0.12)


def test_poisson_counts_spread_as_their_mean(survey):
    fit = make_synthetic_fit(survey, CountModel(family=Poisson()), n_draws=5000, spread=0.0)
    rng = np.random.default_rng(3)
    counts = predicted_typical(count_draws(fit), COVARIATES, 0, new_team=False, rng=rng)
    np.testing.assert_allclose(counts.var(axis=0), counts.mean(axis=0), rtol=0.06)


def test_people_are_drawn_by_weight(repeated_fit, survey):
    draws = count_draws(repeated_fit)
    frame = survey.frame.iloc[[0, 50, 100, 150]].copy()
    frame["team"] = ["T01", "T09", None, "T17"]
    people = coded_people(frame, repeated_fit, 0, RULE)
    rng = np.random.default_rng(4)
    counts = predicted_of_people(draws, people, 0, rng=rng)
    expected = expected_of_people(draws, people, 0)[0]
    assert within_chance(counts.mean(axis=0), expected, counts.std(axis=0)).all()


def test_everything_else_of_a_person_counts(two_survey):
    fit = make_synthetic_fit(two_survey, n_draws=5000, spread=0.0)
    draws = count_draws(fit)
    people = coded_people(two_survey.frame, fit, 1, RULE)
    rng = np.random.default_rng(5)
    counts = predicted_of_people(draws, people, 1, rng=rng)
    expected = expected_of_people(draws, people, 1)[0]
    assert within_chance(counts.mean(axis=0), expected, counts.std(axis=0)).all()


def test_new_teams_have_the_fitted_covariance(repeated_fit):
    draws = count_draws(repeated_fit)
    effects = new_team_effects(draws, np.random.default_rng(6))
    assert effects.shape == (20_000, 2)
    np.testing.assert_allclose(np.cov(effects.T), draws.team_covariance[0], atol=0.006)
    np.testing.assert_allclose(effects.mean(axis=0), 0, atol=0.015)


def test_a_correlation_of_one_is_no_obstacle(repeated_fit, change):
    fit = change(repeated_fit, team_correlation=[[1.0, 1.0], [1.0, 1.0]])
    effects = new_team_effects(count_draws(fit), np.random.default_rng(7))
    np.testing.assert_allclose(effects[:, 0] / 0.35, effects[:, 1] / 0.3, atol=1e-6)


def test_without_team_effects_nothing_is_drawn(survey):
    fit = make_synthetic_fit(survey, CountModel(team_effects=()), n_draws=2)
    draws = count_draws(fit)
    assert new_team_effects(draws, np.random.default_rng(8)).shape == (8, 0)
    alike = [
        predicted_typical(draws, COVARIATES, 0, new_team=new, rng=np.random.default_rng(9))
        for new in (True, False)
    ]
    np.testing.assert_array_equal(*alike)
