"""Moderators and interactions against brms, priors matched; see reference/structures.R."""

import json
from pathlib import Path

import pytest

from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import LKJ, Exponential, Normal
from learnclimate.inference.fitting import fit
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from reference.cases import FOLDER, value_of

MEAN_WITHIN_SDS = 0.1
SD_WITHIN = 0.07
PRIORS = {
    "intercept": Normal(1, 2),
    "frequency": Normal(0, 1),
    "team_sd": Exponential(2),
    "team_correlation": LKJ(2),
    "dispersion": Exponential(0.1),
}


def stored(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def survey_of(name, **columns):
    path: Path = FOLDER / f"{name}.csv"
    return read_survey(path, Codebook(outcome="activities", team="team", **columns))


def differences(fitted, told):
    posterior = fitted.draws["posterior"].to_dataset()
    found = {}
    for label, theirs in told["parameters"].items():
        ours = value_of(posterior, label)
        shift = (float(ours.mean()) - theirs["mean"]) / theirs["sd"]
        found[label] = (round(shift, 3), round(float(ours.std()) / theirs["sd"] - 1, 3))
    return found


def assert_close(fitted, told):
    assert told["divergent"] == 0
    assert all(theirs["rhat"] < 1.01 for theirs in told["parameters"].values())
    apart = {
        label: pair
        for label, pair in differences(fitted, told).items()
        if abs(pair[0]) > MEAN_WITHIN_SDS or abs(pair[1]) > SD_WITHIN
    }
    assert not apart


@pytest.mark.oracle
def test_moderators_and_interactions_agree_with_brms():
    survey = survey_of(
        "moderated",
        frequency=("talk", "meet"),
        frequency_levels={
            "talk": ("never", "monthly", "weekly", "daily"),
            "meet": ("no", "some", "much"),
        },
        covariates=("challenge",),
    )
    model = CountModel(
        moderators=("challenge",),
        interactions=(("talk", "meet"),),
        team_effects=("intercept", "talk"),
        priors=Priors(**PRIORS, covariates={"challenge": Normal(0, 1)}, slope_shifts=Normal(0, 1)),
    )
    fitted = fit(model, survey, engine="marginal", draws=8000, seed=20, progress=False)
    assert fitted.certificate.passed
    assert_close(fitted, stored("moderated"))


@pytest.mark.slow
@pytest.mark.oracle
@pytest.mark.skipif(
    not (FOLDER / "departments.json").exists(), reason="brms has not been run for it yet"
)
def test_departments_agree_with_brms():
    survey = survey_of(
        "departments",
        department="department",
        frequency="talk",
        frequency_levels=("never", "monthly", "weekly"),
    )
    model = CountModel(
        department_effects=("intercept", "talk"),
        priors=Priors(**PRIORS, department_sd=Exponential(2), department_correlation=LKJ(2)),
    )
    fitted = fit(model, survey, engine="nuts", draws=8000, seed=20, progress=False)
    assert fitted.certificate.passed
    assert_close(fitted, stored("departments"))
