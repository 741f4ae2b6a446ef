"""Items' parameters and the count's together, against a model written by hand and NUTS."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import Exponential, Normal
from learnclimate.inference import joint, joint_mixture
from learnclimate.inference.fitting import fit
from learnclimate.joint.model import JointModel
from learnclimate.measurement.factor_model import FactorModel
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey

REFERENCE = Path(__file__).parents[1] / "reference"
COUNT = CountModel(
    family=Poisson(),
    team_effects=("intercept",),
    priors=Priors(
        intercept=Normal(1.0, 0.5), covariates=Normal(0.0, 0.5), team_sd=Exponential(2.0)
    ),
)


def study():
    """The answers of joint_items_nuts.py."""
    frame = pd.read_csv(REFERENCE / "joint_items.csv")
    scale = Scale("climate", ["q1", "q2", "q3"], maximum=4)
    return read_survey(frame, Codebook(outcome="activities", team="team", scales=[scale]))


def of_items(fitted, name):
    """Draws of each set of values, and those of the items alone."""
    every = fitted.factor.draws["posterior"][name].to_numpy()
    every = every.reshape(every.shape[0] * every.shape[1], -1)
    return every[fitted.sets.factor_draw], every


@pytest.mark.slow
@pytest.mark.parametrize(("level", "rounds"), [("team", 8), ("respondent", 15)])
def test_items_and_count_agree_with_a_model_written_by_hand(monkeypatch, level, rounds):
    """Of more sets of values than usual, so that means of items are known well."""
    monkeypatch.setattr(joint, "_MOST_ROUNDS", rounds)
    monkeypatch.setattr(joint, "ENOUGH", 0.0)
    told = json.loads((REFERENCE / "joint_items_nuts.json").read_text("utf-8"))[level]
    model = JointModel(COUNT, FactorModel("climate", levels=level))
    fitted = fit(model, study(), draws=4000, seed=1, progress=False)
    assert fitted.certificate.passed, str(fitted.certificate)
    shifts = []
    for name in ("loadings", "thresholds"):
        sets, alone = of_items(fitted, name)
        mean, sd = np.array(told[name]["mean"]), np.array(told[name]["sd"])
        error = np.sqrt(joint_mixture._error_of_mean(sets) ** 2 + sd**2 / told[name]["ess"])
        apart = (sets.mean(axis=0) - mean) / error
        assert np.abs(apart).max() < 4, (name, apart)
        shifts.append(np.abs(alone.mean(axis=0) - mean) / error)
        np.testing.assert_allclose(sets.std(axis=0) / sd, 1, atol=0.2, err_msg=name)
    if level == "respondent":
        # The count tells of the items: draws that know of the items alone would be found out.
        assert np.concatenate(shifts).max() > 4
    posterior = fitted.count.draws["posterior"]
    for mine, name in (("covariate_effects", "slope"), ("intercept",) * 2, ("team_sd",) * 2):
        drawn = posterior[mine].to_numpy().ravel()
        mean, sd = told[name]["mean"][0], told[name]["sd"][0]
        assert abs(drawn.mean() - mean) < 0.2 * sd, name
        assert abs(drawn.std() / sd - 1) < 0.15, name
