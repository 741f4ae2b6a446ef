"""The answers of a CSV file: numbers and decimal commas found, what is no response left out."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import FileError
from learnclimate.survey.answers import warn
from learnclimate.survey.csv_text import CsvText, open_csv
from learnclimate.survey.exports import NOT_ASKED, left_out_by_program
from learnclimate.survey.number_text import with_decimal_points
from learnclimate.survey.raw_answers import RawAnswers, numbered, without_last_lines

#: Codes of cells, and the distinct cells they stand for.
_CodedCells = tuple[npt.NDArray[np.int32], npt.NDArray[Any]]

_BLOCK = 20_000
_NUMBER_WITH_COMMA = r"^-?[\d.]*,?\d*$"
#: A whole number as pandas writes it in a column where some are missing.
_WHOLE_WITH_ZERO = r"^-?\d+\.0$"
#: A thousand where the comma is the decimal mark, and one otherwise.
_THOUSANDS = r"^[1-9]\d{0,2}\.\d{3}$"


def read_csv(path: Path, *, as_text: Collection[str] = ()) -> RawAnswers:
    """
    Read a CSV file.

    Parameters
    ----------
    path : Path
        The file.
    as_text : collection of str
        Columns of names and codes, in which ``1.10`` is not ``1.1``, nor ``007`` ``7``.

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
    (709, 19)
    """
    return csv_answers(open_csv(path), as_text=as_text)


def csv_answers(text: CsvText, *, as_text: Collection[str] = ()) -> RawAnswers:
    """
    Read the answers of a CSV file.

    Parameters
    ----------
    text : CsvText
        The file, its header read.
    as_text : collection of str
        Columns of names and codes, which are never read as numbers.

    Returns
    -------
    RawAnswers
        Its answers, as `read_csv` gives them.

    Raises
    ------
    FileError
        If a row has too many fields, or the file is cut short.
    """
    columns = list(zip(*_blocks(text), strict=True)) or [()] * len(text.header)
    typed: dict[int, pd.Series] = {}
    not_asked = {}
    for place, (name, parts) in enumerate(zip(text.header, columns, strict=True)):
        cells, codes = _distinct(parts)
        if text.export == "LimeSurvey":
            is_word = (cells == NOT_ASKED).to_numpy()
            if is_word.any():
                not_asked[name] = is_word[codes]
            cells = cells.mask(cells == NOT_ASKED, "")
        distinct = _as_codes(cells) if name in as_text else _as_numbers(cells, name, text)
        typed[place] = distinct.take(codes).reset_index(drop=True)
    # By position first: names may come twice, which only matters if they are asked for.
    frame = pd.DataFrame(typed).set_axis(pd.Index(text.header), axis=1)
    answers = numbered(without_last_lines(frame))
    if not text.is_ended and len(answers):
        _warn_of_no_end(answers, text)
    raw = left_out_by_program(answers, text.source, text.export, not_asked)
    return replace(raw, first_line=text.first_line(len(frame)))


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


def _distinct(parts: Sequence[_CodedCells]) -> tuple[pd.Series, npt.NDArray[np.intp]]:
    """Trimmed distinct cells of a column, and the place of each cell among them."""
    if not parts:
        return pd.Series(dtype=object), np.zeros(0, dtype=np.intp)
    place, distinct = pd.factorize(np.concatenate([values for _, values in parts]))
    ends = np.cumsum([len(values) for _, values in parts])
    codes = [part[code] for part, (code, _) in zip(np.split(place, ends[:-1]), parts, strict=True)]
    return pd.Series(distinct, dtype=object).str.strip().astype(object), np.concatenate(codes)


def _as_codes(cells: pd.Series) -> pd.Series:
    """Text as it stands, but for the point that programs add to whole numbers."""
    filled = cells[cells != ""]
    if len(filled) and filled.str.match(_WHOLE_WITH_ZERO).all():
        cells = cells.str.removesuffix(".0")
    return cells.where(cells != "", np.nan).astype(object)


def _as_numbers(cells: pd.Series, name: str, text: CsvText) -> pd.Series:
    """Numbers if all filled cells hold one, else text; missing where empty."""
    filled = cells[cells != ""]
    is_told = text.delimiter != "," and bool(filled.str.match(_NUMBER_WITH_COMMA).all())
    pointed = with_decimal_points(cells.where(cells != "", None), is_told=is_told)
    numbers = pd.to_numeric(pointed, errors="coerce")
    is_number = len(filled) > 0 and bool(numbers[filled.index].notna().all())
    # A leading zero marks a code, such as a team number, not a quantity.
    is_code = bool(filled.str.match(r"^0\d").any())
    if not is_number or is_code:
        return cells.where(cells != "", np.nan).astype(object)
    with_point = filled[filled.str.contains(".", regex=False)]
    if text.delimiter == ";" and len(with_point) and with_point.str.match(_THOUSANDS).all():
        shown = with_point.iloc[0]
        warn(
            f"Column {name!r} of {text.path.name}: {shown!r} is read as {float(shown):g}. If a "
            "thousand or more is meant, write it without the point."
        )
    return numbers.astype(float)


def _warn_of_no_end(answers: pd.DataFrame, text: CsvText) -> None:
    last = str(answers.iloc[-1, -1]).removesuffix(".0")
    warn(
        f"{text.path.name} stops without a line end, as a file that was cut short does. Compare "
        f"its last answer (row {answers.index[-1]}, column {text.header[-1]!r}: {last!r}) with the "
        "source."
    )
