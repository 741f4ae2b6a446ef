"""Small answers and their codebook, to break in one place at a time."""

import pandas as pd
import pytest

from learnclimate.survey.codebook import Codebook, Scale


@pytest.fixture
def answers() -> pd.DataFrame:
    """Twelve respondents in three teams."""
    return pd.DataFrame(
        {
            "person": range(101, 113),
            "team": ["north"] * 4 + ["south"] * 4 + ["west"] * 4,
            "department": ["A"] * 8 + ["B"] * 4,
            "talk": ["never", "monthly", "weekly"] * 4,
            "activities": [0, 2, 5, 1, 3, 4, 0, 2, 6, 1, 1, 3],
            "hours": [10.0, 20.0, 36.0, 36.0, 24.0, 32.0] * 2,
            "tenure": [1.5, 3.0, 0.5, 8.0, 2.0, 2.5, 11.0, 4.0, 6.0, 7.5, 1.0, 3.5],
            "contract": ["permanent", "temporary"] * 6,
            "q1": [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2],
            "q2": [2.0, 2, 3, 4, 5, None, 2, 3, 4, 5, 1, 2],
        }
    )


@pytest.fixture
def codebook() -> Codebook:
    """The codebook of `answers`, every part used."""
    return Codebook(
        outcome="activities",
        team="team",
        department="department",
        frequency="talk",
        frequency_levels=["never", "monthly", "weekly"],
        exposure="hours",
        covariates=["tenure", "contract"],
        scales=[Scale("climate", ["q1", "q2"])],
        respondent="person",
    )
