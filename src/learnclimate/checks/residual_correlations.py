"""Correlations of the items that a factor model leaves."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.measurement.polychoric_kernels import (
    fitted_correlations,
    item_thresholds,
    pair_tables,
)

FloatArray = npt.NDArray[np.float64]


def residual_correlation_draws(fit: FactorFit, chosen: npt.NDArray[np.int64]) -> FloatArray:
    """
    Polychoric correlations of the answers less those that the model implies.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws.

    Returns
    -------
    ndarray of shape (n_draws, n_pairs)
        Pair by pair of the upper triangle.
    """
    observed = observed_correlations(fit)
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
