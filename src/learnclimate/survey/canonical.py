"""Give every column its canonical type, refusing wrong answers; missing ones stay missing."""

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import SurveyError, nearest
from learnclimate.survey.answers import (
    Faults,
    coded_labels,
    labels_of,
    missing_answers,
    numbers_of,
    refuse,
    warn,
)
from learnclimate.survey.canonical_outcome import canonical_outcome
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.covariates import canonical_covariate

#: Exposures and weights beyond these are slips, and their logarithms of no use.
_LARGEST, _SMALLEST = 1e9, 1e-9
_BLOCK = 100_000

BoolArray = npt.NDArray[np.bool_]


def canonical_answers(
    frame: pd.DataFrame,
    codebook: Codebook,
    missing: Mapping[str, BoolArray],
    encoded: Collection[str] = (),
) -> pd.DataFrame:
    """
    Give every column its canonical type.

    Parameters
    ----------
    frame : pandas.DataFrame
        Answers as they were read, with unique row numbers as index.
    codebook : Codebook
        What was asked.
    missing : mapping of column to ndarray of shape (n_rows,), bool
        Which answers are missing, for every column but items and respondents.
    encoded : collection of str
        Columns of text that are held as categories only to save memory.

    Returns
    -------
    pandas.DataFrame
        The columns of the codebook: teams and departments as categories, sorted; ordered
        levels; counts (0 where another required answer is missing), numbers.

    Raises
    ------
    SurveyError
        If an answer is wrong; the message names column and row, for all columns at once.
    """
    columns: dict[str, pd.Series] = {}
    for column in (codebook.team, codebook.department):
        if column is not None:
            columns[column] = pd.Series(coded_labels(frame[column]), index=frame.index)
            _warn_of_twins(columns[column], column)
    faults = Faults()
    for column in codebook.frequency_columns:
        with faults.gathered():
            columns[column] = _frequency(frame[column], codebook.levels_of(column), missing[column])
    # Levels that were not answered can be summed out, so that their rows' counts count.
    counted = complete_rows(missing, but_for=codebook.frequency_columns)
    if codebook.outcome is not None:
        with faults.gathered():
            columns |= canonical_outcome(frame, codebook.asked, missing, counted)
    _read_numbers(frame, codebook, missing, columns, faults)
    _read_covariates(frame, codebook, missing, (columns, frozenset(encoded)), faults)
    if codebook.respondent is not None:
        columns[codebook.respondent] = frame[codebook.respondent]
        with faults.gathered():
            _refuse_duplicates(frame[codebook.respondent])
    faults.raise_all()
    return pd.DataFrame(columns, index=frame.index)


def _read_numbers(
    frame: pd.DataFrame,
    codebook: Codebook,
    missing: Mapping[str, BoolArray],
    columns: dict[str, pd.Series],
    faults: Faults,
) -> None:
    """Read exposure, weight and items into the columns."""
    for column in (codebook.exposure, codebook.weight):
        if column is not None:
            with faults.gathered():
                columns[column] = _positive(frame[column], missing[column])
    for scale in codebook.scales:
        for item in scale.items:
            with faults.gathered():
                columns[item] = _item(frame[item], scale)


def _read_covariates(
    frame: pd.DataFrame,
    codebook: Codebook,
    missing: Mapping[str, BoolArray],
    known: tuple[dict[str, pd.Series], frozenset[str]],
    faults: Faults,
) -> None:
    """Read covariates into the columns; a department or an item may be one too, and is read."""
    columns, encoded = known
    for column in codebook.covariates:
        if column not in columns and column not in codebook.items:
            with faults.gathered():
                columns[column] = canonical_covariate(
                    frame[column], missing[column], is_text=column in encoded
                )


def complete_rows(missing: Mapping[str, BoolArray], *, but_for: Collection[str] = ()) -> BoolArray:
    """
    Mark the rows in which no answer is missing.

    Parameters
    ----------
    missing : mapping of column to ndarray of shape (n_rows,), bool
        Which answers are missing.
    but_for : collection of str
        Columns that may be missing.

    Returns
    -------
    ndarray of shape (n_rows,), bool
        The rows.

    Examples
    --------
    >>> complete_rows({"n": np.array([True, False]), "talk": np.array([False, True])}).tolist()
    [False, False]
    """
    masks = [mask for column, mask in missing.items() if column not in but_for]
    return np.asarray(~np.logical_or.reduce(masks))


def _frequency(answers: pd.Series, levels: tuple[str, ...], missing: BoolArray) -> pd.Series:
    labels = coded_labels(answers)
    is_unknown = np.append(~labels.categories.isin(levels), False)
    unknown = is_unknown[labels.codes] & ~missing
    if unknown.any():
        first, *others = dict.fromkeys(labels[unknown])
        more = f" Nor {'is' if len(others) == 1 else 'are'} {_listed(others)}." if others else ""
        refuse(
            answers,
            unknown,
            f"is not among its levels. {nearest(first, levels)} "
            f"Add it to frequency_levels, in its place in the order, or correct it.{more}",
        )
    _refuse_other_order(answers, levels)
    return pd.Series(labels.set_categories(levels, ordered=True), index=answers.index)


