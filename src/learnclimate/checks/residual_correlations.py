"""Correlations of the items that a factor model leaves."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from learnclimate.checks.open_moments import ToldMoments
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.measurement.bivariate_normal import bivariate_normal_cdf
from learnclimate.measurement.polychoric_kernels import (
    LIMIT,
    fitted_correlations,
    item_thresholds,
    pair_tables,
)

FloatArray = npt.NDArray[np.float64]

_HALVINGS = 40
#: Stands for a threshold that an item does not have: nobody answers above it.
_BEYOND = 40.0


def residual_correlation_draws(
    fit: FactorFit, chosen: npt.NDArray[np.int64], told: ToldMoments | None = None
) -> FloatArray:
    """
    Polychoric correlations of the answers less those that the model implies.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    told : ToldMoments, optional
        What the answers tell of pairs of items where some were left open.

    Returns
    -------
    ndarray of shape (n_draws, n_pairs)
        Pair by pair of the upper triangle.
    """
    observed = observed_correlations(fit)
    if told is not None:
        cuts = fit.design.n_categories - 1
        observed = correlations_of_moments(told.observed, cuts, told.n)
    found = parameters_of(fit, chosen)
    total = found.correlation + found.between
    covariance = np.einsum("sja,sab,skb->sjk", found.loadings, total, found.loadings)
    implied = covariance / (found.scale[:, :, None] * found.scale[:, None, :])
    first, second = np.triu_indices(implied.shape[1], 1)
    return np.asarray(observed - implied[:, first, second])


def observed_correlations(fit: FactorFit) -> FloatArray:
    """
    Polychoric correlations of the items, pair by pair.

    Parameters
    ----------
    fit : FactorFit
        The fit; tells the answers.

    Returns
    -------
    ndarray of shape (n_pairs,)
        Of the upper triangle.
    """
    categories = fit.design.categories
    most = int(fit.design.n_categories.max())
    marks = (categories[:, :, None] == np.arange(most)).astype(float)
    tables = pair_tables(marks)
    first, second = np.triu_indices(categories.shape[1], 1)
    cuts = item_thresholds(marks.sum(axis=0))
    return fitted_correlations(tables[first, :, second, :], cuts[first], cuts[second])


def correlations_of_moments(
    observed: FloatArray, n_cuts: npt.NDArray[np.int64], n: int
) -> FloatArray:
    """
    Polychoric correlations that give the mean products of two items' answers.

    Parameters
    ----------
    observed : ndarray of shape (n_moments,)
        Shares above the thresholds, item after item; then mean products, pair by pair.
    n_cuts : ndarray of shape (n_items,), int
        Thresholds of each item.
    n : int
        Respondents; no share is less than half of one.

    Returns
    -------
    ndarray of shape (n_pairs,)
        Of the upper triangle, at most `LIMIT` in size.
    """
    shares = np.split(observed, np.cumsum(n_cuts))
    cuts = np.full((len(n_cuts), int(n_cuts.max())), _BEYOND)
    for item, own in enumerate(shares[:-1]):
        # Shares are estimates, which may lie outside their bounds by chance.
        falling = np.minimum.accumulate(np.clip(own, 0.5 / n, 1 - 0.5 / n))
        cuts[item, : len(own)] = -ndtri(falling)
    first, second = np.triu_indices(len(n_cuts), 1)
    one, other = -cuts[first][:, :, None], -cuts[second][:, None, :]
    low = np.full(len(first), -LIMIT)
    high = -low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        product = bivariate_normal_cdf(one, other, middle[:, None, None]).sum(axis=(1, 2))
        less = product < shares[-1]
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    return np.asarray((low + high) / 2)
