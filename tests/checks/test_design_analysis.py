"""Design analysis: a closed form for the width, limits for the teams, goals met and not met."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.checks.design_analysis import DesignGoal, design_analysis
from learnclimate.checks.design_run import right_teams
from learnclimate.checks.design_verdict import judged, tabled
from learnclimate.core.errors import ArgumentError, ArgumentTypeError

#: Two levels, no teams, Poisson counts: the sd of a log rate ratio is known.
TRUTH = lc.Truth(
    intercept=1.0,
    levels=("no", "yes"),
    frequency_effect=0.7,
    frequency_shape=(1.0,),
    tenure_effect=0.0,
    contract_effect=0.0,
    team_sd=(0.0, 0.0),
    dispersion=None,
)
PLAIN = lc.CountModel(family=lc.Poisson(), team_effects=(), covariates=())
ASK = {"truth": TRUTH, "model": PLAIN, "progress": False}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("designs") / "kept.json"
    goal = DesignGoal(width=1.5)
    return path, design_analysis([10, 40], [8], goal=goal, replicates=4, path=path, **ASK)


def test_widths_are_those_of_the_closed_form(small):
    """With half at each level, the sd of the log ratio is sqrt(1 / sum_low + 1 / sum_high)."""
    table = small[1].table
    for row in table.itertuples():
        half = row.n_respondents / 2
        sd = np.sqrt(1 / (half * np.exp(1.0)) + 1 / (half * np.exp(1.7)))
        assert row.width == pytest.approx(np.exp(2 * 1.645 * sd), rel=0.1)


def test_the_cheapest_design_that_reaches_the_goal_is_named(small):
    found = small[1]
    assert found.table["reaches"].tolist() == [False, True]
    assert "40 teams of 8 respondents (cost 320)" in found.words
    assert found.verdict in ("good", "doubtful")


def test_a_goal_out_of_reach_is_said_to_be(small):
    path, _ = small
    goal = DesignGoal(width=1.01)
    found = design_analysis([10, 40], [8], goal=goal, replicates=4, path=path, **ASK)
    assert found.verdict == "bad"
    assert "No design of the grid reaches" in found.words


def test_what_was_done_is_not_done_again_and_can_be_extended(small, monkeypatch):
    path, first = small
    before = set(json.loads(path.read_text())["parts"])
    calls = []
    from learnclimate.checks import design_run

    run = design_run.replicate
    monkeypatch.setattr(
        "learnclimate.checks.design_analysis.replicate",
        lambda plan, name: calls.append(name) or run(plan, name),
    )
    again = design_analysis([10, 20, 40], [8], replicates=4, path=path, cost_per_team=5, **ASK)
    assert before.isdisjoint(calls)
    assert len(calls) == 4
    assert again.table["cost"].tolist() == [130.0, 260.0, 520.0]
    pd.testing.assert_series_equal(
        again.table["width"].iloc[[0, 2]].reset_index(drop=True), first.table["width"]
    )
    with pytest.raises(ArgumentError, match="other work"):
        design_analysis([10], [8], replicates=4, seed=1, path=path, **ASK)


def test_an_executor_gives_the_same_table(small):
    with ThreadPoolExecutor(2) as executor:
        beside = design_analysis([10], [8], replicates=2, executor=executor, **ASK)
    alone = design_analysis([10], [8], replicates=2, **ASK)
    pd.testing.assert_frame_equal(beside.table, alone.table)


def made_up(slopes, noise, rng, sizes=10):
    """A study whose posterior of the slopes is known: the truth and noise about it."""
    survey = lc.simulate_survey(n_teams=len(slopes), team_size=sizes, seed=1)
    design = lc.CountModel(covariates=()).design(survey)
    centre = slopes + noise * rng.standard_normal(len(slopes))
    draws = centre + noise * rng.standard_normal((200, len(slopes)))
    return {"team_effects": np.stack([np.zeros_like(draws), draws], axis=2)}, design


def test_right_teams_are_all_found_without_noise_and_by_chance_without_signal():
    rng = np.random.default_rng(1)
    slopes = rng.standard_normal(30)
    truth = np.column_stack([np.zeros(30), slopes])
    posterior, design = made_up(slopes, 1e-6, rng)
    assert right_teams(posterior, design, truth, 5) == 1.0
    blind = [right_teams(*made_up(np.zeros(30), 1.0, rng), truth, 5) for _ in range(60)]
    assert np.mean(blind) == pytest.approx(5 / 30, abs=0.08)


def test_small_teams_are_not_chosen():
    rng = np.random.default_rng(2)
    slopes = np.linspace(-1, 1, 30)
    posterior, design = made_up(slopes, 1e-6, rng, sizes=4)
    truth = np.column_stack([np.zeros(30), slopes])
    found = right_teams(posterior, design, truth, 5)
    hidden = np.flatnonzero(lc.DisclosureRule().minimum > design.team_sizes)
    assert len(hidden)
    assert found <= 1 - np.isin(np.arange(25, 30), hidden).mean()


def test_verdict_is_doubtful_where_chance_decides():
    records = {
        f"20 5 {i}": {
            "width": 1.2 if i < 17 else 2.0, "held": True, "above": True, "right": 0.4,
            "n_respondents": 100, "passed": True, "failed": "",
        }
        for i in range(20)
    }  # fmt: skip
    table = tabled([(20, 5.0)], 20, records, [0.0, 1.0])
    for assurance, verdict in ((0.5, "good"), (0.8, "doubtful"), (0.95, "bad")):
        assert judged(table, (1.5, None, assurance, 5), records)[1] == verdict
    # One of two replicates tells next to nothing.
    two = {name: records[name] for name in ("20 5 0", "20 5 19")}
    few = tabled([(20, 5.0)], 2, {"20 5 0": two["20 5 0"], "20 5 1": two["20 5 19"]}, [0.0, 1.0])
    _, verdict, words = judged(few, (1.5, None, 0.8, 5), two)
    assert verdict == "doubtful"
    assert "simulate more" in words
    assert judged(table, (None, None, 0.8, 5), records)[1] == "not applicable"
    assert judged(table, (None, 0.3, 0.8, 5), records)[1] == "good"


def test_studies_that_cannot_be_fitted_are_counted():
    # So few people that a category of the covariate has fewer than five.
    found = design_analysis([2], [4], replicates=2, progress=False)
    assert found.n_failed == 2
    assert "could not be fitted" in found.words
    assert not found.table["reaches"].any()


@pytest.mark.parametrize("width", [np.inf, np.nan, 1.0, -2.0])
def test_a_width_is_a_finite_ratio_above_one(width):
    with pytest.raises(ArgumentError, match="finite ratio above 1"):
        lc.DesignGoal(width=width)


def test_wrong_arguments_are_refused():
    with pytest.raises(ArgumentTypeError, match="list of numbers"):
        design_analysis(20, [8])
    with pytest.raises(ArgumentError, match="at least one"):
        design_analysis([], [8])
    with pytest.raises(ArgumentTypeError, match="n_teams"):
        design_analysis([2.5], [8])
    with pytest.raises(ArgumentError, match="at least 2"):
        design_analysis([1], [8])
    with pytest.raises(ArgumentTypeError, match="DesignGoal"):
        design_analysis([20], [8], goal=1.5)
    with pytest.raises(ArgumentTypeError, match="Truth"):
        design_analysis([20], [8], truth=0.7)
    with pytest.raises(ArgumentError, match="rate ratio"):
        design_analysis([20], [8], truth=lc.Truth(levels=(), frequency_shape=()))
    with pytest.raises(ArgumentTypeError, match="declared model"):
        design_analysis([20], [8], model="poisson")
    with pytest.raises(ArgumentError, match="no slope vary over teams"):
        design_analysis([20], [8], model=PLAIN, goal=DesignGoal(right_teams=0.5))
    with pytest.raises(ArgumentError, match="cost_per_team"):
        design_analysis([20], [8], cost_per_team=-1)
    with pytest.raises(ArgumentError, match="replicates"):
        design_analysis([20], [8], replicates=0)
    for wrong in ({"width": 1.0}, {"right_teams": 1.5}, {"assurance": 0}, {"top": 0}):
        with pytest.raises(ArgumentError):
            DesignGoal(**wrong)
    with pytest.raises(ArgumentError, match="nothing is asked of a study"):
        DesignGoal(top=3)
    with pytest.raises(ArgumentTypeError):
        DesignGoal(width="narrow")


@pytest.mark.parametrize(("n", "goal"), [(1, 0.9), (1, 0.3), (2, 0.7), (3, 0.6), (3, 0.61)])
def test_a_few_replicates_that_agree_tell_little_of_the_right_teams(n, goal):
    records = {
        f"20 6 {i}": {
            "width": 2.0, "held": True, "above": True, "right": 0.6,
            "n_respondents": 120, "passed": True, "failed": "",
        }
        for i in range(n)
    }  # fmt: skip
    table = tabled([(20, 6.0)], n, records, [1.0, 1.0])
    assert table["right_teams_error"].iloc[0] > 0.15
    _, verdict, words = judged(table, (None, goal, 0.8, 5), records)
    assert verdict == "doubtful"
    assert "simulate more" in words


def test_a_goal_that_blind_choice_reaches_is_not_called_good():
    record = {
        "width": 1.2, "held": True, "above": True, "right": 0.7, "n_respondents": 48,
        "passed": True, "failed": "",
    }  # fmt: skip
    records = {f"8 6 {i}": record for i in range(50)}
    table = tabled([(8, 6.0)], 50, records, [0.0, 1.0])
    for right, verdict in ((0.3, "doubtful"), (0.64, "good")):
        _, found, words = judged(table, (None, right, 0.8, 5), records)
        assert found == verdict
        assert "blindly finds each with 62%" in words
        assert ("higher" in words) == (verdict == "doubtful")
