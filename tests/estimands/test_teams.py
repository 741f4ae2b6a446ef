import numpy as np
import pandas as pd
import pytest

from alike import assert_alike
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.counts.model import CountModel
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands import teams as module
from learnclimate.estimands.teams import rank_teams, ranked, team_effects
from learnclimate.inference.small_groups import hidden_teams
from synthetic import make_synthetic_fit

FIGURES = ["mean", "sd", "median", "lower", "upper", "probability"]


def test_effects_are_the_departures_of_the_posterior(synthetic_fit):
    result = team_effects(synthetic_fit)
    own = synthetic_fit.draws["posterior"]["team_effects"].sel(team_effect="talk")
    summary = result.summary.set_index("team")
    np.testing.assert_allclose(summary["mean"], own.mean(("chain", "draw")))
    np.testing.assert_allclose(summary["lower"], own.quantile(0.05, ("chain", "draw")))
    np.testing.assert_allclose(summary["probability"], (own > 0).mean(("chain", "draw")))
    np.testing.assert_array_equal(result.draws["team_effect"], own)
    assert tuple(result.summary.columns) == RESULT_COLUMNS


def test_slopes_and_intercepts_have_their_words(synthetic_fit):
    slope = team_effects(synthetic_fit, "talk").summary
    assert set(slope["scale"]) == {"log rate ratio"}
    assert set(slope["contrast"]) == {"weekly vs never"}
    assert set(slope["estimand"]) == {"team_effect"}
    assert set(slope["population"]) == {"study"}
    level = team_effects(synthetic_fit, "intercept").summary
    assert set(level["scale"]) == {"log rate"}
    assert set(level["contrast"]) == {"team vs average team"}


def test_respondents_are_those_of_the_team(synthetic_fit, survey):
    summary = team_effects(synthetic_fit).summary
    sizes = survey.frame["team"].value_counts().sort_index()
    assert summary["n_respondents"].tolist() == sizes.tolist()
    assert summary["team"].tolist() == sizes.index.tolist()
    assert not summary["suppressed"].any()


def test_small_teams_are_rows_without_figures(small_fit):
    result = team_effects(small_fit)
    hidden = result.summary[result.summary["suppressed"]]
    assert "T03" in set(hidden["team"])
    assert len(hidden) == 2
    assert hidden[[*FIGURES, "n_respondents"]].isna().all(axis=None)
    shown = result.summary[~result.summary["suppressed"]]
    assert shown[[*FIGURES, "n_respondents"]].notna().all(axis=None)
    assert result.draws["team"].to_numpy().tolist() == shown["team"].tolist()


def test_hidden_teams_cannot_be_subtracted_from_department_or_total(small_fit, small_survey):
    """The attack: sizes of departments and of the study are known."""
    shown = team_effects(small_fit).summary.set_index("team")["n_respondents"].dropna()
    frame = small_survey.frame
    for _, people in frame.groupby("department"):
        rest = people[~people["team"].isin(shown.index)]
        assert len(rest) == 0 or (len(rest) >= 5 and rest["team"].nunique() >= 2)


def test_without_departments_the_total_is_protected(small_fit):
    from dataclasses import replace

    tree = small_fit.draws.copy()
    tree["constant_data"] = tree["constant_data"].to_dataset().drop_vars("team_department")
    summary = team_effects(replace(small_fit, draws=tree)).summary
    assert summary["suppressed"].sum() == 2


def test_a_stricter_rule_hides_more(synthetic_fit):
    summary = team_effects(synthetic_fit, rule=DisclosureRule(9)).summary
    assert (summary["n_respondents"].dropna() >= 9).all()
    assert summary["suppressed"].any()


def test_a_loaded_fit_no_longer_knows_small_teams(small_fit, loaded_fit):
    live, loaded = team_effects(small_fit).summary, team_effects(loaded_fit).summary
    assert "T03" not in set(loaded["team"])
    # Draws of each team are moved in a file.
    assert_alike(live[~live["suppressed"]].reset_index(drop=True), loaded, 400)


def test_ranks_count_from_the_highest():
    effects = np.array([[[0.3, 2.0, -1.0], [5.0, 1.0, 3.0]]])
    assert ranked(effects).tolist() == [[[2, 1, 3], [1, 3, 2]]]


def test_blocks_do_not_change_ranks(synthetic_fit, monkeypatch):
    effects = np.random.default_rng(1).normal(size=(4, 30, 9))
    whole, shares = ranked(effects), module._share_above_zero(effects)
    monkeypatch.setattr(module, "_BLOCK", 50)
    np.testing.assert_array_equal(ranked(effects), whole)
    np.testing.assert_allclose(module._share_above_zero(effects), shares)
    np.testing.assert_allclose(shares, (effects > 0).mean(axis=(0, 1)))


def test_probability_is_that_of_the_top(synthetic_fit):
    result = rank_teams(synthetic_fit, top=3)
    own = synthetic_fit.draws["posterior"]["team_effects"].sel(team_effect="talk")
    third = np.sort(own.to_numpy(), axis=2)[:, :, -3]
    among = (own.to_numpy() >= third[:, :, None]).mean(axis=(0, 1))
    summary = result.summary.set_index("team").loc[own["team"].to_numpy().tolist()]
    np.testing.assert_allclose(summary["probability"], among)
    assert summary["probability"].sum() == pytest.approx(3)
    assert result.summary["probability"].is_monotonic_decreasing
    assert "3 highest of the 24 teams" in result.summary.attrs["statement"]


