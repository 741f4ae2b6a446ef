"""Every prior as a PyMC random variable has the density of its numpy twin."""

import numpy as np
import pymc as pm
import pytest
from pytensor.compile.mode import Mode

from learnclimate.counts.priors import Beta, Exponential, Gamma, HalfNormal, Normal, StudentT
from learnclimate.counts.pymc_priors import prior_vector, random_variable

PYTHON = Mode(linker="py", optimizer=None)
PRIORS = [
    Normal(0.4, 2.0),
    StudentT(3, -0.5, 1.5),
    HalfNormal(0.8),
    Exponential(2.0),
    Gamma(2.0, 3.0),
    Beta(2.0, 5.0),
]


@pytest.mark.parametrize("prior", PRIORS, ids=repr)
def test_density(prior):
    with pm.Model():
        variable = random_variable("x", prior)
    for value in (0.1, 0.6):
        found = pm.logp(variable, value).eval(mode=PYTHON)
        assert found == pytest.approx(float(prior.log_density(value)))


@pytest.mark.parametrize("prior", PRIORS, ids=repr)
def test_a_positive_quantity_has_no_mass_below_zero(prior):
    with pm.Model():
        variable = random_variable("x", prior, positive=True)
    assert np.isneginf(pm.logp(variable, -0.1).eval(mode=PYTHON))


def test_vectors_of_equal_and_of_different_priors():
    with pm.Model(coords={"thing": ["a", "b"]}) as model:
        prior_vector("equal", [Normal(0, 1), Normal(0, 1)], "thing")
        prior_vector("mixed", [Normal(0, 1), Normal(5, 0.1)], "thing")
    assert [variable.name for variable in model.free_RVs] == ["equal", "mixed[0]", "mixed[1]"]
    assert model.named_vars_to_dims["equal"] == ("thing",)
    assert model.named_vars_to_dims["mixed"] == ("thing",)
