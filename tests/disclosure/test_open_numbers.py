"""What follows from which numbers of people who left something open are told, and which are not."""

import itertools
from collections import defaultdict

import numpy as np
import pytest

from learnclimate.disclosure.open_numbers import tells_of_hidden_groups
from learnclimate.disclosure.rule import DisclosureRule, is_protected

RULE = DisclosureRule()


def _refused(parts):
    """Whether the sum is not told, of groups in each of which few left something open."""
    asked = np.full(len(parts) + 3, 12)
    left_open = np.concatenate([parts, np.zeros(3, dtype=np.int64)])[:, None]
    hidden = np.zeros(len(asked), dtype=bool)
    few = 0 < sum(parts) < RULE.minimum
    return few or bool(tells_of_hidden_groups(left_open, asked, hidden, RULE)[0])


def _told_apart(n_groups, refused):
    """Groups whose number follows for who sees in which groups few left something open."""
    worlds = defaultdict(list)
    for parts in itertools.product(range(1, RULE.minimum), repeat=n_groups):
        # A sum is told, or it is not.
        worlds[None if refused(parts) else sum(parts)].append(parts)
    return [
        told
        for told, alike in worlds.items()
        if any(len(set(own)) == 1 for own in zip(*alike, strict=True))
    ]


@pytest.mark.parametrize("n_groups", [1, 2, 3, 4, 5, 6])
def test_neither_a_sum_nor_its_absence_tells_the_number_of_a_group(n_groups):
    """Groups in which few left something open are seen, since their figures are rounded."""
    assert _told_apart(n_groups, _refused) == []


def test_the_attack_succeeds_where_sums_are_refused_just_where_they_tell():
    """Then of five such groups, of which not a few people are told, each has one."""

    def refused(parts):
        return not is_protected(parts, RULE) and sum(parts) < 4 * len(parts)

    assert None in _told_apart(5, refused)


def test_of_teams_of_seven_a_sum_as_large_as_can_be_is_not_told():
    """Had three of seven left it open, four would have answered, and the team would be hidden."""
    asked, hidden = np.array([7, 7, 7, 12]), np.zeros(4, dtype=bool)

    def refused(*parts):
        left_open = np.array([*parts, 0])[:, None]
        return bool(tells_of_hidden_groups(left_open, asked, hidden, RULE)[0])

    # Two in each, and as they could be told apart from it: one less.
    assert refused(2, 2, 2)
    assert refused(2, 2, 1)
    many = np.array([9, 10, 12, 12])
    assert not tells_of_hidden_groups(np.array([[3], [3], [3], [0]]), many, hidden, RULE)[0]
