"""`reliability`: oracles, intervals that cover, and what must never happen."""

import numpy as np
import pytest

from learnclimate.core.errors import (
    ArgumentError,
    ArgumentTypeError,
    SurveyError,
)
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.coefficients import greatest_lower_bound, lambda_two
from learnclimate.measurement.covariance_coefficients import (
    Estimate,
    feldt_interval,
    lambda_two_error,
    of_covariances,
    share_interval,
    with_safe_interval,
)
from learnclimate.measurement.covariance_draws import delta_errors
from learnclimate.measurement.reliability import reliability
from learnclimate.measurement.rows import checked_sampling
from measurement_answers import keyed, likert, survey_of


def by_name(result, contrast="classical"):
    table = result.summary
    return table[table["contrast"] == contrast].set_index("estimand")


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["three", "five", "nine"])
def test_ordinal_omega_agrees_with_semtools(reliability_reference, name):
    theirs = reliability_reference["sets"][name]
    # At five, it has two decimals where few gave two answers together.
    rule = DisclosureRule(1, reason="made-up answers")
    survey = survey_of(keyed(reliability_reference, theirs["items"]))
    table = by_name(reliability(survey, "s", draws=100, rule=rule))
    assert abs(table.loc["omega_ordinal", "mean"] - theirs["omega_ordinal"]) < 1e-6
    assert abs(table.loc["alpha", "mean"] - theirs["alpha"]) < 1e-10
    assert abs(table.loc["omega_total", "mean"] - theirs["omega"]) < 1e-6


@pytest.fixture(scope="module")
def six_items():
    rng = np.random.default_rng(1)
    team = np.repeat(np.arange(30), 8)
    return reliability(
        survey_of(likert(rng, 240, np.full(6, 0.7), team, 0.6), team), "s", draws=400
    )


BIFACTOR = {"omega_hierarchical", "omega_total_bifactor"}


def test_the_columns_are_the_fixed_ones(six_items):
    assert tuple(six_items.summary.columns) == RESULT_COLUMNS
    not_told = BIFACTOR | {"greatest_lower_bound"}
    assert set(six_items.draws) == set(six_items.summary["estimand"]) - not_told


def test_every_coefficient_has_both_intervals(six_items):
    table = six_items.summary
    assert len(table) == 20
    # Six items of one factor form no groups.
    table = table[~table["estimand"].isin(BIFACTOR)]
    assert (table["lower"] < table["upper"]).all()
    # The posterior of the greatest lower bound tells bounds alone.
    whole = table[table["mean"].notna()]
    assert len(whole) == len(table) - 1
    assert (whole["lower"] < whole["mean"]).all()
    assert (whole["mean"] < whole["upper"]).all()
    posterior = table[table["contrast"] == "posterior"]
    assert posterior["probability"].between(0, 1).all()


def test_the_two_intervals_tell_the_same(six_items):
    classical, posterior = by_name(six_items), by_name(six_items, "posterior")
    for name in ("alpha", "omega_total", "omega_ordinal", "alpha_within", "omega_within"):
        width = classical.loc[name, "upper"] - classical.loc[name, "lower"]
        for end in ("lower", "upper"):
            assert abs(classical.loc[name, end] - posterior.loc[name, end]) < 0.35 * width, name


def test_nothing_passes_one(six_items):
    assert six_items.summary["upper"].max() <= 1
    assert max(float(values.max()) for values in six_items.draws.values()) <= 1


def test_same_seed_same_draws():
    survey = survey_of(likert(np.random.default_rng(2), 120, np.full(3, 0.7)))
    first, second = (reliability(survey, "s", draws=100, seed=5) for _ in range(2))
    assert first.draws.identical(second.draws)


def test_feldt_covers_alpha():
    # Parallel normal items with correlation 0.4: alpha is 4 * 0.4 / (1 + 3 * 0.4).
    rng = np.random.default_rng(3)
    truth, inside = 1.6 / 2.2, 0
    for _ in range(400):
        shared = rng.normal(size=(60, 1)) * np.sqrt(0.4)
        values = shared + rng.normal(size=(60, 4)) * np.sqrt(0.6)
        covariance = np.cov(values.T)
        value = 4 / 3 * (1 - np.trace(covariance) / covariance.sum())
        lower, upper = feldt_interval(value, 60, 4, 0.9)
        inside += lower < truth < upper
    # 360 with an sd of 6 should cover.
    assert 340 <= inside <= 380


