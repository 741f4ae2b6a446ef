from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alike import assert_alike
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, SurveyError
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.counts.frequency import Linear, Monotonic, Unordered
from learnclimate.counts.model import CountModel
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.level_counts import expected_counts, predicted_counts
from learnclimate.inference.store import load_fit
from synthetic import make_synthetic_fit

ASKED = (expected_counts, predicted_counts)
POPULATIONS = ("average_team", "new_team", "study", "frame")


def who(population, survey):
    return survey.frame if population == "frame" else population


def test_average_team_is_the_exponential_of_the_log_rate(exact_fit):
    summary = expected_counts(exact_fit, population="average_team").summary
    tenure, temporary = exact_fit.design.covariate_means
    curve = 1.335 * np.array([0.0, 0.3, 0.6, 0.85, 1.0])
    truth = np.exp(0.55 - 0.02 * tenure + 0.15 * temporary + curve)
    np.testing.assert_allclose(summary["mean"], truth)
    np.testing.assert_allclose(summary["median"], truth)


def test_new_team_multiplies_by_the_lognormal_mean(exact_fit):
    average = expected_counts(exact_fit, population="average_team").summary["mean"]
    new = expected_counts(exact_fit, population="new_team").summary["mean"]
    z = np.array([0.0, 0.3, 0.6, 0.85, 1.0])
    spread = 0.35**2 + (z * 0.3) ** 2 - 2 * 0.2 * 0.35 * 0.3 * z
    np.testing.assert_allclose(new / average, np.exp(spread / 2))


def test_other_frequencies_are_at_their_lowest_level(two_fit):
    posterior = two_fit.draws["posterior"]
    means = two_fit.draws["constant_data"]["covariate_means"]
    base = posterior["intercept"] + (posterior["covariate_effects"] * means).sum("covariate")
    result = expected_counts(two_fit, population="average_team", frequency="meetings")
    lowest = result.draws["expected_count"].sel(frequency_level="meetings[never]")
    np.testing.assert_allclose(lowest, np.exp(base))


def test_study_is_what_the_fit_kept(two_fit):
    result = expected_counts(two_fit, population="study", frequency="meetings")
    kept = two_fit.draws["standardised"]["expected_count"].to_numpy()[:, :, 5:]
    np.testing.assert_allclose(result.draws["expected_count"], kept)
    np.testing.assert_allclose(result.summary["mean"], kept.mean(axis=(0, 1)))


@pytest.mark.parametrize("frequency", ["talk", "meetings"])
def test_own_frame_answers_as_the_study(two_fit, two_survey, frequency):
    study = expected_counts(two_fit, population="study", frequency=frequency)
    frame = expected_counts(two_fit, population=two_survey.frame, frequency=frequency)
    np.testing.assert_allclose(frame.draws["expected_count"], study.draws["expected_count"])


def test_predicted_study_is_what_the_fit_kept(synthetic_fit):
    result = predicted_counts(synthetic_fit, population="study")
    kept = synthetic_fit.draws["standardised"]["predicted_count"].to_numpy()
    np.testing.assert_array_equal(result.draws["predicted_count"], kept)
    assert np.issubdtype(result.draws["predicted_count"].dtype, np.integer)


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("population", POPULATIONS)
def test_one_row_a_level_in_the_fixed_columns(synthetic_fit, survey, ask, population):
    result = ask(synthetic_fit, population=who(population, survey))
    summary = result.summary
    assert tuple(summary.columns) == RESULT_COLUMNS
    assert summary["contrast"].tolist() == list(survey.codebook.levels_of("talk"))
    assert summary["probability"].isna().all()
    assert summary["team"].isna().all()
    assert summary.attrs["statement"] is None
    name = {expected_counts: "expected_count", predicted_counts: "predicted_count"}[ask]
    assert (summary["estimand"] == name).all()
    assert (summary["scale"] == name.replace("_", " ")).all()
    values = result.draws[name]
    assert values.dims == ("chain", "draw", "frequency_level")
    assert values["frequency_level"].to_numpy()[0] == "talk[never]"
    np.testing.assert_allclose(summary["mean"], values.mean(("chain", "draw")))


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("population", POPULATIONS)
def test_a_study_without_frequency_has_one_row(plain_fit, plain_survey, ask, population):
    result = ask(plain_fit, population=who(population, plain_survey))
    assert len(result.summary) == 1
    row = result.summary.iloc[0]
    assert pd.isna(row["contrast"])
    assert row["n_respondents"] == len(plain_survey.frame)
    (variable,) = result.draws.data_vars.values()
    assert variable.dims == ("chain", "draw")


