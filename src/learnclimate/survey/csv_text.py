"""The text of a CSV file: encoding, delimiter and header found, Qualtrics and LimeSurvey told."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from learnclimate.core.errors import FileError
from learnclimate.survey.headings import Program, is_qualtrics_text, limesurvey_header

# Nothing here needs pandas, so that a column that is not there is told before that loads.

#: A last line of our own: swallowed by text between quotes that does not end.
_END = "\x1e"
_DELIMITERS = ",;\t|"
# The marks of UTF-32 begin as those of UTF-16 do.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = {
    b"PK\x03\x04": "an Excel or zip file",
    b"PAR1": "a Parquet file",
    b"$FL2": "an SPSS file",
    b"$FL3": "an SPSS file",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
}
#: Control characters that no program writes in text; a tab or a line end is none of them.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1b\x7f]")
_SEEN = 4096
_LINES_SEEN = 20


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
    beginning : tuple of str
        The first lines as they stand in the file.
    is_ended : bool
        Whether the last line has an end, or its last field closing quotes.
    n_lines : int
        Lines of the file, the empty ones at its end left aside.
    n_above : int
        Lines above the header, which tell the delimiter.
    """

    path: Path
    header: list[str]
    rows: Iterator[list[str]]
    first: int
    delimiter: str
    export: Program
    beginning: tuple[str, ...] = ()
    is_ended: bool = True
    n_lines: int = 0
    n_above: int = 0

    def first_line(self, n_rows: int) -> int | None:
        """
        Tell in which line of the file the first row stands.

        Parameters
        ----------
        n_rows : int
            Rows below the headers.

        Returns
        -------
        int or None
            None where a row may take several lines, or lines are empty: rows and lines go apart.
        """
        plain = self.n_lines == self.n_above + self.first + n_rows
        return self.n_above + self.first + 1 if plain else None

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
    whole = _decoded(path)
    n_lines = whole.rstrip().count("\n") + 1
    text, delimiter = _told_delimiter(whole)
    n_above = int(len(text) < len(whole))
    del whole
    delimiter = delimiter or _delimiter(text)
    rows = _rows(text, delimiter, path)
    header = [unicodedata.normalize("NFC", name.strip()) for name in next(rows)]
    if not any(header):
        raise FileError(f"{path} is empty. Export the answers again.")
    beginning = tuple(text[: _SEEN * 4].splitlines()[:_LINES_SEEN])
    is_ended = text[-1:] in ("\n", "\r", '"')
    first = list(islice(rows, 2))
    program: Program = ""
    n_headers = 1
    if len(first) > 1 and any("ImportId" in cell for cell in first[1]):
        program, n_headers = "Qualtrics", 3
    elif first and is_qualtrics_text(header, first[0]):
        program, n_headers = "Qualtrics", 2
    elif (codes := limesurvey_header(header)) is not None:
        program, header = "LimeSurvey", codes
    rows = chain(first[n_headers - 1 :], rows)
    return CsvText(
        path, header, rows, n_headers, delimiter, program, beginning, is_ended, n_lines, n_above
    )


def line_of_names(lines: Sequence[str], columns: Collection[str]) -> int | None:
    """
    Find the line that holds all names of columns, where it is not the first.

    Parameters
    ----------
    lines : sequence of str
        The first lines of a file.
    columns : collection of str
        The names.

    Returns
    -------
    int or None
        Its number, counting from 1.

    Examples
    --------
    >>> line_of_names(["Survey 2026", "", "team;n", "a;1"], ["team", "n"])
    3
    """
    for number, line in enumerate(lines[1:], start=2):
        for delimiter in _DELIMITERS:
            names = {name.strip().strip('"') for name in line.split(delimiter)}
            if set(columns) <= names:
                return number
    return None


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
    text = _as_text(content, path)
    # Bytes that mean nothing in any encoding became this sign.
    if _CONTROL.search(text[:_SEEN]) or "\N{REPLACEMENT CHARACTER}" in text[:_SEEN]:
        raise FileError(f"{path} is not a text file. Export the answers as CSV (UTF-8).")
    return text


def _as_text(content: bytes, path: Path) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError as error:
                raise FileError(_damaged(path, content, error)) from error
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if _is_utf8_but_for(content, error):
            raise FileError(_damaged(path, content, error)) from error
        return content.decode("cp1252", errors="replace")


def _is_utf8_but_for(content: bytes, error: UnicodeDecodeError) -> bool:
    """Tell damaged UTF-8 from text in the encoding of Windows, of which any byte is a letter."""
    if not content[: error.start].isascii():
        return True
    # Cut within its first special letter: these two bytes begin nearly all of Western Europe's.
    return error.end == len(content) and content[error.start :] in (b"\xc2", b"\xc3")


def _damaged(path: Path, content: bytes, error: UnicodeDecodeError) -> str:
    line = content.count(b"\n", 0, error.start) + 1
    if error.end == len(content) or "truncated" in error.reason:
        return f"{path} ends in the middle of a letter: it seems cut short. Export it again."
    return (
        f"{path}, line {line}: a byte there is no {error.encoding.upper()}, as the text before it "
        "is. Save the file as UTF-8 from the program that made it."
    )


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
        widths = _widths(sample, delimiter)
        if not widths or widths[0] < 2:
            continue
        alike = sum(width == widths[0] for width in widths)
        score = (round(100 * alike / len(widths)), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str) -> list[int]:
    try:
        lines = io.StringIO(sample, newline="")
        return [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        # Another delimiter may do; if none does, reading the rows tells what is wrong.
        return []


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
