"""The test of uniformity itself, against closed forms and simulation."""

import numpy as np
import pytest

from uniformity import uniformity_p_value


def test_one_place_is_the_binomial_test():
    """With one place, in the middle, the departure is that of heads among tosses."""
    numbers = np.array([0.1, 0.2, 0.3, 0.4, 0.9])
    # 4 or 5 of 5 below the middle, or 0 or 1: 12 of 32 outcomes.
    assert uniformity_p_value(numbers, points=2) == pytest.approx(12 / 32)


def test_two_places_by_enumeration():
    """Two numbers and two places: all nine outcomes are equally likely."""
    # Both in the first third: probability 1/9, as extreme as both in the last.
    assert uniformity_p_value(np.array([0.1, 0.2]), points=3) == pytest.approx(2 / 9)
    assert uniformity_p_value(np.array([0.1, 0.9]), points=3) == pytest.approx(1.0)


@pytest.mark.parametrize("n", [15, 60])
def test_false_alarms_come_at_their_rate(n):
    random = np.random.default_rng(n)
    found = np.array([uniformity_p_value(random.random(n), points=20) for _ in range(3000)])
    for level in (0.02, 0.1, 0.5):
        # Counts are discrete, so the rate may lie below the level; never above it.
        attained = found[found <= level].max()
        rate = (found <= level).mean()
        assert abs(rate - attained) < 4 * np.sqrt(attained * (1 - attained) / 3000)


@pytest.mark.parametrize(
    "shape", [(1.6, 1.0), (2.5, 2.5), (0.6, 0.6)], ids=["shifted", "narrow", "wide"]
)
def test_departures_are_found(shape):
    numbers = np.random.default_rng(1).beta(*shape, 200)
    assert uniformity_p_value(numbers) < 1e-3
