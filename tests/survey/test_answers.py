"""Single answers as labels and numbers, and the words in which wrong ones are refused."""

import numpy as np
import pandas as pd
import pytest

from learnclimate.core.errors import SurveyError
from learnclimate.survey.answers import labels_of, missing_answers, numbers_of, refuse


def test_labels_are_trimmed_and_whole_numbers_lose_their_point():
    answers = pd.Series([3.0, "3", " weekly ", 2.5, "", " ", None, np.nan, True], dtype=object)
    assert labels_of(answers).tolist() == ["3", "3", "weekly", "2.5", *[None] * 4, "True"]


@pytest.mark.parametrize("dtype", ["category", "string", object])
def test_labels_do_not_depend_on_the_type_of_column(dtype):
    answers = pd.Series(["b ", None, "a"], dtype=dtype)
    labels = labels_of(answers)
    assert labels.dtype == object
    assert labels.tolist() == ["b", None, "a"]


def test_numbers_of_text_categories_and_nullable_integers():
    for answers in (
        pd.Series(["3", " 4", None, "x"]),
        pd.Series(["3", " 4", None, "x"], dtype="category"),
        pd.Series([3, 4, None, None], dtype="Int64"),
    ):
        np.testing.assert_array_equal(numbers_of(answers), [3.0, 4.0, np.nan, np.nan])


def test_missing_is_not_there_or_blank_text():
    answers = pd.Series(["x", "", "  ", None, np.nan, 0], dtype=object)
    assert missing_answers(answers).tolist() == [False, True, True, True, True, False]
    assert missing_answers(pd.Series([0.0, np.nan])).tolist() == [False, True]
    assert missing_answers(pd.Series([], dtype=object)).tolist() == []


def test_refuse_says_column_row_value_and_how_many():
    answers = pd.Series([1, 2, 3], index=pd.Index([4, 5, 9]), name="n")
    refuse(answers, np.zeros(3, dtype=bool), "is wrong.")
    with pytest.raises(SurveyError, match=r"^Column 'n', row 5: 2 is wrong\.$"):
        refuse(answers, np.array([False, True, False]), "is wrong.")
    with pytest.raises(SurveyError, match=r"row 4: 1 is wrong\. \(2 rows: 4, 9\)$"):
        refuse(answers, np.array([True, False, True]), "is wrong.")
