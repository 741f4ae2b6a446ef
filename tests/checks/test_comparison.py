import numpy as np
import pytest

from learnclimate.checks.comparison import compare, compare_misplaced, is_far, told_apart
from learnclimate.checks.verdict import judge, worst


def test_two_sided_probability():
    replicated = np.arange(1.0, 1001.0)
    assert compare(500.5, replicated, 0.9).probability == pytest.approx(1.0)
    assert compare(975.5, replicated, 0.9).probability == pytest.approx(0.05)
    assert compare(25.5, replicated, 0.9).probability == pytest.approx(0.05)
    assert compare(2000.0, replicated, 0.9).probability == 0


def test_equal_replicates_count_on_both_sides():
    assert compare(0.0, np.zeros(50), 0.9).probability == 1
    assert compare(0.0, np.zeros(50), 0.9).verdict == "not applicable"


def test_interval_is_of_the_replicates():
    found = compare(3.0, np.arange(101.0), 0.8)
    assert (found.lower, found.median, found.upper) == pytest.approx((10, 50, 90))


def test_several_comparisons_are_judged_more_leniently():
    replicated = np.arange(1.0, 1001.0)
    assert compare(980.5, replicated, 0.9).verdict == "doubtful"
    assert compare(980.5, replicated, 0.9, n_compared=5).verdict == "good"


@pytest.mark.parametrize(
    ("probability", "size", "verdict"),
    [
        (0.5, 0.9, "good"),
        (0.03, 0.5, "doubtful"),
        (0.001, 0.5, "bad"),
        (0.0, 0.03, "doubtful"),
        (0.0, 0.01, "good"),
    ],
)
def test_judge_wants_improbable_and_noticeable(probability, size, verdict):
    assert judge(probability, size) == verdict


def test_misplaced_share():
    rng = np.random.default_rng(0)
    replicated = rng.multinomial(200, [0.5, 0.3, 0.2], 500).astype(float)
    alike = compare_misplaced(np.array([101.0, 59.0, 40.0]), replicated, 0.9)
    other = compare_misplaced(np.array([40.0, 60.0, 100.0]), replicated, 0.9)
    assert alike.verdict == "good"
    assert other.verdict == "bad"
    assert other.observed == pytest.approx(0.3, abs=0.01)


def test_worst():
    assert worst(["good", "bad", "doubtful"]) == "bad"
    assert worst([]) == "not applicable"


@pytest.mark.parametrize("share", [0.01, 0.02, 0.03, 0.04, 0.06])
def test_what_is_shown_and_its_verdict_agree_where_many_replicates_are_equal(share):
    """As a share of zeros of 0, which a few sets of new counts have too."""
    replicated = np.repeat([0.0, 0.03, 0.06], [int(1000 * share), 500, 500 - int(1000 * share)])
    found = compare(0.0, replicated, 0.95)
    assert (found.verdict == "good") == (found.lower <= 0)


def test_one_figure_lies_and_two_lie():
    one = told_apart(["mean", "spread"], ["doubtful", "good"], 10, "the model")
    assert "of 2 figures: mean lies somewhat out." in one
    assert "of one figure: mean lies far out." in told_apart(["mean"], ["bad"], 10, "the model")
    two = told_apart(["mean", "spread", "zeros"], ["doubtful", "doubtful", "bad"], 10, "the model")
    assert "zeros lies far out; mean, spread lie somewhat out." in two


def test_far_is_a_thousand_times():
    assert is_far(1.0, np.array([1e-4, 1.0, 900.0, 1100.0])).tolist() == [1, 0, 0, 1]
