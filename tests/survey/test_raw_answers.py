"""Rows keep the numbers they have in their source."""

import numpy as np
import pandas as pd

from learnclimate.survey.raw_answers import leave_out, numbered, without_last_lines


def test_rows_are_numbered_from_one():
    frame = numbered(pd.DataFrame({"n": [5, 6]}, index=[40, 40]))
    assert frame.index.tolist() == [1, 2]
    assert frame.index.name == "row"


def test_rows_left_out_and_kept_share_the_numbering():
    frame = numbered(pd.DataFrame({"n": [5, 6, 7], "status": ["x", None, "y"]}))
    kept, excluded = leave_out(frame, np.array([True, True, False]), "status", "a test")
    assert kept.index.tolist() == [3]
    assert excluded.to_numpy().tolist() == [
        [1, "status", "x", "a test"],
        [2, "status", "", "a test"],
    ]


def test_only_the_last_empty_lines_go():
    frame = pd.DataFrame({"a": [None, "x", None, None], "b": [None, None, None, np.nan]})
    assert without_last_lines(frame)["a"].fillna("").tolist() == ["", "x"]
    assert len(without_last_lines(frame.iloc[2:])) == 0
