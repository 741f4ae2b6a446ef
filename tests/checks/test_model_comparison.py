import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from learnclimate.checks.leave_out import leave_one_out, leave_one_team_out
from learnclimate.checks.model_comparison import compare_models, stacking_weights, told_apart
from learnclimate.checks.smoothing import smoothed_rows
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import LKJ, Dirichlet, Exponential, Normal
from learnclimate.inference.fitting import fit
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey

REFERENCE = Path(__file__).parents[1] / "reference"


def test_a_wrong_family_is_told_apart(fitted, poisson_fit):
    told = compare_models({"poisson": poisson_fit, "true": fitted}, progress=False)
    assert told.table["model"].tolist() == ["true", "poisson"]
    assert told.table["told_apart"].tolist() == [False, True]
    assert told.verdict == "good"
    assert "Worse: 'poisson'" in told.words
    assert told.table["weight"].iloc[0] > 0.9


def test_models_that_predict_alike_cannot_be_told_apart(fitted, linear_fit):
    told = compare_models({"monotonic": fitted, "linear": linear_fit}, progress=False)
    assert told.verdict == "doubtful"
    assert "Cannot be told apart" in told.words
    assert "predicts a respondent left out best" not in told.words
    assert set(told.check.values) == {"difference[monotonic]", "difference[linear]"}
    close = replace(told, table=told.table.assign(difference=[0.0, -0.02]))
    assert "(0.0, standard error" in close.words


def test_ignored_teams_predict_other_teams_worse(fitted, teamless_fit):
    told = compare_models({"teams": fitted, "none": teamless_fit}, unit="team", progress=False)
    assert told.table["model"].iloc[0] == "teams"
    assert told.table["difference"].iloc[1] < -4
    assert "where they differ by more than 4 of them" in told.words


def test_what_was_left_out_already_can_be_given(fitted, poisson_fit):
    mixed = {"true": leave_one_out(fitted, progress=False), "poisson": poisson_fit}
    whole = compare_models({"true": fitted, "poisson": poisson_fit}, progress=False)
    pd.testing.assert_frame_equal(compare_models(mixed, progress=False).table, whole.table)
    with pytest.raises(ArgumentError, match="unit='team'"):
        compare_models({**mixed, "teams": leave_one_team_out(fitted, progress=False)})


def test_models_with_other_covariates_of_the_same_answers_are_compared(fitted, survey):
    fewer = fit(CountModel(covariates=()), survey, draws=1000, seed=1, progress=False)
    told = compare_models({"with": fitted, "without": fewer}, progress=False)
    assert len(told.table) == 2


def test_other_answers_are_refused(fitted, survey):
    shorter = read_survey(survey.frame.iloc[:-1], survey.codebook)
    other = fit(CountModel(), shorter, draws=400, seed=1, progress=False)
    with pytest.raises(FitError, match="different answers"):
        compare_models({"one": fitted, "other": other})


def test_as_many_rows_left_out_for_other_reasons_are_refused(fitted, poisson_fit):
    """The same counts in the same teams may still be of other people."""
    others = replace(
        poisson_fit,
        provenance=replace(poisson_fit.provenance, left_out=(("z", "covariate not answered", 1),)),
    )
    with pytest.raises(FitError, match="different reasons"):
        compare_models({"x": fitted, "z": others}, progress=False)


def test_arguments_are_checked(fitted):
    with pytest.raises(ArgumentTypeError, match="mapping"):
        compare_models([fitted, fitted])
    with pytest.raises(ArgumentError, match="two fits"):
        compare_models({"one": fitted})
    with pytest.raises(ArgumentTypeError, match="not a fit"):
        compare_models({"one": fitted, "two": 2})
    with pytest.raises(ArgumentError, match="unit="):
        compare_models({"one": fitted, "two": fitted}, unit="teams")


def test_small_differences_and_few_units_tell_nothing_apart():
    assert told_apart(-10, 3, 500)
    assert not told_apart(-10, 3, 60)
    assert not told_apart(-3.9, 0.1, 500)
    assert not told_apart(0.0, 0.0, 500)


def test_stacking_mixes_models_that_are_right_for_some():
    # Where each of two models gives p to its half and q to the other, halves weigh the same.
    p, q = np.log(0.9), np.log(0.2)
    log_density = np.array([[p, p, q, q], [q, q, p, p]])
    assert stacking_weights(log_density) == pytest.approx([0.5, 0.5], abs=1e-4)
    # With three of four its own, w solves 3 (p-q)/(q + w (p-q)) = (p-q)/(p - w (p-q)).
    log_density = np.array([[p, p, p, q], [q, q, q, p]])
    weight = (3 * 0.9 - 0.2) / (4 * 0.7)
    assert stacking_weights(log_density)[0] == pytest.approx(weight, abs=1e-4)


@pytest.fixture(scope="module")
def reference():
    return json.loads((REFERENCE / "leave_one_out.json").read_text())


