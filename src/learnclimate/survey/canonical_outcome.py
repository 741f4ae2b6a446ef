"""The answers to the outcome in their canonical form, however it was asked."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import SurveyError, nearest
from learnclimate.survey.answer_options import AnswerOption, alike_label
from learnclimate.survey.answers import (
    coded_labels,
    labels_of,
    missing_answers,
    numbers_of,
    refuse,
    warn,
)
from learnclimate.survey.outcome import Outcome

#: Counts above this are refused as slips or codes for missing.
LARGEST_COUNT = 10_000

_CODES_FOR_MISSING = (77, 88, 98, 99, 777, 888, 998, 999, 7777, 8888, 9998, 9999)

_FIGURES = "Write the count of activities in figures, or leave it empty"
_WHOLE = "A count is a whole number"
#: What to do about text and about fractions: in an open number, a count out of so many, how many
#: were asked about, and one kind of several.
_RATE = (
    f"{_WHOLE}; if it is a rate, give the whole count as outcome and what it is per (hours, "
    "months) as exposure."
)
_OPEN = (
    (
        f"{_FIGURES}; if these are answer options, say so: Outcome(..., bins=[...]), in a codebook "
        "file bins = [...] under [outcome]."
    ),
    _RATE,
)
_OUT_OF = (
    f"{_FIGURES}.",
    f"{_WHOLE}, here of those asked about; if it is a share, multiply it by their number.",
)
_ASKED = (
    "This column tells how many activities were asked about: write that in figures.",
    "This column tells how many activities were asked about, a whole number. Correct it.",
)
_KIND = (f"{_FIGURES}; each kind is an open number.", f"{_WHOLE}, of each kind too. Correct it.")

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


def unanswered(frame: pd.DataFrame, outcome: Outcome) -> dict[str, BoolArray]:
    """
    Mark the rows in which a column of the outcome is missing.

    Parameters
    ----------
    frame : pandas.DataFrame
        Answers as they were read.
    outcome : Outcome
        How the outcome was asked.

    Returns
    -------
    dict of str to ndarray of shape (n_rows,), bool
        By column. Where an empty cell of a checklist means that it was not ticked, rows
        without any tick, told of the first column; so are rows that answered no kind.

    Examples
    --------
    >>> ticks = pd.DataFrame({"a": [1.0, np.nan], "b": [np.nan, np.nan]})
    >>> outcome = Outcome("n", checklist=["a", "b"], empty_means_unticked=True)
    >>> unanswered(ticks, outcome)["a"].tolist()
    [False, True]
    """
    missing = {column: missing_answers(frame[column]) for column in outcome.columns}
    if outcome.empty_means_unticked or outcome.kinds:
        first, *others = outcome.columns
        none = np.logical_and.reduce(list(missing.values()))
        missing = {first: none} | {column: np.zeros_like(none) for column in others}
    return missing


def canonical_outcome(
    frame: pd.DataFrame, outcome: Outcome, missing: Mapping[str, BoolArray], keep: BoolArray
) -> dict[str, pd.Series]:
    """
    Give the columns of the outcome their canonical type.

    Parameters
    ----------
    frame : pandas.DataFrame
        Answers as they were read, with unique row numbers as index.
    outcome : Outcome
        How the outcome was asked.
    missing : mapping of column to ndarray of shape (n_rows,), bool
        As `unanswered` gives it.
    keep : ndarray of shape (n_rows,), bool
        Rows in which every required answer is there.

    Returns
    -------
    dict of str to pandas.Series
        The outcome's own column first: counts (0 in rows not kept; a top code is the count
        it begins at), the number ticked, the total of the kinds answered, or answer options as
        categories in order. Kinds left open are missing.

    Raises
    ------
    SurveyError
        If an answer is wrong; the message names column and row.

    Examples
    --------
    >>> frame = pd.DataFrame({"n": ["3", "10+"]})
    >>> top = Outcome("n", top=10)
    >>> canonical_outcome(frame, top, unanswered(frame, top), np.array([True, True]))["n"].tolist()
    [3, 10]
    """
    if outcome.bins:
        return _options(frame, outcome, missing)
    if outcome.kinds:
        return _kinds(frame, outcome, keep)
    if outcome.checklist:
        ticks = {
            column: _ticked(frame[column], outcome).where(keep, 0).astype(np.int64)
            for column in outcome.checklist
        }
        ticked = pd.DataFrame(ticks).sum(axis=1).astype(np.int64)
        _refuse_column_of_another(frame, outcome, ticked, keep)
        return {outcome.name: ticked, **ticks}
    answers, absent = frame[outcome.name], missing[outcome.name]
    if outcome.top is None:
        counts = _counts(answers, absent, _OPEN if outcome.trials is None else _OUT_OF)
    else:
        counts = _counts(_without_top_mark(answers, outcome.top), absent)
        above = counts.to_numpy() > outcome.top
        refuse(answers, above & ~absent, f"lies above the top code, {outcome.top}. Correct one.")
    columns = {outcome.name: counts.where(keep, 0).astype(np.int64)}
    if isinstance(outcome.trials, str):
        column = outcome.trials
        trials = _counts(frame[column], missing[column], _ASKED)
        few = ~missing[column] & (trials.to_numpy() < 1)
        refuse(frame[column], few, "should be 1 or more: how many activities were asked about.")
        columns[column] = trials.where(keep, 1).astype(np.int64)
    if outcome.trials is not None:
        most = columns[outcome.trials] if isinstance(outcome.trials, str) else outcome.trials
        beyond = keep & (columns[outcome.name] > most).to_numpy(dtype=bool)
        where = (
            f"the {outcome.trials} asked about"
            if not isinstance(outcome.trials, str)
            else f"the number asked about, in column {outcome.trials!r}"
        )
        refuse(answers, beyond, f"is more than {where}. Correct one of the two.")
    return columns


def _options(
    frame: pd.DataFrame, outcome: Outcome, missing: Mapping[str, BoolArray]
) -> dict[str, pd.Series]:
    answers = frame[outcome.name]
    labels = coded_labels(answers)
    columns: dict[str, pd.Series] = {}
    of_version = [(options, ~missing[outcome.name]) for _, options in outcome.bins]
    if outcome.version is not None:
        versions = coded_labels(frame[outcome.version])
        known = [name for name, _ in outcome.bins]
        strange = ~np.isin(np.asarray(versions, dtype=object), known) & ~missing[outcome.version]
        if strange.any():
            fault = f"is no version that has bins. {nearest(str(versions[strange][0]), known)}"
            refuse(frame[outcome.version], strange, fault)
        of_version = [
            (options, ~missing[outcome.name] & np.asarray(versions == name))
            for name, options in outcome.bins
        ]
        columns[outcome.version] = pd.Series(versions, index=frame.index)
    written = np.asarray(labels, dtype=object)
    ordered: dict[str, int] = {}
    for place, (options, rows) in enumerate(of_version):
        written = _as_offered(written, options, rows)
        unknown = rows & ~np.isin(written, [option.label for option in options])
        if unknown.any():
            refuse(answers, unknown, _not_offered(str(written[unknown][0]), outcome, place))
        ordered |= {
            option.label: option.lowest for option in options if option.label not in ordered
        }
    in_order = sorted(ordered, key=lambda label: ordered[label])
    categories = pd.Categorical(written, categories=in_order, ordered=True)
    return {outcome.name: pd.Series(categories, index=frame.index), **columns}


def _as_offered(
    written: npt.NDArray[np.object_], options: tuple[AnswerOption, ...], rows: BoolArray
) -> npt.NDArray[np.object_]:
    """Take a label that differs from one offered in dashes and spaces about them for that one."""
    offered = {alike_label(option.label): option.label for option in options}
    unknown = rows & ~np.isin(written, list(offered.values()))
    found = written.copy()
    for label in set(written[unknown]):
        if (close := offered.get(alike_label(str(label)))) is not None:
            found[unknown & (written == label)] = close
    return found


def _not_offered(label: str, outcome: Outcome, place: int) -> str:
    """Say that a label is no option, and of which version it is one."""
    version, options = outcome.bins[place]
    close = nearest(label, [option.label for option in options])
    if outcome.version is None:
        return f"is not among the answer options. {close}"
    told = f"is not among the answer options of version {version!r}"
    others = [
        repr(name)
        for name, offered in outcome.bins
        if alike_label(label) in {alike_label(option.label) for option in offered}
    ]
    if others:
        return (
            f"{told}, but of version {' and '.join(others)}. Correct the answer, or the version "
            f"in column {outcome.version!r}."
        )
    return f"{told}. {close}"


def _refuse_column_of_another(
    frame: pd.DataFrame, outcome: Outcome, counts: pd.Series, keep: BoolArray
) -> None:
    """Refuse a column that bears the outcome's name and holds something else: it would be lost."""
    if outcome.name not in frame:
        return
    own = numbers_of(frame[outcome.name]).to_numpy()
    differs = keep & (own != counts.to_numpy())
    if differs.any():
        row = frame.index[differs][0]
        what, parts = "number ticked", "checklist"
        if outcome.kinds:
            what, parts = "total of the kinds", "kinds"
        raise SurveyError(
            f"Column {outcome.name!r}: the answers have a column of this name, and in row {row} it "
            f"holds something else than the {what}, which is to be called so. Give the {what} a "
            f"name that no column has: Outcome('...', {parts}=[...])."
        )


