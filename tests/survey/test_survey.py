"""How a survey presents itself."""

import dataclasses

import pandas as pd
import pytest

from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from learnclimate.survey.survey import LEDGER_COLUMNS, Survey, empty_ledger


def test_the_repr_counts_respondents_teams_and_rows_left_out(answers, codebook):
    assert repr(read_survey(answers, codebook)) == "<Survey of 12 respondents in 3 teams>"
    answers.loc[[0, 5], "talk"] = None
    answers.loc[0, "contract"] = None
    survey = read_survey(answers, codebook)
    # The text is shown to others, and tells of few no more than the description does.
    assert repr(survey) == "<Survey of 10 respondents in 3 teams, fewer than 5 left out>"
    assert survey.n_left_out == 2
    assert len(survey.ledger) == 3


def test_a_study_too_small_to_show_tells_neither_its_respondents_nor_its_teams():
    frame = pd.DataFrame({"n": [1, 4, 2], "t": ["a", "b", "c"]})
    survey = read_survey(frame, Codebook(outcome="n", team="t"))
    assert repr(survey) == "<Survey of fewer than 5 respondents>"
    described = survey.describe()
    assert (described.n_respondents, described.n_teams) == (None, None)
    for text in (repr(described), described._repr_html_()):
        assert "Fewer than 5 respondents" in text
        assert "3" not in text
    whole = read_survey(pd.DataFrame({"n": [1] * 5, "t": "a"}), Codebook(outcome="n", team="t"))
    assert repr(whole) == "<Survey of 5 respondents in 1 team>"


def test_a_notebook_shows_tables(answers, codebook):
    assert "<table" in read_survey(answers, codebook)._repr_html_()


def test_a_survey_is_frozen(answers, codebook):
    survey = read_survey(answers, codebook)
    with pytest.raises(dataclasses.FrozenInstanceError):
        survey.source = "elsewhere"


def test_a_ledger_always_has_its_columns(answers, codebook):
    assert tuple(read_survey(answers, codebook).ledger.columns) == LEDGER_COLUMNS
    assert tuple(empty_ledger().columns) == LEDGER_COLUMNS
    assert Survey(answers, codebook).n_left_out == 0
