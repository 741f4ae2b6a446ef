"""The minimum-group rule, attacked by subtraction."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.disclosure.recording import lowered, rule_behind
from learnclimate.disclosure.rule import (
    DisclosureRule,
    is_protected,
    suppress,
    suppress_neighbours,
    too_small,
)

COUNTS = st.lists(st.integers(0, 20), min_size=1, max_size=8)


def test_a_minimum_below_five_needs_a_reason():
    assert DisclosureRule().minimum == 5
    assert DisclosureRule(3, reason="public data").minimum == 3
    for reason in (None, "", "  "):
        with pytest.raises(ArgumentError, match="say why it is allowed"):
            DisclosureRule(4, reason=reason)
    with pytest.raises(ArgumentError, match="at least 1"):
        DisclosureRule(0, reason="all")


@pytest.mark.parametrize("minimum", [3, 10])
def test_a_reason_is_a_sentence(minimum):
    with pytest.raises(ArgumentTypeError, match="reason=5"):
        DisclosureRule(minimum, reason=5)


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
        ([3, 12, 8], [1, 1, 0]),
        ([12, 8, 3], [0, 1, 1]),
        ([12, 3, 8], [0, 1, 1]),
        ([3, 2, 8], [1, 1, 0]),
        ([1, 1, 8, 6], [1, 1, 1, 0]),
        ([9, 1, 8, 2], [0, 1, 1, 1]),
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
def test_no_more_is_hidden_than_the_place_asks_for(counts):
    """Without the last group that was hidden, the others would not have been protected."""
    counts = np.array(counts)
    small = too_small(counts, DisclosureRule())
    hidden = suppress(counts, DisclosureRule())
    added = np.flatnonzero(hidden & ~small)
    if not len(added):
        return
    first = np.argmax(small)
    last = max(added, key=lambda place: (place < first, abs(place - first)))
    hidden[last] = False
    assert not is_protected(counts[hidden], DisclosureRule())


@given(COUNTS, st.integers(0, 7), st.integers(5, 40))
def test_what_protects_does_not_depend_on_the_sizes_of_those_shown(counts, place, size):
    counts = np.array(counts)
    hidden = suppress(counts, DisclosureRule())
    if place < len(counts) and counts[place] > 0 and not hidden[place]:
        counts[place] = size
        np.testing.assert_array_equal(suppress(counts, DisclosureRule()), hidden)


@given(COUNTS, st.randoms())
def test_the_same_groups_are_hidden_in_whatever_order_they_stand(counts, random):
    counts, names = np.array(counts), np.array([f"group {place}" for place in range(len(counts))])
    moved = np.array(random.sample(range(len(counts)), len(counts)))
    hidden = suppress(counts, DisclosureRule(), order=names)
    again = suppress(counts[moved], DisclosureRule(), order=names[moved])
    np.testing.assert_array_equal(again, hidden[moved])


def test_sums_that_tell_every_group_do_not_protect():
    """Four in each, or one in each, is all that five groups below the minimum can be."""
    assert suppress([1, 1, 1, 1, 1, 9, 20], DisclosureRule()).tolist() == [True] * 6 + [False]
    assert suppress([4, 4, 4, 6, 20], DisclosureRule()).tolist() == [True] * 4 + [False]
    assert suppress([4, 4, 4, 20, 6], DisclosureRule()).tolist() == [True] * 4 + [False]
    assert is_protected([4, 3, 4], DisclosureRule())


@given(st.lists(st.integers(0, 12), min_size=2, max_size=7))
def test_answers_side_by_side_protect_each_other(counts):
    counts = np.array(counts)
    hidden = suppress_neighbours(counts, DisclosureRule())
    assert not (too_small(counts, DisclosureRule()) & ~hidden).any()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], hidden, [False]]).astype(int)))
    for start, end in edges.reshape(-1, 2):
        run = counts[start:end]
        everything = counts[~hidden].sum() == 0
        assert everything or is_protected(run[run > 0], DisclosureRule())
    if not too_small(counts, DisclosureRule()).any():
        assert not hidden.any()


@given(st.lists(st.integers(0, 12), min_size=2, max_size=7), st.integers(5, 9))
def test_items_turned_round_or_offered_more_answers_hide_the_same_answers(counts, minimum):
    """Else what the one hides, the other shows: the item as it was asked and as it is scored."""
    rule = DisclosureRule(minimum)
    hidden = suppress_neighbours(counts, rule)
    np.testing.assert_array_equal(suppress_neighbours(counts[::-1], rule)[::-1], hidden)
    more = suppress_neighbours([0, *counts, 0, 0], rule)
    np.testing.assert_array_equal(more, [False, *hidden, False, False])


def test_a_rare_answer_takes_the_next_one_and_what_lies_empty_between():
    def hidden(*counts):
        return np.flatnonzero(suppress_neighbours(counts, DisclosureRule())).tolist()

    assert hidden(40, 3, 20, 30, 6) == [1, 2]
    assert hidden(40, 20, 3, 30, 6) == [1, 2, 3]
    assert hidden(40, 20, 30, 3) == [2, 3]
    assert hidden(3, 0, 20, 30) == [0, 1, 2]
    assert hidden(4, 4, 30, 40) == [0, 1, 2]
    assert hidden(2, 30, 40, 3) == [0, 1, 2, 3]
    assert hidden(2, 30, 40, 9, 3) == [0, 1, 3, 4]
    assert hidden(0, 30, 40) == []


@pytest.mark.parametrize("reason", ["public data", "as agreed.", "two\nlines, (2026). And more"])
@pytest.mark.parametrize("minimum", [1, 4])
def test_a_note_tells_the_rule_that_made_it(minimum, reason):
    rule = DisclosureRule(minimum, reason=reason)
    found = rule_behind(SimpleNamespace(note=lowered(rule)), None)
    assert found == DisclosureRule(minimum, reason=reason.rstrip("."))
    assert rule_behind(SimpleNamespace(note=""), DisclosureRule(9, reason=reason)) is None
