"""A truth that contradicts itself is refused."""

import pytest

from learnclimate.core.errors import ArgumentError
from learnclimate.survey.truth import Truth


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"levels": ("a", "b")}, "2 levels need 1 steps"),
        ({"frequency_shape": (0.3, 0.3, 0.3, 0.3)}, "should sum to 1"),
        ({"team_sd": (-0.1, 0.3)}, "team_sd should be at least 0"),
        ({"team_correlation": 1.2}, "within ±1"),
        ({"dispersion": 0.0}, "dispersion should be above 0"),
    ],
)
def test_contradictions(parts, message):
    with pytest.raises(ArgumentError, match=message):
        Truth(**parts)
