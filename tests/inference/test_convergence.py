import numpy as np

from learnclimate.inference.convergence import convergence


def test_independent_draws_look_independent():
    draws = np.random.default_rng(1).standard_normal((4, 1000, 3))
    found = convergence({"x": draws})
    assert np.all(found["rhat"] < 1.01)
    assert np.all(found["ess_bulk"] > 3000)


def test_chains_apart_are_noticed():
    draws = np.random.default_rng(1).standard_normal((4, 500))
    draws[0] += 3
    assert convergence({"x": draws})["rhat"][0] > 1.3


def test_what_never_varies_has_no_figures():
    draws = np.random.default_rng(1).standard_normal((4, 500, 2))
    draws[..., 0] = 0.0
    found = convergence({"a": draws, "b": np.ones((4, 500))})
    assert np.isnan(found["rhat"]).tolist() == [True, False, True]


def test_slow_chains_have_few_effective_draws():
    rng = np.random.default_rng(2)
    walk = np.zeros((4, 2000))
    for t in range(1, 2000):
        walk[:, t] = 0.95 * walk[:, t - 1] + rng.standard_normal(4)
    # An AR(1) of 0.95 leaves (1 - 0.95) / (1 + 0.95) of the draws.
    assert 0.5 < convergence({"x": walk})["ess_bulk"][0] / (8000 / 39) < 2
