"""Chi-squared of continuous items of which some were left open: full information."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.checks.close_fit import Discrepancy
from learnclimate.checks.continuous_fit import covariance_slopes, implied_normal, normal_covariances
from learnclimate.checks.limited_information import LimitedFit
from learnclimate.checks.normal_moments import (
    GroupAnswers,
    at_moments,
    group_answers,
    most_likely,
    saturated,
)
from learnclimate.core.errors import SurveyError
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.measurement.factor_design import FactorDesign

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def open_normal_test(
    fit: FactorFit, chosen: IntArray
) -> tuple[Discrepancy, LimitedFit, tuple[int, int, int]]:
    """
    Hold a model of continuous items against all means and covariances, gaps and all.

    What was left open may hang on what was answered, as in the likelihood of the fit itself.

    Parameters
    ----------
    fit : FactorFit
        The fit, of one level.
    chosen : ndarray of shape (n_draws,), int
        At which draws indices are told.

    Returns
    -------
    model : Discrepancy
        Of the model; not a number where the search finds no likeliest parameters.
    null : LimitedFit
        Of items that go together with nothing.
    sizes : tuple of int
        Covariances; those free in the latter; respondents who answered an item at least.

    References
    ----------
    Arbuckle (1996), Full information estimation in the presence of incomplete data, in Advanced
    structural equation modeling; Enders and Bandalos (2001), doi 10.1207/S15328007SEM0803_5.
    """
    answers = group_answers(fit.design.numbers, fit.design.team)
    n_items = len(fit.design.items)
    n_moments = n_items * (n_items + 1) // 2
    sizes = (n_moments, n_items, len(answers.values))
    try:
        moments, every = saturated(answers)
    except SurveyError:
        lost = LimitedFit(float("nan"), 0, float("nan"))
        return Discrepancy(lost, np.full(len(chosen), np.nan), float("nan")), lost, sizes
    best = _best(answers, fit, moments[:n_items], every)
    posterior = fit.draws["posterior"].sizes
    whole = np.arange(posterior["chain"] * posterior["draw"])
    middle = implied_normal(fit, whole).covariances.mean(axis=0)
    drawn = implied_normal(fit, chosen).covariances
    at = np.array([_likeliest_means(answers, covariance) for covariance in drawn])
    added = float(at.mean() - _likeliest_means(answers, middle))
    null = _test(_independent(answers), every, n_moments - n_items)
    return Discrepancy(best, at - every, added), null, sizes


def _best(answers: GroupAnswers, fit: FactorFit, means: FloatArray, every: float) -> LimitedFit:
    """Test the model at its likeliest parameters, sought from the posterior mean."""
    design, n_items = fit.design, len(means)
    found, lower = parameters_of(fit), np.tril_indices(n_items)
    sd = fit.draws["posterior"]["residual_sd"].to_numpy().reshape(-1, n_items).mean(axis=0)
    below = np.tril_indices(design.n_factors, -1)
    loading = found.loadings[0][design.loading_item, design.loading_factor]
    begin = np.concatenate([means, loading, found.correlation[0][below], sd])

    def implied(free: FloatArray) -> FloatArray:
        covariance = normal_covariances(*_parts(free[n_items:], design))
        return np.concatenate([free[:n_items], covariance[lower]])[None]

    def slopes(free: FloatArray) -> FloatArray:
        own = covariance_slopes(_parts(free[n_items:], design), design)[:, *lower].T
        laid = np.zeros((n_items + len(own), len(free)))
        laid[:n_items, :n_items] = np.eye(n_items)
        laid[n_items:, n_items:] = own
        return laid

    own = slopes(begin)[n_items:, n_items:]
    df = len(own) - int(np.linalg.matrix_rank(own / np.linalg.norm(own, axis=0), rtol=1e-6))
    return _test(_sought(answers, implied, slopes, begin), every, df)


def _parts(free: FloatArray, design: FactorDesign) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lay loadings and correlations out as matrices; residual deviations come last."""
    n_loadings, n_pairs = len(design.loading_item), design.n_factors * (design.n_factors - 1) // 2
    loading, pairs, sd = np.split(free, [n_loadings, n_loadings + n_pairs])
    loadings = np.zeros((len(design.items), design.n_factors))
    loadings[design.loading_item, design.loading_factor] = loading
    correlation, below = np.eye(design.n_factors), np.tril_indices(design.n_factors, -1)
    correlation[below] = correlation.T[below] = pairs
    return loadings, correlation, sd


def _independent(answers: GroupAnswers) -> float:
    """Give the deviance of the likeliest means and variances, of items by themselves."""
    mean, variance = np.nanmean(answers.values, axis=0), np.nanvar(answers.values, axis=0)
    covariance = np.diag(variance)[np.tril_indices(len(mean))]
    return at_moments(answers, np.concatenate([mean, covariance])).deviance


def _likeliest_means(answers: GroupAnswers, covariance: FloatArray) -> float:
    """Give the deviance of covariances at the means that are likeliest under them."""
    n_items = len(covariance)
    known, told = np.zeros((n_items, n_items)), np.zeros(n_items)
    for one in answers.patterns:
        own = np.ix_(one.known, one.known)
        inverse = one.n * np.linalg.inv(covariance[own])
        known[own] += inverse
        told[one.known] += inverse @ one.mean
    mean = np.linalg.solve(known, told)
    lower = covariance[np.tril_indices(n_items)]
    return at_moments(answers, np.concatenate([mean, lower])).deviance


def _sought(
    answers: GroupAnswers,
    implied: Callable[[FloatArray], FloatArray],
    slopes: Callable[[FloatArray], FloatArray],
    begin: FloatArray,
) -> float:
    try:
        return most_likely([answers], implied, slopes, begin)[1]
    except SurveyError:
        return float("nan")


def _test(deviance: float, every: float, df: int) -> LimitedFit:
    statistic = max(deviance - every, 0.0) if np.isfinite(deviance) else float("nan")
    p_value = float(special.chdtrc(df, statistic)) if df > 0 else float("nan")
    return LimitedFit(statistic, df, p_value)
