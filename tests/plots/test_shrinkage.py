"""Teams alone and in the model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import nbinom

import learnclimate as lc
from learnclimate.checks import teams_alone
from learnclimate.checks.teams_alone import _mode, alone_effects
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.counts.distributions import At, distribution_of, log_probability_between
from learnclimate.counts.families import (
    BetaBinomial,
    HurdlePoisson,
    NegativeBinomial,
    Poisson,
    ZeroInflatedPoisson,
)
from learnclimate.inference.store import load_fit
from learnclimate.plots import team_shrinkage
from learnclimate.survey.counts_allowed import OPEN


def mode_of(family, outcome, at, multipliers, weight, highest=None):
    distribution = distribution_of(family)
    highest = outcome if highest is None else highest

    def log_density(place):
        return log_probability_between(distribution, outcome, highest, place)

    def loss(effects):
        place = replace(at, predictor=at.predictor + multipliers @ effects)
        return -(weight @ log_density(place)[0]) + effects @ effects / 8

    start = np.zeros(multipliers.shape[1])
    best = minimize(loss, start, method="BFGS", options={"gtol": 1e-7}).x
    return _mode(log_density, at, multipliers, weight), best


def test_the_mode_is_that_of_the_likelihood_times_the_prior():
    rng = np.random.default_rng(2)
    multipliers = np.column_stack([np.ones(9), rng.uniform(size=9)])
    expected, weight = rng.uniform(1, 5, 9), rng.integers(1, 3, 9).astype(float)
    outcome = rng.poisson(4, 9)

    def loss(effects):
        mu = expected * np.exp(multipliers @ effects)
        log_likelihood = weight @ nbinom.logpmf(outcome, 2.5, 2.5 / (2.5 + mu))
        return -log_likelihood + effects @ effects / 8

    best = minimize(loss, np.zeros(2), method="BFGS", options={"gtol": 1e-8}).x
    at = At(np.log(expected)[None], np.array([[2.5]]))
    found, _ = mode_of(NegativeBinomial(), outcome, at, multipliers, weight)
    np.testing.assert_allclose(found, best, atol=1e-5)


@pytest.mark.parametrize("name", ["out of K", "zeros", "hurdle", "bins"])
def test_the_mode_knows_the_family(name):
    """Counts out of 8 are read on the scale of log odds, zeros and bins by their likelihood."""
    rng = np.random.default_rng(3)
    multipliers, weight = np.ones((12, 1)), np.ones(12)
    predictor, odds = rng.normal(0.8, 0.3, (1, 12)), np.full((1, 12), -0.4)
    phi, counts = np.array([[3.0]]), np.array([0, 0, 1, 2, 8, 5, 0, 3, 4, 6, 0, 7])
    cases = {
        "out of K": (BetaBinomial(), At(predictor, phi, None, np.full(12, 8)), None),
        "zeros": (ZeroInflatedPoisson(), At(predictor, None, odds), None),
        "hurdle": (HurdlePoisson(), At(predictor, None, odds), None),
        "bins": (NegativeBinomial(), At(predictor, phi), np.where(counts > 2, OPEN, counts)),
    }
    family, at, highest = cases[name]
    lowest = counts if highest is None else np.minimum(counts, 3)
    found, best = mode_of(family, lowest, at, multipliers, weight, highest)
    np.testing.assert_allclose(found, best, atol=2e-4)


def test_a_team_without_any_activity_stays_finite():
    at = At(np.full((1, 6), np.log(3.0)))
    found, _ = mode_of(Poisson(), np.zeros(6, dtype=int), at, np.ones((6, 1)), np.ones(6))
    assert np.isfinite(found).all()
    assert found[0] < -1


def test_alone_lies_farther_out_than_in_the_model(synthetic_fit):
    teams = [str(team) for team in synthetic_fit.design.teams]
    alone = alone_effects(synthetic_fit, teams, "intercept")
    assert alone.shape == (len(teams),)
    # Exact modes are equations about whole numbers, and tell what single members answered.
    np.testing.assert_allclose(alone * 10, np.rint(alone * 10), atol=1e-9)
    truth = synthetic_fit.draws["posterior"]["team_effects"].to_numpy()[..., 0].mean(axis=(0, 1))
    assert np.corrcoef(alone, truth)[0, 1] > 0.3


def test_the_figure_names_teams_with_their_sizes_and_hides_small_ones(small_team_fit, texts_of):
    figure = team_shrinkage(small_team_fit, most=60, language="nl")
    text = texts_of(figure)
    hidden = [str(small_team_fit.design.teams[place]) for place in (2, 6)]
    assert not [team for team in hidden if f"{team} (" in text]
    (axes,) = figure.axes
    assert len(axes.get_yticks()) == len(small_team_fit.design.teams) - 2
    assert "alleen en in het model" in text


def test_a_fit_without_respondents_is_refused(synthetic_fit, tmp_path):
    synthetic_fit.save(tmp_path / "fit.nc")
    with pytest.raises(FitError, match="before saving"):
        team_shrinkage(load_fit(tmp_path / "fit.nc"))
    with pytest.raises(ArgumentTypeError, match="give a Fit"):
        team_shrinkage("fit.nc")


def test_teams_that_are_not_drawn_are_counted(synthetic_fit, texts_of):
    figure = team_shrinkage(synthetic_fit, most=6, language="nl")
    assert len(figure.axes[0].get_yticks()) == 6
    n_teams = synthetic_fit.provenance.n_teams
    assert f"{n_teams - 6} teams ertussenin" in texts_of(figure)
    with pytest.raises(ArgumentError, match="at least 2 teams"):
        team_shrinkage(synthetic_fit, most=1)


def test_where_a_team_is_hidden_a_team_alone_tells_no_more_than_its_told_mean(monkeypatch):
    """Of few activities a tenth of a log rate is finer than the steps of means: it told sums."""
    rng = np.random.default_rng(4)
    team = np.repeat([f"team {place}" for place in range(9)], [3, *[10] * 8])
    frame = pd.DataFrame({"team": team, "acts": rng.poisson(0.6, len(team))})
    frame["talk"] = np.where(rng.random(len(team)) < 0.5, "never", "weekly")
    codebook = lc.Codebook(
        outcome="acts", team="team", frequency="talk", frequency_levels=["never", "weekly"]
    )
    model = lc.CountModel(family=Poisson(), team_effects=("intercept",))
    fit = lc.fit(model, lc.read_survey(frame, codebook), draws=400, seed=1, progress=False)
    design = fit.design

    def alone_of(total):
        """Team 5, ten people, counts so many together."""
        outcome = design.outcome.copy()
        rows = np.flatnonzero(design.teams[design.team] == "team 5")
        outcome[rows] = np.arange(10) < total
        other = replace(fit, design=replace(design, outcome=outcome))
        return alone_effects(other, ["team 5"], "intercept")[0]

    # Means of ten people come in steps of 0.2: four and five of ten are both told as 0.4.
    assert alone_of(4) == alone_of(5) != alone_of(7)
    monkeypatch.setattr(teams_alone, "leaves_a_sum", lambda *_: False)
    assert alone_of(4) != alone_of(5)
