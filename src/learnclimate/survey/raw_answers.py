"""What a reader hands on: answers as they stand in the source, not yet validated."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd


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
    """

    frame: pd.DataFrame
    source: str
    reasons: Mapping[str, pd.Series] = field(default_factory=dict)
    excluded: pd.DataFrame | None = None


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Number the rows of a source from 1.

    Parameters
    ----------
    frame : pandas.DataFrame
        All rows of the source.

    Returns
    -------
    pandas.DataFrame
        The same, with the index ``row``.
    """
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1, name="row"), axis=0)


def leave_out(
    frame: pd.DataFrame, wrong: np.ndarray, column: str, reason: str
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
    """
    values = frame.loc[wrong, column].astype(object)
    values = values.where(values.notna(), "").astype(str)
    excluded = pd.DataFrame(
        {"row": frame.index[wrong], "column": column, "value": values.to_numpy(), "reason": reason},
        dtype=object,
    )
    return frame[~wrong], excluded
