"""Kernels of one sweep over items, factors of people and of teams, spreads and correlations."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.kernels import factor_kernel
from learnclimate.inference.factors.kernels_scores import Measure
from learnclimate.inference.factors.kernels_walk_items import (
    draw_factors,
    draw_item,
    forward,
    item_spread,
    root_of,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Kinds of moves that the answers do not notice, and how often each is tried in a sweep.
CORRELATIONS, SPREADS, OVER_TEAMS, TOGETHER, STRETCHES, SHIFTS = 0, 1, 2, 3, 4, 5
N_MOVES = 6
_TIMES = 4
_WANTED = 0.4


class WalkData(NamedTuple):
    """
    Answers and priors.

    Attributes
    ----------
    answers : ndarray of shape (n_items, n_respondents), int
        From 0 up; -1 where left open.
    values : ndarray of shape (n_respondents, n_items)
        The same; not a number where left open.
    team : ndarray of shape (n_respondents,), int
        Teams.
    n_cuts : ndarray of shape (n_items,), int
        Thresholds of each item.
    loads : ndarray of shape (n_items, n_factors), bool
        Which loadings are free.
    loading_sd : ndarray of shape (n_items, n_factors)
        Their prior standard deviations.
    shapes : ndarray of shape (n_correlations,)
        Of the beta priors of partial correlations.
    team_scale : float
        Scale of the half-normal prior of the spreads over teams; 0 for one level.
    logit : bool
        Whether the link is logistic.
    """

    answers: IntArray
    values: FloatArray
    team: IntArray
    n_cuts: IntArray
    loads: npt.NDArray[np.bool_]
    loading_sd: FloatArray
    shapes: FloatArray
    team_scale: float
    logit: bool


class WalkState(NamedTuple):
    """
    Where a chain is.

    Attributes
    ----------
    factors : ndarray of shape (n_respondents, n_factors)
        Factors of people, the team's part included.
    of_teams : ndarray of shape (n_teams, n_factors)
        Factors of teams; 0 for one level.
    loadings : ndarray of shape (n_items, n_factors)
        In residual standard deviations.
    cuts : ndarray of shape (n_items, most cuts)
        Thresholds, likewise.
    within, over : ndarray of shape (n_correlations,)
        Inverse hyperbolic tangents of partial correlations, within and over teams.
    log_sd : ndarray of shape (n_factors,)
        Logs of the spreads over teams.
    log_step : ndarray of shape (N_MOVES, n_factors or n_correlations, whichever is more)
        Logs of the lengths of steps.
    """

    factors: FloatArray
    of_teams: FloatArray
    loadings: FloatArray
    cuts: FloatArray
    within: FloatArray
    over: FloatArray
    log_sd: FloatArray
    log_step: FloatArray


@factor_kernel
def correlations_at(partial: FloatArray, size: int) -> tuple[FloatArray, float]:
    """Correlation matrix at inverse hyperbolic tangents of partial ones; its log determinant."""
    root = np.zeros((size, size))
    place, log_determinant = 0, 0.0
    for row in range(size):
        left = 1.0
        for column in range(row):
            p = math.tanh(partial[place])
            root[row, column] = p * math.sqrt(left)
            left *= 1 - p * p
            place += 1
        root[row, row] = math.sqrt(left)
        log_determinant += math.log(left)
    return root @ root.T, log_determinant


@factor_kernel
def _log_prior(partial: FloatArray, shapes: FloatArray) -> float:
    total = 0.0
    for place in range(len(partial)):
        total -= 2 * shapes[place] * math.log(math.cosh(partial[place]))
    return total


@factor_kernel
def _squares(state: WalkState, data: WalkData) -> tuple[FloatArray, FloatArray]:
    """Sum squares and products of people around their teams, and of teams."""
    n_factors = state.factors.shape[1]
    within = np.zeros((n_factors, n_factors))
    apart = np.empty(n_factors)
    for i in range(len(state.factors)):
        for v in range(n_factors):
            apart[v] = state.factors[i, v] - state.of_teams[data.team[i], v]
        for v in range(n_factors):
            for w in range(n_factors):
                within[v, w] += apart[v] * apart[w]
    return within, state.of_teams.T @ state.of_teams


@factor_kernel
def _covariances(state: WalkState, data: WalkData) -> tuple[FloatArray, FloatArray, float, float]:
    """Covariances within teams and over teams, with their log determinants."""
    n_factors = len(state.log_sd)
    within, log_within = correlations_at(state.within, n_factors)
    if data.team_scale == 0:
        return within, np.zeros((n_factors, n_factors)), log_within, 0.0
    over, log_over = correlations_at(state.over, n_factors)
    sd = np.exp(state.log_sd)
    for v in range(n_factors):
        for w in range(n_factors):
            over[v, w] *= sd[v] * sd[w]
    return within, over, log_within, log_over + 2 * state.log_sd.sum()


@factor_kernel
def _log_parameters(state: WalkState, data: WalkData, total: FloatArray) -> float:
    """Log prior density of all parameters, at the covariances of factors over people."""
    found = _log_prior(state.within, data.shapes)
    if data.team_scale > 0:
        found += _log_prior(state.over, data.shapes)
        for v in range(len(state.log_sd)):
            found += state.log_sd[v] - 0.5 * (math.exp(state.log_sd[v]) / data.team_scale) ** 2
    for j in range(len(state.loadings)):
        square = item_spread(state.loadings[j], total)
        for k in range(data.n_cuts[j]):
            found -= 0.5 * state.cuts[j, k] ** 2 / square + 0.5 * math.log(square)
        for v in range(len(state.log_sd)):
            if data.loads[j, v]:
                found -= 0.5 * (state.loadings[j, v] / data.loading_sd[j, v]) ** 2
    return found


@factor_kernel
def _structure(state: WalkState, data: WalkData, squares: tuple[FloatArray, FloatArray]) -> float:
    """Log density of all that the answers do not tell directly: factors and parameters."""
    of_people, of_teams = squares
    within, over, log_within, log_over = _covariances(state, data)
    found = _log_parameters(state, data, within + over)
    found -= 0.5 * len(state.factors) * log_within
    found -= 0.5 * (np.linalg.inv(within) * of_people).sum()
    if data.team_scale > 0:
        found -= 0.5 * len(state.of_teams) * log_over
        found -= 0.5 * (np.linalg.inv(over) * of_teams).sum()
    return found


@factor_kernel
def _team_sums(state: WalkState, data: WalkData) -> tuple[FloatArray, FloatArray]:
    """Size of every team, and the sum of its people's factors."""
    size, total = np.zeros(len(state.of_teams)), np.zeros(state.of_teams.shape)
    for i in range(len(state.factors)):
        size[data.team[i]] += 1
        total[data.team[i]] += state.factors[i]
    return size, total


