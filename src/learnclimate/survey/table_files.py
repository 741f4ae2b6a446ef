"""Read Excel, Parquet and SPSS files."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from learnclimate.core.errors import FileError
from learnclimate.survey.raw_answers import RawAnswers, numbered


def read_excel(path: Path) -> RawAnswers:
    """
    Read the first sheet of an Excel file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    RawAnswers
        Its answers; empty lines at the end are no rows.

    Raises
    ------
    FileError
        If it is not a readable Excel file.
    """
    import zipfile

    from openpyxl.utils.exceptions import InvalidFileException

    try:
        frame = pd.read_excel(path, engine="openpyxl")
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise FileError(
            f"{path} is not a readable Excel file ({error}). Save it again as .xlsx, or as CSV."
        ) from error
    frame.columns = pd.Index([str(name).strip() for name in frame.columns])
    return RawAnswers(numbered(frame.dropna(how="all")), path.name)


def read_parquet(path: Path) -> RawAnswers:
    """
    Read a Parquet file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    RawAnswers
        Its answers.

    Raises
    ------
    FileError
        If it is not a readable Parquet file.
    """
    import pyarrow

    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except (pyarrow.ArrowException, OSError) as error:
        raise FileError(f"{path} is not a readable Parquet file ({error}).") from error
    return RawAnswers(numbered(frame.reset_index(drop=True)), path.name)


def read_spss(path: Path, *, numeric: Collection[str] = ()) -> RawAnswers:
    """
    Read an SPSS file; value labels become the answers, user-missing codes stay apart.

    Parameters
    ----------
    path : Path
        The file.
    numeric : collection of str
        Columns whose codes are meant as numbers (counts, items of scales), labels or not.

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
        columns[name] = values if name in numeric else _labelled(values, labels)
    return RawAnswers(pd.DataFrame(columns, index=frame.index), path.name, reasons)


def _user_missing(
    answers: pd.Series, ranges: list[dict[str, float]], labels: dict[object, str]
) -> tuple[pd.Series, pd.Series]:
    """Blank the user-missing codes, and say of each which code it was."""
    missing = np.zeros(len(answers), dtype=bool)
    for span in ranges:
        missing |= answers.between(span["lo"], span["hi"]).to_numpy(dtype=bool)
    why = pd.Series(np.nan, index=answers.index, dtype=object)
    for code in answers[missing].unique():
        shown = int(code) if isinstance(code, float) and code.is_integer() else code
        meaning = f" ({labels[code]})" if code in labels else ""
        why[missing & (answers == code).to_numpy()] = f"user-missing code {shown}{meaning}"
    return answers.mask(missing), why


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
