"""The data and the model of a benchmark, written so that Python and R read the same."""

import json
from pathlib import Path

import numpy as np

from learnclimate.counts.frequency import Linear, Monotonic
from learnclimate.counts.model import CountModel
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.survey import Survey

TEAM_SIZE = 12
LEVELS = ("never", "yearly", "quarterly", "monthly", "weekly")
CODEBOOK = Codebook(
    outcome="activities",
    team="team",
    frequency="talk",
    frequency_levels=LEVELS,
    covariates=("tenure", "contract"),
)
COLUMNS = ["team", "talk", "tenure", "contract", "activities"]


def model_of(form: str) -> CountModel:
    """Negative binomial, varying correlated slope; the frequency monotone or linear."""
    return CountModel(frequency=Monotonic() if form == "monotonic" else Linear())


def write_problem(folder: Path, size: int, seed: int) -> None:
    """Simulate about `size` respondents and write ``data.csv`` and ``problem.json``."""
    survey = simulate_survey(n_teams=max(size // TEAM_SIZE, 2), team_size=TEAM_SIZE, seed=seed)
    frame = survey.frame[COLUMNS].copy()
    score = {level: place / (len(LEVELS) - 1) for place, level in enumerate(LEVELS)}
    frame["talk_score"] = frame["talk"].astype(str).map(score).astype(float)
    frame.to_csv(folder / "data.csv", index=False)
    priors = model_of("monotonic").priors_for(Survey(survey.frame, CODEBOOK, survey.ledger))
    told = {
        "n_rows": len(frame),
        "n_teams": int(frame["team"].nunique()),
        "seed": seed,
        "levels": LEVELS,
        "priors": {
            "intercept": [priors.intercept.mean, priors.intercept.sd],
            "frequency": [priors.frequency["talk"].mean, priors.frequency["talk"].sd],
            "tenure": [priors.covariates["tenure"].mean, priors.covariates["tenure"].sd],
            "contract": [
                priors.covariates["contract[temporary]"].mean,
                priors.covariates["contract[temporary]"].sd,
            ],
            "team_sd": priors.team_sd["intercept"].rate,
            "dispersion": priors.dispersion.rate,
            "team_correlation": priors.team_correlation.eta,
        },
    }
    (folder / "problem.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def read_problem(folder: Path) -> Survey:
    """Read the data as a validated survey."""
    import pandas as pd

    frame = pd.read_csv(folder / "data.csv", usecols=COLUMNS)[COLUMNS]
    return read_survey(frame, CODEBOOK)


def some_teams(n_teams: int, most: int = 200) -> np.ndarray:
    """Teams whose effects are checked: all, or `most` of them spread evenly."""
    return np.unique(np.linspace(0, n_teams - 1, min(n_teams, most)).astype(int))