def _listed(labels: list[str], most: int = 8) -> str:
    """List labels, a few of many."""
    shown = ", ".join(repr(label) for label in labels[:most])
    return f"{shown} and {len(labels) - most} more" if len(labels) > most else shown


def _refuse_other_order(answers: pd.Series, levels: tuple[str, ...]) -> None:
    """Refuse ordered categories whose own order contradicts the codebook's."""
    dtype = answers.dtype
    if not (isinstance(dtype, pd.CategoricalDtype) and dtype.ordered):
        return
    own = [label for label in labels_of(pd.Series(dtype.categories)) if label in levels]
    wanted = [level for level in levels if level in own]
    if own != wanted:
        raise SurveyError(
            f"Column {answers.name!r}: its categories run {' < '.join(own)}, but the codebook's "
            f"frequency_levels {' < '.join(wanted)}. Bring one in line with the other."
        )


def _positive(answers: pd.Series, missing: BoolArray) -> pd.Series:
    values = numbers_of(answers)
    numbers = values.to_numpy()
    bad = ~missing & ~(np.isfinite(numbers) & (numbers > 0))
    refuse(answers, bad, "should be a number above 0. Correct it, or leave it empty.")
    refuse(
        answers,
        ~missing & ((numbers > _LARGEST) | (numbers < _SMALLEST)),
        f"should lie between {_SMALLEST:g} and {_LARGEST:g}. Correct it, or give the column in "
        "another unit.",
    )
    return values


def _warn_of_twins(groups: pd.Series, column: str) -> None:
    """Warn of names that a person would read as the same one."""
    alike: dict[str, str] = {}
    for name in groups.cat.categories:
        folded = " ".join(str(name).casefold().split())
        if folded in alike:
            warn(
                f"Column {column!r}: {alike[folded]!r} and {name!r} differ in capitals or spaces "
                "only, and are kept apart. If they are one, write them alike."
            )
            return
        alike[folded] = str(name)


def _item(answers: pd.Series, scale: Scale) -> pd.Series:
    values = numbers_of(answers)
    answered = ~missing_answers(answers)
    unread = answered & values.isna().to_numpy()
    if scale.answers and unread.any():
        named = {name: place for place, name in enumerate(scale.answers, start=scale.minimum)}
        values = values.where(~unread, labels_of(answers).map(named)).astype(float)
        unread &= values.isna().to_numpy()
    refuse(answers, unread, _unread_item(answers, unread, scale))
    numbers = values.to_numpy()
    outside = ~((numbers >= scale.minimum) & (numbers <= scale.maximum))
    refuse(
        answers,
        answered & ~outside & (numbers != np.floor(numbers)),
        f"lies between the answers {scale.minimum} to {scale.maximum} of scale {scale.name!r}. Is "
        "it a mean of several answers? Give the answers to each item, or leave it empty.",
    )
    refuse(
        answers,
        answered & outside,
        f"lies outside the answers {scale.minimum} to {scale.maximum} of scale {scale.name!r}. "
        "Correct it, leave it empty, or set the scale's minimum and maximum.",
    )
    return values


def _unread_item(answers: pd.Series, unread: BoolArray, scale: Scale) -> str:
    """Say what is wrong with an answer to an item that is no number."""
    if scale.answers:
        first = labels_of(answers[unread]).iloc[0] if unread.any() else ""
        return (
            f"is not among the answers of scale {scale.name!r}. {nearest(first, scale.answers)} "
            "Correct it, or leave it empty."
        )
    return (
        f"is not a number. Give the items of scale {scale.name!r} as the numbers "
        f"{scale.minimum} to {scale.maximum}, leave it empty, or name the answers in the scale, "
        "lowest first: answers = [...]."
    )


def _refuse_duplicates(identities: pd.Series) -> None:
    alike = _perhaps_alike(identities)
    if not pd.api.types.is_numeric_dtype(alike):
        # "a " and "a" are one person.
        alike = labels_of(alike)
    twice = alike.duplicated(keep=False) & ~missing_answers(alike)
    if not twice.any():
        return
    value = alike[twice].iloc[0]
    rows = alike.index[alike == value]
    shown = repr(value.item() if isinstance(value, np.generic) else value)
    written = ", ".join(map(str, rows[:5])) + (" and more" if len(rows) > 5 else "")
    others = alike[twice].nunique() - 1
    likewise = f" {others} other{'s' * (others > 1)} answer more than once, too." if others else ""
    raise SurveyError(
        f"Column {identities.name!r}: respondent {shown} answers in rows {written}. Keep one of "
        f"them.{likewise}"
    )


def _perhaps_alike(identities: pd.Series) -> pd.Series:
    """Take the identities that may come twice: of much text, those that share a hash."""
    if not isinstance(identities.dtype, pd.StringDtype):
        return identities
    # To compare the text itself, all of it would have to be copied at once.
    hashes = [
        pd.util.hash_array(
            identities.iloc[first : first + _BLOCK].str.strip().to_numpy(), categorize=False
        )
        for first in range(0, len(identities), _BLOCK)
    ]
    return identities[pd.Series(np.concatenate(hashes)).duplicated(keep=False).to_numpy()]
