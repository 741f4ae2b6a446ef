"""Weights of the centred parametrisation follow the information in each team."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from learnclimate.counts.centring import centring_weights, department_centring_weights
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.truth import Truth


@pytest.mark.parametrize("effects", [("intercept",), ("frequency",), ("intercept", "frequency")])
def test_weights_lie_between_zero_and_one(survey, effects):
    weights = centring_weights(CountModel(team_effects=effects).design(survey))
    assert weights.shape == (24, len(effects))
    assert ((weights >= 0) & (weights < 1)).all()


def test_large_teams_are_centred_and_small_ones_not():
    wide = Truth(team_sd=(0.7, 0.5))
    large = CountModel().design(simulate_survey(n_teams=8, team_size=300, truth=wide, seed=1))
    small = CountModel().design(simulate_survey(n_teams=200, team_size=2, truth=wide, seed=1))
    assert (centring_weights(large)[:, 0] > 0.9).all()
    assert (centring_weights(small) == 0).mean() > 0.9


def test_cells_weigh_as_their_respondents(survey):
    design = CountModel().design(survey)
    times = np.full(design.n_rows, 3)
    cells = dataclasses.replace(design, multiplicity=times.astype(float))
    arrays = ("outcome", "log_exposure", "frequency_level", "covariates", "team", "multiplicity")
    rows = dataclasses.replace(
        design, **{name: np.repeat(getattr(design, name), times, axis=0) for name in arrays}
    )
    np.testing.assert_allclose(centring_weights(cells), centring_weights(rows))


def test_departments_that_say_much_are_centred_and_others_not():
    """As the two-stage variance has it: a department tells what its teams tell, each by itself."""
    model = CountModel(
        family=Poisson(), team_effects=("intercept",), department_effects=("intercept",)
    )
    far, near = (model.design(divided(scatter, 10)) for scatter in (0.7, 0.0))
    assert (department_centring_weights(far)[:, 0] > 0.9).all()
    assert (department_centring_weights(near) < 0.5).all()
    # What departments differ by is not laid on their teams.
    alone = CountModel(family=Poisson(), team_effects=("intercept",)).design(divided(0.7, 10))
    assert (centring_weights(far) < centring_weights(alone)).all()


def divided(scatter: float, size: int):
    """Sixteen teams in four departments, counts about 4."""
    team = np.arange(16 * size) % 16
    shift = scatter * np.array([-1.3, -0.4, 0.4, 1.3])[team % 4]
    frame = pd.DataFrame(
        {
            "count": np.random.default_rng(8).poisson(4 * np.exp(shift)),
            "team": [f"T{code}" for code in team],
            "department": [f"D{code % 4}" for code in team],
        }
    )
    return read_survey(frame, Codebook(outcome="count", team="team", department="department"))