def test_two_items_have_no_omega_and_say_so():
    found = reliability(
        survey_of(likert(np.random.default_rng(4), 100, [0.7, 0.7])), "s", draws=100
    )
    table = by_name(found)
    assert np.isfinite(table.loc["alpha", "mean"])
    assert np.isnan(table.loc["omega_total", "mean"])
    assert any("three items" in note for note in found.summary.attrs["notes"])


def test_an_empty_category_is_no_obstacle():
    values = likert(np.random.default_rng(5), 200, np.full(4, 0.7))
    values[values == 2] = 3
    values[values[:, 0] == 5, 0] = 4
    found = by_name(reliability(survey_of(values), "s", draws=100))
    assert found.loc["omega_ordinal", ["mean", "lower", "upper"]].notna().all()


def test_long_scales_are_told_of_as_short_ones_are(monkeypatch):
    rng = np.random.default_rng(12)
    team = np.arange(300) % 60
    survey = survey_of(likert(rng, 300, np.full(4, 0.6)), team)
    exact = reliability(survey, "s", draws=400).summary.set_index(["estimand", "contrast"])["sd"]
    for module in ("reliability", "ordinal_omega", "covariance_coefficients"):
        monkeypatch.setattr(f"learnclimate.measurement.{module}.MOST_FOR_WHOLE_DRAWS", 2)
    quick = reliability(survey, "s", draws=400).summary.set_index(["estimand", "contrast"])["sd"]
    for name in ("alpha", "omega_total"):
        pair = (exact[name, "classical"], quick[name, "classical"])
        assert pair[0] == pytest.approx(pair[1], rel=0.35), name
        assert pair[0] != pair[1]
    for name in ("omega_ordinal", "alpha_within", "omega_within"):
        pair = (exact[name, "posterior"], quick[name, "posterior"])
        assert pair[0] == pytest.approx(pair[1], rel=0.35), name
        assert pair[0] != pair[1]


@pytest.mark.parametrize("n_items", [10, 21])
def test_omegas_stay_shares_where_nothing_determines_them(n_items):
    """Of items that form no groups the error is vast; on an open scale it ran to -1e20."""
    values = likert(np.random.default_rng(5), 500, np.full(n_items, 0.7))
    rows = reliability(survey_of(values, np.arange(500) % 50), "s", draws=100).summary
    told = rows.set_index("estimand")[["mean", "lower", "upper"]].filter(like="omega", axis=0)
    assert told.isna().all(axis=1).sum() == told.isna().any(axis=1).sum()
    assert (told.isna() | ((told >= 0) & (told <= 1))).all(axis=None)


def groups_note(values):
    found = reliability(survey_of(values), "s", draws=100)
    return any("are undetermined here" in note for note in found.summary.attrs["notes"])


def test_a_bifactor_omega_of_items_without_groups_says_that_it_is_undetermined():
    rng = np.random.default_rng(13)
    assert groups_note(likert(rng, 300, np.full(6, 0.7)))
    in_groups = np.concatenate([likert(rng, 300, np.full(3, 0.7)) for _ in range(2)], axis=1)
    assert not groups_note(in_groups)


def test_shares_of_variance_do_not_fall_below_zero():
    rng = np.random.default_rng(14)
    values = np.concatenate([likert(rng, 200, np.full(3, 0.5)) for _ in range(4)], axis=1)
    table = reliability(survey_of(values), "s", draws=200).summary
    shares = table[~table["estimand"].str.startswith("alpha")].dropna(subset="mean")
    assert "omega_hierarchical" in set(shares["estimand"])
    assert (shares[["lower", "mean"]] >= 0).all(axis=None)
    assert (shares["upper"] <= 1).all()