@factor_kernel
def _without_teams(state: WalkState, data: WalkData, sums: tuple[FloatArray, FloatArray]) -> float:
    """Log density of spreads and correlations over teams, teams' factors integrated out."""
    size, total = sums
    within, over, _, _ = _covariances(state, data)
    found = _log_parameters(state, data, within + over)
    for t in range(len(size)):
        if size[t] == 0:
            continue
        root = root_of(over + within / size[t])
        score = forward(root, total[t] / size[t])
        for v in range(len(score)):
            found -= 0.5 * score[v] * score[v] + math.log(root[v, v])
    return found


@factor_kernel
def _move(state: WalkState, data: WalkData, kind: int, place: int, by: float) -> float:
    """Make a move that the answers do not notice; give its log volume."""
    if kind == CORRELATIONS:
        state.within[place] += by
    elif kind == SPREADS:
        state.log_sd[place] += by
    elif kind == OVER_TEAMS:
        state.over[place] += by
    elif kind == TOGETHER:
        state.log_sd[place] += by
        state.of_teams[:, place] *= math.exp(by)
        return by * len(state.of_teams)
    elif kind == STRETCHES:
        state.factors[:, place] *= math.exp(by)
        state.loadings[:, place] *= math.exp(-by)
        volume = by * (len(state.factors) - data.loads[:, place].sum())
        if data.team_scale > 0:
            state.log_sd[place] += by
            state.of_teams[:, place] *= math.exp(by)
            volume += by * len(state.of_teams)
        return volume
    else:
        state.factors[:, place] += by
        for j in range(len(state.cuts)):
            state.cuts[j] += by * state.loadings[j, place]
        if data.team_scale > 0:
            state.of_teams[:, place] += by
    return 0.0


