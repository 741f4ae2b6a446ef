"""Groups within groups, attacked by linear programming over everything that is told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learnclimate.disclosure.nested import suppress_hierarchy, suppress_teams
from learnclimate.disclosure.rule import DisclosureRule, too_small
from subtraction import bounds_of_hidden, hidden_one_by_one, hierarchy_told

RULE = DisclosureRule()
GROUPS = st.lists(st.tuples(st.integers(1, 12), st.sampled_from("abcd")), min_size=2, max_size=9)


@pytest.mark.parametrize(
    ("counts", "parents", "groups", "departments"),
    [
        ([3, 12, 8, 9], "aabb", [1, 1, 0, 0], [0, 0, 0, 0]),
        # A department that is one small team: the study less the other department is 3.
        ([3, 12, 8], "abb", [1, 1, 0], [1, 1, 1]),
        # Who knows that five were no small team would subtract them.
        ([1, 5, 8], "abb", [1, 1, 1], [1, 1, 1]),
        # The next department protects it, the one before where it is the last.
        ([3, 12, 8, 6, 7], "abbcc", [1, 1, 0, 0, 0], [1, 1, 1, 0, 0]),
        ([12, 8, 9, 7, 3], "aabbc", [0, 0, 1, 0, 1], [0, 0, 1, 1, 1]),
        # Hidden teams of another department protect it, so that no other team is lost.
        ([3, 2, 12, 8, 20], "abbcc", [1, 1, 1, 0, 0], [1, 1, 1, 0, 0]),
        # Two such departments protect each other.
        ([3, 2, 12, 8], "abcc", [1, 1, 0, 0], [1, 1, 0, 0]),
        ([12, 8, 9], "aab", [0, 0, 0], [0, 0, 0]),
        ([3], "a", [1], [1]),
    ],
)
def test_what_protects_groups_in_parents(counts, parents, groups, departments):
    found = suppress_hierarchy(counts, list(parents), RULE)
    assert found[0].tolist() == [bool(one) for one in groups]
    assert found[1].tolist() == [bool(one) for one in departments]
    names = np.arange(len(counts))
    np.testing.assert_array_equal(
        suppress_teams(counts, RULE, teams=names, departments=list(parents)), found[0]
    )


@given(GROUPS, st.randoms())
def test_the_same_teams_are_hidden_in_whatever_order_they_stand(groups, random):
    sizes = np.array([size for size, _ in groups])
    departments = np.array([department for _, department in groups])
    teams = np.array([f"team {number}" for number in range(len(groups))])
    moved = np.array(random.sample(range(len(groups)), len(groups)))
    for parents in (departments, None):
        hidden = suppress_teams(sizes, RULE, teams=teams, departments=parents)
        again = suppress_teams(
            sizes[moved],
            RULE,
            teams=teams[moved],
            departments=None if parents is None else parents[moved],
        )
        np.testing.assert_array_equal(again, hidden[moved])


@given(GROUPS, st.integers(0, 8), st.integers(5, 30))
def test_how_large_a_shown_team_is_does_not_matter(groups, place, size):
    """What is hidden tells nothing of the sizes of those that are shown, nor they of it."""
    sizes = np.array([own for own, _ in groups])
    departments = np.array([department for _, department in groups])
    hidden, _ = suppress_hierarchy(sizes, departments, RULE)
    if place < len(sizes) and not hidden[place]:
        sizes[place] = size
        np.testing.assert_array_equal(suppress_hierarchy(sizes, departments, RULE)[0], hidden)


@settings(max_examples=60, deadline=None)
@given(GROUPS)
def test_no_hidden_group_follows_from_all_that_is_told(groups):
    sizes = np.array([size for size, _ in groups])
    parents = np.array([parent for _, parent in groups])
    hidden, hidden_parents = suppress_hierarchy(sizes, parents, RULE)
    assert not (too_small(sizes, RULE) & ~hidden).any()
    if hidden.all():
        return  # Nothing is told of any group.
    lowest, highest = bounds_of_hidden(
        len(sizes), hierarchy_told(sizes, parents, hidden, hidden_parents)
    )[hidden].T
    assert (highest - lowest >= 1 - 1e-6).all()


@given(GROUPS)
def test_parents_of_too_few_are_hidden_and_never_alone(groups):
    sizes = np.array([size for size, _ in groups])
    parents = np.array([parent for _, parent in groups])
    _, hidden = suppress_hierarchy(sizes, parents, RULE)
    for parent in set(parents):
        inside = parents == parent
        assert hidden[inside].all() or not hidden[inside].any()
        assert hidden[inside].all() or sizes[inside].sum() >= RULE.minimum
    if hidden.any() and not hidden.all():
        assert len(set(parents[hidden])) > 1
        assert sizes[hidden].sum() >= RULE.minimum


def test_the_attack_succeeds_where_departments_are_looked_at_one_by_one():
    """The same attack finds the team of three if the whole is forgotten."""
    sizes, parents = np.array([3, 12, 8]), np.array(["a", "b", "b"])
    hidden = hidden_one_by_one(sizes, parents, RULE)
    told = hierarchy_told(sizes, parents, hidden, hidden)
    np.testing.assert_allclose(bounds_of_hidden(3, told)[0], [3, 3])
