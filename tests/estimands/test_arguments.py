import numpy as np
import pytest

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.counts.coding import DesignCoding, FrequencyCoding
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.arguments import (
    check_seed,
    check_top,
    checked_rule,
    chosen_effect,
    chosen_frequency,
    chosen_levels,
    require_fit,
)

TALK = FrequencyCoding("talk", ("never", "monthly", "weekly"), "monotonic")
MEET = FrequencyCoding("meet", ("no", "yes"), "monotonic")
ONE = DesignCoding((TALK,), (), ("intercept", "talk"))
TWO = DesignCoding((TALK, MEET), (), ("intercept", "talk", "meet"))
NONE = DesignCoding((), (), ("intercept",))


def test_what_is_no_fit_is_named():
    with pytest.raises(ArgumentTypeError, match=r"str is not a Fit.*load_fit"):
        require_fit("fit.nc")


def test_the_default_rule_is_five_respondents():
    assert checked_rule(0.9, None) == DisclosureRule(5)
    assert checked_rule(0.5, DisclosureRule(8)).minimum == 8


@pytest.mark.parametrize("interval", [0, 1, 90, -0.1, float("nan")])
def test_an_interval_that_is_no_probability_is_refused(interval):
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        checked_rule(interval, None)


@pytest.mark.parametrize("interval", ["0.9", None, True, (0.05, 0.95)])
def test_an_interval_of_another_type_is_refused(interval):
    with pytest.raises(ArgumentTypeError, match="interval="):
        checked_rule(interval, None)


def test_a_rule_of_another_type_is_refused():
    with pytest.raises(ArgumentTypeError, match=r"DisclosureRule\(10\)"):
        checked_rule(0.9, 10)


def test_seeds_and_tops_that_are_none_are_refused():
    check_seed(0)
    check_top(1)
    for check, wrong in ((check_seed, -1), (check_top, 0), (check_top, -3)):
        with pytest.raises(ArgumentError, match="give"):
            check(wrong)
    for check in (check_seed, check_top):
        for wrong in (1.5, "3", None, True):
            with pytest.raises(ArgumentTypeError, match="whole number"):
                check(wrong)


def test_a_single_frequency_need_not_be_named():
    assert chosen_frequency(ONE, None) == 0
    assert chosen_frequency(ONE, "talk") == 0
    assert chosen_frequency(NONE, None) is None


def test_one_of_several_frequencies_must_be_named():
    assert chosen_frequency(TWO, "meet") == 1
    with pytest.raises(ArgumentError, match=r"2 frequencies.*'talk', 'meet'"):
        chosen_frequency(TWO, None)


def test_unknown_frequencies_are_refused_with_the_nearest():
    with pytest.raises(ArgumentError, match="Did you mean 'talk'"):
        chosen_frequency(TWO, "tlak")
    with pytest.raises(ArgumentError, match="asked no frequency"):
        chosen_frequency(NONE, "talk")
    with pytest.raises(ArgumentTypeError, match="frequency=0"):
        chosen_frequency(TWO, 0)


def test_levels_are_found_in_either_order():
    assert chosen_levels(TALK, "weekly", "never") == (2, 0)
    assert chosen_levels(TALK, "never", "weekly") == (0, 2)


@pytest.mark.parametrize(("high", "low"), [(4, 1), (4.0, "1"), (np.int64(4), np.float64(1))])
def test_levels_that_are_numbers_may_be_given_as_numbers(high, low):
    rating = FrequencyCoding("rating", ("1", "2.5", "4"), "monotonic")
    assert chosen_levels(rating, high, low) == (2, 0)
    assert chosen_levels(rating, 2.5, low) == (1, 0)
    with pytest.raises(ArgumentError, match="two different levels"):
        chosen_levels(rating, high, "4")
    with pytest.raises(ArgumentTypeError, match=r"low=3.*'1', '2\.5', '4'"):
        chosen_levels(rating, high, 3)


def test_wrong_levels_are_refused():
    with pytest.raises(ArgumentError, match=r"high='weely'.*Did you mean 'weekly'"):
        chosen_levels(TALK, "weely", "never")
    with pytest.raises(ArgumentError, match=r"low='sometimes'.*'never', 'monthly', 'weekly'"):
        chosen_levels(TALK, "weekly", "sometimes")
    with pytest.raises(ArgumentError, match="two different levels"):
        chosen_levels(TALK, "weekly", "weekly")
    with pytest.raises(ArgumentTypeError, match="low=0"):
        chosen_levels(TALK, "weekly", 0)


def test_effects_are_found_by_name_or_as_the_only_frequency():
    assert chosen_effect(ONE, "frequency") == "talk"
    assert chosen_effect(ONE, "talk") == "talk"
    assert chosen_effect(ONE, "intercept") == "intercept"
    assert chosen_effect(TWO, "meet") == "meet"


def test_wrong_effects_are_refused():
    with pytest.raises(ArgumentError, match=r"2 slopes.*'talk', 'meet'"):
        chosen_effect(TWO, "frequency")
    with pytest.raises(ArgumentError, match="Did you mean 'intercept'"):
        chosen_effect(ONE, "intercpt")
    with pytest.raises(ArgumentError, match=r"does not vary over teams.*'intercept'"):
        chosen_effect(NONE, "frequency")
    with pytest.raises(ArgumentError, match="nothing varies over teams"):
        chosen_effect(DesignCoding((TALK,), (), ()), "frequency")
    with pytest.raises(ArgumentTypeError, match="effect=1"):
        chosen_effect(ONE, 1)
