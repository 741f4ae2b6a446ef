"""Covariates that separate the teams are named; those that only describe them are let through."""

import numpy as np
import pandas as pd
import pytest

from learnclimate.core.errors import ModelError
from learnclimate.counts.model import CountModel
from learnclimate.counts.separation import refuse_collinear
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey

TEAM = np.repeat(["a", "b", "c", "d"], 5)
FREE = np.tile([1.0, 2.0, 3.0, 5.0, 8.0], 4)


def design(covariates, *, times=1, **options):
    """A design of four teams with these covariates, everybody given several times."""
    frame = pd.DataFrame({"n": np.arange(20) % 5, "team": TEAM, **covariates})
    frame = pd.concat([frame] * times, ignore_index=True)
    book = Codebook(outcome="n", team="team", covariates=list(covariates))
    model = CountModel(**{"team_effects": ("intercept",), **options})
    return model.design(read_survey(frame, book))


def test_a_category_for_every_team():
    with pytest.raises(ModelError) as caught:
        design({"free": FREE, "town": np.char.upper(TEAM)})
    assert str(caught.value) == (
        "Covariate 'town' separates the 4 teams exactly, so its effect cannot be told from the "
        "teams' own. Leave it out of covariates, in the codebook or as "
        "CountModel(covariates=('free',)); or, in Python, leave out the team effects: "
        "CountModel(team_effects=())."
    )


def test_covariates_that_separate_together():
    floor = np.repeat([1, 1, 2, 2], 5)
    kind = np.repeat(["x", "y", "x", "z"], 5)
    with pytest.raises(ModelError, match=r"'floor', 'kind' together separate the 4 teams.*one out"):
        design({"floor": floor, "free": FREE, "kind": kind})


def test_a_combination_that_separates_though_none_does_alone():
    """Each covariate varies within teams, yet their differences tell the teams apart."""
    rng = np.random.default_rng(1)
    noise = rng.normal(size=20)
    first = np.where(TEAM == "a", 1.0, 0) + noise
    second = np.where(TEAM == "b", 1.0, 0) + noise
    third = np.where(TEAM == "c", 1.0, 0) + noise
    with pytest.raises(ModelError, match="'first', 'second', 'third', 'noise' together separate"):
        design({"first": first, "second": second, "third": third, "noise": noise})


@pytest.mark.parametrize(
    "covariates",
    [
        {"floor": np.repeat([1, 1, 2, 2], 5)},
        {"size": np.repeat([1.0, 2.0, 3.0, 4.0], 5), "free": FREE},
        {"kind": np.repeat(["x", "y", "x", "z"], 5), "free": FREE},
        {"town": np.where(np.arange(20) == 0, "B", np.char.upper(TEAM))},
        {"many": [f"{i % 5}" for i in range(20)]},
    ],
    ids=[
        "floor",
        "a number for four teams",
        "three kinds of four teams",
        "but for two people",
        "within teams",
    ],
)
def test_covariates_that_leave_differences_between_teams(covariates):
    # Twice, so that no category is too small to enter.
    assert design(covariates, times=2).n_rows == 40


def test_more_numbers_that_describe_teams_than_their_number_bears():
    size, squared = np.repeat([1.0, 2.0, 3.0, 4.0], 5), np.repeat([1.0, 4.0, 9.0, 16.0], 5)
    with pytest.raises(ModelError) as caught:
        design({"size": size, "free": FREE, "squared": squared})
    assert str(caught.value) == (
        "Covariates 'size', 'squared' take one value in each team, and 4 teams are too few to "
        "tell their effects from the teams' own: that needs at least 5. Leave them out of "
        "covariates, in the codebook or as CountModel(covariates=('free',)); or, in Python, leave "
        "out the team effects: CountModel(team_effects=())."
    )
    assert design({"size": size, "squared": squared}, team_effects=()).n_rows == 20


def test_a_number_that_describes_three_teams():
    frame = pd.DataFrame(
        {"n": np.arange(15) % 5, "team": TEAM[:15], "size": np.repeat([4.0, 7.0, 9.0], 5)}
    )
    book = Codebook(outcome="n", team="team", covariates=["size"])
    with pytest.raises(ModelError, match="'size' takes one value in each team, and 3 teams are"):
        CountModel(team_effects=("intercept",)).design(read_survey(frame, book))


def test_without_team_effects_a_town_may_separate():
    assert design({"town": np.char.upper(TEAM)}, team_effects=()).n_rows == 20


def test_the_size_of_numbers_does_not_matter():
    wealth = np.repeat([1e9, 2e9, 4e9, 5e9], 5)
    assert design({"wealth": wealth, "tiny": FREE * 1e-9}).n_rows == 20
    with pytest.raises(ModelError, match="exact combination"):
        design({"wealth": wealth, "scaled": wealth * 1e-9})


def test_more_covariates_than_respondents():
    rng = np.random.default_rng(2)
    with pytest.raises(ModelError, match="fewer respondents than covariates"):
        design({f"x{i}": rng.normal(size=20) for i in range(21)})


def test_blocks_of_rows_make_no_difference(monkeypatch):
    covariates = np.random.default_rng(1).normal(size=(50, 3))
    covariates[:, 2] = covariates[:, 0] - 2 * covariates[:, 1] + 5
    for block in (1, 7, 1000):
        monkeypatch.setattr("learnclimate.counts.separation._BLOCK", block)
        refuse_collinear(covariates[:, :2], ("age", "tenure"))
        with pytest.raises(ModelError, match="'sum' is an exact combination"):
            refuse_collinear(covariates, ("age", "tenure", "sum"))


def test_two_teams_without_covariates_are_coded():
    survey = simulate_survey(n_teams=2, team_size=8, seed=1)
    assert CountModel(covariates=()).design(survey).n_teams == 2
