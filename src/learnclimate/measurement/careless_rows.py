"""Rows about careless answers, and whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.disclosure.rule import DisclosureRule, raised_to, suppress
from learnclimate.measurement.answers import ScaleAnswers
from learnclimate.measurement.careless import longest_strings, odd_patterns, straight_lines
from learnclimate.measurement.item_rows import share_rows
from learnclimate.measurement.rows import Row, Sampling
from learnclimate.survey.survey import Survey

IntArray = npt.NDArray[np.int64]

#: A run counts as long from half of the items on, but never below this.
_SHORTEST_RUN = 4


@dataclass(frozen=True, slots=True)
class CarelessAnswers:
    """
    Screens of careless answers.

    Attributes
    ----------
    rows : list of Row
        How many were marked by each screen, where that may be told.
    respondents : pandas.DataFrame
        Length of each one's longest string, and the marks.
    note : str
        From which length on a string is long.
    """

    rows: list[Row]
    respondents: pd.DataFrame
    note: str


def careless_answers(
    survey: Survey, answers: ScaleAnswers, long_string: object, options: Sampling
) -> CarelessAnswers:
    """
    Screen respondents for careless answers.

    Parameters
    ----------
    survey : Survey
        All answers, in which strings are sought.
    answers : ScaleAnswers
        Those of the scale, in which straight lines and odd patterns are.
    long_string : int or None
        From which length on a string counts as long.
    options : Sampling
        Intervals and disclosure rule.

    Returns
    -------
    CarelessAnswers
        Shares, and marks by respondent.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If `long_string` is no whole number of 2 or more.
    """
    asked = [item for item in survey.codebook.items if item in survey.frame]
    if not set(answers.items) <= set(asked):
        asked = list(answers.items)
    everything = survey.frame[asked].to_numpy(dtype=float, na_value=np.nan)
    runs = longest_strings(everything)
    least = _checked_run(long_string, len(asked))
    lengths = told_lengths(runs, _checked_run(None, len(asked)), options.rule)
    rows: list[Row] = []
    marked = {
        "share_long_string": runs >= least,
        "share_straight_line": straight_lines(answers.raw),
        "share_odd_pattern": odd_patterns(answers.values),
    }
    for name, marks in marked.items():
        counts = np.array([int(marks.sum()), int((~marks).sum())])
        hidden = suppress(counts, options.rule)
        if name == "share_long_string":
            hidden |= min(least, int(runs.max(initial=0)) + 1) not in lengths
        elif name == "share_straight_line":
            # Who gave one answer to all of a longer scale did so to a shorter one within it.
            hidden |= not stands_alone(survey, answers.items)
        rows += share_rows([name], ["respondents"], counts, hidden, options)
    note = (
        f"A string is long from {least} same answers in a row on, of {len(asked)} items in the "
        "order of the codebook."
    )
    own = {name.removeprefix("share_"): marks for name, marks in marked.items()}
    respondents = pd.DataFrame({"longest_string": runs, **own}, index=survey.frame.index)
    return CarelessAnswers(rows, respondents, note)


def told_lengths(runs: IntArray, usual: int, rule: DisclosureRule) -> set[int]:
    """
    Find from which lengths on strings may be counted: between any two of them lie no few.

    Shares of strings of at least so many and of at least one more tell how many are just as
    long. So the usual length is told, and others as far as enough respondents lie between.

    Parameters
    ----------
    runs : ndarray of shape (n_respondents,), int
        The longest string of each.
    usual : int
        The length that is taken where none is asked for.
    rule : DisclosureRule
        How many are enough.

    Returns
    -------
    set of int
        Up to one beyond the longest string, which nobody has.
    """
    least = [int((runs >= length).sum()) for length in range(int(runs.max(initial=0)) + 2)]
    told = set(range(len(least)))
    # What a smaller minimum does not tell, a larger one would tell beside it.
    for step in raised_to(rule, np.array([len(runs)])):
        told &= _lengths_at(least, usual, told, step.minimum)
    return told


def _lengths_at(least: list[int], usual: int, among: set[int], minimum: int) -> set[int]:
    """Choose lengths among some, at one minimum; nobody has the last one."""
    end = len(least) - 1
    usual = min(usual, end)
    is_first = usual in among and (least[usual] == 0 or least[usual] >= minimum)
    told = {usual if is_first else end}
    for length in sorted(among, reverse=True):
        if length < min(told) and least[length] - least[min(told)] >= minimum:
            told.add(length)
    for length in sorted(among):
        few = 0 < least[length] < minimum
        if length > max(told) and not few and least[max(told)] - least[length] >= minimum:
            told.add(length)
    return told


def stands_alone(survey: Survey, items: Sequence[str]) -> bool:
    """
    Say whether items are a scale of the codebook, and no other scale has any of them.

    Parameters
    ----------
    survey : Survey
        The answers.
    items : sequence of str
        Columns.

    Returns
    -------
    bool
        Whether numbers about these items have no others beside them to be subtracted from.
    """
    sharing = [one for one in survey.codebook.scales if set(one.items) & set(items)]
    return len(sharing) == 1 and set(sharing[0].items) == set(items)


def _checked_run(long_string: object, n_asked: int) -> int:
    if long_string is None:
        return max(_SHORTEST_RUN, -(-n_asked // 2))
    if isinstance(long_string, bool) or not isinstance(long_string, int | np.integer):
        raise ArgumentTypeError(f"long_string={long_string!r}: give a whole number.")
    if long_string < 2:
        raise ArgumentError(f"long_string={long_string!r}: a string has two answers at least.")
    return int(long_string)
