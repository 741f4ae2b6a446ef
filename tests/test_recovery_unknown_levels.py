"""An open frequency summed out: engines agree, and skipping by count is made good, by level not."""

from functools import cache

import numpy as np
import pytest

import learnclimate as lc

#: As the answers would be had nobody skipped the question.
NOBODY = "nobody"


def skipped(whole, how):
    """Mark who skips the question how often they talk."""
    rng = np.random.default_rng(4)
    counts = whole.frame["activities"].to_numpy()
    levels = whole.frame["talk"].cat.codes.to_numpy()
    chance = {
        NOBODY: np.zeros(len(counts)),
        "at random": np.full(len(counts), 0.2),
        "by count": np.where(counts >= np.quantile(counts, 0.6), 0.7, 0.02),
        "by level": np.where(levels <= 1, 0.5, 0.08),
    }[how]
    return rng.random(len(counts)) < chance


@cache
def estimates(how, choice, engine="marginal"):
    whole = lc.simulate_survey(n_teams=80, team_size=12, seed=8)
    answers = whole.frame["talk"].astype(object).mask(skipped(whole, how))
    survey = lc.read_survey(whole.frame.assign(talk=answers), whole.codebook)
    model = lc.CountModel(
        missing_frequency=choice, team_effects=("intercept",), covariates=("tenure",)
    )
    fit = lc.fit(model, survey, engine=engine, draws=2000, seed=1, progress=False)
    assert fit.certificate.passed, str(fit.certificate)
    posterior = fit.draws["posterior"].to_dataset()
    values = {
        "intercept": posterior["intercept"].to_numpy().ravel(),
        "effect": posterior["frequency_effect"].to_numpy()[..., 0].ravel(),
        "dispersion": posterior["dispersion"].to_numpy().ravel(),
        "tenure": posterior["covariate_effects"].to_numpy()[..., 0].ravel(),
        "team sd": posterior["team_sd"].to_numpy()[..., 0].ravel(),
    }
    return {name: (draws.mean(), draws.std()) for name, draws in values.items()}


def shift(how, choice, name):
    """How far an estimate moves from that without gaps, in standard deviations of the latter."""
    whole, sd = estimates(NOBODY, "leave_out")[name]
    return (estimates(how, choice)[name][0] - whole) / sd


@pytest.mark.slow
@pytest.mark.parametrize("name", ["intercept", "effect", "dispersion", "tenure", "team sd"])
def test_the_truth_is_found_where_the_question_is_skipped_at_random(name):
    truth = lc.Truth()
    wanted = {
        "intercept": truth.intercept,
        "effect": truth.frequency_effect,
        "dispersion": truth.dispersion,
        "tenure": truth.tenure_effect,
        "team sd": truth.team_sd[0],
    }[name]
    mean, sd = estimates("at random", "sum_out")[name]
    # Of a model without the simulated slopes: its spread of levels holds part of theirs.
    assert abs(mean - wanted) < (3.5 if name == "team sd" else 3) * sd


@pytest.mark.slow
def test_skipping_by_count_biases_what_leaves_rows_out_and_not_what_sums_out():
    names = ["intercept", "effect", "dispersion", "tenure", "team sd"]
    left_out = np.array([shift("by count", "leave_out", name) for name in names])
    summed_out = np.array([shift("by count", "sum_out", name) for name in names])
    told = dict(zip(names, zip(left_out.round(2), summed_out.round(2), strict=True), strict=True))
    assert np.sqrt((left_out**2).mean()) > 1.0, told
    assert np.sqrt((summed_out**2).mean()) < np.sqrt((left_out**2).mean()) / 2, told


@pytest.mark.slow
def test_skipping_by_level_leaves_the_estimates_of_those_who_answered_unbiased():
    assert abs(shift("by level", "leave_out", "effect")) < 1.2


@pytest.mark.slow
@pytest.mark.oracle
@pytest.mark.parametrize("name", ["intercept", "effect", "dispersion", "tenure", "team sd"])
def test_nuts_agrees_where_levels_are_summed_out(name):
    ours, sd = estimates("at random", "sum_out")[name]
    theirs, their_sd = estimates("at random", "sum_out", "nuts")[name]
    assert abs(ours - theirs) < 0.12 * sd
    assert abs(their_sd / sd - 1) < 0.1
