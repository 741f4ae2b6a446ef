"""Minimum-distance tests of equal measurement in several groups."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from learnclimate.checks.invariance_tails import Tail, tail_residuals

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class GroupItems:
    """
    The item parameters of one group, fitted by itself, its factors standardised.

    Attributes
    ----------
    loadings : ndarray of shape (n_draws, n_loadings)
        Free loadings, in residual standard deviations.
    thresholds : ndarray of shape (n_draws, n_cuts)
        In residual standard deviations.
    known : ndarray of shape (n_cuts,), bool
        Whether somebody in the group answered on either side of a threshold.
    n_respondents : int
        Size of the group.
    tails : tuple of Tail, default none
        Thresholds beyond which few or none answered, which are compared by their numbers.
    correlation : ndarray of shape (n_factors, n_factors), optional
        Of the group's factors, where there are several.
    """

    loadings: FloatArray
    thresholds: FloatArray
    known: BoolArray
    n_respondents: int
    tails: tuple[Tail, ...] = ()
    correlation: FloatArray | None = None

    @property
    def n_values(self) -> int:
        """How many parameters the answers tell of."""
        told = self.known.copy()
        told[[tail.cut for tail in self.tails]] = True
        return int(self.loadings.shape[1] + told.sum())


@dataclass(frozen=True, slots=True)
class Layout:
    """
    Which item and factor each parameter belongs to.

    Attributes
    ----------
    loading_item, loading_factor : ndarray of shape (n_loadings,), int
        Of each loading.
    item_of_cut : ndarray of shape (n_cuts,), int
        Of each threshold.
    n_items, n_factors : int
        Size.
    """

    loading_item: IntArray
    loading_factor: IntArray
    item_of_cut: IntArray
    n_items: int
    n_factors: int


@dataclass(frozen=True, slots=True)
class DistanceTest:
    """
    How far the groups' own parameters lie from equal ones.

    Attributes
    ----------
    statistic : float
        Chi-squared if the parameters are equal.
    df : int
        Degrees of freedom.
    p_value : float
        Probability of a larger one if they are equal.
    bic : float
        Statistic plus the penalty of the free parameters, up to what all levels share.
    strain : ndarray of shape (n_items, n_groups)
        Squared distances of each item's parameters in each group, in standard errors, summed.
    """

    statistic: float
    df: int
    p_value: float
    bic: float
    strain: FloatArray


def distance_test(
    groups: list[GroupItems],
    layout: Layout,
    level: str,
    apart_in: frozenset[tuple[int, int]] = frozenset(),
) -> DistanceTest:
    """
    Test whether groups share parameters, but for means and spreads of their factors.

    Parameters
    ----------
    groups : list of GroupItems
        At least two.
    layout : Layout
        Which parameter is which.
    level : {"metric", "scalar", "strict"}
        What is equal: loadings; loadings and thresholds, up to a residual spread a group
        and item; that spread too.
    apart_in : frozenset of (item, group), default none
        Items that have parameters of their own in a group (partial invariance).

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
    sides = [_observed(group, level, own) for group, own in zip(groups, kept, strict=True)]
    tails = [
        _compared_tails(place, groups, layout, (level, apart_in)) for place in range(len(kept))
    ]

    def counted(free: FloatArray) -> list[FloatArray]:
        expected = _expected(free, layout, level, len(groups))
        return [
            tail_residuals(own, _heights(part, layout, group.correlation))
            for own, part, group in zip(tails, expected, groups, strict=True)
        ]

    def differences(free: FloatArray) -> list[FloatArray]:
        expected = _expected(free, layout, level, len(groups))
        return [
            side.mean - _flat(part, level)[own]
            for side, part, own in zip(sides, expected, kept, strict=True)
        ]

    def apart(free: FloatArray) -> FloatArray:
        whole = [side.root @ own for side, own in zip(sides, differences(free), strict=True)]
        return np.concatenate(whole + (counted(free) if any(tails) else []))

    start = _start(groups, layout, level)
    found = optimize.least_squares(apart, start, method="trf", x_scale="jac")
    statistic = float(2 * found.cost)
    free = int(np.linalg.matrix_rank(found.jac))
    n_values = sum(len(side.mean) + len(own) for side, own in zip(sides, tails, strict=True))
    df = n_values - free
    n = sum(group.n_respondents for group in groups)
    # What a level leaves free counts as in the configural model.
    left = sum(group.n_values for group in groups) - n_values
    item = _item_of_value(layout, level)
    strain = [
        np.bincount(item[own], (away / side.sd) ** 2, minlength=layout.n_items)
        for side, away, own in zip(sides, differences(found.x), kept, strict=True)
    ]
    for place, (own, away) in enumerate(zip(tails, counted(found.x), strict=True)):
        np.add.at(strain[place], layout.item_of_cut[[tail.cut for tail in own]], away**2)
    return DistanceTest(
        statistic,
        df,
        float(special.chdtrc(df, statistic)),
        statistic + (free + left) * np.log(n),
        np.stack(strain, axis=1),
    )


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
    place: int, group: GroupItems, layout: Layout, which: tuple[str, frozenset[tuple[int, int]]]
) -> BoolArray:
    """Mark the parameters of a group that a level compares, (n_loadings [+ n_cuts],)."""
    level, apart_in = which
    known = np.ones(len(layout.loading_item), dtype=bool)
    if level != "metric":
        counted = np.zeros(len(group.known), dtype=bool)
        counted[[tail.cut for tail in group.tails]] = True
        known = np.concatenate([known, group.known & ~counted])
    own = [one for one, there in apart_in if there == place]
    return np.asarray(known & ~np.isin(_item_of_value(layout, level), own))