def test_mean_ranks_add_up(synthetic_fit):
    result = rank_teams(synthetic_fit, "intercept")
    assert result.summary["mean"].sum() == pytest.approx(24 * 25 / 2)
    assert set(result.summary["scale"]) == {"rank"}
    ranks = result.draws["team_rank"]
    np.testing.assert_array_equal(np.sort(ranks, axis=2)[0, 0], np.arange(1, 25))
    by_team = result.summary.set_index("team")["mean"].loc[ranks["team"].to_numpy().tolist()]
    np.testing.assert_allclose(by_team, ranks.mean(("chain", "draw")))


def test_certain_order_is_told_with_certainty(exact_fit, survey):
    summary = rank_teams(exact_fit, top=2).summary
    slopes = pd.Series(survey.truth.team_effects[:, 1], index=survey.truth.teams)
    assert summary["team"].tolist()[:2] == slopes.nlargest(2).index.tolist()
    assert summary["probability"].tolist()[:3] == [1.0, 1.0, 0.0]
    assert summary["mean"].tolist() == list(range(1, 25))


def test_hidden_teams_leave_no_trace_in_the_ranks(small_fit, change):
    """The attack: look for a place left free, or for ranks that move with the hidden."""
    hidden = hidden_teams(small_fit.draws, DisclosureRule())
    effects = small_fit.draws["posterior"]["team_effects"].to_numpy().copy()
    effects[:, :, hidden] += 10.0
    other = rank_teams(change(small_fit, team_effects=effects))
    result = rank_teams(small_fit)
    pd.testing.assert_frame_equal(result.summary, other.summary)
    assert result.draws.equals(other.draws)
    assert result.draws["team_rank"].max() == (~hidden).sum()
    last = result.summary.tail(int(hidden.sum()))
    assert last["suppressed"].all()
    assert last["team"].is_monotonic_increasing
    assert last[[*FIGURES, "n_respondents"]].isna().all(axis=None)


def test_a_loaded_fit_ranks_alike(small_fit, loaded_fit):
    live, loaded = rank_teams(small_fit).summary, rank_teams(loaded_fit).summary
    # Teams' draws are moved in a file: teams near each other may change places.
    live, loaded = (one.sort_values("team") for one in (live[~live["suppressed"]], loaded))
    assert_alike(live.reset_index(drop=True), loaded.reset_index(drop=True), 400, unit=1.0)


def test_few_teams_to_show_are_noted(synthetic_fit):
    sizes = team_effects(synthetic_fit).summary["n_respondents"].sort_values()
    rule = DisclosureRule(int(sizes.iloc[-1]))
    result = rank_teams(synthetic_fit, top=20, rule=rule)
    shown = result.summary[~result.summary["suppressed"]]
    assert len(shown) < 20
    assert (shown["probability"] == 1).all()
    assert "for sure" in result.summary.attrs["notes"][0]


def test_no_team_to_show_is_an_answer_too(synthetic_fit):
    for ask in (rank_teams, team_effects):
        result = ask(synthetic_fit, rule=DisclosureRule(1000))
        assert len(result.summary) == 24
        assert result.summary["suppressed"].all()
        assert result.summary["mean"].isna().all()
        assert result.draws.sizes["team"] == 0
    assert (
        "none was ranked"
        in rank_teams(synthetic_fit, rule=DisclosureRule(1000)).summary.attrs["notes"][0]
    )


def test_a_loaded_fit_without_any_team_answers(synthetic_fit, tmp_path):
    from learnclimate.inference.store import load_fit, save_fit

    save_fit(synthetic_fit, tmp_path / "fit.nc", rule=DisclosureRule(1000))
    loaded = load_fit(tmp_path / "fit.nc")
    assert len(team_effects(loaded).summary) == 0
    assert len(rank_teams(loaded).summary) == 0


def test_several_frequencies_have_their_own_slopes(two_fit):
    talk, meetings = (team_effects(two_fit, name).draws for name in ("talk", "meetings"))
    assert not talk.equals(meetings)
    with pytest.raises(ArgumentError, match="'talk', 'meetings'"):
        team_effects(two_fit)


@pytest.mark.parametrize("ask", [team_effects, rank_teams])
def test_wrong_arguments_are_refused(synthetic_fit, plain_fit, survey, ask):
    with pytest.raises(ArgumentTypeError, match="not a Fit"):
        ask(survey)
    with pytest.raises(ArgumentError, match="Did you mean 'talk'"):
        ask(synthetic_fit, "tlak")
    with pytest.raises(ArgumentTypeError, match="effect="):
        ask(synthetic_fit, 1)
    with pytest.raises(ArgumentError, match="'intercept'"):
        ask(plain_fit)
    with pytest.raises(ArgumentError, match="interval"):
        ask(synthetic_fit, interval=0)
    with pytest.raises(ArgumentTypeError, match="rule"):
        ask(synthetic_fit, rule=3)
    without = make_synthetic_fit(survey, CountModel(team_effects=()), n_draws=1)
    with pytest.raises(ArgumentError, match="nothing varies over teams"):
        ask(without)


@pytest.mark.parametrize("top", [0, -1, 25])
def test_a_top_that_cannot_be_is_refused(synthetic_fit, top):
    with pytest.raises(ArgumentError, match=f"top={top}"):
        rank_teams(synthetic_fit, top=top)


def test_a_top_of_another_type_is_refused(synthetic_fit):
    with pytest.raises(ArgumentTypeError, match="whole number"):
        rank_teams(synthetic_fit, top=2.5)
