"""The marginal likelihood of further families, team by team: value, gradient and proposals."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.arithmetic import outer_kernel, row_kernel
from learnclimate.inference.marginal.kernels.rows import Kind, row_log, row_terms

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_STEPS = 60
#: A team has arrived where a further step is shorter than this, squared and in its standard
#: deviations: one node has to lie at the mode, several, and proposals, only near it.
AT_MODE, NEAR = 1e-10, 1e-5
_LARGEST_MOVE = 0.5
#: Weights of nodes that only pad registers.
_NOTHING = -1e29


class FamilyRows(NamedTuple):
    """
    Rows sorted by team.

    Attributes
    ----------
    answer : ndarray of shape (n_rows, 3), int64
        Lowest and highest count, -1 where it is open, and K.
    times : ndarray of shape (n_rows,)
        Respondents of each row.
    group : ndarray of shape (n_rows,), int64
        Combination of frequency levels.
    team_start : ndarray of shape (n_teams + 1,), int64
        First row of each team.
    options : ndarray of shape (n_rows,), int64
        1 for a row that stands for itself. Where a respondent's level is unknown there is a
        row for every level, one behind the other: their number at the first, 0 at the others.
    """

    answer: IntArray
    times: FloatArray
    group: IntArray
    team_start: IntArray
    options: IntArray


class Place(NamedTuple):
    """
    One psi.

    Attributes
    ----------
    eta : ndarray of shape (n_rows,)
        Predictor at the team's effect 0.
    start : ndarray of shape (n_rows, 4)
        What does not depend on the predictor, as `all_row_starts` fills it.
    direction : ndarray of shape (n_groups, d)
        What a team's standard normal effects add to the predictor.
    phi : float
        Dispersion; 1 where there is none.
    log_share : ndarray of shape (n_rows,)
        Log probability of a row's level, where that is unknown; 0 elsewhere.
    """

    eta: FloatArray
    start: FloatArray
    direction: FloatArray
    phi: float
    log_share: FloatArray


@row_kernel
def _shift(direction: FloatArray, b: FloatArray) -> float:
    total = 0.0
    for i in range(b.shape[0]):
        total += direction[i] * b[i]
    return total


@row_kernel
def _terms(
    kind: Kind, rows: FamilyRows, place: Place, c: int, eta: float
) -> tuple[float, float, float, float, float]:
    """Terms of a row at a predictor."""
    answer = rows.answer[c, 0], rows.answer[c, 1], rows.answer[c, 2]
    start = place.start[c, 0], place.start[c, 1], place.start[c, 2], place.start[c, 3]
    return row_terms(kind, answer, start, eta, place.phi)


@row_kernel
def _log(kind: Kind, rows: FamilyRows, place: Place, c: int, eta: float) -> float:
    """Log density of a row at a predictor."""
    answer = rows.answer[c, 0], rows.answer[c, 1], rows.answer[c, 2]
    start = place.start[c, 0], place.start[c, 1], place.start[c, 2], place.start[c, 3]
    return row_log(kind, answer, start, eta, place.phi)


@row_kernel
def _factorise(a: FloatArray, inverse: FloatArray) -> float:
    """Cholesky factor in place, the inverse of it; the log determinant of that."""
    d = a.shape[0]
    log_det = 0.0
    for j in range(d):
        for i in range(j, d):
            total = a[i, j]
            for k in range(j):
                total -= a[i, k] * a[j, k]
            a[i, j] = np.sqrt(max(total, 1e-8)) if i == j else total / a[j, j]
    for j in range(d):
        inverse[j, j] = 1.0 / a[j, j]
        log_det += np.log(inverse[j, j])
        for i in range(j + 1, d):
            total = 0.0
            for k in range(j, i):
                total -= a[i, k] * inverse[k, j]
            inverse[i, j] = total / a[i, i]
    return log_det


@row_kernel
def _log_mixture(kind: Kind, rows: FamilyRows, place: Place, c: int, b: FloatArray) -> float:
    """
    Log density, at effects b, of the respondent of unknown level whose first row is c.

    The terms are computed here and again where they are weighed, rather than kept: such
    respondents are few.
    """
    largest, total = -np.inf, 0.0
    for i in range(c, c + rows.options[c]):
        eta = place.eta[i] + _shift(place.direction[rows.group[i]], b)
        term = place.log_share[i] + _log(kind, rows, place, i, eta)
        if term > largest:
            total = total * np.exp(largest - term) + 1.0
            largest = term
        else:
            total += np.exp(term - largest)
    return largest + np.log(total)


@row_kernel
def _fill_precision(
    kind: Kind, rows: FamilyRows, place: Place, team: int, work: tuple[FloatArray, ...]
) -> None:
    """
    Gradient, and minus the Hessian by weights of at least 0, of a team at its mode.

    What an unknown level adds to the spread of the scores is left out: the precision is then
    that of known levels, on which Newton's steps are safe, if a little short.
    """
    mode, push, precision, _, _ = work
    d = mode.shape[0]
    for i in range(d):
        push[i] = -mode[i]
        for j in range(d):
            precision[i, j] = 1.0 if i == j else 0.0
    whole = 0.0
    for c in range(rows.team_start[team], rows.team_start[team + 1]):
        if rows.options[c] > 1:
            whole = _log_mixture(kind, rows, place, c, mode)
        z = place.direction[rows.group[c]]
        eta = place.eta[c] + _shift(z, mode)
        log, s, w, _, _ = _terms(kind, rows, place, c, eta)
        times = rows.times[c]
        if rows.options[c] != 1:
            times *= np.exp(place.log_share[c] + log - whole)
        w = max(w, 0.0)
        for i in range(d):
            push[i] += times * s * z[i]
            for j in range(i + 1):
                precision[i, j] += times * w * z[i] * z[j]


@row_kernel
def _direct(inverse: FloatArray, push: FloatArray, step: FloatArray) -> float:
    """Turn a gradient into Newton's step, in place; its squared length in standard deviations."""
    d = push.shape[0]
    length = 0.0
    for i in range(d):
        step[i] = 0.0
        for j in range(i + 1):
            step[i] += inverse[i, j] * push[j]
        length += step[i] * step[i]
    for i in range(d):
        push[i] = 0.0
        for j in range(i, d):
            push[i] += inverse[j, i] * step[j]
    return length