def test_too_few_teams_are_told():
    values = likert(np.random.default_rng(6), 100, np.full(3, 0.7))
    found = reliability(survey_of(values, np.zeros(100, int)), "s", draws=100)
    assert np.isnan(by_name(found).loc["alpha_between", "mean"])
    assert any("more teams" in note for note in found.summary.attrs["notes"])


def test_reliability_between_teams_that_hardly_differ_is_not_determined():
    rng = np.random.default_rng(20)
    values = likert(rng, 132, np.full(6, 0.7))
    # Sums of the items are dealt out to the teams in turn, so that these are alike.
    team = np.empty(132, dtype=int)
    team[np.argsort(values.sum(axis=1))] = np.arange(132) % 12
    found = reliability(survey_of(values, team), "s", draws=100)
    table = by_name(found)
    assert table.loc[["alpha_between", "omega_between"], "mean"].isna().all()
    assert table.loc["alpha_within", "mean"] > 0.5
    assert any("teams hardly differ" in note for note in found.summary.attrs["notes"])


def test_missing_answers_are_counted():
    values = likert(np.random.default_rng(7), 100, np.full(3, 0.7))
    values[:10, 0] = np.nan
    found = reliability(survey_of(values), "s", draws=100)
    assert by_name(found).loc["alpha", "n_respondents"] == 90
    assert by_name(found).loc["omega_ordinal", "n_respondents"] == 100
    assert found.summary.attrs["notes"][0].startswith("90 of 100 respondents")


def test_a_raised_minimum_hides_how_many_left_something_open():
    values = likert(np.random.default_rng(7), 100, np.full(3, 0.7))
    values[:6, 0] = np.nan
    plain = reliability(survey_of(values), "s", draws=100).summary
    assert plain.attrs["notes"][0].startswith("94 of 100 respondents")
    raised = reliability(survey_of(values), "s", draws=100, rule=DisclosureRule(8)).summary
    assert "not all were used" in raised.attrs["notes"][0]
    assert "94" not in " ".join(raised.attrs["notes"])


def test_items_that_go_against_each_other_give_a_low_alpha_not_a_crash():
    values = likert(np.random.default_rng(8), 200, np.full(4, 0.7))
    values[:, :2] = 6 - values[:, :2]
    found = by_name(reliability(survey_of(values), "s", draws=100))
    assert found.loc["alpha", "mean"] < 0
    assert found.loc["omega_total", "mean"] < 0.3


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"draws": 10}, ArgumentError, "draws=10"),
        ({"draws": 10.5}, ArgumentTypeError, "draws=10.5"),
        ({"above": 1.0}, ArgumentError, "above=1.0"),
        ({"interval": 1.5}, ArgumentError, "interval=1.5"),
    ],
)
def test_bad_options_are_refused(options, error, words):
    survey = survey_of(likert(np.random.default_rng(9), 50, np.full(3, 0.7)))
    with pytest.raises(error, match=words):
        reliability(survey, "s", **options)


def test_too_few_complete_answers_are_refused():
    values = likert(np.random.default_rng(10), 50, np.full(3, 0.7))
    values[:25, 0] = np.nan
    values[25:, 1] = np.nan
    with pytest.raises(SurveyError, match="fewer than 5 respondents answered all 3 items"):
        reliability(survey_of(values), "s")


def test_a_copy_among_the_items_is_named():
    rng = np.random.default_rng(21)
    values = likert(rng, 60, [0.7, 0.7, 0.7, 0.7])
    copied = values.copy()
    copied[:, 2] = copied[:, 0]
    with pytest.raises(SurveyError, match=r"Items 'q1' and 'q3'.*the same answer to both"):
        reliability(survey_of(copied), "s", draws=100)
    copied[:, 2] = 6 - copied[:, 0]
    with pytest.raises(SurveyError, match=r"Items 'q1' and 'q3'.*opposite answers"):
        reliability(survey_of(copied), "s", draws=100)


