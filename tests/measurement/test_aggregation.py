"""`aggregation`: against R, an exact posterior checked by simulation, and bad input."""

from dataclasses import replace

import numpy as np
import pytest

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, SurveyError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.aggregation import aggregation
from learnclimate.measurement.team_variance import (
    classical,
    one_way,
    posterior_shares,
    share_of_squares,
)
from learnclimate.measurement.told_variance import ToldTeams, split_as_told
from measurement_answers import likert, survey_of


def rows(result, contrast):
    table = result.summary
    return table[table["contrast"] == contrast].set_index("estimand")


@pytest.mark.oracle
def test_it_agrees_with_multilevel(levels_reference):
    answers = levels_reference["answers"]
    values = np.column_stack([answers[f"q{place}"] for place in range(1, 5)])
    survey = survey_of(values, levels_reference["team"])
    every_team = DisclosureRule(1, reason="simulated answers")
    found = rows(aggregation(survey, "s", rule=every_team), "classical")
    for name in ("icc1", "icc2"):
        assert abs(found.loc[name, "mean"] - levels_reference[name]) < 1e-9
    sample = rows(aggregation(survey, "s", rule=every_team), "these answers")
    assert abs(sample.loc["eta_squared", "mean"] - levels_reference["eta_squared"]) < 1e-9
    size = len(values) / 26
    expected = 1 + (size - 1) * levels_reference["icc1"]
    assert abs(found.loc["design_effect", "mean"] - expected) < 1e-9


def simulated(rng, share, sizes):
    team = np.repeat(np.arange(len(sizes)), sizes)
    level = rng.normal(size=len(sizes)) * np.sqrt(share)
    return level[team] + rng.normal(size=len(team)) * np.sqrt(1 - share), team


def test_classical_intervals_cover_the_truth():
    rng = np.random.default_rng(1)
    share, inside = 0.2, 0
    for _ in range(400):
        split = one_way(*simulated(rng, share, np.full(25, 8)))
        _, lower, upper = classical(split, 0.9)["icc1"]
        inside += lower < share < upper
    assert 340 <= inside <= 380


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_classical_intervals_cover_the_truth_where_few_teams_are_large(share):
    """With the mean size for all, 90 % intervals held .87 and .76 of the truths."""
    rng = np.random.default_rng(2)
    sizes = np.where(np.arange(30) < 6, 40, 4)
    size = sizes.mean()
    truth = {"icc1": share, "icc2": size * share / (1 + (size - 1) * share)}
    truth["design_effect"] = 1 + (size - 1) * share
    inside = dict.fromkeys(truth, 0)
    for _ in range(600):
        found = classical(one_way(*simulated(rng, share, sizes)), 0.9)
        for name, value in truth.items():
            inside[name] += found[name][1] < value < found[name][2]
    # One interval told three ways. 0.9, up to three standard errors.
    assert len(set(inside.values())) == 1
    assert abs(inside["icc1"] / 600 - 0.9) < 3 * np.sqrt(0.9 * 0.1 / 600)


def test_a_told_size_stands_for_the_true_one_in_all_figures():
    """Else the mean square ratio, which icc2 tells, and an end of icc1 would tell the size."""
    split = one_way(*simulated(np.random.default_rng(3), 0.3, np.full(20, 7)))
    found = classical(replace(split, told_size=9.0), 0.9, exact=False)
    for one, two in zip(found["icc1"], found["icc2"], strict=True):
        assert 9 * one / (1 + 8 * one) == pytest.approx(two)
    exact = classical(split, 0.9)
    for name in ("icc2", "eta_squared"):
        assert found[name] == pytest.approx(exact[name])


def with_open(rng, share_open):
    """Twenty teams of 12, their scores on eleven answers, some left open by chance."""
    level = rng.normal(size=20) * np.sqrt(0.3)
    team = np.repeat(np.arange(20), 12)
    latent = level[team] + rng.normal(size=240) * np.sqrt(0.7)
    one = np.clip(np.rint(latent * 2 + 6), 1, 11)
    two = np.clip(np.rint(latent * 2 + 6 + rng.normal(size=240) * 0.1), 1, 11)
    answers = np.column_stack([one, two])
    answers[rng.random(240) < share_open] = np.nan
    return survey_of(answers, team, maximum=11)


def test_who_left_a_scale_open_does_not_shrink_the_icc():
    """Of 240 asked some 180 have a score, which is told: ICCs are theirs, not of teams of 12."""
    rng = np.random.default_rng(4)
    apart = []
    for _ in range(12):
        rows = aggregation(with_open(rng, 0.25), "s", draws=400).summary
        assert any("respondents with a score on average" in one for one in rows.attrs["notes"])
        one = rows[rows["estimand"] == "icc1"].set_index("contrast")["mean"]
        apart.append(one["classical"] - one["posterior"])
    # Scaled by the members asked it was .07 less on average.
    assert abs(np.mean(apart)) < 0.03