def test_a_study_without_frequency_agrees_with_its_closed_form(plain_fit):
    posterior = plain_fit.draws["posterior"]
    means = plain_fit.draws["constant_data"]["covariate_means"]
    base = posterior["intercept"] + (posterior["covariate_effects"] * means).sum("covariate")
    variance = posterior["team_sd"].sel(team_effect="intercept") ** 2
    result = expected_counts(plain_fit, population="new_team")
    np.testing.assert_allclose(result.draws["expected_count"], np.exp(base + variance / 2))


@pytest.mark.parametrize("population", POPULATIONS)
def test_predicted_figures_are_counts_that_hold_enough(synthetic_fit, survey, population):
    result = predicted_counts(synthetic_fit, population=who(population, survey), interval=0.8)
    summary, counts = result.summary, result.draws["predicted_count"].to_numpy()
    for name in ("median", "lower", "upper"):
        assert (summary[name] == summary[name].round()).all()
    lower, upper = summary["lower"].to_numpy(), summary["upper"].to_numpy()
    assert ((counts >= lower) & (counts <= upper)).mean(axis=(0, 1)).min() >= 0.8
    assert (counts < lower).mean(axis=(0, 1)).max() <= 0.1
    assert (counts > upper).mean(axis=(0, 1)).max() <= 0.1


@pytest.mark.parametrize("population", ["average_team", "new_team", "frame"])
def test_seeds_decide_predictions(synthetic_fit, survey, population):
    one, again, other = (
        predicted_counts(synthetic_fit, population=who(population, survey), seed=seed)
        for seed in (1, 1, 2)
    )
    assert one.draws.equals(again.draws)
    assert not one.draws.equals(other.draws)


def test_respondents_of_a_level_and_of_few(synthetic_fit, survey, change):
    shown = expected_counts(synthetic_fit, population="study").summary
    counts = survey.frame["talk"].value_counts()
    assert shown["n_respondents"].tolist() == [counts[level] for level in shown["contrast"]]
    fit = change(synthetic_fit, "constant_data", level_size=[32, 50, 69, 84, 4])
    few = expected_counts(fit, population="study").summary
    assert few["suppressed"].tolist() == [False, False, False, True, True]
    assert few["n_respondents"].isna().tolist() == [False, False, False, True, True]
    assert few["mean"].isna().tolist() == [False, False, False, True, True]
    assert "few" in few.attrs["notes"][0]


@pytest.mark.parametrize("coding", [Monotonic(), Unordered(), Linear()])
@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("population", POPULATIONS)
def test_a_level_of_few_is_not_shown_whatever_is_asked(survey, ask, population, coding):
    """The attack: a level that one respondent gave, and its neighbour to subtract from."""
    talk = survey.frame["talk"]
    never = survey.frame.index[talk == "never"][1:]
    few = replace(
        survey, frame=survey.frame.assign(talk=talk.mask(talk.index.isin(never), "yearly"))
    )
    fit = make_synthetic_fit(few, CountModel(frequency=coding), n_draws=5)
    result = ask(fit, population=who(population, few))
    summary = result.summary.set_index("contrast")
    hidden = summary.index[summary["suppressed"]]
    assert "never" in hidden
    assert len(hidden) == 2
    figures = ["mean", "sd", "median", "lower", "upper", "n_respondents"]
    assert summary.loc[hidden, figures].isna().all(axis=None)
    assert summary.drop(hidden)[figures].notna().all(axis=None)
    (values,) = result.draws.data_vars.values()
    assert len(values["frequency_level"]) == 3
    assert "talk[never]" not in values["frequency_level"]


