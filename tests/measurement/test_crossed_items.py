"""Two yes/no items: their shares and one coefficient tell the crossed table, few or not."""

import re

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.measurement import discretion, item_analysis, polychoric, reliability


def survey_of(answers: np.ndarray):
    """Answers to items of 0 and 1, in nine teams."""
    items = [f"i{place}" for place in range(answers.shape[1])]
    frame = pd.DataFrame(answers, columns=items)
    frame["team"] = [f"team {place % 9}" for place in range(len(frame))]
    frame["activities"] = np.arange(len(frame)) % 7
    scale = lc.Scale("yn", items, minimum=0, maximum=1)
    return lc.read_survey(frame, lc.Codebook(outcome="activities", team="team", scales=[scale]))


def two_items(few: int) -> np.ndarray:
    """So many said yes to the first and no to the second."""
    table = {(0, 0): 40, (0, 1): 20, (1, 0): few, (1, 1): 45}
    return np.concatenate([np.tile(pair, (number, 1)) for pair, number in table.items()])


def solutions(figures: dict, n: int, yes: tuple[int, int]) -> list[int]:
    """Numbers who said yes to both that agree with exact coefficients of the two items."""
    found = []
    for both in range(max(0, sum(yes) - n), min(yes) + 1):
        first, second = yes[0] / n, yes[1] / n
        spread = np.sqrt(first * (1 - first) * second * (1 - second))
        correlation = (both / n - first * second) / spread
        variances = first * (1 - first), second * (1 - second)
        total = sum(variances) + 2 * correlation * spread
        made = {
            "item_rest_correlation": correlation,
            "alpha": 2 * (1 - sum(variances) / total),
        }
        if all(abs(made[name] - value) < 1e-9 for name, value in figures.items()):
            found.append(both)
    return found


def told_of_pairs(survey) -> dict[str, float]:
    items = lc.item_analysis(survey, "yn", draws=100).summary
    coefficients = lc.reliability(survey, "yn", draws=100).summary
    rows = pd.concat([items, coefficients[coefficients["contrast"] == "classical"]])
    rows = rows[rows["estimand"].isin(["item_rest_correlation", "alpha"]) & ~rows["suppressed"]]
    return rows.groupby("estimand")["mean"].first().to_dict()


def test_a_table_of_two_yes_no_items_does_not_follow(monkeypatch):
    answers = two_items(3)
    survey = survey_of(answers)
    yes = tuple(answers.sum(axis=0).astype(int).tolist())
    assert told_of_pairs(survey) == {}
    notes = lc.reliability(survey, "yn", draws=100).summary.attrs["notes"]
    assert any("few answers" in note for note in notes)

    # The same attack finds the table where coefficients are told.
    for module in (discretion, item_analysis, reliability):
        for name in ("few_crossed", "hides_coefficients"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, lambda *_, **__: False)
    assert solutions(told_of_pairs(survey), len(answers), yes) == [45]


def test_polychoric_correlations_of_yes_no_items_come_in_steps(monkeypatch):
    answers = two_items(3)
    told = lc.polychoric(survey_of(answers), "yn").summary.iloc[0]
    alike = []
    for both in range(39, 49):
        # The same shares: one more who said yes to both, one less to each alone.
        table = {(0, 0): both - 5, (0, 1): 65 - both, (1, 0): 48 - both, (1, 1): both}
        other = np.concatenate([np.tile(pair, (max(n, 0), 1)) for pair, n in table.items()])
        found = lc.polychoric(survey_of(other), "yn").summary.iloc[0]
        alike.append(found["mean"] == told["mean"])
    # Of the cell of three, others of one to four at least would be told alike.
    assert sum(alike) >= 3
    assert told[["sd", "lower", "upper"]].isna().all()
    monkeypatch.setattr(polychoric, "few_crossed", lambda *_: False)
    exact = lc.polychoric(survey_of(answers), "yn").summary.iloc[0]
    assert exact["sd"] > 0


