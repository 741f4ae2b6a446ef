"""Alignment of groups: means and spreads of factors under which most items agree."""

import numpy as np
import numpy.typing as npt
from scipy import optimize

from learnclimate.checks.invariance_layout import Layout

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

_EPSILON = 0.01


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

    pairs = (one, other, weight / weight.sum())

    def loss(free: FloatArray) -> tuple[float, FloatArray]:
        return _loss(loadings, thresholds, layout, _unpacked(free, n_groups, n_factors), pairs)

    begin = _moments_start(loadings, thresholds, layout)
    if start is not None:
        begin = np.concatenate([np.log(start[0][1:]).ravel(), start[1][1:].ravel()])
    found = optimize.minimize(loss, begin, method="BFGS", jac=True, options={"gtol": 1e-4})
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


def _loss(
    loadings: FloatArray,
    thresholds: FloatArray,
    layout: Layout,
    standing: tuple[FloatArray, FloatArray],
    pairs: tuple[IntArray, IntArray, FloatArray],
) -> tuple[float, FloatArray]:
    """Add up how far pairs of groups are apart; slopes by log spreads and means after the first."""
    one, other, weight = pairs
    own, cuts = common(loadings, thresholds, layout, standing)
    total, slopes = 0.0, []
    for values in (own, cuts):
        apart = np.nan_to_num(values[one] - values[other])
        # A threshold unknown in one of the two adds a constant.
        size = (apart**2 + _EPSILON) ** 0.25
        total += float(weight @ size.sum(axis=1))
        by_pair = weight[:, None] * 0.5 * apart / size**3
        slope = np.zeros_like(values)
        np.add.at(slope, one, by_pair)
        np.subtract.at(slope, other, by_pair)
        slopes.append(slope)
    by_item = np.zeros((len(own), layout.n_items))
    np.add.at(by_item.T, layout.item_of_cut, slopes[1].T)
    by_shift = by_item[:, layout.loading_item]
    by_own = slopes[0] + by_shift * standing[1][:, layout.loading_factor]
    by_spread, by_mean = (np.zeros_like(standing[0]) for _ in range(2))
    np.add.at(by_spread.T, layout.loading_factor, (-by_own * own).T)
    np.add.at(by_mean.T, layout.loading_factor, (by_shift * own).T)
    return total, np.concatenate([by_spread[1:].ravel(), by_mean[1:].ravel()])


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
