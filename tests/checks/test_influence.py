import numpy as np
import pytest

from learnclimate.checks.influence import influence
from learnclimate.checks.left_out import refitted_draws, teams_as_parts
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.counts.model import CountModel
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fitting import fit
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey


@pytest.fixture(scope="module")
def moved(fitted):
    return influence(fitted, progress=False)


def test_a_study_that_rests_on_everybody_is_good(moved, fitted):
    assert moved.verdict in ("good", "doubtful")
    assert len(moved.teams) == fitted.design.n_teams
    shifts = moved.teams["shift"].abs().dropna()
    assert shifts.is_monotonic_decreasing
    assert moved.largest_respondent < 1
    assert "with everybody" in moved.words


def test_the_rate_ratio_without_a_team_is_that_of_a_refit(moved, fitted):
    row = moved.teams.iloc[0]
    team = list(fitted.design.teams).index(row["team"])
    part = teams_as_parts(fitted.design)[team]
    effect = refitted_draws(fitted, fitted.design, part, seed=4)["frequency_effect"][:, 0]
    assert np.log(row["rate_ratio"]) == pytest.approx(effect.mean(), abs=0.15 * effect.std())


def test_a_team_that_carries_the_relation_is_found(carried):
    told = influence(carried, progress=False)
    assert told.verdict == "bad"
    assert told.teams["team"].iloc[0] == carried.design.teams[0]
    assert told.n_refitted > 0
    assert f"fitted anew without {told.n_refitted} team" in told.words


def test_a_refit_that_is_not_reached_leaves_the_weights_and_is_told(carried, monkeypatch):
    rough = influence(carried, refits=0, progress=False)
    assert rough.n_refitted == 0
    assert np.isfinite(rough.teams["shift"]).all()
    asked = []

    def fails(*_, by_nuts, **__):
        asked.append(by_nuts)
        raise FitError("planted")

    monkeypatch.setattr("learnclimate.checks.influence.refitted_draws", fails)
    told = influence(carried, refits=1, progress=False)
    # NUTS, which may take a minute a team, is never waited for.
    assert asked == [False]
    assert told.teams.equals(rough.teams)
    assert told.n_doubtful == rough.n_doubtful > 0
    assert "the shift is rough" in told.words


def test_respondents_are_not_named_and_small_teams_hidden(fitted):
    rule = DisclosureRule(11)
    told = influence(fitted, rule=rule, progress=False)
    small = {
        str(team)
        for team, size in zip(fitted.design.teams, fitted.design.team_sizes, strict=True)
        if size < 11
    }
    hidden = told.teams[told.teams["hidden"]]
    assert small <= set(hidden["team"])
    assert hidden[["rate_ratio", "shift", "khat"]].isna().all(axis=None)
    assert hidden["n_respondents"].isna().all()
    assert not any(f"'{team}'" in told.words for team in small)
    assert list(told.respondents.columns) == ["shift above", "n_respondents"]


def test_without_a_frequency_there_is_nothing_to_move():
    survey = simulate_survey(n_teams=8, team_size=8, seed=1)
    codebook = Codebook(outcome="activities", team="team")
    plain = read_survey(survey.frame[["team", "activities"]], codebook)
    model = CountModel(team_effects=("intercept",))
    told = influence(fit(model, plain, draws=400, seed=1, progress=False), progress=False)
    assert told.verdict == "not applicable"
    assert "no frequency" in told.words


def test_an_unknown_frequency_is_refused(fitted):
    with pytest.raises(ArgumentError, match="frequency="):
        influence(fitted, frequency="meetings")
    with pytest.raises(ArgumentTypeError, match="DisclosureRule"):
        influence(fitted, rule=5)


def test_teams_that_cannot_be_left_out_are_not_called_good(fitted, monkeypatch):
    monkeypatch.setattr(
        "learnclimate.checks.influence.integration_obstacle", lambda *_: "departments differ"
    )
    told = influence(fitted, progress=False)
    assert told.verdict in ("not applicable", "doubtful")
    assert "No team could be left out: departments differ." in told.words
    assert told.teams["rate_ratio"].isna().all()


def test_few_respondents_who_move_the_ratio_are_not_counted(fitted):
    found = influence(fitted, progress=False).respondents["n_respondents"]
    told = found.dropna()
    assert ((told == 0) | (told >= 5)).all()
    strict = influence(fitted, rule=DisclosureRule(10_000), progress=False).respondents
    shown = strict["n_respondents"].dropna()
    assert (shown == 0).all()
    assert len(shown) < 3
