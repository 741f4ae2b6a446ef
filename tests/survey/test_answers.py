"""Single answers as labels and numbers, and the words in which wrong ones are refused."""

import numpy as np
import pandas as pd
import pytest

import learnclimate as lc
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
    with pytest.raises(
        SurveyError, match=r"row 4: 1 is wrong\. \(2 rows: 4, 9\) Likewise: 3 \(row 9\)\.$"
    ):
        refuse(answers, np.array([True, False, True]), "is wrong.")


def test_faults_of_several_columns_are_told_together_each_with_its_row():
    frame = pd.DataFrame(
        {
            "n": [1, -2, 3, 4],
            "team": list("aabb"),
            "talk": ["no", "yes", "perhaps", "no"],
            "hours": [10, 0, 12, 9],
            "q1": [1, 2, 9, 4],
        }
    )
    book = lc.Codebook(
        outcome="n",
        team="team",
        frequency="talk",
        frequency_levels=["no", "yes"],
        exposure="hours",
        scales=[lc.Scale("climate", ["q1"])],
    )
    with pytest.raises(lc.SurveyError) as raised:
        lc.read_survey(frame, book)
    told = str(raised.value)
    assert told.startswith("4 columns hold answers that cannot be read. (1) ")
    for part in (
        "Column 'talk', row 3: 'perhaps' is not among its levels.",
        "Column 'n', row 2: -2 ",
        "Column 'hours', row 2: 0 should be a number above 0.",
        "Column 'q1', row 3: 9 lies outside the answers 1 to 5 of scale 'climate'.",
    ):
        assert part in told
    with pytest.raises(lc.SurveyError, match=r"^Column 'talk', row 3"):
        lc.read_survey(frame.assign(n=1, hours=1, q1=2), book)


def test_all_unknown_levels_are_told_at_once():
    """Who typed them with other capitals mends them in one go."""
    levels = ["Never", "Monthly", "Weekly"]
    frame = pd.DataFrame({"n": 1, "team": "a", "talk": [*levels, *levels]})
    book = lc.Codebook(
        outcome="n", team="team", frequency="talk", frequency_levels=["never", "monthly", "Weekly"]
    )
    with pytest.raises(lc.SurveyError) as raised:
        lc.read_survey(frame, book)
    told = str(raised.value)
    assert "'Never' is not among its levels. Did you mean 'never'?" in told
    assert "or correct it. Nor is 'Monthly'." in told
    odd = frame.assign(talk=[f"x{n}" for n in range(6)])
    with pytest.raises(lc.SurveyError, match=r"Nor are 'x1', 'x2', 'x3', 'x4', 'x5'\."):
        lc.read_survey(odd, book)
    many = pd.DataFrame({"n": 1, "team": "a", "talk": [f"x{n:02}" for n in range(12)]})
    with pytest.raises(lc.SurveyError, match=r"'x08' and 3 more\."):
        lc.read_survey(many, book)


def test_lines_of_a_file_stand_beside_every_row(tmp_path):
    text = "n;team;hours\n1;a;10\n-2;a;0\n"
    (tmp_path / "answers.csv").write_text(text)
    book = lc.Codebook(outcome="n", team="team", exposure="hours")
    with pytest.raises(lc.SurveyError) as raised:
        lc.read_survey(tmp_path / "answers.csv", book)
    assert str(raised.value).count("row 2 (line 3 of the file)") == 2


def test_no_more_than_ten_faults_are_told():
    items = [f"q{n}" for n in range(13)]
    frame = pd.DataFrame({"n": [1, 2], "team": ["a", "b"], **dict.fromkeys(items, 7)})
    book = lc.Codebook(outcome="n", team="team", scales=[lc.Scale("climate", items)])
    with pytest.raises(lc.SurveyError) as raised:
        lc.read_survey(frame, book)
    assert "(10) Column 'q9'" in str(raised.value)
    assert "(11)" not in str(raised.value)
    assert str(raised.value).endswith(" And 3 more.")


def test_all_columns_that_are_not_there_are_named_at_once():
    frame = pd.DataFrame({"n": [1], "teams": ["a"], "praten": ["x"]})
    book = lc.Codebook(outcome="n", team="team", frequency="talk", frequency_levels=["no", "yes"])
    with pytest.raises(lc.SurveyError) as raised:
        lc.read_survey(frame, book)
    assert str(raised.value) == (
        "2 columns of the codebook are not in the data frame: 'team' (team; Did you mean 'teams'?),"
        " 'talk' (frequency). Its columns are 'n', 'teams', 'praten'."
    )


def test_refuse_quotes_other_wrong_answers_with_their_rows():
    answers = pd.Series(["weet niet", 3, "ca. 5", "veel", "weet niet", "ca. 5"], name="n")
    wrong = answers.map(lambda one: isinstance(one, str)).to_numpy()
    with pytest.raises(SurveyError) as told:
        refuse(answers, wrong, "is no number.")
    assert str(told.value) == (
        "Column 'n', row 0: 'weet niet' is no number. (5 rows: 0, 2, 3, 4, 5) "
        "Likewise: 'ca. 5' (rows 2, 5), 'veel' (row 3)."
    )
    many = pd.Series([f"w{place}" for place in range(9)], name="n")
    with pytest.raises(SurveyError, match=r"'w5' \(row 5\) and 3 more\.$"):
        refuse(many, np.ones(9, dtype=bool), "is no number.")


def test_whole_numbers_are_told_as_they_are_written():
    counts = pd.Series([2.0, -3.0, np.nan, 2.5, -3.0], name="n")
    with pytest.raises(SurveyError, match=r"row 1: -3 is negative\. \(2 rows: 1, 4\)$"):
        refuse(counts, (counts < 0).to_numpy(), "is negative.")
    with pytest.raises(SurveyError, match=r"row 3: 2\.5 is fractional\.$"):
        refuse(counts, (counts == 2.5).to_numpy(), "is fractional.")
