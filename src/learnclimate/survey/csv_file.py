"""The answers of a CSV file: numbers and decimal commas found, what is no response left out."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import FileError
from learnclimate.survey.answers import labels_of
from learnclimate.survey.csv_text import CsvText, open_csv
from learnclimate.survey.raw_answers import RawAnswers, leave_out, numbered, without_last_lines

#: Codes of cells, and the distinct cells they stand for.
_CodedCells = tuple[npt.NDArray[np.int32], npt.NDArray[Any]]

_BLOCK = 20_000
#: Qualtrics' Status of what is no response: text, or a code where choices are exported as numbers.
_NO_RESPONDENT = (
    "Survey Preview",
    "Survey Test",
    "Spam",
    "Offline Survey Preview",
    "1",
    "2",
    "8",
    "9",
    "12",
    "17",
)
_DECIMAL_COMMA = r"^-?\d+,\d+$"
_NUMBER_WITH_COMMA = r"^-?[\d.]*,?\d*$"


def read_csv(path: Path) -> RawAnswers:
    """
    Read a CSV file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    RawAnswers
        Its answers; of a Qualtrics export without the two further header rows and the
        previews, of a LimeSurvey export without unfinished responses.

    Raises
    ------
    FileError
        If it cannot be read as a table of text.

    Examples
    --------
    >>> from learnclimate.survey.example import example_path
    >>> read_csv(example_path()).frame.shape
    (709, 18)
    """
    return csv_answers(open_csv(path))


def csv_answers(text: CsvText) -> RawAnswers:
    """
    Read the answers of a CSV file.

    Parameters
    ----------
    text : CsvText
        The file, its header read.

    Returns
    -------
    RawAnswers
        Its answers, as `read_csv` gives them.

    Raises
    ------
    FileError
        If a row has too many fields, or the file is cut short.
    """
    answers = numbered(without_last_lines(_typed(text.header, _blocks(text), text.delimiter)))
    if text.export == "Qualtrics":
        return _qualtrics(answers, text.source)
    if text.export == "LimeSurvey":
        return _limesurvey(answers, text.source)
    return RawAnswers(answers, text.source)


def _blocks(text: CsvText) -> Iterator[list[_CodedCells]]:
    """Code the cells of each column, some rows at a time: answers repeat, and text is large."""
    header, path = text.header, text.path
    width, number = len(header), text.first - 1
    for block in batched(text.rows, _BLOCK):
        for row in block:
            number += 1
            last_width = len(row)
            if last_width != width:
                _refuse_long(row, header, f"{path}, row {number}")
                row[:] = (row + [""] * width)[:width]
        frame = pd.DataFrame(list(block), dtype=object)
        yield [_coded_cells(frame[n]) for n in range(width)]
    if number >= text.first and last_width < width:
        raise FileError(
            f"{path}, row {number} (the last): {last_width} fields under {width} column "
            "names; the file seems cut short. Export it again."
        )


def _coded_cells(cells: pd.Series) -> _CodedCells:
    codes, distinct = pd.factorize(cells.to_numpy())
    return codes.astype(np.int32), distinct


def _refuse_long(row: list[str], header: list[str], where: str) -> None:
    if any(field.strip() for field in row[len(header) :]):
        raise FileError(
            f"{where}: {len(row)} fields under {len(header)} column names. Put text that contains "
            "the delimiter between quotes."
        )


def _typed(header: list[str], blocks: Iterable[list[_CodedCells]], delimiter: str) -> pd.DataFrame:
    """Turn columns that hold numbers throughout into numbers, and empty cells into missing."""
    by_column = list(zip(*blocks, strict=True)) or [()] * len(header)
    columns = {n: _typed_column(parts, delimiter) for n, parts in enumerate(by_column)}
    # By position first: names may come twice, which only matters if they are asked for.
    return pd.DataFrame(columns).set_axis(pd.Index(header), axis=1)


def _typed_column(parts: Sequence[_CodedCells], delimiter: str) -> pd.Series:
    if not parts:
        return pd.Series(dtype=object)
    place, distinct = pd.factorize(np.concatenate([values for _, values in parts]))
    ends = np.cumsum([len(values) for _, values in parts])
    codes = [part[code] for part, (code, _) in zip(np.split(place, ends[:-1]), parts, strict=True)]
    typed = _typed_cells(pd.Series(distinct, dtype=object), delimiter)
    return typed.take(np.concatenate(codes)).reset_index(drop=True)


def _typed_cells(cells: pd.Series, delimiter: str) -> pd.Series:
    """Numbers if all filled cells hold one, else text; missing where empty."""
    text = cells.str.strip()
    filled = text[text != ""]
    if delimiter != "," and filled.str.match(_NUMBER_WITH_COMMA).all():
        with_comma = filled[filled.str.contains(",", regex=False)]
        if with_comma.str.match(_DECIMAL_COMMA).all():
            text = text.str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(text.where(text != "", None), errors="coerce")
    is_number = len(filled) > 0 and bool(numbers[filled.index].notna().all())
    # A leading zero marks a code, such as a team number, not a quantity.
    is_code = bool(filled.str.match(r"^0\d").any())
    return numbers.astype(float) if is_number and not is_code else text.where(text != "", np.nan)


def _qualtrics(answers: pd.DataFrame, source: str) -> RawAnswers:
    if "Status" not in answers.columns:
        return RawAnswers(answers, source)
    status = labels_of(answers["Status"])
    kept, excluded = leave_out(
        answers,
        status.isin(_NO_RESPONDENT).to_numpy(),
        "Status",
        "preview, test or spam, says Qualtrics",
    )
    return RawAnswers(kept, source, excluded=excluded)


def _limesurvey(answers: pd.DataFrame, source: str) -> RawAnswers:
    if "submitdate" not in answers.columns:
        return RawAnswers(answers, source)
    unfinished = answers["submitdate"].isna().to_numpy()
    kept, excluded = leave_out(answers, unfinished, "submitdate", "not submitted, says LimeSurvey")
    return RawAnswers(kept, source, excluded=excluded)
