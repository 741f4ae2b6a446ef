"""Minimum-distance tests of equal measurement in several groups, and their alignment."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_EPSILON = 0.01
_TINY = 1e-9


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
    """

    loadings: FloatArray
    thresholds: FloatArray
    known: BoolArray
    n_respondents: int


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
    bic_but_one : float
        The same where one item of one group, not known which, has parameters of its own.
    """

    statistic: float
    df: int
    p_value: float
    bic: float
    bic_but_one: float


def distance_test(groups: list[GroupItems], layout: Layout, level: str) -> DistanceTest:
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

    Returns
    -------
    DistanceTest
        The test against parameters that are free in every group (configural).

    References
    ----------
    Chamberlain (1982), doi 10.1016/0304-4076(82)90094-X (minimum distance).
    """
    sides = [_observed(group, level) for group in groups]

    def apart(free: FloatArray) -> FloatArray:
        expected = _expected(free, layout, level, len(groups))
        return np.concatenate(
            [
                root @ (value - _flat(part, group, level))
                for (value, root), part, group in zip(sides, expected, groups, strict=True)
            ]
        )

    start = _start(groups, layout, level)
    found = optimize.least_squares(apart, start, method="trf", x_scale="jac")
    statistic = float(2 * found.cost)
    free = int(np.linalg.matrix_rank(found.jac))
    n_values = sum(len(value) for value, _ in sides)
    df = n_values - free
    n = sum(group.n_respondents for group in groups)
    # Metric leaves the thresholds free: they count as in the configural model.
    left = 0 if level != "metric" else sum(int(group.known.sum()) for group in groups)
    bic = statistic + (free + left) * np.log(n)
    gains = [
        _gain(found.fun, found.jac, columns, float(np.log(n)))
        for columns in _columns_of_items(sides, groups, layout, level)
    ]
    but_one = bic - 2 * (special.logsumexp(np.array(gains) / 2) - np.log(len(gains)))
    return DistanceTest(
        statistic, df, float(special.chdtrc(df, statistic)), float(bic), float(but_one)
    )


def _columns_of_items(
    sides: list[tuple[FloatArray, FloatArray]], groups: list[GroupItems], layout: Layout, level: str
) -> list[FloatArray]:
    """For each item of each group: how its own parameters move what `distance_test` squares."""
    starts = np.cumsum([0, *(len(value) for value, _ in sides)])
    found = []
    for (_, root), group, start in zip(sides, groups, starts[:-1], strict=True):
        of_item = layout.loading_item
        if level != "metric":
            of_item = np.concatenate([of_item, layout.item_of_cut[group.known]])
        for item in range(layout.n_items):
            own = np.flatnonzero(of_item == item)
            columns = np.zeros((int(starts[-1]), len(own)))
            columns[start : start + len(root)] = root[:, own]
            found.append(columns)
    return found


def _gain(residual: FloatArray, slopes: FloatArray, columns: FloatArray, price: float) -> float:
    """By how much the distance falls where further columns are free, to first order, less price."""
    both = np.concatenate([slopes, columns], axis=1)
    left, sizes, _ = np.linalg.svd(both, full_matrices=False)
    basis = left[:, sizes > sizes[0] * _TINY]
    further = basis.shape[1] - int(np.linalg.matrix_rank(slopes))
    return float(((basis.T @ residual) ** 2).sum() - further * price)


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
    free = sum(group.loadings.shape[1] + int(group.known.sum()) for group in groups)
    return float(free * np.log(n))


def _observed(group: GroupItems, level: str) -> tuple[FloatArray, FloatArray]:
    """Posterior means, and the root of the inverse of their covariances."""
    draws = group.loadings
    if level != "metric":
        draws = np.concatenate([draws, group.thresholds[:, group.known]], axis=1)
    covariance = np.cov(draws, rowvar=False)
    return draws.mean(axis=0), np.linalg.cholesky(np.linalg.inv(covariance)).T


def _flat(part: tuple[FloatArray, FloatArray], group: GroupItems, level: str) -> FloatArray:
    loadings, thresholds = part
    return loadings if level == "metric" else np.concatenate([loadings, thresholds[group.known]])


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


