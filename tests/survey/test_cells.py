"""Cells that can be no answer."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from learnclimate.core.errors import SurveyError
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey

BOOK = Codebook(outcome="n", team="team", covariates=["x"], exposure="h", respondent="id")
FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "team": ["a", "a", "b", "b"],
        "n": [1, 2, 3, 0],
        "x": [1.5, 2.0, 4.0, 3.0],
        "h": [1.0, 2.0, 1.0, 2.0],
    }
)


@pytest.mark.parametrize("column", ["team", "n", "x", "h"])
@pytest.mark.parametrize(
    ("cell", "kind"), [([1], "list"), ({"a": 1}, "dict"), ((1, 2), "tuple"), (np.ones(1), "list")]
)
def test_several_answers_in_a_cell(column, cell, kind):
    frame = FRAME.astype({column: object})
    frame[column] = [FRAME.loc[0, column], cell, *FRAME[column][2:]]
    with pytest.raises(SurveyError, match=rf"'{column}' .*, row 2: .* is a {kind}, not a single"):
        read_survey(frame, BOOK)


@pytest.mark.parametrize("column", ["n", "h"])
@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ([True, False, True, True], "True is yes or no"),
        (pd.Categorical([True, False, True, True]), "is yes or no"),
        ([b"1", b"2", b"3", b"4"], "b'1' is bytes"),
        ([1 + 1j] * 4, "is a complex number"),
        (pd.date_range("2020", periods=4), "2020-01-01 00:00:00 is a date"),
        ([dt.date(2020, 1, 1)] * 4, "2020-01-01 is a date"),
        (pd.to_timedelta([1, 2, 3, 4], unit="D"), "is a length of time"),
        (pd.period_range("2020", periods=4), "is a period"),
        (pd.interval_range(0, 4), "is an interval"),
        ([1, 2, True, 3], "row 3: True is yes or no"),
    ],
)
def test_what_is_no_number(column, values, fault):
    with pytest.raises(SurveyError, match=rf"'{column}' \((outcome|exposure)\).*{fault}"):
        read_survey(FRAME.assign(**{column: values}), BOOK)


def test_decimals_are_numbers():
    frame = FRAME.assign(n=[Decimal(2), Decimal(1), None, Decimal(0)])
    assert read_survey(frame, BOOK).frame["n"].tolist() == [2, 1, 0]


def test_codes_that_lost_their_last_digits():
    frame = FRAME.assign(team=[1e17, 1e17 + 20, 1.0, 2.0])
    with pytest.raises(SurveyError, match=r"'team' .* row 1: 1000.* more digits than a number"):
        read_survey(frame, BOOK)
    frame["team"] = frame["team"].astype("int64")
    assert read_survey(frame, BOOK).frame["team"].nunique() == 4


@pytest.mark.parametrize("values", [["a", "a ", "b", "c"], [" 1", 1, 2, 3]])
@pytest.mark.parametrize("kind", [object, "string"])
def test_identities_that_differ_in_spaces_are_one(values, kind):
    values = [str(value) for value in values] if kind == "string" else values
    with pytest.raises(SurveyError, match=r"respondent '[a1]' answers in rows 1, 2"):
        read_survey(FRAME.assign(id=pd.Series(values, dtype=kind)), BOOK)


def test_teams_that_differ_in_capitals_are_pointed_out():
    frame = FRAME.assign(team=["Sales", "sales", "North  east", "b"])
    with pytest.warns(UserWarning, match="'Sales' and 'sales' differ in capitals or spaces only"):
        assert read_survey(frame, BOOK).frame["team"].nunique() == 4


@pytest.mark.parametrize("value", [1e200, -1e13])
def test_a_covariate_beyond_any_scale(value):
    with pytest.raises(SurveyError, match=r"'x', row 1: .* is beyond ±1e\+12.*larger units"):
        read_survey(FRAME.assign(x=[value, 1, 2, 3]), BOOK)


def test_a_covariate_that_vanishes():
    with pytest.raises(SurveyError, match="'x': all its answers lie within ±3e-200"):
        read_survey(FRAME.assign(x=[1e-200, 2e-200, 0, 3e-200]), BOOK)


@pytest.mark.parametrize("value", [1e-300, 1e12])
def test_an_exposure_beyond_any_scale(value):
    with pytest.raises(SurveyError, match=r"'h', row 2: .* should lie between 1e-09 and"):
        read_survey(FRAME.assign(h=[1.0, value, 1, 2]), BOOK)


def test_two_columns_of_one_name_in_every_frame():
    twice = pa.Table.from_arrays([pa.array([1])] * 6, names=[*FRAME.columns, "x"])
    for frame in (twice, pd.concat([FRAME, FRAME[["x"]]], axis=1)):
        with pytest.raises(SurveyError, match="Two columns are named 'x' in the data frame"):
            read_survey(frame, BOOK)


def test_nested_columns_of_polars():
    frame = pl.from_pandas(FRAME)
    with pytest.raises(SurveyError, match=r"'x' .* \[1, 2\] is a list"):
        read_survey(frame.with_columns(x=pl.lit([1, 2])), BOOK)
    with pytest.raises(SurveyError, match=r"'x' .* is a dict"):
        read_survey(frame.with_columns(x=pl.struct("n")), BOOK)


def test_decimal_commas_in_text(tmp_path):
    frame = FRAME.assign(x=["2,5", None, "3,5", "1"])
    assert read_survey(frame, BOOK).frame["x"].tolist() == [2.5, 3.5, 1.0]
