"""Fit indices of factor models: right models pass, wrong ones do not, lavaan and chance agree."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import special, stats

from factor_answers import ordinal_answers, two_scales, with_holes
from learnclimate.checks.close_fit import classical_indices
from learnclimate.checks.continuous_fit import implied_normal
from learnclimate.checks.factor_fit import fit_indices
from learnclimate.checks.factor_left_out import factor_left_out
from learnclimate.checks.factor_moments import answer_probabilities, implied_from
from learnclimate.checks.factor_predictive import _log_patterns
from learnclimate.checks.limited_information import LimitedFit, moments
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.inference.fitting import fit
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from measurement_answers import survey_of

REFERENCE = Path(__file__).parents[1] / "reference"
TWO = np.kron(np.eye(2), np.full((4, 1), 0.7))


def fitted(model, survey):
    return fit(model, survey, draws=400, seed=1, progress=False)


def respondents_left_out(fit, chosen):
    return factor_left_out(fit, chosen, ("respondent",))["respondent"]


def index(result, estimand, contrast, column="mean"):
    rows = result.summary
    found = rows[(rows["estimand"] == estimand) & (rows["contrast"] == contrast)]
    return found[column].iloc[0]


def test_one_factor_for_two_does_not_fit_and_two_do():
    rng = np.random.default_rng(1)
    answers = ordinal_answers(rng, 400, TWO, correlation=[[1, 0.3], [0.3, 1]])
    wrong = fit_indices(fitted(FactorModel("s"), survey_of(answers)), draws=100)
    right = fit_indices(fitted(FactorModel(["f", "g"]), two_scales(answers, 4)), draws=100)
    assert index(wrong, "posterior_predictive_p", "posterior", "probability") < 0.01
    assert 0.01 < index(right, "posterior_predictive_p", "posterior", "probability") < 0.99
    for contrast in ("classical", "posterior"):
        assert index(wrong, "rmsea", contrast) > 0.1 > 0.05 > index(right, "rmsea", contrast)
        assert index(wrong, "cfi", contrast) < 0.9 < 0.97 < index(right, "cfi", contrast)
        assert index(wrong, "tli", contrast) < 0.9 < 0.97 < index(right, "tli", contrast)
        assert index(wrong, "srmr", contrast) > 0.08 > 0.05 > index(right, "srmr", contrast)
    assert index(wrong, "c2", "classical", "probability") < 1e-6
    assert index(right, "c2", "classical", "probability") > 1e-3
    assert index(wrong, "elpd_loo", "posterior") < index(right, "elpd_loo", "posterior") - 20


def test_residual_correlations_name_the_pair_that_has_more_in_common():
    rng = np.random.default_rng(2)
    # Of six items the factor swings to the pair, and others are left over as much as it is.
    answers = ordinal_answers(rng, 800, np.full((8, 1), 0.7))
    twin = rng.random(800) < 0.35
    answers[twin, 7] = answers[twin, 6]
    result = fit_indices(fitted(GradedResponse("s"), survey_of(answers)), draws=100)
    rows = result.summary[result.summary["estimand"] == "residual_correlation"]
    worst = rows.loc[rows["mean"].idxmax()]
    assert worst["contrast"] == "q7, q8"
    assert worst["lower"] > 0.02


@pytest.mark.slow
@pytest.mark.oracle
def test_srmr_and_close_fit_agree_with_lavaan():
    stored = json.loads((REFERENCE / "factor_models.json").read_text(encoding="utf-8"))
    answers = [[row[f"q{j}"] for j in range(1, 9)] for row in stored["answers"]]
    result = fit_indices(fitted(FactorModel(["f", "g"]), two_scales(answers, 4)), draws=100)
    lavaan = stored["ordinal"]["two"]["fit"]
    # Ours is over the pairs of items; lavaan counts the diagonal, which fits exactly, too.
    over_pairs = lavaan["srmr"] * np.sqrt(36 / 28)
    assert index(result, "srmr", "classical") == pytest.approx(over_pairs, abs=0.002)
    assert index(result, "cfi", "classical") == pytest.approx(lavaan["cfi"], abs=0.01)
    assert index(result, "tli", "classical") == pytest.approx(lavaan["tli"], abs=0.01)
    assert index(result, "rmsea", "classical") == pytest.approx(lavaan["rmsea"], abs=0.02)
    rows = result.summary
    scale = rows.loc[rows["estimand"] == "c2", "scale"].iloc[0]
    assert f"with {lavaan['df']} degrees of freedom" in scale


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["ordinal", "continuous"])
def test_indices_follow_from_chi_squared_as_in_lavaan(kind):
    """Of one factor for items of two, lavaan's two chi-squared statistics give its indices."""
    stored = json.loads((REFERENCE / "factor_models.json").read_text(encoding="utf-8"))
    lavaan, n = stored["misfit"][kind]["fit"], len(stored["answers"])
    model = LimitedFit(lavaan["chisq"], lavaan["df"], np.nan)
    null = LimitedFit(lavaan["baseline.chisq"], lavaan["baseline.df"], np.nan)
    found = classical_indices(model, null, n)
    assert found["cfi"] == pytest.approx(lavaan["cfi"], abs=1e-9)
    assert found["tli"] == pytest.approx(lavaan["tli"], abs=1e-9)
    # lavaan's RMSEA of normal theory has n in the place of n - 1.
    scaled = found["rmsea"] * np.sqrt((n - 1) / n if kind == "continuous" else 1)
    assert scaled == pytest.approx(lavaan["rmsea"], abs=1e-9)


