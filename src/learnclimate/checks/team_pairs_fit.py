"""Fit of a two-level factor model of ordered answers: pairs of answers, teams the units."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.checks.close_fit import Discrepancy
from learnclimate.checks.completed_answers import (
    allowance,
    completed,
    completions,
    fewer_draws,
)
from learnclimate.checks.limited_information import LimitedFit, limited_fit
from learnclimate.checks.open_moments import ToldMoments
from learnclimate.checks.team_pairs import Clustered, team_moments
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import ParameterSet, parameters_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_STEP = 1e-4
_SEED = 47
_MOST_ALIKE = 0.95


def pairs_test(
    fit: FactorFit, chosen: IntArray, *, seed: int
) -> tuple[Discrepancy, LimitedFit, tuple[int, int, int]]:
    """
    Test a two-level model of ordered answers by limited information.

    What is compared are shares above thresholds, mean products of two items of a respondent,
    and of two members of a team. Their covariances are those under the model with teams of the
    sizes given, so that members of a team are not taken for independent.

    Parameters
    ----------
    fit : FactorFit
        The fit, of ordered answers and two levels.
    chosen : ndarray of shape (n_draws,), int
        At which draws indices are told.
    seed : int
        Seed of the answers by which those left open are completed.

    Returns
    -------
    model : Discrepancy
        Of the model.
    null : LimitedFit
        Of items that go together with nothing at either level.
    sizes : tuple of int
        Moments; those free in the latter; respondents.

    References
    ----------
    Maydeu-Olivares and Joe (2006), doi 10.1007/s11336-005-1295-9; Cai and Monroe (2014), CRESST
    Report 839 (moments of the chi-squared).
    """
    design = fit.design
    team = np.unique(design.team[design.answered], return_inverse=True)[1].ravel()
    n, rng = len(team), np.random.default_rng(_SEED)
    item_of_cut = np.repeat(np.arange(len(design.items)), design.n_categories - 1)
    at_mean, found = parameters_of(fit), parameters_of(fit, chosen)
    model = clustered(fit, at_mean, 0)
    covariance = model.covariance(team, rng)
    told = _told(fit, chosen, team, covariance, seed)
    observed, allowed = told.observed, told.allowance
    if allowed is not None:
        covariance = allowed.covariance()
    residual = observed - model.moments()
    slopes = _slopes(lambda theta: _moved(fit, at_mean, theta), _free(fit, at_mean))
    best = limited_fit(residual, covariance, slopes, n)
    inverse = np.linalg.inv(covariance)
    apart = np.stack(
        [observed - clustered(fit, found, place).moments() for place in range(len(chosen))]
    )
    draws = n * np.einsum("sa,ab,sb->s", apart, inverse, apart)
    added = float(draws.mean() - n * residual @ inverse @ residual)
    null = _independent(model, told, team, rng)
    sizes = (len(observed), len(item_of_cut) + len(design.items), n)
    return Discrepancy(best, draws, added), null, sizes


def clustered(fit: FactorFit, found: ParameterSet, place: int) -> Clustered:
    """
    Take one set of parameters of a fit.

    Parameters
    ----------
    fit : FactorFit
        The fit, of ordered answers.
    found : ParameterSet
        Some of its parameters.
    place : int
        Which.

    Returns
    -------
    Clustered
        The model with these.
    """
    design, loadings = fit.design, found.loadings[place]
    within = found.thresholds[place]
    values, vectors = np.linalg.eigh(found.between[place])
    return Clustered(
        loadings @ np.linalg.cholesky(found.correlation[place]),
        loadings @ (vectors * np.sqrt(np.maximum(values, 0.0))),
        within[np.isfinite(within)],
        np.repeat(np.arange(len(design.items)), design.n_categories - 1),
        fit.model.link == "logit",
    )


def _free(fit: FactorFit, found: ParameterSet) -> FloatArray:
    """List loadings, correlations, covariances over teams and thresholds."""
    design = fit.design
    below, lower = np.tril_indices(design.n_factors, -1), np.tril_indices(design.n_factors)
    cuts = found.thresholds[0]
    return np.concatenate(
        [
            found.loadings[0][design.loading_item, design.loading_factor],
            found.correlation[0][below],
            found.between[0][lower],
            cuts[np.isfinite(cuts)],
        ]
    )


def _moved(fit: FactorFit, found: ParameterSet, theta: FloatArray) -> Clustered:
    design = fit.design
    below, lower = np.tril_indices(design.n_factors, -1), np.tril_indices(design.n_factors)
    ends = np.cumsum([len(design.loading_item), len(below[0]), len(lower[0])])
    loading, correlation, over, cuts = np.split(theta, ends)
    loadings, own, between = (
        each[0].copy() for each in (found.loadings, found.correlation, found.between)
    )
    loadings[design.loading_item, design.loading_factor] = loading
    own[below], between[lower] = correlation, over
    own.T[below], between.T[lower] = correlation, over
    moved = replace(found, loadings=loadings[None], correlation=own[None], between=between[None])
    return replace(clustered(fit, moved, 0), thresholds=cuts)


def _slopes(model: Callable[[FloatArray], Clustered], theta: FloatArray) -> FloatArray:
    """Differentiate the moments by the parameters, by differences."""
    columns = []
    for place in range(len(theta)):
        ahead, behind = theta.copy(), theta.copy()
        ahead[place] += _STEP
        behind[place] -= _STEP
        columns.append((model(ahead).moments() - model(behind).moments()) / (2 * _STEP))
    return np.stack(columns, axis=1)


def _independent(
    model: Clustered, told: ToldMoments, team: IntArray, rng: np.random.Generator
) -> LimitedFit:
    """Test items that go together with nothing, each with a level of its own in every team."""
    observed = told.observed
    n_cuts, n_items, item = len(model.thresholds), model.n_items, model.item_of_cut
    least = 0.5 / len(team)
    cuts = -special.ndtri(np.clip(observed[:n_cuts], least, 1 - least))

    def independent(theta: FloatArray) -> Clustered:
        alike = np.clip(theta[n_cuts:], 0.0, _MOST_ALIKE)
        shared = np.diag(np.sqrt(alike / (1 - alike)))
        none = np.zeros((n_items, 1))
        return Clustered(none, shared, theta[:n_cuts] / np.sqrt(1 - alike)[item], item, False)

    # Means of products of two members rise with how alike they are: find where they meet.
    row, column = np.tril_indices(n_items)
    at = n_cuts + n_items * (n_items - 1) // 2 + np.flatnonzero(row == column)
    grid = np.linspace(0.0, _MOST_ALIKE, 39)
    means = np.stack(
        [independent(np.concatenate([cuts, np.full(n_items, one)])).moments()[at] for one in grid]
    )
    alike = [np.interp(observed[place], means[:, one], grid) for one, place in enumerate(at)]
    theta = np.concatenate([cuts, np.maximum(alike, 2 * _STEP)])
    null = independent(theta)
    residual = observed - null.moments()
    covariance = null.covariance(team, rng)
    if told.allowance is not None:
        covariance = told.allowance.stretched_covariance(covariance)
    return limited_fit(residual, covariance, _slopes(independent, theta), len(team))


def _told(
    fit: FactorFit, chosen: IntArray, team: IntArray, covariance: FloatArray, seed: int
) -> ToldMoments:
    """Give the moments of the answers; completed, and what to allow for, where some are open."""
    design = fit.design
    categories, n = design.categories[design.answered], len(team)
    item_of_cut = np.repeat(np.arange(len(design.items)), design.n_categories - 1)
    gaps = (categories < 0).any(axis=1)
    if not gaps.any():
        return ToldMoments(team_moments(categories.astype(float), team, item_of_cut).moments, n)
    open_teams = np.bincount(team, gaps) > 0
    some = fewer_draws(chosen, int(open_teams.sum()), len(covariance))
    made = completions(
        (team_moments(one, team, item_of_cut).sums for one in completed(fit, some, seed)),
        open_teams,
    )
    weight = team_moments(np.zeros(categories.shape), team, item_of_cut).weight.sum(axis=0)
    own = allowance(covariance, n * made.lost / np.outer(weight, weight), len(some))
    found = parameters_of(fit, some)
    expected = np.mean([clustered(fit, found, at).moments() for at in range(len(some))], axis=0)
    apart = made.totals.mean(axis=0) / weight - expected
    return ToldMoments(expected + own.corrected(apart), n, own)
