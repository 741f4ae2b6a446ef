"""
Check B where a surrogate guides the draws: planted surrogates that miss a mode or a tail.

The truth is known in closed form. A check that passes has to mean a right answer, whatever
the surrogate; and it has to fail where a good part of the posterior was hardly looked at.
"""

import numpy as np
import pytest

from learnclimate.inference.marginal.sampling.certificate_checks import all_good, importance_checks
from learnclimate.inference.marginal.sampling.importance import weigh
from learnclimate.inference.marginal.sampling.proposal import symmetric_proposal
from learnclimate.inference.marginal.sampling.two_phase import pick

PICKS, POOL = 256, 8192
FAR = np.array([4.5, 0.0])


def normal(theta, centre, sd):
    return -0.5 * (((theta - centre) / sd) ** 2).sum(axis=1) - theta.shape[1] * np.log(sd)


def one_mode(theta):
    return normal(theta, 0.0, 1.0)


def two_modes(theta):
    """Equal halves, 4.5 standard deviations apart: the mean of the first coordinate is 2.25."""
    return np.logaddexp(normal(theta, 0.0, 1.0), normal(theta, FAR, 1.0))


def guided(truth, surrogate, *, spread, seed=1, defence=0.2):
    """Weigh picks of a pool exactly, guided by a surrogate."""
    proposal = symmetric_proposal(np.zeros(2), spread**2 * np.eye(2))
    pool = weigh(surrogate, proposal, points=POOL, seed=seed)
    picked = pick(pool, PICKS, defence=defence, seed=seed)
    return picked.weighed(truth(picked.theta.reshape(-1, 2)))


def passes(drawn):
    return all_good(importance_checks(drawn))


@pytest.mark.parametrize("seed", range(4))
def test_good_surrogate_passes(seed):
    drawn = guided(two_modes, lambda theta: two_modes(theta) + 7.0, spread=3.0, seed=seed)
    assert passes(drawn)
    assert drawn.moments()[0][0] == pytest.approx(2.25, abs=0.2)


@pytest.mark.parametrize("seed", range(4))
def test_surrogate_that_misses_a_mode_fails(seed):
    drawn = guided(two_modes, one_mode, spread=3.0, seed=seed)
    assert not passes(drawn)


def test_the_defence_is_what_sees_the_mode():
    # Without it every pick lies where the surrogate looks, and nothing is amiss there.
    blind = guided(two_modes, one_mode, spread=3.0, defence=0.0)
    seen = guided(two_modes, one_mode, spread=3.0, defence=0.2)
    assert blind.moments()[0][0] < 1.0
    assert seen.moments()[0][0] == pytest.approx(2.25, abs=0.6)
    assert not passes(seen)


@pytest.mark.parametrize("seed", range(4))
def test_surrogate_that_misses_the_tails_fails(seed):
    drawn = guided(one_mode, lambda theta: normal(theta, 0.0, 0.2), spread=1.5, seed=seed)
    assert not passes(drawn)


@pytest.mark.parametrize("sd", [0.2, 0.4, 0.6, 0.8, 1.0, 1.3])
@pytest.mark.parametrize("shift", [0.0, 0.7, 1.5])
def test_what_passes_is_right(sd, shift):
    found, passed = [], 0
    for seed in range(6):
        drawn = guided(one_mode, lambda theta: normal(theta, shift, sd), spread=1.5, seed=10 + seed)
        passed += passes(drawn)
        mean, covariance = drawn.moments()
        found.append([*mean, *np.diag(covariance)])
    if not passed:
        return
    error = np.std(found, axis=0) / np.sqrt(len(found) - 1)
    off = np.abs(np.mean(found, axis=0) - [0.0, 0.0, 1.0, 1.0])
    assert (off < 4 * error + 0.02).all()
    assert (error < 0.08).all()


def test_some_of_those_pass_and_some_do_not():
    verdicts = {
        sd: passes(guided(one_mode, lambda theta, sd=sd: normal(theta, 0.0, sd), spread=1.5))
        for sd in (0.2, 0.8, 1.0)
    }
    assert verdicts == {0.2: False, 0.8: True, 1.0: True}
