"""Fit where answers were left open: lavaan's full information, true models pass, wrong do not."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from factor_answers import ordinal_answers
from learnclimate.checks.completed_answers import allowance, completed, completions, left_open
from learnclimate.checks.factor_fit import fit_indices
from learnclimate.checks.factor_fit_rows import spread_draws
from learnclimate.checks.factor_replicates import by_level
from learnclimate.checks.invariance_configural import group_misfit, in_all_groups
from learnclimate.checks.level_fit import level_test
from learnclimate.checks.open_normal import open_normal_test
from learnclimate.checks.open_replicates import _Answers
from learnclimate.checks.ordered_fit import judge_ordered
from learnclimate.checks.residual_correlations import correlations_of_moments
from learnclimate.checks.two_level_likeliest import independent_levels, saturated_fit
from learnclimate.checks.two_level_normal import Levels, square_of, team_answers
from learnclimate.checks.two_level_open import open_team_answers
from learnclimate.inference.fitting import fit
from learnclimate.measurement.bivariate_normal import bivariate_normal_cdf
from learnclimate.measurement.factor_design import factor_design
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.measurement.rows import checked_sampling
from measurement_answers import survey_of

REFERENCE = Path(__file__).parents[1] / "reference"


def left_open_by_the_low(rng, answers, much, little):
    """The last two items are left open by `much` of those low on the first, `little` of others."""
    share = np.where(answers[:, 0] <= 2, much, little)
    gaps = answers.astype(float)
    for item in (-2, -1):
        gaps[rng.random(len(gaps)) < share, item] = np.nan
    return gaps


def in_common(rng, n, share):
    """Answers to five items of one factor, of which the second and the last have more in common."""
    noise = rng.standard_normal((n, 5))
    noise[:, 4] = share * noise[:, 1] + np.sqrt(1 - share**2) * noise[:, 4]
    latent = 0.75 * rng.standard_normal((n, 1)) + np.sqrt(1 - 0.75**2) * noise
    return 1.0 + np.searchsorted([-1.2, -0.4, 0.4, 1.2], latent)


def told(answers, team=None, *, draws=100, **model):
    fitted = fit(FactorModel("s", **model), survey_of(answers, team), draws=200, seed=1,
                 progress=False)  # fmt: skip
    return fit_indices(fitted, draws=draws).summary


def figure(rows, estimand, contrast, column="mean"):
    return rows.loc[(rows["estimand"] == estimand) & (rows["contrast"] == contrast), column].iloc[0]


def test_a_true_model_passes_where_the_low_leave_items_open():
    """By complete respondents, such a model was rejected: p 0.00, RMSEA .32, CFI .70."""
    rng = np.random.default_rng(77)
    right = told(left_open_by_the_low(rng, in_common(rng, 1000, 0.0), 0.9, 0.02))
    assert 0.02 < figure(right, "posterior_predictive_p", "posterior", "probability") < 0.98
    assert figure(right, "c2", "classical", "probability") > 0.02
    for contrast in ("classical", "posterior"):
        assert figure(right, "rmsea", contrast) < 0.03
        assert figure(right, "cfi", contrast) > 0.99
        assert figure(right, "srmr", contrast) < 0.04
    assert right.loc[right["estimand"] == "residual_correlation", "mean"].abs().max() < 0.06
    assert figure(right, "c2", "classical", "n_respondents") == 1000
    assert any("allow for" in note for note in right.attrs["notes"])


def test_a_wrong_model_is_seen_where_the_low_leave_items_open_as_without_gaps():
    rng = np.random.default_rng(12)
    answers = in_common(rng, 800, 0.5)
    whole, gaps = told(answers), told(left_open_by_the_low(rng, answers, 0.5, 0.1))
    for rows in (whole, gaps):
        assert figure(rows, "posterior_predictive_p", "posterior", "probability") < 0.01
        assert figure(rows, "c2", "classical", "probability") < 0.001
        assert figure(rows, "rmsea", "posterior") > 0.05
    one, other = (
        rows.loc[rows["estimand"] == "residual_correlation", "mean"].to_numpy()
        for rows in (whole, gaps)
    )
    assert np.abs(one).max() > 0.05
    np.testing.assert_allclose(one, other, atol=0.05)
    assert np.corrcoef(one, other)[0, 1] > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("ordinal", [True, False])
def test_a_true_two_level_model_passes_where_the_low_leave_items_open(ordinal):
    rng = np.random.default_rng(3)
    team = np.repeat(np.arange(80), 20)
    answers = ordinal_answers(rng, 1600, np.full((5, 1), 0.75), team=team, team_sd=0.5)
    gaps = left_open_by_the_low(rng, answers, 0.5, 0.05)
    rows = told(gaps, team, levels="team", ordinal=ordinal)
    test = "c2" if ordinal else "chi_squared"
    assert figure(rows, test, "classical", "probability") > 0.02
    for level in ("within teams", "between teams"):
        assert 0.02 < figure(rows, "posterior_predictive_p", level, "probability") <= 1
    assert figure(rows, "rmsea", "posterior") < 0.03
    assert figure(rows, "cfi", "posterior") > 0.99


@pytest.mark.slow
@pytest.mark.parametrize("ordinal", [True, False])
def test_p_values_of_true_models_are_uniform_where_the_low_leave_items_open(ordinal):
    test, found = "c2" if ordinal else "chi_squared", []
    for seed in range(24):
        rng = np.random.default_rng([5, seed])
        answers = left_open_by_the_low(rng, in_common(rng, 400, 0.0), 0.6, 0.05)
        rows = told(answers, ordinal=ordinal)
        found.append([
            figure(rows, test, "classical", "probability"),
            figure(rows, "posterior_predictive_p", "posterior", "probability"),
            figure(rows, "rmsea", "posterior"),
        ])  # fmt: skip
    by_test, by_replicates, rmsea = np.transpose(found)
    assert stats.kstest(by_test, "uniform").pvalue > 0.01
    assert stats.kstest(by_replicates, "uniform").pvalue > 0.01
    assert rmsea.mean() < 0.04


@pytest.fixture(scope="module")
def lavaan():
    stored = json.loads((REFERENCE / "factor_open.json").read_text(encoding="utf-8"))
    stored["answers"] = np.array(stored["answers"], dtype=float)
    stored["team"] = np.array(stored["team"]) - 1
    return stored


def fitted_to(lavaan, levels):
    survey = survey_of(lavaan["answers"], lavaan["team"], maximum=9)
    model = FactorModel("s", ordinal=False, levels=levels)
    return fit(model, survey, draws=200, seed=1, progress=False)


@pytest.mark.oracle
def test_chi_squared_of_one_level_is_lavaans_by_full_information(lavaan):
    model, null, sizes = open_normal_test(fitted_to(lavaan, "respondent"), np.arange(0, 200, 4))
    measures = lavaan["one"]["measures"]
    assert model.best.statistic == pytest.approx(measures["chisq"], abs=1e-4)
    assert model.best.df == measures["df"]
    assert null.statistic == pytest.approx(measures["baseline.chisq"], abs=1e-4)
    assert null.df == measures["baseline.df"]
    assert sizes == (15, 5, len(lavaan["answers"]))
    # Five loadings and five deviations are drawn around the likeliest.
    assert model.draws.mean() == pytest.approx(model.best.statistic + 10, abs=4)
    assert model.added == pytest.approx(10, abs=4)


@pytest.mark.oracle
def test_chi_squared_of_two_levels_is_lavaans_by_full_information(lavaan):
    """lavaan's EM for all covariances stops .0009 short of the likeliest."""
    answers = open_team_answers(lavaan["answers"], lavaan["team"])
    stored = lavaan["two"]["measures"]
    theirs = Levels(*(np.array(lavaan["two"][level]) for level in ("within", "between")))
    assert answers.deviance(theirs) == pytest.approx(-2 * stored["unrestricted.logl"], abs=1e-4)
    every = saturated_fit(answers)
    assert every.found
    assert 0 <= answers.deviance(theirs) - every.deviance < 2e-3
    null = independent_levels(answers).deviance + 2 * stored["unrestricted.logl"]
    assert null == pytest.approx(stored["baseline.chisq"], abs=1e-4)
    found = level_test(fitted_to(lavaan, "team"), np.arange(0, 200, 4))
    assert found.model.best.statistic == pytest.approx(stored["chisq"], abs=2e-3)
    assert found.model.best.df == stored["df"]
    for level in ("within", "between"):
        one, other = found.by_level[f"{level} teams"], lavaan["partial"][level]
        assert one.statistic == pytest.approx(other["chisq"], abs=2e-3)
        assert one.df == other["df"]


