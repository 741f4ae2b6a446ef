"""Omega of ordered answers: how reliable the sum of the answers as they were given is."""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from learnclimate.measurement.answers import ScaleAnswers
from learnclimate.measurement.bivariate_normal import bivariate_normal_cdf
from learnclimate.measurement.factor_extraction import extracted
from learnclimate.measurement.polychoric_kernels import (
    fitted_correlations,
    indicators,
    item_thresholds,
    pair_tables,
)
from learnclimate.measurement.resampling import (
    MOST_FOR_WHOLE_DRAWS,
    bayesian_bootstrap_weights,
    first_order_share_draws,
    jackknife_weights,
)

FloatArray = npt.NDArray[np.float64]

#: Numbers held at once.
_BLOCK = 2_000_000
_ROUGH = 1e-5


def omega_ordinal(loadings: FloatArray, thresholds: FloatArray) -> FloatArray:
    """
    Reliability of the sum of ordered answers, from one factor of what lies behind them.

    The covariance of the sums of two parallel sets of answers, over the variance of one:
    both follow from the loadings and the thresholds. The variance is the model's, so that
    the share never passes 1.

    Parameters
    ----------
    loadings : ndarray of shape (n_models, n_items)
        Standardised loadings on the one factor.
    thresholds : ndarray of shape (n_models, n_items, n_categories - 1)
        Thresholds on a standard normal.

    Returns
    -------
    ndarray of shape (n_models,)
        Between 0 and 1.

    References
    ----------
    Green and Yang (2009), Reliability of summed item scores using structural equation
    modeling, Psychometrika 74, 155-167, doi 10.1007/s11336-008-9099-3 (equation 21).

    Examples
    --------
    >>> two = omega_ordinal(np.full((1, 2), 0.8), np.zeros((1, 2, 1)))
    >>> shared = np.arcsin(0.64) / (2 * np.pi)
    >>> bool(np.isclose(two[0], 4 * shared / (2 * 0.25 + 2 * shared)))
    True
    """
    n_models, n_items, n_cuts = thresholds.shape
    found = np.empty(n_models)
    width = max(1, _BLOCK // (n_items * n_cuts) ** 2)
    for start in range(0, n_models, width):
        some = slice(start, start + width)
        found[some] = _share(loadings[some], thresholds[some])
    return found


def _share(loadings: FloatArray, thresholds: FloatArray) -> FloatArray:
    n_models, n_items, n_cuts = thresholds.shape
    cuts = thresholds.reshape(n_models, -1)
    by_cut = np.repeat(loadings, n_cuts, axis=1)
    below = ndtr(cuts)
    apart = below[:, :, None] * below[:, None, :]
    together = bivariate_normal_cdf(
        cuts[:, :, None], cuts[:, None, :], by_cut[:, :, None] * by_cut[:, None, :]
    )
    item = np.repeat(np.arange(n_items), n_cuts)
    same = item[:, None] == item[None, :]
    alike = np.minimum(below[:, :, None], below[:, None, :])
    true = (together - apart).sum(axis=(1, 2))
    whole = (np.where(same, alike, together) - apart).sum(axis=(1, 2))
    return np.asarray(true / whole)


def omega_of_weighted(marks: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """
    Omega of ordered answers, with the respondents weighed in several ways.

    Polychoric correlations in two steps, then one factor by least squared residuals.

    Parameters
    ----------
    marks : ndarray of shape (n_respondents, n_items, n_categories)
        Which answer each gave; see `indicators`.
    weights : ndarray of shape (n_weightings, n_respondents), optional
        Weights; all 1 where left out.

    Returns
    -------
    ndarray of shape (n_weightings,)
        The coefficient.
    """
    n_items = marks.shape[1]
    first, second = np.triu_indices(n_items, 1)
    whole = pair_tables(marks)
    whole_cuts = item_thresholds(marks.sum(axis=0))
    at = fitted_correlations(whole[first, :, second, :], whole_cuts[first], whole_cuts[second])
    if weights is None:
        return _from_correlations(at[None], whole_cuts[None])
    n_weightings = len(weights)
    found = np.empty((n_weightings, len(first)))
    cuts = np.empty((n_weightings, *whole_cuts.shape))
    width = max(1, _BLOCK // whole.size)
    for start in range(0, n_weightings, width):
        some = weights[start : start + width]
        here = np.stack([_tables(marks, row, whole)[first, :, second, :] for row in some])
        cuts[start : start + width] = item_thresholds(np.tensordot(some, marks, axes=(1, 0)))
        own = cuts[start : start + width]
        shape = (-1, *here.shape[2:])
        fitted = fitted_correlations(
            here.reshape(shape),
            own[:, first].reshape(-1, own.shape[2]),
            own[:, second].reshape(-1, own.shape[2]),
            start=np.tile(at, len(some)),
            tolerance=_ROUGH,
        )
        found[start : start + width] = fitted.reshape(len(some), -1)
    return _from_correlations(found, cuts)


def _tables(marks: FloatArray, weights: FloatArray, whole: FloatArray) -> FloatArray:
    """Cross the items; where some respondents are left out, by taking theirs away."""
    left_out = weights == 0
    if (weights[~left_out] == 1).all():
        return np.asarray(whole - pair_tables(marks[left_out]))
    return pair_tables(marks, weights)


def _from_correlations(pairs: FloatArray, thresholds: FloatArray) -> FloatArray:
    n_models, n_items = thresholds.shape[:2]
    first, second = np.triu_indices(n_items, 1)
    matrices = np.broadcast_to(np.eye(n_items), (n_models, n_items, n_items)).copy()
    matrices[:, first, second] = matrices[:, second, first] = np.nan_to_num(pairs)
    loadings, _ = extracted(matrices, 1, "residuals")
    return omega_ordinal(loadings[:, :, 0], thresholds)


def omega_ordinal_draws(
    answers: ScaleAnswers, n_draws: int, rng: np.random.Generator
) -> tuple[float, FloatArray, FloatArray]:
    """
    Omega of the ordered answers: estimate, jackknife replicates and posterior draws.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers; what is missing is left out pair by pair.
    n_draws : int
        Draws of the Bayesian bootstrap over respondents.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    estimate : float
        The coefficient.
    replicates : ndarray of shape (n_groups,)
        With each group of respondents left out.
    draws : ndarray of shape (n_draws,)
        Posterior draws.
    """
    answered = ~np.isnan(answers.values).all(axis=1)
    values = answers.values[answered]
    marks = indicators(values, answers.scale.minimum, answers.n_categories)
    leave_out = jackknife_weights(rng, len(values))
    value = float(omega_of_weighted(marks)[0])
    replicates = omega_of_weighted(marks, leave_out)
    if len(answers.items) > MOST_FOR_WHOLE_DRAWS:
        return value, replicates, first_order_share_draws(value, replicates, n_draws, rng)
    weights = bayesian_bootstrap_weights(rng, n_draws, len(values))
    return value, replicates, omega_of_weighted(marks, weights)
