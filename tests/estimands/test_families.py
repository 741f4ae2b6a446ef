"""Answers about families whose mean is no exponential, from the draws of one small fit each."""

from functools import cache

import numpy as np
import pytest
from scipy.special import expit

import learnclimate as lc
from alike import assert_alike

ZERO = lc.ZeroPart(covariates=("tenure",))
OUT_OF = lc.Outcome("activities", trials=8)
CASES = {
    "zero-inflated": (lc.ZeroInflatedPoisson(ZERO), lc.Truth(zeros="inflated", dispersion=None)),
    "out of K": (lc.BetaBinomial(), lc.Truth(outcome=OUT_OF, intercept=-1.0, dispersion=6.0)),
}


@cache
def fitted(name):
    family, truth = CASES[name]
    survey = lc.simulate_survey(n_teams=12, team_size=8, truth=truth, seed=5)
    model = lc.CountModel(family=family, frequency=lc.Linear(), team_effects=("intercept",))
    return survey, lc.fit(model, survey, engine="marginal", draws=200, seed=1, progress=False)


def flat(fit, name):
    values = fit.draws["posterior"][name].to_numpy()
    return values.reshape(-1, *values.shape[2:])


def typical_means(name):
    """By hand: average team, covariates at their means, each level."""
    _, fit = fitted(name)
    covariates = fit.design.covariate_means
    predictor = flat(fit, "intercept") + flat(fit, "covariate_effects") @ covariates
    predictor = predictor[:, None] + flat(fit, "frequency_curve")
    if name == "out of K":
        return 8 * expit(predictor)
    odds = flat(fit, "zero_intercept")
    odds = odds + flat(fit, "zero_covariate_effects") @ fit.design.zero_covariate_means
    return expit(-(odds[:, None] + flat(fit, "zero_frequency_curve"))) * np.exp(predictor)


@pytest.mark.parametrize("name", CASES)
def test_expected_counts_of_the_average_team(name):
    _, fit = fitted(name)
    found = lc.expected_counts(fit, population="average_team").summary["mean"]
    np.testing.assert_allclose(found, typical_means(name).mean(axis=0), rtol=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_rate_ratio_is_of_the_overall_count(name):
    _, fit = fitted(name)
    means = typical_means(name)
    ratio = lc.rate_ratio(fit, "weekly", "never", population="average_team").summary["mean"].item()
    assert ratio == pytest.approx((means[:, -1] / means[:, 0]).mean(), rel=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_the_study_is_its_own_respondents_as_a_data_frame(name):
    survey, fit = fitted(name)
    study = lc.expected_counts(fit, population="study").summary["mean"]
    people = lc.expected_counts(fit, population=survey.frame).summary["mean"]
    hidden = survey.frame["team"].map(survey.frame["team"].value_counts()) < 5
    # Small teams enter the data frame as new ones.
    np.testing.assert_allclose(study, people, rtol=0.02 if hidden.any() else 1e-8)


@pytest.mark.parametrize("name", CASES)
def test_predicted_counts_have_the_expected_mean(name):
    survey, fit = fitted(name)
    for population in ("new_team", survey.frame):
        expected = lc.expected_counts(fit, population=population).summary["mean"]
        drawn = [
            lc.predicted_counts(fit, population=population, seed=seed).summary["mean"]
            for seed in range(30)
        ]
        np.testing.assert_allclose(np.mean(drawn, axis=0), expected, rtol=0.1)


@pytest.mark.parametrize("name", CASES)
def test_a_saved_fit_answers_alike(name, tmp_path):
    _, fit = fitted(name)
    fit.save(tmp_path / "fit.nc", include_respondents=True)
    loaded = lc.load_fit(tmp_path / "fit.nc")
    assert loaded.model == fit.model
    assert loaded.codebook == fit.codebook
    for one, other in zip(loaded.design.asked.columns, fit.design.asked.columns, strict=True):
        np.testing.assert_array_equal(one, other)
    fit.save(tmp_path / "told.nc")
    told = lc.load_fit(tmp_path / "told.nc")
    for population in ("average_team", "new_team", "study"):
        # Drawn anew for the study; typical people stand at rounded means of covariates.
        assert_alike(
            lc.expected_counts(fit, population=population).summary,
            lc.expected_counts(told, population=population).summary,
            fit.provenance.draws,
            rounded=0.01,
        )


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("name", CASES)
def test_a_report_says_how_the_counts_were_modelled(name, language, tmp_path):
    _, fit = fitted(name)
    lc.report(fit, tmp_path / "report.html", language=language)
    page = (tmp_path / "report.html").read_text("utf-8")
    words = {
        ("zero-inflated", "en"): "zero-inflated Poisson regression (Lambert, 1992)",
        ("zero-inflated", "nl"): "Poisson-regressie met extra nullen (Lambert, 1992)",
        ("out of K", "en"): "beta-binomial regression (Williams, 1982) with a logit link",
        ("out of K", "nl"): "logit-linkfunctie",
    }
    assert words[name, language] in page


@cache
def fitted_with_own_trials():
    survey, _ = fitted("out of K")
    frame = survey.frame.assign(asked=np.where(np.arange(len(survey.frame)) % 3, 8, 12))
    codebook = lc.Codebook(
        outcome=lc.Outcome("activities", trials="asked"),
        team="team",
        frequency="talk",
        frequency_levels=[str(level) for level in survey.frame["talk"].cat.categories],
        covariates=["tenure"],
    )
    survey = lc.read_survey(frame, codebook)
    model = lc.CountModel(family=lc.BetaBinomial(), frequency=lc.Linear(), team_effects=())
    return survey, lc.fit(model, survey, engine="marginal", draws=100, seed=1, progress=False)


def test_people_have_their_own_number_of_trials():
    survey, fit = fitted_with_own_trials()
    study = lc.expected_counts(fit, population="study").summary["mean"]
    people = lc.expected_counts(fit, population=survey.frame).summary["mean"]
    np.testing.assert_allclose(study, people, rtol=1e-8)
    few = survey.frame.assign(asked=2)
    all_few = lc.expected_counts(fit, population=few).summary["mean"]
    most = lc.expected_counts(fit, population=survey.frame.assign(asked=12)).summary["mean"]
    np.testing.assert_allclose(6 * all_few, most, rtol=1e-8)
    counts = lc.predicted_counts(fit, population=few, seed=1).draws
    assert counts.max() == 2
    told = lc.expected_counts(fit, population=survey.frame.drop(columns="asked"))
    np.testing.assert_allclose(told.summary["mean"], most, rtol=1e-8)
    assert any("is out of 12" in note for note in told.summary.attrs["notes"])


@pytest.mark.parametrize("wrong", [0, 2.5, np.nan, np.inf])
def test_trials_of_people_are_whole(wrong):
    survey, fit = fitted_with_own_trials()
    frame = survey.frame.astype({"asked": float})
    frame.loc[frame.index[3], "asked"] = wrong
    with pytest.raises(lc.SurveyError, match=r"population: Column 'asked'.*whole number"):
        lc.expected_counts(fit, population=frame)


def test_team_effects_out_of_k_are_told_as_odds():
    _, fit = fitted("out of K")
    assert set(lc.team_effects(fit, "intercept").summary["scale"]) == {"log odds"}
    for figure in (
        lc.plots.team_effects(fit, effect="intercept"),
        lc.plots.team_shrinkage(fit, effect="intercept"),
    ):
        (axes,) = figure.axes
        assert "odds" in axes.get_xlabel()
    _, counted = fitted("zero-inflated")
    assert set(lc.team_effects(counted, "intercept").summary["scale"]) == {"log rate"}
