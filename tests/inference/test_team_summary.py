"""Intervals and probabilities from moments, against the distributions that have them."""

import numpy as np
import pytest
from scipy import stats

from learnclimate.inference.team_summary import probability_above, quantiles, simulated


def moments(distribution, n=1):
    mean, variance, skewness = distribution.stats(moments="mvs")
    return tuple(np.full(n, float(v)) for v in (mean, np.sqrt(variance), skewness))


@pytest.mark.parametrize(
    "distribution",
    [stats.norm(0.3, 2.0), stats.gamma(6.0, -1.0, 0.5), stats.pearson3(-0.8, 1.0, 0.4)],
)
def test_quantiles_and_probabilities_are_those_of_the_distribution(distribution):
    own = moments(distribution)
    for p in (0.01, 0.05, 0.5, 0.95, 0.99):
        assert quantiles(*own, p)[0] == pytest.approx(distribution.ppf(p), abs=1e-6)
    for bound in (-0.5, 0.0, 0.7):
        assert probability_above(*own, bound)[0] == pytest.approx(distribution.sf(bound), abs=1e-6)


def test_a_slight_skewness_does_not_jump():
    one, other = (quantiles(np.zeros(1), np.ones(1), np.array([s]), 0.95) for s in (9e-4, 1.1e-3))
    assert abs(one - other) < 1e-3


@pytest.mark.parametrize(("total", "mass"), [(0, 2.0), (3, 6.0), (40, 30.0)])
def test_the_interval_of_a_teams_log_rate_is_right(total, mass):
    u = np.linspace(-8, 4, 200_001)
    density = np.exp(total * u - mass * np.exp(u) - 0.5 * (u / 0.8) ** 2)
    weight = density / density.sum()
    mean = weight @ u
    sd = np.sqrt(weight @ (u - mean) ** 2)
    skewness = weight @ (u - mean) ** 3 / sd**3
    own = tuple(np.array([value]) for value in (mean, sd, skewness))
    cumulative = np.cumsum(weight)
    for p in (0.05, 0.5, 0.95):
        assert np.interp(quantiles(*own, p)[0], u, cumulative) == pytest.approx(p, abs=0.005)
    above = 1 - np.interp(0.0, u, cumulative)
    assert probability_above(*own)[0] == pytest.approx(above, abs=0.01)


def test_simulated_draws_follow_the_distribution():
    distribution = stats.pearson3(-0.6, 0.2, 0.5)
    drawn = simulated(*moments(distribution, 20_000), np.random.default_rng(1))
    assert stats.kstest(drawn, distribution.cdf).pvalue > 1e-3
