"""A truth that contradicts itself is refused."""

import pytest

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.survey.simulation import simulate_survey
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


@pytest.mark.parametrize(
    "parts",
    [
        {"intercept": "high"},
        {"frequency_effect": None},
        {"levels": "abc"},
        {"team_sd": (0.3,)},
        {"team_sd": None},
        {"team_correlation": "x"},
        {"dispersion": "x"},
        {"exposure": "yes"},
        {"tenure_effect": True},
    ],
    ids=str,
)
def test_parts_of_the_wrong_type(parts):
    with pytest.raises(ArgumentTypeError, match=f"Truth.{next(iter(parts))}"):
        Truth(**parts)


def test_parts_out_of_range():
    with pytest.raises(ArgumentError, match="finite"):
        Truth(intercept=float("nan"))
    with pytest.raises(ArgumentError, match="distinct"):
        Truth(levels=("a", "a", "b", "c", "d"))
    with pytest.raises(ArgumentError, match="below 0"):
        Truth(frequency_shape=(-0.5, 0.5, 0.5, 0.5))


@pytest.mark.parametrize("truth", [{}, {"intercept": 1.0}, "truth"])
def test_a_simulation_needs_a_truth(truth):
    with pytest.raises(ArgumentTypeError, match="give a Truth"):
        simulate_survey(truth=truth, seed=1)
