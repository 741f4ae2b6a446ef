"""Groups within groups: what to hide where the total of each whole is known as well."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.rule import (
    DEFAULT_MINIMUM,
    BoolArray,
    DisclosureRule,
    in_order,
    is_protected,
    nearest,
    raised_to,
    suppress,
    too_small,
    with_protectors,
)

IntArray = npt.NDArray[np.integer]


def suppress_teams(
    counts: npt.ArrayLike,
    rule: DisclosureRule,
    *,
    teams: npt.ArrayLike,
    departments: npt.ArrayLike | None = None,
) -> BoolArray:
    """
    Mark the teams to hide: small ones, and those that protect them from subtraction.

    Whatever tells of teams asks here, so that no two outputs hide different teams.

    Parameters
    ----------
    counts : array_like of shape (n_teams,)
        Respondents of each team.
    rule : DisclosureRule
        The rule.
    teams : array_like of shape (n_teams,)
        Their names, or their places among the names.
    departments : array_like of shape (n_teams,), optional
        The department of each team, where there are departments.

    Returns
    -------
    ndarray of shape (n_teams,), bool
        Whether a team is hidden.

    Examples
    --------
    >>> suppress_teams([12, 3, 8], DisclosureRule(), teams=["b", "a", "c"]).tolist()
    [True, True, False]
    """
    if departments is None:
        return suppress(counts, rule, order=teams)
    return suppress_hierarchy(counts, departments, rule, order=teams)[0]


def suppress_hierarchy(
    counts: npt.ArrayLike,
    parents: npt.ArrayLike,
    rule: DisclosureRule,
    *,
    order: npt.ArrayLike | None = None,
) -> tuple[BoolArray, BoolArray]:
    """
    Mark the groups, and the parents, to hide where parents make up a whole that is known.

    Within a parent whose total is told, hidden groups protect each other. Where they
    cannot, as in a department that is one small team, the parent's total is hidden as
    well, and a group of another parent with that parent's total: else the whole, less all
    other parents, would tell it. That other parent is one with hidden groups, where there is
    one, and of several the nearest after the first in the order of their names, then before
    it; the group is its first one. As in `suppress`, no size decides, and a raised minimum hides
    what a lower one hides.

    Parameters
    ----------
    counts : array_like of shape (n_groups,)
        Respondents of each group, for example of each team.
    parents : array_like of shape (n_groups,)
        What each group lies in, for example its department.
    rule : DisclosureRule
        The rule.
    order : array_like of shape (n_groups,), optional
        What to sort the groups by, as in `suppress`. Parents are sorted by their names.

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
    ([True, True, False], [True, True, True])
    """
    *_, (_, hidden, hidden_parents) = hierarchy_by_minimum(counts, parents, rule, order=order)
    return hidden, hidden_parents


def hierarchy_by_minimum(
    counts: npt.ArrayLike,
    parents: npt.ArrayLike,
    rule: DisclosureRule,
    *,
    order: npt.ArrayLike | None = None,
) -> Iterator[tuple[int, BoolArray, BoolArray]]:
    """
    Mark what to hide at every minimum from the default up to that of a rule.

    Parameters
    ----------
    counts : array_like of shape (n_groups,)
        Respondents of each group.
    parents : array_like of shape (n_groups,)
        What each group lies in.
    rule : DisclosureRule
        The last one; one below the default minimum stands alone.
    order : array_like of shape (n_groups,), optional
        What to sort the groups by, as in `suppress`.

    Yields
    ------
    minimum : int
        The minimum, rising; none further where all is hidden.
    groups : ndarray of shape (n_groups,), bool
        Whether a group is hidden: once it is, it stays so.
    parents : ndarray of shape (n_groups,), bool
        Whether nothing may be told of the whole that the group lies in, and likewise.

    Examples
    --------
    >>> for minimum, groups, _ in hierarchy_by_minimum([3, 9, 8], list("aaa"), DisclosureRule(7)):
    ...     print(minimum, groups.tolist())
    5 [True, True, False]
    6 [True, True, False]
    7 [True, True, True]
    """
    sizes, given = np.asarray(counts), np.asarray(parents)
    names = given if given.dtype.kind in "iuf" else given.astype(str)
    _, parent = np.unique(names, return_inverse=True)
    by = in_order(len(sizes), order).argsort()
    hidden = np.zeros(len(sizes), dtype=bool)
    is_open = np.zeros(int(parent.max(initial=-1)) + 1, dtype=bool)
    for step in raised_to(rule, sizes):
        study = _Study(sizes, parent, by, step)
        hidden = study.within_parents(hidden | too_small(sizes, step), is_open)
        alone = study.unprotected(hidden) & ~is_open
        hidden, is_open = study.across_parents(hidden, is_open | alone, alone)
        yield step.minimum, hidden, is_open[parent]
        if (hidden & is_open[parent])[sizes > 0].all():
            return


@dataclass(frozen=True, slots=True)
class _Study:
    """Groups in parents: sizes, places of the parents, places of the groups, and the rule."""

    sizes: IntArray
    parent: IntArray
    place: IntArray
    rule: DisclosureRule

    def unprotected(self, hidden: BoolArray) -> BoolArray:
        """Mark the parents whose hidden groups do not protect each other."""
        found = np.zeros(int(self.parent.max(initial=-1)) + 1, dtype=bool)
        for parent in np.unique(self.parent[hidden]):
            found[parent] = not is_protected(
                self.sizes[hidden & (self.parent == parent)], self.rule
            )
        return found

    def within_parents(self, hidden: BoolArray, is_open: BoolArray) -> BoolArray:
        """Hide the groups that protect others of their parent, where its total is told."""
        found = hidden.copy()
        for parent in np.unique(self.parent[hidden]):
            if not is_open[parent]:
                inside = self.parent == parent
                places = np.argsort(self.place[inside])
                found[inside] = with_protectors(
                    self.sizes[inside], found[inside], self.rule, places
                )
        return found

    def across_parents(
        self, hidden: BoolArray, is_open: BoolArray, alone: BoolArray
    ) -> tuple[BoolArray, BoolArray]:
        """Open parents until the hidden groups of all open ones protect each other."""
        hidden, is_open = hidden.copy(), is_open.copy()
        while is_open.any() and not self.is_protected(hidden, is_open, alone):
            opened = self.next_parent(hidden, is_open)
            if opened is None:
                return self.sizes > 0, is_open
            is_open[opened] = True
            inside = np.flatnonzero((self.parent == opened) & (self.sizes > 0))
            if not hidden[inside].any():
                hidden[inside[np.argmin(self.place[inside])]] = True
        return hidden, is_open

    def is_protected(self, hidden: BoolArray, is_open: BoolArray, alone: BoolArray) -> bool:
        """
        Tell whether the hidden groups of the open parents protect each other.

        Of a parent that was opened for others, who knows the rule knows that its hidden groups
        hold the minimum. A sum as small as that allows would tell him every small group, and so
        would one as large as it can be where all are small; sums one away from these are taken
        for them too, or that a further parent was opened would tell which it was.
        """
        own = hidden & is_open[self.parent]
        if not is_protected(self.sizes[own], self.rule):
            return False
        if self.rule.minimum > DEFAULT_MINIMUM:
            return self._is_protected_again(own, is_open)
        n_opened = int((is_open & ~alone).sum())
        if n_opened == 0:
            return True
        minimum, together = self.rule.minimum, int(self.sizes[own].sum())
        least = int((own & alone[self.parent]).sum()) + n_opened * minimum
        most = int(own.sum()) * (minimum - 1) - n_opened
        all_small = int(self.sizes[own].max()) < minimum
        return together > least + 1 and not (all_small and together >= most - 1)

    def _is_protected_again(self, own: BoolArray, is_open: BoolArray) -> bool:
        """
        Tell it at a raised minimum, from nothing but what the default minimum told.

        Which parents were opened for others, and whether all hidden groups are small, is not
        told: were more hidden just where that is so, the tables of two minimums would tell it
        between them. So the worst is taken to be the case: that all open parents but one were
        opened for others.
        """
        minimum, together = self.rule.minimum, int(self.sizes[own].sum())
        n_opened = int(is_open.sum()) - 1
        largest = int(np.bincount(self.parent[own]).max())
        most = int(own.sum()) * (minimum - 1)
        may_be_small = most - n_opened - 1 <= together <= most
        return n_opened == 0 or (together > largest + n_opened * minimum + 1 and not may_be_small)

    def next_parent(self, hidden: BoolArray, is_open: BoolArray) -> int | None:
        """Choose the parent to open next: one with hidden groups before others, then by place."""
        filled, holds_hidden = np.zeros((2, len(is_open)), dtype=bool)
        filled[self.parent[self.sizes > 0]] = True
        holds_hidden[self.parent[hidden]] = True
        left = nearest(is_open)
        left = left[filled[left] & ~is_open[left]]
        if not len(left):
            return None
        return int(left[np.argmax(holds_hidden[left])])
