"""Teams within departments: NUTS finds the truth that `reference/structures.R` simulated."""

import pytest

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