def _kinds(frame: pd.DataFrame, outcome: Outcome, keep: BoolArray) -> dict[str, pd.Series]:
    columns = {}
    for column in outcome.kinds:
        absent = missing_answers(frame[column])
        if absent.all():
            raise SurveyError(
                f"Column {column!r} (kind of activity): nobody answered it. Fill it, or take it "
                "out of Outcome(..., kinds=[...])."
            )
        counts = _counts(frame[column], absent, _KIND)
        columns[column] = counts.where(keep & ~absent).astype("Int64")
    total = pd.DataFrame(columns).fillna(0).sum(axis=1).astype(np.int64)
    _refuse_column_of_another(frame, outcome, total, keep)
    return {outcome.name: total, **columns}


def _ticked(answers: pd.Series, outcome: Outcome) -> pd.Series:
    absent = missing_answers(answers)
    if pd.api.types.is_bool_dtype(answers) or set(labels_of(answers).dropna()) <= {"True", "False"}:
        answers = answers.map({True: 1, False: 0, "True": 1, "False": 0})
    values = numbers_of(answers)
    numbers = values.to_numpy()
    refuse(
        answers,
        ~absent & ~np.isin(numbers, (0, 1)),
        "is neither 1 (ticked) nor 0 (not ticked). Recode the checklist so.",
    )
    if outcome.empty_means_unticked:
        return values.fillna(0)
    if absent.any() and not (numbers == 0).any():
        raise SurveyError(
            f"Column {answers.name!r}: the checklist holds 1 and empty cells only. If empty means "
            "not ticked, say so: Outcome(..., empty_means_unticked=True)."
        )
    return values


