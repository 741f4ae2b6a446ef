"""Groups within groups: what to hide where the total of each whole is known as well."""

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.rule import BoolArray, DisclosureRule, is_protected, suppress


def suppress_each(
    counts: npt.ArrayLike, divisions: npt.ArrayLike, rule: DisclosureRule
) -> BoolArray:
    """
    Mark the groups to hide where the same people are divided several times.

    The answers to two questions divide all respondents twice, and the total of each
    division, which is the same, counts as known.

    Parameters
    ----------
    counts : array_like of shape (n_groups,)
        Respondents of each group, for example of each answer.
    divisions : array_like of shape (n_groups,)
        The division of each group, for example the question.
    rule : DisclosureRule
        The rule.

    Returns
    -------
    ndarray of shape (n_groups,), bool
        Whether a group is hidden.

    Examples
    --------
    >>> suppress_each([3, 12, 8, 9], ["a", "a", "b", "b"], DisclosureRule()).tolist()
    [True, True, False, False]
    """
    sizes, labels = np.asarray(counts), np.asarray(divisions)
    hidden = np.zeros(len(sizes), dtype=bool)
    for division in np.unique(labels):
        inside = labels == division
        hidden[inside] = suppress(sizes[inside], rule)
    return hidden


def suppress_nested(
    counts: npt.ArrayLike, parents: npt.ArrayLike, rule: DisclosureRule
) -> BoolArray:
    """
    Mark the groups to hide where each lies in a parent, and the parents make up the whole.

    Parameters
    ----------
    counts : array_like of shape (n_groups,)
        Respondents of each group, for example of each team.
    parents : array_like of shape (n_groups,)
        What each group lies in, for example its department.
    rule : DisclosureRule
        The rule.

    Returns
    -------
    ndarray of shape (n_groups,), bool
        Whether a group is hidden, as by `suppress_hierarchy`.

    Examples
    --------
    >>> suppress_nested([3, 12, 8, 9], ["a", "a", "b", "b"], DisclosureRule()).tolist()
    [True, True, False, False]
    """
    return suppress_hierarchy(counts, parents, rule)[0]


def suppress_hierarchy(
    counts: npt.ArrayLike, parents: npt.ArrayLike, rule: DisclosureRule
) -> tuple[BoolArray, BoolArray]:
    """
    Mark the groups, and the parents, to hide where parents make up a whole that is known.

    Within a parent whose total is told, hidden groups protect each other. Where they
    cannot, as in a department that is one small team, the parent's total is hidden as
    well, and a group of another parent with that parent's total: else the whole, less all
    other parents, would tell it.

    Parameters
    ----------
    counts : array_like of shape (n_groups,)
        Respondents of each group, for example of each team.
    parents : array_like of shape (n_groups,)
        What each group lies in, for example its department.
    rule : DisclosureRule
        The rule.

    Returns
    -------
    groups : ndarray of shape (n_groups,), bool
        Whether a group is hidden.
    parents : ndarray of shape (n_groups,), bool
        Whether nothing may be told of the whole that the group lies in.

    Examples
    --------
    >>> groups, departments = suppress_hierarchy([3, 12, 8], ["a", "b", "b"], DisclosureRule())
    >>> groups.tolist(), departments.tolist()
    ([True, False, True], [True, True, True])
    """
    sizes = np.asarray(counts)
    names, parent = np.unique(np.asarray(parents), return_inverse=True)
    hidden = suppress_each(sizes, parent, rule)
    is_open = np.zeros(len(names), dtype=bool)
    for place in np.unique(parent[hidden]):
        is_open[place] = not is_protected(sizes[hidden & (parent == place)], rule)
    while is_open.any() and not is_protected(sizes[hidden & is_open[parent]], rule):
        opened = _next_parent(sizes, parent, hidden, is_open)
        if opened is None:
            break
        is_open[opened] = True
        inside = np.flatnonzero((parent == opened) & (sizes > 0))
        if not hidden[inside].any():
            hidden[inside[np.argmin(sizes[inside])]] = True
    return hidden, is_open[parent]


def _next_parent(
    sizes: npt.NDArray[np.int64],
    parent: npt.NDArray[np.intp],
    hidden: BoolArray,
    is_open: BoolArray,
) -> int | None:
    """Choose the parent to open next: one with hidden groups before others, then the smallest."""
    totals = np.bincount(parent, weights=sizes)
    holds_hidden = np.bincount(parent, weights=hidden) > 0
    left = np.flatnonzero(~is_open & (totals > 0))
    if not len(left):
        return None
    order = np.lexsort([totals[left], ~holds_hidden[left]])
    return int(left[order[0]])
