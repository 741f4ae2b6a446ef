"""Pairs of ordered answers in teams: expected, summed, and a test whose p-values are uniform."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from learnclimate.checks.limited_information import limited_fit, weight_beyond
from learnclimate.checks.open_moments import ToldMoments
from learnclimate.checks.team_pairs import Clustered, team_moments
from learnclimate.checks.team_pairs_fit import _independent, _slopes

LOADING = np.array([0.9, 1.0, 0.7, 0.8, 1.1])
CUTS = np.array([-1.4, -0.5, 0.4, 1.3])
SPREAD = 0.6
SCALE = np.sqrt(1 + LOADING**2 * (1 + SPREAD**2))
ITEM = np.repeat(np.arange(5), 4)
TEAM = np.repeat(np.arange(60), np.resize([8, 12, 16], 60))
TRUTH = np.concatenate([LOADING, [SPREAD**2], np.outer(SCALE, CUTS).ravel()])


def model(theta, *, logit=False):
    own = theta[:5, None]
    return Clustered(own, np.sqrt(theta[5]) * own, theta[6:], ITEM, logit)


@pytest.mark.parametrize("logit", [False, True])
def test_expected_moments_are_the_means_of_simulated_ones(logit):
    one, rng = model(TRUTH, logit=logit), np.random.default_rng(1)
    team = np.repeat(np.arange(4000), 10)
    covariance = one.covariance(team, rng)
    found = team_moments(one.replicate(team, rng), team, ITEM).moments
    error = np.sqrt(np.diag(covariance) / len(team))
    assert (np.abs(found - one.moments()) < 4.5 * error).all()


def test_sums_are_those_over_all_pairs_of_members():
    team = np.array([1, 0, 1, 1, 0, 2])
    answers = np.random.default_rng(2).integers(0, 3, (6, 2)).astype(float)
    made = team_moments(answers, team, np.array([0, 0, 1, 1]))
    pairs = [(i, k) for i, k in permutations(range(6), 2) if team[i] == team[k]]
    weight = {0: 1, 1: 1 / 2}
    by_hand = sum(answers[i, 0] * answers[k, 1] * weight[team[i]] for i, k in pairs)
    # Shares of two items of two cuts, one product in a respondent, then q1 q1, q1 q2, q2 q2.
    assert made.sums.shape == (3, 4 + 1 + 3)
    assert made.sums[:, 6].sum() == pytest.approx(by_hand)
    assert made.moments[6] == pytest.approx(by_hand / 5)
    assert made.moments[1] == pytest.approx((answers[:, 0] >= 2).mean())
    assert made.moments[4] == pytest.approx((answers[:, 0] * answers[:, 1]).mean())


def p_values(rng, n, own_level=0.0):
    """Of studies simulated anew, parameters estimated by one step from the truth."""
    one = model(TRUTH)
    covariance, slopes = one.covariance(TEAM, rng), _slopes(model, TRUTH)
    inverse = np.linalg.inv(covariance)
    step = np.linalg.solve(slopes.T @ inverse @ slopes, slopes.T @ inverse)
    weight, taken_up = weight_beyond(covariance, slopes)
    assert len(weight) - taken_up == 19
    shared = np.concatenate([one.shared, own_level * np.eye(5)], axis=1)
    truth = Clustered(one.own, shared, one.thresholds, ITEM, logit=False)
    found = []
    for _ in range(n):
        observed = team_moments(truth.replicate(TEAM, rng), TEAM, ITEM).moments
        estimated = TRUTH + step @ (observed - one.moments())
        residual = observed - model(estimated).moments()
        found.append(limited_fit(residual, covariance, slopes, len(TEAM)).p_value)
    return found


def test_p_values_are_uniform_and_see_a_level_of_an_items_own():
    rng = np.random.default_rng(3)
    found = p_values(rng, 300)
    # Of 4,000 such studies 4.6 % had p < 0.05 and 1.4 % p < 0.01; the mean statistic was 18.6.
    assert stats.kstest(found, "uniform").pvalue > 1e-4
    assert 0.01 < np.mean(np.array(found) < 0.05) < 0.09
    assert np.max(p_values(rng, 20, own_level=0.3)) < 0.01


def test_shares_vary_more_than_those_of_strangers():
    """What covariances by team are for: with 8 to 16 alike in a team, shares vary about double."""
    one, rng = model(TRUTH), np.random.default_rng(4)
    by_team = one.covariance(TEAM, rng)
    strangers = Clustered(
        np.concatenate([one.own, one.shared], axis=1), 0 * one.shared, one.thresholds, ITEM,
        logit=False,
    ).covariance(TEAM, rng)  # fmt: skip
    ratio = np.diag(by_team)[:20] / np.diag(strangers)[:20]
    assert (ratio > 1.2).all()
    assert 1.5 < ratio.mean() < 2.5


def test_items_that_go_together_with_nothing_fit_where_they_do_not():
    rng = np.random.default_rng(5)
    alone = Clustered(np.zeros((5, 1)), 0.5 * np.eye(5), np.tile(1.1 * CUTS, 5), ITEM, logit=False)
    tests = []
    for _ in range(8):
        observed = team_moments(alone.replicate(TEAM, rng), TEAM, ITEM).moments
        told = ToldMoments(observed, len(TEAM))
        tests.append(_independent(model(TRUTH), told, TEAM, rng))
    assert {test.df for test in tests} == {20}
    assert 11 < np.mean([test.statistic for test in tests]) < 31
