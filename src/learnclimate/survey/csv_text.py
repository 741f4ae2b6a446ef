"""The text of a CSV file: encoding, delimiter and header found, Qualtrics and LimeSurvey told."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Literal

from learnclimate.core.errors import FileError

# Nothing here needs pandas, so that a column that is not there is told before that loads.

#: A last line of our own: swallowed by text between quotes that does not end.
_END = "\x1e"
_DELIMITERS = ",;\t|"
#: LimeSurvey headings may read "code. question text".
_HEADING = re.compile(r"^([A-Za-z][\w\[\]]*)\.\s.*$", flags=re.DOTALL)
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
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
}


@dataclass(frozen=True, slots=True)
class CsvText:
    """
    A CSV file of which the header was read.

    Attributes
    ----------
    path : Path
        The file.
    header : list of str
        Names of the columns; of a LimeSurvey export the codes of the questions.
    rows : iterator of list of str
        The rows below the header or headers, to be gone through once.
    first : int
        Number of the first of them, counting all lines below the first header from 1.
    delimiter : str
        What separates fields.
    export : {"", "Qualtrics", "LimeSurvey"}
        The program that wrote it, where that shows.
    """

    path: Path
    header: list[str]
    rows: Iterator[list[str]]
    first: int
    delimiter: str
    export: Literal["", "Qualtrics", "LimeSurvey"]

    @property
    def source(self) -> str:
        """Where the answers come from, for messages."""
        return f"{self.path.name} ({self.export})" if self.export else self.path.name


def open_csv(path: Path) -> CsvText:
    """
    Read the header of a CSV file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    CsvText
        Its header, and its rows to come.

    Raises
    ------
    FileError
        If it cannot be read as a table of text.

    Examples
    --------
    >>> from learnclimate.survey.example import example_path
    >>> open_csv(example_path()).header[:3]
    ['team', 'department', 'tenure']
    """
    text, delimiter = _told_delimiter(_decoded(path))
    delimiter = delimiter or _delimiter(text)
    rows = _rows(text, delimiter, path)
    header = [name.strip() for name in next(rows)]
    if not any(header):
        raise FileError(f"{path} is empty. Export the answers again.")
    first = list(islice(rows, 2))
    if _is_qualtrics(first):
        return CsvText(path, header, rows, 3, delimiter, "Qualtrics")
    rows = chain(first, rows)
    codes = [_HEADING.sub(r"\1", name) for name in header]
    if {"submitdate", "lastpage"} & set(codes):
        return CsvText(path, codes, rows, 1, delimiter, "LimeSurvey")
    return CsvText(path, header, rows, 1, delimiter, "")


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}.") from error
    for mark, kind in _FOREIGN.items():
        if content.startswith(mark):
            raise FileError(
                f"{path} is not text but {kind}. Give it the ending of what it is, or save it as "
                "CSV."
            )
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if b"\x00" in content[:4096]:
        raise FileError(f"{path} is not a text file. Export the answers as CSV (UTF-8).")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _told_delimiter(text: str) -> tuple[str, str]:
    """Take off the line with which Excel tells the delimiter, and return that or nothing."""
    told = re.match(r'^"?sep=(.)"?\r?\n', text, flags=re.IGNORECASE)
    return (text[told.end() :], told[1]) if told else (text, "")


def _delimiter(text: str) -> str:
    """Choose the delimiter that splits the first lines into the most, equally many fields."""
    sample = text[:65_536]
    if len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1]
    best, best_score = ",", (0, 0)
    for delimiter in _DELIMITERS:
        widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        if not widths or widths[0] < 2:
            continue
        alike = sum(width == widths[0] for width in widths)
        score = (round(100 * alike / len(widths)), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _rows(text: str, delimiter: str, path: Path) -> Iterator[list[str]]:
    # A StringIO would hold four bytes a character.
    content = io.BytesIO(f"{text}\n{_END}".encode(errors="replace"))
    lines = io.TextIOWrapper(content, encoding="utf-8", newline="")
    last: list[str] = []
    number = -1
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            if row:
                if last:
                    yield last
                last, number = row, number + 1
    except csv.Error as error:
        raise FileError(f"{path} is damaged: {error}. Export it again.") from error
    if last != [_END]:
        raise FileError(
            f"{path}, row {number} (the last): text between quotes does not end; the file seems "
            "cut short. Export it again."
        )
    if number == 0:
        raise FileError(f"{path} is empty. Export the answers again.")


def _is_qualtrics(first: list[list[str]]) -> bool:
    return len(first) > 1 and any("ImportId" in cell for cell in first[1])
