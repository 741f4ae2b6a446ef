import numpy as np
import pytest

from learnclimate import plots
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.result import Result
from learnclimate.counts.model import CountModel
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.level_counts import expected_counts
from learnclimate.estimands.teams import team_effects
from learnclimate.plots.ratios import _ratio_ticks, scale_ratios
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth
from synthetic import make_synthetic_fit


@pytest.fixture(scope="module")
def small_teams_fit():
    return make_synthetic_fit(simulate_survey(n_teams=30, team_size=6, seed=8), n_draws=50)


def tick_labels(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_draws_the_numbers_highest_on_top(synthetic_fit, drawn, ends_of):
    summary = team_effects(synthetic_fit).summary
    shown = summary[~summary["suppressed"]].sort_values("median", ascending=False)
    figure = plots.team_effects(synthetic_fit)
    offsets = np.asarray(drawn(figure, "median").get_offsets())
    assert offsets[:, 0] == pytest.approx(np.exp(shown["median"].to_numpy()))
    assert tick_labels(figure) == shown["team"].tolist()
    lower, upper = ends_of(figure, 0)
    assert lower == pytest.approx(np.exp(shown["lower"].to_numpy()))
    assert upper == pytest.approx(np.exp(shown["upper"].to_numpy()))
    bottom, top = figure.axes[0].get_ylim()
    assert bottom > offsets[:, 1].max() > offsets[:, 1].min() > top


def test_larger_teams_have_larger_dots(synthetic_fit, drawn):
    summary = team_effects(synthetic_fit).summary
    shown = summary[~summary["suppressed"]].sort_values("median", ascending=False)
    sizes = shown["n_respondents"].to_numpy(dtype=float)
    area = drawn(plots.team_effects(synthetic_fit), "median").get_sizes()
    assert (np.diff(area[np.argsort(sizes, kind="stable")]) >= 0).all()
    assert area.max() > 1.5 * area.min()


def test_suppressed_teams_are_in_no_text(small_teams_fit, texts_of, drawn):
    summary = team_effects(small_teams_fit).summary
    hidden = summary.loc[summary["suppressed"], "team"].tolist()
    assert len(hidden) >= 2
    figure = plots.team_effects(small_teams_fit)
    text = texts_of(figure)
    assert not any(team in text for team in hidden)
    assert f"{len(hidden)} teams are not shown" in text
    assert len(drawn(figure, "median").get_offsets()) == len(summary) - len(hidden)


def test_suppressed_teams_of_a_result_are_in_no_text(small_teams_fit, texts_of):
    result = team_effects(small_teams_fit, rule=DisclosureRule(8))
    hidden = result.summary.loc[result.summary["suppressed"], "team"]
    text = texts_of(plots.team_effects(result))
    assert not any(team in text for team in hidden)


def test_a_single_hidden_team_is_not_counted(synthetic_fit, texts_of):
    summary = team_effects(synthetic_fit).summary
    attrs = summary.attrs
    one = summary.copy()
    one.loc[3, ["mean", "sd", "median", "lower", "upper", "probability"]] = np.nan
    one.loc[3, "suppressed"] = True
    one.attrs = attrs
    text = texts_of(plots.team_effects(Result(one, team_effects(synthetic_fit).draws)))
    assert "1 teams" not in text
    assert "Small groups are not shown" in text
    assert one.loc[3, "team"] not in text


def test_of_many_teams_the_highest_and_lowest_are_drawn(synthetic_fit, texts_of):
    summary = team_effects(synthetic_fit).summary
    order = summary[~summary["suppressed"]].sort_values("median", ascending=False)["team"].tolist()
    figure = plots.team_effects(synthetic_fit, most=7)
    assert tick_labels(figure) == order[:3] + order[-4:]
    assert f"{len(order) - 7} teams in between" in texts_of(figure)


def test_thousands_of_teams_stay_small():
    fit = make_synthetic_fit(simulate_survey(n_teams=2000, team_size=7, seed=1), n_draws=10)
    figure = plots.team_effects(fit)
    assert len(tick_labels(figure)) == 40
    assert figure.get_size_inches()[1] < 9


def test_colour_tells_intervals_without_one(synthetic_fit, drawn, ends_of):
    figure = plots.team_effects(synthetic_fit)
    lower, upper = ends_of(figure, 0)
    clear = (lower > 1) | (upper < 1)
    colours = [tuple(colour) for colour in drawn(figure, "interval").get_colors()]
    assert clear.any()
    assert len({colours[place] for place in np.flatnonzero(clear)}) == 1
    if not clear.all():
        assert colours[np.flatnonzero(~clear)[0]] != colours[np.flatnonzero(clear)[0]]


def test_words_about_blue_stand_only_where_something_is(synthetic_fit, texts_of):
    result = team_effects(synthetic_fit)
    assert "Broad and blue" in texts_of(plots.team_effects(result))
    summary = result.summary.copy()
    summary["lower"], summary["upper"] = -9.0, 9.0
    summary.attrs = result.summary.attrs
    text = texts_of(plots.team_effects(Result(summary, result.draws)))
    assert "Broad and blue" not in text
    assert "90% intervals" in text


@pytest.mark.parametrize("high", [1.12, 1.4, 1.7, 2.6, 4.0, 12.0])
def test_ticks_keep_apart(high):
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    scale_ratios(axes, (-np.log(high), np.log(high)), "en")
    ticks = np.log(axes.get_xticks())
    assert 0 in ticks
    assert len(ticks) >= 3
    assert np.diff(ticks).min() > 0.1 * 2 * np.log(high)


def test_long_team_names_are_shortened(synthetic_fit):
    result = team_effects(synthetic_fit)
    summary = result.summary.copy()
    attrs = result.summary.attrs
    summary["team"] = "Customer services and support, " + summary["team"]
    summary.attrs = attrs
    labels = tick_labels(plots.team_effects(Result(summary, result.draws)))
    assert all(len(label) <= 22 and "…" in label for label in labels)
    assert len(set(labels)) == len(labels)


def test_intercept_and_dutch(synthetic_fit, texts_of):
    text = texts_of(plots.team_effects(synthetic_fit, effect="intercept", language="nl"))
    assert "hoger →" in text
    assert "90%-intervallen" in text
    assert "Teams naar hun aantal" in text
    english = texts_of(plots.team_effects(synthetic_fit))
    assert "higher →" in english
    assert "weekly vs never" in english


@pytest.mark.parametrize(
    ("low", "high"), [(0.88, 1.12), (0.6, 1.7), (0.3, 3.0), (0.05, 20.0), (1e-5, 1e6)]
)
def test_ticks_are_few_and_within(low, high):
    ticks = _ratio_ticks(low, high)
    assert 3 <= len(ticks) <= 9
    assert 1 in ticks
    assert min(ticks) >= low
    assert max(ticks) <= high


def test_bad_input(synthetic_fit):
    with pytest.raises(ArgumentError, match="at least 2"):
        plots.team_effects(synthetic_fit, most=1)
    with pytest.raises(ArgumentTypeError, match="whole number"):
        plots.team_effects(synthetic_fit, most=2.5)
    with pytest.raises(ArgumentError, match="expected_count"):
        plots.team_effects(expected_counts(synthetic_fit, population="study"))
    with pytest.raises(ArgumentError, match="No team has enough"):
        plots.team_effects(synthetic_fit, rule=DisclosureRule(500))
    with pytest.raises(ArgumentError):
        plots.team_effects(synthetic_fit, effect="tenure")
    with pytest.raises(ArgumentTypeError, match="cannot be drawn"):
        plots.team_effects(None)
    with pytest.raises(ArgumentError, match="language"):
        plots.team_effects(synthetic_fit, language="fr")


@pytest.mark.parametrize(
    ("language", "contrast"), [("en", "weekly vs never"), ("nl", "weekly tegenover never")]
)
def test_what_is_compared_is_told_in_the_language(synthetic_fit, texts_of, language, contrast):
    text = texts_of(plots.team_effects(synthetic_fit, language=language))
    assert contrast in text
    assert (" vs " in text) == (language == "en")


@pytest.mark.parametrize(
    ("language", "title", "other"),
    [("en", "Teams by their count", "lowest level"), ("nl", "Teams naar hun aantal", "laagste")],
)
def test_without_a_frequency_there_is_no_lowest_level(texts_of, language, title, other):
    truth = Truth(levels=(), frequency_shape=())
    survey = simulate_survey(n_teams=10, team_size=8, truth=truth, seed=2)
    fit = make_synthetic_fit(survey, CountModel(team_effects=("intercept",)))
    text = texts_of(plots.team_effects(fit, effect="intercept", language=language))
    assert title in text
    assert other not in text
