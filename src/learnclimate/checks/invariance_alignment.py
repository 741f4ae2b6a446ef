"""Alignment of groups: means and spreads of factors under which most items agree."""

import numpy as np
import numpy.typing as npt
from scipy import optimize

from learnclimate.checks.invariance_layout import Layout

FloatArray = npt.NDArray[np.float64]

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
