"""Groups in an order of their own, such as levels: hidden in blocks, however they are counted."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.rule import (
    BoolArray,
    DisclosureRule,
    is_protected,
    raised_to,
    suppress_neighbours,
    too_small,
    with_protectors,
)

#: As many groups as a comparison needs.
_COMPARED = 2


def suppress_blocks(counts: npt.ArrayLike, rule: DisclosureRule) -> BoolArray:
    """
    Mark the groups to hide where they have an order of their own, in blocks side by side.

    As `suppress_neighbours`, for people who are counted in several ways, as all who gave a level
    and those of them who answered a kind: what any way hides is hidden, and every block protects
    its groups by each way of counting. So all outputs about the same groups hide the same ones,
    and whoever puts the groups of a block together tells nothing new. Where blocks would leave
    fewer than two groups, so that nothing could be compared, hidden groups protect each other
    wherever they stand, as in `suppress`.

    Parameters
    ----------
    counts : array_like of shape (n_groups,) or (n_ways, n_groups)
        Respondents of each group, lowest first.
    rule : DisclosureRule
        The rule.

    Returns
    -------
    ndarray of shape (n_groups,), bool
        Whether a group is hidden.

    Examples
    --------
    >>> suppress_blocks([3, 20, 30, 25, 20, 4], DisclosureRule()).tolist()
    [True, True, False, False, True, True]
    >>> suppress_blocks([3, 20, 30, 25, 4], DisclosureRule()).tolist()
    [True, False, False, False, True]
    >>> suppress_blocks([[18, 3, 25, 30, 9], [3, 3, 25, 30, 9]], DisclosureRule()).tolist()
    [True, True, True, False, False]
    """
    ways = np.atleast_2d(np.asarray(counts))
    hidden = np.zeros(ways.shape[1], dtype=bool)
    for step in raised_to(rule, ways.sum(axis=0)):
        in_blocks, anywhere = hidden.copy(), hidden.copy()
        for own in ways:
            in_blocks = in_blocks | too_small(own, step) | suppress_neighbours(own, step)
            anywhere = anywhere | too_small(own, step)
        in_blocks = _closed(ways, in_blocks, step)
        anywhere = _closed_anywhere(ways, anywhere, step)
        # Where blocks would leave nothing to compare, protectors need not be neighbours.
        left = [int((ways[:, ~marked] > 0).any(axis=0).sum()) for marked in (in_blocks, anywhere)]
        hidden = anywhere if left[0] < _COMPARED <= left[1] else in_blocks
    return hidden


def _closed_anywhere(
    ways: npt.NDArray[np.number], marked: BoolArray, rule: DisclosureRule
) -> BoolArray:
    """Hide the next groups until those that are hidden, taken together, protect each other."""
    hidden, places = marked.copy(), np.arange(len(marked))
    while True:
        before = hidden.copy()
        for own in ways:
            hidden = with_protectors(own, hidden, rule, places)
        if (hidden == before).all():
            return hidden


def blocks_of(hidden: npt.ArrayLike) -> list[list[int]]:
    """
    List the groups that are hidden side by side.

    Parameters
    ----------
    hidden : array_like of shape (n_groups,), bool
        Whether each is hidden, in order.

    Returns
    -------
    list of list of int
        Places of the groups of each block.

    Examples
    --------
    >>> blocks_of([True, True, False, True])
    [[0, 1], [3]]
    """
    blocks: list[list[int]] = []
    for place in np.flatnonzero(np.asarray(hidden)).tolist():
        if blocks and blocks[-1][-1] == place - 1:
            blocks[-1].append(place)
        else:
            blocks.append([place])
    return blocks


def blocks_named(labels: Sequence[str], hidden: npt.ArrayLike, counts: npt.ArrayLike) -> str:
    """
    Name what is hidden together, as what may be put together without telling more.

    Parameters
    ----------
    labels : sequence of str
        The groups, in order.
    hidden : array_like of shape (n_groups,), bool
        Whether each is hidden.
    counts : array_like of shape (n_groups,) or (n_ways, n_groups)
        Respondents of each group; NaN where a file does not tell.

    Returns
    -------
    str
        Each block, or all that is hidden where blocks do not protect by themselves.

    Examples
    --------
    >>> hidden, sizes = [True, True, False, True, True], [3, 20, 30, 25, 4]
    >>> blocks_named(["never", "yearly", "monthly", "weekly", "daily"], hidden, sizes)
    "'never' with 'yearly', and 'weekly' with 'daily'"
    >>> blocks_named(["never", "monthly", "daily"], [True, False, True], [3, 30, 4])
    "'never' with 'daily'"
    """
    blocks, ways = blocks_of(hidden), np.atleast_2d(np.asarray(counts, dtype=float))
    known = ways[:, np.asarray(hidden)]
    if np.isnan(known).any() or not all(
        _protects(ways[:, one], DisclosureRule()) for one in blocks
    ):
        blocks = [[place for block in blocks for place in block]]
    return ", and ".join(" with ".join(repr(labels[place]) for place in block) for block in blocks)


def _closed(ways: npt.NDArray[np.number], marked: BoolArray, rule: DisclosureRule) -> BoolArray:
    """Let blocks grow upwards, or downwards at the top, until each protects its groups."""
    hidden, n_groups = marked.copy(), len(marked)
    while True:
        alone = [block for block in blocks_of(hidden) if not _protects(ways[:, block], rule)]
        alone = [block for block in alone if len(block) < n_groups]
        if not alone:
            return hidden
        above = alone[0][-1] + 1
        hidden[above if above < n_groups else alone[0][0] - 1] = True


def _protects(ways: npt.NDArray[np.number], rule: DisclosureRule) -> bool:
    few = [own[own > 0] for own in ways if too_small(own, rule).any()]
    return all(is_protected(own, rule) for own in few)
