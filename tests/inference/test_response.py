"""Response of a fit and of its file, and what neither tells of hidden teams."""

from dataclasses import replace

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.disclosure.response import Invited
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.response import response_of

RULE = DisclosureRule()


@pytest.fixture
def fit(synthetic_fit):
    design = synthetic_fit.design
    sizes = np.rint(design.team_sizes).astype(int)
    asked = tuple((str(team), int(n) + 4) for team, n in zip(design.teams, sizes, strict=True))
    invited = Invited(sum(n for _, n in asked), asked)
    return replace(synthetic_fit, provenance=replace(synthetic_fit.provenance, invited=invited))


def test_a_saved_fit_tells_the_response_it_told_before(fit, tmp_path):
    fit.save(tmp_path / "fit.nc")
    again = lc.load_fit(tmp_path / "fit.nc")
    for rule in (RULE, DisclosureRule(8), DisclosureRule(11)):
        before = response_of(fit.provenance, fit.draws, rule)
        assert response_of(again.provenance, again.draws, rule) == before
    assert before.share < 1


def test_a_saved_fit_holds_no_number_of_a_hidden_team(fit, tmp_path):
    sizes = np.rint(fit.design.team_sizes)
    rule = DisclosureRule(int(np.median(sizes)))
    fit.save(tmp_path / "fit.nc", rule=rule)
    kept = lc.load_fit(tmp_path / "fit.nc").provenance.invited
    large = {str(t) for t, n in zip(fit.design.teams, sizes, strict=True) if n >= rule.minimum}
    assert 0 < len(kept.by_team) <= len(large)
    assert {team for team, _ in kept.by_team} <= large
    assert kept.total == fit.provenance.invited.total


def test_a_fit_counts_teams_without_anybody_in_its_analysis_as_silent(survey):
    sizes = survey.people_by_team()
    asked = {team: n + 2 for team, n in sizes.items()} | {"Nobody": 9}
    invited = Invited(sum(asked.values()), tuple(asked.items()))
    fit = lc.fit(
        lc.CountModel(), replace(survey, invited=invited), draws=100, seed=1, progress=False
    )
    assert (fit.provenance.invited.silent_teams, fit.provenance.invited.silent) == (1, 9)
    assert "Nobody" not in dict(fit.provenance.invited.by_team)