def test_likelihoods_of_two_levels_have_their_slopes_and_without_gaps_are_the_old_ones(lavaan):
    values, team = lavaan["answers"], lavaan["team"]
    filled = np.where(np.isnan(values), 5.0, values)
    at = Levels(np.array(lavaan["two"]["within"]), np.array(lavaan["two"]["between"]))
    old, new = team_answers(filled, team).at(at), open_team_answers(filled, team).at(at)
    assert new.deviance == pytest.approx(old.deviance, rel=1e-12)
    np.testing.assert_allclose(new.score, old.score, atol=1e-9)
    answers, lower = open_team_answers(values, team), np.tril_indices(5)

    def there(flat):
        return answers.at(Levels(square_of(flat[:15], lower), square_of(flat[15:], lower)))

    flat = at.flat() * np.linspace(0.9, 1.1, 30)
    by_hand = [
        (there(flat - one).deviance - there(flat + one).deviance) / 4e-5
        for one in 1e-5 * np.eye(30)
    ]
    np.testing.assert_allclose(there(flat).score, by_hand, atol=1e-5, rtol=1e-6)
    assert answers.at(Levels(-at.within, at.between)) is None


def test_what_is_corrected_of_two_normal_means_are_the_likeliest():
    """Of known covariances, one is left open more where the other is low: regression tells."""
    rng = np.random.default_rng(2)
    n, slope = 500, 0.7
    first = rng.standard_normal(n) + 0.2
    second = slope * first + np.sqrt(1 - slope**2) * rng.standard_normal(n)
    gaps = rng.random(n) < np.where(first < 0, 0.7, 0.1)

    def completion():
        made = slope * first + np.sqrt(1 - slope**2) * rng.standard_normal(n)
        return np.column_stack([first, np.where(gaps, made, second)])

    made = completions((completion() for _ in range(4000)), gaps)
    np.testing.assert_allclose(made.lost, np.diag([0, gaps.sum() * (1 - slope**2)]), rtol=0.02)
    own = allowance(np.array([[1, slope], [slope, 1]]), made.lost / n, 4000)
    likeliest = second[~gaps].mean() + slope * (first.mean() - first[~gaps].mean())
    found = own.corrected(made.totals.mean(axis=0) / n)
    np.testing.assert_allclose(found, [first.mean(), likeliest], atol=0.005)
    error = (1 - slope**2) / (~gaps).sum() + slope**2 / n
    np.testing.assert_allclose(own.covariance()[1, 1] / n, error, rtol=0.02)
    # Errors of complete answers, stretched, have these covariances.
    apart = rng.multivariate_normal([0, 0], [[1, slope], [slope, 1]], 100_000)
    np.testing.assert_allclose(np.cov(own.stretched(apart).T), own.covariance(), rtol=0.03)


