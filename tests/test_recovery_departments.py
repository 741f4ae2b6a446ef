"""Teams within departments: NUTS finds the truth that `reference/structures.R` simulated."""

import arviz as az
import numpy as np
import pandas as pd
import pytest

from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.inference.fitting import fit
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from reference.cases import FOLDER, value_of

#: As simulated in structures.R, 40 teams in 8 departments.
TRUTH = {
    "intercept": 0.5,
    "frequency_effect[talk]": 0.8,
    "frequency_shape[talk,1]": 0.6,
    "team_sd[intercept]": 0.25,
    "team_sd[talk]": 0.25,
    "department_sd[intercept]": 0.4,
    "department_sd[talk]": 0.3,
    "dispersion": 4.0,
}


@pytest.mark.slow
def test_what_varies_over_departments_and_their_teams_is_recovered():
    book = Codebook(
        outcome="activities",
        team="team",
        department="department",
        frequency="talk",
        frequency_levels=("never", "monthly", "weekly"),
    )
    survey = read_survey(FOLDER / "departments.csv", book)
    model = CountModel(department_effects=("intercept", "talk"))
    fitted = fit(model, survey, engine="nuts", draws=2000, seed=20, progress=False)
    assert fitted.certificate.passed
    posterior = fitted.draws["posterior"].to_dataset()
    apart = {}
    for name, truth in TRUTH.items():
        draws = value_of(posterior, name).to_numpy()
        below = float((draws < truth).mean())
        if not 0.005 < below < 0.995:
            apart[name] = below
    assert not apart
    # The departments differ for sure: a model that left them out would be told apart.
    assert float((posterior["department_sd"].to_numpy()[..., 0] > 0.1).mean()) > 0.95


@pytest.mark.slow
def test_few_departments_that_differ_much_mix_well():
    """Not centred, their effects traded off against the intercept, with an ESS of 284."""
    rng = np.random.default_rng(8)
    team = np.arange(160) % 16
    level = rng.choice(3, 160)
    log_rate = 0.5 + 0.3 * level + np.array([-0.8, -0.2, 0.3, 0.9])[team % 4]
    answers = pd.DataFrame(
        {
            "count": rng.poisson(np.exp(log_rate + rng.normal(0, 0.2, 16)[team])),
            "team": [f"T{code}" for code in team],
            "department": [f"D{code % 4}" for code in team],
            "talk": np.array(["low", "middle", "high"])[level],
        }
    )
    book = Codebook(
        outcome="count",
        team="team",
        department="department",
        frequency="talk",
        frequency_levels=("low", "middle", "high"),
    )
    effects = ("intercept",)
    model = CountModel(family=Poisson(), team_effects=effects, department_effects=effects)
    fitted = fit(model, read_survey(answers, book), engine="nuts", seed=1, progress=False)
    assert fitted.certificate.passed
    intercept = fitted.draws["posterior"]["intercept"].to_numpy()
    assert float(az.ess(intercept)) > 1000