def test_a_hypothetical_population_may_be_small(synthetic_fit):
    people = pd.DataFrame({"tenure": [3.0], "contract": ["permanent"]})
    summary = expected_counts(synthetic_fit, population=people).summary
    assert (summary["n_respondents"] == 1).all()
    assert not summary["suppressed"].any()
    assert (summary["population"] == "data frame").all()


def test_effects_of_hidden_teams_cannot_be_asked_for(small_fit, change):
    """The attack: ask about people of the hidden team only."""
    people = pd.DataFrame({"tenure": [3.0], "contract": ["permanent"], "team": ["T03"]})
    effects = small_fit.draws["posterior"]["team_effects"].to_numpy().copy()
    effects[:, :, 2] += 5.0
    other = change(small_fit, team_effects=effects)
    for ask in ASKED:
        answers = [ask(fit, population=people) for fit in (small_fit, other)]
        pd.testing.assert_frame_equal(answers[0].summary, answers[1].summary)
        assert "too small" in answers[0].summary.attrs["notes"][0]


def test_a_loaded_fit_answers_alike(small_fit, loaded_fit, small_survey):
    assert loaded_fit.design is None
    for ask in ASKED:
        for population in POPULATIONS:
            live, loaded = (
                ask(fit, population=who(population, small_survey))
                for fit in (small_fit, loaded_fit)
            )
            # Drawn anew for the study; typical people stand at rounded means of covariates.
            assert_alike(live.summary, loaded.summary, 400, rounded=0.01)


@pytest.mark.parametrize("ask", ASKED)
def test_wrong_arguments_are_refused(synthetic_fit, plain_fit, two_fit, survey, ask):
    with pytest.raises(TypeError, match="population"):
        ask(synthetic_fit)
    with pytest.raises(ArgumentTypeError, match="not a Fit"):
        ask(None, population="study")
    with pytest.raises(ArgumentError, match="Did you mean 'new_team'"):
        ask(synthetic_fit, population="newteam")
    with pytest.raises(ArgumentTypeError, match="data frame"):
        ask(synthetic_fit, population=None)
    with pytest.raises(ArgumentError, match="no rows"):
        ask(synthetic_fit, population=survey.frame.iloc[:0])
    with pytest.raises(ArgumentError, match="'talk', 'meetings'"):
        ask(two_fit, population="study")
    with pytest.raises(ArgumentError, match="Did you mean 'meetings'"):
        ask(two_fit, population="study", frequency="meeting")
    with pytest.raises(ArgumentError, match="asked no frequency"):
        ask(plain_fit, population="study", frequency="talk")
    with pytest.raises(ArgumentError, match="interval"):
        ask(synthetic_fit, population="study", interval=2)
    with pytest.raises(ArgumentTypeError, match="rule"):
        ask(synthetic_fit, population="study", rule="strict")
    with pytest.raises(SurveyError, match=r"population.*'contract'"):
        ask(synthetic_fit, population=survey.frame[["tenure"]])


def test_wrong_seeds_are_refused(synthetic_fit):
    with pytest.raises(ArgumentError, match="seed=-1"):
        predicted_counts(synthetic_fit, population="study", seed=-1)
    with pytest.raises(ArgumentTypeError, match="seed=None"):
        predicted_counts(synthetic_fit, population="study", seed=None)


def test_a_stricter_rule_hides_more_numbers(synthetic_fit):
    summary = expected_counts(synthetic_fit, population="study", rule=DisclosureRule(30)).summary
    assert summary["suppressed"].sum() == 2


@pytest.mark.parametrize("ask", ASKED)
def test_a_loaded_fit_hides_the_same_levels(synthetic_fit, change, tmp_path, ask):
    fit = change(synthetic_fit, "constant_data", level_size=[32, 50, 69, 84, 4])
    fit.save(tmp_path / "fit.nc")
    live, loaded = (ask(one, population="study") for one in (fit, load_fit(tmp_path / "fit.nc")))
    assert_alike(live.summary, loaded.summary, 400)
