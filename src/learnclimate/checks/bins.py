"""Bins of counts in which no count of fewer respondents than allowed can be seen."""

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

_MOST_BINS = 25
_TAIL_FROM = 0.99


def count_bins(outcome: IntArray, multiplicity: npt.NDArray[np.float64], minimum: int) -> IntArray:
    """
    Choose bins of counts that hold enough respondents each.

    Single counts where enough respondents gave them, joined with their right-hand
    neighbours where not; wider bins where counts are large. The last bin is open, so
    that the largest count, one person's answer, is not told.

    Parameters
    ----------
    outcome : ndarray of shape (n_rows,), int
        Counts.
    multiplicity : ndarray of shape (n_rows,)
        Respondents of each row.
    minimum : int
        Respondents that each bin holds at least; a single bin where there are fewer.

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
    held = np.bincount(
        np.searchsorted(starts, outcome, side="right") - 1,
        weights=multiplicity,
        minlength=len(starts),
    )
    return _joined(starts, held, minimum)


def _joined(starts: IntArray, held: npt.NDArray[np.float64], minimum: int) -> IntArray:
    kept = [0]
    gathered = 0.0
    for start, respondents in zip(starts, held, strict=True):
        if gathered >= minimum:
            kept.append(int(start))
            gathered = 0.0
        gathered += respondents
    if gathered < minimum and len(kept) > 1:
        kept.pop()
    return np.array(kept, dtype=np.int64)


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
