"""The transport: its density is that of its draws, and it follows targets that a t does not."""

import numpy as np
import pytest
from scipy import stats

from learnclimate.inference.marginal.sampling.adaptation import adapt
from learnclimate.inference.marginal.sampling.importance import WeightedDraws, weigh
from learnclimate.inference.marginal.sampling.proposal import symmetric_proposal
from learnclimate.inference.marginal.sampling.transport import fitted_transport


def banana(theta):
    """Normalised: a skewed coordinate, which shifts a second and widens a third."""
    first = stats.gamma(2.0).logpdf(np.exp(theta[:, 0])) + theta[:, 0]
    second = stats.norm(0.5 * theta[:, 0] ** 2, 0.5).logpdf(theta[:, 1])
    third = stats.norm(0.0, np.exp(0.5 * theta[:, 0])).logpdf(theta[:, 2])
    return first + second + third


@pytest.fixture(scope="module")
def start():
    return symmetric_proposal(np.array([0.4, 0.3, 0.0]), np.diag([0.6, 0.5, 1.2]))


@pytest.fixture(scope="module")
def pool(start):
    return weigh(banana, adapt(banana, start, seed=1)[0], points=2048, seed=2)


def test_volumes_are_determinants_of_derivatives(pool):
    transport = fitted_transport(pool, (0, 2), seed=3)
    rng = np.random.default_rng(4)
    points = np.concatenate([rng.normal(size=(20, 3)), 6 * rng.normal(size=(20, 3))])
    step = 1e-6
    slopes = np.empty((len(points), 3, 3))
    for k, by in enumerate(step * np.eye(3)):
        ahead, back = transport.carried(points + by)[0], transport.carried(points - by)[0]
        slopes[:, :, k] = (ahead - back) / (2 * step)
    _, log_volume = transport.carried(points)
    np.testing.assert_allclose(log_volume, np.linalg.slogdet(slopes)[1], atol=1e-4)


def test_it_integrates_a_known_density_to_one(pool):
    transport = fitted_transport(pool, (0, 2), seed=3)
    again = weigh(banana, transport, points=4096, seed=5)
    se = np.sqrt((1 / again.relative_ess - 1) / again.size)
    assert abs(again.log_evidence) < 4 * se + 1e-3
    mean, _ = again.moments()
    assert mean[0] == pytest.approx(1 - np.euler_gamma, abs=0.03)


def test_it_follows_a_bent_target_better_than_a_t_does(pool):
    again = weigh(banana, fitted_transport(pool, (0,), seed=3), points=2048, seed=5)
    assert again.relative_ess > 1.3 * pool.relative_ess
    assert again.relative_ess > 0.7
    # Where the coordinate that bends the others comes last, there is less to follow.
    backwards = weigh(banana, fitted_transport(pool, (2, 1), seed=3), points=2048, seed=5)
    assert backwards.relative_ess < again.relative_ess


def test_a_pool_of_few_heavy_draws_gives_a_density_that_is_finite():
    rng = np.random.default_rng(6)
    theta = rng.normal(size=(4, 64, 3))
    log_weight = np.full((4, 64), -50.0)
    log_weight[0, :2] = np.log(0.5)
    heavy = WeightedDraws(theta, log_weight, log_weight, log_weight, khat=2.0)
    theta, log_density = fitted_transport(heavy, (), seed=7).drawn(rng.random((100, 5)))
    assert np.isfinite(theta).all()
    assert np.isfinite(log_density).all()
