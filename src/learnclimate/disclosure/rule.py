"""The minimum-group rule: which groups are too small to show, and what protects them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.numbers import is_whole

#: Respondents a group needs before anything about it is shown.
DEFAULT_MINIMUM = 5

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DisclosureRule:
    """
    How many respondents a group needs before anything about it is shown.

    Parameters
    ----------
    minimum : int, default 5
        Smallest group shown. It may be raised freely; below 5 needs a reason.
    reason : str, optional
        Why a smaller minimum is right here; recorded with the fit and the report.

    Raises
    ------
    ArgumentError
        If the minimum is below 1, or below 5 without a reason.

    References
    ----------
    Hundepool and others (2012), Statistical disclosure control,
    doi 10.1002/9781118348239.

    Examples
    --------
    >>> DisclosureRule(10)
    DisclosureRule(minimum=10, reason=None)
    """

    minimum: int = DEFAULT_MINIMUM
    reason: str | None = None

    def __post_init__(self) -> None:
        if not is_whole(self.minimum):
            raise ArgumentTypeError(f"DisclosureRule(minimum={self.minimum!r}): give a number.")
        if not isinstance(self.reason, str | None):
            raise ArgumentTypeError(f"DisclosureRule(reason={self.reason!r}): give a sentence.")
        if self.minimum < 1:
            raise ArgumentError("DisclosureRule: the minimum should be at least 1.")
        if self.minimum < DEFAULT_MINIMUM and not (self.reason or "").strip():
            raise ArgumentError(
                f"DisclosureRule(minimum={self.minimum}): below {DEFAULT_MINIMUM}, say why it is "
                "allowed: DisclosureRule(3, reason='public data')."
            )


def rule_of(minimum: int) -> DisclosureRule:
    """
    Give the rule of a minimum that was allowed before.

    Parameters
    ----------
    minimum : int
        Smallest group shown.

    Returns
    -------
    DisclosureRule
        Below the default its reason is recorded elsewhere.

    Examples
    --------
    >>> rule_of(8)
    DisclosureRule(minimum=8, reason=None)
    """
    reason = "as given" if minimum < DEFAULT_MINIMUM else None
    return DisclosureRule(minimum, reason=reason)


def too_small(counts: npt.ArrayLike, rule: DisclosureRule) -> BoolArray:
    """
    Mark groups below the minimum; empty groups hold nobody and are not marked.

    Parameters
    ----------
    counts : array_like of shape (n_groups,)
        Respondents of each group.
    rule : DisclosureRule
        The rule.

    Returns
    -------
    ndarray of shape (n_groups,), bool
        Whether a group is too small to show.

    Examples
    --------
    >>> too_small([0, 3, 12], DisclosureRule()).tolist()
    [False, True, False]
    """
    sizes = np.asarray(counts)
    return (sizes > 0) & (sizes < rule.minimum)


def suppress(
    counts: npt.ArrayLike, rule: DisclosureRule, *, order: npt.ArrayLike | None = None
) -> BoolArray:
    """
    Mark the groups to hide when their total is known, so that none can be subtracted out.

    Small groups are hidden, and as long as what is hidden together does not protect them
    (see `is_protected`), the nearest groups as well: those after the first small one in a fixed
    order, one by one, then those before it. The order has nothing to do with the sizes. Were it
    the next smallest group that protects, who knows the rule could reason: of two hidden groups
    of 12 people together beside a smallest shown one of 8, one has four people.

    A minimum above the default hides what the one below it hides, and more: else the tables of two
    minimums, laid side by side, could give a group away. One below the default stands alone.

    Parameters
    ----------
    counts : array_like of shape (n_groups,)
        Respondents of each group; their total counts as known.
    rule : DisclosureRule
        The rule.
    order : array_like of shape (n_groups,), optional
        What to sort the groups by, such as their names: all outputs about the same groups must
        sort them alike, or one would show what another hides. None takes them as they stand,
        as answers that have an order of their own.

    Returns
    -------
    ndarray of shape (n_groups,), bool
        Whether a group is hidden.

    References
    ----------
    Hundepool and others (2012), Statistical Disclosure Control,
    doi 10.1002/9781118348239.

    Examples
    --------
    >>> suppress([3, 12, 8], DisclosureRule()).tolist()
    [True, True, False]
    >>> suppress([3, 12, 8], DisclosureRule(), order=["Care", "Sales", "Finance"]).tolist()
    [True, False, True]
    """
    sizes = np.asarray(counts)
    places = in_order(len(sizes), order)
    hidden = np.zeros(len(sizes), dtype=bool)
    for step in raised_to(rule, sizes):
        hidden = with_protectors(sizes, hidden | too_small(sizes, step), step, places)
    return hidden


def raised_to(rule: DisclosureRule, sizes: npt.NDArray[np.number]) -> list[DisclosureRule]:
    """
    List the rules from the default minimum up, each of which hides what the one before hides.

    Parameters
    ----------
    rule : DisclosureRule
        The last one; one at or below the default minimum stands alone.
    sizes : ndarray of shape (n_groups,)
        Respondents of each group: a minimum that all together do not reach is the last that
        makes a difference.

    Returns
    -------
    list of DisclosureRule
        With rising minimums.

    Examples
    --------
    >>> [step.minimum for step in raised_to(DisclosureRule(7), np.array([3, 12]))]
    [5, 6, 7]
    >>> [step.minimum for step in raised_to(DisclosureRule(3, reason="public"), np.array([3]))]
    [3]
    """
    if rule.minimum <= DEFAULT_MINIMUM:
        return [rule]
    last = min(rule.minimum, max(int(sizes.sum()) + 1, DEFAULT_MINIMUM))
    return [DisclosureRule(minimum) for minimum in range(DEFAULT_MINIMUM, last + 1)]


def with_protectors(
    sizes: npt.NDArray[np.number],
    hidden: BoolArray,
    rule: DisclosureRule,
    places: npt.NDArray[np.intp],
) -> BoolArray:
    """
    Hide the nearest groups as well, until those that are hidden protect each other.

    Parameters
    ----------
    sizes : ndarray of shape (n_groups,)
        Respondents of each group.
    hidden : ndarray of shape (n_groups,), bool
        What is hidden anyhow.
    rule : DisclosureRule
        The rule.
    places : ndarray of shape (n_groups,), int
        The groups, first one first, as `in_order` gives them.

    Returns
    -------
    ndarray of shape (n_groups,), bool
        What is hidden; all but empty groups where nothing less protects.

    Examples
    --------
    >>> alone = np.array([False, True, False])
    >>> with_protectors(np.array([8, 3, 12]), alone, DisclosureRule(), np.arange(3)).tolist()
    [False, True, True]
    """
    found = hidden.copy()
    if not found.any():
        return found
    for group in places[nearest(found[places])]:
        if is_protected(sizes[found], rule):
            break
        if sizes[group] > 0:
            found[group] = True
    return found


def in_order(n_groups: int, order: npt.ArrayLike | None) -> npt.NDArray[np.intp]:
    """
    Sort groups by what orders them.

    Parameters
    ----------
    n_groups : int
        How many groups there are.
    order : array_like of shape (n_groups,) or None
        Names or places of the groups; None leaves them as they stand.

    Returns
    -------
    ndarray of shape (n_groups,), int
        The groups, first one first.

    Examples
    --------
    >>> in_order(3, ["Care", "Sales", "Finance"]).tolist()
    [0, 2, 1]
    """
    if order is None:
        return np.arange(n_groups)
    given = np.asarray(order)
    # Names are compared as text, whatever they are held in.
    names = given if given.dtype.kind in "iuf" else given.astype(str)
    return np.argsort(names, kind="stable")


def nearest(marked: BoolArray) -> npt.NDArray[np.intp]:
    """
    List the places around the first one that is marked.

    Parameters
    ----------
    marked : ndarray of shape (n_places,), bool
        The places.

    Returns
    -------
    ndarray of shape (n_places - 1,), int
        Those after it, then those before it, the nearest first.

    Examples
    --------
    >>> nearest(np.array([False, False, True, False])).tolist()
    [3, 1, 0]
    """
    first = int(np.argmax(marked))
    return np.concatenate([np.arange(first + 1, len(marked)), np.arange(first)[::-1]])


def suppress_neighbours(counts: npt.ArrayLike, rule: DisclosureRule) -> BoolArray:
    """
    Mark the answers to hide where cumulative shares are told, as by thresholds.

    As `suppress`, but all that protects a small group lies beside it: the answers next to it on
    the side of the middle, on both sides of one in the middle. The counts of all answers up to
    any that is shown then tell of hidden ones only together. Counted from the other end, or
    with answers added that nobody gave, the same answers are hidden: else an item turned round
    would show what it hides as it was asked. Raising the minimum never shows an answer, as in
    `suppress`.

    Parameters
    ----------
    counts : array_like of shape (n_answers,)
        Respondents who gave each answer, in the order of the answers.
    rule : DisclosureRule
        The rule.

    Returns
    -------
    ndarray of shape (n_answers,), bool
        Whether an answer is hidden; hidden answers side by side protect each other. One that
        nobody gave is hidden between hidden ones.

    Examples
    --------
    >>> suppress_neighbours([3, 40, 12, 30, 8], DisclosureRule()).tolist()
    [True, True, False, False, False]
    >>> suppress_neighbours([8, 30, 12, 40, 3], DisclosureRule()).tolist()
    [False, False, False, True, True]
    """
    sizes = np.asarray(counts)
    given = np.flatnonzero(sizes > 0)
    own = sizes[given]
    hidden = np.zeros(len(own), dtype=bool)
    for step in raised_to(rule, own):
        hidden = _with_neighbours(own, hidden | too_small(own, step), step)
    found = np.zeros(len(sizes), dtype=bool)
    for place in np.flatnonzero(hidden):
        end = given[place + 1] if place + 1 < len(given) and hidden[place + 1] else given[place] + 1
        found[given[place] : end] = True
    return found


def _with_neighbours(
    sizes: npt.NDArray[np.number], marked: BoolArray, rule: DisclosureRule
) -> BoolArray:
    """Hide what lies beside hidden answers, until those side by side protect each other."""
    hidden, n = marked.copy(), len(sizes)
    while True:
        before = hidden.copy()
        edges = np.flatnonzero(np.diff(np.concatenate([[False], before, [False]]).astype(np.int8)))
        for start, end in edges.reshape(-1, 2).tolist():
            if is_protected(sizes[start:end], rule):
                continue
            # From the run's middle to that of all answers; where they agree, to both sides.
            if end < n and (start + end <= n or start == 0):
                hidden[end] = True
            if start > 0 and (start + end >= n or end == n):
                hidden[start - 1] = True
        if (hidden == before).all():
            return hidden


def is_protected(hidden_counts: npt.ArrayLike, rule: DisclosureRule) -> bool:
    """
    Tell whether groups protect each other when the sum of their sizes is known.

    Parameters
    ----------
    hidden_counts : array_like of shape (n_hidden,)
        Respondents of each hidden group, none of them empty.
    rule : DisclosureRule
        The rule.

    Returns
    -------
    bool
        True where they are at least two, hold the minimum together, and their sum does not
        tell each of them: it is neither one respondent a group, nor the most that groups
        below the minimum can hold.

    Examples
    --------
    >>> is_protected([3, 8], DisclosureRule()), is_protected([3], DisclosureRule())
    (True, False)
    >>> is_protected([1, 1, 1, 1, 1], DisclosureRule()), is_protected([4, 4], DisclosureRule())
    (False, False)
    """
    sizes = np.asarray(hidden_counts)
    n_hidden, together = len(sizes), int(sizes.sum())
    is_told = together in (n_hidden, n_hidden * (rule.minimum - 1))
    return n_hidden > 1 and together >= rule.minimum and not is_told
