from dataclasses import replace

import numpy as np
import pytest

from learnclimate import plots
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.counts.model import CountModel
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.level_counts import expected_counts
from learnclimate.estimands.teams import team_effects
from learnclimate.plots.sources import _observed_means
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth
from synthetic import make_synthetic_fit


@pytest.fixture(scope="module")
def answer(synthetic_fit):
    return expected_counts(synthetic_fit, population="study")


@pytest.fixture(scope="module")
def without_frequency():
    truth = Truth(levels=(), frequency_shape=())
    survey = simulate_survey(n_teams=10, team_size=8, truth=truth, seed=2)
    return make_synthetic_fit(survey, CountModel(team_effects=("intercept",)))


def test_response_draws_the_numbers(synthetic_fit, answer, drawn, ends_of):
    figure = plots.frequency_response(synthetic_fit)
    assert drawn(figure, "median").get_ydata() == pytest.approx(answer.summary["median"])
    lower, upper = ends_of(figure, 1)
    assert lower == pytest.approx(answer.summary["lower"])
    assert upper == pytest.approx(answer.summary["upper"])


def test_response_draws_observed_means(synthetic_fit, drawn):
    design = synthetic_fit.design
    means = [design.outcome[design.frequency_level[:, 0] == k].mean() for k in range(5)]
    figure = plots.frequency_response(synthetic_fit)
    assert drawn(figure, "observed").get_ydata() == pytest.approx(means)


def test_means_of_small_levels_are_not_drawn(synthetic_fit, drawn):
    design = synthetic_fit.design
    level = np.where(design.frequency_level == 0, 1, design.frequency_level)
    level[:4] = 0
    fit = replace(synthetic_fit, design=replace(design, frequency_level=level))
    places = drawn(plots.frequency_response(fit), "observed").get_xdata().round()
    sizes = np.bincount(level[:, 0], minlength=5)
    hidden = sorted(set(range(5)) - set(places.astype(int).tolist()))
    assert 0 in hidden
    assert len(hidden) >= 2
    assert sizes[hidden].sum() >= 5


@pytest.mark.parametrize("population", ["average_team", "new_team"])
def test_observed_means_are_of_the_study_only(synthetic_fit, population, texts_of):
    figure = plots.frequency_response(synthetic_fit, population=population)
    assert "answers:" not in texts_of(figure)


def test_a_fit_without_respondents_is_drawn_without_answers(synthetic_fit, texts_of):
    figure = plots.frequency_response(replace(synthetic_fit, design=None))
    assert "answers:" not in texts_of(figure)


def test_a_result_is_drawn_as_its_fit(synthetic_fit, answer, drawn, texts_of):
    for draw in (plots.frequency_response, plots.expected_counts):
        fit, result = draw(synthetic_fit), draw(answer)
        assert drawn(fit, "median").get_xydata() == pytest.approx(
            drawn(result, "median").get_xydata()
        )
        assert "90%" in texts_of(result)


def test_expected_counts_draws_and_writes_the_numbers(synthetic_fit, answer, drawn, texts_of):
    figure = plots.expected_counts(synthetic_fit)
    summary = answer.summary
    assert drawn(figure, "median").get_xdata() == pytest.approx(summary["median"])
    text = texts_of(figure)
    for row in summary.itertuples():
        assert row.contrast in text
        assert f"{row.median:.1f} ({row.lower:.1f} to {row.upper:.1f})" in text


def test_interval_is_that_asked_for(synthetic_fit, texts_of, ends_of):
    narrow = plots.expected_counts(synthetic_fit, interval=0.5)
    wide = plots.expected_counts(synthetic_fit, interval=0.95)
    assert "50%" in texts_of(narrow)
    assert (ends_of(narrow, 0)[0] > ends_of(wide, 0)[0]).all()


def test_dutch(synthetic_fit, texts_of):
    text = texts_of(plots.expected_counts(synthetic_fit, language="nl"))
    assert "Verwacht aantal: activities" in text
    assert "," in text
    assert "Expected" not in text
    response = texts_of(plots.frequency_response(synthetic_fit, language="nl"))
    assert "Frequentie: talk" in response


def test_a_study_without_frequency(without_frequency, texts_of):
    figure = plots.expected_counts(without_frequency)
    assert "all respondents" in texts_of(figure)
    with pytest.raises(ArgumentError, match=r"plots\.expected_counts"):
        plots.frequency_response(without_frequency)


def test_long_levels_are_broken():
    levels = ("not once in the past year", "several times a year or more often")
    truth = Truth(levels=levels, frequency_shape=(1.0,))
    survey = simulate_survey(n_teams=8, team_size=8, truth=truth, seed=1)
    axes = plots.expected_counts(make_synthetic_fit(survey, n_draws=20)).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["not once in the past\nyear", "several times a year\nor more often"]


@pytest.mark.parametrize("draw", [plots.frequency_response, plots.expected_counts])
def test_bad_input(synthetic_fit, answer, draw):
    with pytest.raises(ArgumentTypeError, match="cannot be drawn"):
        draw("fit.nc")
    with pytest.raises(ArgumentError, match="language='de'"):
        draw(synthetic_fit, language="de")
    with pytest.raises(ArgumentError, match="team_effect"):
        draw(team_effects(synthetic_fit))
    with pytest.raises(ArgumentError, match=r"probability 0\.9"):
        draw(answer, interval=0.5)
    with pytest.raises(ArgumentError):
        draw(synthetic_fit, frequency="tlak")
    with pytest.raises(ArgumentError):
        draw(synthetic_fit, population="everybody")


@pytest.fixture(scope="module")
def few(synthetic_fit):
    """Five levels, of which the rule hides the two smallest."""
    sizes = sorted(synthetic_fit.draws["constant_data"]["level_size"].to_numpy().tolist())
    return DisclosureRule(sizes[1])


@pytest.mark.parametrize("draw", [plots.frequency_response, plots.expected_counts])
@pytest.mark.parametrize(("language", "hidden"), [("en", "not shown"), ("nl", "niet getoond")])
def test_levels_of_few_are_not_drawn(synthetic_fit, few, draw, drawn, texts_of, language, hidden):
    figure = draw(synthetic_fit, rule=few, language=language)
    line = drawn(figure, "median")
    values = line.get_ydata() if draw is plots.frequency_response else line.get_xdata()
    assert np.isfinite(values).sum() == 3
    segments = drawn(figure, "interval").get_segments()
    assert sum(len(one) == 2 and np.isfinite(one).all() for one in segments) == 3
    assert texts_of(figure).count(hidden) >= 2


@pytest.mark.parametrize("draw", [plots.frequency_response, plots.expected_counts])
def test_nothing_is_drawn_where_nothing_may_be_shown(synthetic_fit, draw):
    with pytest.raises(ArgumentError, match="enough respondents to be shown"):
        draw(synthetic_fit, rule=DisclosureRule(10_000))


def test_weighted_means_of_answers_are_drawn_to_one_decimal(synthetic_fit):
    """Exact ones, beside unweighted ones, tell how many of each weight gave an answer."""
    design = synthetic_fit.design
    frequency = synthetic_fit.coding.frequencies[0]
    weighted = replace(design, weight=1.0 + 0.37 * (design.team % 3))
    plain = _observed_means(synthetic_fit, frequency, DisclosureRule())
    drawn = _observed_means(replace(synthetic_fit, design=weighted), frequency, DisclosureRule())
    assert np.isfinite(drawn).any()
    np.testing.assert_array_equal(drawn, np.round(drawn, 1))
    assert not np.array_equal(plain, np.round(plain, 1), equal_nan=True)
