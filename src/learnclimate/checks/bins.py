"""Bins of counts in which no count of fewer respondents than allowed can be seen."""

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule
from learnclimate.survey.option_blocks import sizes_by_version, starts_by_version, told_starts
from learnclimate.survey.outcome import Outcome

IntArray = npt.NDArray[np.int64]

#: Said of every comparison of answer options.
AT_LOWEST = (
    "Each answer is taken as the lowest count of its option; options that are hidden together, "
    "since few chose one, count as one."
)

_MOST_BINS = 25
_TAIL_FROM = 0.99


def option_starts(outcome: Outcome) -> IntArray | None:
    """
    List the lowest counts of the answer options that every version of a questionnaire tells.

    Parameters
    ----------
    outcome : Outcome
        How the outcome was asked.

    Returns
    -------
    ndarray of shape (n_options,), int, or None
        In order; None where answers are the counts themselves.

    Examples
    --------
    >>> option_starts(Outcome("n", bins=["none", "1-2", "3 or more"])).tolist()
    [0, 1, 3]
    """
    if outcome.top is not None:
        return np.arange(outcome.top + 1, dtype=np.int64)
    if not outcome.bins:
        return None
    starts = [set(own.tolist()) for own in starts_by_version(outcome)]
    return np.array(sorted(set.intersection(*starts)), dtype=np.int64)


def lowest_of_option(counts: IntArray, starts: IntArray) -> IntArray:
    """
    Tell counts as the lowest count of the option they belong to.

    Parameters
    ----------
    counts : ndarray, int
        Counts.
    starts : ndarray of shape (n_options,), int
        Lowest count of each option, the first 0.

    Returns
    -------
    ndarray of the shape of `counts`, int
        Lowest counts.

    Examples
    --------
    >>> lowest_of_option(np.array([0, 2, 9]), np.array([0, 1, 3])).tolist()
    [0, 1, 3]
    """
    return np.asarray(starts[np.searchsorted(starts, counts, side="right") - 1])


def told_bins(
    outcome: Outcome, design: CountDesign, rule: DisclosureRule
) -> tuple[IntArray, IntArray | None]:
    """
    Choose the bins in which counts are told, and what answers are told as.

    Parameters
    ----------
    outcome : Outcome
        How the outcome was asked.
    design : CountDesign
        The respondents; those whose level is unknown do not count.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    starts : ndarray of shape (n_bins,), int
        The lowest count of each bin, the first 0.
    asked : ndarray of shape (n_told,), int, or None
        What each answer is told as the lowest count of: its option, or several options that
        `describe` hides together, since a mean of the options themselves would tell how many
        chose each. None where answers are the counts themselves.
    """
    if outcome.bins:
        sizes = sizes_by_version(outcome, _one_each(design), _versions(design))
        starts = told_starts(outcome, sizes, rule)
        return starts, starts
    asked = option_starts(outcome)
    return count_bins(design.outcome, design.multiplicity, rule.minimum, asked), asked


def zeros_told(outcome: Outcome, asked: IntArray | None) -> bool:
    """
    Say whether zeros are told apart from other counts.

    Parameters
    ----------
    outcome : Outcome
        How the outcome was asked.
    asked : ndarray of shape (n_told,), int, or None
        As `told_bins` gives it.

    Returns
    -------
    bool
        False where the lowest option is told together with others.

    Examples
    --------
    >>> zeros_told(Outcome("n", bins=["none", "1-2", "3 or more"]), np.array([0, 3]))
    False
    """
    options = option_starts(outcome)
    return asked is None or options is None or bool((asked[1:2] == options[1:2]).all())


def _one_each(design: CountDesign) -> IntArray:
    return np.repeat(design.outcome, _times(design))


def _versions(design: CountDesign) -> IntArray | None:
    version = design.asked.version
    return None if version is None else np.repeat(version, _times(design))


def _times(design: CountDesign) -> IntArray:
    return np.rint(design.multiplicity).astype(np.int64)


