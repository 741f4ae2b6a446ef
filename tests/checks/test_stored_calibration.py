"""The stored calibration of factor and joint models, judged anew by a test of our own."""

import json
from pathlib import Path

import numpy as np
import pytest

from uniformity import uniformity_p_value

STORED = Path(__file__).parents[2] / "benchmarks" / "results" / "factor_calibration.json"
KINDS = ("two_team", "three_one", "three_team", "joint_team", "joint_one")


def ranks_of(kind, which):
    stored = json.loads(STORED.read_text(encoding="utf-8"))["kinds"][kind]
    return stored, {name: np.array(each) for name, each in stored[which]["ranks"].items()}


def least_p(ranks):
    """Of places and of widths, times the number of both."""
    found = [
        uniformity_p_value(side) for each in ranks.values() for side in (each, np.abs(2 * each - 1))
    ]
    return min(found) * len(found)


@pytest.mark.parametrize("which", ["judged", "judged_all"])
@pytest.mark.parametrize("kind", KINDS)
def test_stored_ranks_are_uniform(kind, which):
    stored, ranks = ranks_of(kind, which)
    assert all(len(each) == stored[which]["n"] for each in ranks.values())
    assert stored["judged"]["n"] == stored["certified"]
    assert least_p(ranks) > 0.01


def test_ranks_of_far_too_narrow_draws_would_be_seen():
    _, ranks = ranks_of("three_one", "judged")
    spoilt = {name: np.clip(0.5 + 3 * (each - 0.5), 0.001, 0.999) for name, each in ranks.items()}
    assert least_p(spoilt) < 0.01
