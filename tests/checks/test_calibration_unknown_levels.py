"""Calibration where some left the frequency open: levels are drawn, hidden, and summed out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
from learnclimate.checks.rehearsed_counts import counts_around, rehearsed_counts
from learnclimate.checks.simulated_study import simulated_parameters, with_unknown_counts
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.survey.counts_allowed import OPEN

LEVELS = ("no", "yes")


def study(n_teams=12, team_size=10, open_share=0.3):
    rng = np.random.default_rng(4)
    n = n_teams * team_size
    talk = rng.choice(LEVELS, n).astype(object)
    talk[rng.random(n) < open_share] = None
    frame = {
        "team": np.repeat([f"t{i:02d}" for i in range(n_teams)], team_size),
        "talk": talk,
        "activities": rng.poisson(2.0, n),
    }
    codebook = lc.Codebook(
        outcome="activities", team="team", frequency="talk", frequency_levels=LEVELS
    )
    return lc.read_survey(pd.DataFrame(frame), codebook)


def model(**options):
    return lc.CountModel(
        family=lc.Poisson(),
        missing_frequency="sum_out",
        priors=lc.Priors(intercept=lc.Normal(0.5, 0.5), frequency=lc.Normal(0.8, 0.5), **options),
        team_effects=("intercept",),
    )


def test_counts_of_unknown_levels_are_a_mixture_over_the_levels():
    declared = model(team_sd=lc.Exponential(50))
    design = declared.design(study(200, 10, 0.8))
    rng = np.random.default_rng(5)
    truth, levels = simulated_parameters(
        declared.family, design, resolve_priors(declared.priors, design), rng
    )
    share = np.array([0.3, 0.7])
    forced = {
        "level_probability": share[None],
        "intercept": np.zeros(1),
        "frequency_effect": np.full((1, 1), 2.0),
        "frequency_curve": np.array([[0.0, 2.0]]),
        "team_effects": np.zeros((1, 200, 1)),
    }
    assert abs((levels == 1).mean() - truth["level_probability"][0, 1]) < 0.1
    truth |= forced
    found = with_unknown_counts(truth, design, declared.family, rng).unknown
    counts = found.outcome.reshape(-1, 2)
    # One respondent, one count, whichever level is tried.
    assert (counts[:, 0] == counts[:, 1]).all()
    rates = np.exp([0.0, 2.0])
    mean = share @ rates
    sd = np.sqrt(share @ (rates + rates**2) - mean**2)
    assert abs(counts[:, 0].mean() - mean) < 4 * sd / np.sqrt(len(counts))
    assert abs(counts[:, 0].mean() - rates.mean()) > 4 * sd / np.sqrt(len(counts))


def test_a_calibration_ranks_the_shares_of_the_levels():
    found = lc.calibrate(model(), study(6, 8), replicates=2, draws=200, seed=1, progress=False)
    assert any(name.startswith("level_probability") for name in found.table["quantity"])


@pytest.fixture(scope="module")
def in_options():
    """The same study, its counts told as answer options, of those without a level too."""
    survey = study()
    labels = np.array(["none", "1-2", "3 or more"])
    frames = []
    for frame in (survey.frame, survey.without_frequency):
        counts = frame["activities"].to_numpy(dtype=int)
        frames.append(frame.assign(activities=labels[np.searchsorted([1, 3], counts, "right")]))
    both = pd.concat(frames)[["team", "talk", "activities"]].astype({"talk": object, "team": str})
    asked = replace(survey.codebook, outcome=lc.Outcome("activities", bins=labels.tolist()))
    return lc.read_survey(both, asked)


def test_those_of_unknown_level_answer_in_options_too(in_options):
    design = model().design(in_options)
    assert design.unknown.asked.highest is not None
    rehearsal = rehearsed_counts(model(), in_options, "marginal", None)
    again = rehearsal.simulated(0, np.random.default_rng(4)).problem.design
    for one, given in ((again, design), (again.unknown, design.unknown)):
        ends = dict(zip([0, 1, 3], [0, 2, OPEN], strict=True))
        assert set(np.unique(one.outcome)) <= set(ends)
        assert one.asked.highest.tolist() == [ends[lowest] for lowest in one.outcome.tolist()]
        assert (one.outcome != given.outcome).any()
    counts = again.unknown.outcome.reshape(-1, 2)
    assert (counts[:, 0] == counts[:, 1]).all()
    found = lc.calibrate(model(), in_options, replicates=2, draws=200, seed=1, progress=False)
    assert any(name.startswith("level_probability") for name in found.table["quantity"])
    assert found.n_failed == 0


@pytest.fixture(scope="module")
def fit():
    return lc.fit(model(), study(), draws=400, seed=1, progress=False)


def test_around_a_fit_both_halves_hold_those_of_unknown_level(fit):
    around = counts_around(fit, "marginal", np.arange(20))
    one = around.simulated(3, np.random.default_rng(2))
    design, both = fit.design, one.problem.design
    n, n_other = design.n_rows, design.unknown.n_rows
    assert (both.n_rows, both.unknown.n_rows) == (2 * n, 2 * n_other)
    for whole, given in ((both, design), (both.unknown, design.unknown)):
        half = given.n_rows
        np.testing.assert_array_equal(whole.outcome[:half], given.outcome)
        np.testing.assert_array_equal(whole.frequency_level[:half], given.frequency_level)
        np.testing.assert_array_equal(whole.team[half:], given.team)
        assert (whole.outcome[half:] != given.outcome).any()
    # Levels of those who answered are drawn anew, as often as the truth says.
    drawn = both.frequency_level[n:, 0]
    assert (drawn != design.frequency_level[:, 0]).any()
    assert abs(drawn.mean() - one.truth["level_probability"][0, 1]) < 0.2
    # One respondent, one count, whichever level is tried.
    counts = both.unknown.outcome.reshape(-1, 2)
    assert (counts[:, 0] == counts[:, 1]).all()


def test_around_a_fit_the_shares_of_the_levels_are_ranked(fit):
    found = lc.calibrate_around(fit, replicates=2, draws=200, seed=1, progress=False)
    assert any(name.startswith("level_probability") for name in found.table["quantity"])
    assert found.kind == "posterior"


@pytest.mark.slow
def test_answer_options_of_those_of_unknown_level_are_calibrated(in_options):
    found = lc.calibrate(model(), in_options, replicates=60, draws=400, seed=2, progress=False)
    assert found.verdict == "good", found.words


@pytest.mark.slow
def test_summing_out_is_calibrated_around_a_fit():
    fit = lc.fit(model(), study(), draws=4000, seed=1, progress=False)
    found = lc.calibrate_around(fit, replicates=60, draws=400, seed=2, progress=False)
    assert found.verdict == "good", found.words


@pytest.mark.slow
def test_summing_out_is_calibrated_and_a_wrong_prior_of_the_levels_is_not():
    survey = study()
    good = lc.calibrate(model(), survey, replicates=60, draws=400, seed=2, progress=False)
    assert good.verdict == "good", good.words
    # Sure of equal shares where any shares are possible; the other way round answers tell enough.
    planted = lc.calibrate(
        model(level_probability=lc.Dirichlet(300.0)),
        survey,
        simulate_from=model(level_probability=lc.Dirichlet(1.0)),
        replicates=30,
        draws=400,
        seed=2,
        progress=False,
    )
    assert planted.verdict == "bad"
