"""Single answers: as labels, as numbers, and refused by name when wrong."""

import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import LearnClimateWarning, SurveyError
from learnclimate.survey.number_text import with_decimal_points

#: Folder of the package; warnings skip its files, and so point at the caller.
PACKAGE = str(Path(__file__).parents[1])
_SHOWN_ROWS = 5
_MOST_FAULTS = 10


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
        Text; missing where the answer is, or is text without a character.

    Examples
    --------
    >>> labels_of(pd.Series([3.0, 4.0])).tolist()
    ['3', '4']
    """
    codes, values = _coded(answers)
    labels = np.array([*(_label(value) for value in values), None], dtype=object)
    return pd.Series(labels[codes], index=answers.index, name=answers.name, dtype=object)


def coded_labels(answers: pd.Series) -> pd.Categorical:
    """
    Write answers as labels, each distinct one held once and told by its place among them.

    Parameters
    ----------
    answers : pandas.Series
        Answers of any type; of categories, only those in use count.

    Returns
    -------
    pandas.Categorical
        What `labels_of` gives, with the labels in use as sorted categories.

    Examples
    --------
    >>> coded_labels(pd.Series(["b", " a", "b", None])).codes.tolist()
    [1, 0, 1, -1]
    """
    codes, values = _coded(answers)
    used = np.bincount(codes[codes >= 0], minlength=len(values)) > 0
    pairs = zip(values.to_numpy(dtype=object), used.tolist(), strict=True)
    labels = [_label(value) if is_used else None for value, is_used in pairs]
    # Several values may share a label, as "a" and " a" do.
    places, distinct = pd.factorize(np.array(labels, dtype=object), sort=True)
    return pd.Categorical.from_codes(np.append(places, -1)[codes], categories=pd.Index(distinct))


def _coded(answers: pd.Series) -> tuple[npt.NDArray[np.integer], pd.Index]:
    """Distinct values, and the place of each answer among them, -1 where there is none."""
    if isinstance(answers.dtype, pd.CategoricalDtype):
        return answers.cat.codes.to_numpy(), answers.cat.categories
    codes, values = pd.factorize(answers)
    return codes, pd.Index(values)


def _label(value: object) -> str | None:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    # An é may be one sign or two, an e and an accent, depending on the program that wrote it.
    return unicodedata.normalize("NFC", str(value)).strip() or None


def numbers_of(answers: pd.Series) -> pd.Series:
    """
    Write answers as numbers, not a number where one is missing or no number.

    Text with decimal commas counts as numbers, where all its commas are decimal commas.

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
    if pd.api.types.is_numeric_dtype(answers):
        numbers = answers.to_numpy(dtype=float, na_value=np.nan)
    else:
        codes, values = _coded(answers)
        cells = pd.Series(list(values), dtype=object)
        is_text = cells.map(lambda cell: isinstance(cell, str)).to_numpy(dtype=bool)
        cells[is_text] = with_decimal_points(cells[is_text].str.strip())
        known = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        numbers = np.append(known, np.nan)[codes]
    return pd.Series(numbers, index=answers.index, name=answers.name)


def missing_answers(answers: pd.Series) -> npt.NDArray[np.bool_]:
    """
    Mark the answers that are missing: not there, or text without a character.

    Parameters
    ----------
    answers : pandas.Series
        Answers of any type.

    Returns
    -------
    ndarray of shape (n_answers,), bool
        Which are missing.

    Examples
    --------
    >>> missing_answers(pd.Series(["weekly", " ", None])).tolist()
    [False, True, True]
    """
    if pd.api.types.is_numeric_dtype(answers):
        return answers.isna().to_numpy(dtype=bool)
    codes, values = _coded(answers)
    # The last entry is that of code -1, not there.
    empty = np.array([*(isinstance(v, str) and not v.strip() for v in values), True])
    return np.asarray(empty[codes], dtype=bool)


def warn(message: str) -> None:
    """
    Warn of something in the answers, pointing at the line outside this package.

    Parameters
    ----------
    message : str
        What to say.
    """
    warnings.warn(message, LearnClimateWarning, skip_file_prefixes=(PACKAGE,))


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

    Examples
    --------
    >>> counts = pd.Series([2, -1], index=[1, 2], name="n")
    >>> refuse(counts, (counts < 0).to_numpy(), "is negative.")
    Traceback (most recent call last):
    ...
    learnclimate.core.errors.SurveyError: Column 'n', row 2: -1 is negative.
    """
    if not wrong.any():
        return
    rows = answers.index[wrong]
    value = answers[wrong].iloc[0]
    shown = _quoted(value)
    message = f"Column {answers.name!r}, row {rows[0]}: {shown} {fault}"
    if len(rows) > 1:
        more = ", ".join(map(str, rows[:_SHOWN_ROWS])) + (", …" if len(rows) > _SHOWN_ROWS else "")
        message += f" ({len(rows)} rows: {more})"
    raise SurveyError(f"{message}{_others(answers[wrong])}")


def _quoted(value: object) -> str:
    """Write an answer as it stands in the source: of numbers, -3 and not -3.0."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, float) and plain.is_integer():
        plain = int(plain)
    return repr(plain)


def _others(wrong: pd.Series) -> str:
    """Quote wrong answers other than the first, each with its rows, so that one run tells all."""
    rows_of: dict[str, list[str]] = {}
    for row, value in wrong.items():
        rows_of.setdefault(_quoted(value), []).append(str(row))
    others = list(rows_of.items())[1:]
    if not others:
        return ""
    told = ", ".join(
        f"{shown} (row{'s' * (len(rows) > 1)} {', '.join(rows[:_SHOWN_ROWS])}"
        f"{', …' * (len(rows) > _SHOWN_ROWS)})"
        for shown, rows in others[:_SHOWN_ROWS]
    )
    more = len(others) - _SHOWN_ROWS
    return f" Likewise: {told}{f' and {more} more' if more > 0 else ''}."


@dataclass(slots=True)
class Faults:
    """
    What is wrong with the answers, column by column, told together.

    Attributes
    ----------
    found : list of SurveyError
        The faults, in the order in which they were found.

    Examples
    --------
    >>> faults = Faults()
    >>> for column in ("n", "talk"):
    ...     with faults.gathered():
    ...         raise SurveyError(f"Column {column!r} is wrong.")
    >>> faults.raise_all()
    Traceback (most recent call last):
    ...
    learnclimate.core.errors.SurveyError: 2 columns hold answers that cannot be read.
    (1) Column 'n' is wrong. (2) Column 'talk' is wrong.
    """

    found: list[SurveyError] = field(default_factory=list)

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """
        Keep a fault for later, so that what follows is looked at too.

        Yields
        ------
        None
            Once.
        """
        try:
            yield
        except SurveyError as fault:
            self.found.append(fault)

    def raise_all(self) -> None:
        """
        Raise one error for all faults; nothing where there are none.

        Raises
        ------
        SurveyError
            The fault where there is one; else the first ones, numbered.
        """
        if not self.found:
            return
        if len(self.found) == 1:
            raise self.found[0]
        told = " ".join(f"({n}) {one}" for n, one in enumerate(self.found[:_MOST_FAULTS], start=1))
        more = len(self.found) - _MOST_FAULTS
        rest = f" And {more} more." if more > 0 else ""
        raise SurveyError(
            f"{len(self.found)} columns hold answers that cannot be read. {told}{rest}"
        )
