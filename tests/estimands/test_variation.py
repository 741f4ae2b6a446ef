import numpy as np
import pytest

from alike import assert_alike
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.estimands.level_counts import expected_counts
from learnclimate.estimands.variation import variance_partition
from synthetic import make_synthetic_fit

Z = np.array([0.0, 0.3, 0.6, 0.85, 1.0])
VARIANCE = 0.35**2 + (Z * 0.3) ** 2 - 2 * 0.2 * 0.35 * 0.3 * Z


def means(result, estimand):
    summary = result.summary
    return summary.loc[summary["estimand"] == estimand, "mean"].to_numpy()


def test_shares_are_those_of_the_published_formulas(exact_fit):
    result = variance_partition(exact_fit)
    expected = expected_counts(exact_fit, population="new_team").summary["mean"].to_numpy()
    between = expected**2 * (np.exp(VARIANCE) - 1)
    within = expected + expected**2 * np.exp(VARIANCE) / 3.0
    np.testing.assert_allclose(means(result, "team_share"), between / (between + within))
    scatter = np.log(1 + 1 / expected + 1 / 3.0)
    np.testing.assert_allclose(means(result, "team_share_log"), VARIANCE / (VARIANCE + scatter))
    ratio = np.exp(np.sqrt(2 * VARIANCE) * 0.6744897501960817)
    np.testing.assert_allclose(means(result, "median_rate_ratio"), ratio)


def simulated(fit, level, dispersion):
    """Two people of each of many teams, drawn from the definition."""
    rng = np.random.default_rng(3)
    base = expected_counts(fit, population="average_team").summary["mean"].to_numpy()[level]
    rates = base * np.exp(np.sqrt(VARIANCE[level]) * rng.standard_normal(2_000_000))
    counts = []
    for _ in range(2):
        own = (
            rates
            if dispersion is None
            else rates * rng.gamma(dispersion, 1 / dispersion, len(rates))
        )
        counts.append(rng.poisson(own))
    return rates, counts


@pytest.mark.parametrize("dispersion", [None, 3.0])
def test_share_is_the_correlation_within_teams(survey, dispersion):
    family = {} if dispersion else {"family": Poisson()}
    fit = make_synthetic_fit(survey, CountModel(**family), n_draws=1, spread=0.0)
    _, (one, other) = simulated(fit, 4, dispersion)
    share = means(variance_partition(fit), "team_share")[4]
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(share, abs=0.004)


def test_median_rate_ratio_is_that_of_random_pairs(exact_fit):
    rates, _ = simulated(exact_fit, 2, 3.0)
    pairs = np.abs(np.log(rates[::2]) - np.log(rates[1::2]))
    ratio = means(variance_partition(exact_fit), "median_rate_ratio")[2]
    assert np.exp(np.median(pairs)) == pytest.approx(ratio, rel=0.003)


def test_teams_that_do_not_differ_have_no_share(synthetic_fit, change):
    fit = change(synthetic_fit, team_sd=0.0)
    result = variance_partition(fit)
    assert (means(result, "team_share") == 0).all()
    assert (means(result, "team_share_log") == 0).all()
    assert (means(result, "median_rate_ratio") == 1).all()


def test_rows_are_three_a_level_in_the_fixed_columns(two_fit):
    result = variance_partition(two_fit, frequency="meetings")
    assert tuple(result.summary.columns) == RESULT_COLUMNS
    assert len(result.summary) == 16
    assert (result.summary["population"] == "new_team").all()
    assert list(result.draws.data_vars) == [
        *("team_share", "team_share_log", "median_rate_ratio", "slope_share")
    ]
    kept = result.draws["team_share"].sel(frequency_level="meetings[weekly]")
    row = result.summary.query("estimand == 'team_share' and contrast == 'weekly'").iloc[0]
    assert row["mean"] == pytest.approx(kept.mean().item())
    assert row["scale"] == "share of the variance of counts"


def test_a_study_without_frequency_has_three_rows(plain_fit):
    result = variance_partition(plain_fit)
    assert len(result.summary) == 3
    assert result.summary["contrast"].isna().all()
    assert result.draws["team_share"].dims == ("chain", "draw")
    sd = plain_fit.draws["posterior"]["team_sd"].to_numpy()[..., 0]
    np.testing.assert_allclose(
        result.draws["median_rate_ratio"], np.exp(np.sqrt(2) * sd * 0.6744897501960817)
    )


def test_levels_of_few_are_hidden(synthetic_fit, change):
    fit = change(synthetic_fit, "constant_data", level_size=[3, 40, 70, 60, 66])
    result = variance_partition(fit)
    summary = result.summary
    assert summary["suppressed"].sum() == 7
    assert "slope_share" not in result.draws
    assert summary.loc[summary["suppressed"], ["n_respondents", "median"]].isna().all(axis=None)
    assert result.draws["frequency_level"].to_numpy().tolist() == [
        *("talk[quarterly]", "talk[monthly]", "talk[weekly]")
    ]


def test_a_loaded_fit_answers_alike(small_fit, loaded_fit):
    live, loaded = variance_partition(small_fit), variance_partition(loaded_fit)
    assert_alike(
        live.summary, loaded.summary, small_fit.draws["posterior"]["intercept"].size, rounded=0.01
    )


def test_wrong_arguments_are_refused(survey, two_fit, synthetic_fit):
    with pytest.raises(ArgumentTypeError, match="not a Fit"):
        variance_partition(survey)
    with pytest.raises(ArgumentError, match="'talk', 'meetings'"):
        variance_partition(two_fit)
    with pytest.raises(ArgumentError, match="interval"):
        variance_partition(synthetic_fit, interval=1.5)
    without = make_synthetic_fit(survey, CountModel(team_effects=()), n_draws=1)
    with pytest.raises(ArgumentError, match="nothing varies over teams"):
        variance_partition(without)


def test_slope_share_is_what_equal_slopes_would_take_away(exact_fit, survey):
    """Simulate teams: the mean over respondents of the variance, less that of a common shift."""
    result = variance_partition(exact_fit)
    row = result.summary.query("estimand == 'slope_share'").iloc[0]
    rng = np.random.default_rng(4)
    covariance = np.array([[0.35**2, -0.2 * 0.35 * 0.3], [-0.2 * 0.35 * 0.3, 0.3**2]])
    teams = rng.multivariate_normal([0, 0], covariance, 400_000)
    curve = Z[exact_fit.design.frequency_level[:, 0]]
    people = np.unique(curve, return_counts=True)
    at_level = teams[:, [0]] + teams[:, [1]] * people[0]
    share = people[1] / people[1].sum()
    whole = at_level.var(axis=0) @ share
    within_teams = ((at_level - (at_level @ share)[:, None]) ** 2 @ share).mean()
    assert row["mean"] == pytest.approx(within_teams / whole, rel=0.01)
    assert row["n_respondents"] == exact_fit.design.n_rows
    assert row["scale"] == "share of the variance between teams"


def test_slopes_that_do_not_vary_have_no_share(survey, synthetic_fit, change):
    fit = make_synthetic_fit(survey, CountModel(team_effects=("intercept",)), n_draws=2)
    assert "slope_share" not in variance_partition(fit).summary["estimand"].tolist()
    sd = synthetic_fit.draws["posterior"]["team_sd"].to_numpy().copy()
    sd[..., 1] = 0.0
    still = variance_partition(change(synthetic_fit, team_sd=sd))
    assert still.summary.query("estimand == 'slope_share'")["mean"].item() == pytest.approx(0)
