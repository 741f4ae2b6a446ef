"""The stored calibration of factor and joint models, judged anew by a test of our own."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

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
    """What comes out below is a finding, to be told and looked into before it is stored."""
    stored, ranks = ranks_of(kind, which)
    assert all(len(each) == stored[which]["n"] for each in ranks.values())
    assert stored["judged"]["n"] == stored["certified"]
    # Whatever was refused is among all, unless it has no draws.
    assert stored["judged_all"]["n"] + stored["failed"] == stored["n"]
    assert least_p(ranks) > 0.05


def held(ranks):
    """Whether 90 % intervals held the truth, (n_studies, n_quantities)."""
    return np.abs(2 * np.array(list(ranks.values())).T - 1) <= 0.9


def coverage_p(ranks):
    """Of shares of intervals by study, which are independent, against nine in ten."""
    return stats.ttest_1samp(held(ranks).mean(axis=1), 0.9).pvalue


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_of_all_quantities_together_hold_the_truth_as_often_as_they_say(kind):
    _, ranks = ranks_of(kind, "judged_all")
    assert coverage_p(ranks) > 0.05


def test_intervals_of_what_joint_models_are_for_hold_the_truth():
    """The factor's slope, of both joint models together, of every study."""
    slopes = [ranks_of(kind, "judged_all")[1]["covariate_effects[f]"] for kind in KINDS[3:]]
    inside = np.abs(2 * np.concatenate(slopes) - 1) <= 0.9
    assert stats.binomtest(int(inside.sum()), len(inside), 0.9).pvalue > 0.05


def test_ranks_of_far_too_narrow_draws_would_be_seen():
    _, ranks = ranks_of("three_one", "judged")
    spoilt = {name: np.clip(0.5 + 3 * (each - 0.5), 0.001, 0.999) for name, each in ranks.items()}
    assert least_p(spoilt) < 0.01
    assert coverage_p(spoilt) < 0.01
