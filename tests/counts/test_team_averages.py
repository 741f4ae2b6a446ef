"""Expected counts over teams by quadrature, against averages over very many teams."""

import numpy as np
import pytest

from learnclimate.counts.distributions import At, distribution_of
from learnclimate.counts.families import (
    BetaBinomial,
    HurdleNegativeBinomial,
    NegativeBinomial,
    ZeroInflatedPoisson,
)
from learnclimate.counts.team_averages import mean_over_teams


@pytest.mark.parametrize(
    "family", [NegativeBinomial(), ZeroInflatedPoisson(), HurdleNegativeBinomial(), BetaBinomial()]
)
def test_quadrature_is_the_average_over_many_teams(family):
    at = At(
        np.array([[0.4]]),
        np.array([[1.5]]) if family.has_dispersion else None,
        np.array([[-0.5]]) if family.zeros != "none" else None,
        np.array([6]) if family.out_of_trials else None,
    )
    found = mean_over_teams(distribution_of(family), at, np.array([[0.5]]), np.array([[0.8]]))
    rng = np.random.default_rng(1)
    own, zero = np.sqrt(0.5) * rng.normal(size=400_000), np.sqrt(0.8) * rng.normal(size=400_000)
    odds = None if at.zero_log_odds is None else at.zero_log_odds + zero
    means = distribution_of(family).mean(At(at.predictor + own, at.dispersion, odds, at.trials))
    assert found.item() == pytest.approx(means.mean(), abs=4 * means.std() / np.sqrt(means.size))


def test_of_exponential_means_it_is_the_lognormal_mean():
    at = At(np.array([0.4]), np.array([1.5]))
    found = mean_over_teams(distribution_of(NegativeBinomial()), at, np.array([0.5]), np.zeros(1))
    np.testing.assert_allclose(found, np.exp(0.65), rtol=1e-10)
