"""Distributions of the families against closed forms of scipy and against sums."""

import numpy as np
import pytest
from scipy import stats

from learnclimate.core.errors import ModelError
from learnclimate.counts.distributions import (
    OPEN,
    At,
    distribution_of,
    log_probability_between,
)
from learnclimate.counts.families import (
    FAMILIES,
    BetaBinomial,
    HurdleNegativeBinomial,
    HurdlePoisson,
    NegativeBinomial,
    Poisson,
    ZeroInflatedNegativeBinomial,
    ZeroInflatedPoisson,
)

MU, ALPHA, PI, TRIALS = 2.3, 1.4, 0.3, 7
COUNTS = np.arange(60)


def place(family, shape=(1,)):
    out_of = family().out_of_trials
    predictor = np.log(0.4 / 0.6) if out_of else np.log(MU)
    return At(
        np.full(shape, predictor),
        np.full(shape, ALPHA) if family().has_dispersion else None,
        np.full(shape, np.log(PI / (1 - PI))) if family().zeros != "none" else None,
        np.full(shape, TRIALS) if out_of else None,
    )


def closed_form(family):
    poisson = stats.poisson(MU).pmf(COUNTS)
    negative = stats.nbinom(ALPHA, ALPHA / (ALPHA + MU)).pmf(COUNTS)
    base = negative if family().has_dispersion else poisson
    if family is BetaBinomial:
        return stats.betabinom(TRIALS, 0.4 * ALPHA, 0.6 * ALPHA).pmf(COUNTS)
    if family().zeros == "inflated":
        return PI * (COUNTS == 0) + (1 - PI) * base
    if family().zeros == "hurdle":
        return np.where(COUNTS == 0, PI, (1 - PI) * base / (1 - base[0]))
    return base


@pytest.mark.parametrize("family", FAMILIES)
def test_densities_are_the_closed_forms(family):
    found = np.exp(distribution_of(family()).log_density(COUNTS, place(family)))
    np.testing.assert_allclose(found, closed_form(family), rtol=1e-10, atol=1e-300)


@pytest.mark.parametrize("family", FAMILIES)
def test_cdf_mean_and_variance_are_sums_over_the_density(family):
    distribution, at = distribution_of(family()), place(family)
    counts = np.arange(400)
    density = np.exp(distribution.log_density(counts, at))
    np.testing.assert_allclose(distribution.cdf(counts, at), np.cumsum(density), rtol=1e-9)
    assert distribution.cdf(-1, at).item() == 0
    mean = density @ counts
    np.testing.assert_allclose(distribution.mean(at), mean, rtol=1e-9)
    np.testing.assert_allclose(distribution.variance(at), density @ (counts - mean) ** 2, rtol=1e-8)


@pytest.mark.parametrize("family", FAMILIES)
def test_draws_follow_the_density(family):
    distribution = distribution_of(family())
    drawn = distribution.draw(np.random.default_rng(3), place(family, (40_000,)))
    assert drawn.dtype == np.int64
    assert drawn.shape == (40_000,)
    expected = closed_form(family)[:8] * len(drawn)
    expected = np.append(expected, len(drawn) - expected.sum())
    seen = np.bincount(np.minimum(drawn, 8), minlength=9).astype(float)
    if family is BetaBinomial:
        expected, seen = expected[:8], seen[:8]
    assert stats.chisquare(seen, expected * seen.sum() / expected.sum()).pvalue > 1e-3


@pytest.mark.parametrize("family", [HurdleNegativeBinomial, HurdlePoisson])
def test_counts_above_a_hurdle_are_drawn_where_the_rate_is_tiny_or_large(family):
    distribution = distribution_of(family())
    odds = np.full(3, -30.0)
    alpha = np.array([5.0, 0.01, 1e6]) if family().has_dispersion else None
    at = At(np.array([-30.0, 0.0, 6.0]), alpha, odds)
    drawn = distribution.draw(np.random.default_rng(1), at)
    assert (drawn >= 1).all()
    assert drawn[0] == 1
    assert np.isfinite(distribution.log_density(drawn, at)).all()


@pytest.mark.parametrize("family", [family for family in FAMILIES if family is not BetaBinomial])
@pytest.mark.parametrize(("low", "high"), [(0, 0), (0, 2), (3, 5), (6, OPEN), (1, OPEN), (0, OPEN)])
def test_an_interval_is_the_sum_of_its_counts(family, low, high):
    distribution, at = distribution_of(family()), place(family)
    found = log_probability_between(distribution, np.array([low]), np.array([high]), at)
    density = np.exp(distribution.log_density(np.arange(3000), at))
    np.testing.assert_allclose(np.exp(found), density[low : min(high, 3000) + 1].sum(), rtol=1e-10)


def test_an_open_interval_far_out_keeps_its_digits():
    at = At(np.log(np.array([0.01])))
    low = np.array([10])
    found = log_probability_between(distribution_of(Poisson()), low, np.array([OPEN]), at)
    np.testing.assert_allclose(found, stats.poisson(0.01).logsf(9), rtol=1e-10)
    at = At(np.log(np.array([0.2])), np.array([0.8]))
    found = log_probability_between(
        distribution_of(NegativeBinomial()), np.array([20]), np.array([OPEN]), at
    )
    np.testing.assert_allclose(found, stats.nbinom(0.8, 0.8).logsf(19), rtol=1e-8)


def test_intervals_of_draws_by_rows():
    at = At(np.log([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([[1.5], [2.5]]))
    low, high = np.array([0, 1, 6]), np.array([0, 2, OPEN])
    found = log_probability_between(distribution_of(NegativeBinomial()), low, high, at)
    assert found.shape == (2, 3)
    frozen = stats.nbinom(2.5, 2.5 / 7.5)
    np.testing.assert_allclose(np.exp(found[1, 1]), frozen.pmf(1) + frozen.pmf(2))


def test_a_huge_dispersion_is_the_poisson():
    at = At(np.log(np.array([3.0])), np.array([1e12]))
    found = distribution_of(NegativeBinomial()).log_density(COUNTS[:20], at)
    np.testing.assert_allclose(found, stats.poisson(3.0).logpmf(COUNTS[:20]), rtol=1e-9)


def test_a_missing_parameter_is_named():
    with pytest.raises(ModelError, match="lacks a parameter"):
        distribution_of(ZeroInflatedPoisson()).mean(At(np.zeros(1)))
    with pytest.raises(ModelError, match="lacks a parameter"):
        distribution_of(ZeroInflatedNegativeBinomial()).variance(At(np.zeros(1)))