def test_where_few_left_a_scale_open_no_end_of_an_interval_hangs_on_single_sizes():
    """Where teams hardly differ, exact lower ends are functions of whole numbers of scores."""
    rng = np.random.default_rng(5)
    answers = rng.integers(1, 6, (44, 2)).astype(float)
    answers[[40, 41]] = np.nan
    team = np.repeat(np.arange(5), [9, 8, 9, 11, 7])
    found = aggregation(survey_of(answers, team), "s", draws=100)
    known = np.isfinite(answers).all(axis=1)
    score = answers.mean(axis=1)
    # Of the team in which two did, the rounded mean and the members asked.
    means = np.array([np.nan] * 4 + [np.round(np.nanmean(score[team == 4]), 1)])
    seen = ToldTeams(np.arange(5) == 4, np.bincount(team).astype(float), means, None)
    split = split_as_told(score[known], team[known], seen)
    told = rows(found, "classical")
    by_mean_size, exact = (classical(split, 0.9, exact=how)["icc2"] for how in (False, True))
    assert told.loc["icc2", "lower"] == pytest.approx(by_mean_size[1], abs=0.051)
    assert abs(exact[1] - by_mean_size[1]) > 0.1
    assert "exact ones would tell of the few" in " ".join(found.summary.attrs["notes"])


def test_how_many_left_a_scale_open_moves_no_figure_that_is_told():
    """All rows are functions of one ratio: rounded each by itself, they told the number."""
    rng = np.random.default_rng(6)
    team = np.repeat(np.arange(14), 10)
    level = rng.normal(0, 0.6, 14)[team]
    whole = np.clip(np.rint(3 + level[:, None] + rng.normal(0, 1, (140, 3))), 1, 5)
    # Whoever leaves the scale open, the team's mean stays the same.
    whole[team == 0] = 2.0
    told, exact = [], []
    for n_open in (1, 3):
        answers = whole.copy()
        answers[5 : 5 + n_open] = np.nan
        found = aggregation(survey_of(answers, team), "s", draws=100)
        rows_told = found.summary[found.summary["contrast"] != "posterior"]
        told.append(rows_told[["mean", "lower", "upper"]].to_numpy(dtype=float))
        known = np.isfinite(answers[:, 0])
        exact.append(classical(one_way(answers[known].mean(axis=1), team[known]), 0.9))
    np.testing.assert_array_equal(*told)
    apart = [abs(exact[0][name][0] - exact[1][name][0]) for name in exact[0]]
    # The control: with exact sums of squares it moves them by more than the rounding.
    assert max(apart) > 0.01


def test_of_teams_that_do_not_differ_at_all_no_reliability_is_told():
    answers = np.tile([[1.0, 2.0], [4.0, 3.0], [2.0, 5.0], [3.0, 3.0], [5.0, 4.0]], (4, 1))
    found = rows(aggregation(survey_of(answers, np.repeat(np.arange(4), 5)), "s"), "classical")
    assert found.loc["icc2", ["mean", "lower", "upper"]].isna().all()
    assert np.isfinite(found.loc["icc1", ["mean", "lower", "upper"]].astype(float)).all()


def test_eta_squared_is_about_the_teams_that_answered_estimate_interval_and_posterior():
    rng = np.random.default_rng(8)
    level = np.sqrt(0.25 / 0.75) * rng.standard_normal(25)
    team = np.repeat(np.arange(25), 6)
    between = np.mean((level - level.mean()) ** 2)
    truth = between / (between + 1)
    inside, above, sample, posterior = 0, 0, [], 0
    for _ in range(300):
        split = one_way(level[team] + rng.standard_normal(150), team)
        estimate, lower, upper = classical(split, 0.9)["eta_squared"]
        assert lower <= estimate <= upper
        inside += lower < truth < upper
        above += estimate > truth
        sample.append(share_of_squares(split))
        drawn = posterior_shares(split, 200, rng)["eta_squared"]
        posterior += np.quantile(drawn, 0.05) < truth < np.quantile(drawn, 0.95)
    # Binomial(300, p) within three standard deviations.
    assert 254 <= inside <= 286
    assert 124 <= above <= 176
    assert posterior >= 254
    assert np.mean(sample) > truth + 0.05


