"""Densities and derivatives of the kernels, against the numpy distributions and differences."""

import numpy as np
import pytest

from learnclimate.counts.distributions import At, distribution_of, log_probability_between
from learnclimate.counts.families import FAMILIES
from learnclimate.inference.marginal.likelihood.family_preparation import kind_of
from learnclimate.survey.counts_allowed import OPEN

CASES = [
    (family, low, high)
    for family in FAMILIES
    for low, high in [(0, 0), (1, 1), (4, 4), (2, 5), (1, OPEN), (6, OPEN), (40, OPEN), (0, 2)]
    if not (family().out_of_trials and low != high)
    if not (family().zeros != "none" and low == 0 and high > 0)
]
PLACES = [(0.7, -0.4, 1.6), (-3.0, 1.0, 0.2), (3.2, -2.0, 30.0), (-0.5, 0.3, 2000.0)]
TRIALS = 60


def terms(family, low, high, eta, zeta, log_phi):
    from learnclimate.inference.marginal.kernels.rows import all_row_terms

    out = np.empty((1, 6))
    rows = np.array([[low, -1 if high == OPEN else high, TRIALS]])
    all_row_terms(kind_of(family()), rows, np.array([[eta, zeta]]), np.exp(log_phi), out)
    return out[0]


def density(family, low, high, eta, zeta, phi):
    at = At(
        np.array([eta]),
        np.array([phi]) if family().has_dispersion else None,
        np.array([zeta]) if family().zeros != "none" else None,
        np.array([TRIALS]),
    )
    bounds = np.array([low]), np.array([high])
    return log_probability_between(distribution_of(family()), *bounds, at).item()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("family", "low", "high"), CASES)
def test_density_and_derivatives(family, low, high, place):
    eta, zeta, phi = place
    here = (eta, zeta, np.log(phi))
    found = terms(family, low, high, *here)
    if found[0] < -600:
        pytest.skip("out of reach of floating point numbers")
    assert found[0] == pytest.approx(density(family, low, high, eta, zeta, phi), rel=1e-8, abs=1e-9)
    assert found[5] == pytest.approx(found[0], rel=1e-12, abs=1e-12)
    step = 1e-5

    def slope(which, of):
        up, down = list(here), list(here)
        up[which] += step
        down[which] -= step
        values = [terms(family, low, high, *point)[of] for point in (up, down)]
        return (values[0] - values[1]) / (2 * step)

    assert found[1] == pytest.approx(slope(0, 0), rel=1e-5, abs=1e-6)
    assert found[2] == pytest.approx(-slope(0, 1), rel=1e-4, abs=1e-5)
    assert found[3] == pytest.approx(slope(2, 0), rel=1e-5, abs=1e-6)
    assert found[4] == pytest.approx(slope(1, 0), rel=1e-5, abs=1e-6)
