"""Fits shared by the tests of checks: small, by the marginal engine."""

import pytest

from learnclimate.counts.families import Poisson
from learnclimate.counts.frequency import Linear
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import Normal
from learnclimate.inference.fitting import fit
from learnclimate.survey.reading import read_survey
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


@pytest.fixture(scope="session")
def carried(survey):
    """One team that learns far more the less it talks, and in great numbers."""
    frame = survey.frame.copy()
    team = frame["team"].iloc[0]
    own = frame["team"] == team
    levels = list(survey.codebook.levels_of("talk"))
    frame.loc[own, "activities"] = [
        90 - 22 * levels.index(str(level)) for level in frame.loc[own, "talk"]
    ]
    planted = read_survey(frame, survey.codebook)
    model = CountModel(family=Poisson(), team_effects=("intercept",))
    return fit(model, planted, draws=2000, seed=1, progress=False)


@pytest.fixture(scope="session")
def sure_fit(survey):
    """A prior that is far too sure that talk goes with nothing."""
    model = CountModel(priors=Priors(frequency=Normal(0, 0.1)))
    return fit(model, survey, draws=1000, seed=5, progress=False)
