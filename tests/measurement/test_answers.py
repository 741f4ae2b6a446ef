"""The answers to a scale: found, checked and turned round, or refused by name."""

import numpy as np
import pandas as pd
import pytest

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, SurveyError
from learnclimate.measurement.answers import scale_answers
from learnclimate.survey.codebook import Scale
from measurement_answers import survey_of

VALUES = np.array([[1, 5, 2], [2, 4, np.nan], [5, 1, 3]])


def test_reverse_keyed_items_are_turned_round_and_back():
    answers = scale_answers(survey_of(VALUES, reverse=["q2"]), "s")
    assert answers.complete[:, 1].tolist() == [1, 5]
    assert np.array_equal(answers.raw, VALUES, equal_nan=True)
    assert len(answers.complete) == 2


def test_a_scale_of_ones_own_is_accepted():
    answers = scale_answers(survey_of(VALUES), Scale("two", ["q1", "q2"]))
    assert answers.items == ("q1", "q2")


def test_an_item_offers_the_answers_that_the_codebook_says():
    """Else each range turns an item round about another middle, and rounds its mean anew."""
    for maximum in (5, 7):
        asked = Scale("own", ["q1", "q2"], reverse=["q1"], maximum=maximum)
        answers = scale_answers(survey_of(VALUES), asked)
        assert (answers.scale.minimum, answers.scale.maximum) == (1, 5)


def test_teams_without_respondents_are_absent(example):
    answers = scale_answers(example, "challenging_work")
    assert answers.team.max() == len(answers.teams) - 1
    assert len(answers.department) == len(answers.teams)


@pytest.mark.parametrize(
    ("scale", "error", "words"),
    [
        ("t", ArgumentError, "no scale 't'"),
        (3, ArgumentTypeError, "give a Scale"),
        (Scale("own", ["q1", "q9"]), ArgumentError, "no column 'q9'"),
        (Scale("own", ["q1", "team"]), SurveyError, "should be numbers"),
    ],
)
def test_bad_scales_are_refused(scale, error, words):
    with pytest.raises(error, match=words):
        scale_answers(survey_of(VALUES), scale)


def test_only_surveys_are_accepted():
    with pytest.raises(ArgumentTypeError, match="DataFrame is not a Survey"):
        scale_answers(pd.DataFrame(VALUES), "s")


def test_an_item_that_nobody_answered_is_refused():
    values = VALUES.copy()
    values[:, 2] = np.nan
    with pytest.raises(SurveyError, match="'q3': nobody answered"):
        scale_answers(survey_of(values), "s")
