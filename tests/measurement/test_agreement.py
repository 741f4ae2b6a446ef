"""`agreement`: against the R package multilevel, by hand, and for privacy."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.agreement import agreement
from learnclimate.measurement.agreement_statistics import (
    team_spread,
    turned,
    within_group_agreement,
)
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.null_distributions import null_variances
from learnclimate.measurement.resampling import bayesian_bootstrap_weights
from learnclimate.measurement.rows import Row
from learnclimate.measurement.told_coarsely import told_coarsely
from measurement_answers import likert, survey_of

EVERYONE = DisclosureRule(1, reason="simulated answers")


def reference_survey(levels_reference, items=("q1", "q2", "q3", "q4")):
    answers = levels_reference["answers"]
    values = np.column_stack([answers[item] for item in items])
    return survey_of(values, [f"{number:02d}" for number in levels_reference["team"]])


def of_teams(result, estimand, contrast):
    table = result.summary
    chosen = (table["estimand"] == estimand) & (table["contrast"] == contrast)
    return table[chosen & table["team"].notna()]


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("estimand", "contrast", "theirs"),
    [
        ("rwg_j", "null: uniform", "rwg_j"),
        ("rwg_j", "null: slight_skew", "rwg_j_skewed"),
        ("rwg_star", "null: uniform", "rwg_star"),
        ("average_deviation", "about the mean", "ad_mean"),
        ("average_deviation", "about the median", "ad_median"),
    ],
)
def test_it_agrees_with_multilevel(levels_reference, estimand, contrast, theirs):
    found = agreement(reference_survey(levels_reference), "s", draws=100, rule=EVERYONE)
    ours = of_teams(found, estimand, contrast)["mean"].to_numpy()
    expected = np.array(levels_reference[theirs])
    if estimand == "rwg_j":
        # R sets what lies below 0 to 0; here it stays.
        cut = expected == 0
        assert (np.isnan(ours[cut]) | (ours[cut] < 0)).all()
        ours, expected = ours[~cut], expected[~cut]
    assert len(ours) > 15
    assert np.allclose(ours, expected, atol=1e-6)


@pytest.mark.oracle
def test_one_item_agrees_with_multilevel(levels_reference):
    survey = reference_survey(levels_reference, ["q1"])
    found = agreement(survey, "s", draws=100, rule=EVERYONE)
    ours = of_teams(found, "rwg", "null: uniform")["mean"].to_numpy()
    expected = np.array(levels_reference["rwg"])
    assert np.allclose(np.maximum(ours, 0), expected, atol=1e-6)
    deviations = of_teams(found, "average_deviation", "about the mean")["mean"]
    assert np.allclose(deviations, levels_reference["ad_mean_single"], atol=1e-6)


def test_nothing_is_truncated_in_silence():
    values = np.array([[1, 1], [5, 5], [1, 5], [5, 1], [3, 3], [1, 1]])
    survey = survey_of(np.vstack([values, np.full((6, 2), 3)]), np.repeat([0, 1], 6))
    found = agreement(survey, "s", draws=100, nulls=["uniform"], rule=EVERYONE)
    star = of_teams(found, "rwg_star", "null: uniform")["mean"]
    assert star.iloc[0] == pytest.approx(1 - np.mean(np.var(values, axis=0, ddof=1)) / 2)
    assert star.iloc[0] < 0
    assert star.iloc[1] == 1
    assert any("not truncated" in note for note in found.summary.attrs["notes"])


def test_where_the_formula_has_no_meaning_the_value_is_missing():
    assert np.isnan(within_group_agreement(np.array([4 / 3, 1.5]), 4)).all()
    assert within_group_agreement(np.array([1.3]), 4)[0] < 0
    values = np.array([[1, 1], [5, 5], [1, 5], [5, 1], [1, 1], [5, 5]])
    survey = survey_of(values, np.zeros(6, int))
    found = agreement(survey, "s", draws=100, nulls=["heavy_skew"], rule=EVERYONE)
    row = of_teams(found, "rwg_j", "null: heavy_skew").iloc[0]
    assert np.isnan(row["mean"])
    assert row["probability"] == 0


def test_missing_items_are_treated_one_by_one():
    values = np.array([[1.0, 2.0, np.nan], [3.0, 4.0, np.nan], [5.0, np.nan, 2.0]])
    spread = team_spread(values)
    assert spread.n_items == 2
    assert np.isclose(spread.variance[0], (4 + 2) / 2)
    assert np.isclose(spread.about_mean[0], (4 / 3 + 1) / 2)


def test_a_team_of_one_has_nothing_to_agree_on():
    values = likert(np.random.default_rng(1), 13, np.full(3, 0.7))
    team = np.array([0] * 6 + [1] * 6 + [2])
    found = agreement(survey_of(values, team), "s", draws=100, rule=EVERYONE)
    alone = found.summary[found.summary["team"] == "T2"]
    assert alone["mean"].isna().all()
    assert any("two members" in note for note in found.summary.attrs["notes"])


def test_draws_of_the_variance_centre_on_it():
    values = likert(np.random.default_rng(2), 8, np.full(3, 0.7))
    weights = np.random.default_rng(3).standard_exponential((40_000, 8))
    drawn = team_spread(values, weights)
    assert np.isclose(drawn.variance.mean(), team_spread(values).variance[0], rtol=0.01)


def test_small_teams_are_hidden_and_protected():
    values = likert(np.random.default_rng(4), 33, np.full(3, 0.7))
    team = np.repeat([0, 1, 2, 3], [3, 8, 10, 12])
    found = agreement(survey_of(values, team), "s", draws=100)
    hidden = found.summary[found.summary["suppressed"]]
    # The team of three, and the next one by name, which protects it.
    assert set(hidden["team"]) == {"T0", "T1"}
    assert hidden[["mean", "median", "lower", "upper", "probability"]].isna().all(axis=None)
    assert hidden["n_respondents"].isna().all()
    assert found.draws["team"].to_numpy().tolist() == ["T2", "T3"]


def test_an_item_that_few_of_a_team_answered_hides_the_team():
    values = likert(np.random.default_rng(5), 30, np.full(3, 0.7))
    team = np.repeat([0, 1, 2], 10)
    values[:7, 0] = np.nan
    found = agreement(survey_of(values, team), "s", draws=100)
    assert "T0" in set(found.summary.loc[found.summary["suppressed"], "team"])


def test_teams_are_protected_within_their_department():
    values = likert(np.random.default_rng(6), 40, np.full(3, 0.7))
    team = np.repeat([0, 1, 2, 3], [4, 12, 12, 12])
    department = np.repeat(["A", "A", "B", "B"], [4, 12, 12, 12])
    found = agreement(survey_of(values, team, department=department), "s", draws=100)
    assert set(found.summary.loc[found.summary["suppressed"], "team"]) == {"T0", "T1"}


def test_the_study_row_is_the_median_over_shown_teams(levels_reference):
    found = agreement(reference_survey(levels_reference), "s", draws=100)
    of_study = found.summary[
        found.summary["team"].isna() & (found.summary["estimand"] == "rwg_j")
    ].iloc[0]
    teams = of_teams(found, "rwg_j", "null: uniform")["mean"].dropna()
    assert of_study["mean"] == pytest.approx(teams.median())


def test_null_distributions_follow_the_number_of_answers():
    assert null_variances(None, 4) == {"uniform": pytest.approx(1.25)}
    given = null_variances({"two ends": [0.5, 0, 0, 0.5]}, 4)
    assert given == {"two ends": pytest.approx(2.25)}


@pytest.mark.parametrize(
    ("nulls", "error", "words"),
    [
        (["unifrom"], ArgumentError, "Did you mean 'uniform'"),
        ({"mine": [0.5, 0.5]}, ArgumentError, "should give 5 shares"),
        ({"mine": [0.5, 0.5, 0.5, 0, 0]}, ArgumentError, "sum to 1"),
        ({"mine": [0, 1, 0, 0, 0]}, ArgumentError, "lies on one answer"),
        ("uniform", ArgumentTypeError, "give names"),
        ([], ArgumentError, "empty"),
    ],
)
def test_bad_null_distributions_are_refused(nulls, error, words):
    with pytest.raises(error, match=words):
        null_variances(nulls, 5)


@pytest.mark.parametrize("n_categories", [2, 4, 12])
def test_skewed_nulls_need_five_to_eleven_answers(n_categories):
    with pytest.raises(ArgumentError, match="defined for 5 to 11 answers"):
        null_variances(["slight_skew"], n_categories)


# Table 2 of LeBreton and Senter (2008), as it stands in R/RWGJ.R of the first author's package
# github.com/james-lebreton/WGA, commit be26dcb: answers; uniform; slight, moderate, heavy skew.
PUBLISHED = """
5   2.00  1.34  0.90  0.44
6   2.92  1.85  1.26  0.69
7   4.00  2.90  2.14  1.39
8   5.25  3.47  2.79  2.35
9   6.67  5.66  4.73  3.16
10  8.25  6.30  5.09  3.46
11 10.00  7.31  6.32  4.02
"""


@pytest.mark.parametrize("row", PUBLISHED.strip().splitlines())
def test_null_variances_are_those_that_were_published(row):
    n_categories, *expected = map(float, row.split())
    found = null_variances(None, int(n_categories))
    assert list(found) == ["uniform", "slight_skew", "moderate_skew", "heavy_skew"]
    assert np.round(list(found.values()), 2) == pytest.approx(expected, abs=1e-9)


def test_seven_answers_are_held_against_skewed_distributions_too():
    rng = np.random.default_rng(8)
    survey = survey_of(rng.integers(3, 8, (60, 3)), np.arange(60) % 6, maximum=7)
    found = agreement(survey, "s", draws=100).summary
    medians = found[found["team"].isna() & (found["estimand"] == "rwg_star")]
    by_null = medians.set_index("contrast")["mean"]
    # One and the same variance of the answers against each yardstick: 1 less their ratio.
    apart = (1 - by_null) * pd.Series(
        {"null: uniform": 4, "null: slight_skew": 2.9, "null: moderate_skew": 2.14,
         "null: heavy_skew": 1.39}
    )  # fmt: skip
    assert len(by_null) == 4
    assert apart.to_numpy() == pytest.approx(apart.iloc[0], abs=1e-9)


@pytest.mark.parametrize(("n_members", "least"), [(6, 0.89), (12, 0.86), (30, 0.86)])
def test_intervals_cover_the_spread_of_those_that_members_stand_for(n_members, least):
    """Draws not turned cover 72 % in teams of 6, 82 % of 12; without Student's t 84 %, 90 %."""
    rng = np.random.default_rng(n_members)
    cuts = np.array([-1.2, -0.4, 0.4, 1.2])
    shares = np.diff(np.concatenate([[0], norm.cdf(cuts), [1]]))
    truth = shares @ (np.arange(5) - 2.0) ** 2
    covered, plain = [], []
    for _ in range(400):
        latent = 0.7 * rng.standard_normal((n_members, 1))
        latent = latent + np.sqrt(0.51) * rng.standard_normal((n_members, 4))
        values = 1.0 + np.searchsorted(cuts, latent)
        weights = bayesian_bootstrap_weights(rng, 300, n_members)
        drawn = team_spread(values, weights)
        own = turned(drawn, team_spread(values), n_members, 4.0, rng)
        for spread, found in ((own, covered), (drawn, plain)):
            low, high = np.quantile(spread.variance, [0.05, 0.95])
            found.append(low <= truth <= high)
    assert least < np.mean(covered) < 0.97
    assert np.mean(covered) > np.mean(plain) - 0.01


