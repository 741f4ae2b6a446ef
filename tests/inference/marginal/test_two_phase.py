"""Two-phase sampling: the approximation costs efficiency and never shifts the answer."""

import numpy as np
import pytest

from learnclimate.inference.marginal.sampling.certificate_checks import disagreement
from learnclimate.inference.marginal.sampling.importance import weigh
from learnclimate.inference.marginal.sampling.proposal import symmetric_proposal
from learnclimate.inference.marginal.sampling.two_phase import pick

PROPOSAL = symmetric_proposal(np.zeros(2), 1.5 * np.eye(2))


def target(theta):
    return -0.5 * (theta**2).sum(axis=1)


def wrong(theta):
    """Off in place and width, and without constant."""
    return -0.5 * ((theta - 0.4) ** 2 / 1.4).sum(axis=1) + 12.0


def pool_of(density, points=2048, seed=1):
    return weigh(density, PROPOSAL, points=points, seed=seed)


def test_picks_differ_and_their_probabilities_add_up():
    pool = pool_of(wrong)
    picked = pick(pool, 500, defence=0.2, seed=3)
    assert picked.rows.shape == (4, 500)
    assert all(len(np.unique(row)) == 500 for row in picked.rows)
    assert (picked.log_share <= 1e-12).all()
    # Horvitz and Thompson: the inverse probabilities count the pool.
    counted = np.exp(-picked.log_share).sum(axis=1)
    assert counted == pytest.approx(2048, rel=0.15)


def test_a_wrong_approximation_does_not_shift_the_answer():
    means, evidence = [], []
    for seed in range(20):
        pool = pool_of(wrong, seed=seed)
        picked = pick(pool, 400, defence=0.2, seed=seed)
        drawn = picked.weighed(target(picked.theta.reshape(-1, 2)))
        means.append(drawn.moments()[0])
        evidence.append(drawn.log_evidence)
        assert drawn.khat < 0.7
    error = np.std(means, axis=0) / np.sqrt(len(means))
    assert (np.abs(np.mean(means, axis=0)) < 4 * error + 1e-3).all()
    assert np.mean(evidence) == pytest.approx(np.log(2 * np.pi), abs=0.01)


def test_a_good_approximation_makes_even_weights():
    pool = pool_of(target)
    picked = pick(pool, 500, defence=0.0, seed=1)
    drawn = picked.weighed(picked.log_approximate.ravel())
    assert drawn.relative_ess > 0.95
    assert drawn.khat == pool.khat


def test_a_narrow_proposal_shows_in_the_shape():
    narrow = symmetric_proposal(np.zeros(2), 0.05 * np.eye(2))
    pool = weigh(lambda t: target(t / 3), narrow, points=2048, seed=1)
    picked = pick(pool, 1000, defence=0.2, seed=1)
    assert picked.weighed(target(picked.theta.reshape(-1, 2) / 3)).khat > 0.7


def test_an_approximation_that_misses_half_the_posterior_is_seen():
    def half(theta):
        return target(theta) - 8.0 * np.maximum(theta[:, 0], 0) ** 2

    pool = pool_of(half)
    picked = pick(pool, 500, defence=0.2, seed=1)
    drawn = picked.weighed(target(picked.theta.reshape(-1, 2)))
    weight = np.exp(drawn.log_weight)
    change = drawn.log_target - picked.log_approximate
    assert np.sqrt((weight * (change - (weight * change).sum()) ** 2).sum()) > 1.0
    assert drawn.moments()[0][0] == pytest.approx(0.0, abs=0.15)


def test_scrambles_agree_as_far_as_their_pools_allow():
    apart = []
    for seed in range(12):
        pool = pool_of(target, seed=seed)
        picked = pick(pool, 500, defence=0.0, seed=seed)
        apart.append(disagreement(picked.weighed(picked.log_approximate.ravel())))
    assert max(apart) < 4


@pytest.mark.parametrize("seed", range(4))
def test_scrambles_that_differ_by_more_than_their_pools_allow_are_seen(seed):
    """The error of the pool explains hundredths of a nat between halves, not a tenth."""
    from dataclasses import replace

    pool = pool_of(target, seed=seed)
    apart = {}
    for nats in (0.0, 0.1):
        moved = pool.log_weight + nats * np.array([[0.0], [0.0], [1.0], [1.0]])
        moved -= np.logaddexp.reduce(moved, axis=None)
        picked = pick(replace(pool, log_weight=moved), 500, defence=0.0, seed=seed)
        drawn = picked.weighed(picked.log_approximate.ravel())
        apart[nats] = disagreement(drawn)
        # What the evenly picked draws' own weights say of their evidence is far too small.
        if nats:
            assert disagreement(replace(drawn, unseen=0.0)) > 10 * apart[nats]
    assert apart[0.0] < 4 < apart[0.1]
