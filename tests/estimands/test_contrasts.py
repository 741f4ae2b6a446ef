import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from alike import assert_alike
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, SurveyError
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.contrasts import rate_ratio
from learnclimate.estimands.level_counts import expected_counts


def ratio(fit, high="weekly", low="never", **options):
    return rate_ratio(fit, high, low, **options).summary.iloc[0]


def test_average_team_is_the_exponential_of_the_curve(exact_fit):
    row = ratio(exact_fit, population="average_team")
    assert row["mean"] == pytest.approx(np.exp(1.335))
    assert row["lower"] == pytest.approx(row["upper"])
    assert row["probability"] == 1.0
    middle = ratio(exact_fit, "monthly", "yearly", population="average_team")
    assert middle["median"] == pytest.approx(np.exp(1.335 * 0.55))


def test_numbers_are_told_as_the_levels_they_are(exact_fit):
    (talk,) = exact_fit.coding.frequencies
    numbered = replace(talk, levels=tuple("12345"))
    fit = replace(exact_fit, coding=replace(exact_fit.coding, frequencies=(numbered,)))
    row = ratio(fit, 5, 1.0, population="average_team")
    assert row["contrast"] == "5 vs 1"
    assert row["mean"] == pytest.approx(np.exp(1.335))


def test_either_order_is_answered(exact_fit):
    row = ratio(exact_fit, "never", "weekly", population="average_team")
    assert row["mean"] == pytest.approx(np.exp(-1.335))
    assert row["probability"] == 0.0
    assert row["contrast"] == "never vs weekly"


def test_new_team_is_the_ratio_of_lognormal_means(exact_fit):
    row = ratio(exact_fit, population="new_team")
    variance_low = 0.35**2
    variance_high = 0.35**2 + 0.3**2 + 2 * -0.2 * 0.35 * 0.3
    truth = np.exp(1.335 + (variance_high - variance_low) / 2)
    assert row["mean"] == pytest.approx(truth)


def test_new_team_agrees_with_monte_carlo(exact_fit):
    rng = np.random.default_rng(1)
    covariance = [[0.35**2, -0.2 * 0.35 * 0.3], [-0.2 * 0.35 * 0.3, 0.3**2]]
    intercept, slope = rng.multivariate_normal([0, 0], covariance, 1_000_000).T
    z = 0.3 + 0.3  # the third of five levels
    simulated = np.exp(intercept + z * (1.335 + slope)).mean() / np.exp(intercept).mean()
    row = ratio(exact_fit, "quarterly", "never", population="new_team")
    assert row["mean"] == pytest.approx(simulated, rel=0.003)


def test_without_team_effects_a_new_team_is_an_average_team(survey):
    from learnclimate.counts.model import CountModel
    from synthetic import make_synthetic_fit

    fit = make_synthetic_fit(survey, CountModel(team_effects=()), n_draws=5)
    alike = [ratio(fit, population=name)["mean"] for name in ("average_team", "new_team")]
    assert alike[0] == alike[1]


def test_study_is_the_ratio_of_standardised_counts(synthetic_fit):
    result = rate_ratio(synthetic_fit, "weekly", "never", population="study")
    kept = synthetic_fit.draws["standardised"]["expected_count"]
    by_hand = kept.sel(frequency_level="talk[weekly]") / kept.sel(frequency_level="talk[never]")
    np.testing.assert_allclose(result.draws["rate_ratio"], by_hand)
    row = result.summary.iloc[0]
    assert row["mean"] == pytest.approx(by_hand.mean().item())
    assert row["lower"] == pytest.approx(by_hand.quantile(0.05).item())


def test_own_frame_answers_as_the_study(synthetic_fit, survey):
    study = rate_ratio(synthetic_fit, "weekly", "never", population="study")
    frame = rate_ratio(synthetic_fit, "weekly", "never", population=survey.frame)
    np.testing.assert_allclose(frame.draws["rate_ratio"], study.draws["rate_ratio"])
    assert frame.summary.iloc[0]["population"] == "data frame"
    assert frame.summary.iloc[0]["n_respondents"] == len(survey.frame)


@pytest.mark.parametrize("population", ["average_team", "new_team", "study"])
def test_ratio_is_that_of_the_expected_counts(two_fit, population):
    result = rate_ratio(two_fit, "weekly", "yearly", population=population, frequency="meetings")
    counts = expected_counts(two_fit, population=population, frequency="meetings").draws
    counts = counts["expected_count"]
    by_hand = counts.sel(frequency_level="meetings[weekly]") / counts.sel(
        frequency_level="meetings[yearly]"
    )
    np.testing.assert_allclose(result.draws["rate_ratio"], by_hand)


def test_probability_is_the_share_of_draws_above_one(synthetic_fit, change):
    curve = synthetic_fit.draws["posterior"]["frequency_curve"].to_numpy().copy()
    curve[0, :, -1] = -0.1
    fit = change(synthetic_fit, frequency_curve=curve)
    result = rate_ratio(fit, "weekly", "never", population="average_team")
    assert result.summary.iloc[0]["probability"] == 0.75
    assert result.summary.attrs["statement"] == "the rate ratio is above 1"