def test_it_is_said_where_intervals_fall_short_and_that_deviations_may_lie_below_theirs():
    rng = np.random.default_rng(8)
    found = agreement(survey_of(rng.integers(1, 6, (200, 4)), np.arange(200) % 20), "s", draws=300)
    notes = " ".join(found.summary.attrs["notes"])
    assert "89 to 94 %" in notes
    assert "may lie below its own" in notes
    rows = found.summary[found.summary["estimand"] == "average_deviation"]
    assert rows["mean"].iloc[0] < rows["median"].iloc[0]


def test_of_a_team_of_one_nothing_is_told_not_even_a_probability():
    rng = np.random.default_rng(21)
    team = np.array([0] + [1] * 8 + [2] * 8)
    survey = survey_of(likert(rng, 17, np.full(3, 0.7)), team)
    alone = DisclosureRule(minimum=1, reason="Made up answers.")
    table = agreement(survey, "s", draws=100, rule=alone).summary.dropna(subset="team")
    is_one = table["n_respondents"] == 1
    assert is_one.any()
    assert table.loc[is_one, ["mean", "probability"]].isna().all(axis=None)
    assert table.loc[~is_one, "probability"].notna().all()


def test_a_note_says_that_skewed_nulls_have_names_for_five_to_eleven_answers():
    rng = np.random.default_rng(8)
    said = "known by name for 5 to 11 answers"
    for maximum, is_said in ((4, True), (5, False), (7, False), (12, True)):
        values = rng.integers(1, maximum + 1, (60, 3))
        survey = survey_of(values, np.arange(60) % 6, maximum=maximum)
        notes = agreement(survey, "s", draws=100).summary.attrs["notes"]
        assert any(said in note for note in notes) == is_said
    shares = {"uniform": [1 / 12] * 12, "skewed": [0.02] * 10 + [0.4, 0.4]}
    found = agreement(survey, "s", nulls=shares, draws=100).summary
    assert not any(said in note for note in found.attrs["notes"])
    assert "null: skewed" in set(found["contrast"])


def test_far_below_zero_a_team_in_which_few_answered_all_is_told_coarsely():
    """Near its pole rwg(j) tells the variance so finely that the number of answers follows."""
    discretion = Discretion(asked=100, digits=1, group_digits={"t0": 1})
    figures = {"mean": -12.34, "lower": -140.0, "upper": 0.4, "sd": 30.0}
    row = Row(estimand="rwg_j", scale="s", team="t0", figures=figures, n_respondents=8)
    told = told_coarsely(row, discretion).figures
    assert told["mean"] == -20
    assert np.isnan(told["lower"])
    assert told["upper"] == 0.4
    # A figure so told leaves the share of variance within a tenth, as one near 0 does.
    assert abs(told["mean"] - figures["mean"]) / figures["mean"] ** 2 < 0.1
    assert told_coarsely(replace(row, team="t1"), discretion).figures == figures
