"""Single answers: as labels, as numbers, and refused by name when wrong."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import SurveyError

_SHOWN_ROWS = 5


def labels_of(answers: pd.Series) -> pd.Series:
    """
    Write answers as labels: text trimmed, whole numbers without a decimal point.

    Parameters
    ----------
    answers : pandas.Series
        Answers of any type.

    Returns
    -------
    pandas.Series of object
        Text, missing where the answer is.

    Examples
    --------
    >>> labels_of(pd.Series([3.0, 4.0])).tolist()
    ['3', '4']
    """
    codes, values = pd.factorize(answers)
    labels = np.array([*(_label(value) for value in values), None], dtype=object)
    return pd.Series(labels[codes], index=answers.index, name=answers.name, dtype=object)


def _label(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def numbers_of(answers: pd.Series) -> pd.Series:
    """
    Write answers as numbers, not a number where one is missing or no number.

    Parameters
    ----------
    answers : pandas.Series
        Numbers, or text that holds numbers.

    Returns
    -------
    pandas.Series of float
        The numbers.

    Examples
    --------
    >>> numbers_of(pd.Series(["3", " 4", "some"])).tolist()
    [3.0, 4.0, nan]
    """
    if isinstance(answers.dtype, pd.CategoricalDtype):
        answers = answers.astype(object)
    numbers = pd.to_numeric(answers, errors="coerce")
    return pd.Series(
        numbers.to_numpy(dtype=float, na_value=np.nan), index=answers.index, name=answers.name
    )


def refuse(answers: pd.Series, wrong: npt.NDArray[np.bool_], fault: str) -> None:
    """
    Raise one error for the wrong answers of a column.

    Parameters
    ----------
    answers : pandas.Series
        The column, indexed by row.
    wrong : ndarray of bool
        Which answers are wrong.
    fault : str
        What is wrong and what to do, continuing ``"... row 3: 'x' "``.

    Raises
    ------
    SurveyError
        If any answer is wrong.
    """
    if not wrong.any():
        return
    rows = answers.index[wrong]
    value = answers[wrong].iloc[0]
    shown = repr(value.item() if isinstance(value, np.generic) else value)
    message = f"Column {answers.name!r}, row {rows[0]}: {shown} {fault}"
    if len(rows) > 1:
        more = ", ".join(map(str, rows[:_SHOWN_ROWS])) + (", …" if len(rows) > _SHOWN_ROWS else "")
        message += f" ({len(rows)} rows: {more})"
    raise SurveyError(message)
