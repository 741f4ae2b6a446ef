"""Read Excel, Parquet and SPSS files."""

import warnings
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from learnclimate.core.errors import ArgumentError, FileError, LearnClimateWarning, nearest
from learnclimate.survey.answers import PACKAGE
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.columns import columns_of, require_columns
from learnclimate.survey.raw_answers import RawAnswers, numbered, without_last_lines


def read_excel(path: Path, sheet: str | None = None) -> RawAnswers:
    """
    Read a sheet of an Excel file, column names in its first line.

    Parameters
    ----------
    path : Path
        The file.
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
    ArgumentError
        If it has no such sheet.
    """
    import zipfile

    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with pd.ExcelFile(path, engine="openpyxl") as book:
            sheets = [str(name) for name in book.sheet_names]
            name = _sheet(path, sheets, sheet)
            # Only empty cells are missing: "None" or "NA" may well be an answer.
            frame = pd.read_excel(book, name, keep_default_na=False, na_values=[""])
    except ArgumentError:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise FileError(
            f"{path} is not a readable Excel file ({error}). Save it again as .xlsx, or as CSV."
        ) from error
    frame.columns = pd.Index([str(name).strip() for name in frame.columns])
    source = path.name if sheet is None else f"{path.name}, sheet {sheet!r}"
    return RawAnswers(numbered(without_last_lines(frame)), source)


def _sheet(path: Path, sheets: list[str], sheet: str | None) -> str:
    if sheet is None:
        return sheets[0]
    if sheet not in sheets:
        close = nearest(sheet, sheets)
        listed = "" if close.startswith("Choose") else f" It has {', '.join(map(repr, sheets))}."
        raise ArgumentError(f"{path} has no sheet {sheet!r}. {close}{listed}")
    return sheet


def read_parquet(path: Path, codebook: Codebook) -> RawAnswers:
    """
    Read the columns of a codebook from a Parquet file.

    Text is read row group by row group as codes of its distinct values, so that ten million
    respondents fit in little memory.

    Parameters
    ----------
    path : Path
        The file.
    codebook : Codebook
        What was asked.

    Returns
    -------
    RawAnswers
        Its answers.

    Raises
    ------
    FileError
        If it is not a readable Parquet file.
    SurveyError
        If it lacks a column of the codebook.
    """
    import pyarrow as pa

    try:
        return _read_parquet(path, codebook)
    except (pa.ArrowException, OSError) as error:
        raise FileError(
            f"{path} is not a readable Parquet file ({error}). Write it again, or save it as CSV."
        ) from error


def _read_parquet(path: Path, codebook: Codebook) -> RawAnswers:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
    told = schema.pandas_metadata or {}
    index = told.get("index_columns", [])
    # A range that pandas holds as index has a name but no column.
    named = [name for part in index if isinstance(part, dict) and (name := part.get("name"))]
    require_columns([*schema.names, *named], codebook, path.name)
    wanted = columns_of(codebook)
    text = [
        field.name
        for field in schema
        if field.name in wanted
        and (pa.types.is_string(field.type) or pa.types.is_large_string(field.type))
        # Respondents differ, so that codes would save nothing.
        and field.name not in (*index, codebook.respondent)
    ]
    others = [name for name in schema.names if name in wanted and name not in text]
    with pq.ParquetFile(path, read_dictionary=text) as file:
        frame = file.read(others, use_pandas_metadata=True).to_pandas(
            split_blocks=True, self_destruct=True
        )
        frame = numbered(frame.reset_index(drop=all(name is None for name in frame.index.names)))
        for column in text:
            codes = file.read([column]).column(column).unify_dictionaries()
            frame[column] = codes.to_pandas().set_axis(frame.index)
    return RawAnswers(frame, path.name, encoded=frozenset(text))


def read_spss(
    path: Path, *, numeric: Collection[str] = (), outcome: str | None = None
) -> RawAnswers:
    """
    Read an SPSS file; value labels become the answers, user-missing codes stay apart.

    Parameters
    ----------
    path : Path
        The file.
    numeric : collection of str
        Columns whose codes are meant as numbers (exposure, items of scales), labels or not.
    outcome : str, optional
        Column of the counts; its codes are numbers too, with a warning where a label
        says something else.

    Returns
    -------
    RawAnswers
        Labels in the order of their codes where every code in use has one, else the
        codes; why a cell is user-missing in ``reasons``.

    Raises
    ------
    FileError
        If it is not a readable SPSS file.
    """
    import pyreadstat

    try:
        frame, meta = pyreadstat.read_sav(path, user_missing=True)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, OSError) as error:
        raise FileError(
            f"{path} is not a readable SPSS file ({error}). Save it again from SPSS."
        ) from error
    frame = numbered(frame)
    reasons: dict[str, pd.Series] = {}
    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        labels = meta.variable_value_labels.get(name, {})
        values, why = _user_missing(frame[name], meta.missing_ranges.get(name, []), labels)
        if why.notna().any():
            reasons[name] = why
        if name == outcome:
            _warn_of_labelled_counts(values, labels)
        is_number = name in numeric or name == outcome
        columns[name] = values if is_number else _labelled(values, labels)
    return RawAnswers(pd.DataFrame(columns, index=frame.index), path.name, reasons)


def _user_missing(
    answers: pd.Series, ranges: list[dict[str, float]], labels: dict[object, str]
) -> tuple[pd.Series, pd.Series]:
    """Blank the user-missing codes, and say of each which code it was."""
    missing = np.zeros(len(answers), dtype=bool)
    for span in ranges:
        missing |= answers.between(span["lo"], span["hi"]).to_numpy(dtype=bool)
    told: dict[object, str] = {}
    for code in answers[missing].unique():
        shown = int(code) if isinstance(code, float) and code.is_integer() else code
        meaning = f" ({labels[code]})" if code in labels else ""
        told[code] = f"user-missing code {shown}{meaning}"
    why = answers.where(missing).map(told.get, na_action="ignore").astype(object)
    return answers.mask(missing), why


def _warn_of_labelled_counts(counts: pd.Series, labels: dict[object, str]) -> None:
    """Warn where a count has a label that tells something else, such as an answer option."""
    used = set(counts.dropna().unique())
    other = {
        code: label
        for code, label in labels.items()
        if code in used and code != 0 and not (_is_number(label) and float(label) == code)
    }
    if other:
        told = ", ".join(f"{code:g} ({label!r})" for code, label in list(other.items())[:5])
        warnings.warn(
            f"Column {counts.name!r} is read as counts, but these have labels: {told}. If they are "
            "answer options or codes for missing, recode them in SPSS or declare them missing.",
            LearnClimateWarning,
            skip_file_prefixes=(PACKAGE,),
        )


def _labelled(answers: pd.Series, labels: dict[object, str]) -> pd.Series:
    """Put value labels in place of codes where every code that was used has one."""
    used = set(answers.dropna().unique())
    if not labels or not used or not used <= set(labels):
        return answers
    numeric = all(_is_number(label) for label in labels.values())
    if numeric:
        return answers.map(lambda code: float(labels[code]), na_action="ignore").astype(float)
    order = list(dict.fromkeys(labels[code] for code in sorted(labels, key=_sort_key)))
    written = answers.map(labels.get, na_action="ignore")
    return pd.Series(pd.Categorical(written, categories=order), index=answers.index)


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True


def _sort_key(code: object) -> tuple[int, float, str]:
    return (0, float(code), "") if isinstance(code, int | float) else (1, 0.0, str(code))
