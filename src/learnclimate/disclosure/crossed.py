"""Tables of two questions crossed, whose margins are both known: which cells to hide."""

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.rule import (
    BoolArray,
    DisclosureRule,
    is_protected,
    raised_to,
    too_small,
)

IntArray = npt.NDArray[np.int64]


def suppress_crossed(counts: npt.ArrayLike, rule: DisclosureRule) -> BoolArray:
    """
    Mark the cells to hide where the sums of all rows and of all columns count as known.

    Small cells are hidden, and in each row and column the next ones, until what is hidden there
    protects itself. Where the margins tell a small cell all the same, all are hidden.

    Parameters
    ----------
    counts : array_like of shape (n_rows, n_columns)
        Respondents of each cell.
    rule : DisclosureRule
        The rule; what a smaller minimum hides stays hidden.

    Returns
    -------
    ndarray of shape (n_rows, n_columns), bool
        Whether a cell is hidden.

    Examples
    --------
    >>> suppress_crossed([[20, 3], [30, 12], [25, 9]], DisclosureRule()).astype(int).tolist()
    [[1, 1], [1, 1], [0, 0]]
    """
    cells = np.asarray(counts)
    hidden = np.zeros(cells.shape, dtype=bool)
    for step in raised_to(rule, cells.ravel()):
        hidden = _grown(cells, hidden | too_small(cells, step), step)
        if (_determined(hidden) & too_small(cells, step)).any():
            return np.ones(cells.shape, dtype=bool)
    return hidden


def _grown(cells: IntArray, marked: BoolArray, rule: DisclosureRule) -> BoolArray:
    """Hide the next cells of rows and columns until each protects what it hides."""
    hidden = marked.copy()
    while True:
        before = hidden.copy()
        for counts, mask in ((cells, hidden), (cells.T, hidden.T)):
            for own, line in zip(counts, mask, strict=True):
                _grow_line(own, line, rule)
        if (hidden == before).all():
            return hidden


def _grow_line(counts: IntArray, hidden: BoolArray, rule: DisclosureRule) -> None:
    """Hide cells of one line, in place: those after the first hidden one, then those before."""
    first = int(np.argmax(hidden))
    for place in [*range(first + 1, len(counts)), *range(first)[::-1]]:
        own = counts[hidden]
        if not hidden.any() or is_protected(own[own > 0], rule):
            return
        hidden[place] |= counts[place] > 0


def _determined(hidden: BoolArray) -> BoolArray:
    """Mark the hidden cells that the sums of rows and columns tell."""
    places = np.argwhere(hidden)
    found = np.zeros(hidden.shape, dtype=bool)
    if not len(places):
        return found
    n_rows, n_columns = hidden.shape
    sums = np.zeros((n_rows + n_columns, len(places)))
    sums[places[:, 0], np.arange(len(places))] = 1
    sums[n_rows + places[:, 1], np.arange(len(places))] = 1
    _, values, vectors = np.linalg.svd(sums)
    free = vectors[int((values > 1e-9).sum()) :]
    found[tuple(places.T)] = (np.abs(free) < 1e-9).all(axis=0)
    return found
