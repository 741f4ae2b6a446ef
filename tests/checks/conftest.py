"""Fits shared by the tests of checks: small, by the marginal engine."""

import pytest

from learnclimate.counts.families import Poisson
from learnclimate.counts.frequency import Linear
from learnclimate.counts.model import CountModel
from learnclimate.inference.fitting import fit
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth


@pytest.fixture(scope="session")
def fitted(survey):
    """The true model of `survey`."""
    return fit(CountModel(), survey, draws=2000, seed=5, progress=False)


@pytest.fixture(scope="session")
def poisson_fit(survey):
    """A family that ignores that alike respondents differ."""
    return fit(CountModel(family=Poisson()), survey, draws=2000, seed=5, progress=False)


@pytest.fixture(scope="session")
def linear_fit(survey):
    """Another coding, which answers tell little about."""
    return fit(CountModel(frequency=Linear()), survey, draws=2000, seed=5, progress=False)


@pytest.fixture(scope="session")
def teamless_fit(survey):
    """A model that ignores the teams."""
    return fit(CountModel(team_effects=()), survey, draws=2000, seed=5, progress=False)


@pytest.fixture(scope="session")
def strong_survey():
    """A study whose alike respondents, and whose teams, differ much."""
    truth = Truth(dispersion=1.0, team_sd=(0.7, 0.4))
    return simulate_survey(n_teams=40, team_size=12, truth=truth, seed=5)


@pytest.fixture(scope="session")
def strong_poisson(strong_survey):
    """A Poisson model of it."""
    return fit(CountModel(family=Poisson()), strong_survey, draws=1000, seed=5, progress=False)


@pytest.fixture(scope="session")
def strong_teamless(strong_survey):
    """A model of it that ignores the teams."""
    return fit(CountModel(team_effects=()), strong_survey, draws=1000, seed=5, progress=False)
