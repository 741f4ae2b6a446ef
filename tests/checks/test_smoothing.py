import numpy as np
import pytest

from learnclimate.checks.smoothing import khat_limit, left_out, smoothed_rows


def test_fewer_draws_allow_less():
    assert khat_limit(4000) == 0.7
    assert khat_limit(100) == pytest.approx(0.5)


def test_rows_are_smoothed_one_by_one():
    ratios = np.random.default_rng(1).normal(size=400) * np.array([[0.1], [1.0], [3.0]])
    weights, khat = smoothed_rows(ratios)
    assert np.exp(weights).sum(axis=1) == pytest.approx(np.ones(3))
    assert khat[0] < khat[1] < khat[2]


def test_leaving_out_a_normal_observation_is_known_in_closed_form():
    # y ~ Normal(mean, 1) with a flat prior: left out, Normal(mean of the others, 1 + 1/(n-1)).
    rng = np.random.default_rng(2)
    y = rng.normal(size=20)
    mean = rng.normal(y.mean(), 1 / np.sqrt(len(y)), 20_000)
    log_density = -0.5 * (y[:, None] - mean) ** 2 - 0.5 * np.log(2 * np.pi)
    found, khat = left_out(log_density)
    others = (y.sum() - y) / (len(y) - 1)
    variance = 1 + 1 / (len(y) - 1)
    exact = -0.5 * (y - others) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance)
    assert khat.max() < 0.5
    assert found == pytest.approx(exact, abs=0.01)
