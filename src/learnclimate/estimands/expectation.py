"""Expected counts per draw and level, for a typical person and for a population."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.prediction import slope_shift_part, team_multipliers
from learnclimate.counts.slope_shifts import ShiftedPeople
from learnclimate.estimands.count_draws import CountDraws
from learnclimate.estimands.population import NO_DEPARTMENT, NO_TEAM, People

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Elements of the largest temporary array: 128 MiB of floats.
_BLOCK = 16_000_000


def level_grid(draws: CountDraws, position: int | None) -> IntArray:
    """
    List the levels of one frequency, the other frequencies at their lowest that is shown.

    Parameters
    ----------
    draws : CountDraws
        Tells the frequencies.
    position : int or None
        The frequency; None in a study without one.

    Returns
    -------
    ndarray of shape (n_levels, n_frequencies), int
        One row a level; a single row where `position` is None.
    """
    n_levels = 1 if position is None else len(draws.coding.frequencies[position].levels)
    grid = np.tile(draws.base_levels, (n_levels, 1))
    if position is not None:
        grid[:, position] = np.arange(n_levels)
    return grid


def log_expected_typical(
    draws: CountDraws, covariates: FloatArray, position: int | None, *, new_team: bool
) -> FloatArray:
    """
    Give the log expected count of a typical person at each level, per unit of exposure.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    covariates : ndarray of shape (n_covariate_labels,)
        Covariates of the person.
    position : int or None
        The frequency asked about; the others are at their lowest level that is shown.
    new_team : bool
        Whether the expectation is over the fitted distribution of teams, a lognormal
        mean in closed form, or at team effects of 0.

    Returns
    -------
    ndarray of shape (n_draws, n_levels)
        Log expected counts; a single column where `position` is None.
    """
    grid = level_grid(draws, position)
    log_rate = (draws.intercept + draws.covariate_effects @ covariates)[:, None]
    log_rate = np.repeat(log_rate, len(grid), axis=1)
    for column in range(grid.shape[1]):
        log_rate += draws.curve[:, draws.levels_of(column)][:, grid[:, column]]
    if new_team:
        log_rate += half_variance(draws, team_multipliers(draws.coding, draws.slope_curve, grid))
    if draws.coding.slope_shifts:
        people = ShiftedPeople(grid, np.tile(covariates, (len(grid), 1)))
        log_rate += slope_shift_part(draws.coding, draws.slope_shifts, draws.slope_curve, people)
    return log_rate


def half_variance(draws: CountDraws, multipliers: FloatArray) -> FloatArray:
    """
    Give half the variance over teams of a log rate: the log of its lognormal mean factor.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    multipliers : ndarray of shape (n_draws, n_people, n_team_effects)
        What multiplies each team effect.

    Returns
    -------
    ndarray of shape (n_draws, n_people)
        ``z' Σ z / 2``, as E[exp(z'u)] = exp(z' Σ z / 2) for u ~ Normal(0, Σ).
    """
    halved: FloatArray = 0.5 * np.einsum(
        "npe,npe->np", multipliers @ draws.team_covariance, multipliers
    )
    return halved


def expected_of_people(draws: CountDraws, people: People, position: int | None) -> FloatArray:
    """
    Standardise the expected count over a population, had everybody answered each level.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    people : People
        The population.
    position : int or None
        The frequency asked about; everything else is as the people have it.

    Returns
    -------
    ndarray of shape (n_draws, n_levels)
        Weighted means over the people; a single column where `position` is None.
    """
    kinds = _kinds_of(people, _shifting(draws, people))
    n_effects = len(draws.coding.varying_effects)
    width = max(people.n_people, len(kinds.team) * (1 + 3 * n_effects))
    block = max(1, min(draws.n_draws, _BLOCK // width))
    parts = []
    for start in range(0, draws.n_draws, block):
        some = draws.block(slice(start, start + block))
        parts.append(_standardised(some, people, kinds, position))
    return np.concatenate(parts)


@dataclass(frozen=True, slots=True)
class _Kinds:
    """People sorted by team and other levels, so that a factor is computed once for all alike."""

    order: IntArray
    starts: IntArray
    team: IntArray
    department: IntArray
    levels: IntArray
    covariates: FloatArray


def _shifting(draws: CountDraws, people: People) -> FloatArray:
    """Covariates that shift slopes, by column: kinds of people differ by them too."""
    names = draws.coding.covariate_labels
    by = {shift.by for shift in draws.coding.slope_shifts if shift.centre is not None}
    return people.covariates[:, [column for column, name in enumerate(names) if name in by]]


def _kinds_of(people: People, shifting: FloatArray) -> _Kinds:
    keys = np.column_stack([people.team, people.department, people.levels, shifting])
    # Sorted by team first, so that who has no team, `NO_TEAM` being negative, comes first.
    order = np.lexsort(keys.T[::-1])
    ordered = keys[order]
    new = np.any(ordered[1:] != ordered[:-1], axis=1)
    starts = np.flatnonzero(np.concatenate([[True], new]))
    first = order[starts]
    return _Kinds(
        order,
        starts,
        people.team[first],
        people.department[first],
        people.levels[first],
        people.covariates[first],
    )


def _standardised(
    draws: CountDraws, people: People, kinds: _Kinds, position: int | None
) -> FloatArray:
    """Sum rates within kinds once, then let level and team multiply the sums."""
    log_rate = draws.covariate_effects @ people.covariates[kinds.order].T
    log_rate += draws.intercept[:, None] + people.log_exposure[kinds.order]
    rates = np.exp(log_rate, out=log_rate)
    rates *= people.share[kinds.order]
    sums = np.add.reduceat(rates, kinds.starts, axis=1)
    effects = draws.team_effects[:, kinds.team[kinds.team != NO_TEAM]]
    columns = []
    for at_level in level_grid(draws, position):
        levels = kinds.levels.copy()
        if position is not None:
            levels[:, position] = at_level[position]
        at = replace(kinds, levels=levels)
        factor = np.exp(_log_factor(draws, effects, at))
        columns.append(np.einsum("nk,nk->n", sums, factor))
    return np.stack(columns, axis=1)


def _log_factor(draws: CountDraws, effects: FloatArray, kinds: _Kinds) -> FloatArray:
    """
    Log of what levels and team multiply a rate by, shape (n_draws, n_kinds).

    `effects` are those of the last kinds; the first have no team of their own.
    """
    levels = kinds.levels
    n_new = len(levels) - effects.shape[1]
    factor = np.zeros((draws.n_draws, len(levels)))
    for column in range(levels.shape[1]):
        factor += draws.curve[:, draws.levels_of(column)][:, levels[:, column]]
    multipliers = team_multipliers(draws.coding, draws.slope_curve, levels)
    factor[:, :n_new] += _newcomers(draws, multipliers[:, :n_new], kinds.department[:n_new])
    factor[:, n_new:] += np.einsum("npe,npe->np", effects, multipliers[:, n_new:])
    if draws.coding.slope_shifts:
        shifted = ShiftedPeople(levels, kinds.covariates)
        factor += slope_shift_part(draws.coding, draws.slope_shifts, draws.slope_curve, shifted)
    return factor


def _newcomers(draws: CountDraws, multipliers: FloatArray, department: IntArray) -> FloatArray:
    """Log of the mean factor of new teams: of any department, or of one that the fit knows."""
    found = half_variance(draws, multipliers)
    known = department != NO_DEPARTMENT
    if known.any():
        own, effects = multipliers[:, known], draws.department_effects[:, department[known]]
        found[:, known] = 0.5 * np.einsum("npe,npe->np", own @ draws.own_covariance, own)
        found[:, known] += np.einsum("npe,npe->np", effects, own)
    return found
