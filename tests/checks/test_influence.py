import itertools

import numpy as np
import pandas as pd
import pytest

from learnclimate.checks.influence import _Moved, _told_numbers, influence
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
    assert moved.verdict == "good"
    assert len(moved.teams) == fitted.design.n_teams
    shifts = moved.teams["shift"].abs().dropna()
    assert shifts.is_monotonic_decreasing
    assert moved.largest_respondent < 1
    # About one person, and about a hidden team, no more digits than the words have.
    for figure in (moved.largest_respondent, moved.largest_hidden):
        assert np.isnan(figure) or figure == round(figure, 2)
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


def study(seed, *, outlying):
    """Thirty teams of ten; in one of them, where it is outlying, who talks more learns less."""
    rng = np.random.default_rng(seed)
    team, level = np.repeat(np.arange(30), 10), rng.integers(0, 3, 300)
    mean = np.exp(0.7 + 0.4 * rng.standard_normal(30)[team] + level / 2)
    mean = mean * rng.gamma(3, 1 / 3, 300)
    if outlying:
        mean = np.where(team == 3, np.exp(4 - 1.5 * level), mean)
    levels = ("never", "sometimes", "often")
    frame = pd.DataFrame(
        {
            "acts": rng.poisson(mean),
            "team": [f"T{one:02d}" for one in team],
            "talk": [levels[one] for one in level],
        }
    )
    codebook = Codebook(outcome="acts", team="team", frequency="talk", frequency_levels=levels)
    model = CountModel(team_effects=("intercept",))
    return fit(model, read_survey(frame, codebook), draws=1000, seed=1, progress=False)


@pytest.mark.parametrize("seed", [44, 46])
def test_what_chance_moves_is_good_and_an_outlying_team_is_not(seed):
    true = influence(study(seed, outlying=False), progress=False)
    assert true.verdict == "good"
    outlying = influence(study(seed, outlying=True), progress=False)
    assert outlying.verdict in ("doubtful", "bad")
    assert outlying.teams["team"].iloc[0] == "T03"
    assert "chance would hardly move it so far" in outlying.words


def test_a_shift_has_the_spread_that_chance_gives_it():
    """A mean of J teams moves by z / sqrt(J) of its standard deviation where one is left out."""
    rng, n = np.random.default_rng(1), 400
    effect = rng.standard_normal(1000)
    variance = np.full(n, effect.var() * n / (n - 1))
    means = effect.mean() + effect.std() * rng.standard_normal(n) / np.sqrt(n - 1)
    moved = _Moved.of(effect, (means, variance), np.zeros(n), n)
    assert moved.by_chance == pytest.approx(1 / np.sqrt(n - 1), rel=0.01)
    assert (moved.shift / moved.by_chance).std() == pytest.approx(1, abs=0.1)
    assert moved.judged(n) == "good"
    means[0] = effect.mean() + 0.6 * effect.std()
    assert _Moved.of(effect, (means, variance), np.zeros(n), n).judged(n) == "doubtful"
    # Among six teams that is usual.
    assert _Moved.of(effect, (means[:6], variance[:6]), np.zeros(6), 6).judged(6) == "good"


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        ([0, 0, 0], [0, 0, 0]),
        # The three and the rest protect each other; that nobody lies further out tells of neither.
        ([3, 0, 0], [None, 0, 0]),
        ([30, 12, 6], [30, 12, 6]),
        # Seven less six: one respondent lies between the bounds.
        ([7, 6, 0], [None, None, 0]),
        ([98, 40, 20], [None, 40, 20]),
    ],
)
def test_numbers_of_influential_respondents_are_no_few_apart(counted, told):
    found = _told_numbers(counted, 100, DisclosureRule())
    assert found == told
    # What is told differs from all, from nobody and from each other by nobody or enough.
    known = [100, *(number for number in found if number is not None), 0]
    assert all(one - other == 0 or one - other >= 5 for one, other in itertools.pairwise(known))
