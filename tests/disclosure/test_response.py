"""Response: what is told of shown teams never tells how many of a hidden team answered."""

from collections import defaultdict
from itertools import product

from learnclimate.disclosure.response import Invited, kept_invited, response_told
from learnclimate.disclosure.rule import DisclosureRule, is_protected

RULE = DisclosureRule()
ASKED = (("Care", 30), ("Sales", 20), ("Desk", 10))


def told(asked=ASKED, *, shown, n_respondents, total=None, rule=RULE, silent=(0, 0)):
    total = total or sum(n for _, n in asked) + silent[1]
    invited = Invited(total, tuple(asked), *silent)
    return response_told(invited, shown, n_respondents, rule, some_hidden=len(shown) < len(asked))


def test_without_hidden_teams_all_is_told():
    found = told(shown={"Care": 30, "Sales": 19, "Desk": 10}, n_respondents=59)
    assert found.share == 59 / 60
    assert found.teams == (("Care", 30, 30), ("Sales", 20, 19), ("Desk", 10, 10))


def test_teams_are_not_told_where_hardly_anybody_is_missing_of_the_hidden_ones():
    # 26 of the 30 people of the hidden teams answered.
    assert told(shown={"Care": 20}, n_respondents=46).teams == ()
    assert told(shown={"Care": 20}, n_respondents=46).invited == 60
    # 25 of 30.
    assert told(shown={"Care": 20}, n_respondents=45).teams == (("Care", 30, 20),)


def test_silent_teams_do_not_stand_for_those_missing_of_hidden_ones():
    found = told(shown={"Care": 20}, n_respondents=50, silent=(1, 40))
    assert (found.invited, found.teams, found.silent_teams) == (100, (), 1)


def test_the_total_is_not_told_where_hardly_anybody_is_missing_at_all():
    found = told(shown={"Care": 30}, n_respondents=57)
    assert (found.invited, found.share, found.missing_below, found.teams) == (None, None, 5, ())


def test_a_file_keeps_what_may_be_told_and_tells_no_more_under_a_smaller_minimum():
    invited = Invited(60, ASKED)
    shown, rule = {"Care": 21}, DisclosureRule(8)
    first = response_told(invited, shown, 54, rule, some_hidden=True)
    kept = kept_invited(invited, first)
    assert kept == Invited(None, withheld_below=8)
    again = response_told(kept, shown, 54, RULE, some_hidden=True)
    assert (again.invited, again.missing_below) == (None, 8)
    open_ = response_told(invited, shown, 41, rule, some_hidden=True)
    kept = kept_invited(invited, open_)
    assert kept.by_team == (("Care", 30),)
    assert response_told(kept, shown, 41, rule, some_hidden=True) == open_


def test_who_knows_all_teams_works_out_no_hidden_one():
    """
    Rosters are known, of Aachen 4 and Bonn 10, and what is told is subtracted from them.

    Whatever is told by team, both hidden teams may have had several sizes.
    """
    possible = defaultdict(set)
    for aachen, bonn in product(range(1, 5), range(1, 11)):
        if not is_protected([aachen, bonn], RULE):
            continue
        asked = (("Care", 30), ("Aachen", 4), ("Bonn", 10))
        found = told(asked, shown={"Care": 25}, n_respondents=25 + aachen + bonn)
        if found.teams:
            possible[found].add((aachen, bonn))
    assert len(possible) == 4
    for answers in possible.values():
        assert len({aachen for aachen, _ in answers}) > 2
        assert len({bonn for _, bonn in answers}) > 2