def _compared_tails(
    place: int,
    groups: list[GroupItems],
    layout: Layout,
    which: tuple[str, frozenset[tuple[int, int]]],
) -> list[Tail]:
    """List the thresholds that few passed in a group, and of which others know something."""
    level, apart_in = which
    if level == "metric":
        return []
    elsewhere = [group.known for other, group in enumerate(groups) if other != place]
    known = np.any(elsewhere, axis=0)
    return [
        tail
        for tail in groups[place].tails
        if known[tail.cut] and (int(layout.item_of_cut[tail.cut]), place) not in apart_in
    ]


def _heights(
    part: tuple[FloatArray, FloatArray], layout: Layout, correlation: FloatArray | None
) -> FloatArray:
    """Put thresholds into standard deviations of what lies behind the answers, (n_cuts,)."""
    loadings, thresholds = part
    by_factor = np.zeros((layout.n_items, layout.n_factors))
    by_factor[layout.loading_item, layout.loading_factor] = loadings
    turned = by_factor if correlation is None else by_factor @ correlation
    scale = np.sqrt(1 + (turned * by_factor).sum(axis=1))
    return np.asarray(thresholds / scale[layout.item_of_cut])


@dataclass(frozen=True, slots=True)
class _Side:
    """One group's posterior means, their errors, and the root of the inverse covariance."""

    mean: FloatArray
    sd: FloatArray
    root: FloatArray


def _observed(group: GroupItems, level: str, kept: BoolArray) -> _Side:
    draws = group.loadings
    if level != "metric":
        draws = np.concatenate([draws, group.thresholds], axis=1)
    draws = draws[:, kept]
    covariance = np.cov(draws, rowvar=False)
    # The inverse of a covariance of draws is too large on average, by a known factor.
    n_draws, n_values = draws.shape
    shrunk = max(n_draws - n_values - 2, 1) / (n_draws - 1)
    root = np.linalg.cholesky(shrunk * np.linalg.inv(covariance)).T
    return _Side(draws.mean(axis=0), np.sqrt(np.diag(covariance)), root)


def _flat(part: tuple[FloatArray, FloatArray], level: str) -> FloatArray:
    loadings, thresholds = part
    return loadings if level == "metric" else np.concatenate([loadings, thresholds])


def _expected(
    free: FloatArray, layout: Layout, level: str, n_groups: int
) -> list[tuple[FloatArray, FloatArray]]:
    n_loadings, n_cuts = len(layout.loading_item), len(layout.item_of_cut)
    loadings, rest = free[:n_loadings], free[n_loadings:]
    thresholds = np.zeros(n_cuts)
    if level != "metric":
        thresholds, rest = rest[:n_cuts], rest[n_cuts:]
    per_group = layout.n_factors * (1 if level == "metric" else 2)
    per_group += layout.n_items if level == "scalar" else 0
    found = []
    for group in range(n_groups):
        own = np.zeros(per_group) if group == 0 else rest[(group - 1) * per_group :][:per_group]
        spread = np.exp(own[: layout.n_factors])
        mean, residual = np.zeros(layout.n_factors), np.ones(layout.n_items)
        if level != "metric":
            mean = own[layout.n_factors : 2 * layout.n_factors]
        if level == "scalar":
            residual = np.exp(own[2 * layout.n_factors :])
        found.append(transformed(loadings, thresholds, layout, (spread, mean, residual)))
    return found


def transformed(
    loadings: FloatArray,
    thresholds: FloatArray,
    layout: Layout,
    group: tuple[FloatArray, FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """
    Turn common parameters into those that a group would show with standardised factors.

    Parameters
    ----------
    loadings : ndarray of shape (n_loadings,)
        Common loadings.
    thresholds : ndarray of shape (n_cuts,)
        Common thresholds.
    layout : Layout
        Which is which.
    group : tuple of ndarray
        Standard deviations and means of the group's factors, and residual standard
        deviations of its items.

    Returns
    -------
    loadings, thresholds : ndarray
        Of the group.
    """
    spread, mean, residual = group
    own = loadings * spread[layout.loading_factor] / residual[layout.loading_item]
    shift = np.bincount(
        layout.loading_item, loadings * mean[layout.loading_factor], minlength=layout.n_items
    )
    return own, (thresholds - shift[layout.item_of_cut]) / residual[layout.item_of_cut]


def _start(groups: list[GroupItems], layout: Layout, level: str) -> FloatArray:
    first = groups[0]
    parts = [first.loadings.mean(axis=0)]
    per_group = layout.n_factors
    if level != "metric":
        parts.append(first.thresholds.mean(axis=0))
        per_group = 2 * layout.n_factors + (layout.n_items if level == "scalar" else 0)
    return np.concatenate([*parts, np.zeros(per_group * (len(groups) - 1))])
