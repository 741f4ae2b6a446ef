"""Curves over the levels of a frequency."""

import numpy as np
import pytest

from learnclimate.counts.frequency import (
    Linear,
    Monotonic,
    Unordered,
    curve_from_shape,
    equal_steps_curve,
)


def test_codings_are_values_with_a_name():
    assert [coding.name for coding in (Monotonic(), Unordered(), Linear())] == [
        "monotonic",
        "unordered",
        "linear",
    ]
    assert Monotonic() == Monotonic()


@pytest.mark.parametrize("n_levels", [2, 3, 7])
def test_equal_steps(n_levels):
    curve = equal_steps_curve(n_levels)
    np.testing.assert_allclose(np.diff(curve), 1 / (n_levels - 1))
    np.testing.assert_allclose(curve, curve_from_shape(np.full(n_levels - 1, 1 / (n_levels - 1))))


def test_curves_of_draws_run_from_zero_to_one():
    shape = np.random.default_rng(1).dirichlet(np.ones(4), size=(2, 6))
    curve = curve_from_shape(shape)
    assert curve.shape == (2, 6, 5)
    np.testing.assert_allclose(curve[..., 0], 0)
    np.testing.assert_allclose(curve[..., -1], 1)
    np.testing.assert_allclose(np.diff(curve, axis=-1), shape)
