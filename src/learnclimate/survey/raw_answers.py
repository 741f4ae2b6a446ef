"""What a reader hands on: answers as they stand in the source, not yet validated."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

_ROW = re.compile(r"(?<=[,n] )row (\d+)\b")


@dataclass(frozen=True, slots=True)
class RawAnswers:
    """
    Answers as they stand in the source.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row a respondent; the index is named ``row`` where the reader left rows out.
    source : str
        Where they came from, for messages.
    reasons : mapping of column to pandas.Series
        Why cells are missing, where the source tells.
    excluded : pandas.DataFrame or None
        Ledger entries of rows that the reader left out (previews, unfinished ones).
    encoded : frozenset of str
        Columns of text that are held as categories only to save memory.
    first_line : int or None
        Line of the file, as an editor or a spreadsheet counts, in which row 1 stands; None where
        rows have no lines of their own.
    """

    frame: pd.DataFrame
    source: str
    reasons: Mapping[str, pd.Series] = field(default_factory=dict)
    excluded: pd.DataFrame | None = None
    encoded: frozenset[str] = frozenset()
    first_line: int | None = None


def with_line(message: str, first_line: int | None) -> str:
    """
    Name the line of the file beside each row that a message names.

    Parameters
    ----------
    message : str
        What is wrong.
    first_line : int or None
        Line of the file in which row 1 stands; None leaves the message as it is.

    Returns
    -------
    str
        The message.

    Examples
    --------
    >>> with_line("Column 'n', row 241: -1 is negative.", 2)
    "Column 'n', row 241 (line 242 of the file): -1 is negative."
    """
    if first_line is None:
        return message
    return _ROW.sub(
        lambda found: f"{found[0]} (line {int(found[1]) + first_line - 1} of the file)", message
    )


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Give the rows of a source the numbers 1, 2, ....

    Parameters
    ----------
    frame : pandas.DataFrame
        All rows of the source.

    Returns
    -------
    pandas.DataFrame
        The same, with the index ``row``.

    Examples
    --------
    >>> numbered(pd.DataFrame({"n": [4, 2]})).index.tolist()
    [1, 2]
    """
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1, name="row"), axis=0)


def without_last_lines(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Drop the empty lines at the end, which spreadsheets leave behind.

    Parameters
    ----------
    frame : pandas.DataFrame
        Lines of a spreadsheet; an empty cell is missing.

    Returns
    -------
    pandas.DataFrame
        The lines up to the last that holds anything.

    Examples
    --------
    >>> len(without_last_lines(pd.DataFrame({"n": [1.0, np.nan, 2.0, np.nan]})))
    3
    """
    filled = np.flatnonzero(frame.notna().any(axis=1).to_numpy())
    return frame.iloc[: filled[-1] + 1 if len(filled) else 0]


def leave_out(
    frame: pd.DataFrame, wrong: npt.NDArray[np.bool_], column: str, reason: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Split the rows that an export itself marks as no respondent.

    Parameters
    ----------
    frame : pandas.DataFrame
        Numbered rows.
    wrong : ndarray of shape (n_rows,), bool
        Which to leave out.
    column : str
        The column that marks them.
    reason : str
        What the mark means.

    Returns
    -------
    kept : pandas.DataFrame
        The other rows.
    excluded : pandas.DataFrame
        Ledger entries of the rows left out.

    Examples
    --------
    >>> answers = numbered(pd.DataFrame({"n": [4, 2], "status": ["preview", "real"]}))
    >>> preview = (answers["status"] == "preview").to_numpy()
    >>> kept, excluded = leave_out(answers, preview, "status", "a preview")
    >>> kept.index.tolist(), excluded["row"].tolist()
    ([2], [1])
    """
    values = frame.loc[wrong, column].astype(object)
    values = values.where(values.notna(), "").astype(str)
    excluded = pd.DataFrame(
        {"row": frame.index[wrong], "column": column, "value": values.to_numpy(), "reason": reason},
        dtype=object,
    )
    return frame[~wrong], excluded
