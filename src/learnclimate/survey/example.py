"""The bundled example study: simulated, mirroring a study of learning in an organisation."""

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from learnclimate.survey.codebook import Codebook
from learnclimate.survey.codebook_toml import codebook_text
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulated_answers
from learnclimate.survey.survey import Survey
from learnclimate.survey.truth import SimulatedTruth, Truth

# The first of the seeds from 20140707 on with which every truth lies inside its 90 % interval
# (the three seeds before it miss 1 to 3 of 16, as ten per cent of intervals should).
_SEED = 20140710
_UNANSWERED = {"talk": 9, "tenure": 5, "activities": 3}
#: How likely each person who was asked is to answer.
_ANSWERING = 0.72

#: Column of the example with the number of people asked in the respondent's team.
INVITED_COLUMN = "invited"


def example_path(name: str = "example.csv") -> Path:
    """
    Give the path of a file of the bundled example.

    Parameters
    ----------
    name : {"example.csv", "example.toml", "example_truth.json"}
        The answers, their codebook, or what they were simulated from.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> example_path().name
    'example.csv'
    """
    return Path(str(resources.files("learnclimate.survey") / "data" / name))


def load_example() -> Survey:
    """
    Read the bundled example study, through the same path as a user's file.

    About 700 respondents in 60 teams; simulated with a fixed seed, so that the truth is
    known: who talks weekly has a rate of learning activities 3.8 times that of who never
    talks. A few respondents left a question open and are in the ledger. Column ``invited``
    holds how many people of the team were asked, each of whom answered with probability 0.72,
    so that the response is told too.

    The seed was chosen: it is the first from 20140707 on with which all 16 true values lie
    inside their 90 % intervals. The three before it miss 1 to 3 of 16, as intervals of
    90 % should now and then; so the example shows what a fit looks like, and is no evidence
    that intervals cover. That evidence is in the tests, over many simulated studies.

    Returns
    -------
    Survey
        With ``survey.truth``.

    Examples
    --------
    >>> load_example()
    <Survey of 692 respondents in 60 teams, 17 left out>
    """
    codebook = Codebook.from_toml(example_path("example.toml"))
    survey = read_survey(example_path(), codebook, invited=INVITED_COLUMN)
    told = json.loads(example_path("example_truth.json").read_text(encoding="utf-8"))
    parameters: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in told["parameters"].items()
    }
    truth = SimulatedTruth(
        Truth(**parameters), tuple(told["teams"]), np.array(told["team_effects"])
    )
    return replace(survey, truth=truth)


def write_example(folder: Path) -> None:
    """
    Simulate the example study anew and write its three files.

    Parameters
    ----------
    folder : Path
        Where to write; ``python -m learnclimate.survey.example FOLDER`` does the same.
    """
    frame, codebook, truth = simulated_answers(n_teams=60, team_size=12, truth=Truth(), seed=_SEED)
    rng = np.random.default_rng(_SEED + 1)
    open_rows = rng.choice(len(frame), sum(_UNANSWERED.values()), replace=False)
    answers = frame.astype(object)
    for column, n_rows in _UNANSWERED.items():
        answers.loc[open_rows[:n_rows], column] = pd.NA
        open_rows = open_rows[n_rows:]
    answers[INVITED_COLUMN] = _invited(frame["team"])
    answers.to_csv(folder / "example.csv", index=False, lineterminator="\n")
    (folder / "example.toml").write_text(codebook_text(codebook), encoding="utf-8")
    # What the example has: an open number without a zero part.
    names = [
        name
        for name in Truth.__dataclass_fields__
        if not name.startswith("zero") and name != "outcome"
    ]
    told = {
        "parameters": {name: getattr(truth.parameters, name) for name in names},
        "teams": truth.teams,
        "team_effects": truth.team_effects.round(6).tolist(),
    }
    (folder / "example_truth.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _invited(team: pd.Series) -> pd.Series:
    """Draw how many people were asked in each respondent's team: who answered, and the others."""
    answered = team.value_counts(sort=False).sort_index()
    others = np.random.default_rng(_SEED + 2).negative_binomial(answered.to_numpy(), _ANSWERING)
    return team.map(answered + others)


if __name__ == "__main__":
    import sys

    write_example(Path(sys.argv[1]))
