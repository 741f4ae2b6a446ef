"""Read Excel files, cell by cell as they stand, so that no code turns into a number."""

import warnings
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from learnclimate.core.errors import ArgumentError, FileError, SurveyError, nearest
from learnclimate.survey.answers import labels_of
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.columns import code_columns, columns_of, require_columns
from learnclimate.survey.exports import NOT_ASKED, left_out_by_program
from learnclimate.survey.headings import Program, is_qualtrics_text, limesurvey_header
from learnclimate.survey.raw_answers import RawAnswers, numbered, without_last_lines

_LINES_SEEN = 20
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"


def read_excel(path: Path, codebook: Codebook, sheet: str | None = None) -> RawAnswers:
    """
    Read a sheet of an Excel file, column names in its first line.

    Parameters
    ----------
    path : Path
        The file.
    codebook : Codebook
        What was asked.
    sheet : str, optional
        Name of the sheet; the first where left out.

    Returns
    -------
    RawAnswers
        Its answers; empty lines at the end are no rows.

    Raises
    ------
    FileError
        If it is not a readable Excel file.
    SurveyError
        If the sheet lacks a column of the codebook.
    ArgumentError
        If it has no such sheet.
    """
    names, cells = _cells(path, sheet)
    source = path.name if sheet is None else f"{path.name}, sheet {sheet!r}"
    if cells.empty:
        raise SurveyError(f"The sheet in {source} is empty. Give the sheet with the answers.")
    header = labels_of(cells.iloc[0]).fillna("").tolist()
    first = cells.iloc[1].tolist() if len(cells) > 1 else []
    program: Program = ""
    if is_qualtrics_text(header, first):
        program, cells = "Qualtrics", cells.iloc[1:]
    elif (codes := limesurvey_header(header)) is not None:
        program, header = "LimeSurvey", codes
    try:
        require_columns(header, codebook, source)
    except SurveyError as error:
        raise SurveyError(f"{error}{_hint(path, cells, codebook, (names, sheet))}") from None
    frame = cells.iloc[1:].set_axis(pd.Index(header), axis=1)
    answers = numbered(without_last_lines(frame))
    answers, not_asked = _typed(answers, code_columns(codebook), program)
    raw = left_out_by_program(answers, source, program, not_asked)
    return replace(raw, first_line=3 if program == "Qualtrics" else 2)


def _cells(path: Path, sheet: str | None) -> tuple[list[str], pd.DataFrame]:
    """Names of the sheets, and the cells of one as they stand; empty ones are missing."""
    with path.open("rb") as file:
        if file.read(4) == _OLD_OR_LOCKED:
            raise FileError(
                f"{path} is an old Excel file (.xls), or locked with a password. Save it in Excel "
                "as .xlsx, without a password."
            )
    try:
        with warnings.catch_warnings():
            # On styles and such, which do not touch the answers.
            warnings.filterwarnings("ignore", module="openpyxl")
            with pd.ExcelFile(path, engine="openpyxl") as book:
                names = [str(name) for name in book.sheet_names]
                name = _sheet(path, names, sheet)
                # Only empty cells are missing: "None" or "NA" may well be an answer.
                cells = pd.read_excel(
                    book,
                    name,
                    header=None,
                    dtype=object,
                    keep_default_na=False,
                    na_values=[""],
                )
    except ArgumentError:
        raise
    except Exception as error:
        # Of a damaged file, its parsers raise anything.
        raise FileError(
            f"{path} is not a readable Excel file ({error or type(error).__name__}). Save it again "
            "as .xlsx, or as CSV."
        ) from error
    return names, cells


def _sheet(path: Path, sheets: list[str], sheet: str | None) -> str:
    if sheet is None:
        return sheets[0]
    if sheet not in sheets:
        close = nearest(sheet, sheets)
        listed = "" if close.startswith("Choose") else f" It has {', '.join(map(repr, sheets))}."
        raise ArgumentError(f"{path} has no sheet {sheet!r}. {close}{listed}")
    return sheet


def _hint(
    path: Path, cells: pd.DataFrame, codebook: Codebook, sheets: tuple[list[str], str | None]
) -> str:
    """Say where the column names stand: in a lower line, or on another sheet."""
    wanted = set(columns_of(codebook))
    for number in range(1, min(_LINES_SEEN, len(cells))):
        if wanted <= set(labels_of(cells.iloc[number]).dropna()):
            return (
                f" The names of the columns stand in line {number + 1}: delete the lines above it."
            )
    names, asked = sheets
    for name in names:
        if name == (asked or names[0]):
            continue
        _, other = _cells(path, name)
        if len(other) and wanted <= set(labels_of(other.iloc[0]).dropna()):
            return f" Sheet {name!r} has them: read it with sheet={name!r} (--sheet {name!r})."
    return ""


def _typed(
    answers: pd.DataFrame, as_text: Collection[str], program: Program
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Columns of numbers as numbers; names and codes, and text that holds numbers, as they are."""
    columns, not_asked = {}, {}
    for place, name in enumerate(answers.columns):
        column = answers.iloc[:, place]
        text = column.map(lambda cell: isinstance(cell, str) and not cell.strip())
        column = column.mask(text.to_numpy(dtype=bool))
        if program == "LimeSurvey":
            is_word = (column == NOT_ASKED).to_numpy(dtype=bool)
            if is_word.any():
                not_asked[str(name)] = is_word
                column = column.mask(is_word)
        columns[place] = column if name in as_text else column.infer_objects()
    return pd.DataFrame(columns).set_axis(answers.columns, axis=1), not_asked
