"""Moment estimates: near the truth where data are plenty, usable where they are not."""

from dataclasses import replace

import numpy as np
import pytest

from learnclimate.counts.cells import cells
from learnclimate.counts.families import HurdleNegativeBinomial, ZeroInflatedPoisson
from learnclimate.counts.model import CountModel
from learnclimate.inference.marginal.parameters.moments import moments_of, some_teams
from learnclimate.inference.marginal.sampling.family_moments import starting_moments
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth


@pytest.fixture(scope="module")
def truth():
    return Truth(tenure_effect=0.0, contract_effect=0.0)


@pytest.fixture(scope="module")
def design(truth):
    return CountModel().design(simulate_survey(n_teams=3000, seed=1, truth=truth))


def test_moments_are_near_the_truth(design, truth):
    found = moments_of(design)
    assert found.intercept == pytest.approx(truth.intercept, abs=0.1)
    assert found.team_sd == pytest.approx(truth.team_sd, abs=0.08)
    assert found.team_correlation[0, 1] == pytest.approx(truth.team_correlation, abs=0.2)
    assert found.dispersion == pytest.approx(3.0, rel=0.25)
    assert np.diff(found.shapes[0]) == pytest.approx(truth.frequency_shape, abs=0.07)


def test_cells_give_the_moments_of_their_respondents():
    survey = simulate_survey(n_teams=10, team_size=80, seed=1)
    design = CountModel(covariates=("contract",)).design(survey)
    whole, merged = moments_of(design), moments_of(cells(design))
    assert merged.team_sd == pytest.approx(whole.team_sd)
    assert merged.dispersion == pytest.approx(whole.dispersion)
    assert merged.curves[0] == pytest.approx(whole.curves[0])


@pytest.mark.parametrize(
    "truth", [Truth(intercept=-4.0), Truth(team_sd=(0.0, 0.0)), Truth(frequency_effect=-2.0)]
)
def test_moments_keep_off_the_boundaries(truth):
    survey = simulate_survey(n_teams=8, team_size=4, seed=2, truth=truth)
    found = moments_of(CountModel().design(survey))
    assert (found.team_sd >= 0.1 - 1e-9).all()
    assert (np.abs(found.team_correlation - np.eye(2)) <= 0.8 + 1e-9).all()
    assert (np.diff(found.shapes[0]) > 0).all()
    assert np.isfinite(found.intercept)
    assert 0.05 <= found.dispersion <= 100


def test_some_teams_are_whole_and_always_the_same(design):
    some = some_teams(design, 50)
    assert some.n_teams == 50
    place = {team: i for i, team in enumerate(design.teams)}
    chosen = [place[team] for team in some.teams]
    assert some.n_respondents == design.team_sizes[chosen].sum()
    assert (some_teams(design, 50).teams == some.teams).all()
    assert some_teams(design, 3000) is design


@pytest.mark.parametrize("family", [ZeroInflatedPoisson(), HurdleNegativeBinomial()])
def test_counts_that_are_all_zero_have_a_start_too(family):
    """No survey is like that, but one that is simulated from wide priors may be."""
    design = CountModel(family=family).design(simulate_survey(n_teams=12, team_size=8, seed=2))
    nobody = replace(design, outcome=np.zeros_like(design.outcome))
    found = starting_moments(family, nobody)
    assert np.isfinite([found.intercept, found.dispersion, *found.team_sd]).all()
