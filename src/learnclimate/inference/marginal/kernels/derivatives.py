"""Gradient by Fisher's identity and information by Louis's, in one pass over the teams."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.arithmetic import (
    fast_kernel,
    inline_kernel,
    inner_kernel,
)
from learnclimate.inference.marginal.kernels.families import (
    CovariateSums,
    Rows,
    dot,
    segment_derivatives,
)
from learnclimate.inference.marginal.kernels.modes import climb
from learnclimate.inference.marginal.kernels.points import Points
from learnclimate.inference.marginal.kernels.quadrature import NodeGrid
from learnclimate.inference.marginal.kernels.scratch import (
    Moments,
    Point,
    ScoreWork,
    Scratch,
    Start,
    TeamWork,
)
from learnclimate.inference.marginal.kernels.team import (
    fill_block,
    rows_of,
    team_value,
)
from learnclimate.inference.marginal.kernels.team_data import TeamData

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Directions(NamedTuple):
    """
    How the log rate moves with psi, for the variance of the score within teams.

    Attributes
    ----------
    level : ndarray of shape (n_groups, n_frequencies)
        Position of each group's level among the flattened levels.
    slope : ndarray of shape (d,)
        Frequency whose slope each team effect is; -1 for the intercept.
    multiplier : ndarray of shape (S, n_groups, d)
        What each team effect is multiplied by.
    lower : ndarray of shape (S, d, d)
        L.
    first_level, first_curve, first_cholesky, dispersion : int
        Where these parts of psi begin.
    with_variance : bool
        Whether the variance and the second derivatives are wanted.
    """

    level: IntArray
    slope: IntArray
    multiplier: FloatArray
    lower: FloatArray
    first_level: int
    first_curve: int
    first_cholesky: int
    dispersion: int
    with_variance: bool


class Sums(NamedTuple):
    """
    Sums over teams, at each psi, of posterior means given the data.

    With s the slope of a row by its log rate, w minus the second derivative, x its
    covariates, b the team's effect, and κ = log φ.

    Attributes
    ----------
    value : ndarray of shape (S,)
        Log marginal likelihood.
    slope : ndarray of shape (S, n_groups, 1 + d)
        Of s (1, b).
    weight : ndarray of shape (S, n_groups, 1 + d, 1 + d)
        Of w (1, b)(1, b)ᵀ.
    cross : ndarray of shape (S, n_groups, 1 + d)
        Of -∂s/∂κ (1, b).
    covariate_slope : ndarray of shape (S, n_covariates)
        Of s x.
    covariate_mixed : ndarray of shape (S, n_groups, 1 + d, n_covariates)
        Of w (1, b) xᵀ.
    covariate_square : ndarray of shape (S, n_covariates, n_covariates)
        Of w x xᵀ.
    covariate_cross : ndarray of shape (S, n_covariates)
        Of -∂s/∂κ x.
    dispersion : ndarray of shape (S, 2)
        First derivative by κ, and minus the second.
    variance : ndarray of shape (S, m, m)
        Variance of the score by psi within teams.
    """

    value: FloatArray
    slope: FloatArray
    weight: FloatArray
    cross: FloatArray
    covariate_slope: FloatArray
    covariate_mixed: FloatArray
    covariate_square: FloatArray
    covariate_cross: FloatArray
    dispersion: FloatArray
    variance: FloatArray


@fast_kernel
def derivative_kernel(
    data: TeamData,
    points: Points,
    grid: NodeGrid,
    start: Start,
    share: tuple[int, int],
    ask: tuple[Directions, Sums, Scratch, Moments, ScoreWork],
) -> None:
    """Add up value and derivatives over the teams in the blocks of a share at every psi."""
    directions, sums, scratch, moments, score = ask
    work, block = scratch.work, scratch.block
    for s in range(points.base.shape[0]):
        point = Point(
            points.base[s], points.zeta[s], points.coefficients[s], points.log_dispersion[s]
        )
        for number in range(share[0], share[1]):
            begin, end = data.block_start[number], data.block_start[number + 1]
            fill_block(data, point, begin, end, block)
            rows = rows_of(data, point, begin, block)
            climb(data, point, rows, (begin, end), (block, work, start))
            for team in range(begin, end):
                value = team_value(data, point, rows, team, (grid, work, block, team - begin))
                sums.value[s] += data.weight[team] * value
                _fill_means(data.weight[team], work, score)
                _add_team(data, rows, team, work, (moments, score, directions, sums, s))


@inner_kernel
def _fill_means(weight: float, work: TeamWork, score: ScoreWork) -> None:
    d, n = work.at.shape
    for q in range(n):
        score.mean_of[0, q] = weight * work.h[q]
    for i in range(d):
        for q in range(n):
            score.mean_of[1 + i, q] = score.mean_of[0, q] * work.at[i, q]


@inner_kernel
def _add_team(
    data: TeamData,
    rows: Rows,
    team: int,
    work: TeamWork,
    ask: tuple[Moments, ScoreWork, Directions, Sums, int],
) -> None:
    moments, score, directions, sums, s = ask
    parts = CovariateSums(
        sums.covariate_slope[s],
        sums.covariate_mixed[s],
        sums.covariate_square[s],
        sums.covariate_cross[s],
    )
    for q in range(work.h.shape[0]):
        moments.dispersion_slope[q] = 0.0
        moments.dispersion_weight[q] = 0.0
        for k in range(data.covariates.shape[0]):
            moments.covariate_slope[k, q] = 0.0
    if directions.with_variance:
        _begin_score(score, work, directions, s)
    low = data.team_start[team]
    for u in range(low, data.team_start[team + 1]):
        group = data.segment_group[u]
        segment_derivatives(rows, u, work.ratio[u - low], score.mean_of, (moments, parts, group))
        _add_segment(moments, score.mean_of, work.at, sums, (s, group))
        if directions.with_variance:
            _add_score(moments, score, work, directions, (s, group))
    sums.dispersion[s, 0] += dot(score.mean_of[0], moments.dispersion_slope)
    sums.dispersion[s, 1] += dot(score.mean_of[0], moments.dispersion_weight)
    if directions.with_variance:
        _end_score(moments, score, directions)
        _add_variance(score, sums.variance[s])


@inline_kernel
def _add_segment(
    moments: Moments, mean_of: FloatArray, at: FloatArray, sums: Sums, where: tuple[int, int]
) -> None:
    s, group = where
    d = at.shape[0]
    for i in range(1 + d):
        sums.slope[s, group, i] += dot(mean_of[i], moments.slope)
        sums.cross[s, group, i] += dot(mean_of[i], moments.cross)
        sums.weight[s, group, i, 0] += dot(mean_of[i], moments.weight)
        for j in range(i):
            total = 0.0
            for q in range(at.shape[1]):
                total += mean_of[i, q] * at[j, q] * moments.weight[q]
            sums.weight[s, group, i, 1 + j] += total


@inline_kernel
def _begin_score(score: ScoreWork, work: TeamWork, directions: Directions, s: int) -> None:
    d, n = work.at.shape
    for a in range(score.score.shape[0]):
        score.active[a] = False
        for q in range(n):
            score.score[a, q] = 0.0
    score.active[0] = True
    for k in range(d):
        for q in range(n):
            score.effect[k, q] = 0.0
        for j in range(k + 1):
            for q in range(n):
                score.effect[k, q] += directions.lower[s, k, j] * work.at[j, q]


@inline_kernel
def _add_score(
    moments: Moments,
    score: ScoreWork,
    work: TeamWork,
    directions: Directions,
    where: tuple[int, int],
) -> None:
    s, group = where
    d, n = work.at.shape
    for q in range(n):
        score.score[0, q] += moments.slope[q]
    for f in range(directions.level.shape[1]):
        row = directions.first_level + directions.level[group, f]
        score.active[row] = True
        for q in range(n):
            score.score[row, q] += moments.slope[q]
    entry = directions.first_cholesky
    for k in range(d):
        z = directions.multiplier[s, group, k]
        for j in range(k + 1):
            score.active[entry] = True
            for q in range(n):
                score.score[entry, q] += z * work.at[j, q] * moments.slope[q]
            entry += 1
        if directions.slope[k] >= 0:
            row = directions.first_curve + directions.level[group, directions.slope[k]]
            score.active[row] = True
            for q in range(n):
                score.score[row, q] += score.effect[k, q] * moments.slope[q]


@inline_kernel
def _end_score(moments: Moments, score: ScoreWork, directions: Directions) -> None:
    n = score.score.shape[1]
    for k in range(moments.covariate_slope.shape[0]):
        score.active[1 + k] = True
        for q in range(n):
            score.score[1 + k, q] = moments.covariate_slope[k, q]
    if directions.dispersion < score.score.shape[0]:
        score.active[directions.dispersion] = True
        for q in range(n):
            score.score[directions.dispersion, q] = moments.dispersion_slope[q]


@inner_kernel
def _add_variance(score: ScoreWork, variance: FloatArray) -> None:
    n = score.score.shape[1]
    weight = score.mean_of[0]
    team_weight = 0.0
    for q in range(n):
        team_weight += weight[q]
    n_active = 0
    for a in range(score.active.shape[0]):
        if score.active[a]:
            row = score.score[a]
            mean = dot(weight, row) / team_weight
            for q in range(n):
                row[q] -= mean
            score.order[n_active] = a
            n_active += 1
    for i in range(n_active):
        row = score.score[score.order[i]]
        for j in range(i + 1):
            other = score.score[score.order[j]]
            total = 0.0
            for q in range(n):
                total += weight[q] * row[q] * other[q]
            variance[score.order[i], score.order[j]] += total