def test_all_but_a_copy_is_told_without_a_crash():
    rng = np.random.default_rng(22)
    values = likert(rng, 60, [0.7, 0.7, 0.7, 0.7])
    values[:, 2] = values[:, 0]
    values[0, 2] = values[0, 0] - 1 if values[0, 0] > 1 else 2
    # Without the first respondent, as in a replicate of the jackknife, q3 is a copy of q1.
    found = reliability(survey_of(values, np.arange(60) // 6), "s", draws=100)
    assert found.summary["mean"].max() <= 1
    assert found.summary["upper"].max() <= 1


def test_a_bifactor_omega_at_a_boundary_is_as_sure_by_both_ways():
    """A uniqueness that reaches 0 makes a kink, at which derivatives say a sevenfold error."""
    rng = np.random.default_rng(8)
    answers = likert(rng, 268, np.array([0.8, 0.7, 0.7, 0.6, 0.6, 0.5, 0.5]))
    for seed in range(3):
        chosen = np.random.default_rng(seed).integers(0, 268, 268)
        found = of_covariances(answers[chosen], checked_sampling(500, 1, 0.9))
        one = found["omega_total_bifactor"]
        assert one.error == pytest.approx(one.draws.std(), rel=0.5)
        assert one.bounds[1] - one.bounds[0] < 0.12


def test_alpha_below_zero_is_told_as_it_is_and_explained():
    rng = np.random.default_rng(3)
    found = reliability(survey_of(rng.integers(1, 6, (60, 4)), np.arange(60) % 10), "s", draws=200)
    rows = found.summary.set_index(["estimand", "contrast"])
    assert rows.loc[("alpha", "classical"), "lower"] < 0
    told = [note for note in found.summary.attrs["notes"] if "goes below 0" in note]
    assert len(told) == 1
    assert "keyed the other way" in told[0]
    sound = reliability(survey_of(likert(rng, 200, np.full(4, 0.7))), "s", draws=200)
    assert not any("goes below 0" in note for note in sound.summary.attrs["notes"])


def test_the_error_of_guttmans_second_bound_is_that_of_the_delta_method():
    values = likert(np.random.default_rng(7), 200, np.array([0.8, 0.3, 0.6, 0.7]))
    assert lambda_two_error(values) == pytest.approx(delta_errors(values, lambda_two), rel=1e-5)


def one_factor(n_items):
    """Covariances of one factor, of which the greatest lower bound is omega."""
    loadings = np.linspace(0.5, 0.85, n_items)
    return np.outer(loadings, loadings) + np.diag(1 - loadings**2)


def test_intervals_of_the_greatest_lower_bound_hold_it_as_often_as_they_say():
    """Of 90 %, intervals about the sample's bound held it in 42 %: it is too high by far."""
    covariances = one_factor(8)
    true = float(greatest_lower_bound(covariances[None])[0])
    root, rng = np.linalg.cholesky(covariances), np.random.default_rng(12)
    held, naive = 0, 0
    for seed in range(40):
        complete = rng.standard_normal((150, 8)) @ root.T
        options = checked_sampling(100, seed, 0.9)
        bound = float(greatest_lower_bound(np.cov(complete.T)[None])[0])
        error = delta_errors(complete, greatest_lower_bound)
        ends = share_interval(bound, error, 0.9)
        naive += ends[0] <= true <= ends[1]
        told = with_safe_interval(Estimate(bound, error, ends, np.empty(0), 150), complete, options)
        held += told.bounds[0] <= true <= told.bounds[1]
        # Guttman's bound is close to it where one factor is all there is.
        assert told.bounds[1] - told.bounds[0] < 0.15
    assert naive < 30
    assert held >= 36


def test_the_posterior_of_the_greatest_lower_bound_tells_bounds_alone():
    values = likert(np.random.default_rng(3), 300, np.full(5, 0.7))
    found = reliability(survey_of(values, np.arange(300) % 30), "s", draws=400)
    table = found.summary.set_index(["estimand", "contrast"])
    told = table.loc[("greatest_lower_bound", "posterior")]
    assert told[["mean", "sd", "median"]].isna().all()
    assert told["lower"] < table.loc[("greatest_lower_bound", "classical"), "mean"] < told["upper"]
    assert 0 <= told["probability"] <= 1
    assert "greatest_lower_bound" not in found.draws
    assert any("never above it" in note for note in found.summary.attrs["notes"])
