from dataclasses import replace

import numpy as np
import pytest

from learnclimate.checks.prior_predictive import prior_predictive
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import Exponential, Normal


def with_priors(**priors):
    return CountModel(priors=Priors(**priors))


def test_the_default_priors_expect_the_answers(survey):
    told = prior_predictive(CountModel(), survey)
    assert told.verdict == "good"
    assert told.far < 0.1
    assert "within what they expect" in told.words
    # Their means run into hundreds: in words, as people write them.
    assert told.statistics["upper"].iloc[0] > 100
    assert "e+" not in told.words
    ratio = told.rate_ratios.iloc[0]
    # The prior of the log rate ratio is standard normal.
    assert ratio["median"] == pytest.approx(1.0, abs=0.15)
    assert ratio["upper"] == pytest.approx(np.exp(1.645), rel=0.15)


def test_a_prior_that_contradicts_the_answers_is_bad(survey):
    told = prior_predictive(with_priors(intercept=Normal(5, 0.1)), survey)
    assert told.verdict == "bad"
    assert "mean" in told.words
    assert "priors_for" in told.words


def test_a_prior_that_allows_anything_is_doubtful(survey):
    told = prior_predictive(with_priors(intercept=Normal(1, 10)), survey)
    assert told.verdict == "doubtful"
    assert told.far > 0.3
    assert "a thousand times" in told.words


def test_a_prior_of_equal_teams_contradicts_teams_that_differ(survey):
    priors = {"team_sd": Exponential(1000), "intercept": Normal(0.7, 0.3)}
    told = prior_predictive(CountModel(family=Poisson(), priors=Priors(**priors)), survey)
    assert told.verdict == "bad"


def test_levels_and_teams_stand_beside_what_the_priors_expect(survey):
    told = prior_predictive(CountModel(), survey, draws=400)
    counts = survey.frame.groupby("talk", observed=True)["activities"].mean()
    levels = told.level_means.set_index("level")
    assert levels["observed"].to_dict() == pytest.approx(counts.to_dict())
    assert set(levels["verdict"]) == {"good"}
    teams = told.team_means.set_index("team")
    counts = survey.frame.groupby("team", observed=True)["activities"].mean()
    assert teams["observed"].to_dict() == pytest.approx(counts.to_dict())
    # Planted: a prior that is sure that those who talk report hardly anything.
    sure = with_priors(
        frequency=Normal(-4, 0.1), intercept=Normal(0.7, 0.3), team_sd=Exponential(5)
    )
    falling = prior_predictive(sure, survey, draws=400)
    verdicts = falling.level_means.set_index("level")["verdict"]
    assert verdicts["weekly"] == "bad"
    assert verdicts["never"] == "good"


def test_small_levels_and_teams_are_not_told(survey):
    team = survey.frame["team"]
    first, small = sorted(team.unique())[:2]
    rank = survey.frame.groupby("team", observed=True).cumcount()
    frame = survey.frame[~((team == small) & (rank >= 3))]
    weekly = frame.index[frame["talk"] == "weekly"][2:]
    frame = frame.assign(talk=frame["talk"].mask(frame.index.isin(weekly), "monthly"))
    told = prior_predictive(CountModel(), replace(survey, frame=frame), draws=50)
    teams, levels = told.team_means.set_index("team"), told.level_means.set_index("level")
    assert np.isnan(teams.loc[small, ["observed", "lower"]].astype(float)).all()
    assert np.isnan(levels.loc["weekly", ["observed", "lower"]].astype(float)).all()
    # The total is known, so a second group protects the first.
    assert levels["hidden"].sum() >= 2
    assert not teams.loc[first, "hidden"] or teams["hidden"].sum() == 2


def test_draws_are_taken_in_turn_where_teams_are_many(survey, monkeypatch):
    whole = prior_predictive(CountModel(), survey, draws=1600, seed=2)
    monkeypatch.setattr("learnclimate.checks.team_counts._MOST_SUMS", 500 * len(whole.team_means))
    monkeypatch.setattr("learnclimate.checks.prior_predictive._NUMBERS_A_TEAM", 5)
    in_turn = prior_predictive(CountModel(), survey, draws=1600, seed=2)
    tables = (whole.statistics, in_turn.statistics)
    one, other = (table.set_index("statistic").loc["mean", "median"] for table in tables)
    assert one != other
    assert one == pytest.approx(other, rel=0.3)
    assert in_turn.verdict == whole.verdict
    one, other = whole.team_means["median"], in_turn.team_means["median"]
    assert np.log(one / other).abs().mean() < 0.2


def test_the_same_seed_gives_the_same(survey):
    one, other = (prior_predictive(CountModel(), survey, draws=50, seed=3) for _ in range(2))
    assert one.statistics.equals(other.statistics)
    assert str(one) == str(other)


def test_arguments_are_checked(survey):
    with pytest.raises(ArgumentTypeError, match="declared model"):
        prior_predictive(survey, CountModel())
    with pytest.raises(ArgumentError, match="at least 2"):
        prior_predictive(CountModel(), survey, draws=1)
    with pytest.raises(ArgumentError, match="at most"):
        prior_predictive(CountModel(), survey, draws=10**8)
    with pytest.raises(ArgumentTypeError, match="DisclosureRule"):
        prior_predictive(CountModel(), survey, rule=5)
    with pytest.raises(ArgumentError, match="seed"):
        prior_predictive(CountModel(), survey, seed=-1)
