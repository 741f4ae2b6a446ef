"""Fit of a factor model of ordered answers and one level: pairs of answers, held against it."""

import numpy as np
import numpy.typing as npt

from learnclimate.checks.close_fit import Discrepancy, index_rows
from learnclimate.checks.completed_answers import left_open
from learnclimate.checks.factor_fit_rows import (
    LEAST,
    Judged,
    p_row,
    pairs_of,
    residual_rows,
    srmr_row,
    too_few,
)
from learnclimate.checks.factor_moments import Implied, implied_from, independent_answers
from learnclimate.checks.factor_predictive import predictive_p_value
from learnclimate.checks.limited_information import (
    limited_fit,
    moment_covariance,
    moments,
    observed_moments,
)
from learnclimate.checks.open_moments import ToldMoments, open_moments
from learnclimate.checks.residual_correlations import residual_correlation_draws
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.measurement.rows import (
    CLASSICAL,
    POSTERIOR,
    Row,
    Sampling,
    draws_dataset,
    posterior_figures,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def judge_ordered(fit: FactorFit, chosen: IntArray, options: Sampling) -> Judged:
    """
    Hold pairs of answers against a model of one level.

    Parameters
    ----------
    fit : FactorFit
        The fit, of ordered answers and one level.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    options : Sampling
        Seed, and probability of the intervals.

    Returns
    -------
    Judged
        Rows, draws and notes.
    """
    told = open_moments(fit, chosen, options.seed) if left_open(fit.design) else None
    residual = residual_correlation_draws(fit, chosen, told)
    rows, kept = _whole_model(fit, chosen, residual, told, options)
    scale = "polychoric correlation less that of the model"
    rows += residual_rows(fit, residual, options, scale=scale)
    pairs = draws_dataset({"residual_correlation": residual}, {"pair": pairs_of(fit)})
    notes = () if int(fit.design.answered.sum()) >= LEAST else (too_few("c2"),)
    return Judged(rows, draws_dataset(kept).merge(pairs), notes)


def _whole_model(
    fit: FactorFit, chosen: IntArray, residual: FloatArray, told: ToldMoments | None,
    options: Sampling,
) -> tuple[list[Row], dict[str, FloatArray]]:  # fmt: skip
    design = fit.design
    n = int(design.answered.sum())
    p_value, gap = predictive_p_value(fit, chosen, options.generator(), told)
    rows = [p_row(POSTERIOR, p_value, n)]
    kept = {"discrepancy_difference": gap}
    if n >= LEAST:
        indices, drawn = _by_moments(fit, chosen, told, options)
        rows += indices
        kept |= drawn
    srmr = np.sqrt((residual**2).mean(axis=1))
    at_mean = float(np.sqrt((residual.mean(axis=0) ** 2).mean()))
    rows.append(srmr_row(CLASSICAL, {"mean": at_mean}, n))
    rows.append(srmr_row(POSTERIOR, posterior_figures(srmr, options.interval), n))
    return rows, kept | {"srmr": srmr}


def _by_moments(
    fit: FactorFit, chosen: IntArray, told: ToldMoments | None, options: Sampling
) -> tuple[list[Row], dict[str, FloatArray]]:
    at_mean = implied_from(fit, parameters_of(fit), 0)
    given = at_mean.conditional()
    if told is None:
        complete = fit.design.categories[fit.design.answered].astype(float)
        observed = observed_moments(complete, given.item_of_cut, given.level())
        told = ToldMoments(observed, len(complete))
    observed, n, allowed = told.observed, told.n, told.allowance
    covariance = moment_covariance(given) if allowed is None else allowed.covariance()
    model = _held_against(fit, chosen, observed, covariance, at_mean, n)
    null_given, null_slopes = independent_answers(observed, n, given)
    null_covariance = moment_covariance(null_given)
    if allowed is not None:
        null_covariance = allowed.stretched_covariance(null_covariance)
    null = limited_fit(observed - moments(null_given), null_covariance, null_slopes, n)
    sizes = (len(observed), len(given.item_of_cut), n)
    return index_rows(model, null, sizes, options, "c2")


def _held_against(
    fit: FactorFit, chosen: IntArray, observed: FloatArray, covariance: FloatArray,
    at_mean: Implied, n: int,
) -> Discrepancy:  # fmt: skip
    residual = observed - moments(at_mean.conditional())
    best = limited_fit(residual, covariance, at_mean.slopes(), n)
    inverse = np.linalg.inv(covariance)
    found = parameters_of(fit, chosen)
    apart = np.stack(
        [observed - moments(implied_from(fit, found, place).conditional())
         for place in range(len(chosen))]
    )  # fmt: skip
    draws = n * np.einsum("sa,ab,sb->s", apart, inverse, apart)
    centre = n * residual @ inverse @ residual
    return Discrepancy(best, draws, float(draws.mean() - centre))
