"""What a result about answers to items may tell: which numbers of respondents, which digits."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.open_numbers import (
    exactly_open,
    numbers_that_tell,
    tells_of_hidden_groups,
)
from learnclimate.disclosure.rounding import digits_that_hide
from learnclimate.disclosure.rule import (
    DEFAULT_MINIMUM,
    DisclosureRule,
    raised_to,
    rule_of,
    suppress_neighbours,
    too_small,
)
from learnclimate.measurement.crossed_items import TEAM_DIGITS, few_crossed

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FEW_OPEN = (
    "Figures of teams in which few left something open, and then of the study, are rounded: exact "
    "ones would tell how many."
)
FEW_ANSWERS = (
    "Figures are rounded, since few gave some answers, or two of them together: exact ones would "
    "tell how many."
)

FEW_TOGETHER = (
    "What is made of polychoric correlations is rounded, since few gave two answers together: "
    "exact figures would tell how many."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discretion:
    """
    What may be told of who answered.

    Exact figures are functions of the number of answers behind them, and tell it. So where a
    number may not be told, the figures beside it are rounded so far that any number, down to
    half of those asked, may be behind them.

    Attributes
    ----------
    asked : int
        How many the result is about, whether they answered or not.
    by_group : mapping of str to int
        And in each group, as a team.
    minimum : int
        Fewest who may be told of.
    left_open : frozenset of int
        Numbers of those who left something open that may not be told: few, or the only part of
        few in one group.
    digits : int or None
        Decimals of figures about the study where few left something open; None where none did.
    group_digits : mapping of str to int
        The same of each group in which few did.
    rare_digits : int or None
        Decimals of figures about answers as given where few gave one of them, or two together.
    team_digits : int or None
        Decimals of figures about every group where few gave two answers together: those of all
        groups, added up, would tell as much as those of the study.

    Examples
    --------
    >>> of_study = Discretion(asked=120, digits=2, left_open=frozenset({3}))
    >>> of_study.tells(117), of_study.tells(120), of_study.tells(100)
    (False, True, True)
    """

    asked: int
    by_group: Mapping[str, int] = field(default_factory=dict)
    minimum: int = DEFAULT_MINIMUM
    left_open: frozenset[int] = frozenset()
    digits: int | None = None
    group_digits: Mapping[str, int] = field(default_factory=dict)
    rare_digits: int | None = None
    team_digits: int | None = None

    def tells(self, number: int, group: str | None = None) -> bool:
        """
        Say whether a number of those who answered may be told.

        Parameters
        ----------
        number : int
            How many answered.
        group : str, optional
            In which group; in all where left out.

        Returns
        -------
        bool
            False where few did not answer, and, of all, where this would tell of few in one group.
        """
        # Of a fit from a file no group is known; its numbers were made such that they may be told.
        asked = self.asked if group is None else self.by_group.get(group, number)
        missing = asked - number
        if 0 < missing < self.minimum:
            return False
        # Of a group in which few left open so many and no more, other counts would tell them.
        hidden = group in self.group_digits if group is not None else missing in self.left_open
        return missing == 0 or not hidden

    @property
    def only_rare(self) -> bool:
        """Whether figures are rounded for nothing but answers that few gave."""
        return self.digits is None and not self.group_digits

    def decimals(self, group: str | None = None) -> int | None:
        """
        Say to how many decimals figures are told.

        Parameters
        ----------
        group : str, optional
            Of which group; of the study where left out.

        Returns
        -------
        int or None
            None where nothing is hidden.
        """
        whole = (self.digits, self.rare_digits)
        own = whole if group is None else (self.group_digits.get(group), self.team_digits)
        return min((digits for digits in own if digits is not None), default=None)

    def told(self, number: int, group: str | None = None) -> int:
        """
        Give a number of those who answered, or of those asked where it may not be told.

        Parameters
        ----------
        number : int
            How many answered.
        group : str, optional
            In which group; in all where left out.

        Returns
        -------
        int
            The one or the other.
        """
        if self.tells(number, group):
            return number
        return self.asked if group is None else self.by_group[group]

    def about_hidden_too(self, number: int) -> "Discretion":
        """
        Tell of all no more than roughly: some hidden groups are shown in answers of more people.

        Parameters
        ----------
        number : int
            How many answered.

        Returns
        -------
        Discretion
            Which tells neither this number nor exact figures about all.
        """
        digits = digits_that_hide(self.asked) if self.digits is None else self.digits
        return replace(self, left_open=self.left_open | {self.asked - number}, digits=digits)

    def open_words(self, number: int) -> str:
        """
        Tell how many left something open, or that this is not told.

        That they are few is not told either: in which groups some did is seen from their figures,
        and of fewer than five people in four groups one is in each.

        Parameters
        ----------
        number : int
            How many did.

        Returns
        -------
        str
            Of respondents.

        Examples
        --------
        >>> told = Discretion(asked=120, left_open=frozenset({3, 7}))
        >>> {told.open_words(number) for number in (3, 7)}, told.open_words(12)
        ({'some respondents (how many is not told)'}, '12 respondents')
        """
        if 0 < number < self.minimum or number in self.left_open:
            return "some respondents (how many is not told)"
        return f"{number} respondents"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What is told beside a result, and may be subtracted from it.

    Attributes
    ----------
    hidden : callable, optional
        Marks the groups of which nothing is told under a rule, in the order of their names.
    beside : ndarray of shape (n_respondents, n_others), bool, optional
        Which items of the same and of overlapping scales each left open.
    """

    hidden: Callable[[DisclosureRule], BoolArray] | None = None
    beside: BoolArray | None = None


