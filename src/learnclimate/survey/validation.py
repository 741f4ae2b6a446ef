"""Validate answers against their codebook, once: wrong is an error, missing goes to the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import SurveyError, nearest
from learnclimate.survey.answers import labels_of, numbers_of, refuse
from learnclimate.survey.codebook import Codebook, Scale

#: Counts above this are refused as slips or codes for missing.
LARGEST_COUNT = 10_000

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
    """

    frame: pd.DataFrame
    ledger: pd.DataFrame


def validated(
    raw: pd.DataFrame,
    codebook: Codebook,
    *,
    source: str = "the data frame",
    reasons: Mapping[str, pd.Series] | None = None,
    excluded: pd.DataFrame | None = None,
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

    Returns
    -------
    Validated
        Rows kept and rows left out.

    Raises
    ------
    SurveyError
        If a column is missing or an answer is wrong; the message names column and row.
    """
    _require_columns(raw, codebook, source)
    if len(raw) == 0:
        raise SurveyError(f"There are no answers in {source}: it has no rows.")
    frame = raw
    if frame.index.name != "row":
        frame = raw.set_axis(pd.RangeIndex(1, len(raw) + 1, name="row"), axis=0)
    columns = _required(codebook)
    missing = {column: _missing(frame[column]) for column in columns}
    for column, role in columns.items():
        if missing[column].all():
            raise SurveyError(
                f"Column {column!r} ({role}) is empty in {source}. Fill it, or take it out of the "
                "codebook."
            )
    canonical = _canonical(frame, codebook, missing)
    keep = ~np.logical_or.reduce(list(missing.values()))
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
    kept = canonical[keep].copy()
    _refuse_whole(kept, codebook)
    return Validated(kept, ledger)


def _required(codebook: Codebook) -> dict[str, str]:
    """Columns a respondent must have answered, with their role."""
    columns = {codebook.team: "team", codebook.outcome: "outcome"}
    columns |= dict.fromkeys(codebook.frequency_columns, "frequency")
    optional = {"department": codebook.department, "exposure": codebook.exposure}
    optional["weight"] = codebook.weight
    columns |= {column: role for role, column in optional.items() if column is not None}
    return columns | {
        column: "covariate" for column in codebook.covariates if column not in columns
    }


def _require_columns(frame: pd.DataFrame, codebook: Codebook, source: str) -> None:
    wanted = _required(codebook) | dict.fromkeys(codebook.items, "item")
    if codebook.respondent is not None:
        wanted[codebook.respondent] = "respondent"
    names = [str(column) for column in frame.columns]
    for column, role in wanted.items():
        if column not in frame.columns:
            raise SurveyError(
                f"There is no column {column!r} ({role}) in {source}. {nearest(column, names)}"
            )
        if names.count(column) > 1:
            raise SurveyError(f"Two columns are named {column!r} in {source}. Rename one.")


def _missing(answers: pd.Series) -> BoolArray:
    missing = answers.isna().to_numpy(dtype=bool)
    if not pd.api.types.is_numeric_dtype(answers):
        codes, values = pd.factorize(answers)
        empty = np.array([isinstance(value, str) and not value.strip() for value in values])
        if len(empty) and empty.any():
            missing = missing | (empty[codes] & (codes >= 0))
    return missing


def _canonical(
    frame: pd.DataFrame, codebook: Codebook, missing: Mapping[str, BoolArray]
) -> pd.DataFrame:
    """Give every column its canonical type, refusing wrong answers; missing stays missing."""
    columns: dict[str, pd.Series] = {}
    for column in (codebook.team, codebook.department):
        if column is not None:
            columns[column] = labels_of(frame[column])
    for column in codebook.frequency_columns:
        columns[column] = _frequency(frame[column], codebook.levels_of(column), missing[column])
    columns[codebook.outcome] = _counts(frame[codebook.outcome], missing[codebook.outcome])
    for column in (codebook.exposure, codebook.weight):
        if column is not None:
            columns[column] = _positive(frame[column], missing[column])
    for column in codebook.covariates:
        if column not in columns:
            columns[column] = _covariate(frame[column], missing[column])
    for scale in codebook.scales:
        for item in scale.items:
            values = _item(frame[item], scale)
            columns.setdefault(item, values)
    if codebook.respondent is not None:
        columns[codebook.respondent] = frame[codebook.respondent]
        _refuse_duplicates(frame[codebook.respondent])
    result = pd.DataFrame(columns, index=frame.index)
    keep = ~np.logical_or.reduce(list(missing.values()))
    if keep.any():
        result[codebook.outcome] = result[codebook.outcome].where(keep, 0).astype(np.int64)
    return result


def _frequency(answers: pd.Series, levels: tuple[str, ...], missing: BoolArray) -> pd.Series:
    labels = labels_of(answers)
    unknown = ~labels.isin(levels).to_numpy() & ~missing
    if unknown.any():
        first = labels[unknown].iloc[0]
        refuse(
            answers,
            unknown,
            f"is not among its levels. {nearest(first, levels)} "
            "Add it to frequency_levels, in its place in the order, or correct it.",
        )
    return pd.Series(pd.Categorical(labels, categories=levels, ordered=True), index=answers.index)


def _counts(answers: pd.Series, missing: BoolArray) -> pd.Series:
    values = numbers_of(answers)
    numbers = values.to_numpy()
    answered = ~missing
    refuse(
        answers,
        answered & np.isnan(numbers),
        "is not a number. Write the count of activities in figures, or leave it empty.",
    )
    refuse(answers, answered & ~np.isfinite(numbers), "is not a count. Leave it empty.")
    refuse(answers, answered & (numbers < 0), "is negative. A count is 0 or more.")
    refuse(
        answers,
        answered & (numbers != np.floor(numbers)),
        "is fractional. A count is a whole number; if it is a rate, use exposure.",
    )
    refuse(
        answers,
        answered & (numbers > LARGEST_COUNT),
        f"is more than {LARGEST_COUNT:,} activities. If it is a code for missing, leave it empty; "
        "if counts this large are meant, count in larger units.",
    )
    return values


def _positive(answers: pd.Series, missing: BoolArray) -> pd.Series:
    values = numbers_of(answers)
    numbers = values.to_numpy()
    bad = ~missing & ~(np.isfinite(numbers) & (numbers > 0))
    refuse(answers, bad, "should be a number above 0. Correct it, or leave it empty.")
    return values


def _covariate(answers: pd.Series, missing: BoolArray) -> pd.Series:
    if pd.api.types.is_bool_dtype(answers):
        return pd.Series(pd.Categorical(answers.astype(str)), index=answers.index)
    if pd.api.types.is_numeric_dtype(answers):
        values = numbers_of(answers)
        refuse(answers, ~missing & ~np.isfinite(values.to_numpy()), "is not finite.")
        return values
    labels = labels_of(answers)
    order = None
    if isinstance(answers.dtype, pd.CategoricalDtype):
        order = list(dict.fromkeys(labels_of(pd.Series(answers.cat.categories)).tolist()))
    return pd.Series(
        pd.Categorical(labels, categories=order or sorted(labels[~missing].unique())),
        index=answers.index,
    )


def _item(answers: pd.Series, scale: Scale) -> pd.Series:
    values = numbers_of(answers)
    numbers = values.to_numpy()
    missing = _missing(answers)
    wrong = ~missing & ~((numbers >= scale.minimum) & (numbers <= scale.maximum))
    wrong |= ~missing & (numbers != np.floor(numbers))
    refuse(
        answers,
        wrong,
        f"lies outside the answers {scale.minimum} to {scale.maximum} of scale {scale.name!r}. "
        "Correct it, leave it empty, or set the scale's minimum and maximum.",
    )
    return values


def _refuse_duplicates(identities: pd.Series) -> None:
    twice = identities.duplicated(keep=False) & identities.notna()
    if twice.any():
        value = identities[twice].iloc[0]
        rows = identities.index[identities == value]
        raise SurveyError(
            f"Column {identities.name!r}: respondent {value!r} answers in rows "
            f"{', '.join(map(str, rows[:5]))}. Keep one of them."
        )


def _refuse_whole(frame: pd.DataFrame, codebook: Codebook) -> None:
    """Refuse what is wrong with the answers together."""
    if (frame[codebook.outcome] == 0).all():
        raise SurveyError(
            f"Column {codebook.outcome!r}: every count is 0, so there is nothing to compare. Check "
            "that it is the right column."
        )
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