@row_kernel
def _climb(
    kind: Kind,
    rows: FamilyRows,
    place: Place,
    team: int,
    ask: tuple[tuple[FloatArray, ...], float],
) -> float:
    """Find a team's mode by damped Newton steps, to so short a one; return log |C|."""
    work, settled = ask
    mode, push, precision, inverse, step = work
    d = mode.shape[0]
    log_det = 0.0
    for trial in range(_STEPS if d > 0 else 0):
        _fill_precision(kind, rows, place, team, work)
        log_det = _factorise(precision, inverse)
        if _direct(inverse, push, step) < settled or trial == _STEPS - 1:
            break
        farthest = 0.0
        for c in range(rows.team_start[team], rows.team_start[team + 1]):
            farthest = max(farthest, abs(_shift(place.direction[rows.group[c]], push)))
        size = 1.0 if farthest < _LARGEST_MOVE else np.log1p(farthest) / farthest
        for i in range(d):
            mode[i] += size * push[i]
    return log_det


@row_kernel
def _fill_nodes(
    mode: FloatArray, inverse: FloatArray, nodes: tuple[FloatArray, FloatArray], at: FloatArray
) -> None:
    """Fill at (1 + d, n_nodes): weights and prior first, then the nodes b."""
    grid, log_weight = nodes
    d = grid.shape[0]
    for q in range(grid.shape[1]):
        at[0, q] = log_weight[q]
        for i in range(d):
            b = mode[i]
            for j in range(i, d):
                b += inverse[j, i] * grid[j, q]
            at[1 + i, q] = b
            at[0, q] -= 0.5 * b * b


@row_kernel
def _add_row(kind: Kind, rows: FamilyRows, place: Place, c: int, at: FloatArray) -> None:
    """Add the log density of the respondent whose first row is c at the nodes."""
    z = place.direction[rows.group[c]]
    for q in range(at.shape[1]):
        if at[0, q] <= _NOTHING:
            continue
        if rows.options[c] > 1:
            at[0, q] += rows.times[c] * _log_mixture(kind, rows, place, c, at[1:, q])
            continue
        eta = place.eta[c] + _shift(z, at[1:, q])
        at[0, q] += rows.times[c] * _log(kind, rows, place, c, eta)


