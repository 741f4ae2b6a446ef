"""Every answer gets its type, or one error that names column, row, fault and remedy."""

import numpy as np
import pandas as pd
import pytest

from learnclimate.core.errors import LearnClimateWarning, SurveyError
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.reading import read_survey


def refused(answers: pd.DataFrame, codebook: Codebook, *fragments: str) -> str:
    with pytest.raises(SurveyError) as caught:
        read_survey(answers, codebook)
    message = str(caught.value)
    for fragment in fragments:
        assert fragment in message
    return message


class TestAnswers:
    def test_a_level_that_is_not_listed(self, answers, codebook):
        answers.loc[2, "talk"] = "weekley"
        refused(
            answers, codebook, "Column 'talk', row 3: 'weekley'", "Did you mean 'weekly'?", "order"
        )

    @pytest.mark.parametrize(
        ("count", "fault"),
        [
            (-1, "is negative"),
            (2.5, "is fractional"),
            ("several", "is not a number"),
            (250_000, "is more than 10,000 activities"),
            (np.inf, "is not a count"),
        ],
    )
    def test_a_wrong_count(self, answers, codebook, count, fault):
        answers["activities"] = answers["activities"].astype(object)
        answers.loc[4, "activities"] = count
        refused(answers, codebook, f"Column 'activities', row 5: {count!r} {fault}")

    def test_all_rows_with_the_fault_are_counted(self, answers, codebook):
        answers.loc[:7, "activities"] = -9
        refused(answers, codebook, "row 1: -9", "(8 rows: 1, 2, 3, 4, 5, …)")

    @pytest.mark.parametrize("hours", [0, -3, np.inf])
    def test_exposure_that_is_zero_negative_or_endless(self, answers, codebook, hours):
        answers.loc[0, "hours"] = hours
        refused(answers, codebook, "Column 'hours', row 1:", "should be a number above 0")

    def test_exposure_in_words(self, answers, codebook):
        answers["hours"] = answers["hours"].astype(object)
        answers.loc[1, "hours"] = "full time"
        refused(answers, codebook, "Column 'hours', row 2: 'full time'", "above 0")

    @pytest.mark.parametrize(
        ("item", "fault"),
        [
            (6, "outside the answers 1 to 5"),
            (2.5, "a mean of several"),
            ("agree", "is not a number"),
        ],
    )
    def test_items_outside_their_scale(self, answers, codebook, item, fault):
        answers["q1"] = answers["q1"].astype(object)
        answers.loc[7, "q1"] = item
        refused(answers, codebook, f"Column 'q1', row 8: {item!r}", fault, "scale 'climate'")

    def test_duplicate_respondents(self, answers, codebook):
        answers.loc[[3, 9], "person"] = 101
        refused(answers, codebook, "respondent 101 answers in rows 1, 4, 10", "Keep one")

    def test_several_duplicate_respondents_and_some_without_a_name(self, answers, codebook):
        answers["person"] = ["x", "x", "y", "y", "z", "z", "", "", None, None, "p", "q"]
        refused(answers, codebook, "'x' answers in rows 1, 2. Keep", "2 others answer more than")
        answers["person"] = ["", "", None, None, *"abcdefgh"]
        assert read_survey(answers, codebook).n_respondents == 12

    def test_a_slip_in_a_numeric_covariate_is_no_category(self, answers, codebook):
        many = pd.concat([answers] * 2, ignore_index=True).drop(columns="person")
        many["tenure"] = [str(number) for number in range(24)]
        many.loc[5, "tenure"] = "five"
        without = Codebook(outcome="activities", team="team", covariates=["tenure"])
        refused(many, without, "Column 'tenure', row 6: 'five' is not a number")

    def test_dates_are_no_covariate(self, answers):
        answers["since"] = pd.date_range("2020-01-01", periods=12)
        book = Codebook(outcome="activities", team="team", covariates=["since"])
        refused(answers, book, "'since' holds dates", "years up to the survey")

    def test_free_text_is_no_covariate(self, answers):
        many = pd.concat([answers] * 3, ignore_index=True)
        many["remarks"] = [f"remark {number}" for number in range(36)]
        book = Codebook(outcome="activities", team="team", covariates=["remarks"])
        refused(many, book, "36 different answers, more than half", "group the answers")

    def test_the_order_of_ordered_categories_is_checked(self, answers, codebook):
        answers["talk"] = pd.Categorical(
            answers["talk"], ["never", "weekly", "monthly"], ordered=True
        )
        refused(answers, codebook, "never < weekly < monthly", "never < monthly < weekly")


