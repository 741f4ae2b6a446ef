"""Predicted counts per draw and level: one person of the population, drawn anew each time."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.prediction import draw_counts
from learnclimate.estimands.count_draws import CountDraws
from learnclimate.estimands.expectation import level_grid, log_expected_typical
from learnclimate.estimands.population import NO_DEPARTMENT, NO_TEAM, People

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def predicted_typical(
    draws: CountDraws,
    covariates: FloatArray,
    position: int | None,
    *,
    new_team: bool,
    rng: np.random.Generator,
) -> IntArray:
    """
    Predict the count of a typical person at each level, with an exposure of 1.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    covariates : ndarray of shape (n_covariate_labels,)
        Covariates of the person.
    position : int or None
        The frequency asked about; the others are at their lowest level shown.
    new_team : bool
        Whether each draw takes a new team from the fitted distribution, or team effects
        of 0.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_levels), int
        Counts; a single column where `position` is None.
    """
    log_rate = log_expected_typical(draws, covariates, position, new_team=False)
    if new_team:
        levels = np.zeros((draws.n_draws, len(draws.coding.frequencies)), dtype=np.int64)
        log_rate += team_part(draws, new_team_effects(draws, rng), levels, position)
    return draw_counts(rng, np.exp(log_rate), draws.dispersion)


def predicted_of_people(
    draws: CountDraws, people: People, position: int | None, *, rng: np.random.Generator
) -> IntArray:
    """
    Predict the count of one person of a population, had they answered each level.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    people : People
        The population; each draw takes one person, in proportion to the weights.
    position : int or None
        The frequency asked about; everything else is as the person has it.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_levels), int
        Counts; a single column where `position` is None.
    """
    chance = rng.random(draws.n_draws)
    picked = np.searchsorted(np.cumsum(people.share), chance).clip(max=people.n_people - 1)
    levels, team = people.levels[picked], people.team[picked]
    rows = np.arange(draws.n_draws)
    log_rate = draws.intercept + people.log_exposure[picked]
    log_rate += np.einsum("nc,nc->n", draws.covariate_effects, people.covariates[picked])
    for column in range(levels.shape[1]):
        if column != position:
            log_rate += draws.curve[:, draws.levels_of(column)][rows, levels[:, column]]
    effects = effects_of_each(draws, team, people.department[picked], rng)
    log_rates = log_rate[:, None] + team_part(draws, effects, levels, position)
    if position is not None:
        log_rates += draws.curve[:, draws.levels_of(position)]
    log_rates += shifts_of_each(draws, levels, people.covariates[picked], position)
    return draw_counts(rng, np.exp(log_rates), draws.dispersion)


def new_team_effects(draws: CountDraws, rng: np.random.Generator) -> FloatArray:
    """
    Draw the effects of a new team for each draw.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_varying_effects)
        Normal with mean 0 and the draw's own covariance.
    """
    standard = rng.standard_normal(draws.team_covariance.shape[:2])
    # Eigenvalues, not a Cholesky factor: a correlation may round to 1.
    values, vectors = np.linalg.eigh(draws.team_covariance)
    effects: FloatArray = np.einsum(
        "nef,nf->ne", vectors, np.sqrt(np.clip(values, 0, None)) * standard
    )
    return effects


def effects_of_each(
    draws: CountDraws, team: IntArray, department: IntArray, rng: np.random.Generator
) -> FloatArray:
    """
    Give the effects of the team of each draw's own person, of new teams by chance.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    team : ndarray of shape (n_draws,), int
        Team of each person, or `NO_TEAM`.
    department : ndarray of shape (n_draws,), int
        Department of who is in a new team of one, else `NO_DEPARTMENT`.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_varying_effects)
        Effects, the department's included.
    """
    effects = new_team_effects(draws, rng)
    newcomers = np.flatnonzero(department != NO_DEPARTMENT)
    if len(newcomers):
        own = replace(draws, team_covariance=draws.own_covariance)
        of_department = draws.department_effects[newcomers, department[newcomers]]
        effects[newcomers] = new_team_effects(own, rng)[newcomers] + of_department
    known = np.flatnonzero(team != NO_TEAM)
    effects[known] = draws.team_effects[known, team[known]]
    return effects


def team_part(
    draws: CountDraws, effects: FloatArray, levels: IntArray, position: int | None
) -> FloatArray:
    """
    Give a team's share of the log rate at each level of one frequency.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    effects : ndarray of shape (n_draws, n_team_effects)
        The team's effects.
    levels : ndarray of shape (n_draws, n_frequencies), int
        Levels of the person.
    position : int or None
        The frequency asked about.

    Returns
    -------
    ndarray of shape (n_draws, n_levels)
        A single column where `position` is None.
    """
    rows = np.arange(draws.n_draws)
    n_levels = 1 if position is None else len(draws.coding.frequencies[position].levels)
    part = np.zeros((draws.n_draws, n_levels))
    for column, name in enumerate(draws.coding.varying_effects):
        if name == INTERCEPT:
            part += effects[:, [column]]
            continue
        which = draws.coding.frequency_names.index(name)
        curve = draws.slope_curve[:, draws.levels_of(which)]
        at = curve if which == position else curve[rows, levels[:, which]][:, None]
        part += effects[:, [column]] * at
    return part


def shifts_of_each(
    draws: CountDraws, levels: IntArray, covariates: FloatArray, position: int | None
) -> FloatArray:
    """
    Add up the shifts of the slopes of each draw's own person.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    levels : ndarray of shape (n_draws, n_frequencies), int
        Levels of the person.
    covariates : ndarray of shape (n_draws, n_covariate_labels)
        Covariates of the person.
    position : int or None
        The frequency asked about.

    Returns
    -------
    ndarray of shape (n_draws, n_levels)
        Zeros where nothing shifts slopes.
    """
    grid, rows, coding = level_grid(draws, position), np.arange(draws.n_draws), draws.coding
    found = np.zeros((draws.n_draws, len(grid)))
    for column, asked_level in enumerate(grid):
        at = {}
        for which, name in enumerate(coding.frequency_names):
            level = asked_level[which] if which == position else levels[:, which]
            at[name] = draws.slope_curve[:, draws.levels_of(which)][rows, level]
        for place, shift in enumerate(coding.slope_shifts):
            if shift.centre is None:
                by = at[shift.by]
            else:
                by = covariates[:, coding.covariate_labels.index(shift.by)] - shift.centre
            found[:, column] += draws.slope_shifts[:, place] * at[shift.frequency] * by
    return found
