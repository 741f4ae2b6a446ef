"""Answers that few or none gave in a group: how many of them equal measurement lets expect."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Of fewer answers beyond it, a threshold's posterior is too skewed to be taken for normal.
_FEW = 5
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Tail:
    """
    How many in a group answered beyond a threshold that few or none passed.

    Attributes
    ----------
    cut : int
        The threshold.
    above : bool
        Whether the answers above it are few, or those below it.
    beyond : int
        How many gave them.
    among : int
        Of how many: all, or those beyond the threshold further in.
    inner : int or None
        That threshold; None for all who answered.
    """

    cut: int
    above: bool
    beyond: int
    among: int
    inner: int | None


def tails_of(counts: FloatArray, first_cut: int) -> list[Tail]:
    """
    Find the thresholds of an item beyond which few or none answered, from the inside out.

    Parameters
    ----------
    counts : ndarray of shape (n_categories,)
        How many gave each answer.
    first_cut : int
        Place of the item's first threshold.

    Returns
    -------
    list of Tail
        Only those that tell something: beyond one that nobody passed there is nobody to ask.

    Examples
    --------
    >>> [(tail.cut, tail.beyond, tail.among) for tail in tails_of(np.array([40, 50, 3, 0]), 10)]
    [(11, 3, 93), (12, 0, 3)]
    """
    total, n_cuts = int(counts.sum()), len(counts) - 1
    below = np.cumsum(counts)[:-1].astype(int)
    found = []
    for above in (True, False):
        among, inner = total, None
        for cut in range(n_cuts) if above else range(n_cuts - 1, -1, -1):
            beyond = total - int(below[cut]) if above else int(below[cut])
            if beyond < _FEW and among:
                found.append(Tail(first_cut + cut, above, beyond, among, inner))
                among, inner = beyond, first_cut + cut
    return found


def tail_residuals(tails: list[Tail], heights: FloatArray) -> FloatArray:
    """
    Give signed roots of twice the log-likelihood that binomial counts lose by equality.

    Parameters
    ----------
    tails : list of Tail
        Counts.
    heights : ndarray of shape (n_cuts,)
        Thresholds expected under equality, in standard deviations of what lies behind the
        answers.

    Returns
    -------
    ndarray of shape (n_tails,)
        About standard normal if the thresholds are equal; nearer to 0 where nobody answered.
    """
    found = np.empty(len(tails))
    for place, tail in enumerate(tails):
        share = _share(heights, tail.cut, tail.above)
        if tail.inner is not None:
            share /= max(_share(heights, tail.inner, tail.above), _TINY)
        share = float(np.clip(share, _TINY, 1 - 1e-12))
        k, m = tail.beyond, tail.among
        lost = special.xlogy(k, k / (m * share))
        lost += special.xlogy(m - k, (m - k) / m) - (m - k) * np.log1p(-share)
        found[place] = np.sign(k - m * share) * np.sqrt(max(2 * lost, 0.0))
    return found


def _share(heights: FloatArray, cut: int, above: bool) -> float:
    return float(special.ndtr(-heights[cut] if above else heights[cut]))
