"""Kernels of one sweep over items, factors of people and of teams, spreads and correlations."""

import math

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.kernels import factor_kernel
from learnclimate.inference.factors.kernels_scores import Measure, log_answer
from learnclimate.inference.factors.kernels_walk_apart import draw_apart
from learnclimate.inference.factors.kernels_walk_cuts import draw_distances
from learnclimate.inference.factors.kernels_walk_items import (
    backward,
    draw_factors,
    draw_item,
    forward,
    inverse_of,
    item_spread,
    root_of,
)
from learnclimate.inference.factors.kernels_walk_state import (
    CORRELATIONS,
    LIFTS,
    OVER_TEAMS,
    SHIFTS,
    SPREADS,
    STRETCHES,
    TOGETHER,
    WalkData,
    WalkState,
    correlation_root,
    product_of,
)

FloatArray = npt.NDArray[np.float64]

#: How often each move is tried in a sweep, and how often it is to be taken.
_TIMES = 4
_WANTED = 0.4


@factor_kernel
def _log_prior(partial: FloatArray, shapes: FloatArray) -> float:
    total = 0.0
    for place in range(len(partial)):
        total -= 2 * shapes[place] * math.log(math.cosh(partial[place]))
    return total


@factor_kernel
def _products(rows: FloatArray) -> FloatArray:
    """Sum squares and products of columns."""
    size = rows.shape[1]
    found = np.zeros((size, size))
    for i in range(len(rows)):
        for v in range(size):
            for w in range(size):
                found[v, w] += rows[i, v] * rows[i, w]
    return found


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
    return within, _products(state.of_teams)


@factor_kernel
def _roots(state: WalkState, data: WalkData) -> tuple[FloatArray, FloatArray, float, float]:
    """Roots of the covariances within teams and over teams, with their log determinants."""
    n_factors = len(state.log_sd)
    within, log_within = correlation_root(state.within, n_factors)
    if data.team_scale == 0:
        return within, np.zeros((n_factors, n_factors)), log_within, 0.0
    over, log_over = correlation_root(state.over, n_factors)
    for v in range(n_factors):
        over[v] *= math.exp(state.log_sd[v])
        log_over += 2 * state.log_sd[v]
    return within, over, log_within, log_over


@factor_kernel
def _distance(root: FloatArray, squares: FloatArray) -> float:
    """Sum of squared distances of the rows whose squares and products these are."""
    inverse = inverse_of(root)
    found = 0.0
    for v in range(len(root)):
        for w in range(len(root)):
            found += inverse[v, w] * squares[v, w]
    return found


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
        found -= 0.5 * data.n_cuts[j] * math.log(square)
        for k in range(data.n_cuts[j]):
            found -= 0.5 * state.cuts[j, k] ** 2 / square
        for v in range(len(state.log_sd)):
            if data.loads[j, v]:
                found -= 0.5 * (state.loadings[j, v] / data.loading_sd[j, v]) ** 2
    return found


@factor_kernel
def _structure(state: WalkState, data: WalkData, squares: tuple[FloatArray, FloatArray]) -> float:
    """Log density of all that the answers do not tell directly: factors and parameters."""
    of_people, of_teams = squares
    within, over, log_within, log_over = _roots(state, data)
    found = _log_parameters(state, data, product_of(within) + product_of(over))
    found -= 0.5 * len(state.factors) * log_within
    found -= 0.5 * _distance(within, of_people)
    if data.team_scale > 0:
        found -= 0.5 * len(state.of_teams) * log_over
        found -= 0.5 * _distance(over, of_teams)
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
    root_within, root_over, _, _ = _roots(state, data)
    within, over = product_of(root_within), product_of(root_over)
    found = _log_parameters(state, data, within + over)
    root, last = over, 0.0
    for t in range(len(size)):
        if size[t] == 0:
            continue
        if size[t] != last:
            root, last = root_of(over + within / size[t]), size[t]
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
def _lift(state: WalkState, data: WalkData, place: int, by: float) -> None:
    """Stretch the teams' factors with their spread; everybody keeps the distance to the team."""
    state.log_sd[place] += by
    stretch = math.expm1(by)
    for i in range(len(state.factors)):
        state.factors[i, place] += stretch * state.of_teams[data.team[i], place]
    state.of_teams[:, place] *= 1 + stretch