@pytest.mark.oracle
def test_weights_are_those_of_loo(reference):
    stored = reference["psis"]
    weights, khat = smoothed_rows(np.array(stored["log_ratios"]))
    assert khat == pytest.approx(stored["pareto_k"], abs=1e-5)
    assert weights == pytest.approx(np.array(stored["log_weights"]), abs=1e-4)


@pytest.mark.slow
@pytest.mark.oracle
def test_leaving_out_agrees_with_brms_and_loo(reference):
    levels = ("never", "yearly", "quarterly", "monthly", "weekly")
    codebook = Codebook(
        outcome="activities",
        team="team",
        frequency="talk",
        frequency_levels=levels,
        covariates=("tenure", "contract"),
    )
    survey = read_survey(pd.read_csv(REFERENCE / "few_large.csv"), codebook)
    priors = Priors(
        intercept=Normal(1, 2),
        frequency=Normal(0, 1),
        frequency_shape=Dirichlet(1.0),
        covariates={"tenure": Normal(0, 0.5), "contract[temporary]": Normal(0, 1)},
        team_sd=Exponential(2),
        team_correlation=LKJ(2),
        dispersion=Exponential(0.1),
    )
    wrong = Priors(
        **{name: getattr(priors, name) for name in Priors.__slots__ if name != "dispersion"}
    )
    left_out = {
        "negative_binomial": fit(
            CountModel(priors=priors), survey, draws=16000, seed=1, progress=False
        ),
        "poisson": fit(
            CountModel(family=Poisson(), priors=wrong), survey, draws=16000, seed=1, progress=False
        ),
    }
    left_out = {
        name: leave_one_out(one, draws=16000, progress=False) for name, one in left_out.items()
    }
    for name, one in left_out.items():
        theirs = reference[name]
        trusted = np.array(theirs["pareto_k"]) < 0.5
        apart = np.abs(one.pointwise - np.array(theirs["pointwise"]))[trusted]
        # Both have the Monte Carlo error that loo states for its own.
        errors = np.hypot(1, 1) * np.array(theirs["mcse"])[trusted]
        assert (apart < 4.5 * errors).all()
        assert one.se == pytest.approx(theirs["se"], rel=0.02)
    ours = left_out["negative_binomial"]
    assert ours.elpd == pytest.approx(reference["negative_binomial"]["elpd"], abs=0.3)
    assert ours.n_parameters == pytest.approx(reference["negative_binomial"]["p_loo"], abs=0.5)
    told = compare_models(left_out)
    row = told.table.set_index("model").loc["poisson"]
    assert row["difference"] == pytest.approx(reference["difference"], rel=0.02)
    assert row["difference_se"] == pytest.approx(reference["difference_se"], rel=0.03)


def test_what_cannot_be_left_out_is_not_applicable_rather_than_other_answers(fitted):
    four = replace(fitted.coding, team_effects=("intercept", "talk", "talk", "talk"))
    other = replace(fitted, design=replace(fitted.design, coding=four), coding=four)
    left_out = {
        "whole": leave_one_team_out(fitted, draws=100, refits=0, progress=False),
        "four": leave_one_team_out(other, progress=False),
    }
    told = compare_models(left_out, unit="team")
    assert told.verdict == "not applicable"
    assert told.words.startswith("'four': The team effects cannot be integrated out")
    with pytest.raises(ArgumentTypeError, match="is no text"):
        compare_models({1: fitted, 2: fitted})


def test_what_was_left_out_of_other_rows_is_refused(fitted, poisson_fit):
    """Estimates carry why rows are not among them, as fits do."""
    others = replace(
        poisson_fit,
        provenance=replace(poisson_fit.provenance, left_out=(("z", "covariate not answered", 1),)),
    )
    one = leave_one_out(fitted, draws=100, refits=0, progress=False)
    two = leave_one_out(others, draws=100, refits=0, progress=False)
    for pair in ({"x": one, "z": two}, {"x": fitted, "z": two}, {"x": one, "z": others}):
        with pytest.raises(FitError, match="different reasons"):
            compare_models(pair, progress=False)
    assert compare_models({"x": one, "y": one}, progress=False).n_units == len(one.pointwise)


def test_files_are_compared_by_how_many_rows_were_left_out(fitted):
    def as_loaded(number):
        told = replace(fitted.provenance, n_left_out=number, left_out=())
        return replace(fitted, design=None, provenance=told)

    with pytest.raises(FitError, match="different reasons"):
        compare_models({"x": as_loaded(7), "z": as_loaded(9)}, progress=False)


def test_fits_whose_respondents_answered_a_frequency_differently_are_refused(fitted):
    other = fitted.design.frequency_level[::-1].copy()
    assert not np.array_equal(other, fitted.design.frequency_level)
    shuffled = replace(fitted, design=replace(fitted.design, frequency_level=other))
    with pytest.raises(FitError, match="different answers to 'talk'"):
        compare_models({"one": fitted, "other": shuffled}, progress=False)
