"""Fit of a two-level factor model of continuous items: chi-squared against all covariances."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.checks.close_fit import Discrepancy
from learnclimate.checks.completed_answers import left_open
from learnclimate.checks.factor_replicates import BETWEEN, WITHIN
from learnclimate.checks.limited_information import LimitedFit
from learnclimate.checks.two_level_likeliest import (
    Answers,
    LevelsFit,
    Structure,
    fit_levels,
    independent_levels,
    root_of,
    saturated_fit,
)
from learnclimate.checks.two_level_normal import Levels, square_of, team_answers
from learnclimate.checks.two_level_open import open_team_answers
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.measurement.factor_design import FactorDesign

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LevelTest:
    """
    A two-level model of continuous items, held against all covariances at both levels.

    Attributes
    ----------
    model : Discrepancy
        Of the model.
    null : LimitedFit
        Of items that go together with nothing at either level.
    sizes : tuple of int
        Covariances at both levels; those free in the latter; respondents.
    srmr : dict of str to float
        Size of the residual correlations, ``within teams`` and ``between teams``; the latter is
        missing where an item does not vary over teams.
    by_level : dict of str to LimitedFit
        Test of the structure of each level, whatever the covariances of the other; a level of
        which nothing can be wrong is missing.
    """

    model: Discrepancy
    null: LimitedFit
    sizes: tuple[int, int, int]
    srmr: dict[str, float]
    by_level: dict[str, LimitedFit]


def level_test(fit: FactorFit, chosen: IntArray) -> LevelTest:
    """
    Test a two-level model of continuous items.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws indices are told.

    Returns
    -------
    LevelTest
        By the respondents who answered an item at least: full information where some are open.

    References
    ----------
    Muthén (1994), doi 10.1177/0049124194022003006.
    Ryu and West (2009), doi 10.1080/10705510903203466 (each level by itself, the other's
    covariances left free, since a test of both may miss a misfit between teams).
    """
    answered = fit.design.answered
    told = open_team_answers if left_open(fit.design) else team_answers
    answers: Answers = told(fit.design.numbers[answered], fit.design.team[answered])
    every = saturated_fit(answers)
    start = _parameters(fit, None)
    best = model_fit(answers, start[0], fit.design)
    none = independent_levels(answers)
    drawn = _parameters(fit, chosen)
    at = [answers.deviance(implied_levels(theta, fit.design)) for theta in drawn]
    middle = answers.deviance(implied_levels(drawn.mean(axis=0), fit.design))
    draws = np.array(at) - every.deviance
    added = float(np.mean(at) - middle)
    n_items = answers.n_items
    return LevelTest(
        Discrepancy(_tested(best, every), draws, added),
        _tested(none, every),
        (n_items * (n_items + 1), 2 * n_items, answers.n),
        standardised_residuals(best.levels, every.levels),
        each_level_held(answers, every, start[0], fit.design),
    )


def model_fit(answers: Answers, start: FloatArray, design: FactorDesign) -> LevelsFit:
    """
    Find the likeliest parameters of a factor model.

    Parameters
    ----------
    answers : TeamAnswers or OpenTeamAnswers
        The answers.
    start : ndarray of shape (n_parameters,)
        Parameters near them, as `implied_levels` takes them.
    design : FactorDesign
        Which loadings there are.

    Returns
    -------
    LevelsFit
        Covariances of factors over teams are no less than nothing.
    """
    loading, between, over, sd = _split(start, design)
    lower = np.tril_indices(design.n_factors)
    covariance = square_of(over, lower)
    root = np.linalg.cholesky(covariance + 1e-4 * np.eye(len(covariance)))[lower]
    first = len(loading) + len(between)
    rooted = slice(first, first + len(root))

    def implied(theta: FloatArray) -> Levels:
        plain, laid = theta.copy(), np.zeros_like(covariance)
        laid[lower] = theta[rooted]
        plain[rooted] = (laid @ laid.T)[lower]
        return implied_levels(plain, design)

    begun = np.concatenate([loading, between, root, sd])
    return fit_levels(answers, Structure(implied, len(begun), (), answers.n_items), begun)


def _tested(model: LevelsFit, every: LevelsFit) -> LimitedFit:
    df = every.n_free - model.n_free
    if not (model.found and every.found):
        return LimitedFit(float("nan"), df, float("nan"))
    statistic = max(model.deviance - every.deviance, 0.0)
    p_value = float(special.chdtrc(df, statistic)) if df > 0 else float("nan")
    return LimitedFit(statistic, df, p_value)


def each_level_held(
    answers: Answers, every: LevelsFit, start: FloatArray, design: FactorDesign
) -> dict[str, LimitedFit]:
    """
    Test the structure of each level, the other level's covariances whatever they are.

    Loadings need not be the same at both levels then.

    Parameters
    ----------
    answers : TeamAnswers or OpenTeamAnswers
        The answers.
    every : LevelsFit
        Of all covariances at both levels.
    start : ndarray of shape (n_parameters,)
        Parameters near the likeliest, as `implied_levels` takes them.
    design : FactorDesign
        Which loadings there are.

    Returns
    -------
    dict of str to LimitedFit
        ``within teams`` and ``between teams``, where they have degrees of freedom.
    """
    at, (loading, between, over, sd) = implied_levels(start, design), _split(start, design)
    n_loadings, n_own = len(loading), len(loading) + len(between)
    lower = np.tril_indices(design.n_factors)
    # Loadings between teams of factors of variance 1, which may be nothing at the start.
    stretch = np.sqrt(np.maximum(np.diag(square_of(over, lower)), 1e-4))
    of_teams = loading * sd[design.loading_item] * stretch[design.loading_factor]
    nothing = np.zeros_like(at.within)

    def within(theta: FloatArray) -> Levels:
        loadings, correlation = _structure(theta[:n_loadings], theta[n_loadings:n_own], design)
        loadings = loadings * theta[n_own:, None]
        covariance = loadings @ correlation @ loadings.T + np.diag(theta[n_own:] ** 2)
        return Levels(covariance, nothing)

    def over_teams(theta: FloatArray) -> Levels:
        root = np.zeros((design.n_factors, design.n_factors))
        root[lower] = theta[n_loadings:]
        loadings, _ = _structure(theta[:n_loadings], np.zeros(len(between)), design)
        loadings = loadings @ (root / np.linalg.norm(root, axis=1, keepdims=True))
        return Levels(nothing, loadings @ loadings.T)

    _, correlation = _structure(loading, 0.5 * between, design)
    begun = {
        WITHIN: (within, (1,), [loading, between, sd], root_of(at.between, at.within)),
        BETWEEN: (
            over_teams,
            (0,),
            [of_teams, np.linalg.cholesky(correlation)[lower]],
            root_of(at.within, at.within),
        ),
    }
    found = {}
    for level, (implied, free, parts, root) in begun.items():
        own = np.concatenate(parts)
        structure = Structure(implied, len(own), free, answers.n_items)
        best = fit_levels(answers, structure, np.concatenate([own, root]))
        found[level] = _tested(best, every)
    return {level: test for level, test in found.items() if test.df > 0}


def _structure(
    loading: FloatArray, correlations: FloatArray, design: FactorDesign
) -> tuple[FloatArray, FloatArray]:
    """Lay loadings and correlations of the factors out as matrices."""
    loadings = np.zeros((len(design.items), design.n_factors))
    loadings[design.loading_item, design.loading_factor] = loading
    below, correlation = np.tril_indices(design.n_factors, -1), np.eye(design.n_factors)
    correlation[below] = correlations
    correlation.T[below] = correlations
    return loadings, correlation


def _split(theta: FloatArray, design: FactorDesign) -> list[FloatArray]:
    """Take loadings, correlations, covariances over teams and residual deviations apart."""
    n_pairs = design.n_factors * (design.n_factors - 1) // 2
    n_loadings = len(design.loading_item)
    return np.split(theta, np.cumsum([n_loadings, n_pairs, n_pairs + design.n_factors]))


def standardised_residuals(model: Levels, every: Levels) -> dict[str, float]:
    """
    Give the root mean square of the residual correlations of pairs of items, by level.

    Parameters
    ----------
    model, every : Levels
        Covariances of the model, and without one.

    Returns
    -------
    dict of str to float
        ``within teams`` and ``between teams``; the latter is missing where an item does not vary
        over teams.
    """
    pairs = np.tril_indices(len(model.within), -1)
    found = {}
    for level, one, other in (
        (WITHIN, model.within, every.within),
        (BETWEEN, model.between, every.between),
    ):
        if min(np.diag(one).min(), np.diag(other).min()) > 0:
            apart = (_correlations(other) - _correlations(one))[pairs]
            found[level] = float(np.sqrt((apart**2).mean()))
    return found


def _correlations(covariance: FloatArray) -> FloatArray:
    sd = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(sd, sd))


def implied_levels(theta: FloatArray, design: FactorDesign) -> Levels:
    """
    Give the covariances that a factor model implies at both levels.

    Parameters
    ----------
    theta : ndarray of shape (n_parameters,)
        Loadings, correlations, covariances over teams, residual standard deviations.
    design : FactorDesign
        Which loadings there are.

    Returns
    -------
    Levels
        The covariances.
    """
    loading, between, over, sd = _split(theta, design)
    loadings, correlation = _structure(loading, between, design)
    loadings = loadings * sd[:, None]
    lower = np.tril_indices(design.n_factors)
    covariance = square_of(over, lower)
    within = loadings @ correlation @ loadings.T + np.diag(sd**2)
    return Levels(within, loadings @ covariance @ loadings.T)


def _parameters(fit: FactorFit, chosen: IntArray | None) -> FloatArray:
    """Read the parameters at some draws, or their means, as `implied_levels` takes them."""
    found, design = parameters_of(fit, chosen), fit.design
    sd = fit.draws["posterior"]["residual_sd"].to_numpy().reshape(-1, len(design.items))
    sd = sd.mean(axis=0, keepdims=True) if chosen is None else sd[chosen]
    below, lower = np.tril_indices(design.n_factors, -1), np.tril_indices(design.n_factors)
    return np.concatenate(
        [
            found.loadings[:, design.loading_item, design.loading_factor],
            found.correlation[:, *below],
            found.between[:, *lower],
            sd,
        ],
        axis=1,
    )