def test_where_nothing_is_lost_nothing_is_allowed_for():
    covariance = np.cov(np.random.default_rng(3).standard_normal((4, 50)))
    own = allowance(covariance, np.zeros((4, 4)), 100)
    np.testing.assert_allclose(own.covariance(), covariance, atol=1e-12)
    apart = np.arange(4.0)
    np.testing.assert_allclose(own.corrected(apart), apart, atol=1e-10)
    np.testing.assert_allclose(own.stretched(apart), apart, atol=1e-10)
    np.testing.assert_allclose(own.stretched_covariance(np.eye(4)), np.eye(4), atol=1e-10)


def test_given_answers_stay_and_only_open_ones_are_drawn():
    rng = np.random.default_rng(4)
    answers = left_open_by_the_low(rng, in_common(rng, 120, 0.0), 0.6, 0.1)
    answers[7] = np.nan
    for ordinal in (True, False):
        fitted = fit(FactorModel("s", ordinal=ordinal), survey_of(answers), draws=100, seed=1,
                     progress=False)  # fmt: skip
        assert left_open(fitted.design)
        one, other = completed(fitted, np.array([3, 60]), 1)
        given = np.delete(answers, 7, axis=0) - 1
        known = np.isfinite(given)
        assert (one[known] == given[known]).all()
        assert (one[~known] != other[~known]).any()
        assert np.isfinite(one).all()
        again = next(iter(completed(fitted, np.array([3, 60]), 1)))
        assert (again == one).all()
        if ordinal:
            assert set(np.unique(one)) == {0, 1, 2, 3, 4}
    whole = survey_of(in_common(rng, 60, 0.0))
    assert not left_open(factor_design(FactorModel("s"), whole))


