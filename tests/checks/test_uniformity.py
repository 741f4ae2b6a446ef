"""The exact test and band: against simulation, and against another way to the p value."""

import numpy as np
import pytest

import uniformity
from learnclimate.checks.uniformity import (
    distribution_at_places,
    places,
    simultaneous_band,
    uniformity_p_value,
)


@pytest.mark.parametrize("n", [20, 100])
def test_p_values_of_uniform_numbers_are_right(n):
    numbers = np.random.default_rng(1).random((1500, n))
    p = np.array([uniformity_p_value(row) for row in numbers[:300]])
    # A discrete statistic: never more often below a bound than the bound says, but nearly so.
    assert (p <= 0.1).mean() == pytest.approx(0.1, abs=0.045)
    assert (p <= 0.5).mean() == pytest.approx(0.5, abs=0.09)


def test_p_values_are_those_of_the_tests_own_function():
    random = np.random.default_rng(2)
    for numbers in (random.random(50), random.beta(2, 2, 80), random.beta(1.2, 1, 200)):
        assert uniformity_p_value(numbers) == pytest.approx(
            uniformity.uniformity_p_value(numbers), abs=1e-9
        )


@pytest.mark.parametrize(("n", "probability"), [(20, 0.95), (100, 0.95), (250, 0.8)])
def test_band_holds_whole_functions_with_its_probability(n, probability):
    lower, upper = simultaneous_band(n, probability)
    functions = np.array(
        [distribution_at_places(row) for row in np.random.default_rng(3).random((4000, n))]
    )
    inside = ((functions >= lower - 1e-12) & (functions <= upper + 1e-12)).all(axis=1).mean()
    assert inside >= probability - 0.02
    assert inside <= probability + 0.05


def test_band_is_wider_than_that_of_each_place_alone():
    from scipy import stats

    lower, upper = simultaneous_band(100, 0.95)
    alone = stats.binom(100, places()).interval(0.95)
    assert (lower <= alone[0] / 100).all()
    assert (upper >= alone[1] / 100).all()
    assert lower[49] < alone[0][49] / 100


@pytest.mark.parametrize("shape", [(1.0, 0.6), (0.6, 0.6), (1.8, 1.8)])
def test_departures_are_found(shape):
    numbers = np.random.default_rng(4).beta(*shape, size=300)
    assert uniformity_p_value(numbers) < 1e-3
    lower, upper = simultaneous_band(300, 0.95)
    function = distribution_at_places(numbers)
    assert ((function < lower) | (function > upper)).any()
