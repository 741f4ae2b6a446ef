"""Validate answers against their codebook, once: wrong is an error, missing goes to the ledger."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import SurveyError
from learnclimate.survey.answers import missing_answers
from learnclimate.survey.canonical import canonical_answers, complete_rows
from learnclimate.survey.canonical_outcome import unanswered
from learnclimate.survey.cells import refuse_odd_cells
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.columns import columns_of, require_columns, required_columns
from learnclimate.survey.counts_allowed import counts_allowed
from learnclimate.survey.outcome import Outcome

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Validated:
    """
    Answers that passed.

    Attributes
    ----------
    frame : pandas.DataFrame
        The rows kept, with canonical types.
    ledger : pandas.DataFrame
        The rows left out: ``row, column, value, reason``.
    without_frequency : pandas.DataFrame
        Of the rows left out those that lack nothing but a frequency, with canonical types.
    """

    frame: pd.DataFrame
    ledger: pd.DataFrame
    without_frequency: pd.DataFrame


def validated(
    raw: pd.DataFrame,
    codebook: Codebook,
    *,
    source: str = "the data frame",
    reasons: Mapping[str, pd.Series] | None = None,
    excluded: pd.DataFrame | None = None,
    encoded: Collection[str] = (),
) -> Validated:
    """
    Validate answers against their codebook.

    Parameters
    ----------
    raw : pandas.DataFrame
        Answers as they were read.
    codebook : Codebook
        What was asked.
    source : str
        Where the answers came from, for messages.
    reasons : mapping of column to pandas.Series, optional
        Why a cell is missing, where the source tells (user-missing codes), aligned with `raw`.
    excluded : pandas.DataFrame, optional
        Ledger entries of rows that the reader left out; their rows are absent from `raw`.
    encoded : collection of str
        Columns of text that are held as categories only to save memory.

    Returns
    -------
    Validated
        Rows kept and rows left out.

    Raises
    ------
    SurveyError
        If a column is missing or an answer is wrong; the message names column and row.
    """
    if len(raw) == 0 and excluded is not None and len(excluded):
        marks = excluded.groupby(["column", "reason"], sort=False)["row"].nunique()
        told = "; ".join(f"column {column!r}: {reason}" for column, reason in marks.index)
        raise SurveyError(
            f"Every row of {source} is left out ({told}). Export the responses themselves, once "
            "people have answered."
        )
    if len(raw) == 0:
        raise SurveyError(
            f"There are no answers in {source}: it has no rows. Check that it is the right one."
        )
    require_columns(raw.columns, codebook, source)
    frame = raw
    if frame.index.name != "row":
        frame = raw.set_axis(pd.RangeIndex(1, len(raw) + 1, name="row"), axis=0)
    refuse_odd_cells(frame, columns_of(codebook))
    columns = required_columns(codebook)
    missing = {column: missing_answers(frame[column]) for column in columns}
    if codebook.outcome is not None:
        missing |= unanswered(frame, codebook.asked)
    # Who answered may be left open by some, which costs no row, but not by all.
    named = {} if codebook.respondent is None else {codebook.respondent: "respondent"}
    for column, role in (columns | named).items():
        if (missing[column] if column in missing else missing_answers(frame[column])).all():
            raise SurveyError(
                f"Column {column!r} ({role}) is empty in {source}. Fill it, or take it out of the "
                "codebook."
            )
    canonical = canonical_answers(frame, codebook, missing, encoded)
    keep = complete_rows(missing)
    ledger = _ledger(frame, missing, columns, reasons or {})
    if excluded is not None and len(excluded):
        ledger = pd.concat([excluded, ledger], ignore_index=True).sort_values(
            "row", kind="stable", ignore_index=True
        )
    if not keep.any():
        raise SurveyError(
            f"No respondent in {source} answered every question the codebook needs "
            f"({', '.join(map(repr, columns))}). Take out a column that few answered."
        )
    kept = _of_rows(canonical, keep, codebook)
    _refuse_whole(kept, codebook)
    aside = complete_rows(missing, but_for=codebook.frequency_columns) & ~keep
    return Validated(kept, ledger, _of_rows(canonical, aside, codebook))


def _of_rows(frame: pd.DataFrame, keep: BoolArray, codebook: Codebook) -> pd.DataFrame:
    """Keep some rows, and of teams and departments those that these rows name."""
    kept = frame if keep.all() else frame[keep]
    groups = [column for column in (codebook.team, codebook.department) if column is not None]
    return kept.assign(**{name: kept[name].cat.remove_unused_categories() for name in groups})


def _refuse_whole(frame: pd.DataFrame, codebook: Codebook) -> None:
    """Refuse what is wrong with the answers together."""
    if codebook.outcome is not None and (counts_allowed(frame, codebook)[1] == 0).all():
        raise SurveyError(_nothing_counted(codebook.asked))
    if codebook.department is None:
        return
    pairs = frame[[codebook.team, codebook.department]].drop_duplicates()
    twice = pairs[codebook.team].duplicated()
    if twice.any():
        team = pairs.loc[twice, codebook.team].iloc[0]
        names = pairs.loc[pairs[codebook.team] == team, codebook.department]
        raise SurveyError(
            f"Team {team!r} lies in {len(names)} departments: "
            f"{', '.join(map(repr, names[:5]))}. Give each team one, or rename the teams apart."
        )


def _nothing_counted(outcome: Outcome) -> str:
    """Say which columns hold nothing but zeros."""
    columns = ", ".join(map(repr, outcome.checklist or outcome.kinds))
    if outcome.checklist:
        return (
            f"Nobody ticked anything in the checklist {columns}, so there is nothing to compare. "
            "Check that 1 stands for ticked, and that these are the right columns."
        )
    if outcome.kinds:
        return (
            f"Kinds {columns}: every count is 0, so there is nothing to compare. Check that these "
            "are the right columns."
        )
    return (
        f"Column {outcome.name!r}: every count is 0, so there is nothing to compare. Check that it "
        "is the right column."
    )


def _ledger(
    frame: pd.DataFrame,
    missing: Mapping[str, BoolArray],
    columns: Mapping[str, str],
    reasons: Mapping[str, pd.Series],
) -> pd.DataFrame:
    """List every missing answer that leaves a row out."""
    parts = []
    for column, mask in missing.items():
        rows = frame.index[mask]
        told = reasons.get(column)
        reason = pd.Series(f"{columns[column]} not answered", index=rows, dtype=object)
        if told is not None:
            known = told.reindex(rows)
            reason = known.where(known.notna(), reason)
        parts.append(
            pd.DataFrame(
                {"row": rows, "column": column, "value": "", "reason": reason.to_numpy()},
                dtype=object,
            )
        )
    ledger = pd.concat(parts, ignore_index=True)
    return ledger.sort_values("row", kind="stable", ignore_index=True)
