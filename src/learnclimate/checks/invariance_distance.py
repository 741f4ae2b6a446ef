"""Minimum-distance tests of equal measurement in several groups."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg, optimize

from learnclimate.checks.invariance_layout import (
    THRESHOLDS,
    Apart,
    GroupItems,
    Layout,
    expected,
    heights,
    single_values,
    standing_of,
    start,
)
from learnclimate.checks.invariance_linear import Behind, Linear
from learnclimate.checks.invariance_robust import KNOWN, Scatter, judged
from learnclimate.checks.invariance_tails import Tail, tail_residuals

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DistanceTest:
    """
    How far the groups' own parameters lie from equal ones.

    Attributes
    ----------
    statistic : float
        Chi-squared if the parameters are equal, corrected for teams that are alike.
    df : int
        Degrees of freedom.
    p_value : float
        Probability of a larger one if they are equal.
    bic : float
        Statistic plus the penalty of the free parameters, up to what all levels share.
    distance : float
        The distance itself.
    linear : Linear
        What lies behind it.
    """

    statistic: float
    df: int
    p_value: float
    bic: float
    distance: float
    linear: Behind


def distance_test(
    groups: list[GroupItems],
    layout: Layout,
    level: str,
    apart_in: frozenset[Apart] = frozenset(),
) -> DistanceTest:
    """
    Test whether groups share parameters, but for means and spreads of their factors.

    Loadings are compared by their inverse hyperbolic sine. A loading in residual standard
    deviations is the less sure the larger it is, so that on its own scale large ones, with few
    standard errors between them, would hide that a small one is apart.

    Parameters
    ----------
    groups : list of GroupItems
        At least two.
    layout : Layout
        Which parameter is which.
    level : {"metric", "scalar", "strict"}
        What is equal: loadings; loadings and thresholds, up to a residual spread a group
        and item; that spread too.
    apart_in : frozenset of (item, group, part), default none
        Items of which the loadings or the thresholds have values of their own in a group
        (partial invariance).

    Returns
    -------
    DistanceTest
        The test against parameters that are free in every group (configural).

    References
    ----------
    Chamberlain (1982), doi 10.1016/0304-4076(82)90094-X (minimum distance).
    Hartlap, Simon and Schneider (2007), doi 10.1051/0004-6361:20066170 (inverse covariances).
    """
    kept = [_kept(place, group, layout, (level, apart_in)) for place, group in enumerate(groups)]
    sides = [_observed(group, layout, level, own) for group, own in zip(groups, kept, strict=True)]
    tails = [
        _compared_tails(place, groups, layout, (level, apart_in)) for place in range(len(kept))
    ]

    extra = single_values(apart_in, layout)

    def apart(free: FloatArray) -> FloatArray:
        common = expected(free, layout, level, (len(groups), extra))
        whole = [
            side.root @ (side.mean - _straight(_flat(part, level), layout)[own])
            for side, part, own in zip(sides, common, kept, strict=True)
        ]
        counted = [
            tail_residuals(own, heights(part, layout, group.correlation))
            for own, part, group in zip(tails, common, groups, strict=True)
        ]
        return np.concatenate(whole + counted)

    begin = start(groups, layout, level, len(extra))
    found = optimize.least_squares(apart, begin, method="trf", x_scale="jac")
    common = expected(found.x, layout, level, (len(groups), extra))
    left, size, _ = np.linalg.svd(found.jac, full_matrices=True)
    free = int((size > size[0] * max(found.jac.shape) * np.finfo(float).eps).sum())
    linear = _linear(
        (found.fun, left[:, free:], found.x, common), (groups, layout, level), (kept, sides, tails)
    )
    distance, n_values = float(2 * found.cost), len(found.fun)
    told = judged(distance, linear.basis, linear.scatter)
    n = sum(group.n_respondents for group in groups)
    # What a level leaves free counts as in the configural model.
    unasked = sum(group.n_values for group in groups) - n_values
    return DistanceTest(
        told.statistic,
        n_values - free,
        told.p_value,
        told.statistic + (free + unasked) * float(np.log(n)),
        distance,
        linear,
    )


def _linear(
    solution: tuple[FloatArray, FloatArray, FloatArray, list[tuple[FloatArray, FloatArray]]],
    compared: tuple[list[GroupItems], Layout, str],
    parts: tuple[list[BoolArray], "list[_Side]", list[list[Tail]]],
) -> Linear:
    groups, layout, level = compared
    kept, sides, tails = parts
    owner = _item_of_value(layout, level)
    is_cut = np.arange(len(owner)) >= len(layout.loading_item)
    cuts = [np.array([tail.cut for tail in own], dtype=np.int64) for own in tails]
    sizes = [len(side.mean) for side in sides]
    n_tails = [len(own) for own in cuts]
    every = np.arange(len(groups))
    values = [_flat(part, level)[own] for part, own in zip(solution[3], kept, strict=True)]
    roots = [side.root * _slope(value, layout) for side, value in zip(sides, values, strict=True)]
    moved = linalg.block_diag(*roots, np.eye(sum(n_tails)))
    return Linear(
        solution[0],
        solution[1],
        moved,
        # Counts in tails are left aside here.
        np.concatenate([*values, np.zeros(sum(n_tails))]),
        np.concatenate([*(owner[own] for own in kept), *(layout.item_of_cut[own] for own in cuts)]),
        np.concatenate([np.repeat(every, sizes), np.repeat(every, n_tails)]),
        np.concatenate([*(is_cut[own] for own in kept), np.ones(sum(n_tails), dtype=bool)]),
        np.arange(len(moved)) >= sum(sizes),
        standing_of(solution[2], layout, level, len(groups)),
        _scatter(groups, [side.by_raw for side in sides], kept, sum(n_tails)),
    )


def _scatter(
    groups: list[GroupItems], roots: list[FloatArray], kept: list[BoolArray], n_tails: int
) -> Scatter | None:
    """Put the pulls of teams into the units of the test; counts in tails are known to 1."""
    pulls = [group.pulls for group in groups if group.pulls is not None]
    if len(pulls) < len(groups):
        return None
    inside = np.stack([(own != 0).any(axis=1) for own in pulls])
    block = np.zeros(inside.shape[1], dtype=np.int64)
    if (inside.sum(axis=0) <= 1).all():
        block = inside.argmax(axis=0)
    whitened = [
        root @ own[:, : len(mask)][:, mask].T
        for root, own, mask in zip(roots, pulls, kept, strict=True)
    ]
    whole = linalg.block_diag(np.concatenate(whitened), np.eye(n_tails))
    return Scatter(whole, np.concatenate([block, np.full(n_tails, KNOWN)]))


def configural_bic(groups: list[GroupItems]) -> float:
    """
    Penalty of parameters that are free in every group.

    Parameters
    ----------
    groups : list of GroupItems
        The groups.

    Returns
    -------
    float
        As `DistanceTest.bic`, with a distance of 0.
    """
    n = sum(group.n_respondents for group in groups)
    free = sum(group.n_values for group in groups)
    return float(free * np.log(n))


def _item_of_value(layout: Layout, level: str) -> IntArray:
    if level == "metric":
        return layout.loading_item
    return np.concatenate([layout.loading_item, layout.item_of_cut])


def _kept(
    place: int, group: GroupItems, layout: Layout, which: tuple[str, frozenset[Apart]]
) -> BoolArray:
    """Mark the parameters of a group that a level compares, (n_loadings [+ n_cuts],)."""
    level, apart_in = which
    kept = np.ones(len(layout.loading_item), dtype=bool)
    if level != "metric":
        counted = np.zeros(len(group.known), dtype=bool)
        counted[[tail.cut for tail in group.tails]] = True
        told = group.known & ~counted & ~np.isin(layout.item_of_cut, _own(apart_in, place))
        kept = np.concatenate([kept, told])
    return np.asarray(kept)


def _own(apart_in: frozenset[Apart], group: int) -> list[int]:
    """List the items of which a group's thresholds are not compared."""
    return [item for item, there, part in apart_in if (there, part) == (group, THRESHOLDS)]


