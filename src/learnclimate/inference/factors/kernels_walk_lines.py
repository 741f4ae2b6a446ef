"""Kernels that draw one factor of everybody exactly, by lines over its log density."""

import math

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.kernels import factor_kernel
from learnclimate.inference.factors.kernels_walk_items import share_of
from learnclimate.inference.factors.kernels_walk_state import WalkData, WalkState

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_TINY = 1e-300


@factor_kernel
def _log_density(
    x: float, items: IntArray, state: WalkState, data: WalkData, at: tuple[int, int, float, float]
) -> float:
    """Log density of one respondent's factor given all else, a constant left out."""
    i, v, mean, sd = at
    found = -0.5 * ((x - mean) / sd) ** 2
    for j in items:
        k, n_cuts = data.answers[j, i], data.n_cuts[j]
        if k >= 0:
            own = state.loadings[j, v]
            a = state.cuts[j, k - 1] - own * x if k > 0 else 0.0
            b = state.cuts[j, k] - own * x if k < n_cuts else 0.0
            found += math.log(share_of(k, n_cuts, a, b, data.logit))
    return found


@factor_kernel
def _log_area(height: float, slope: float, length: float) -> float:
    """Log of the area under exp(height + slope x) for x from 0 to the length."""
    by = slope * length
    if abs(by) < 1e-6:
        return height + math.log(length) + 0.5 * by
    if by > 0:
        return height + by + math.log(-math.expm1(-by) / slope)
    return height + math.log(math.expm1(by) / slope)


@factor_kernel
def _place(u: float, slope: float, length: float) -> float:
    """Where a share u of that area is reached."""
    by = slope * length
    if abs(by) < 1e-6:
        return u * length
    if by > 0:
        return length + math.log(u + (1 - u) * math.exp(-by)) / slope
    return math.log1p(u * math.expm1(by)) / slope


@factor_kernel
def _hull(height: FloatArray, spacing: float, pieces: FloatArray) -> float:
    """
    Lay lines over a concave log density known at even nodes: between two nodes the lines beyond.

    Fills two pieces an interval: where it begins, height and slope there, length, area up to its
    end (relative to that under the highest piece). Gives the whole area.
    """
    n = len(height)
    top = height.max()
    total = 0.0
    for k in range(n - 1):
        rise = height[k + 1] - height[k]
        left = height[k] - height[k - 1] if k > 0 else np.inf
        right = height[k + 2] - height[k + 1] if k + 2 < n else -np.inf
        # From the left node on the line through it and the one before, to where it meets the
        # line through the right node and the one after; at an end there is one line alone.
        part = 1.0
        if k == 0:
            part = 0.0
        elif k + 2 < n and left > right + 1e-12:
            part = min(max((rise - right) / (left - right), 0.0), 1.0)
        at = height[k + 1] - right * (1 - part) if k + 2 < n else 0.0
        for side in range(2):
            piece = pieces[2 * k + side]
            long = (part if side == 0 else 1 - part) * spacing
            piece[0] = (k + (0.0 if side == 0 else part)) * spacing
            piece[1] = height[k] if side == 0 else at
            piece[2] = (left if side == 0 else right) / spacing
            piece[3] = long
            if long > 0:
                total += math.exp(_log_area(piece[1] - top, piece[2], long))
            piece[4] = total
    return total


@factor_kernel
def _draw_factor(
    state: WalkState,
    data: WalkData,
    items: IntArray,
    at: tuple[int, int, float, float],
    known: tuple[float, float, FloatArray, FloatArray],
    rng: np.random.Generator,
) -> None:
    """Draw one respondent's factor given all else, exactly: by lines over its log density."""
    start, spacing, height, pieces = known
    i, v, _, _ = at
    total = _hull(height, spacing, pieces)
    n_pieces = 2 * (len(height) - 1)
    while True:
        wanted = rng.random() * total
        low, high = 0, n_pieces - 1
        while low < high:
            middle = (low + high) // 2
            if pieces[middle, 4] < wanted:
                low = middle + 1
            else:
                high = middle
        begin, base, slope, length, _ = pieces[low]
        away = _place(rng.random(), slope, length)
        x = start + begin + away
        bound = base + slope * away
        if math.log(rng.random()) < _log_density(x, items, state, data, at) - bound:
            state.factors[i, v] = x
            return


@factor_kernel
def draw_by_lines(
    state: WalkState,
    data: WalkData,
    which: tuple[int, float],
    known: tuple[FloatArray, FloatArray, IntArray, FloatArray],
    rng: np.random.Generator,
) -> None:
    """
    Draw a factor of everybody given all else.

    Parameters
    ----------
    state : WalkState
        Where the chain is; the factor is changed.
    data : WalkData
        Answers and priors.
    which : tuple of (int, float)
        The factor, and its standard deviation given the others and the team.
    known : tuple of (ndarray, ndarray, ndarray, ndarray)
        Everybody's mean given these; even nodes; everybody's first node; everybody's densities
        at their own nodes, (n_respondents, n_own).
    rng : numpy.random.Generator
        Random numbers.

    References
    ----------
    Gilks and Wild (1992), doi 10.2307/2347565 (draws under lines over a concave log density).
    """
    v, sd = which
    mean, nodes, first, weight = known
    items = np.flatnonzero(data.loads[:, v])
    height = np.empty(weight.shape[1])
    pieces = np.empty((2 * (len(height) - 1), 5))
    for i in range(len(mean)):
        for k in range(len(height)):
            height[k] = math.log(max(weight[i, k], _TINY))
        lines = (nodes[first[i]], nodes[1] - nodes[0], height, pieces)
        _draw_factor(state, data, items, (i, v, mean[i], sd), lines, rng)
