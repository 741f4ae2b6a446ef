"""Cells that can be no answer: lists, bytes, complex numbers, and numbers that lost digits."""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta

import numpy as np
import pandas as pd

from learnclimate.core.errors import SurveyError

#: Whole numbers from here on share a float with their neighbours.
_DIGITS_LOST = 2.0**53
#: Roles whose answers are names, not quantities.
_NAMES = (
    "team",
    "department",
    "respondent",
    "frequency",
    "outcome option",
    "questionnaire version",
)
_QUANTITIES = ("outcome", "number of activities asked", "exposure", "weight", "item")
_SPREADSHEETS = "Spreadsheets turn answers such as 1-2 into dates"
_NO_ANSWERS: dict[type, str] = {
    bytes: "is bytes, not text. Decode it",
    complex: "is a complex number. Give its real part",
}
_NO_NUMBERS: dict[type, str] = {
    bool: "is yes or no, not a number. Write 1 or 0 if that is what it means",
    date: f"is a date. {_SPREADSHEETS}: write the number itself",
    time: "is a time of day. Write the number itself",
    timedelta: "is a length of time. Write it as a number, in days or hours",
    pd.Period: "is a period. Write the number itself",
    pd.Interval: "is an interval. Write a single number",
}


def refuse_odd_cells(frame: pd.DataFrame, columns: Mapping[str, str]) -> None:
    """
    Refuse cells of a type that can be no answer to their question.

    Parameters
    ----------
    frame : pandas.DataFrame
        Answers as they were read, indexed by row.
    columns : mapping of str to str
        The columns to look at, with their roles.

    Raises
    ------
    SurveyError
        Naming column, row, value and remedy.

    Examples
    --------
    >>> refuse_odd_cells(pd.DataFrame({"n": [True, False]}), {"n": "outcome"})
    Traceback (most recent call last):
    ...
    learnclimate.core.errors.SurveyError: Column 'n' (outcome), row 0: True is yes or no, ...
    """
    for column, role in columns.items():
        where = f"Column {column!r} ({role})"
        wrong = _wrong_kinds(role)
        for row, value in _cells(frame[column]):
            _refuse_cell(value, f"{where}, row {row}", wrong)
            if role in _NAMES and isinstance(value, float):
                _refuse_lost_digits(value, f"{where}, row {row}")


def _wrong_kinds(role: str) -> dict[type, str]:
    if role in _QUANTITIES:
        return _NO_ANSWERS | _NO_NUMBERS
    if role in _NAMES and role != "respondent":
        return _NO_ANSWERS | {date: f"is a date. {_SPREADSHEETS}: keep the column as text"}
    return _NO_ANSWERS


def _cells(answers: pd.Series) -> Iterator[tuple[object, object]]:
    """Give row and value of the cells that are worth a look: of plain columns, few or none."""
    if isinstance(answers.dtype, pd.StringDtype):
        return
    if isinstance(answers.dtype, pd.CategoricalDtype):
        categories = answers.cat.categories
        if pd.api.types.infer_dtype(categories) == "string":
            return
        # In one pass: of very many categories each would otherwise look at every row.
        codes = answers.cat.codes.to_numpy()
        first = np.full(len(categories) + 1, -1)
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        for place, value in zip(first[:-1], categories, strict=True):
            if place >= 0:
                yield answers.index[place], value
    elif answers.dtype.kind == "f":
        yield from answers[answers.abs() >= _DIGITS_LOST].head(1).items()
    elif answers.dtype.kind not in "iu" and not (
        answers.dtype == object and pd.api.types.infer_dtype(answers) == "string"
    ):
        yield from zip(answers.index, answers.array, strict=True)


def _refuse_cell(value: object, where: str, wrong: Mapping[type, str]) -> None:
    if isinstance(value, list | tuple | set | frozenset | dict | np.ndarray):
        shown = value.tolist() if isinstance(value, np.ndarray) else value
        raise SurveyError(
            f"{where}: {shown!r} is a {type(shown).__name__}, not a single answer. Give each "
            "answer a column of its own."
        )
    if value is None or value is pd.NA or value is pd.NaT:
        return
    plain = value.item() if isinstance(value, np.generic) else value
    for kind, fault in wrong.items():
        if isinstance(plain, kind):
            shown = str(plain) if kind in _NO_NUMBERS else repr(plain)
            raise SurveyError(f"{where}: {shown} {fault}.")


def _refuse_lost_digits(value: float, where: str) -> None:
    if np.isfinite(value) and abs(value) >= _DIGITS_LOST:
        raise SurveyError(
            f"{where}: {value:.0f} has more digits than a number keeps, so that different codes "
            "may have become one. Read the column as text."
        )
