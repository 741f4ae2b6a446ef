"""Answers of fits made by hand: as usual, with small teams, two frequencies, none."""

import re
from dataclasses import replace

import pytest

from learnclimate.counts.model import CountModel
from learnclimate.inference.store import load_fit, save_fit
from learnclimate.reporting.answers import ask
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.simulation import simulate_survey
from learnclimate.survey.survey import Survey
from learnclimate.survey.truth import Truth
from synthetic import make_synthetic_fit

LEFT_OUT = (
    ("activities", "outcome not answered", 3),
    ("talk", "frequency not answered", 9),
    ("tenure", "covariate not answered", 5),
)

# "door" alone is innocent in Dutch; the words below claim that one thing brings about another.
CAUSAL = re.compile(
    r"\b(because|causes?|caused|effect of|leads? to|due to|results? in|thanks to"
    r"|omdat|doordat|daardoor|waardoor|leidt tot|leiden tot|zorgt voor|dankzij|effect van"
    r"|veroorza\w+)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="session")
def causal():
    """Words that claim a cause."""
    return CAUSAL


def with_left_out(fit):
    return replace(fit, provenance=replace(fit.provenance, n_left_out=17, left_out=LEFT_OUT))


@pytest.fixture(scope="session")
def answers(synthetic_fit):
    return ask(with_left_out(synthetic_fit))


@pytest.fixture(scope="session")
def small_team_fit(survey):
    """Teams T03 and T07 keep three and four respondents."""
    team = survey.frame[survey.codebook.team]
    rank = survey.frame.groupby(survey.codebook.team).cumcount()
    teams = sorted(team.unique())
    keep = ~((team == teams[2]) & (rank >= 3)) & ~((team == teams[6]) & (rank >= 4))
    return make_synthetic_fit(replace(survey, frame=survey.frame[keep]))


@pytest.fixture(scope="session")
def small_teams(small_team_fit):
    teams = small_team_fit.design.teams
    return [str(teams[2]), str(teams[6])]


@pytest.fixture(scope="session")
def small_team_answers(small_team_fit):
    return ask(small_team_fit)


@pytest.fixture(scope="session")
def two_frequencies_fit(survey):
    old = survey.codebook
    levels = old.levels_of("talk")
    frame = survey.frame.assign(meet=survey.frame["talk"].to_numpy()[::-1])
    frame["meet"] = frame["meet"].astype(survey.frame["talk"].dtype)
    codebook = Codebook(
        outcome=old.outcome,
        team=old.team,
        frequency=["talk", "meet"],
        frequency_levels={"talk": levels, "meet": levels},
        covariates=["tenure"],
    )
    both = Survey(frame, codebook, survey.ledger, survey.source, survey.truth)
    return make_synthetic_fit(both)


@pytest.fixture(scope="session")
def no_frequency_fit():
    survey = simulate_survey(
        n_teams=20, team_size=8, truth=Truth(levels=(), frequency_shape=()), seed=3
    )
    return make_synthetic_fit(survey, CountModel(team_effects=("intercept",)))


@pytest.fixture(scope="session")
def loaded_fit(small_team_fit, tmp_path_factory):
    path = tmp_path_factory.mktemp("fits") / "fit.nc"
    save_fit(small_team_fit, path)
    return load_fit(path)


@pytest.fixture(scope="session")
def rare_level_fit(survey):
    """One respondent answers "never" and four "weekly": the two protect each other."""
    talk = survey.frame["talk"]
    moved = {"never": "yearly", "weekly": "monthly"}
    kept = {"never": 1, "weekly": 4}
    for level, other in moved.items():
        rows = talk.index[talk == level][kept[level] :]
        talk = talk.mask(talk.index.isin(rows), other)
    return make_synthetic_fit(replace(survey, frame=survey.frame.assign(talk=talk)))


@pytest.fixture(scope="session")
def fewer_fit():
    """Those who talk more report fewer activities."""
    truth = Truth(frequency_effect=-0.8)
    return make_synthetic_fit(simulate_survey(n_teams=20, team_size=10, truth=truth, seed=1))