def test_the_posterior_is_calibrated_over_its_prior():
    rng = np.random.default_rng(2)
    sizes = np.array([1, 3, 4, 5, 6, 7, 8, 9, 12, 2, 5, 6])
    ranks = []
    for _ in range(300):
        share = rng.random()
        drawn = posterior_shares(one_way(*simulated(rng, share, sizes)), 99, rng)["icc1"]
        ranks.append(int((drawn < share).sum()))
    counts = np.bincount(np.array(ranks) // 10, minlength=10)
    # Chi-square with 9 degrees of freedom: 27.9 is its 0.999 quantile.
    assert ((counts - 30) ** 2 / 30).sum() < 27.9


def test_the_posterior_of_balanced_teams_follows_the_f_distribution():
    # Given the sums of squares the share has density (1 + (n - 1) x)^-(G - 1)/2 ... in closed form.
    rng = np.random.default_rng(3)
    split = one_way(*simulated(rng, 0.3, np.full(20, 10)))
    drawn = posterior_shares(split, 40_000, rng)["icc1"]
    share = np.linspace(0, 1, 20_001)[:-1]
    level = 1 + 9 * share
    log_density = (
        -0.5 * 19 * np.log(level)
        - 0.5 * 180 * np.log(1 - share)
        - 0.5 * 199 * np.log(split.between / level + split.within / (1 - share))
    )
    density = np.exp(log_density - log_density.max())
    expected = (density * share).sum() / density.sum()
    assert np.isclose(drawn.mean(), expected, atol=0.002)


def test_the_verdict_is_a_probability():
    rng = np.random.default_rng(4)
    team = np.repeat(np.arange(40), 10)
    survey = survey_of(likert(rng, 400, np.full(4, 0.7), team, 0.7), team)
    found = aggregation(survey, "s", bounds={"icc1": 0.9})
    assert rows(found, "posterior").loc["icc1", "probability"] == 0
    assert rows(found, "posterior").loc["icc2", "probability"] > 0.9
    assert "icc1 above 0.9) with probability 0.00" in found.summary.attrs["verdict"]
    assert rows(found, "classical")["probability"].isna().all()


def test_teams_that_do_not_differ_keep_their_negative_icc():
    values = np.tile([[1, 2], [2, 3], [3, 4], [4, 5], [5, 5]], (8, 1))
    found = aggregation(survey_of(values, np.repeat(np.arange(8), 5)), "s")
    assert rows(found, "classical").loc["icc1", "mean"] < 0
    assert rows(found, "posterior").loc["icc1", "lower"] >= 0
    assert rows(found, "classical").loc["eta_squared", "lower"] == 0


def test_one_item_and_open_items_are_allowed():
    rng = np.random.default_rng(5)
    team = np.repeat(np.arange(10), 8)
    values = likert(rng, 80, np.full(3, 0.7), team, 0.5)
    values[:7, 0] = np.nan
    values[:5, 1] = np.nan
    found = aggregation(survey_of(values, team), "s", missing_allowed=1)
    assert rows(found, "classical")["n_respondents"].unique().tolist() == [64]
    # One team has three with a score; another of eight protects it.
    assert "2 teams that may not be shown are left out" in " ".join(found.summary.attrs["notes"])
    single = aggregation(survey_of(values[:, 2:], team), "s")
    assert single.summary["mean"].notna().all()
    assert len(single.summary) == 9


@pytest.mark.parametrize(
    ("values", "team", "words"),
    [
        (np.tile([[1, 2], [3, 4]], (6, 1)), np.zeros(12, int), "in 1 team have"),
        (np.tile([[1, 2], [3, 4]], (6, 1)), np.arange(12), "two respondents more than teams"),
        (np.repeat([[1, 2], [3, 4]], 6, axis=0), np.repeat([0, 1], 6), "within no team"),
    ],
)
def test_surveys_that_cannot_tell_are_refused(values, team, words):
    with pytest.raises(SurveyError, match=words):
        aggregation(survey_of(values, team), "s")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"bounds": {"icc3": 0.1}}, ArgumentError),
        ({"bounds": {"icc1": float("nan")}}, ArgumentError),
        ({"bounds": {"icc1": "0.1"}}, ArgumentTypeError),
        ({"bounds": {"icc1": 5}}, ArgumentError),
        ({"bounds": 0.1}, ArgumentTypeError),
        ({"missing_allowed": 2}, ArgumentError),
        ({"missing_allowed": 0.5}, ArgumentTypeError),
    ],
)
def test_bad_options_are_refused(options, error):
    values = np.tile([[1, 2], [3, 4]], (6, 1))
    with pytest.raises(error):
        aggregation(survey_of(values), "s", **options)


def test_icc_below_zero_is_told_as_it_is_and_explained():
    rng = np.random.default_rng(3)
    team = np.repeat(np.arange(20), 8)
    none = aggregation(survey_of(likert(rng, 160, np.full(4, 0.7)), team), "s", draws=500)
    rows = none.summary.set_index(["estimand", "contrast"])
    assert rows.loc[("icc1", "classical"), "lower"] < 0
    assert rows.loc[("icc1", "posterior"), "lower"] >= 0
    assert any("not cut off at 0" in note for note in none.summary.attrs["notes"])
    values = likert(rng, 160, np.full(4, 0.7), team, spread=1.0)
    clear = aggregation(survey_of(values, team), "s", draws=500)
    assert not any("not cut off at 0" in note for note in clear.summary.attrs["notes"])
