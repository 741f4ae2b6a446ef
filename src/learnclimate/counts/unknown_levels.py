"""Respondents who left the frequency open: their level summed out, not guessed."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentError, ModelError, nearest
from learnclimate.counts.design import CountDesign
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.counts.model import CountModel

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

#: What may become of respondents who left the frequency open.
LEAVE_OUT, SUM_OUT = "leave_out", "sum_out"


def checked_missing_frequency(choice: object) -> str:
    """
    Check what is to become of respondents who left the frequency open.

    Parameters
    ----------
    choice : object
        What was given.

    Returns
    -------
    {"leave_out", "sum_out"}
        The choice.

    Raises
    ------
    ArgumentError
        If it is neither.

    Examples
    --------
    >>> checked_missing_frequency("sum_out")
    'sum_out'
    """
    if choice not in (LEAVE_OUT, SUM_OUT):
        raise ArgumentError(
            f"CountModel(missing_frequency={choice!r}): {nearest(choice, (LEAVE_OUT, SUM_OUT))}"
        )
    return str(choice)


def answers_for(model: "CountModel", survey: Survey) -> tuple[pd.DataFrame, BoolArray]:
    """
    Give the respondents that a model reads, and whether each answered the frequency.

    Parameters
    ----------
    model : CountModel
        The declaration.
    survey : Survey
        Validated answers.

    Returns
    -------
    frame : pandas.DataFrame
        Validated answers; the lowest level stands where it is unknown.
    known : ndarray of shape (n_respondents,), bool
        True where the level was answered. Fewer respondents of unknown level than may be told
        of are left out.

    Raises
    ------
    ModelError
        If levels are to be summed out and the model cannot do it.
    """
    frame, aside = survey.frame, survey.without_frequency
    known = np.ones(len(frame), dtype=bool)
    if model.missing_frequency == LEAVE_OUT:
        return frame, known
    codebook = survey.codebook
    _refuse(model, codebook.frequency_columns)
    # Of fewer people than may be told of, nothing is gained and too much is said.
    if aside is None or len(aside) < DisclosureRule().minimum:
        return frame, known
    for column in frame.columns.difference(aside.columns):
        raise ModelError(
            f"CountModel(missing_frequency={SUM_OUT!r}): nothing is known of {column!r} for those "
            "who left the frequency open. Use missing_frequency='leave_out'."
        )
    name = codebook.frequency_columns[0]
    levels = codebook.levels_of(name)
    filled = pd.Categorical([levels[0]] * len(aside), categories=levels, ordered=True)
    both = (frame, aside.assign(**{name: pd.Series(filled, index=aside.index)}))
    columns = {column: _joined(*(part[column] for part in both)) for column in frame.columns}
    whole = pd.DataFrame(columns)
    _refuse_two_departments(whole, codebook.team, codebook.department)
    return whole, np.concatenate([known, np.zeros(len(aside), dtype=bool)])


def with_unknown_levels(design: CountDesign, known: BoolArray) -> CountDesign:
    """
    Set those apart whose level is unknown.

    Parameters
    ----------
    design : CountDesign
        Of all respondents.
    known : ndarray of shape (n_rows,), bool
        Whose level is known.

    Returns
    -------
    CountDesign
        Rows of those who answered, the others in ``unknown``; all teams kept.
    """
    if known.all():
        return design
    n_levels = len(design.coding.frequencies[0].levels)
    rows = np.repeat(np.flatnonzero(~known), n_levels)
    others = design.of_rows(rows)
    others = replace(
        others,
        frequency_level=np.tile(np.arange(n_levels), len(rows) // n_levels)[:, None],
        multiplicity=others.multiplicity / n_levels,
    )
    return replace(design.of_rows(np.flatnonzero(known)), unknown=others)


def everyone_in_rows(design: CountDesign) -> CountDesign:
    """
    Put those whose level is unknown behind the others, a row for each of their levels.

    Parameters
    ----------
    design : CountDesign
        The design.

    Returns
    -------
    CountDesign
        The design itself where all levels are known. Means over the rows are what they were,
        since the rows of one respondent share one multiplicity.
    """
    other = design.unknown
    if other is None:
        return design
    both = design.of_rows(np.arange(design.n_rows)), other
    columns = {
        name: np.concatenate([getattr(part, name) for part in both])
        for name in (
            *("outcome", "log_exposure", "frequency_level", "covariates"),
            *("team", "multiplicity", "weight"),
        )
    }
    asked = design.asked.followed_by(other.asked)
    return replace(design, **columns, asked=asked, unknown=None)  # type: ignore[arg-type]


def _joined(first: pd.Series, second: pd.Series) -> pd.Series:
    """Put one column behind another; categories in the order they have, of text sorted."""
    if isinstance(first.dtype, pd.CategoricalDtype):
        ordered = bool(first.cat.ordered)
        names = first.cat.categories
        if not ordered:
            names = names.union(second.cat.categories)
        first = first.cat.set_categories(names, ordered=ordered)
        second = second.cat.set_categories(names, ordered=ordered)
    joined: pd.Series = pd.concat([first, second])
    return joined


def _refuse(model: "CountModel", frequencies: tuple[str, ...]) -> None:
    where = f"CountModel(missing_frequency={SUM_OUT!r})"
    if len(frequencies) != 1:
        told = "no frequency" if not frequencies else f"{len(frequencies)} frequencies"
        raise ModelError(
            f"{where}: the codebook has {told}, and levels are summed out of one. Leave "
            "missing_frequency out"
            + (", or keep one frequency in the codebook." if frequencies else ".")
        )
    if model.between:
        raise ModelError(
            f"{where}: with between=..., the answers of a team say how often its members talk, "
            "and who did not answer says nothing of it. Leave one of the two out."
        )


def _refuse_two_departments(frame: pd.DataFrame, team: str, department: str | None) -> None:
    if department is None:
        return
    pairs = frame[[team, department]].drop_duplicates()
    twice = pairs[team].duplicated()
    if twice.any():
        raise ModelError(
            f"Team {pairs.loc[twice, team].iloc[0]!r} lies in two departments, counting those who "
            "left the frequency open. Give each team one, or rename the teams apart."
        )
