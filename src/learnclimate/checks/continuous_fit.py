"""Fit of a factor model of continuous items: chi-squared, and densities of respondents."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.checks.limited_information import LimitedFit, weight_beyond
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.measurement.factor_design import FactorDesign

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_STEP = 1e-5


@dataclass(frozen=True, slots=True)
class Normal:
    """
    What a model of continuous items implies for them.

    Attributes
    ----------
    means : ndarray of shape (n_draws, n_items)
        Means.
    covariances : ndarray of shape (n_draws, n_items, n_items)
        Covariances.
    """

    means: FloatArray
    covariances: FloatArray


def implied_normal(fit: FactorFit, chosen: IntArray) -> Normal:
    """
    Give the means and covariances that a model of one level implies.

    Parameters
    ----------
    fit : FactorFit
        The fit, of continuous items.
    chosen : ndarray of shape (n_draws,), int
        At which draws.

    Returns
    -------
    Normal
        Of the items.
    """
    found, posterior = parameters_of(fit, chosen), fit.draws["posterior"]
    mean, sd = (
        posterior[name].to_numpy().reshape(-1, len(fit.design.items))[chosen]
        for name in ("item_means", "residual_sd")
    )
    return Normal(mean, normal_covariances(found.loadings, found.correlation, sd))


def normal_covariances(loadings: FloatArray, correlation: FloatArray, sd: FloatArray) -> FloatArray:
    """
    Give the covariances of continuous items.

    Parameters
    ----------
    loadings : ndarray of shape (..., n_items, n_factors)
        In residual standard deviations.
    correlation : ndarray of shape (..., n_factors, n_factors)
        Of the factors.
    sd : ndarray of shape (..., n_items)
        Residual standard deviations.

    Returns
    -------
    ndarray of shape (..., n_items, n_items)
        Covariances.
    """
    common = loadings @ correlation @ np.swapaxes(loadings, -1, -2)
    return np.asarray(sd[..., :, None] * sd[..., None, :] * (common + np.eye(sd.shape[-1])))


def discrepancy(sample: FloatArray, implied: FloatArray) -> FloatArray:
    """
    Distance of normal theory between covariances.

    Parameters
    ----------
    sample : ndarray of shape (n_items, n_items)
        Of the answers, by the number of respondents.
    implied : ndarray of shape (..., n_items, n_items)
        Of the model.

    Returns
    -------
    ndarray of shape (...,)
        Times the number of respondents, it is chi-squared at the most likely parameters.

    References
    ----------
    Jöreskog (1969), doi 10.1007/BF02289343.

    Examples
    --------
    >>> float(discrepancy(np.eye(2), np.eye(2)))
    0.0
    """
    trace = np.einsum(
        "...ii->...", np.linalg.solve(implied, np.broadcast_to(sample, implied.shape))
    )
    logs = np.linalg.slogdet(implied)[1] - np.linalg.slogdet(sample)[1]
    return np.asarray(logs + trace - len(sample))


def best_fit(fit: FactorFit, complete: FloatArray) -> LimitedFit:
    """
    Chi-squared of the model at the most likely parameters, close to the posterior mean.

    Parameters
    ----------
    fit : FactorFit
        The fit, of continuous items and one level.
    complete : ndarray of shape (n_respondents, n_items)
        Answers without gaps.

    Returns
    -------
    LimitedFit
        The test. One step of scoring tells what the posterior mean lacks.
    """
    design, n = fit.design, len(complete)
    found = parameters_of(fit)
    posterior = fit.draws["posterior"]
    sd = posterior["residual_sd"].to_numpy().reshape(-1, len(design.items)).mean(axis=0)
    at = (found.loadings[0], found.correlation[0], sd)
    sample = np.cov(complete.T, bias=True)
    implied = normal_covariances(*at)
    first, second = np.tril_indices(len(sample))
    residual = (sample - implied)[first, second]
    slopes = covariance_slopes(at, design)[:, first, second].T
    covariance = (
        implied[np.ix_(first, first)] * implied[np.ix_(second, second)]
        + implied[np.ix_(first, second)] * implied[np.ix_(second, first)]
    )
    weight, taken_up = weight_beyond(covariance, slopes)
    gained = residual @ (np.linalg.inv(covariance) - weight) @ residual
    statistic = float(n * (discrepancy(sample, implied) - gained))
    df = len(residual) - taken_up
    p_value = float(special.chdtrc(df, statistic)) if df > 0 else float("nan")
    return LimitedFit(statistic, df, p_value)


def covariance_slopes(
    at: tuple[FloatArray, FloatArray, FloatArray], design: FactorDesign
) -> FloatArray:
    """
    Differentiate the covariances, by differences.

    Parameters
    ----------
    at : tuple of ndarray
        Loadings, correlations and residual standard deviations, as `normal_covariances` takes
        them.
    design : FactorDesign
        Which loadings there are.

    Returns
    -------
    ndarray of shape (n_parameters, n_items, n_items)
        By loadings, correlations and residual standard deviations.
    """
    lower = np.tril_indices(design.n_factors, -1)
    moves: list[tuple[int, tuple[int, ...]]] = [
        (0, (int(item), int(factor)))
        for item, factor in zip(design.loading_item, design.loading_factor, strict=True)
    ]
    moves += [(1, (int(row), int(column))) for row, column in zip(*lower, strict=True)]
    moves += [(2, (item,)) for item in range(len(design.items))]

    def moved(which: int, place: tuple[int, ...], step: float) -> FloatArray:
        own = [part.copy() for part in at]
        own[which][place] += step
        if which == 1:
            own[1][place[::-1]] += step
        return normal_covariances(own[0], own[1], own[2])

    return np.stack(
        [
            (moved(which, place, _STEP) - moved(which, place, -_STEP)) / (2 * _STEP)
            for which, place in moves
        ]
    )


def independent_fit(complete: FloatArray) -> LimitedFit:
    """
    Chi-squared of the model in which items go together with nothing.

    Parameters
    ----------
    complete : ndarray of shape (n_respondents, n_items)
        Answers without gaps.

    Returns
    -------
    LimitedFit
        The test.
    """
    n, n_items = complete.shape
    statistic = float(-n * np.linalg.slogdet(np.corrcoef(complete.T))[1])
    df = n_items * (n_items - 1) // 2
    return LimitedFit(statistic, df, float(special.chdtrc(df, statistic)))


def normal_respondents(fit: FactorFit, chosen: IntArray) -> FloatArray:
    """
    Compute how likely a model of continuous items makes each respondent's answers.

    Parameters
    ----------
    fit : FactorFit
        The fit, of one level.
    chosen : ndarray of shape (n_draws,), int
        At which draws.

    Returns
    -------
    ndarray of shape (n_respondents, n_draws)
        Log densities of those who answered an item at least.
    """
    values = fit.design.numbers[fit.design.answered]
    known = np.isfinite(values)
    implied = implied_normal(fit, chosen)
    logs = np.empty((len(values), len(chosen)))
    patterns, of_respondent = np.unique(known, axis=0, return_inverse=True)
    for place, pattern in enumerate(patterns):
        own = of_respondent.ravel() == place
        covariances = implied.covariances[:, pattern][:, :, pattern]
        root = np.linalg.cholesky(covariances)
        away = values[own][:, pattern][None] - implied.means[:, None, pattern]
        whitened = np.linalg.solve(root, np.swapaxes(away, 1, 2))
        log_root = np.log(np.einsum("sii->si", root)).sum(axis=1)
        n_known = int(pattern.sum())
        logs[own] = (
            -0.5 * (whitened**2).sum(axis=1) - log_root[:, None] - 0.5 * n_known * np.log(2 * np.pi)
        ).T
    return logs