def discretion_of(
    is_open: BoolArray,
    group: IntArray,
    names: Sequence[str],
    minimum: int,
    *,
    allowed: int | None = None,
    around: Surroundings | None = None,
) -> Discretion:
    """
    Find out what may be told, from what was left open and in which groups.

    Parameters
    ----------
    is_open : ndarray of shape (n_respondents, n_items), bool
        Which items each left open.
    group : ndarray of shape (n_respondents,), int
        The group of each; those of a negative one count in none.
    names : sequence of str
        The groups.
    minimum : int
        Fewest respondents who may be told of.
    allowed : int, optional
        How many items may be open before somebody counts as missing.
    around : Surroundings, optional
        What is told beside it.

    Returns
    -------
    Discretion
        About these respondents; `among` tells of some of the groups alone. A raised minimum
        hides what the default one does, and more.
    """
    around = around or Surroundings()
    counted = group >= 0
    beside = None if around.beside is None else around.beside[counted]
    is_open, group = is_open[counted], group[counted]
    n_items = is_open.shape[1]
    ways = _ways_of_missing(is_open, allowed)
    parts = np.zeros((len(names), ways.shape[1]), dtype=np.int64)
    np.add.at(parts, group, ways.astype(np.int64))
    asked = np.bincount(group, minlength=len(names)).astype(np.int64)
    totals = parts.sum(axis=0)
    untold: set[int] = set()
    of_group = np.zeros(len(names), dtype=bool)
    steps = list(raised_to(rule_of(minimum), np.array([len(is_open)])))
    for step in steps:
        # Of a group, whether somebody answered all of several items is not told of.
        of_group |= too_small(parts, step)[:, : 2 * n_items + 1].any(axis=1)
        of_group |= _few_patterns_by_group(is_open, group, len(names), step.minimum)
    for step in steps:
        hidden = np.zeros(len(names), dtype=bool)
        if around.hidden is not None:
            hidden = around.hidden(step) & (asked > 0)
        telling = tells_of_hidden_groups(parts, asked, hidden, step, flagged=of_group & ~hidden)
        telling |= (totals > 0) & (totals < step.minimum)
        untold.update(totals[telling].tolist())
        untold |= numbers_that_tell(is_open, step.minimum, beside)
    is_few = bool(of_group.any() or untold)
    return Discretion(
        asked=len(is_open),
        by_group=dict(zip(names, asked.tolist(), strict=True)),
        minimum=minimum,
        left_open=frozenset(untold),
        digits=digits_that_hide(len(is_open), n_items) if is_few else None,
        group_digits={
            name: digits_that_hide(int(size), n_items)
            for name, size, small in zip(names, asked, of_group, strict=True)
            if small
        },
    )


