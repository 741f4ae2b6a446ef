"""A raised minimum hides what lower ones hide: two tables of one study give no group away."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inversion import given_away
from learnclimate.checks.predictive import posterior_predictive
from learnclimate.checks.told_sums import how_many_highest
from learnclimate.disclosure import nested
from learnclimate.disclosure.behind_pseudonyms import hidden_at, hidden_from
from learnclimate.disclosure.nested import suppress_hierarchy, suppress_teams
from learnclimate.disclosure.rule import DisclosureRule, suppress, suppress_neighbours, too_small
from learnclimate.measurement.careless_rows import _lengths_at, told_lengths

RAISED = [DisclosureRule(minimum) for minimum in range(5, 16)]
GROUPS = st.lists(st.tuples(st.integers(0, 18), st.sampled_from("abcd")), min_size=1, max_size=9)


def each_way(groups, order):
    """What hides groups, and wholes that groups lie in, at a minimum."""
    sizes = np.array([size for size, _ in groups])
    parents = [parent for _, parent in groups]
    ways: list[Callable[[DisclosureRule], np.ndarray]] = [
        lambda rule: suppress(sizes, rule, order=order),
        lambda rule: suppress_neighbours(sizes, rule),
        lambda rule: suppress_hierarchy(sizes, parents, rule, order=order)[0],
        lambda rule: suppress_hierarchy(sizes, parents, rule, order=order)[1],
    ]
    return ways


@settings(max_examples=50, deadline=None)
@given(GROUPS, st.randoms())
def test_what_is_hidden_stays_hidden_as_the_minimum_rises(groups, random):
    order = random.sample(range(len(groups)), len(groups))
    for way in each_way(groups, order):
        hidden = np.array([way(rule) for rule in RAISED])
        assert (hidden[:-1] <= hidden[1:]).all()


@settings(max_examples=50, deadline=None)
@given(GROUPS, st.randoms())
def test_what_is_kept_of_teams_tells_what_is_hidden_at_every_minimum(groups, random):
    sizes = np.array([size for size, _ in groups])
    teams = random.sample(range(len(groups)), len(groups))
    for departments in (None, [parent for _, parent in groups]):
        kept = hidden_from(sizes, teams=teams, departments=departments)
        for rule in [*RAISED[::3], DisclosureRule(100)]:
            hidden = suppress_teams(sizes, rule, teams=teams, departments=departments)
            np.testing.assert_array_equal(hidden_at(kept, rule)[sizes > 0], hidden[sizes > 0])


def test_the_study_that_gave_a_team_away_when_its_minimum_was_raised():
    """At 12 alone A and C would be hidden, and B be shown, which at 5 protects A."""
    sizes, teams = np.array([3, 20, 9, 30, 25]), list("ABCDE")
    hidden = [suppress_teams(sizes, DisclosureRule(minimum), teams=teams) for minimum in (5, 12)]
    assert hidden[0].tolist() == [True, True, False, False, False]
    assert hidden[1].tolist() == [True, True, True, False, False]
    hidden = [suppress_neighbours([9, 3, 20, 30], DisclosureRule(minimum)) for minimum in (5, 12)]
    assert hidden[0].tolist() == [False, True, True, False]
    assert hidden[1].tolist() == [True, True, True, False]


def told_at(minimums, parents):
    """Tables at several minimums side by side: sizes and totals that each shows."""

    def tell(sizes):
        counts, told, first = np.array(sizes), [sum(sizes)], None
        for minimum in minimums:
            hidden, closed = suppress_hierarchy(counts, parents, DisclosureRule(minimum))
            told += np.where(hidden, -1, counts).tolist()
            told += np.bincount(parents, weights=np.where(closed, 0, counts)).tolist()
            told += closed.tolist()
            first = hidden if first is None else first
        return first.tolist(), tuple(told)

    return tell


@pytest.mark.parametrize(
    ("parents", "largest", "minimums"),
    [
        ("aaa", 11, (5, 8)),
        ("abb", 11, (7,)),
        ("abb", 12, (5, 8)),
        ("abbb", 8, (5, 8)),
        ("abcc", 7, (5, 8)),
    ],
)
def test_tables_at_two_minimums_give_no_size_away(parents, largest, minimums):
    assert told_between(parents, largest, minimums) == set()


def told_between(parents, largest, minimums):
    """Studies of which tables at these minimums tell who knows the rule a small size."""
    places = np.array([ord(parent) - ord("a") for parent in parents])
    found = given_away(
        len(parents), told_at(minimums, places), largest=largest, minimum=minimums[0]
    )
    return {study for study, _ in found if sum(study) >= minimums[-1]}


def test_the_attack_succeeds_where_each_minimum_stands_alone(monkeypatch):
    """The rule as it was first, which took no notice of lower minimums."""
    sizes, teams = np.array([3, 20, 9, 30, 25]), list("ABCDE")
    monkeypatch.setattr("learnclimate.disclosure.rule.raised_to", lambda rule, _: [rule])
    hidden = [suppress_teams(sizes, DisclosureRule(minimum), teams=teams) for minimum in (5, 12)]
    known = ~hidden[0] | ~hidden[1]
    assert too_small(sizes, RAISED[0])[~known].tolist() == [True]


def test_the_attack_succeeds_where_what_each_minimum_hides_is_put_together(monkeypatch):
    """The rule as it was next: which departments protect was judged at each minimum by itself."""
    steps = nested.hierarchy_by_minimum

    def put_together(counts, parents, rule, *, order=None):
        own = []
        for minimum in range(5, rule.minimum + 1):
            *_, last = steps(counts, parents, DisclosureRule(minimum), order=order)
            own.append(last[1:])
        groups, wholes = np.logical_or.reduce(own)
        yield rule.minimum, groups, wholes

    monkeypatch.setattr(nested, "raised_to", lambda rule, _: [rule])
    monkeypatch.setattr(nested, "DEFAULT_MINIMUM", 1000)
    monkeypatch.setattr(nested, "hierarchy_by_minimum", put_together)
    assert (4, 7, 8) in told_between("abb", 12, (5, 8))


def test_two_minimums_do_not_tell_one_person_s_count(synthetic_fit):
    """Sums of the five highest and of the six highest counts are one person apart."""
    counts = np.sort(synthetic_fit.design.outcome)[::-1]
    minimums, n = range(5, 31), len(counts)
    # The control: were as many averaged as the minimum, each sum less the one before is a count.
    naive = np.diff([m * counts[:m].mean() for m in minimums])
    np.testing.assert_allclose(naive, counts[5:30])
    numbers = [how_many_highest(n, DisclosureRule(m)) for m in minimums]
    assert all(more - fewer >= 5 for fewer, more in pairwise(sorted({*numbers})))
    for minimum, number in list(zip(minimums, numbers, strict=True))[:8:3]:
        rule = DisclosureRule(minimum)
        told = posterior_predictive(synthetic_fit, draws=20, rule=rule).statistics
        told = told.set_index("statistic")["observed"]["highest counts"]
        assert told == pytest.approx(counts[:number].mean())


@pytest.mark.parametrize("n", range(5, 60))
def test_neither_the_highest_counts_nor_the_others_are_of_few(n):
    told = {how_many_highest(n, DisclosureRule(minimum)) for minimum in range(5, n + 1)}
    assert all(more - fewer >= 5 for fewer, more in pairwise(sorted({0, *told, n})))


@pytest.mark.parametrize("seed", range(30))
def test_lengths_of_strings_at_two_minimums_do_not_tell_of_few(seed):
    runs = np.random.default_rng(seed).geometric(0.3, 60) + 1
    told = [told_lengths(runs, 6, DisclosureRule(minimum)) for minimum in range(5, 15)]
    counts = sorted({int((runs >= length).sum()) for one in told for length in one})
    assert all(more - fewer >= 5 for fewer, more in pairwise(counts))


def test_chosen_anew_at_each_minimum_lengths_would_tell_of_few():
    runs = np.repeat([2, 3, 4, 5, 6], [30, 10, 8, 3, 6])
    least = [int((runs >= length).sum()) for length in range(8)]
    alone = [_lengths_at(least, 6, {*range(8)}, minimum) for minimum in (5, 7)]
    assert (6 in alone[0], 5 in alone[0], 5 in alone[1]) == (True, False, True)
    assert least[5] - least[6] == 3
    assert 5 not in told_lengths(runs, 6, DisclosureRule(7))


def test_lowered_minimums_side_by_side_tell_no_smaller_group_than_the_lowest_says():
    rules = [DisclosureRule(m, reason="all agreed") for m in (2, 3, 4)] + [DisclosureRule()]
    numbers = sorted({how_many_highest(100, rule) for rule in rules})
    assert all(more - fewer >= 2 for fewer, more in pairwise(numbers))
