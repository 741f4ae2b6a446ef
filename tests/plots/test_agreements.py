"""Agreement by team, drawn from its result."""

import pytest

import learnclimate as lc
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.result import Result


@pytest.fixture(scope="module")
def result():
    survey = lc.simulate_survey(n_teams=14, team_size=7, seed=3)
    return lc.agreement(survey, "team_dynamics")


def test_teams_stand_in_order_without_the_hidden_ones(result, texts_of, ends_of):
    figure = lc.plots.agreement(result)
    shown = result.summary.query("estimand == 'rwg_j' and contrast == 'null: uniform'")
    shown = shown[shown["team"].notna()]
    (axes,) = figure.axes
    names = [label.get_text().split(" (")[0] for label in axes.get_yticklabels()]
    expected = shown[shown["mean"].notna()].sort_values("mean", ascending=False)
    assert names == expected["team"].tolist()
    hidden = shown.loc[shown["suppressed"], "team"]
    assert not set(hidden) & set(names)
    assert "the customary bound of 0.7" in texts_of(figure)


def test_many_teams_are_cut_to_the_highest_and_lowest(result, texts_of):
    everyone = len(lc.plots.agreement(result).axes[0].get_yticks())
    figure = lc.plots.agreement(result, most=4)
    assert len(figure.axes[0].get_yticks()) == 4
    assert f"{everyone - 4} teams in between" in texts_of(figure)
    assert "in between" not in texts_of(lc.plots.agreement(result))


def test_another_statistic_and_a_wrong_one(result):
    assert "r*wg" in lc.plots.agreement(result, statistic="rwg_star").axes[0].get_xlabel()
    with pytest.raises(ArgumentError, match="statistic='rwgj'"):
        lc.plots.agreement(result, statistic="rwgj")
    with pytest.raises(ArgumentTypeError, match="agreement\\(survey, scale\\)"):
        lc.plots.agreement("T01")


def test_what_lies_below_the_axis_is_marked_and_said(result, texts_of):
    table = result.summary.copy()
    drawn = (table["contrast"] == "null: uniform") & table["team"].notna()
    table.loc[drawn, "lower"] = table.loc[drawn, "lower"].fillna(0.0).clip(lower=0.0)
    table.loc[drawn, "mean"] = table.loc[drawn, "mean"].clip(lower=0.0)
    assert "Arrows" not in texts_of(lc.plots.agreement(Result(table, result.draws)))
    table.loc[table.index[drawn & (table["estimand"] == "rwg_j")][0], ["mean", "lower"]] = [-3, -4]
    figure = lc.plots.agreement(Result(table, result.draws))
    (edge,) = [one for one in figure.axes[0].collections if one.get_gid() == "outside"]
    assert len(edge.get_offsets()) == 1
    assert edge.get_offsets()[0][1] == len(figure.axes[0].get_yticks()) - 1
    assert "Arrows: goes on below the axis." in texts_of(figure)


def test_an_interval_without_a_lowest_value_goes_on_below_the_axis(result, ends_of):
    """Where a team may agree less than any number says, the line does not end at its dot."""
    table = result.summary.copy()
    drawn = (table["contrast"] == "null: uniform") & table["team"].notna() & table["mean"].notna()
    first, second = table.index[drawn & (table["estimand"] == "rwg_j")][:2]
    table.loc[first, ["mean", "lower", "upper"]] = [0.99, float("nan"), 0.995]
    table.loc[second, ["mean", "lower", "upper"]] = [0.98, float("nan"), float("nan")]
    figure = lc.plots.agreement(Result(table, result.draws))
    lower, upper = ends_of(figure, 0)
    assert lower[0] < figure.axes[0].get_xlim()[0]
    assert upper[0] == 0.995
    assert lower[1] == upper[1] == 0.98
    (edge,) = [one for one in figure.axes[0].collections if one.get_gid() == "outside"]
    assert [place for place in edge.get_offsets()[:, 1] if place < 2] == [0.0]