def test_respondents_are_those_who_gave_either_answer(synthetic_fit, survey):
    row = ratio(synthetic_fit, population="study")
    assert row["n_respondents"] == survey.frame["talk"].isin(["weekly", "never"]).sum()
    assert not row["suppressed"]
    assert tuple(row.index) == RESULT_COLUMNS


FIGURES = ["mean", "sd", "median", "lower", "upper", "probability", "n_respondents"]


def test_a_ratio_to_a_level_of_few_is_not_shown(synthetic_fit, change):
    fit = change(synthetic_fit, "constant_data", level_size=[3, 40, 70, 60, 66])
    result = rate_ratio(fit, "weekly", "never", population="study")
    row = result.summary.iloc[0]
    assert row["suppressed"]
    assert row[FIGURES].isna().all()
    assert not result.draws.data_vars
    # "yearly" protects "never": with its number, that of "never" would be the rest.
    assert ratio(fit, "weekly", "yearly", population="study")[FIGURES].isna().all()
    shown = ratio(fit, "weekly", "monthly", population="study")
    assert shown["n_respondents"] == 126
    assert shown[FIGURES].notna().all()


@pytest.mark.parametrize("population", ["study", "average_team", "frame"])
def test_a_ratio_to_a_level_that_nobody_gave_says_so(synthetic_fit, survey, change, population):
    fit = change(synthetic_fit, "constant_data", level_size=[0, 40, 70, 60, 69])
    people = survey.frame if population == "frame" else population
    (told,) = rate_ratio(fit, "weekly", "never", population=people).summary.attrs["notes"]
    assert told.startswith("Nobody answered 'never' to")
    assert rate_ratio(fit, "weekly", "yearly", population=people).summary.attrs["notes"] == ()
    (told,) = expected_counts(fit, population=people).summary.attrs["notes"]
    assert "'never'" in told


def test_a_stricter_rule_hides_more(synthetic_fit):
    row = ratio(synthetic_fit, population="study", rule=DisclosureRule(30))
    assert row["suppressed"]


def test_a_loaded_fit_answers_alike(small_fit, loaded_fit):
    for population in ("average_team", "new_team", "study"):
        live, loaded = (
            rate_ratio(fit, "weekly", "never", population=population).summary
            for fit in (small_fit, loaded_fit)
        )
        assert_alike(live, loaded, small_fit.draws["posterior"]["intercept"].size, rounded=0.01)


def test_interval_is_as_asked(synthetic_fit):
    wide = rate_ratio(synthetic_fit, "weekly", "never", population="study", interval=0.99)
    narrow = rate_ratio(synthetic_fit, "weekly", "never", population="study", interval=0.5)
    assert wide.summary.attrs["interval"] == 0.99
    assert wide.summary.iloc[0]["upper"] > narrow.summary.iloc[0]["upper"]


def test_population_must_be_named(synthetic_fit):
    with pytest.raises(TypeError, match="population"):
        rate_ratio(synthetic_fit, "weekly", "never")


def test_wrong_arguments_are_refused(synthetic_fit, plain_fit, two_fit, survey):
    study = {"population": "study"}
    with pytest.raises(ArgumentTypeError, match="not a Fit"):
        rate_ratio(survey, "weekly", "never", **study)
    with pytest.raises(ArgumentError, match="Did you mean 'weekly'"):
        rate_ratio(synthetic_fit, "weekyl", "never", **study)
    with pytest.raises(ArgumentError, match="two different levels"):
        rate_ratio(synthetic_fit, "never", "never", **study)
    with pytest.raises(ArgumentError, match="Did you mean 'study'"):
        rate_ratio(synthetic_fit, "weekly", "never", population="stduy")
    with pytest.raises(ArgumentError, match="asked none"):
        rate_ratio(plain_fit, "weekly", "never", **study)
    with pytest.raises(ArgumentError, match="'talk', 'meetings'"):
        rate_ratio(two_fit, "weekly", "never", **study)
    with pytest.raises(ArgumentError, match="interval"):
        rate_ratio(synthetic_fit, "weekly", "never", interval=90, **study)
    with pytest.raises(ArgumentTypeError, match="rule"):
        rate_ratio(synthetic_fit, "weekly", "never", rule=5, **study)
    with pytest.raises(SurveyError, match=r"population.*'tenure'"):
        rate_ratio(synthetic_fit, "weekly", "never", population=survey.frame[["contract"]])


def test_answers_load_neither_pymc_nor_matplotlib():
    code = (
        "import sys, learnclimate.estimands.contrasts, learnclimate.estimands.level_counts\n"
        "import learnclimate.estimands.teams\n"
        "print([name for name in ('pymc', 'pytensor', 'matplotlib', 'numba', 'narwhals')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