def test_misfit_is_as_grave_by_posterior_as_by_classical_indices():
    """lavaan's WLSMV weighs moments otherwise: its indices of a wrong model are other numbers."""
    stored = json.loads((REFERENCE / "factor_models.json").read_text(encoding="utf-8"))
    answers = [[row[f"q{j}"] for j in range(1, 9)] for row in stored["answers"]]
    result = fit_indices(fitted(FactorModel("s"), survey_of(answers)), draws=100)
    # The effective number of parameters of so wrong a model is uncertain, and with it TLI and
    # RMSEA: by draws of three seeds TLI was up to 0.027 off, and RMSEA up to 0.008.
    for name, off in (("cfi", 0.005), ("tli", 0.04), ("rmsea", 0.015)):
        classical, posterior = (index(result, name, kind) for kind in ("classical", "posterior"))
        assert posterior == pytest.approx(classical, abs=off)
    assert index(result, "rmsea", "posterior", "lower") > 0.1


def test_leaving_out_agrees_with_the_likelihood_less_its_parameters():
    rng = np.random.default_rng(4)
    answers = with_holes(rng, ordinal_answers(rng, 500, np.full((4, 1), 0.7)), 0.1)
    one = fitted(FactorModel("s"), survey_of(answers))
    left_out = respondents_left_out(one, np.arange(0, 400, 2))
    implied = implied_from(one, parameters_of(one), 0).conditional()
    patterns, place = one.design.patterns()
    logs = np.log(np.maximum(answer_probabilities(implied), 1e-300))
    fitted_ = _log_patterns(patterns, logs, one.design.first_row[:-1], implied.weight)[place]
    assert left_out.estimate.se > 0
    # The optimism of the fitted density is about its 20 parameters.
    assert 10 < fitted_.sum() - left_out.estimate.elpd < 30
    told = fit_indices(one, draws=200)
    shape = index(told, "pareto_k", "posterior")
    assert shape < left_out.estimate.limit == pytest.approx(0.565, abs=1e-3)
    assert f"{shape:.2f}, below 0.62 (400 draws)" in told.summary.attrs["notes"][0]


def test_a_respondent_unlike_all_others_is_told_by_the_pareto_shape():
    rng = np.random.default_rng(7)
    answers = ordinal_answers(rng, 60, np.full((6, 1), 0.95), cuts=[-2.5, -1.5, 0.0, 1.5])
    answers[0] = [1, 5, 1, 5, 1, 5]
    one = fitted(FactorModel("s"), survey_of(answers))
    told = fit_indices(one, draws=400)
    assert index(told, "pareto_k", "posterior") > 0.7
    assert "Fit with more draws" in told.summary.attrs["notes"][0]


