"""Equal-tailed intervals."""

import numpy as np
import pytest

from learnclimate.core.errors import ArgumentError
from learnclimate.core.intervals import check_interval, interval_bounds


@pytest.mark.parametrize("interval", [0, 1, 1.2, -0.5, "0.9", None, True, float("nan")])
def test_what_is_no_interval(interval):
    with pytest.raises(ArgumentError, match=r"between 0 and 1, as 0\.9"):
        check_interval(interval)


def test_each_tail_holds_half_of_what_is_left():
    draws = np.random.default_rng(1).normal(size=(20_000, 2)) * [1.0, 10.0]
    lower, upper = interval_bounds(draws, 0.8)
    np.testing.assert_allclose((draws < lower).mean(axis=0), 0.1, atol=1e-4)
    np.testing.assert_allclose((draws > upper).mean(axis=0), 0.1, atol=1e-4)