@row_kernel
def _add_slopes(
    kind: Kind, rows: FamilyRows, place: Place, c: int, where: tuple[FloatArray, FloatArray]
) -> None:
    """Add posterior mean slopes of the rows of a respondent, by normalised weights at the nodes."""
    at, slopes = where
    n = rows.options[c]
    for q in range(at.shape[1]):
        if at[0, q] < 1e-18:
            continue
        whole = 0.0
        if n > 1:
            whole = _log_mixture(kind, rows, place, c, at[1:, q])
        for i in range(c, c + n):
            eta = place.eta[i] + _shift(place.direction[rows.group[i]], at[1:, q])
            log, s, _, k, by_zero = _terms(kind, rows, place, i, eta)
            weight = at[0, q]
            if n > 1:
                weight *= np.exp(place.log_share[i] + log - whole)
            slopes[i, 0] += weight * s
            slopes[i, 1] += weight * k
            slopes[i, 2] += weight * by_zero
            slopes[i, 3] += weight
            for j in range(at.shape[0] - 1):
                slopes[i, 4 + j] += weight * s * at[1 + j, q]


@outer_kernel
def family_kernel(
    kind: Kind,
    rows: FamilyRows,
    place: Place,
    nodes: tuple[FloatArray, FloatArray, float],
    teams: tuple[FloatArray, FloatArray, FloatArray],
    slopes: FloatArray,
) -> float:
    """
    Log marginal likelihood of all teams at one psi.

    ``nodes`` are the grid (d, n_nodes), its log weights and how near to the modes it has to lie,
    `AT_MODE` or `NEAR`; ``teams`` the modes (n_teams, d),
    where Newton's steps begin and which are overwritten, the inverse factors (n_teams, d, d)
    and the teams' values (n_teams,), filled. ``slopes`` (n_rows, 4 + d) or (0, ...) is filled
    with posterior means of s, ∂κ, ∂ζ, 1 and s times each effect, by row; of a respondent of
    unknown level each times the probability of the row's level.
    """
    modes, factors, values = teams
    d, n_nodes = nodes[0].shape
    at = np.empty((1 + d, n_nodes))
    push, step, precision = np.empty(d), np.empty(d), np.zeros((d, d))
    total = 0.0
    for team in range(rows.team_start.shape[0] - 1):
        first, last = rows.team_start[team], rows.team_start[team + 1]
        work = (modes[team], push, precision, factors[team], step)
        values[team] = _climb(kind, rows, place, team, (work, nodes[2]))
        _fill_nodes(modes[team], factors[team], (nodes[0], nodes[1]), at)
        for c in range(first, last):
            if rows.options[c] > 0:
                _add_row(kind, rows, place, c, at)
        largest = at[0].max()
        share = 0.0
        for q in range(n_nodes):
            at[0, q] = np.exp(at[0, q] - largest)
            share += at[0, q]
        for q in range(n_nodes):
            at[0, q] /= share
        values[team] += largest + np.log(share)
        total += values[team]
        if slopes.shape[0] > 0:
            for c in range(first, last):
                if rows.options[c] > 0:
                    _add_slopes(kind, rows, place, c, (at, slopes))
    return total


@outer_kernel
def proposal_kernel(
    kind: Kind, rows: FamilyRows, place: Place, b: FloatArray, h: FloatArray
) -> None:
    """Add the log density of every team at effects b (n_teams, P, d) to h (n_teams, P)."""
    for team in range(rows.team_start.shape[0] - 1):
        for c in range(rows.team_start[team], rows.team_start[team + 1]):
            z = place.direction[rows.group[c]]
            for p in range(b.shape[1] if rows.options[c] > 0 else 0):
                if rows.options[c] > 1:
                    h[team, p] += rows.times[c] * _log_mixture(kind, rows, place, c, b[team, p])
                    continue
                eta = place.eta[c] + _shift(z, b[team, p])
                h[team, p] += rows.times[c] * _log(kind, rows, place, c, eta)