def count_bins(
    outcome: IntArray,
    multiplicity: npt.NDArray[np.float64],
    minimum: int,
    asked: IntArray | None = None,
) -> IntArray:
    """
    Choose bins of counts that hold enough respondents each.

    Single counts where enough respondents gave them, joined with their right-hand
    neighbours where not; wider bins where counts are large. The last bin is open, so
    that the largest count, one person's answer, is not told. Bins of a larger minimum are
    whole bins of the smaller ones, down to the default, so that two tables tell no more than one.

    Parameters
    ----------
    outcome : ndarray of shape (n_rows,), int
        Counts.
    multiplicity : ndarray of shape (n_rows,)
        Respondents of each row.
    minimum : int
        Respondents that each bin holds at least; a single bin where there are fewer.
    asked : ndarray of shape (n_options,), int, optional
        Lowest count of each answer option; bins are then made of whole options.

    Returns
    -------
    ndarray of shape (n_bins,), int
        The lowest count of each bin, the first 0.

    Examples
    --------
    >>> count_bins(np.array([0] * 6 + [1] * 3 + [2] * 4 + [9]), np.ones(14), 5).tolist()
    [0, 1]
    """
    order = np.argsort(outcome, kind="stable")
    below = np.cumsum(multiplicity[order])
    last = np.searchsorted(below, _TAIL_FROM * below[-1]).clip(max=len(order) - 1)
    top = int(outcome[order][last])
    width = max(1, -(-(top + 1) // _MOST_BINS))
    starts = np.arange(0, top + 1, width)
    if asked is not None and len(asked) <= _MOST_BINS:
        starts = asked
    held = np.bincount(
        np.searchsorted(starts, outcome, side="right") - 1,
        weights=multiplicity,
        minlength=len(starts),
    )
    return _joined(starts, held, minimum)


def _joined(starts: IntArray, held: npt.NDArray[np.float64], minimum: int) -> IntArray:
    """Join bins in order; those of a larger minimum are whole bins of the one before it."""
    for step in _minimums(minimum, held):
        kept = _joined_at(held, step)
        held = np.add.reduceat(held, kept)
        starts = starts[kept]
    return starts


def _joined_at(held: npt.NDArray[np.float64], minimum: int) -> IntArray:
    kept = [0]
    gathered = 0.0
    for place, respondents in enumerate(held):
        if gathered >= minimum:
            kept.append(place)
            gathered = 0.0
        gathered += respondents
    if gathered < minimum and len(kept) > 1:
        kept.pop()
    return np.array(kept, dtype=np.int64)


def _minimums(minimum: int, held: npt.NDArray[np.float64]) -> range:
    """From the default up: else bins of two minimums, side by side, would tell small ones."""
    if minimum <= DEFAULT_MINIMUM:
        return range(minimum, minimum + 1)
    last = min(minimum, max(int(held.sum()) + 1, DEFAULT_MINIMUM))
    return range(DEFAULT_MINIMUM, last + 1)


def joined_edges(
    values: npt.NDArray[np.float64],
    edges: npt.NDArray[np.float64],
    minimum: int,
    apart: float = np.inf,
) -> npt.NDArray[np.float64]:
    """
    Join the bars of a histogram until each holds enough, from the top, where fewest are.

    Parameters
    ----------
    values : ndarray of shape (n_values,)
        What is counted, all of it between the first and the last edge.
    edges : ndarray of shape (n_bars + 1,)
        Edges, rising.
    minimum : int
        How many a bar holds at least; a single bar where there are fewer in all.
    apart : float, default inf
        An edge across which no bars are joined, where enough lie on both sides.

    Returns
    -------
    ndarray of shape (n_joined + 1,)
        Those edges that are left.

    Examples
    --------
    >>> values = np.array([0.1, 0.1, 0.2, 1.2, 1.3, 2.5, 3.5])
    >>> joined_edges(values, np.arange(5.0), 2).tolist()
    [0.0, 1.0, 2.0, 4.0]
    """
    held = np.histogram(values, edges)[0].astype(float)
    for step in _minimums(minimum, held):
        edges = _edges_at(values, edges, step, apart)
    return edges


def _edges_at(
    values: npt.NDArray[np.float64],
    edges: npt.NDArray[np.float64],
    minimum: int,
    apart: float = np.inf,
) -> npt.NDArray[np.float64]:
    held = np.histogram(values, edges)[0].astype(float)
    above = edges[:-1] >= apart - 1e-9
    split = int(np.argmax(above)) if above.any() else 0
    if min(held[:split].sum(), held[split:].sum()) >= minimum:
        lower = _edges_at(values[values < edges[split]], edges[: split + 1], minimum)
        upper = _edges_at(values[values >= edges[split]], edges[split:], minimum)
        return np.concatenate([lower[:-1], upper])
    # Bins are taken in order: here the uppermost come first.
    begin = _joined_at(held[::-1], minimum)
    return np.append(edges[0], edges[len(held) - begin[::-1]])


def bin_label(first: int, last: int | None, or_more: str = "{} or more") -> str:
    """
    Label a bin of counts.

    Parameters
    ----------
    first : int
        Its lowest count.
    last : int or None
        Its highest count; None for the open bin.
    or_more : str, default "{} or more"
        How an open bin is told.

    Returns
    -------
    str
        For example ``"3"``, ``"4–6"`` or ``"7 or more"``.

    Examples
    --------
    >>> bin_label(4, 6), bin_label(7, None)
    ('4–6', '7 or more')
    """
    if last is None:
        return or_more.format(first)
    if first == last:
        return str(first)
    return f"{first}–{last}"