def _without_top_mark(answers: pd.Series, top: int) -> pd.Series:
    """Write "10+" and "10 or more" as 10."""
    if pd.api.types.is_numeric_dtype(answers):
        return answers
    labels = labels_of(answers)
    marked = labels.isin([f"{top}{mark}" for mark in ("+", " +", " or more", " of meer")])
    return answers.astype(object).mask(marked, str(top))


def _counts(answers: pd.Series, missing: BoolArray, remedies: tuple[str, str] = _OPEN) -> pd.Series:
    in_words, in_parts = remedies
    values = numbers_of(answers)
    numbers = values.to_numpy()
    answered = ~missing
    refuse(
        answers,
        answered & np.isnan(numbers),
        f"is not a number. {in_words}",
    )
    refuse(answers, answered & np.isinf(numbers), "is not a count. Leave it empty.")
    refuse(
        answers,
        answered & (numbers < 0),
        "is negative. A count is 0 or more; if it is a code for missing, leave it empty.",
    )
    refuse(
        answers,
        answered & (numbers != np.floor(numbers)),
        f"is fractional. {in_parts}",
    )
    refuse(
        answers,
        answered & (numbers > LARGEST_COUNT),
        f"is more than {LARGEST_COUNT:,} activities. If it is a code for missing, leave it empty; "
        "if counts this large are meant, count in larger units.",
    )
    _warn_of_codes(answers, numbers[answered])
    return values


def _warn_of_codes(answers: pd.Series, counts: FloatArray) -> None:
    """Warn where the largest count looks like a code for missing that was left in."""
    if not len(counts):
        return
    largest = counts.max()
    others = counts[counts < largest]
    if largest in _CODES_FOR_MISSING and len(others) and largest > 3 * max(others.max(), 1):
        times = int((counts == largest).sum())
        warn(
            f"Column {answers.name!r}: the count {largest:.0f} comes {times} "
            f"{'time' if times == 1 else 'times'}, and all others are at most {others.max():.0f}. "
            "If it is a code for missing, leave those answers empty."
        )
