"""Effects in whitened coordinates: their prior is what it was declared to be, exactly."""

import numpy as np
import pytest
from scipy import stats

from learnclimate.counts.pymc_whitening import alike, whitened_effects, whitening_data

N_GROUPS, SIZE = 30, 2
FACTOR = np.array([[0.6, 0.0], [0.3, 0.5]])


@pytest.fixture(scope="module")
def information():
    rng = np.random.default_rng(1)
    root = rng.gamma(2.0, 1.0, (N_GROUPS, 1, 1)) * rng.normal(size=(N_GROUPS, SIZE, SIZE))
    return root @ root.transpose(0, 2, 1)


@pytest.fixture(scope="module")
def whitened(information):
    import pymc as pm
    import pytensor.tensor as pt

    pull = np.random.default_rng(2).normal(0, 3, (N_GROUPS, SIZE))
    with pm.Model() as model:
        factor = pt.as_tensor_variable(FACTOR)
        data = {name: pm.Data(name, one) for name, one in whitening_data("z", information).items()}
        towards = pt.as_tensor_variable(pull)
        effects = whitened_effects("z", factor, data, towards, (N_GROUPS, SIZE))
        pm.Deterministic("effects", effects)
    return model, pull


def test_the_density_is_that_of_a_normal_distribution_in_closed_form(whitened, information):
    model, pull = whitened
    class_of, common = alike(information)
    value = np.random.default_rng(3).normal(0, 1, (N_GROUPS, SIZE))
    told = model.compile_logp(vars=[model["z"]], sum=False)({"z": value})[0]
    for group in range(N_GROUPS):
        lower = np.linalg.cholesky(np.eye(SIZE) + FACTOR.T @ common[class_of[group]] @ FACTOR)
        mean = -np.linalg.solve(lower, FACTOR.T @ pull[group])
        expected = stats.multivariate_normal(mean, lower.T @ lower).logpdf(value[group])
        assert told[group] == pytest.approx(expected, rel=1e-9)


def test_effects_are_standard_normal_a_priori_whatever_was_guessed(whitened):
    import pymc as pm

    model, _ = whitened
    draws = np.asarray(pm.draw(model["effects"], draws=2000, random_seed=4))
    flat = draws.reshape(2000, -1)
    assert np.abs(flat.mean(axis=0)).max() < 4.5 / np.sqrt(2000)
    together = np.corrcoef(flat.T) - np.eye(flat.shape[1])
    assert np.abs(together).max() < 5 / np.sqrt(2000)
    assert stats.kstest(flat.ravel(), "norm").statistic < 0.01


def test_a_normal_likelihood_leaves_standard_normal_coordinates():
    """Where the guess is right, the posterior of what is sampled is standard normal."""
    import pymc as pm
    import pytensor.tensor as pt

    weight = np.diag([4.0, 9.0])
    seen = np.array([[1.0, -0.5], [0.2, 0.7]])
    with pm.Model() as model:
        factor = pt.as_tensor_variable(FACTOR)
        told = whitening_data("z", np.stack([weight, weight]))
        data = {name: pm.Data(name, one) for name, one in told.items()}
        pull = pt.as_tensor_variable(seen @ weight)
        own = pt.dot(whitened_effects("z", factor, data, pull, (2, 2)), factor.T)
        pm.Normal("seen", own, 1 / np.sqrt(np.diag(weight)), observed=seen)
    density = model.compile_logp()
    centre = density({"z": np.zeros((2, 2))})
    for value in np.random.default_rng(5).normal(0, 2, (5, 2, 2)):
        assert density({"z": value}) - centre == pytest.approx(-0.5 * (value**2).sum(), rel=1e-9)


def test_many_groups_fall_into_few_classes_and_nothing_is_lost(information):
    many = np.concatenate([information * factor for factor in np.geomspace(0.5, 2, 20)])
    class_of, common = alike(many)
    assert len(common) <= 128
    whole = common * np.bincount(class_of)[:, None, None]
    assert np.allclose(whole.sum(axis=0), many.sum(axis=0))
    again, _ = alike(many)
    assert (again == class_of).all()
