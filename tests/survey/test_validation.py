"""Every kind of bad answer gets one error that names place, fault and remedy."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learnclimate.core.errors import SurveyError
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from learnclimate.survey.validation import validated


def refused(answers: pd.DataFrame, codebook: Codebook, *fragments: str) -> str:
    with pytest.raises(SurveyError) as caught:
        read_survey(answers, codebook)
    message = str(caught.value)
    for fragment in fragments:
        assert fragment in message
    return message


class TestColumns:
    def test_a_missing_column_is_named_with_its_role_and_the_columns_there_are(
        self, answers, codebook
    ):
        message = refused(
            answers.drop(columns="hours"), codebook, "no column 'hours' (exposure)", "'person'"
        )
        assert "Did you mean" not in message

    def test_a_misspelt_column_suggests_the_nearest(self, answers, codebook):
        refused(
            answers.rename(columns={"activities": "activites"}),
            codebook,
            "no column 'activities' (outcome)",
            "Did you mean 'activites'?",
        )

    @pytest.mark.parametrize("column", ["q2", "person", "tenure", "talk", "team", "department"])
    def test_every_part_of_the_codebook_must_be_there(self, answers, codebook, column):
        refused(answers.drop(columns=column), codebook, f"There is no column {column!r}")

    def test_a_column_that_comes_twice(self, answers, codebook):
        twice = pd.concat([answers, answers[["talk"]]], axis=1)
        refused(twice, codebook, "Two columns are named 'talk'", "Rename one")

    def test_a_column_without_answers(self, answers, codebook):
        refused(
            answers.assign(talk=None),
            codebook,
            "'talk' (frequency) is empty",
            "out of the codebook",
        )

    def test_nobody_named(self, answers, codebook):
        refused(answers.assign(person=None), codebook, "'person' (respondent) is empty", "Fill it")
        some = answers.astype({"person": object})
        some.loc[1:, "person"] = None
        assert read_survey(some, codebook).n_respondents == len(answers)

    @pytest.mark.parametrize("empty", [pd.DataFrame(), pd.DataFrame({"team": [], "talk": []})])
    def test_no_rows(self, codebook, empty):
        refused(empty, codebook, "has no rows")

    def test_nobody_answered_everything(self, answers, codebook):
        half = answers.astype({"activities": float})
        half.loc[:5, "talk"] = None
        half.loc[6:, "activities"] = np.nan
        refused(half, codebook, "No respondent in the data frame answered every question")


class TestWhole:
    def test_all_counts_zero(self, answers, codebook):
        refused(answers.assign(activities=0), codebook, "every count is 0", "the right column")

    def test_a_team_in_two_departments(self, answers, codebook):
        answers.loc[0, "department"] = "B"
        refused(answers, codebook, "Team 'north' lies in 2 departments", "'B', 'A'")

    def test_exposure_that_is_missing_goes_to_the_ledger(self, answers, codebook):
        answers.loc[3, "hours"] = np.nan
        survey = read_survey(answers, codebook)
        assert survey.ledger.to_dict("records") == [
            {"row": 4, "column": "hours", "value": "", "reason": "exposure not answered"}
        ]
        assert 4 not in survey.frame.index

    def test_missing_items_stay_missing_and_leave_no_row_out(self, answers, codebook):
        survey = read_survey(answers, codebook)
        assert np.isnan(survey.frame["q2"].to_numpy()[5])
        assert survey.n_left_out == 0

    def test_the_users_frame_is_left_alone(self, answers, codebook):
        before = answers.copy()
        read_survey(answers, codebook)
        pd.testing.assert_frame_equal(answers, before)

    def test_a_repeated_index_does_not_confuse_rows(self, answers, codebook):
        answers.index = pd.Index([7] * 12, name="row")
        answers.loc[:, "talk"] = [None, *answers["talk"].tolist()[1:]]
        assert read_survey(answers, codebook).ledger["row"].tolist() == [1]


ANSWER = st.fixed_dictionaries(
    {
        "team": st.sampled_from(["a", "b", "", " ", None]),
        "talk": st.sampled_from(["no", "yes", None, ""]),
        "n": st.sampled_from([0, 1, 7, None]),
        "hours": st.sampled_from([1.0, 36.0, None]),
        "age": st.sampled_from([20, 30, None]),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ANSWER, min_size=1, max_size=12))
def test_kept_and_left_out_rows_are_all_rows(rows):
    """No silent row loss: a row is kept, or the ledger tells every reason it is not."""
    complete = {"team": "c", "talk": "yes", "n": 3, "hours": 8.0, "age": 40}
    raw = pd.DataFrame([complete, *rows])
    book = Codebook(
        outcome="n",
        team="team",
        frequency="talk",
        frequency_levels=["no", "yes"],
        exposure="hours",
        covariates=["age"],
    )
    result = validated(raw, book)
    kept, left = set(result.frame.index), set(result.ledger["row"])
    assert kept | left == set(range(1, len(raw) + 1))
    assert not kept & left
    told = {(entry.row, entry.column) for entry in result.ledger.itertuples()}
    is_open = {
        (row, column)
        for row, answer in enumerate([complete, *rows], start=1)
        for column, value in answer.items()
        if value is None or (isinstance(value, str) and not value.strip())
    }
    assert told == is_open
    assert result.frame.notna().all(axis=None)
