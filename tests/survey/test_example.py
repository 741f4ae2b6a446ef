"""The bundled example is what the simulator makes of its seed."""

import numpy as np
import pytest

from learnclimate.survey.codebook import Codebook
from learnclimate.survey.example import example_path, load_example, write_example


@pytest.mark.parametrize("name", ["example.csv", "example.toml", "example_truth.json"])
def test_the_shipped_files_equal_a_regeneration(tmp_path, name):
    write_example(tmp_path)
    assert (tmp_path / name).read_text("utf-8") == example_path(name).read_text("utf-8")


def test_its_size_and_what_was_left_out():
    survey = load_example()
    assert survey.n_respondents == 692
    assert survey.frame["team"].nunique() == 60
    assert survey.ledger["column"].value_counts().to_dict() == {
        "talk": 9,
        "tenure": 5,
        "activities": 3,
    }
    assert set(survey.ledger["row"]).isdisjoint(survey.frame.index)


def test_its_truth_comes_with_it():
    truth = load_example().truth
    assert np.exp(truth.parameters.frequency_effect) == pytest.approx(3.8, abs=0.01)
    assert truth.team_effects.shape == (60, 2)
    assert truth.parameters.levels == Codebook.from_toml(example_path("example.toml")).levels_of(
        "talk"
    )


def test_its_response_is_that_of_the_people_simulated():
    survey = load_example()
    asked = dict(survey.invited.by_team)
    answered = survey.people_by_team()
    assert survey.invited.total == sum(asked.values())
    assert all(asked[team] >= answered[team] for team in answered)
    # 0.72 of some 980 people, give or take three standard errors.
    assert 709 / survey.invited.total == pytest.approx(0.72, abs=0.043)
    assert len({asked[team] - answered[team] for team in answered}) > 5