class TestTypes:
    def test_every_column_gets_its_type(self, answers, codebook):
        frame = read_survey(answers, codebook).frame
        assert frame["activities"].dtype == np.int64
        assert frame["talk"].cat.ordered
        assert frame["talk"].cat.categories.tolist() == ["never", "monthly", "weekly"]
        assert frame["tenure"].dtype == float
        assert frame["contract"].cat.categories.tolist() == ["permanent", "temporary"]
        assert frame.index.tolist() == list(range(1, 13))
        assert frame.index.name == "row"

    def test_numbers_as_labels_lose_their_decimal_point(self, answers, codebook):
        answers["team"] = [1.0] * 4 + [2.0] * 8
        answers["department"] = "A"
        assert read_survey(answers, codebook).frame["team"].unique().tolist() == ["1", "2"]

    def test_numeric_levels_match_numbers(self, answers, codebook):
        answers["talk"] = [1, 2, 3] * 4
        book = Codebook(
            outcome="activities", team="team", frequency="talk", frequency_levels=["1", "2", "3"]
        )
        assert read_survey(answers, book).frame["talk"].cat.codes.tolist() == [0, 1, 2] * 4

    def test_categories_keep_their_order_and_booleans_become_categories(self, answers):
        answers["contract"] = pd.Categorical(answers["contract"], ["temporary", "permanent"])
        answers["leads"] = pd.array([True, False, None] * 4, dtype="boolean")
        book = Codebook(outcome="activities", team="team", covariates=["contract", "leads"])
        survey = read_survey(answers, book)
        assert survey.frame["contract"].cat.categories.tolist() == ["temporary", "permanent"]
        assert survey.frame["leads"].cat.categories.tolist() == ["False", "True"]
        assert survey.n_left_out == 4

    def test_counts_written_as_text_are_counts(self, answers, codebook):
        answers["activities"] = answers["activities"].astype(str) + " "
        assert read_survey(answers, codebook).frame["activities"].sum() == 28

    def test_a_department_may_be_a_covariate(self, answers):
        book = Codebook(
            outcome="activities", team="team", department="department", covariates=["department"]
        )
        assert read_survey(answers, book).frame["department"].tolist() == ["A"] * 8 + ["B"] * 4


def test_a_code_for_missing_left_in_the_counts_is_pointed_out(answers, codebook):
    answers.loc[3, "activities"] = 99
    said = "count 99 comes 1 time, and all others are at most 6"
    with pytest.warns(LearnClimateWarning, match=said) as caught:
        read_survey(answers, codebook)
    assert caught[0].filename == __file__


def test_a_large_count_among_large_ones_is_no_code(answers, codebook):
    answers["activities"] = [99, 60, 40, 1, 3, 4, 0, 2, 6, 1, 1, 3]
    assert read_survey(answers, codebook).frame["activities"].max() == 99


def test_items_answered_in_words_are_numbered_from_the_lowest():
    words = ["disagree", "neutral", "agree"]
    codebook = Codebook(
        outcome="n",
        team="team",
        scales=[Scale("s", ["q1"], minimum=0, maximum=2, reverse=["q1"], answers=words)],
    )
    answers = ["agree", " neutral", None, "disagree", 2, "0"]
    frame = pd.DataFrame({"n": 1, "team": "a", "q1": pd.Series(answers, dtype=object)})
    read = read_survey(frame, codebook).frame["q1"]
    np.testing.assert_array_equal(read, [2, 1, np.nan, 0, 2, 0])
    frame.loc[3, "q1"] = "disagre"
    with pytest.raises(SurveyError, match=r"'disagre' is not among the answers of .*'disagree'"):
        read_survey(frame, codebook)
    frame.loc[3, "q1"] = 3
    with pytest.raises(SurveyError, match="lies outside the answers 0 to 2"):
        read_survey(frame, codebook)


def test_items_answered_in_words_without_names_say_how_to_name_them():
    frame = pd.DataFrame({"n": [1], "team": ["a"], "q1": ["agree"]})
    codebook = Codebook(outcome="n", team="team", scales=[Scale("s", ["q1"])])
    with pytest.raises(SurveyError, match=r"lowest first: answers = \[\.\.\.\]"):
        read_survey(frame, codebook)