def beside_others(told: Discretion, is_open: BoolArray) -> Discretion:
    """
    Tell of groups no more than roughly where the rest, of whom nothing is told, left few open.

    Of all respondents another output tells how many left something open: less those of the groups
    it is those of the rest.

    Parameters
    ----------
    told : Discretion
        What may be told of the groups, judged by themselves.
    is_open : ndarray of shape (n_others, n_items), bool
        Which items the others left open.

    Returns
    -------
    Discretion
        The same where no number of theirs is few.
    """
    ways = np.column_stack([is_open, is_open.all(axis=1), is_open.any(axis=1)]).sum(axis=0)
    rule = rule_of(told.minimum)
    few = (too_small(ways, rule) | too_small(len(is_open) - ways, rule)) & (ways > 0)
    if not few.any():
        return told
    n_items = is_open.shape[1]
    by_group = {name: digits_that_hide(size, n_items) for name, size in told.by_group.items()}
    return replace(told, group_digits=by_group, digits=digits_that_hide(told.asked, n_items))


def _few_patterns_by_group(
    is_open: BoolArray, group: IntArray, n_groups: int, minimum: int
) -> BoolArray:
    """Mark the groups in which few left the same items open."""
    some = is_open.any(axis=1)
    rows = np.column_stack([group[some], is_open[some]])
    found, counts = np.unique(rows, axis=0, return_counts=True)
    marked = np.zeros(n_groups, dtype=bool)
    marked[found[counts < minimum, 0]] = True
    return marked


def with_rare_answers(
    told: Discretion, counts: Iterable[IntArray], values: FloatArray
) -> Discretion:
    """
    Round figures of answers as given where few gave one of them, or two together.

    Parameters
    ----------
    told : Discretion
        What may be told.
    counts : iterable of ndarray of shape (n_answers,), int
        How many gave each answer, item by item.
    values : ndarray of shape (n_respondents, n_items)
        The answers; not a number where left open.

    Returns
    -------
    Discretion
        The same where no answer is hidden.
    """
    rule, each = rule_of(told.minimum), list(counts)
    rare = any(suppress_neighbours(own, rule).any() for own in each)
    if few_crossed(values, told.minimum):
        told = replace(told, team_digits=TEAM_DIGITS)
    elif not rare and not few_crossed(values, told.minimum, in_digits=True):
        return told
    return replace(told, rare_digits=digits_that_hide(told.asked, len(each)))


def of_polychoric(told: Discretion, values: FloatArray) -> Discretion:
    """
    Round polychoric correlations, and what is made of them, where few gave two answers together.

    Parameters
    ----------
    told : Discretion
        What may be told.
    values : ndarray of shape (n_respondents, n_items)
        The answers; not a number where left open.

    Returns
    -------
    Discretion
        The same where no crossed table has a cell of few.
    """
    if told.rare_digits is not None or not few_crossed(values, told.minimum, of_any_size=True):
        return told
    return replace(told, rare_digits=digits_that_hide(told.asked, values.shape[1]))


def _ways_of_missing(is_open: BoolArray, allowed: int | None) -> BoolArray:
    """In which ways respondents can be missing: of an item, the scale, so many items, of two."""
    n_items = is_open.shape[1]
    how_many = is_open.sum(axis=1)
    most = n_items - 1 if allowed is None else allowed
    columns = [*is_open.T, how_many > most, *exactly_open(is_open).T, how_many > 0]
    columns += [
        is_open[:, one] | is_open[:, other] for one, other in combinations(range(n_items), 2)
    ]
    return np.column_stack(columns)
