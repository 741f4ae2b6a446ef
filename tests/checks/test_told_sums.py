"""Sums of nothing: what exact means of all and of the shown groups leave for the hidden ones."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.checks import kinds_groups, predictive_tables
from learnclimate.disclosure.rounding import steps_of_groups

SIZES = [3, 9, 8, 12, 11, 7, 14, 10, 9, 13]
TEAMS = [f"team {letter}" for letter in "ABCDEFGHIJ"]
LEVELS = ["never", "yearly", "monthly"]
HIDDEN = ("team A", "team B")


def answers(*, rare_level: bool = False) -> pd.DataFrame:
    """Hidden teams, or those at hidden levels, counted nothing; all others something."""
    rng = np.random.default_rng(5)
    team = np.repeat(TEAMS, SIZES if not rare_level else [9, *SIZES[1:]])
    level = rng.integers(1 if rare_level else 0, 3, len(team))
    if rare_level:
        level[::30] = 0
    nothing = level < 2 if rare_level else np.isin(team, HIDDEN)
    counts = {
        name: np.where(nothing, 0, rng.poisson(rate, len(team)))
        for name, rate in (("course", 1.5), ("share", 2.5))
    }
    talk = np.array(LEVELS, dtype=object)[level]
    return pd.DataFrame({"team": team, "talk": talk, **counts})


def check_of(frame, outcome):
    codebook = lc.Codebook(outcome=outcome, team="team", frequency="talk", frequency_levels=LEVELS)
    survey = lc.read_survey(frame, codebook)
    model = lc.KindsModel() if codebook.asked.kinds else lc.CountModel()
    return lc.prior_predictive(model, survey, draws=50)


def greatest_left(groups, statistics, n, *, rounded):
    """The most that the hidden groups may have counted, for who solves for whole numbers."""
    shown = groups[~groups["hidden"]]
    people = shown["n_respondents"].to_numpy(float)
    steps = steps_of_groups(people) if rounded else np.zeros(len(people))
    least = np.ceil(np.maximum(shown["observed"] - steps / 2, 0) * people - 1e-9).sum()
    mean = statistics.set_index("statistic")["observed"]["mean"]
    return round(mean * n - float(least), 6)


OUTCOMES = {"one": "course", "kinds": lc.Outcome("acts", kinds=["course", "share"])}


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("rare_level", [False, True])
def test_that_hidden_groups_counted_nothing_does_not_follow(outcome, rare_level, monkeypatch):
    frame = answers(rare_level=rare_level)

    def left(*, rounded):
        told = check_of(frame, OUTCOMES[outcome])
        groups = told.level_means if rare_level else told.team_means
        statistics = told.statistics
        if outcome == "kinds":
            groups = groups[groups["kind"] == "course"]
            statistics = statistics[statistics["kind"] == "course"]
        assert groups["hidden"].sum() == 2
        return greatest_left(groups, statistics, len(frame), rounded=rounded)

    assert left(rounded=True) >= 2
    # The same attack finds it where means are exact.
    for module in (predictive_tables, kinds_groups):
        monkeypatch.setattr(module, "leaves_a_sum", lambda *_: False)
    assert left(rounded=False) == 0


def test_means_of_teams_are_told_in_steps_where_others_are_hidden():
    frame = answers()
    told = check_of(frame, "course").team_means
    own = told[~told["hidden"]]
    multiples = own["observed"] / steps_of_groups(own["n_respondents"].to_numpy(float))
    np.testing.assert_allclose(multiples, np.rint(multiples), atol=1e-9)


def test_where_nothing_is_hidden_means_are_exact():
    frame = answers()
    frame = frame[~frame["team"].isin(HIDDEN)]
    told = check_of(frame, "course")
    exact = frame.groupby("team")["course"].mean()
    own = told.team_means.set_index("team")["observed"]
    pd.testing.assert_series_equal(own, exact, check_names=False, check_index_type=False)


def test_who_did_one_kind_alone_does_not_follow():
    """Shares of zeros of two kinds and of their total tell how many did both."""
    rng = np.random.default_rng(8)
    frame = answers()
    course, share = np.zeros(len(frame), dtype=int), np.zeros(len(frame), dtype=int)
    # Twenty-two did the one, twenty the other, three both.
    course[:22], share[19:39] = rng.poisson(2, 22) + 1, rng.poisson(2, 20) + 1
    frame = frame.assign(course=course, share=share).sample(frac=1, random_state=1)

    def hidden(told):
        rows = told.statistics[told.statistics["hidden"]]
        return set(zip(rows["kind"], rows["statistic"], strict=True))

    pair = "course and share"
    few = hidden(check_of(frame, OUTCOMES["kinds"]))
    assert few == {("total", "share of zeros"), ("total", "dispersion"), (pair, "correlation")}
    # Ten did both: all is told.
    share = frame["share"].to_numpy().copy()
    both = np.flatnonzero(frame["course"] > 0)
    share[both[:10]] = 2
    assert hidden(check_of(frame.assign(share=share), OUTCOMES["kinds"])) == set()
    # All but three of those who did the one did the other too.
    share[both[:-3]] = 2
    share[both[-3:]] = 0
    assert hidden(check_of(frame.assign(share=share), OUTCOMES["kinds"])) == few
