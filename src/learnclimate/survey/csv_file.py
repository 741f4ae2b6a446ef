"""Read a CSV file: delimiter, encoding and decimal comma found; Qualtrics and LimeSurvey known."""

import codecs
import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from learnclimate.core.errors import FileError
from learnclimate.survey.raw_answers import RawAnswers, leave_out, numbered

_DELIMITERS = ",;\t|"
_DECIMAL_COMMA = re.compile(r"^\s*-?\d+,\d+\s*$")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = {
    b"PK\x03\x04": "an Excel or zip file",
    b"PAR1": "a Parquet file",
    b"$FL2": "an SPSS file",
    b"$FL3": "an SPSS file",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
}


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
    """
    text = _decoded(path)
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter, path)
    header, body = [name.strip() for name in rows[0]], rows[1:]
    _refuse_ragged(header, body, path)
    frame = pd.DataFrame(body, columns=header, dtype=object)
    if _is_qualtrics(header, body):
        return _qualtrics(frame.iloc[2:].reset_index(drop=True), path)
    if {"submitdate", "lastpage"} & set(header):
        return _limesurvey(frame, path)
    return RawAnswers(numbered(_typed(frame, delimiter)), path.name)


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    for mark, kind in _FOREIGN.items():
        if content.startswith(mark):
            raise FileError(
                f"{path} is not text but {kind}. Give it the ending of what it is, or save it as CSV."
            )
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if b"\x00" in content[:4096]:
        raise FileError(f"{path} is not a text file. Export the answers as CSV again.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """Choose the delimiter that splits the first lines into the most, equally many fields."""
    sample = text[:65_536]
    if len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1]
    best, best_score = ",", (0, 0)
    for delimiter in _DELIMITERS:
        widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        if not widths or widths[0] < 2:  # noqa: PLR2004
            continue
        alike = sum(width == widths[0] for width in widths)
        score = (round(100 * alike / len(widths)), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _rows(text: str, delimiter: str, path: Path) -> list[list[str]]:
    try:
        rows = [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row
        ]
    except csv.Error as error:
        raise FileError(f"{path} is damaged: {error}. Export it again.") from error
    if not rows:
        raise FileError(f"{path} is empty. Export the answers again.")
    return rows


def _refuse_ragged(header: list[str], body: list[list[str]], path: Path) -> None:
    for number, row in enumerate(body, start=1):
        if len(row) > len(header) and any(field.strip() for field in row[len(header) :]):
            raise FileError(
                f"{path}, row {number}: {len(row)} fields under {len(header)} column names. Put "
                "text that contains the delimiter between quotes."
            )
        if len(row) < len(header) and number == len(body):
            raise FileError(
                f"{path}, row {number} (the last): {len(row)} fields under {len(header)} column "
                "names; the file seems cut short. Export it again."
            )
        if len(row) != len(header):
            row[:] = (row + [""] * len(header))[: len(header)]


def _typed(frame: pd.DataFrame, delimiter: str) -> pd.DataFrame:
    """Turn columns that hold numbers throughout into numbers, and empty cells into missing."""
    columns = {}
    for position, name in enumerate(frame.columns):
        text = frame.iloc[:, position].str.strip()
        filled = text[text != ""]
        if delimiter != "," and len(filled) and filled.str.match(r"^-?[\d.]*,?\d*$").all():
            with_comma = filled[filled.str.contains(",", regex=False)]
            if len(with_comma) and with_comma.map(lambda v: bool(_DECIMAL_COMMA.match(v))).all():
                text = text.str.replace(",", ".", regex=False)
        numbers = pd.to_numeric(text.where(text != "", None), errors="coerce")
        whole = len(filled) > 0 and bool(numbers[text != ""].notna().all())
        # A leading zero marks a code, such as a team number, not a quantity.
        is_code = bool(filled.str.match(r"^0\d").any())
        columns[name] = (
            numbers.astype(float) if whole and not is_code else text.where(text != "", np.nan)
        )
    if len(columns) < frame.shape[1]:
        return frame
    return pd.DataFrame(columns, index=frame.index)


def _is_qualtrics(header: list[str], body: list[list[str]]) -> bool:
    return len(body) > 1 and any("ImportId" in cell for cell in body[1]) and len(header) > 0


def _qualtrics(frame: pd.DataFrame, path: Path) -> RawAnswers:
    typed = numbered(_typed(frame, ","))
    source = f"{path.name} (Qualtrics)"
    if "Status" not in typed.columns:
        return RawAnswers(typed, source)
    status = typed["Status"].astype(str).str.strip()
    # Exports of choice numbers write 0 for an ordinary response, 1 a preview, 8 spam.
    ordinary = status.isin(
        ["IP Address", "0", "0.0", "Anonymous", "Imported", "Offline", "4", "16"]
    )
    marked = status.isin(["Survey Preview", "Survey Test", "Spam", "1", "1.0", "2", "8", "8.0"])
    kept, excluded = leave_out(
        typed, (marked & ~ordinary).to_numpy(), "Status", "preview or spam, says Qualtrics"
    )
    return RawAnswers(kept, source, excluded=excluded)


def _limesurvey(frame: pd.DataFrame, path: Path) -> RawAnswers:
    typed = numbered(_typed(frame, ","))
    # Headings may read "code. question text": keep the code.
    codes = [re.sub(r"^([A-Za-z][\w\[\]]*)\.\s.*$", r"\1", str(name)) for name in typed.columns]
    if len(set(codes)) == len(codes):
        typed.columns = pd.Index(codes)
    source = f"{path.name} (LimeSurvey)"
    if "submitdate" not in typed.columns:
        return RawAnswers(typed, source)
    unfinished = typed["submitdate"].isna().to_numpy()
    kept, excluded = leave_out(typed, unfinished, "submitdate", "not submitted, says LimeSurvey")
    return RawAnswers(kept, source, excluded=excluded)