def aligned(
    loadings: FloatArray,
    thresholds: FloatArray,
    sizes: FloatArray,
    layout: Layout,
    start: tuple[FloatArray, FloatArray] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """
    Find the means and spreads of the groups' factors under which most items agree.

    Differences count by the fourth root of their square: a few large ones are preferred to
    many small ones, so that a few items may differ without pulling the others along.

    Parameters
    ----------
    loadings : ndarray of shape (n_groups, n_loadings)
        Of each group by itself.
    thresholds : ndarray of shape (n_groups, n_cuts)
        Of each group by itself; not a number where nothing is known.
    sizes : ndarray of shape (n_groups,)
        Respondents.
    layout : Layout
        Which parameter is which.
    start : tuple of ndarray of shape (n_groups, n_factors), optional
        Spreads and means to start from.

    Returns
    -------
    spread, mean : ndarray of shape (n_groups, n_factors)
        Those of the first group are 1 and 0.

    References
    ----------
    Asparouhov and Muthén (2014), doi 10.1080/10705511.2014.919210.
    """
    n_groups, n_factors = len(loadings), layout.n_factors
    one, other = np.triu_indices(n_groups, 1)
    weight = np.sqrt(sizes[one] * sizes[other])
    weight = weight / weight.sum()

    def loss(free: FloatArray) -> float:
        spread, mean = _unpacked(free, n_groups, n_factors)
        own, cuts = common(loadings, thresholds, layout, (spread, mean))
        apart = _component(own[one] - own[other]).sum(axis=1)
        apart = apart + np.nansum(_component(cuts[one] - cuts[other]), axis=1)
        return float(weight @ apart)

    begin = _moments_start(loadings, thresholds, layout)
    if start is not None:
        begin = np.concatenate([np.log(start[0][1:]).ravel(), start[1][1:].ravel()])
    found = optimize.minimize(loss, begin, method="BFGS", options={"gtol": 1e-4})
    return _unpacked(found.x, n_groups, n_factors)


def common(
    loadings: FloatArray,
    thresholds: FloatArray,
    layout: Layout,
    groups: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """
    Put the parameters of groups on the scale of the first one's factors.

    Parameters
    ----------
    loadings : ndarray of shape (n_groups, n_loadings)
        Of each group by itself.
    thresholds : ndarray of shape (n_groups, n_cuts)
        Of each group by itself.
    layout : Layout
        Which parameter is which.
    groups : tuple of ndarray of shape (n_groups, n_factors)
        Standard deviations and means of their factors.

    Returns
    -------
    loadings, thresholds : ndarray
        On the common scale.
    """
    spread, mean = groups
    own = loadings / spread[:, layout.loading_factor]
    shift = np.zeros((len(loadings), layout.n_items))
    for place, item in enumerate(layout.loading_item):
        shift[:, item] += own[:, place] * mean[:, layout.loading_factor[place]]
    return own, thresholds + shift[:, layout.item_of_cut]


def _component(apart: FloatArray) -> FloatArray:
    return np.asarray((apart**2 + _EPSILON) ** 0.25)


def _unpacked(free: FloatArray, n_groups: int, n_factors: int) -> tuple[FloatArray, FloatArray]:
    spread, mean = np.ones((n_groups, n_factors)), np.zeros((n_groups, n_factors))
    half = (n_groups - 1) * n_factors
    spread[1:] = np.exp(free[:half].reshape(-1, n_factors))
    mean[1:] = free[half:].reshape(-1, n_factors)
    return spread, mean


def _moments_start(loadings: FloatArray, thresholds: FloatArray, layout: Layout) -> FloatArray:
    """Spreads by the ratio of mean loadings, means by the medians of the thresholds' shifts."""
    n_groups, n_factors = len(loadings), layout.n_factors
    spread, mean = np.zeros((n_groups - 1, n_factors)), np.zeros((n_groups - 1, n_factors))
    for factor in range(n_factors):
        own = layout.loading_factor == factor
        size = np.abs(loadings[:, own]).mean(axis=1)
        spread[:, factor] = np.log(size[1:] / size[0])
        items = np.unique(layout.loading_item[own])
        cuts = np.isin(layout.item_of_cut, items)
        shift = np.nanmedian(thresholds[0, cuts] - thresholds[1:, cuts], axis=1)
        mean[:, factor] = shift / size[0]
    return np.concatenate([spread.ravel(), mean.ravel()])
