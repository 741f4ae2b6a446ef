"""A team of which few answered some question is hidden in every output, not in that one alone."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.checks.kinds_groups import by_teams
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.counts.kinds_design import kinds_design
from learnclimate.disclosure.behind_pseudonyms import hidden_by
from learnclimate.measurement.factor_design import factor_design
from learnclimate.survey.hidden_groups import hidden_labels

RULE = lc.DisclosureRule()
TEAMS = [f"team {letter}" for letter in "ABCDEFGH"]
ITEMS = ["q1", "q2", "q3"]


def frame_of(n_open: int, columns: list[str], *, size: int = 8) -> pd.DataFrame:
    """Team C has so many people, of whom ``n_open`` left the columns open; nobody else did."""
    rng = np.random.default_rng(2)
    team = np.repeat(TEAMS, [11, 12, size, 9, 13, 10, 12, 11])
    frame = pd.DataFrame({"team": team})
    frame["talk"] = np.where(np.arange(len(team)) % 2, "never", "weekly")
    for name in ("course", "share"):
        frame[name] = rng.poisson(2, len(team)).astype(float)
    for item in ITEMS:
        frame[item] = (np.arange(len(team)) * 7 + rng.integers(0, 2, len(team))) % 5 + 1.0
    frame.loc[np.flatnonzero(team == "team C")[:n_open], columns] = np.nan
    return frame


def shown_by_output(frame, *, kinds: bool) -> dict[str, set[str]]:
    """The teams that each output shows."""
    outcome = lc.Outcome("acts", kinds=["course", "share"]) if kinds else "course"
    scale = lc.Scale("climate", ITEMS, minimum=1, maximum=5)
    codebook = lc.Codebook(
        outcome=outcome,
        team="team",
        frequency="talk",
        frequency_levels=["never", "weekly"],
        scales=[scale],
    )
    survey = lc.read_survey(frame, codebook)
    found = {
        "describe": set(TEAMS)
        - hidden_labels(survey.frame, survey.codebook, "team", RULE, survey.name_order)
    }
    factor = factor_design(lc.FactorModel("climate"), survey)
    hides = hidden_by(
        factor.hidden_from, factor.team_sizes, RULE, teams=factor.teams,
        departments=factor.department,
    )  # fmt: skip
    found["factors"] = {team for team, hide in zip(factor.teams, hides, strict=True) if not hide}
    for question in (lc.agreement, lc.scale_scores):
        rows = question(survey, "climate").summary
        named = rows["team"].notna() & ~rows["suppressed"].astype(bool)
        found[question.__name__] = set(rows.loc[named, "team"])
    if kinds:
        design = kinds_design(lc.KindsModel(), survey)
        shown = by_teams(design, RULE).shown.any(axis=1)
        found["kinds"] = {str(team) for team in design.people.teams[shown]}
    else:
        design = lc.CountModel().design(survey)
        found["counts"] = {str(team) for team in design.teams[~hidden_teams_of(design, RULE)]}
    return found


@pytest.mark.parametrize(
    ("columns", "kinds"), [(ITEMS, False), (["q2"], False), (["share"], True), (["q3"], True)]
)
def test_every_output_hides_the_team_that_one_would(columns, kinds):
    """Hidden for a scale alone, of eight people exactly four would have left it open."""
    shown = shown_by_output(frame_of(4, columns), kinds=kinds)
    # The team, and the one that protects it.
    assert set(map(frozenset, shown.values())) == {frozenset(set(TEAMS) - {"team C", "team D"})}


@pytest.mark.parametrize("kinds", [False, True])
def test_where_five_answered_nothing_more_is_hidden(kinds):
    shown = shown_by_output(frame_of(3, ["q2"]), kinds=kinds)
    assert set(map(frozenset, shown.values())) == {frozenset(TEAMS)}


def test_a_question_that_a_team_was_not_asked_hides_it_nowhere_else():
    """A version of the questionnaire lacks the item: nobody answered it, and nobody could."""
    shown = shown_by_output(frame_of(8, ["q2"]), kinds=False)
    assert shown["describe"] == shown["counts"] == set(TEAMS)


def test_under_a_pseudonym_as_under_the_name(tmp_path):
    frame = frame_of(4, ITEMS)
    scale = lc.Scale("climate", ITEMS, minimum=1, maximum=5)
    survey = lc.read_survey(frame, lc.Codebook(outcome="course", team="team", scales=[scale]))
    coded = lc.pseudonymise(survey, tmp_path / "names.csv")
    design = lc.CountModel(team_effects=("intercept",)).design(coded)
    hidden = design.teams[hidden_teams_of(design, RULE)]
    names = pd.read_csv(tmp_path / "names.csv").astype(str)
    known = dict(zip(names.iloc[:, -1], names.iloc[:, -2], strict=True))
    known |= dict(zip(names.iloc[:, -2], names.iloc[:, -1], strict=True))
    assert {known[code] for code in hidden} == {"team C", "team D"}


def test_of_scales_alone_the_same_teams_are_hidden():
    frame = frame_of(4, ITEMS).drop(columns=["course", "share", "talk"])
    scale = lc.Scale("climate", ITEMS, minimum=1, maximum=5)
    survey = lc.read_survey(frame, lc.Codebook(team="team", scales=[scale]))
    hidden = hidden_labels(survey.frame, survey.codebook, "team", RULE, survey.name_order)
    assert hidden == {"team C", "team D"}
