"""`scale_scores`: the rules by hand, and no score of anyone where none may be seen."""

import numpy as np
import pytest
from scipy import stats

from learnclimate.core.errors import ArgumentError, SurveyError
from learnclimate.core.result import Result
from learnclimate.measurement.item_analysis import item_analysis
from learnclimate.measurement.scale_scores import scale_scores
from measurement_answers import likert, survey_of


def answers():
    values = likert(np.random.default_rng(1), 40, np.full(4, 0.7))
    values[0] = [1, 5, np.nan, 3]
    values[1] = [1, np.nan, np.nan, np.nan]
    return values, np.repeat(np.arange(4), 10)


def test_scores_follow_the_rules():
    values, team = answers()
    found = scale_scores(survey_of(values, team, reverse=["q2"]), "s")
    assert found.respondents.iloc[0] == pytest.approx((1 + 1 + 3) / 3)
    assert np.isnan(found.respondents.iloc[1])
    rules = " ".join(found.summary.attrs["notes"])
    assert "turned round (6 less the answer): q2" in rules
    assert "Up to 2 of them may be left open; " in rules
    # One did; neither that nor that they are few is told.
    assert "1 respondents" not in rules
    assert "fewer than 5 respondents" not in rules


def test_how_many_may_be_open_is_obeyed():
    values, team = answers()
    survey = survey_of(values, team)
    assert np.isnan(scale_scores(survey, "s", missing_allowed=0).respondents.iloc[:2]).all()
    assert scale_scores(survey, "s", missing_allowed=3).respondents.notna().all()


def test_means_and_intervals_are_those_of_students_t():
    values, team = answers()
    values = np.clip(values, 2, 4)
    found = scale_scores(survey_of(values, team), "s", missing_allowed=3, interval=0.8)
    own = found.respondents.to_numpy()[10:20]
    row = found.summary[found.summary["team"] == "T1"].iloc[0]
    lower, upper = stats.t.interval(0.8, 9, own.mean(), stats.sem(own))
    assert row["mean"] == pytest.approx(own.mean())
    assert (row["lower"], row["upper"]) == (pytest.approx(lower), pytest.approx(upper))


def test_the_studys_interval_is_as_wide_as_teams_are_alike():
    """Of teams that wholly agree, 40 teams of 10 tell no more than 40 respondents do."""
    rng = np.random.default_rng(4)
    team = np.repeat(np.arange(40), 10)
    alike = np.clip(np.rint(3 + rng.standard_normal(40)), 1, 5)[team][:, None] * np.ones(3)
    alike[::10, 0] = 3.0
    apart = alike[rng.permutation(400)]
    for values, fewest in ((alike, 40), (apart, 400)):
        found = scale_scores(survey_of(values, team), "s", draws=500)
        row = found.summary.iloc[0]
        own = found.respondents.to_numpy()
        error = own.std(ddof=1) / np.sqrt(fewest)
        assert row["upper"] - row["lower"] == pytest.approx(2 * 1.66 * error, rel=0.12)
        drawn = np.quantile(found.draws["mean_score"], [0.05, 0.95])
        assert drawn == pytest.approx(row[["lower", "upper"]].astype(float), abs=0.2 * error)
        assert "alike" in found.summary.attrs["notes"][-1]
        team_row = found.summary.iloc[1]
        lower, _ = stats.t.interval(0.9, 9, own[:10].mean(), stats.sem(own[:10]))
        assert team_row["lower"] == pytest.approx(lower)


def test_it_is_a_result_that_shows_no_respondent():
    values, team = answers()
    found = scale_scores(survey_of(values, team), "s")
    assert isinstance(found, Result)
    # One has no score, which is not told.
    assert found.respondents.notna().sum() == 39
    assert repr(found) == "<ScaleScores of 's' for 40 respondents>"


def test_small_teams_are_hidden():
    values = likert(np.random.default_rng(2), 33, np.full(3, 0.7))
    found = scale_scores(survey_of(values, np.repeat([0, 1, 2, 3], [3, 8, 10, 12])), "s")
    hidden = found.summary[found.summary["suppressed"]]
    assert set(hidden["team"]) == {"T0", "T1"}
    assert hidden["mean"].isna().all()
    assert found.draws["team"].to_numpy().tolist() == ["T2", "T3"]


