"""Averages over the respondents at every draw, compiled: one exponential a respondent and draw."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.arithmetic import (
    exp,
    exp_all,
    fast_kernel,
    inline_kernel,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_Parameters = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]
_Respondents = tuple[FloatArray, FloatArray, IntArray, IntArray, FloatArray]


@fast_kernel
def average_over_respondents(
    parameters: _Parameters,
    respondents: _Respondents,
    layout: tuple[IntArray, IntArray],
    picked: IntArray,
    answers: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    scratch: tuple[FloatArray, FloatArray, FloatArray],
) -> None:
    """
    Fill the answers of a block of draws.

    Parameters
    ----------
    parameters : tuple of ndarray
        Intercept (S,), covariate effects (S, K), log rate ratio of every level (S, L),
        curve that multiplies the slopes (S, L), team effects (S, T, D).
    respondents : tuple of ndarray
        Log exposure (n,), covariates (K, n), level of each frequency (F, n), first row of
        each team (T + 1,), share of each respondent (n,); rows sorted by team.
    layout : tuple of ndarray, int64
        Place of the varying intercept and of each slope among the team effects, -1 without
        (1 + F,); first level of each frequency among all levels (F + 1,).
    picked : ndarray of shape (S,), int64
        A respondent drawn at random for each draw.
    answers : tuple of ndarray
        To fill: expected count at each level (S, L), the picked respondent's (S, L),
        and both at the levels answered (S,), (S,).
    scratch : tuple of ndarray
        Room to work in: for the rates of the largest team, twice, and for every level.
        These kernels cannot allocate it themselves.
    """
    level, first, share = respondents[2], respondents[3], respondents[4]
    effect_position, level_start = layout
    expected, picked_expected, observed, picked_observed = answers
    rate, shared, factor = scratch
    for draw in range(len(picked)):
        expected[draw, :] = 0.0
        observed[draw] = 0.0
        for team in range(len(first) - 1):
            start, n_rows = first[team], first[team + 1] - first[team]
            _fill_factors(factor, parameters, effect_position, level_start, draw, team)
            _fill_rates(rate, parameters, respondents, effect_position[0], draw, team)
            for i in range(n_rows):
                shared[i] = rate[i] * share[start + i]
            observed[draw] += _sum_team(
                shared, factor, level, level_start, (start, n_rows), expected[draw]
            )
            if start <= picked[draw] < start + n_rows:
                mine = rate[picked[draw] - start]
                picked_observed[draw] = _answers_of_one(
                    mine, factor, level, level_start, picked[draw], picked_expected[draw]
                )


@inline_kernel
def _fill_factors(
    factor: FloatArray,
    parameters: _Parameters,
    effect_position: IntArray,
    level_start: IntArray,
    draw: int,
    team: int,
) -> None:
    """Fill in a team's factor at every level of every frequency."""
    curve, slope_curve, effects = parameters[2], parameters[3], parameters[4]
    for f in range(len(level_start) - 1):
        slope = 0.0
        if effect_position[1 + f] >= 0:
            slope = effects[draw, team, effect_position[1 + f]]
        for k in range(level_start[f], level_start[f + 1]):
            factor[k] = exp(curve[draw, k] + slope * slope_curve[draw, k])


@inline_kernel
def _fill_rates(
    rate: FloatArray,
    parameters: _Parameters,
    respondents: _Respondents,
    position: int,
    draw: int,
    team: int,
) -> None:
    """Fill in the rates of a team's respondents without their frequencies."""
    slopes, effects = parameters[1], parameters[4]
    log_exposure, covariates, first = respondents[0], respondents[1], respondents[3]
    start, n_rows = first[team], first[team + 1] - first[team]
    common = parameters[0][draw]
    if position >= 0:
        common += effects[draw, team, position]
    for i in range(n_rows):
        rate[i] = common + log_exposure[start + i]
    for c in range(slopes.shape[1]):
        for i in range(n_rows):
            rate[i] += slopes[draw, c] * covariates[c, start + i]
    exp_all(rate, n_rows)


@inline_kernel
def _sum_team(
    shared: FloatArray,
    factor: FloatArray,
    level: IntArray,
    level_start: IntArray,
    rows: tuple[int, int],
    expected: FloatArray,
) -> float:
    """Add a team's expected counts at each level; return that at the levels answered."""
    start, n_rows = rows
    n_frequencies = len(level_start) - 1
    observed = 0.0
    for f in range(max(n_frequencies, 1)):
        total = 0.0
        answered = 0.0
        for i in range(n_rows):
            rest = shared[i]
            if n_frequencies > 1:
                rest *= _others(factor, level, level_start, start + i, f)
            total += rest
            if n_frequencies > 0:
                rest *= factor[level_start[f] + level[f, start + i]]
            answered += rest
        if f == 0:
            observed = answered
        # A team's factors at the levels are common to its rows: applied once, to the sum.
        if n_frequencies > 0:
            for k in range(level_start[f], level_start[f + 1]):
                expected[k] += total * factor[k]
    return observed


@inline_kernel
def _answers_of_one(
    rate: float,
    factor: FloatArray,
    level: IntArray,
    level_start: IntArray,
    row: int,
    expected: FloatArray,
) -> float:
    """Fill in one respondent's expected counts; return that at the levels answered."""
    for f in range(len(level_start) - 1):
        rest = rate * _others(factor, level, level_start, row, f)
        for k in range(level_start[f], level_start[f + 1]):
            expected[k] = rest * factor[k]
    return rate * _others(factor, level, level_start, row, -1)


@inline_kernel
def _others(
    factor: FloatArray, level: IntArray, level_start: IntArray, row: int, left_out: int
) -> float:
    """Multiply a row's factors over all frequencies but one."""
    product = 1.0
    for f in range(len(level_start) - 1):
        if f != left_out:
            product *= factor[level_start[f] + level[f, row]]
    return product
