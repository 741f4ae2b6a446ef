"""The rule attacked by who knows it: of all studies told alike, none must give a size away."""

import numpy as np
import pytest

from inversion import given_away
from learnclimate.disclosure import nested
from learnclimate.disclosure.nested import suppress_hierarchy
from learnclimate.disclosure.rule import (
    DisclosureRule,
    is_protected,
    suppress,
    suppress_neighbours,
    too_small,
)

FIVE = DisclosureRule()


def told_flat(sizes, mark):
    """Groups of a whole that is known: all sizes that are shown, and the total."""
    hidden = mark(np.array(sizes)).tolist()
    return hidden, (*shown(sizes, hidden), sum(sizes))


def shown(sizes, hidden):
    return tuple(None if hide else size for size, hide in zip(sizes, hidden, strict=True))


def told_nested(sizes, parents):
    """Teams of departments: sizes and totals that are shown, and the total of the study."""
    hidden, closed = suppress_hierarchy(sizes, parents, FIVE)
    totals = np.bincount(parents, weights=np.where(closed, 0, sizes))
    return hidden.tolist(), (*shown(sizes, hidden), *totals, *closed, sum(sizes))


def told_in_order(sizes):
    """Answers told by cumulative shares: the sum of all up to any that is shown."""
    hidden = suppress_neighbours(np.array(sizes), FIVE)
    ends = np.append(~hidden[:-1] | ~hidden[1:], True)
    return hidden.tolist(), (*shown(sizes, hidden), *np.cumsum(sizes)[ends])


def large_enough(found, minimum=5):
    """Of a study that is itself below the minimum nothing is told."""
    return {study for study, _ in found if sum(study) >= minimum}


@pytest.mark.parametrize(("n_groups", "largest"), [(2, 20), (3, 16), (4, 9)])
@pytest.mark.parametrize("minimum", [4, 5])
def test_no_size_of_a_group_is_given_away(n_groups, largest, minimum):
    some = DisclosureRule(minimum, reason="a test")
    found = given_away(
        n_groups,
        lambda sizes: told_flat(sizes, lambda counts: suppress(counts, some)),
        largest=largest,
        minimum=minimum,
    )
    # Four people in four groups can be nothing else, whatever is hidden.
    assert large_enough(found, minimum) <= {(1,) * n_groups}


def test_empty_groups_give_no_other_away():
    found = given_away(
        4, lambda s: told_flat(s, lambda c: suppress(c, FIVE)), largest=7, minimum=5, smallest=0
    )
    assert large_enough(found) == set()


@pytest.mark.parametrize(
    ("parents", "largest"),
    [("abb", 12), ("abbb", 8), ("aabb", 8), ("abcc", 8), ("abbc", 8), ("abcd", 8)],
)
def test_no_size_of_a_team_in_departments_is_given_away(parents, largest):
    places = np.array([ord(parent) - ord("a") for parent in parents])
    found = given_away(
        len(parents), lambda sizes: told_nested(sizes, places), largest=largest, minimum=5
    )
    assert large_enough(found) == set()


def test_no_answer_is_given_away_where_cumulative_shares_are_told():
    found = given_away(4, told_in_order, largest=8, minimum=5, smallest=0)
    assert large_enough(found) == set()


def next_smallest(counts, some, *, order=None):
    """The rule as it was: what protects is the next smallest group."""
    sizes = np.asarray(counts)
    hidden = too_small(sizes, some)
    if not hidden.any():
        return hidden
    for group in np.argsort(sizes, kind="stable"):
        if is_protected(sizes[hidden], some):
            break
        hidden[group] |= sizes[group] > 0
    return hidden


def test_the_attack_succeeds_where_the_next_smallest_group_protects():
    """Of two hidden groups of 9 beside one of 5, the last has four: were it five, it would not
    be the one that is hidden."""
    found = given_away(
        3,
        lambda sizes: told_flat(sizes, lambda counts: next_smallest(counts, FIVE)),
        largest=16,
        minimum=5,
    )
    assert (5, 5, 4) in large_enough(found)


def test_the_attack_succeeds_where_the_smaller_neighbour_protects():
    """Answers told by cumulative shares, as the rule was: 3 took the smaller of 5 and 9."""

    def smaller_neighbour(sizes):
        counts = np.array(sizes)
        hidden = too_small(counts, FIVE)
        if hidden[1] and not hidden[0] and not hidden[2]:
            hidden[0 if counts[0] <= counts[2] else 2] = True
        return hidden

    found = given_away(3, lambda sizes: told_flat(sizes, smaller_neighbour), largest=16, minimum=5)
    assert (5, 4, 5) in large_enough(found)


def test_the_attack_on_departments_succeeds_where_the_least_sum_protects(monkeypatch):
    """Who knows that the team of another department is not small subtracts the minimum."""

    def by_the_sum(study, hidden, is_open, alone):
        return is_protected(study.sizes[hidden & is_open[study.parent]], study.rule)

    monkeypatch.setattr(nested._Study, "is_protected", by_the_sum)
    places = np.array([0, 1, 1])
    found = given_away(3, lambda sizes: told_nested(sizes, places), largest=12, minimum=5)
    assert (1, 5, 8) in large_enough(found)
