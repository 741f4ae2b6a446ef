"""Describe the answers to the outcome, however it was asked, without telling of a few people."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.disclosure.rule import DisclosureRule, suppress
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.counts_allowed import OPEN, counts_allowed, trials_of
from learnclimate.survey.heaping import heaped_at_fives, heaped_at_months
from learnclimate.survey.outcome import Outcome

IntArray = npt.NDArray[np.int64]
Tables = list[tuple[str, pd.DataFrame]]


def outcome_tables(frame: pd.DataFrame, codebook: Codebook, rule: DisclosureRule) -> Tables:
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
        return _options(frame, outcome, title, rule)
    if outcome.kinds:
        return _kinds(frame, outcome, title, rule)
    lowest, highest = counts_allowed(frame, codebook)
    table = _counts(lowest, highest, outcome.top, rule)
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


def _options(frame: pd.DataFrame, outcome: Outcome, title: str, rule: DisclosureRule) -> Tables:
    tables = []
    for version, options in outcome.bins:
        answers, told = frame[outcome.name], title
        if outcome.version is not None:
            answers = answers[(frame[outcome.version] == version).to_numpy(dtype=bool)]
            told = f"{title}, version {version}"
        labels = [option.label for option in options]
        sizes = answers.astype(object).value_counts().reindex(labels, fill_value=0)
        if len(answers) >= rule.minimum:
            counts = np.asarray(sizes, dtype=np.int64)
            tables.append((told, told_shares(labels, counts, suppress(counts, rule))))
    return tables


def _kinds(frame: pd.DataFrame, outcome: Outcome, title: str, rule: DisclosureRule) -> Tables:
    rows, heaped = [], []
    for kind in outcome.kinds:
        counts = frame[kind].dropna().to_numpy(dtype=np.int64)
        n_open = len(frame) - len(counts)
        left_open = "few" if 0 < n_open < rule.minimum else str(n_open)
        table = pd.DataFrame(index=[0])
        if len(counts) >= rule.minimum:
            table = _counts(counts, counts, None, rule)
            heaped += _heaping(counts, f"{title}, {kind}", rule)
        table.insert(0, "left open", [left_open])
        table.insert(0, "kind", [kind])
        rows.append(table)
    return [(f"{title}, by kind", pd.concat(rows, ignore_index=True)), *heaped]


def _counts(
    lowest: IntArray, highest: IntArray, top: int | None, rule: DisclosureRule
) -> pd.DataFrame:
    """Mean, variance and share of zeros; shares only where both sides are large enough."""
    columns: dict[str, list[object]] = {}
    if top is None:
        columns["mean"] = [round(float(lowest.mean()), 2)]
        columns["variance"] = [round(float(lowest.var(ddof=1)), 2) if len(lowest) > 1 else np.nan]
    columns["share of zeros"] = [_share(highest == 0, rule)]
    if top is not None:
        columns[f"share of {top} or more"] = [_share(highest == OPEN, rule)]
    return pd.DataFrame(columns)


def _share(has: npt.NDArray[np.bool_], rule: DisclosureRule) -> str:
    number = int(has.sum())
    hidden = suppress([number, len(has) - number], rule).any()
    return "hidden" if hidden else f"{number / len(has):.1%}"


def _activities(frame: pd.DataFrame, outcome: Outcome, rule: DisclosureRule) -> pd.DataFrame:
    """How many ticked each activity; hidden where few did, or few did not."""
    ticked = [int(frame[column].sum()) for column in outcome.checklist]
    hidden = [bool(suppress([n, len(frame) - n], rule).any()) for n in ticked]
    # Had one activity alone its number hidden, the mean number ticked would tell it.
    if sum(hidden) == 1:
        others = [n if not hide else len(frame) for n, hide in zip(ticked, hidden, strict=True)]
        hidden[int(np.argmin(others))] = True
    return pd.DataFrame(
        {
            "activity": list(outcome.checklist),
            "ticked": [
                "hidden" if hide else str(n) for n, hide in zip(ticked, hidden, strict=True)
            ],
        }
    )


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
