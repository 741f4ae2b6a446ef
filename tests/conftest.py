"""Fixtures shared by the tests of every room."""

import os

import hypothesis
import pytest

from learnclimate.inference.fit_record import Fit
from learnclimate.survey.example import load_example
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.survey import Survey
from synthetic import make_synthetic_fit

# Text is laid out for the same terminal wherever the tests run.
os.environ["COLUMNS"] = "80"
# No test asserts on time: under load the first case of a run alone takes seconds to make.
hypothesis.settings.register_profile(
    "any load", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any load")


@pytest.fixture(scope="session")
def survey() -> Survey:
    """A simulated study of 24 teams."""
    return simulate_survey(n_teams=24, team_size=10, seed=11)


@pytest.fixture(scope="session")
def synthetic_fit(survey) -> Fit:
    """A fit of `survey` made by hand about its truth."""
    return make_synthetic_fit(survey)


@pytest.fixture(scope="session")
def example() -> Survey:
    """The bundled example study."""
    return load_example()
