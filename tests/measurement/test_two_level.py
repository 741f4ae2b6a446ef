"""Covariances within and between teams: against lavaan, and known truth."""

import numpy as np
import pytest

from learnclimate.measurement.two_level import (
    bootstrapped,
    jackknifed,
    most_likely,
    team_moments,
)


@pytest.mark.oracle
def test_most_likely_covariances_agree_with_lavaan(levels_reference):
    answers = levels_reference["answers"]
    values = np.column_stack([answers[f"q{place}"] for place in range(1, 5)]).astype(float)
    found = most_likely(team_moments(values, np.array(levels_reference["team"])))
    # lavaan's own search stops at about 1e-5.
    assert np.abs(found.within[0] - levels_reference["within"]).max() < 2e-5
    assert np.abs(found.between[0] - levels_reference["between"]).max() < 2e-5


def two_levels(rng, sizes, between, within):
    team = np.repeat(np.arange(len(sizes)), sizes)
    level = rng.multivariate_normal(np.zeros(len(between)), between, len(sizes))
    own = rng.multivariate_normal(np.zeros(len(within)), within, len(team))
    return level[team] + own, team


BETWEEN = np.array([[0.4, 0.2, 0.1], [0.2, 0.3, 0.15], [0.1, 0.15, 0.5]])
WITHIN = np.array([[1.0, 0.5, 0.4], [0.5, 1.2, 0.3], [0.4, 0.3, 0.8]])


def test_truth_is_recovered_with_unequal_teams():
    rng = np.random.default_rng(1)
    values, team = two_levels(rng, rng.integers(1, 15, 1500), BETWEEN, WITHIN)
    found = most_likely(team_moments(values, team))
    assert np.allclose(found.between[0], BETWEEN, atol=0.05)
    assert np.allclose(found.within[0], WITHIN, atol=0.05)


def test_balanced_teams_have_a_closed_form():
    rng = np.random.default_rng(2)
    values, team = two_levels(rng, np.full(80, 6), BETWEEN, WITHIN)
    moments = team_moments(values, team)
    found = most_likely(moments)
    within = moments.scatters.sum(axis=0) / (480 - 80)
    apart = moments.means - moments.means.mean(axis=0)
    between = apart.T @ apart / 80 - within / 6
    assert np.allclose(found.within[0], within, atol=1e-6)
    assert np.allclose(found.between[0], between, atol=1e-6)


def test_draws_lie_about_the_most_likely_values():
    rng = np.random.default_rng(3)
    values, team = two_levels(rng, np.full(150, 8), BETWEEN, WITHIN)
    moments = team_moments(values, team)
    at = most_likely(moments)
    drawn = bootstrapped(moments, at, 300, rng)
    assert np.allclose(drawn.within.mean(axis=0), at.within[0], atol=0.02)
    assert np.allclose(drawn.between.mean(axis=0), at.between[0], atol=0.03)
    # Of normal answers the sampling errors are known.
    expected = at.within[0][0, 0] * np.sqrt(2 / (150 * 7))
    assert np.isclose(drawn.within[:, 0, 0].std(), expected, rtol=0.25)
    total = at.between[0][0, 0] + at.within[0][0, 0] / 8
    assert np.isclose(drawn.between[:, 0, 0].std(), total * np.sqrt(2 / 150), rtol=0.3)


def test_weights_count_teams():
    rng = np.random.default_rng(5)
    values, team = two_levels(rng, np.full(30, 6), BETWEEN, WITHIN)
    weights = np.ones((1, 30))
    weights[0, :10] = 2
    doubled = np.concatenate([values, values[team < 10]])
    twice = np.concatenate([team, team[team < 10] + 30])
    weighed = most_likely(team_moments(values, team), weights)
    repeated = most_likely(team_moments(doubled, twice))
    assert np.allclose(weighed.within, repeated.within, atol=1e-5)
    assert np.allclose(weighed.between, repeated.between, atol=1e-5)


def test_teams_that_do_not_differ_give_a_boundary_not_a_crash():
    rng = np.random.default_rng(4)
    values, team = two_levels(rng, np.full(20, 5), 1e-12 * np.eye(3), WITHIN)
    moments = team_moments(values, team)
    at = most_likely(moments)
    left_out = jackknifed(moments, at, rng)
    for part in (at.between, at.within, left_out.between, left_out.within):
        assert np.isfinite(part).all()
        assert np.linalg.eigvalsh(part).min() > -1e-9
