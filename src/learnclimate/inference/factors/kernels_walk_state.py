"""What a walk over items and factors holds: answers, priors, and where a chain is."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.kernels import factor_kernel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Kinds of moves that the answers do not notice, and how often each is tried in a sweep.
CORRELATIONS, SPREADS, OVER_TEAMS, TOGETHER, STRETCHES, SHIFTS = 0, 1, 2, 3, 4, 5
#: A move that they do notice: spreads over teams, and everybody along with the team.
LIFTS = 6
#: Others, with a factor integrated out: an item's loading; one up as far as another goes down.
LOADINGS, EXCHANGES = 7, 8
N_MOVES = 9


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
    tied : ndarray of shape (n_items, most cuts), bool
        Thresholds between which and the one below hardly anybody answered.
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
    tied: npt.NDArray[np.bool_]
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
    log_step : ndarray of shape (N_MOVES, n_factors, n_correlations or n_items, whichever is most)
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
def correlation_root(partial: FloatArray, size: int) -> tuple[FloatArray, float]:
    """Lower root of correlations, given atanh of partial ones; log determinant."""
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
    return root, log_determinant


@factor_kernel
def product_of(root: FloatArray) -> FloatArray:
    """Matrix of which this is the lower root. Loops: of so few rows they beat a library."""
    size = len(root)
    found = np.zeros((size, size))
    for row in range(size):
        for column in range(row + 1):
            total = 0.0
            for v in range(column + 1):
                total += root[row, v] * root[column, v]
            found[row, column] = total
            found[column, row] = total
    return found


@factor_kernel
def correlations_at(partial: FloatArray, size: int) -> FloatArray:
    """Correlation matrix at inverse hyperbolic tangents of partial ones."""
    root, _ = correlation_root(partial, size)
    return product_of(root)
