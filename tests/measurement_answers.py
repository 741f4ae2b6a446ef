"""Surveys with one scale, for tests of what is said about scales."""

import numpy as np
import pandas as pd

from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey


def survey_of(values, team=None, *, reverse=(), maximum=5, department=None, minimum=1):
    """A survey with one scale ``s`` of items ``q1, q2, ...``."""
    values = np.asarray(values, dtype=float)
    items = [f"q{place + 1}" for place in range(values.shape[1])]
    frame = pd.DataFrame(values, columns=items)
    frame["team"] = [
        f"T{one}" for one in (team if team is not None else np.arange(len(values)) % 2)
    ]
    frame["activities"] = 1
    if department is not None:
        frame["department"] = department
    scale = Scale("s", items, minimum=minimum, maximum=maximum, reverse=reverse)
    codebook = Codebook(
        outcome="activities",
        team="team",
        scales=[scale],
        department=None if department is None else "department",
    )
    return read_survey(frame, codebook)


def likert(rng, n, loadings, team=None, spread=0.0):
    """Answers 1 to 5 that share one factor, and a level of the team."""
    factor = rng.standard_normal(n)
    if team is not None:
        factor = factor + spread * rng.standard_normal(team.max() + 1)[team]
    noise = rng.standard_normal((n, len(loadings)))
    latent = factor[:, None] * loadings + noise * np.sqrt(1 - np.asarray(loadings) ** 2)
    return np.clip(np.rint(3 + 1.2 * latent), 1, 5)


def keyed(reference, items):
    """Answers of a stored reference, reverse-keyed items turned round."""
    answers = {name: np.array(column, float) for name, column in reference["answers"].items()}
    turned = reference["reversed"]
    return np.column_stack(
        [6 - answers[item] if item in turned else answers[item] for item in items]
    )
