"""The headings that survey programs write: Qualtrics and LimeSurvey told by them."""

import re
from collections.abc import Sequence
from typing import Literal

# Nothing here needs pandas, so that a column that is not there is told before that loads.

Program = Literal["", "Qualtrics", "LimeSurvey"]

#: Columns that Qualtrics adds to every export.
_QUALTRICS_COLUMNS = {
    "StartDate",
    "EndDate",
    "Status",
    "Progress",
    "Duration (in seconds)",
    "Finished",
    "RecordedDate",
    "ResponseId",
    "DistributionChannel",
    "UserLanguage",
}
#: LimeSurvey's column of the time of submission, by code or by text, and of the last page seen.
SUBMITTED = (
    "submitdate",
    "Date submitted",
    "Datum ingediend",
    "Datum ingestuurd",
    "Datum ingezonden",
    "Datum verzonden",
)
_LAST_PAGE = ("lastpage", "Last page", "Laatste pagina")
#: LimeSurvey headings may read "code. question text".
_HEADING = re.compile(r"^([A-Za-z][\w\[\]]*)\.\s.*$", flags=re.DOTALL)


def is_qualtrics_text(header: Sequence[str], first: Sequence[object]) -> bool:
    """
    Tell whether the row below the column names holds the texts of Qualtrics' questions.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    first : sequence of object
        The cells below them.

    Returns
    -------
    bool
        Whether words stand under several of the columns that Qualtrics itself adds, where
        each response has a date, a number or a status.

    Examples
    --------
    >>> is_qualtrics_text(["StartDate", "Progress", "n"], ["Start Date", "Progress", "How many?"])
    True
    >>> is_qualtrics_text(["StartDate", "Progress", "n"], ["2026-01-01", "100", "4"])
    False
    """
    known = {
        name: cell for name, cell in zip(header, first, strict=False) if name in _QUALTRICS_COLUMNS
    }
    telling = [known.get(name) for name in ("StartDate", "EndDate", "RecordedDate", "Progress")]
    words = [cell for cell in telling if cell is not None]
    return len(known) > 1 and bool(words) and not any(re.search(r"\d", str(one)) for one in words)


def limesurvey_header(header: Sequence[str]) -> list[str] | None:
    """
    Read the headings of a LimeSurvey export.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.

    Returns
    -------
    list of str or None
        Codes of the questions where the headings start with them, else the headings as they
        are; None where nothing shows that LimeSurvey wrote them.

    Examples
    --------
    >>> limesurvey_header(["submitdate. Date submitted", "lastpage. Last page", "n. How many?"])
    ['submitdate', 'lastpage', 'n']
    >>> limesurvey_header(["team", "n"])
    """
    codes = [_HEADING.sub(r"\1", name) for name in header]
    if {"submitdate", "lastpage"} & set(codes):
        return codes
    has_both = set(SUBMITTED) & set(header) and set(_LAST_PAGE) & set(header)
    return list(header) if has_both else None
