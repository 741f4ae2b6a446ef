"""Several kinds of activity against brms, priors matched; see reference/kinds.R."""

import json

import numpy as np
import pytest

from learnclimate.core import labels
from learnclimate.core.kind_labels import KIND_DIMS
from learnclimate.counts.frequency import Linear
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.kinds_priors import KindsPriors
from learnclimate.counts.priors import LKJ, Dirichlet, Exponential, Normal
from learnclimate.inference.fitting import fit
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.reading import read_survey
from reference.cases import FOLDER

MEAN_WITHIN_SDS = 0.12
SD_WITHIN = 0.1
COMMON = {
    "intercept": Normal(1, 2),
    "frequency": Normal(0, 1),
    "team_sd": Exponential(2),
    "team_correlation": LKJ(2),
    "respondent_sd": Exponential(1),
    "respondent_correlation": LKJ(2),
}


def stored(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def answers(frequency, levels, covariates=()):
    codebook = Codebook(
        outcome=Outcome("activities", kinds=["training", "sharing"]),
        team="team",
        frequency=frequency,
        frequency_levels=levels,
        covariates=covariates,
    )
    frame = read_survey(
        FOLDER / "kinds.csv",
        Codebook(
            outcome=codebook.outcome,
            team="team",
            frequency="talk",
            frequency_levels=("never", "monthly", "weekly"),
            covariates=("tenure",),
        ),
    ).frame
    frame = frame.astype({"talk": str, "team": str}).reset_index(drop=True)
    talks = np.where(frame["talk"] == "never", "no", "yes")
    return read_survey(frame.assign(talks=talks), codebook)


def value_of(posterior, label):
    name, _, inner = label.partition("[")
    array = posterior[name]
    if inner:
        dims = KIND_DIMS[name]
        for dim, coordinate in zip(dims, inner.removesuffix("]").split(","), strict=True):
            step = dim == labels.FREQUENCY_STEP
            array = array.sel({dim: int(coordinate) if step else coordinate})
    return array.to_numpy()


def assert_close(fitted, told):
    # Of brms' pooled fit 10 of 10,000 transitions diverged, at an adapt_delta of 0.98.
    assert told["divergent"] <= told["draws"] / 1000
    assert all(theirs["rhat"] < 1.01 for theirs in told["parameters"].values())
    posterior = fitted.draws["posterior"].to_dataset()
    apart = {}
    for label, theirs in told["parameters"].items():
        ours = value_of(posterior, label)
        shift = (float(ours.mean()) - theirs["mean"]) / theirs["sd"]
        wider = float(ours.std()) / theirs["sd"] - 1
        if abs(shift) > MEAN_WITHIN_SDS or abs(wider) > SD_WITHIN:
            apart[label] = (round(shift, 3), round(wider, 3))
    assert not apart


@pytest.mark.oracle
@pytest.mark.slow
def test_kinds_that_are_not_pooled_agree_with_the_multivariate_model_of_brms():
    survey = answers("talk", ("never", "monthly", "weekly"), ("tenure",))
    assert survey.frame["sharing"].isna().sum() == 12
    priors = KindsPriors(**COMMON, covariates=Normal(0, 1), frequency_shape=Dirichlet(1.0))
    model = KindsModel(pooled=False, priors=priors)
    fitted = fit(model, survey, draws=8000, seed=26, progress=False)
    assert fitted.certificate.passed
    assert_close(fitted, stored("kinds"))


@pytest.mark.oracle
@pytest.mark.slow
def test_pooled_kinds_agree_with_the_stacked_rows_of_brms():
    """A yes-or-no frequency, since brms has no curve that scatters about a common one."""
    kinds = ["training", "trying_out", "passed_on"]
    codebook = Codebook(
        outcome=Outcome("activities", kinds=kinds),
        team="team",
        frequency="talks",
        frequency_levels=("no", "yes"),
        covariates=("tenure",),
    )
    priors = KindsPriors(
        **COMMON | {"intercept": Normal(0.8, 2)},
        intercept_sd=Exponential(1),
        frequency_sd=Exponential(2),
        covariates=Normal(0, 1),
        covariates_sd=Exponential(2),
    )
    model = KindsModel(frequency=Linear(), team_effects=("intercept",), priors=priors)
    survey = read_survey(FOLDER / "kinds_pooled.csv", codebook)
    fitted = fit(model, survey, draws=4000, seed=26, progress=False)
    assert fitted.certificate.passed
    assert_close(fitted, stored("kinds_pooled"))