@pytest.mark.parametrize("few", [0, 5])
def test_where_no_cell_is_few_coefficients_are_exact(few):
    answers = two_items(few)
    yes = tuple(answers.sum(axis=0).astype(int).tolist())
    assert solutions(told_of_pairs(survey_of(answers)), len(answers), yes) == [45]


def test_items_of_many_answers_are_not_touched():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.integers(1, 6, (120, 2)), columns=["i0", "i1"])
    frame["team"] = [f"team {place % 9}" for place in range(120)]
    frame["activities"] = 1
    scale = lc.Scale("yn", ["i0", "i1"], minimum=1, maximum=5)
    survey = lc.read_survey(frame, lc.Codebook(outcome="activities", team="team", scales=[scale]))
    correlation = told_of_pairs(survey)["item_rest_correlation"]
    assert correlation == pytest.approx(frame["i0"].corr(frame["i1"]))


def test_figures_of_teams_do_not_add_up_to_the_table():
    """Mean and sd of two yes/no items tell a team's numbers of 0, 0.5 and 1, and so all teams'."""
    told = lc.scale_scores(survey_of(two_items(3)), "yn", draws=100).summary
    teams = told[told["team"].notna()]
    for name in ("mean", "sd", "lower", "upper"):
        values = teams[name].to_numpy(float)
        np.testing.assert_allclose(values, values.round(1), atol=1e-12)
    assert teams["n_respondents"].notna().all()
    exact = lc.scale_scores(survey_of(two_items(5)), "yn", draws=100).summary
    assert (exact["sd"] != exact["sd"].round(1)).any()


def walked(n_answers, *, few, n_items=2):
    """Items that each answer was given to by many; two answers together by two people, or by 5."""
    cells = np.full((n_answers, n_answers), 5)
    cells[0, -1] = 2 if few else 5
    pairs = np.repeat(np.argwhere(cells >= 0) + 1, cells.ravel(), axis=0)
    frame = pd.DataFrame(pairs, columns=["i0", "i1"])
    for place in range(2, n_items):
        # Whoever gave few answers together gave them to these as well.
        frame[f"i{place}"] = frame["i0"] if place % 2 else frame["i1"]
        frame.loc[place::7, f"i{place}"] = frame["i0" if place % 2 == 0 else "i1"].iloc[place::7]
    frame["activities"] = 1
    frame["team"] = [f"team {place % 6}" for place in range(len(frame))]
    items = [f"i{place}" for place in range(n_items)]
    scale = lc.Scale("yn", items, minimum=1, maximum=n_answers)
    return lc.read_survey(frame, lc.Codebook(outcome="activities", team="team", scales=[scale]))


@pytest.mark.parametrize("n_answers", [3, 5])
@pytest.mark.parametrize("few", [True, False])
def test_polychoric_correlations_have_two_decimals_where_two_answers_go_together_in_few(
    n_answers, few
):
    """With all digits one correlation tells the whole table, of five answers too, by lattices."""
    told = lc.polychoric(walked(n_answers, few=few), "yn").summary
    values = told[["mean", "sd", "lower", "upper"]].to_numpy(float)
    assert np.allclose(values, values.round(2), atol=1e-12) == few
    eigenvalue = re.search(
        r"smallest eigenvalue is ([0-9]+(?:\.[0-9]+)?)", " ".join(told.attrs["notes"])
    )[1]
    assert len(eigenvalue.partition(".")[2]) <= 2 or not few


@pytest.mark.filterwarnings("ignore")
def test_what_is_made_of_polychoric_correlations_has_two_decimals_too():
    survey = walked(5, few=True, n_items=4)
    found = [
        lc.parallel_analysis(survey, "yn").summary,
        lc.explore_factors(survey, "yn", 1, draws=100).summary,
        lc.reliability(survey, "yn", draws=100).summary.query(
            "estimand == 'omega_ordinal' and contrast == 'classical'"
        ),
    ]
    for told in found:
        values = told[["mean", "sd", "lower", "upper"]].to_numpy(float)
        values = values[np.isfinite(values)]
        assert len(values)
        np.testing.assert_allclose(values, values.round(2), atol=1e-12)
