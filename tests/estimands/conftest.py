"""Fits made by hand for the answers: every kind of study the room must answer for."""

from dataclasses import replace

import numpy as np
import pytest

from learnclimate.counts.model import CountModel
from learnclimate.inference.store import load_fit
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.survey import Survey
from learnclimate.survey.truth import Truth
from synthetic import make_synthetic_fit


def reread(frame, codebook, truth) -> Survey:
    read = read_survey(frame.reset_index(drop=True), codebook)
    return Survey(read.frame, codebook, read.ledger, "a test", truth)


def with_variables(fit, group="posterior", **values):
    """Put other values in the place of variables of a fit's draws, broadcast to their shape."""
    tree = fit.draws.copy()
    dataset = tree[group].to_dataset()
    for name, value in values.items():
        filled = np.broadcast_to(np.asarray(value), dataset[name].shape).copy()
        dataset = dataset.assign({name: (dataset[name].dims, filled)})
    tree[group] = dataset
    return replace(fit, draws=tree)


@pytest.fixture(scope="session")
def change():
    return with_variables


@pytest.fixture(scope="session")
def exact_fit(survey):
    """Four equal draws: the truth itself."""
    return make_synthetic_fit(survey, n_draws=1, spread=0.0)


@pytest.fixture(scope="session")
def repeated_fit(survey):
    """Twenty thousand equal draws, so that only chance of the prediction is left."""
    return make_synthetic_fit(survey, CountModel(), n_draws=5000, spread=0.0)


@pytest.fixture(scope="session")
def plain_survey():
    """A study without a frequency."""
    truth = Truth(levels=(), frequency_shape=())
    return simulate_survey(n_teams=12, team_size=8, truth=truth, seed=3)


@pytest.fixture(scope="session")
def plain_fit(plain_survey):
    return make_synthetic_fit(plain_survey, CountModel(team_effects=("intercept",)))


@pytest.fixture(scope="session")
def two_survey(survey):
    """A study of talk in passing and in meetings, with exposure and weights."""
    rng = np.random.default_rng(5)
    frame = survey.frame.copy()
    levels = survey.codebook.levels_of("talk")
    frame["meetings"] = np.array(levels)[rng.integers(0, len(levels), len(frame))]
    frame["years"] = rng.integers(1, 13, len(frame)) / 12
    frame["weight"] = rng.uniform(0.5, 2.0, len(frame))
    codebook = Codebook(
        outcome="activities",
        team="team",
        frequency=("talk", "meetings"),
        frequency_levels={"talk": levels, "meetings": levels},
        exposure="years",
        weight="weight",
        covariates=("tenure", "contract"),
    )
    return reread(frame, codebook, survey.truth)


@pytest.fixture(scope="session")
def two_fit(two_survey):
    return make_synthetic_fit(two_survey, n_draws=5)


@pytest.fixture(scope="session")
def small_survey(survey):
    """The study with a team of 3; T02 must be hidden too where departments are known."""
    frame = survey.frame
    kept = (frame["team"] != "T03") | (frame.groupby("team").cumcount() < 3)
    return reread(frame[kept], survey.codebook, survey.truth)


@pytest.fixture(scope="session")
def small_fit(small_survey):
    return make_synthetic_fit(small_survey)


@pytest.fixture(scope="session")
def loaded_fit(small_fit, tmp_path_factory):
    path = tmp_path_factory.mktemp("fits") / "fit.nc"
    small_fit.save(path)
    return load_fit(path)