@factor_kernel
def _many_moves(
    state: WalkState, data: WalkData, kind: int, rate: float, rng: np.random.Generator
) -> None:
    """Try moves of a kind for every factor or correlation; lengths of steps learn at `rate`."""
    n_places = len(state.log_sd)
    if kind in (CORRELATIONS, OVER_TEAMS):
        n_places = len(state.within)
    squares = _squares(state, data)
    sums = _team_sums(state, data)
    free = kind in (SPREADS, OVER_TEAMS)
    here = _without_teams(state, data, sums) if free else _structure(state, data, squares)
    for place in range(n_places):
        for _ in range(_TIMES):
            by = math.exp(state.log_step[kind, place]) * rng.standard_normal()
            volume = _move(state, data, kind, place, by)
            changed = squares
            if kind in (TOGETHER, STRETCHES, SHIFTS):
                changed = _squares(state, data)
            there = _without_teams(state, data, sums) if free else _structure(state, data, changed)
            gain = there - here + volume
            if math.isfinite(gain) and math.log(rng.random()) < gain:
                here, squares = there, changed
            else:
                _move(state, data, kind, place, -by)
            taken = math.exp(min(0.0, gain)) if math.isfinite(gain) else 0.0
            state.log_step[kind, place] += rate * (taken - _WANTED)


@factor_kernel
def _draw_teams(state: WalkState, data: WalkData, rng: np.random.Generator) -> None:
    """Draw teams' factors given people's."""
    n_teams, n_factors = state.of_teams.shape
    within, over, _, _ = _covariances(state, data)
    of_people, of_teams = np.linalg.inv(within), np.linalg.inv(over)
    size, total = _team_sums(state, data)
    noise = np.empty(n_factors)
    for t in range(n_teams):
        covariance = np.linalg.inv(of_teams + size[t] * of_people)
        root = np.linalg.cholesky(covariance)
        for v in range(n_factors):
            noise[v] = rng.standard_normal()
        state.of_teams[t] = covariance @ (of_people @ total[t]) + root @ noise


@factor_kernel
def _draw_items(state: WalkState, data: WalkData, uphill: bool, rng: np.random.Generator) -> int:
    """Draw every item's loadings and thresholds given people's factors."""
    within, over, _, _ = _covariances(state, data)
    taken = 0
    for j in range(len(state.loadings)):
        own = np.flatnonzero(data.loads[j])
        m, n_cuts = len(own), data.n_cuts[j]
        known = np.empty((len(state.factors), m))
        total, sd, at = np.empty((m, m)), np.empty(m), np.empty(m + n_cuts)
        for v in range(m):
            known[:, v] = state.factors[:, own[v]]
            sd[v], at[v] = data.loading_sd[j, own[v]], state.loadings[j, own[v]]
            for w in range(m):
                total[v, w] = within[own[v], own[w]] + over[own[v], own[w]]
        at[m:] = state.cuts[j, :n_cuts]
        if draw_item(data.answers[j], known, at, (total, sd, data.logit), uphill, rng):
            taken += 1
            for v in range(m):
                state.loadings[j, own[v]] = at[v]
            state.cuts[j, :n_cuts] = at[m:]
    return taken


@factor_kernel
def sweep(
    state: WalkState, data: WalkData, mean: FloatArray, rate: float, rng: np.random.Generator
) -> tuple[int, int]:
    """
    Draw everything once, each part given the others.

    Parameters
    ----------
    state : WalkState
        Where the chain is; changed.
    data : WalkData
        Answers and priors.
    mean : ndarray of shape (n_respondents, n_factors)
        Work space.
    rate : float
        How fast lengths of steps learn; 0 after warming up, from where on the target is exact.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    tuple of int
        How many proposals for people and for items were taken.
    """
    for i in range(len(mean)):
        mean[i] = state.of_teams[data.team[i]]
    within, _, _, _ = _covariances(state, data)
    measure = Measure(state.loadings, state.cuts, data.n_cuts, data.logit, np.linalg.inv(within))
    people = draw_factors(data.values, mean, measure, state.factors, rng)
    items = _draw_items(state, data, rate > 0, rng)
    if data.team_scale > 0:
        # Teams' factors are integrated out while their spreads move, and then drawn.
        _many_moves(state, data, SPREADS, rate, rng)
        _many_moves(state, data, OVER_TEAMS, rate, rng)
        _draw_teams(state, data, rng)
        _many_moves(state, data, TOGETHER, rate, rng)
    for kind in (CORRELATIONS, STRETCHES, SHIFTS):
        _many_moves(state, data, kind, rate, rng)
    return people, items
