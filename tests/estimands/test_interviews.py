"""Teams to interview: known teams are found, departments are spread, small teams stay hidden."""

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.counts.model import CountModel
from learnclimate.estimands.interviews import select_teams
from learnclimate.estimands.team_choice import Candidates, chosen_teams
from learnclimate.estimands.teams import rank_teams, team_effects
from synthetic import make_synthetic_fit


@pytest.fixture(scope="module")
def sure(exact_fit):
    return select_teams(exact_fit, strong=3, typical=2, weak=3, per_department=None)


def chosen(result, group):
    table = result.summary
    return table[(table["estimand"] == "chosen_team") & (table["contrast"] == group)]


def test_known_teams_are_chosen_for_sure(sure, exact_fit):
    """Draws that are all the truth: each choice lies in its third."""
    slopes = exact_fit.draws["posterior"]["team_effects"].isel(chain=0, draw=0, team_effect=1)
    order = slopes["team"].to_numpy()[np.argsort(-slopes.to_numpy())]
    third = round(len(order) / 3)
    assert set(chosen(sure, "strong")["team"]) <= set(order[:third])
    assert set(chosen(sure, "weak")["team"]) <= set(order[-third:])
    assert set(chosen(sure, "typical")["team"]) <= set(order[third:-third])
    assert (sure.summary["probability"] == 1).all()
    assert tuple(sure.summary.columns) == RESULT_COLUMNS


def test_probabilities_are_those_of_the_ranks(synthetic_fit):
    result = select_teams(synthetic_fit, per_department=None)
    ranks = rank_teams(synthetic_fit, top=1).draws["team_rank"]
    n_teams = ranks.sizes["team"]
    third = round(n_teams / 3)
    inside = {
        "strong": ranks <= third,
        "typical": (ranks > third) & (ranks <= n_teams - third),
        "weak": ranks > n_teams - third,
    }
    for group, belongs in inside.items():
        table = chosen(result, group)
        share = belongs.mean(("chain", "draw"))
        for row in table.itertuples():
            assert row.probability == pytest.approx(share.sel(team=row.team).item())
        # No team that was not chosen would have been a better choice.
        rest = share.drop_sel(team=result.summary["team"].dropna().tolist())
        assert table["probability"].min() >= rest.max().item()
        together = belongs.sel(team=table["team"].tolist()).sum("team")
        total = result.summary.query("estimand == 'right_choices' and contrast == @group").iloc[0]
        assert total["mean"] == pytest.approx(together.mean().item())
        assert total["probability"] == pytest.approx((together == len(table)).mean().item())


def test_teams_that_do_not_differ_are_chosen_right_by_chance_only(synthetic_fit, change):
    rng = np.random.default_rng(1)
    values = synthetic_fit.draws["posterior"]["team_effects"].to_numpy()
    alike = change(synthetic_fit, team_effects=rng.standard_normal(values.shape))
    result = select_teams(alike, per_department=None)
    assert (chosen(result, "strong")["probability"] < 0.45).all()


def test_departments_are_spread(synthetic_fit):
    result = select_teams(synthetic_fit, strong=3, typical=0, weak=3)
    departments = result.draws["department"].to_numpy()
    groups = result.draws["choice"].to_numpy()
    for group in ("strong", "weak"):
        assert len(set(departments[groups == group])) == 3
    # There are 3 departments: the fourth must be a second one, and that is told.
    more = select_teams(synthetic_fit, strong=4, typical=0, weak=0)
    assert "Too few departments" in " ".join(more.summary.attrs["notes"])
    assert len(chosen(more, "strong")) == 4


def test_choice_is_by_probability_within_the_limit():
    probability = np.array([[0.9, 0.8, 0.7, 0.2], [0.0] * 4, [0.1, 0.2, 0.3, 0.8]])
    of = ["a", "a", "b", "b"]
    assert chosen_teams(Candidates(probability, of, 1), (2, 0, 1))[0] == ([0, 2], [], [3])
    assert chosen_teams(Candidates(probability, of, None), (2, 0, 1))[0] == ([0, 1], [], [3])
    assert chosen_teams(Candidates(probability, None, 1), (2, 0, 1))[0] == ([0, 1], [], [3])


def test_small_teams_are_neither_chosen_nor_ranked(small_fit, loaded_fit):
    for fit in (small_fit, loaded_fit):
        result = select_teams(fit, strong=7, typical=7, weak=7, per_department=None)
        named = set(result.summary["team"].dropna())
        effects = team_effects(fit).summary
        assert "T03" not in named
        assert not named & set(effects.loc[effects["suppressed"], "team"])
        assert not result.summary["suppressed"].any()
    with pytest.raises(ArgumentError, match="enough respondents"):
        select_teams(small_fit, strong=8, typical=8, weak=8)


def test_a_fit_that_keeps_moments_answers_too():
    survey = lc.simulate_survey(n_teams=15, team_size=8, seed=1)
    model = CountModel(family=lc.Poisson(), covariates=(), frequency=lc.Linear())
    fit = lc.fit(model, survey, draws=400, team_draws=False, seed=1, progress=False)
    result = select_teams(fit, strong=1, typical=1, weak=1)
    assert len(result.summary) == 6
    assert "moments" in " ".join(result.summary.attrs["notes"])


def test_intercepts_can_be_chosen_by_and_departments_may_be_unknown(plain_fit, two_fit):
    assert len(select_teams(plain_fit, "intercept", strong=1, typical=0, weak=1).summary) == 4
    result = select_teams(two_fit, "meetings", strong=1, typical=1, weak=1)
    assert "no departments" in " ".join(result.summary.attrs["notes"])
    assert "department" not in result.draws


def test_wrong_arguments_are_refused(synthetic_fit, survey):
    with pytest.raises(ArgumentError, match="all 0"):
        select_teams(synthetic_fit, strong=0, typical=0, weak=0)
    with pytest.raises(ArgumentError, match="at least 0"):
        select_teams(synthetic_fit, strong=-1)
    with pytest.raises(ArgumentTypeError, match="whole number"):
        select_teams(synthetic_fit, weak=1.5)
    with pytest.raises(ArgumentError, match="per_department"):
        select_teams(synthetic_fit, per_department=0)
    with pytest.raises(ArgumentTypeError, match="not a Fit"):
        select_teams(survey)
    without = make_synthetic_fit(survey, CountModel(team_effects=()), n_draws=1)
    with pytest.raises(ArgumentError, match="nothing varies"):
        select_teams(without)


def test_more_than_a_third_holds_are_refused(synthetic_fit):
    """Where more are asked for than a third holds, some must be wrong: all right never is."""
    shown = int((~team_effects(synthetic_fit).summary["suppressed"]).sum())
    with pytest.raises(ArgumentError, match=r"strong=\d+: a third of the \d+ teams shown is"):
        select_teams(synthetic_fit, strong=round(shown / 3) + 1, typical=0, weak=0)
