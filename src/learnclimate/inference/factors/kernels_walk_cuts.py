"""Kernels that draw how far thresholds lie apart where hardly anybody's answer tells it."""

import math

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.kernels import factor_kernel
from learnclimate.inference.factors.kernels_walk_items import share_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Steps of the log of a distance in a sweep, half of them of either side, and how long they are.
_STEPS, _LENGTH = 4, 1.2


@factor_kernel
def _height(
    answers: IntArray, predictor: FloatArray, cuts: FloatArray, moved: tuple[int, int], logit: bool
) -> float:
    """Log probability of the answers that lie beside some of the thresholds."""
    first, last = moved
    n_cuts, total = len(cuts), 0.0
    for i in range(len(answers)):
        k = answers[i]
        if k < first or k > last + 1:
            continue
        a = cuts[k - 1] - predictor[i] if k > 0 else 0.0
        b = cuts[k] - predictor[i] if k < n_cuts else 0.0
        total += math.log(share_of(k, n_cuts, a, b, logit))
    return total


@factor_kernel
def _run(tied: BoolArray, k: int, above: bool) -> tuple[int, int]:
    """First and last of the thresholds that move where the distance below the k-th changes."""
    if above:
        last = k
        while last + 1 < len(tied) and tied[last + 1]:
            last += 1
        return k, last
    first = k - 1
    while first > 0 and tied[first]:
        first -= 1
    return first, k - 1


@factor_kernel
def draw_distances(
    answers: IntArray,
    predictor: FloatArray,
    cuts: FloatArray,
    tied: BoolArray,
    prior: tuple[float, bool],
    rng: np.random.Generator,
) -> None:
    """
    Draw the distances of tied thresholds to those below, by steps of their logs.

    A distance that hardly anybody's answer holds open lies near 0, where a normal proposal would
    seldom keep the order; and a threshold beyond which hardly anybody answered may lie anywhere
    out there. Newton steps of the whole item would stand still at either.

    Parameters
    ----------
    answers : ndarray of shape (n_respondents,), int
        Answers to an item from 0 up; -1 where left open.
    predictor : ndarray of shape (n_respondents,)
        Loadings times factors.
    cuts : ndarray of shape (n_cuts,)
        Thresholds in residual standard deviations; changed.
    tied : ndarray of shape (n_cuts,), bool
        Thresholds whose distance to the one below is drawn, with all tied to them.
    prior : tuple of (float, bool)
        Variance of what lies behind the answers, and whether the link is logistic.
    rng : numpy.random.Generator
        Random numbers.
    """
    square, logit = prior
    n_cuts, new = len(cuts), cuts.copy()
    for k in range(1, n_cuts):
        if not tied[k]:
            continue
        for step in range(_STEPS):
            first, last = _run(tied, k, step % 2 == 0)
            by = _LENGTH * rng.standard_normal()
            apart = (cuts[k] - cuts[k - 1]) * math.expm1(by)
            if step % 2 == 1:
                apart = -apart
            gain = by
            for one in range(first, last + 1):
                new[one] = cuts[one] + apart
                gain -= 0.5 * (new[one] ** 2 - cuts[one] ** 2) / square
            is_above = first == 0 or new[first] > cuts[first - 1]
            if is_above and (last + 1 == n_cuts or new[last] < cuts[last + 1]):
                gain += _height(answers, predictor, new, (first, last), logit)
                gain -= _height(answers, predictor, cuts, (first, last), logit)
            else:
                gain = -np.inf
            if math.log(rng.random()) < gain:
                cuts[first : last + 1] = new[first : last + 1]
            else:
                new[first : last + 1] = cuts[first : last + 1]
