"""Fit indices of factor models: right models pass, wrong ones do not, lavaan and chance agree."""

import json
from pathlib import Path

import numpy as np
import pytest

from factor_answers import ordinal_answers, two_scales, with_holes
from learnclimate.checks.factor_fit import _classical, fit_indices
from learnclimate.checks.factor_moments import answer_probabilities, implied_from
from learnclimate.checks.factor_predictive import _log_patterns, leave_each_out
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
    answers = ordinal_answers(rng, 800, np.full((6, 1), 0.7))
    twin = rng.random(800) < 0.35
    answers[twin, 5] = answers[twin, 4]
    result = fit_indices(fitted(GradedResponse("s"), survey_of(answers)), draws=100)
    rows = result.summary[result.summary["estimand"] == "residual_correlation"]
    worst = rows.loc[rows["mean"].idxmax()]
    assert worst["contrast"] == "q5, q6"
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
    found = _classical(model, null, n)
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
    for name in ("cfi", "tli", "rmsea"):
        classical, posterior = (index(result, name, kind) for kind in ("classical", "posterior"))
        assert posterior == pytest.approx(classical, abs=0.01)
    assert index(result, "rmsea", "posterior", "lower") > 0.1


def test_leaving_out_agrees_with_the_likelihood_less_its_parameters():
    rng = np.random.default_rng(4)
    answers = with_holes(rng, ordinal_answers(rng, 500, np.full((4, 1), 0.7)), 0.1)
    one = fitted(FactorModel("s"), survey_of(answers))
    left_out = leave_each_out(one, np.arange(0, 400, 2))
    implied = implied_from(one, parameters_of(one), 0).conditional()
    patterns, place = one.design.patterns()
    logs = np.log(np.maximum(answer_probabilities(implied), 1e-300))
    fitted_ = _log_patterns(patterns, logs, one.design.first_row[:-1], implied.weight)[place]
    assert left_out.error > 0
    # The optimism of the fitted density is about its 20 parameters.
    assert 10 < fitted_.sum() - left_out.elpd < 30
    told = fit_indices(one, draws=200)
    shape = index(told, "pareto_k", "posterior")
    assert shape < left_out.bound == pytest.approx(0.565, abs=1e-3)
    assert f"{shape:.2f}, below 0.62 (400 draws)" in told.summary.attrs["notes"][1]


def test_a_respondent_unlike_all_others_is_told_by_the_pareto_shape():
    rng = np.random.default_rng(7)
    answers = ordinal_answers(rng, 60, np.full((6, 1), 0.95), cuts=[-2.5, -1.5, 0.0, 1.5])
    answers[0] = [1, 5, 1, 5, 1, 5]
    one = fitted(FactorModel("s"), survey_of(answers))
    told = fit_indices(one, draws=400)
    assert index(told, "pareto_k", "posterior") > 0.7
    assert "Fit with more draws" in told.summary.attrs["notes"][1]


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
    assert "replicated answers" in result.summary.attrs["notes"][0]


def test_an_item_with_a_team_level_of_its_own_is_misfit_between_teams():
    survey = two_level_answers(own_team_sd=1.2)
    result = fit_indices(fitted(FactorModel("s", levels="team"), survey), draws=100)
    assert index(result, "posterior_predictive_p", "between teams", "probability") < 0.02
    rows = result.summary[result.summary["estimand"] == "residual_correlation"]
    rows = rows[rows["contrast"].str.endswith("between teams")]
    assert "q4" in rows.loc[rows["mean"].abs().idxmax(), "contrast"]


def test_a_second_factor_of_respondents_is_misfit_within_teams():
    survey = two_level_answers(correlation=0.2)
    result = fit_indices(fitted(FactorModel("s", levels="team"), survey), draws=100)
    assert index(result, "posterior_predictive_p", "within teams", "probability") < 0.02
    assert index(result, "srmr", "within teams") > 0.08


def test_continuous_items_are_judged_by_replicated_answers():
    rng = np.random.default_rng(7)
    answers = ordinal_answers(rng, 500, TWO, correlation=[[1, 0.3], [0.3, 1]])
    wrong = fit_indices(fitted(FactorModel("s", ordinal=False), survey_of(answers)), draws=100)
    two = FactorModel(["f", "g"], ordinal=False)
    right = fit_indices(fitted(two, two_scales(answers, 4)), draws=100)
    assert index(wrong, "posterior_predictive_p", "within teams", "probability") < 0.02
    assert 0.02 < index(right, "posterior_predictive_p", "within teams", "probability") < 0.98
    assert index(wrong, "srmr", "within teams") > 0.08 > 0.05 > index(right, "srmr", "within teams")


def test_something_else_is_refused():
    with pytest.raises(ArgumentTypeError, match="not a fit of a factor model"):
        fit_indices("fit")