def _compared_tails(
    place: int,
    groups: list[GroupItems],
    layout: Layout,
    which: tuple[str, frozenset[Apart]],
) -> list[Tail]:
    """List the thresholds that few passed in a group, and of which others know something."""
    level, apart_in = which
    if level == "metric":
        return []
    elsewhere = [group.known for other, group in enumerate(groups) if other != place]
    known = np.any(elsewhere, axis=0)
    own = _own(apart_in, place)
    return [
        tail
        for tail in groups[place].tails
        if known[tail.cut] and int(layout.item_of_cut[tail.cut]) not in own
    ]


@dataclass(frozen=True, slots=True)
class _Side:
    """
    One group's posterior means, and the root of the inverse covariance; loadings straightened.

    `by_raw` is the root for small changes of loadings as they are, which teams pull.
    """

    mean: FloatArray
    root: FloatArray
    by_raw: FloatArray


def _observed(group: GroupItems, layout: Layout, level: str, kept: BoolArray) -> _Side:
    raw = group.loadings
    if level != "metric":
        raw = np.concatenate([raw, group.thresholds], axis=1)
    raw = raw[:, kept]
    draws = _straight(raw, layout)
    covariance = np.cov(draws, rowvar=False)
    # The inverse of a covariance of draws is too large on average, by a known factor.
    n_draws, n_values = draws.shape
    shrunk = max(n_draws - n_values - 2, 1) / (n_draws - 1)
    root = np.linalg.cholesky(shrunk * np.linalg.inv(covariance)).T
    return _Side(draws.mean(axis=0), root, root * _slope(raw.mean(axis=0), layout))


def _straight(values: FloatArray, layout: Layout) -> FloatArray:
    """Put loadings, the first of the values, on a scale on which they are about as sure."""
    n_loadings = len(layout.loading_item)
    found = values.copy()
    found[..., :n_loadings] = np.arcsinh(values[..., :n_loadings])
    return found


def _slope(values: FloatArray, layout: Layout) -> FloatArray:
    """Tell how much a straightened value moves with the value as it is, (n_values,)."""
    found = np.ones(len(values))
    n_loadings = len(layout.loading_item)
    found[:n_loadings] = 1 / np.sqrt(1 + values[:n_loadings] ** 2)
    return found


def _flat(part: tuple[FloatArray, FloatArray], level: str) -> FloatArray:
    loadings, thresholds = part
    return loadings if level == "metric" else np.concatenate([loadings, thresholds])