def test_slopes_are_those_of_the_moments():
    rng = np.random.default_rng(5)
    one = fitted(FactorModel(["f", "g"]), two_scales(ordinal_answers(rng, 200, TWO), 4))
    implied = implied_from(one, parameters_of(one), 0)
    slopes = implied.slopes()
    moved = implied._moved(8, 0.01)
    expected = moments(moved.conditional()) - moments(implied.conditional())
    np.testing.assert_allclose(slopes[:, 8] * 0.01, expected, atol=2e-4)
    assert slopes.shape[1] == 8 + 1 + 32


def two_level_answers(own_team_sd=0.0, correlation=1.0):
    rng = np.random.default_rng(6)
    team = np.arange(500) % 50
    loadings = np.kron(np.eye(2), np.full((3, 1), 0.7)) if correlation < 1 else np.full((6, 1), 0.7)
    between = [[1, correlation], [correlation, 1]] if correlation < 1 else None
    answers = ordinal_answers(rng, 500, loadings, correlation=between, team=team, team_sd=0.6)
    # An item that a team answers higher or lower whatever its factor: misfit of the team level.
    shift = np.rint(own_team_sd * rng.standard_normal(50))[team]
    answers[:, 3] = np.clip(answers[:, 3] + shift, 1, 5)
    return survey_of(answers, team)


def test_a_two_level_model_that_is_right_fits_at_both_levels():
    result = fit_indices(fitted(FactorModel("s", levels="team"), two_level_answers()), draws=100)
    for level in ("within teams", "between teams"):
        assert index(result, "posterior_predictive_p", level, "probability") > 0.05
    assert index(result, "srmr", "within teams") < 0.05
    assert index(result, "c2", "classical", "probability") > 0.01
    for contrast in ("classical", "posterior"):
        assert index(result, "rmsea", contrast) < 0.05
        assert index(result, "cfi", contrast) > 0.97
    assert any("leaving a team out" in note for note in result.summary.attrs["notes"])


def test_an_item_with_a_team_level_of_its_own_is_misfit_between_teams():
    survey = two_level_answers(own_team_sd=1.2)
    result = fit_indices(fitted(FactorModel("s", levels="team"), survey), draws=100)
    assert index(result, "posterior_predictive_p", "between teams", "probability") < 0.02
    assert index(result, "c2", "classical", "probability") < 1e-3
    rows = result.summary[result.summary["estimand"] == "residual_correlation"]
    rows = rows[rows["contrast"].str.endswith("between teams")]
    assert "q4" in rows.loc[rows["mean"].abs().idxmax(), "contrast"]


def test_a_second_factor_of_respondents_is_misfit_within_teams():
    survey = two_level_answers(correlation=0.2)
    result = fit_indices(fitted(FactorModel("s", levels="team"), survey), draws=100)
    assert index(result, "posterior_predictive_p", "within teams", "probability") < 0.02
    assert index(result, "srmr", "within teams") > 0.08
    assert index(result, "c2", "classical", "probability") < 1e-6
    assert index(result, "rmsea", "classical") > 0.05


@pytest.mark.oracle
@pytest.mark.parametrize("scales", ["one", "two", "misfit"])
def test_continuous_items_have_lavaans_chi_squared_and_indices(scales):
    stored = json.loads((REFERENCE / "factor_models.json").read_text(encoding="utf-8"))
    n_items = 4 if scales == "one" else 8
    answers = [[row[f"q{j}"] for j in range(1, n_items + 1)] for row in stored["answers"]]
    survey = two_scales(answers, 4) if scales == "two" else survey_of(np.array(answers))
    model = FactorModel(["f", "g"] if scales == "two" else "s", ordinal=False)
    result = fit_indices(fitted(model, survey), draws=200)
    key = ("misfit", "continuous") if scales == "misfit" else ("continuous", scales)
    lavaan = stored[key[0]][key[1]]["fit"]
    assert index(result, "chi_squared", "classical") == pytest.approx(
        lavaan["chisq"], rel=0.01, abs=0.2
    )
    scale = result.summary.set_index("estimand").loc["chi_squared", "scale"]
    assert f"with {lavaan['df']} degrees" in scale
    for name in ("cfi", "tli", "rmsea"):
        assert index(result, name, "classical") == pytest.approx(lavaan[name], abs=0.004)
    p_value = index(result, "posterior_predictive_p", "posterior", "probability")
    assert p_value < 0.01 if scales == "misfit" else 0.02 < p_value < 0.98


