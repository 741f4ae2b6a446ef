"""The share of variance between teams: closed forms, and two people of each of many teams."""

import numpy as np
import pytest

from learnclimate.counts import families
from learnclimate.counts.distributions import At, distribution_of
from learnclimate.counts.team_variance_shares import share_between_teams

PREDICTOR, VARIANCE, ZERO_LOG_ODDS, ZERO_VARIANCE = 0.6, 0.4, -0.8, 0.7


def place(family, n=1):
    return At(
        np.full(n, PREDICTOR),
        dispersion=np.full(n, 2.5) if family.has_dispersion else None,
        zero_log_odds=np.full(n, ZERO_LOG_ODDS) if family.zeros != "none" else None,
        trials=np.full(n, 8) if family.out_of_trials else None,
    )


def share(family, variance=VARIANCE, zero_variance=ZERO_VARIANCE):
    return share_between_teams(
        distribution_of(family), place(family), np.array([variance]), np.array([zero_variance])
    )[0]


@pytest.mark.parametrize("dispersion", [None, 2.5])
@pytest.mark.parametrize("variance", [0.01, 0.4, 2.0])
def test_share_is_that_of_the_closed_form(dispersion, variance):
    family = families.Poisson() if dispersion is None else families.NegativeBinomial()
    mean = np.exp(PREDICTOR + variance / 2)
    between = np.expm1(variance)
    within = 1 / mean + (0 if dispersion is None else np.exp(variance) / dispersion)
    assert share(family, variance) == pytest.approx(between / (between + within), rel=1e-8)


@pytest.mark.parametrize("kind", families.FAMILIES, ids=lambda kind: kind.name)
def test_share_is_the_correlation_within_teams(kind):
    family, n = kind(), 1_500_000
    rng = np.random.default_rng(7)
    at = place(family, n)
    log_odds = at.zero_log_odds
    if log_odds is not None:
        log_odds = log_odds + np.sqrt(ZERO_VARIANCE) * rng.standard_normal(n)
    predictor = at.predictor + np.sqrt(VARIANCE) * rng.standard_normal(n)
    in_teams = At(predictor, at.dispersion, log_odds, at.trials)
    one, other = (distribution_of(family).draw(rng, in_teams) for _ in range(2))
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(share(family), abs=0.005)


@pytest.mark.parametrize("kind", families.FAMILIES, ids=lambda kind: kind.name)
def test_teams_that_do_not_differ_have_no_share(kind):
    assert share(kind(), 0.0, 0.0) == pytest.approx(0.0, abs=1e-12)
