"""Numbers of numpy count as numbers in every argument; bools never do."""

import numpy as np
import pytest

from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.intervals import check_interval
from learnclimate.core.numbers import is_number, is_whole
from learnclimate.counts.priors import Gamma, Normal
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.arguments import check_seed, check_top, checked_rule
from learnclimate.survey.codebook import Scale


@pytest.mark.parametrize("kind", [int, np.int64, np.int32, np.uint8])
def test_whole_numbers_of_every_kind(kind):
    assert is_whole(kind(3))
    assert is_number(kind(3))


@pytest.mark.parametrize("value", [True, np.True_, "3", None, 3j, [3]])
def test_what_is_no_number(value):
    assert not is_whole(value)
    assert not is_number(value)


def test_fractions_are_numbers_but_not_whole():
    for value in (3.0, np.float32(3), np.float64(3)):
        assert is_number(value)
        assert not is_whole(value)


def test_arguments_take_numbers_of_numpy():
    check_interval(np.float64(0.9))
    check_seed(np.int64(3))
    check_top(np.int32(3))
    checked_rule(np.float32(0.5), None)
    assert type(Scale("s", ("a", "b"), maximum=np.int64(7)).maximum) is int
    assert DisclosureRule(np.int64(10)).minimum == 10


def test_priors_keep_numbers_of_python():
    assert repr(Normal(np.int64(0), np.float32(0.5))) == "Normal(mean=0, sd=0.5)"
    assert repr(Gamma(np.float64(2), np.uint8(1))) == "Gamma(shape=2.0, rate=1)"


def test_bools_are_refused_where_numbers_are_wanted():
    for call in (
        lambda: check_seed(True),
        lambda: check_top(np.True_),
        lambda: checked_rule(True, None),
        lambda: Normal(True, 1),
        lambda: DisclosureRule(True),
        lambda: Scale("s", ("a", "b"), maximum=True),
    ):
        with pytest.raises(ArgumentTypeError):
            call()
