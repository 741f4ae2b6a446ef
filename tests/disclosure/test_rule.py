"""The minimum-group rule, attacked by subtraction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.disclosure.rule import DisclosureRule, suppress, suppress_nested, too_small

COUNTS = st.lists(st.integers(0, 20), min_size=1, max_size=8)


def test_a_minimum_below_five_needs_a_reason():
    assert DisclosureRule().minimum == 5
    assert DisclosureRule(3, reason="public data").minimum == 3
    for reason in (None, "", "  "):
        with pytest.raises(ArgumentError, match="say why it is allowed"):
            DisclosureRule(4, reason=reason)
    with pytest.raises(ArgumentError, match="at least 1"):
        DisclosureRule(0, reason="all")


@pytest.mark.parametrize("minimum", [5.0, "5", True, None])
def test_a_minimum_is_a_whole_number(minimum):
    with pytest.raises(ArgumentTypeError, match="give a number"):
        DisclosureRule(minimum)


def test_empty_groups_are_not_small():
    assert too_small([0, 1, 4, 5, 6], DisclosureRule()).tolist() == [
        False,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([8, 9], [0, 0]),
        ([3, 12, 8], [1, 0, 1]),
        ([3, 2, 8], [1, 1, 0]),
        ([1, 1, 8, 6], [1, 1, 0, 1]),
        ([3, 0, 8], [1, 0, 1]),
        ([3], [1]),
        ([0, 3], [0, 1]),
        ([], []),
    ],
)
def test_what_protects_a_small_group(counts, hidden):
    assert suppress(counts, DisclosureRule()).tolist() == [bool(h) for h in hidden]


@given(COUNTS, st.integers(5, 10))
def test_nobody_is_left_over_when_all_shown_is_subtracted(counts, minimum):
    counts = np.array(counts)
    hidden = suppress(counts, DisclosureRule(minimum))
    assert not (too_small(counts, DisclosureRule(minimum)) & ~hidden).any()
    assert (counts[hidden] > 0).all()
    left, is_filled = counts[hidden].sum(), counts > 0
    if hidden.any() and not (hidden == is_filled).all():
        assert left >= minimum
        assert hidden.sum() >= 2
    if not too_small(counts, DisclosureRule(minimum)).any():
        assert not hidden.any()


@given(COUNTS)
def test_no_more_is_hidden_than_the_rule_needs(counts):
    """Largest groups stay while a smaller one would protect as well."""
    counts = np.array(counts)
    hidden = suppress(counts, DisclosureRule())
    if hidden.any() and (~hidden & (counts > 0)).any():
        assert counts[hidden].max() <= counts[~hidden & (counts > 0)].min()


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from("abc")), min_size=1, max_size=12))
def test_nested_groups_are_protected_within_each_parent(groups):
    counts = np.array([count for count, _ in groups])
    parents = np.array([parent for _, parent in groups])
    hidden = suppress_nested(counts, parents, DisclosureRule())
    for parent in set(parents):
        inside = parents == parent
        np.testing.assert_array_equal(hidden[inside], suppress(counts[inside], DisclosureRule()))