@pytest.mark.parametrize("levels", ["respondent", "team"])
def test_sums_over_units_give_the_covariances_at_each_level(levels):
    rng = np.random.default_rng(5)
    team = np.repeat(np.arange(12), np.resize([3, 6, 9], 12))
    answers = in_common(rng, len(team), 0.0)
    survey = survey_of(answers, team)
    model = FactorModel("s", levels=levels)

    class Standing:
        design = factor_design(model, survey)

    Standing.model = model
    own = _Answers(Standing)
    values = own.design.categories.astype(float)
    found = own.by_level(own.sums(values).sum(axis=0))
    for one, other in zip(found, by_level(values, own.team), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_correlations_give_back_the_mean_products_they_make():
    cuts, rho = np.array([[-1.0, 0.2, 1.1], [-0.3, 0.6, 40.0]]), 0.55
    both = bivariate_normal_cdf(-cuts[0][:, None], -cuts[1][None], rho)
    shares = [stats.norm.cdf(-cuts[0]), stats.norm.cdf(-cuts[1][:2])]
    observed = np.concatenate([*shares, [both.sum()]])
    found = correlations_of_moments(observed, np.array([3, 2]), 1000)
    assert found == pytest.approx([rho], abs=1e-8)
    # A share that rises by chance from one threshold to the next is taken for the lower one.
    odd = replace_at(observed, 2, observed[1] + 0.01)
    assert np.isfinite(correlations_of_moments(odd, np.array([3, 2]), 1000)).all()


def replace_at(values, place, value):
    changed = values.copy()
    changed[place] = value
    return changed


def test_the_structure_of_a_group_with_gaps_is_tested_as_fit_indices_tell():
    rng = np.random.default_rng(6)
    answers = left_open_by_the_low(rng, in_common(rng, 300, 0.0), 0.7, 0.05)
    survey = survey_of(answers, np.repeat(np.arange(20), 15))
    fitted = fit(FactorModel("s"), survey, draws=200, seed=1, progress=False)
    judged = judge_ordered(fitted, spread_draws(fitted, 200), checked_sampling(200, 1, 0.9, None))
    c2 = next(row for row in judged.rows if row.estimand == "c2")
    misfit = group_misfit(fitted)
    found = in_all_groups([misfit], by_teams=False)
    assert found.statistic == pytest.approx(c2.figures["mean"], rel=1e-6)
    assert found.p_value == pytest.approx(c2.figures["probability"], rel=1e-6)
    # What teams add is told less the mean of all, so that it adds up to nothing.
    np.testing.assert_allclose(misfit.pulls.sum(axis=1), 0, atol=1e-8)
    assert misfit.pulls.shape[1] == 20
