"""The minimum-group rule: which groups are too small to show, and what protects them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

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
        if self.minimum < 1:
            raise ArgumentError("DisclosureRule: the minimum should be at least 1.")
        if self.minimum < DEFAULT_MINIMUM and not (self.reason or "").strip():
            raise ArgumentError(
                f"DisclosureRule(minimum={self.minimum}): below {DEFAULT_MINIMUM}, say why it is "
                "allowed: DisclosureRule(3, reason='public data')."
            )


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


def at_every_minimum(
    rule: DisclosureRule, most: int, mark: Callable[[DisclosureRule], BoolArray]
) -> BoolArray:
    """
    Hide under a larger minimum whatever a smaller one hides.

    Each minimum alone may choose other groups to protect the small ones. Who holds a report
    under each, of the same answers, would else see in one what the other hides.

    Parameters
    ----------
    rule : DisclosureRule
        The rule.
    most : int
        A minimum from which on nothing more is hidden: the number of respondents and one.
    mark : callable
        Marks what is hidden under one minimum alone.

    Returns
    -------
    ndarray, bool
        What any minimum from the default up to the rule's hides. One below the default is
        taken alone: it has a reason, and tells more.

    Examples
    --------
    >>> marks = {5: [True, True, False], 6: [True, False, True]}
    >>> at_every_minimum(DisclosureRule(6), 30, lambda rule: np.array(marks[rule.minimum]))
    array([ True,  True,  True])
    """
    hidden = mark(rule)
    for minimum in range(DEFAULT_MINIMUM, min(rule.minimum, most + 1)):
        hidden = hidden | mark(replace(rule, minimum=minimum))
    return hidden


def suppress(
    counts: npt.ArrayLike, rule: DisclosureRule, *, order: npt.ArrayLike | None = None
) -> BoolArray:
    """
    Mark the groups to hide when their total is known, so that none can be subtracted out.

    Small groups are hidden, and as long as what is hidden together does not protect them
    (see `is_protected`), the nearest groups as well: those after the first small one in a fixed
    order, one by one, then those before it. The order has nothing to do with the sizes. Were it
    the next smallest group that protects, who knows the rule could reason: of two hidden groups
    of 12 people together beside a smallest shown one of 8, one has four people. What a
    smaller minimum hides stays hidden under a larger one (see `at_every_minimum`).

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
    return at_every_minimum(
        rule, int(sizes.sum()) + 1, lambda one: suppress_at(sizes, one, order=order)
    )


def suppress_at(
    counts: npt.ArrayLike, rule: DisclosureRule, *, order: npt.ArrayLike | None = None
) -> BoolArray:
    """
    Mark the groups to hide, were the rule's minimum the only one ever used.

    Parameters
    ----------
    counts : array_like of shape (n_groups,)
        Respondents of each group; their total counts as known.
    rule : DisclosureRule
        The rule.
    order : array_like of shape (n_groups,), optional
        As in `suppress`.

    Returns
    -------
    ndarray of shape (n_groups,), bool
        Whether a group is hidden.

    Examples
    --------
    >>> suppress_at([3, 20, 9, 30], DisclosureRule()).tolist()
    [True, True, False, False]
    >>> suppress_at([3, 20, 9, 30], DisclosureRule(12)).tolist()
    [True, False, True, False]
    """
    sizes = np.asarray(counts)
    hidden = too_small(sizes, rule)
    if not hidden.any():
        return hidden
    places = in_order(len(sizes), order)
    for group in places[nearest(hidden[places])]:
        if is_protected(sizes[hidden], rule):
            break
        if sizes[group] > 0:
            hidden[group] = True
    return hidden


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

    As `suppress`, but all that protects a small group lies beside it: the next answers, and
    where there is none the ones before. The counts of all answers up to any that is shown then
    tell of hidden ones only together.

    Parameters
    ----------
    counts : array_like of shape (n_answers,)
        Respondents who gave each answer, in the order of the answers.
    rule : DisclosureRule
        The rule.

    Returns
    -------
    ndarray of shape (n_answers,), bool
        Whether an answer is hidden; hidden answers side by side protect each other.

    Examples
    --------
    >>> suppress_neighbours([3, 40, 12, 30, 8], DisclosureRule()).tolist()
    [True, True, False, False, False]
    """
    sizes = np.asarray(counts)
    return at_every_minimum(rule, int(sizes.sum()) + 1, lambda one: _neighbours_at(sizes, one))


def _neighbours_at(sizes: npt.NDArray[np.int64], rule: DisclosureRule) -> BoolArray:
    hidden = too_small(sizes, rule)
    n = len(sizes)
    start = 0
    while start < n:
        if not hidden[start]:
            start += 1
            continue
        end = start + int(np.argmin(np.append(hidden[start:], False)))
        own = sizes[start:end]
        if is_protected(own[own > 0], rule) or (start, end) == (0, n):
            start = end
            continue
        chosen = end if end < n else start - 1
        hidden[chosen] = True
        start = min(start, chosen)
        # What was hidden before may now reach further back.
        while start > 0 and hidden[start - 1]:
            start -= 1
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