@factor_kernel
def _log_answers(state: WalkState, data: WalkData, place: int) -> float:
    """Log probability of the answers to the items that load on a factor."""
    found = 0.0
    for j in range(len(state.loadings)):
        if not data.loads[j, place]:
            continue
        for i in range(len(state.factors)):
            if data.answers[j, i] >= 0:
                predictor = 0.0
                for v in range(len(state.log_sd)):
                    predictor += state.loadings[j, v] * state.factors[i, v]
                found += log_answer(
                    data.values[i, j], predictor, state.cuts[j], data.n_cuts[j], data.logit
                )
    return found


@factor_kernel
def _many_lifts(state: WalkState, data: WalkData, rate: float, rng: np.random.Generator) -> None:
    """
    Try lifts for every factor.

    Where teams hardly differ, spreads given everybody's factors are known well and move
    slowly; given everybody's distance to the team they are free.
    """
    for place in range(len(state.log_sd)):
        squares = _squares(state, data)
        here = _structure(state, data, squares) + _log_answers(state, data, place)
        for _ in range(_TIMES):
            by = math.exp(state.log_step[LIFTS, place]) * rng.standard_normal()
            _lift(state, data, place, by)
            # Distances within teams stay as they are, and teams keep their standard scores.
            changed = (squares[0], _products(state.of_teams))
            there = _structure(state, data, changed) + _log_answers(state, data, place)
            gain = there - here + by * len(state.of_teams)
            if math.isfinite(gain) and math.log(rng.random()) < gain:
                here = there
            else:
                _lift(state, data, place, -by)
            taken = math.exp(min(0.0, gain)) if math.isfinite(gain) else 0.0
            state.log_step[LIFTS, place] += rate * (taken - _WANTED)


@factor_kernel
def _draw_teams(state: WalkState, data: WalkData, rng: np.random.Generator) -> None:
    """Draw teams' factors given people's."""
    n_teams, n_factors = state.of_teams.shape
    within, over, _, _ = _roots(state, data)
    of_people, of_teams = inverse_of(within), inverse_of(over)
    size, total = _team_sums(state, data)
    noise = np.empty(n_factors)
    for t in range(n_teams):
        root = root_of(of_teams + size[t] * of_people)
        for v in range(n_factors):
            noise[v] = rng.standard_normal()
        told = np.zeros(n_factors)
        for v in range(n_factors):
            for w in range(n_factors):
                told[v] += of_people[v, w] * total[t, w]
        state.of_teams[t] = backward(root, forward(root, told) + noise)


@factor_kernel
def _draw_items(state: WalkState, data: WalkData, uphill: bool, rng: np.random.Generator) -> int:
    """Draw every item's loadings and thresholds given people's factors."""
    root_within, root_over, _, _ = _roots(state, data)
    together = product_of(root_within) + product_of(root_over)
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
                total[v, w] = together[own[v], own[w]]
        at[m:] = state.cuts[j, :n_cuts]
        prior, tied = (total, sd, data.logit), data.tied[j, :n_cuts]
        if draw_item(data.answers[j], known, at, prior, (tied, uphill), rng):
            taken += 1
        for v in range(m):
            state.loadings[j, own[v]] = at[v]
        state.cuts[j, :n_cuts] = at[m:]
        if data.tied[j].any():
            prior_of_cuts = (item_spread(at[:m], total), data.logit)
            cuts = state.cuts[j, :n_cuts]
            predictor = np.zeros(len(known))
            for v in range(m):
                predictor += known[:, v] * at[v]
            draw_distances(data.answers[j], predictor, cuts, tied, prior_of_cuts, rng)
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
    within, _, _, _ = _roots(state, data)
    measure = Measure(state.loadings, state.cuts, data.n_cuts, data.logit, inverse_of(within))
    people = draw_factors(data.values, mean, measure, state.factors, rng)
    items = _draw_items(state, data, rate > 0, rng)
    draw_apart(state, data, rate, rng)
    if data.team_scale > 0:
        # Teams' factors are integrated out while their spreads move, and then drawn.
        _many_moves(state, data, SPREADS, rate, rng)
        _many_moves(state, data, OVER_TEAMS, rate, rng)
        _draw_teams(state, data, rng)
        _many_moves(state, data, TOGETHER, rate, rng)
        _many_lifts(state, data, rate, rng)
    for kind in (CORRELATIONS, STRETCHES, SHIFTS):
        _many_moves(state, data, kind, rate, rng)
    return people, items
