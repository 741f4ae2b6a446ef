"""From draws to curves and counts."""

import numpy as np
import pytest

from learnclimate.counts.coding import DesignCoding, FrequencyCoding
from learnclimate.counts.prediction import (
    draw_counts,
    flattened,
    level_slices,
    slope_curves,
    team_multipliers,
)

CODING = DesignCoding(
    frequencies=(
        FrequencyCoding("talk", ("a", "b", "c"), "monotonic"),
        FrequencyCoding("meet", ("1", "2"), "unordered"),
    ),
    covariates=(),
    team_effects=("meet", "intercept", "talk"),
)
SHAPE = np.array([[[0.2, 0.8], [1.0, 0.0]], [[0.5, 0.5], [1.0, 0.0]]])


def test_levels_lie_behind_one_another():
    assert level_slices(CODING) == (slice(0, 3), slice(3, 5))
    assert level_slices(DesignCoding((), (), ())) == ()


def test_slopes_multiply_each_frequencys_own_curve():
    curves = slope_curves(CODING, SHAPE, 2)
    np.testing.assert_allclose(curves, [[0, 0.2, 1, 0, 1], [0, 0.5, 1, 0, 1]])
    assert slope_curves(DesignCoding((), (), ()), None, 7).shape == (7, 0)


def test_team_effects_are_multiplied_in_their_own_order():
    curves = slope_curves(CODING, SHAPE, 2)
    multipliers = team_multipliers(CODING, curves, np.array([[1, 1], [2, 0]]))
    np.testing.assert_allclose(multipliers[0], [[1, 1, 0.2], [0, 1, 1]])
    np.testing.assert_allclose(multipliers[1], [[1, 1, 0.5], [0, 1, 1]])


@pytest.mark.parametrize("alpha", [None, 0.7, 5.0])
def test_counts_have_the_mean_and_variance_of_the_family(alpha):
    mu = np.full((400, 500), 3.0)
    dispersion = None if alpha is None else np.full(400, alpha)
    counts = draw_counts(np.random.default_rng(1), mu, dispersion)
    assert counts.dtype == np.int64
    assert counts.mean() == pytest.approx(3, rel=0.02)
    variance = 3 + (0 if alpha is None else 9 / alpha)
    assert counts.var() == pytest.approx(variance, rel=0.03)


def test_each_draw_has_its_own_dispersion():
    mu = np.full((2, 200_000), 4.0)
    counts = draw_counts(np.random.default_rng(1), mu, np.array([0.5, 1e6]))
    assert counts[0].var() == pytest.approx(4 + 32, rel=0.05)
    assert counts[1].var() == pytest.approx(4, rel=0.05)


def test_an_endless_expectation_does_not_stop_the_draw():
    assert draw_counts(np.random.default_rng(1), np.array([[np.inf]]), None)[0, 0] > 1e14


def test_chains_are_put_behind_one_another():
    flat = flattened({"x": np.arange(24).reshape(2, 3, 4), "y": np.arange(6).reshape(2, 3)})
    assert flat["x"].shape == (6, 4)
    assert flat["y"].tolist() == list(range(6))