def test_bad_input_is_refused():
    values, team = answers()
    with pytest.raises(ArgumentError, match="missing_allowed=4"):
        scale_scores(survey_of(values, team), "s", missing_allowed=4)
    sparse = np.full((20, 3), np.nan)
    sparse[np.arange(20), np.arange(20) % 3] = 3
    with pytest.raises(SurveyError, match="fewer than 5 respondents have a score"):
        scale_scores(survey_of(sparse), "s")


def test_means_of_scores_and_of_items_tell_no_rare_answer():
    """The mean score less the other items' means was an item's own, and told how many gave 1."""
    values = np.clip(likert(np.random.default_rng(3), 200, np.full(3, 0.7)), 2, 5)
    values[[3, 50, 77], 0] = 1
    survey = survey_of(values, np.repeat(np.arange(20), 10))
    scores = scale_scores(survey, "s", draws=100)
    items = item_analysis(survey, "s", draws=100).summary
    means = items.loc[items["estimand"] == "item_mean", "mean"].to_numpy()
    told = scores.summary.loc[scores.summary["team"].isna(), "mean"].iloc[0]
    assert told == pytest.approx(means.mean(), abs=1e-12)
    assert told != pytest.approx(scores.respondents.mean(), abs=1e-6)
    teams = scores.summary[scores.summary["team"].notna()]
    assert teams["mean"].mean() == pytest.approx(told, abs=1e-12)
    assert "take the middle" in scores.summary.attrs["notes"][-1]


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.25])
def test_intervals_cover_where_teams_are_alike_and_of_unequal_sizes(share):
    """The study's mean is 3 by symmetry; a team's is what its level lets anyone expect."""
    cuts = np.array([-1.2, -0.4, 0.4, 1.2])
    study, teams = [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        sizes = rng.integers(5, 22, 40)
        team = np.repeat(np.arange(40), sizes)
        level = np.sqrt(share) * rng.standard_normal(40)
        factor = level[team] + np.sqrt(1 - share) * rng.standard_normal(len(team))
        noise = np.sqrt(0.51) * rng.standard_normal((len(team), 4))
        answers = 1.0 + np.searchsorted(cuts, 0.7 * factor[:, None] + noise)
        rows = scale_scores(survey_of(answers, team), "s", draws=200).summary
        study.append(rows["lower"].iloc[0] <= 3 <= rows["upper"].iloc[0])
        spread = np.sqrt(0.49 * (1 - share) + 0.51)
        truth = 1 + stats.norm.sf((cuts - 0.7 * level[:, None]) / spread).sum(axis=1)
        own = rows[rows["team"].notna()]
        place = own["team"].str[1:].astype(int)
        teams.append(((own["lower"] <= truth[place]) & (truth[place] <= own["upper"])).mean())
    assert 0.81 < np.mean(study) < 0.98
    assert 0.88 < np.mean(teams) < 0.93


def test_at_no_interval_do_the_ends_tell_how_many_left_the_scale_open():
    """Half the width over the sd is a function of the number of scores alone."""
    rng = np.random.default_rng(3)
    values = np.clip(np.rint(3 + rng.normal(0, 1, (100, 20))), 1, 5)
    values[0] = np.nan
    survey = survey_of(values, np.repeat(np.arange(10), 10))
    for interval in (0.9, 0.99, 0.999, 1 - 1e-7):
        summary = scale_scores(survey, "s", interval=interval).summary
        row = summary[summary["team"].notna()].iloc[0]
        reach = row["sd"] * np.sqrt(7 / 9) * stats.t(9).ppf((1 + interval) / 2)
        ends = [row["mean"] - reach, row["mean"] + reach]
        assert [row["lower"], row["upper"]] == pytest.approx(ends, abs=0.0051)
    # The control: of nine answers the ends lie elsewhere.
    other = row["sd"] * np.sqrt(6 / 8) * stats.t(8).ppf((1 + interval) / 2)
    assert abs(other - reach) > 0.0102