def test_continuous_respondents_are_left_out_as_by_hand():
    rng = np.random.default_rng(7)
    answers = with_holes(rng, ordinal_answers(rng, 100, np.full((4, 1), 0.7)), 0.1)
    one = fitted(FactorModel("s", ordinal=False), survey_of(answers))
    chosen = np.arange(0, 400, 2)
    left_out = respondents_left_out(one, chosen)
    implied = implied_normal(one, chosen)
    by_hand = 0.0
    for row in one.design.numbers[one.design.answered]:
        at = np.flatnonzero(np.isfinite(row))
        logs = np.array(
            [
                stats.multivariate_normal(mean[at], covariance[np.ix_(at, at)]).logpdf(row[at])
                for mean, covariance in zip(implied.means, implied.covariances, strict=True)
            ]
        )
        # Without smoothing: the harmonic mean of the densities.
        by_hand -= special.logsumexp(-logs) - np.log(len(logs))
    assert left_out.estimate.elpd == pytest.approx(by_hand, abs=0.3)
    told = fit_indices(one, draws=100)
    assert index(told, "elpd_loo", "posterior") == pytest.approx(left_out.estimate.elpd, abs=1)
    assert index(told, "pareto_k", "posterior") < 0.7


def correlated_residuals(rng, n, share):
    """Answers of one factor, the first two items sharing some of their residual besides."""
    values = rng.standard_normal((n, 6))
    values[:, :2] = np.sqrt(1 - share) * values[:, :2] + np.sqrt(share) * rng.standard_normal(
        (n, 1)
    )
    return 0.7 * rng.standard_normal((n, 1)) + 0.7 * values


@pytest.mark.parametrize("kind", ["ordered", "continuous", "team"])
def test_the_predictive_p_value_sees_what_two_items_share(kind):
    """Counting what parameters absorb, it stayed in the middle: 0.5 to 0.9 whatever was wrong."""
    rng = np.random.default_rng(22)
    team = np.arange(600) % 60
    model = FactorModel(
        "s", ordinal=kind != "continuous", levels="team" if kind == "team" else "respondent"
    )
    level = "within teams" if kind == "team" else "posterior"
    found = []
    for share in (0.0, 0.4):
        values = correlated_residuals(rng, 600, share)
        if kind == "team":
            values = values + 0.4 * rng.standard_normal((60, 1))[team]
        answers = 1.0 + np.searchsorted([-1.3, -0.4, 0.4, 1.3], values)
        result = fit_indices(fitted(model, survey_of(answers, team)), draws=100)
        found.append(index(result, "posterior_predictive_p", level, "probability"))
    assert found[0] > 0.02 > found[1]


def test_three_items_leave_nothing_to_test():
    rng = np.random.default_rng(8)
    answers = ordinal_answers(rng, 300, np.full((3, 1), 0.7))
    result = fit_indices(fitted(FactorModel("s"), survey_of(answers)), draws=100)
    assert np.isnan(index(result, "posterior_predictive_p", "posterior", "probability"))
    assert any("says nothing here" in note for note in result.summary.attrs["notes"])


def test_something_else_is_refused():
    with pytest.raises(ArgumentTypeError, match="not a fit of a factor model"):
        fit_indices("fit")


def test_a_note_says_what_gaps_do_to_figures_of_fit_where_there_are_any():
    rng = np.random.default_rng(9)
    answers = ordinal_answers(rng, 200, np.full((4, 1), 0.7)).astype(float)
    for with_gaps in (False, True):
        if with_gaps:
            answers[:20, 1] = np.nan
        fitted = fit(FactorModel("s"), survey_of(answers), draws=100, seed=1, progress=False)
        notes = fit_indices(fitted, draws=100).summary.attrs["notes"]
        assert any("may hang on what they answered" in note for note in notes) == with_gaps
