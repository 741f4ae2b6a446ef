"""Factor scores and plausible values: against closed forms, quadrature and known truth."""

import numpy as np
import pytest
from scipy.stats import norm

from factor_answers import ordinal_answers, two_scales, with_holes
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.estimands.factor_scores import factor_scores
from learnclimate.estimands.plausible_values import plausible_values
from learnclimate.inference.factors.scores import parameters_of, score_draws
from learnclimate.inference.fitting import fit
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from measurement_answers import survey_of


def fitted_one(levels="respondent", n=300, kind=FactorModel, share=0.1):
    rng = np.random.default_rng(3)
    team = np.concatenate([np.arange(n - 3) % 25, [25, 25, 25]])
    answers = ordinal_answers(rng, n, np.full((5, 1), 0.75), team=team, team_sd=0.5)
    survey = survey_of(with_holes(rng, answers, share), team)
    return fit(kind("s", levels=levels), survey, draws=800, seed=1, progress=False)


def quadrature(fitted, draw, respondent, logit):
    """Posterior mean and sd of a factor by a dense grid, written out anew."""
    found = parameters_of(fitted, np.array([draw]))
    x = np.linspace(-7, 7, 2001)
    log = norm.logpdf(x)
    for item, answer in enumerate(fitted.design.categories[respondent]):
        if answer < 0:
            continue
        cuts = np.concatenate([[-np.inf], found.thresholds[0, item], [np.inf]])
        predictor = found.loadings[0, item, 0] * x
        if logit:
            below = [1 / (1 + np.exp(-1.702 * (c - predictor))) for c in cuts]
        else:
            below = [norm.cdf(c - predictor) for c in cuts]
        log += np.log(np.maximum(below[answer + 1] - below[answer], 1e-300))
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean = weight @ x
    return mean, np.sqrt(weight @ (x - mean) ** 2)


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("kind", [FactorModel, GradedResponse])
def test_draws_have_the_moments_of_a_dense_grid(kind):
    fitted = fitted_one(kind=kind, n=60)
    repeated = np.full(3000, 17)
    scores = score_draws(fitted, repeated, seed=5)[:, :, 0]
    for respondent in range(0, 60, 7):
        mean, sd = quadrature(fitted, 17, respondent, kind is GradedResponse)
        assert scores[:, respondent].mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(3000))
        assert scores[:, respondent].std() == pytest.approx(sd, rel=0.07)


def test_plausible_values_keep_the_spread_that_scores_lose():
    fitted = fitted_one()
    values = plausible_values(fitted, 50).respondents.to_numpy()[:, :, 0]
    assert values.std() == pytest.approx(1, abs=0.08)
    scores = factor_scores(fitted, draws=100).respondents
    assert scores["s"].std() < 0.95
    # Total variance: that of the means and the mean of the variances.
    total = scores["s"].var() + (scores["s_sd"] ** 2).mean()
    assert total == pytest.approx(1, abs=0.12)


def test_two_factors_borrow_from_each_other():
    rng = np.random.default_rng(4)
    loadings = np.kron(np.eye(2), np.full((4, 1), 0.7))
    answers = ordinal_answers(rng, 400, loadings, correlation=[[1, 0.8], [0.8, 1]])
    answers[:50, 4:] = np.nan
    fitted = fit(FactorModel(["f", "g"]), two_scales(answers, 4), draws=400, seed=1, progress=False)
    scores = factor_scores(fitted, draws=100).respondents
    some = scores.iloc[:50]
    assert np.corrcoef(some["f"], some["g"])[0, 1] > 0.9
    assert (some["g_sd"] > some["f_sd"]).all()


@pytest.mark.parametrize("levels", ["respondent", "team"])
def test_small_teams_are_told_of_nowhere(levels):
    fitted = fitted_one(levels)
    scores = factor_scores(fitted, draws=100)
    small = scores.summary[scores.summary["team"] == "T25"]
    assert small["suppressed"].all()
    assert small["mean"].isna().all()
    assert small["n_respondents"].isna().all()
    assert "T25" not in scores.draws["team"].to_numpy()
    assert "T25" not in plausible_values(fitted, 3).teams["team"].to_numpy()
    # The next one by name is hidden too, or the small one could be subtracted out.
    assert scores.summary["suppressed"].sum() >= 2


def test_who_answered_nothing_has_no_score():
    rng = np.random.default_rng(6)
    answers = ordinal_answers(rng, 100, np.full((4, 1), 0.7))
    answers[3] = np.nan
    fitted = fit(FactorModel("s"), survey_of(answers), draws=400, seed=1, progress=False)
    scores = factor_scores(fitted, draws=100).respondents
    assert scores["s"].isna().to_numpy().nonzero()[0].tolist() == [3]


def test_no_score_is_shown_by_printing():
    fitted = fitted_one(n=80)
    assert "80 respondents" in repr(factor_scores(fitted, draws=100))
    assert "80 respondents" in repr(plausible_values(fitted, 2))


def test_bad_arguments_are_refused():
    fitted = fitted_one(n=60)
    with pytest.raises(ArgumentError, match="from 1 to"):
        plausible_values(fitted, 0)
    with pytest.raises(ArgumentTypeError, match="whole number"):
        plausible_values(fitted, 2.5)
    with pytest.raises(ArgumentTypeError, match="not a fit of a factor model"):
        factor_scores("fit")
    with pytest.raises(ArgumentError, match="at least 100"):
        factor_scores(fitted, draws=10)
