"""Describe the answers to the outcome, however it was asked, without telling of a few people."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.disclosure.open_numbers import tells_of_hidden_groups
from learnclimate.disclosure.rounding import digits_that_hide
from learnclimate.disclosure.rule import (
    BoolArray,
    DisclosureRule,
    is_protected,
    nearest,
    raised_to,
    suppress,
    suppress_neighbours,
    too_small,
)
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.counts_allowed import OPEN, counts_allowed, trials_of, versions_of
from learnclimate.survey.heaping import heaped_at_fives, heaped_at_months
from learnclimate.survey.hidden_groups import teams_told
from learnclimate.survey.option_blocks import hidden_versions, sizes_by_version
from learnclimate.survey.outcome import Outcome

IntArray = npt.NDArray[np.int64]
Tables = list[tuple[str, pd.DataFrame]]


def outcome_tables(
    frame: pd.DataFrame,
    codebook: Codebook,
    rule: DisclosureRule,
    name_order: Mapping[str, Sequence[str]] | None = None,
) -> Tables:
    """
    Describe the outcome in tables.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    codebook : Codebook
        What was asked.
    rule : DisclosureRule
        Which groups are too small to show.
    name_order : mapping of str to sequence of str, optional
        Pseudonyms of teams and of departments, in the order of their names.

    Returns
    -------
    list of (title, pandas.DataFrame)
        Mean, variance and share of zeros of counts, and whether they are heaped at round
        numbers; answer options with how many chose each; activities of a checklist; the same of
        every kind, with how many left it open.

    Examples
    --------
    >>> from learnclimate.survey.example import load_example
    >>> survey = load_example()
    >>> [title for title, _ in outcome_tables(survey.frame, survey.codebook, DisclosureRule())]
    ['Outcome: activities']
    """
    outcome, title = codebook.asked, f"Outcome: {codebook.outcome_column}"
    if outcome.bins:
        return _options(frame, codebook, title, rule)
    if outcome.kinds:
        telling = _tells_of_teams(frame, codebook, rule, name_order or {})
        return _kinds(frame, outcome, title, rule, telling)
    lowest, highest = counts_allowed(frame, codebook)
    table = _counts(lowest, highest, outcome.top, rule)
    if outcome.checklist and not _activities_hidden(_ticked(frame, outcome), len(frame), rule)[1]:
        table[["mean", "variance"]] = "hidden"
    trials = trials_of(frame, outcome)
    if trials is not None:
        told = sorted(set(trials.tolist()))
        table.insert(0, "out of", [str(told[0]) if len(told) == 1 else f"{told[0]} to {told[-1]}"])
    tables = [(title, table)]
    if outcome.checklist:
        tables.append((f"{title}, by activity", _activities(frame, outcome, rule)))
    if trials is None:
        exact = lowest[lowest == highest]
        tables += _heaping(exact, title, rule)
    return tables


def told_shares(labels: list[str], sizes: IntArray, hidden: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """
    Tell how many gave each answer, but for those that are hidden.

    Parameters
    ----------
    labels : list of str
        The answers.
    sizes : ndarray of shape (n_answers,), int
        How many gave each.
    hidden : ndarray of shape (n_answers,), bool
        Small groups, and what would give them away.

    Returns
    -------
    pandas.DataFrame
        Columns ``answer, respondents, share``.

    Examples
    --------
    >>> told_shares(["a", "b"], np.array([6, 6]), np.zeros(2, dtype=bool))["share"].tolist()
    ['50.0%', '50.0%']
    """
    total = int(sizes.sum())
    pairs = list(zip(sizes.tolist(), hidden.tolist(), strict=True))
    return pd.DataFrame(
        {
            "answer": labels,
            "respondents": ["hidden" if hide else str(size) for size, hide in pairs],
            "share": ["" if hide else f"{size / total:.1%}" for size, hide in pairs],
        }
    )


def _options(frame: pd.DataFrame, codebook: Codebook, title: str, rule: DisclosureRule) -> Tables:
    tables, outcome = [], codebook.asked
    lowest, _ = counts_allowed(frame, codebook)
    sizes = sizes_by_version(outcome, lowest, versions_of(frame, outcome))
    unseen = hidden_versions(outcome, sizes, rule)
    for (version, options), own, hide in zip(outcome.bins, sizes, unseen, strict=True):
        told = title if outcome.version is None else f"{title}, version {version}"
        labels = [option.label for option in options]
        # Neighbours protect, as in the bars that tell options of all versions together.
        if own.any() and not hide:
            tables.append((told, told_shares(labels, own, suppress_neighbours(own, rule))))
    return tables


def _tells_of_teams(
    frame: pd.DataFrame,
    codebook: Codebook,
    rule: DisclosureRule,
    name_order: Mapping[str, Sequence[str]],
) -> BoolArray:
    """Tell of which kinds all who left it open, less those of shown teams, are a hidden team."""
    teams = frame[codebook.team].astype(str)
    parts = frame[list(codebook.asked.kinds)].isna().groupby(teams).sum()
    asked: IntArray = np.array(teams.value_counts().reindex(parts.index), dtype=np.int64)
    found = np.zeros(parts.shape[1], dtype=bool)
    for step in raised_to(rule, asked):
        hidden = teams_told(frame, codebook, step, name_order)["hidden"]
        marked = hidden.set_axis(hidden.index.astype(str)).reindex(parts.index, fill_value=False)
        found |= tells_of_hidden_groups(parts.to_numpy(), asked, marked.to_numpy(dtype=bool), step)
    return found


def _kinds(
    frame: pd.DataFrame, outcome: Outcome, title: str, rule: DisclosureRule, telling: BoolArray
) -> Tables:
    rows, heaped = [], []
    for kind, tells in zip(outcome.kinds, telling.tolist(), strict=True):
        counts = frame[kind].dropna().to_numpy(dtype=np.int64)
        n_open = len(frame) - len(counts)
        left_open = "some" if tells else str(n_open)
        left_open = "few" if 0 < n_open < rule.minimum else left_open
        table = pd.DataFrame(index=[0])
        if len(counts) >= rule.minimum:
            # Mean, variance and share together, to two decimals, tell of how many they are.
            is_told = left_open == str(n_open)
            digits = None if is_told else digits_that_hide(len(frame) // 2)
            table = _counts(counts, counts, None, rule, digits=digits)
            heaped += _heaping(counts, f"{title}, {kind}", rule)
        table.insert(0, "left open", [left_open])
        table.insert(0, "kind", [kind])
        rows.append(table)
    return [(f"{title}, by kind", pd.concat(rows, ignore_index=True)), *heaped]


def _counts(
    lowest: IntArray,
    highest: IntArray,
    top: int | None,
    rule: DisclosureRule,
    *,
    digits: int | None = None,
) -> pd.DataFrame:
    """Mean, variance and share of zeros; shares only where both sides are large enough."""
    told = 2 if digits is None else digits
    columns: dict[str, list[object]] = {}
    if top is None:
        columns["mean"] = [round(float(lowest.mean()), told)]
        columns["variance"] = [
            round(float(lowest.var(ddof=1)), told) if len(lowest) > 1 else np.nan
        ]
        # Who solves for whole numbers would find the counts of the few who have one.
        if suppress([int((highest > 0).sum()), 0], rule).any():
            columns["mean"] = columns["variance"] = ["hidden"]
    columns["share of zeros"] = [_share(highest == 0, rule, digits)]
    if top is not None:
        columns[f"share of {top} or more"] = [_share(highest == OPEN, rule)]
    return pd.DataFrame(columns)


def _share(has: npt.NDArray[np.bool_], rule: DisclosureRule, digits: int | None = None) -> str:
    number = int(has.sum())
    hidden = suppress([number, len(has) - number], rule).any()
    if hidden or digits == 0:
        return "hidden"
    share = number / len(has)
    return f"{share:.1%}" if digits is None else f"about {round(share, digits):.0%}"


def _ticked(frame: pd.DataFrame, outcome: Outcome) -> IntArray:
    return np.array([int(frame[column].sum()) for column in outcome.checklist], dtype=np.int64)


def _activities(frame: pd.DataFrame, outcome: Outcome, rule: DisclosureRule) -> pd.DataFrame:
    """How many ticked each activity; hidden where few did, or few did not, and what protects."""
    ticked = _ticked(frame, outcome)
    hidden, _ = _activities_hidden(ticked, len(frame), rule)
    return pd.DataFrame(
        {
            "activity": list(outcome.checklist),
            "ticked": [
                "hidden" if hide else str(n) for n, hide in zip(ticked, hidden, strict=True)
            ],
        }
    )


def _activities_hidden(ticked: IntArray, n: int, rule: DisclosureRule) -> tuple[BoolArray, bool]:
    """Mark activities to hide, the mean number ticked being known, and tell if that protects."""
    hidden, protected = np.zeros(len(ticked), dtype=bool), True
    for step in raised_to(rule, np.array([n])):
        hidden = hidden | _few(ticked, n, step)
        protected = not hidden.any() or _protect_each_other(ticked[hidden], n, step)
        # As elsewhere the next in order protects: that the smallest does would tell of sizes.
        for place in nearest(hidden):
            if protected:
                break
            hidden[place] = 0 < ticked[place] < n or hidden[place]
            protected = _protect_each_other(ticked[hidden], n, step)
    return hidden, protected


def _few(ticked: IntArray, n: int, rule: DisclosureRule) -> BoolArray:
    return too_small(ticked, rule) | too_small(n - ticked, rule)


def _protect_each_other(ticked: IntArray, n: int, rule: DisclosureRule) -> bool:
    """Tell whether the sum of ticks tells none of them: not by who ticked, nor by who did not."""
    most, number = rule.minimum - 1, len(ticked)
    # Were all small, some by who ticked and others by who did not, the lowest and the highest
    # sum would tell each. The sum alone is asked, which is known: not whether they are small.
    told = {
        by_ticks * low + (number - by_ticks) * (n - high)
        for low, high in ((1, most), (most, 1))
        for by_ticks in range(number + 1)
    }
    is_told = int(ticked.sum()) in told
    return is_protected(ticked, rule) and is_protected(n - ticked, rule) and not is_told


def _heaping(counts: IntArray, title: str, rule: DisclosureRule) -> Tables:
    """Say that counts are heaped at round numbers, where they plainly are."""
    tables = []
    for found, what, how in (
        (heaped_at_fives(counts), "multiples of 5 among counts of 3 or more", "round numbers"),
        (heaped_at_months(counts), "12, 24, 36 or 48 among 11 or more", "times a month"),
    ):
        told = found.told(rule.minimum)
        if told is not None:
            given, expected = (f"about {share:.0%}" for share in told)
            table = pd.DataFrame({what: [given], "expected by their neighbours": [expected]})
            tables.append((f"{title}, heaped at {how}", table))
    return tables
