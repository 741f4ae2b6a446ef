"""The certificate fails when it should: coarse quadrature, poor proposals, poor team draws."""

import numpy as np
import pytest

from learnclimate.inference.marginal.sampling.adaptation import fitted
from learnclimate.inference.marginal.sampling.certificate_checks import (
    all_good,
    disagreement,
    importance_checks,
    quadrature_check,
    team_check,
)
from learnclimate.inference.marginal.sampling.importance import weigh
from learnclimate.inference.marginal.sampling.proposal import symmetric_proposal


def log_normal(theta):
    return -0.5 * (theta**2).sum(axis=1)


def weighed(centre, scale, *, wide=0.0, points=512):
    from dataclasses import replace

    proposal = symmetric_proposal(np.full(3, centre), scale**2 * np.eye(3))
    proposal = replace(proposal, wide=wide, df=200.0)
    return proposal, weigh(log_normal, proposal, points=points, seed=1)


def verdicts(checks):
    return [check.verdict for check in checks]


def test_a_good_proposal_passes():
    _, draws = weighed(0.0, 1.1)
    assert all_good(importance_checks(draws))
    assert draws.log_evidence == pytest.approx(1.5 * np.log(2 * np.pi), abs=0.01)


def test_a_narrow_proposal_fails_on_its_tails():
    _, draws = weighed(0.0, 0.4)
    assert verdicts(importance_checks(draws))[0] == "bad"


def test_a_proposal_beside_its_target_fails():
    _, draws = weighed(2.5, 0.5)
    assert "bad" in verdicts(importance_checks(draws))


def test_a_wasteful_proposal_fails_on_its_efficiency():
    _, draws = weighed(0.0, 6.0)
    assert verdicts(importance_checks(draws))[1] == "bad"


def test_halves_that_differ_are_noticed():
    from dataclasses import replace

    _, draws = weighed(0.0, 1.1)
    assert disagreement(draws) < 4
    moved = draws.theta.copy()
    moved[2:] += 0.5
    assert disagreement(replace(draws, theta=moved)) > 4


def test_a_handful_of_heavy_draws_does_not_shrink_the_proposal_to_a_point():
    proposal, draws = weighed(9.0, 0.2)
    again = fitted(proposal, draws)
    assert np.isfinite(again.factor).all()
    width = again.stretch * np.sqrt(np.diag(again.factor @ again.factor.T))
    assert (width > 0.05).all()


@pytest.mark.parametrize(("spread", "verdict"), [(0.001, "good"), (0.5, "bad")])
def test_quadrature_is_judged_by_what_more_nodes_change(spread, verdict):
    change = np.random.default_rng(1).normal(3.0, spread, 128)
    assert quadrature_check(change, 5).verdict == verdict
    assert quadrature_check(np.empty(0), 5).verdict == "not applicable"


@pytest.mark.parametrize(
    ("khat", "verdict"),
    [([0.1, 0.2], "good"), ([0.1, 0.95], "bad"), ([np.nan, np.nan], "not applicable")],
)
def test_the_worst_team_decides(khat, verdict):
    assert team_check(np.array(khat), np.full(len(khat), 7.0)).verdict == verdict


def test_the_team_with_the_fewest_proposals_decides():
    found = team_check(np.array([0.1, -0.2]), np.array([7.0, 3.9]))
    assert (found.verdict, found.value, found.bound) == ("bad", pytest.approx(4 / 3.9), 1.0)
    assert team_check(np.array([0.1, -0.2]), np.array([7.0, 4.1])).verdict == "good"
