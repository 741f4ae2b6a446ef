"""Checks of answers that allow several counts: on the bins as they were asked."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.checks.densities import log_density_of_rows
from learnclimate.checks.left_out import part_densities, respondents_as_parts, teams_as_parts
from learnclimate.checks.respondents import chosen_draws
from refits import assert_agree

OPTIONS = ["none", "1-2", "3-5", "6-10", "11 or more"]
STARTS = [0, 1, 3, 6, 11]


@pytest.fixture(scope="module")
def binned():
    """A study in which alike respondents, and teams, differ much, asked in answer options."""
    outcome = lc.Outcome("activities", bins=OPTIONS)
    truth = lc.Truth(dispersion=1.0, team_sd=(0.7, 0.0), outcome=outcome)
    return lc.simulate_survey(n_teams=24, team_size=10, truth=truth, seed=5)


def fitted(survey, *, team_effects=("intercept",), **parts):
    # One effect a team, whose integral is cheap; the options are what is looked at here.
    model = lc.CountModel(covariates=(), team_effects=team_effects, **parts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lc.LearnClimateWarning)
        return lc.fit(model, survey, draws=1000, seed=5, engine="marginal", progress=False)


@pytest.fixture(scope="module")
def true_fit(binned):
    return fitted(binned)


@pytest.fixture(scope="module")
def predictive(true_fit):
    return lc.posterior_predictive(true_fit, draws=400, seed=1)


def test_a_true_model_is_good_on_the_options_as_asked(true_fit, predictive, binned):
    assert predictive.verdict == "good"
    assert lc.check_fit(true_fit, draws=200).verdict == "good"
    assert predictive.rootogram["first"].tolist() == STARTS
    answered = binned.frame["activities"].value_counts()
    assert predictive.rootogram["observed"].tolist() == answered[OPTIONS].tolist()
    assert predictive.residuals.verdict == "good"


def test_means_by_level_and_team_are_of_the_lowest_counts_of_the_options(predictive, binned):
    lowest = dict(zip(OPTIONS, STARTS, strict=True))
    frame = binned.frame.assign(lowest=[lowest[one] for one in binned.frame["activities"]])
    by_level = frame.groupby("talk", observed=True)["lowest"].mean()
    for row in predictive.level_means.itertuples():
        assert row.observed == pytest.approx(by_level[row.level])
    by_team = frame.groupby("team", observed=True)["lowest"].mean()
    shown = predictive.team_means[~predictive.team_means["hidden"]]
    assert shown["observed"].tolist() == pytest.approx(by_team[shown["team"]].tolist())


def test_expected_options_are_those_of_the_exact_probabilities(true_fit):
    """New counts sorted into options, against the probability of each option."""
    design = true_fit.design
    predictive = lc.posterior_predictive(true_fit, draws=60, seed=1)
    draws = chosen_draws(true_fit, 60, design)
    ends = [start - 1 for start in STARTS[1:]] + [np.iinfo(np.int64).max]
    expected = []
    for low, high in zip(STARTS, ends, strict=True):
        asked = replace(design.asked, highest=np.full(design.n_rows, high))
        other = replace(design, outcome=np.full(design.n_rows, low), asked=asked)
        rows = np.arange(design.n_rows)
        density = log_density_of_rows(draws, other, true_fit.model.family, rows)
        expected.append(np.exp(density).sum(axis=1).mean())
    assert sum(expected) == pytest.approx(design.n_rows)
    error = np.sqrt(np.array(expected) / 60)
    assert (np.abs(predictive.rootogram["expected"] - expected) < 4.5 * error).all()


def test_a_wrong_family_is_bad_on_the_options_as_asked(binned):
    found = lc.check_fit(fitted(binned, family=lc.Poisson()), draws=200)
    assert found.verdict == "bad"
    assert found["distribution"].verdict == "bad"
    assert found["residuals"].verdict == "bad"


def test_ignored_teams_are_bad_on_the_options_as_asked(binned, predictive):
    found = lc.check_fit(fitted(binned, team_effects=()), draws=200)
    assert found["team share"].verdict == "bad"
    share = predictive.statistics.set_index("statistic").loc["team share"]
    assert share["verdict"] == "good"


def test_priors_are_judged_on_the_options_as_asked(binned):
    good = lc.prior_predictive(lc.CountModel(), binned, draws=400)
    assert good.verdict == "good"
    assert good.rootogram["first"].tolist() == STARTS
    sure = lc.Priors(intercept=lc.Normal(5, 0.1), dispersion=lc.Gamma(40, 20))
    far = lc.CountModel(priors=sure)
    bad = lc.prior_predictive(far, binned, draws=400)
    assert bad.verdict == "bad"
    # Whatever the priors expect beyond is told as the lowest count of the open option.
    mean = bad.statistics.set_index("statistic").loc["mean"]
    assert mean["upper"] <= STARTS[-1]


@pytest.fixture(scope="module")
def small_fit():
    """Few respondents, so that refits are quick."""
    truth = lc.Truth(outcome=lc.Outcome("activities", bins=OPTIONS))
    survey = lc.simulate_survey(n_teams=10, team_size=6, truth=truth, seed=5)
    return fitted(survey, frequency=lc.Linear())


@pytest.mark.parametrize("unit", ["respondent", "team"])
def test_left_out_answers_agree_with_exact_refits(small_fit, unit):
    """The hardest of all and a usual one, within the error of both computations."""
    design = small_fit.design
    draws = chosen_draws(small_fit, 1000, design, teams=unit == "respondent")
    leave = lc.leave_one_out if unit == "respondent" else lc.leave_one_team_out
    found = leave(small_fit, refits=0, progress=False)
    order = np.argsort(found.pointwise)
    # Respondents by weights alone; the effects of teams are always integrated out.
    usual = found.method[order] == int(unit == "team")
    order = order[usual & (found.khat[order] < found.limit)]
    units = order[[0, len(order) // 2]]
    if unit == "respondent":
        parts = respondents_as_parts(design, units)
        log_density = log_density_of_rows(draws, design, small_fit.model.family, units).T
    else:
        parts = [teams_as_parts(design)[team] for team in units]
        log_density = part_densities(small_fit, design, parts, draws)
    assert_agree(small_fit, found, units, parts, log_density)
