"""Kernels that draw items' parameters and respondents' factors in turn: what answers tell."""

import math

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.kernels import cdf, density, factor_kernel
from learnclimate.inference.factors.kernels_scores import Measure, _height

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_TINY = 1e-280


@factor_kernel
def _edge(x: float, logit: bool) -> tuple[float, float]:
    """Density at an edge of an answer, and its slope."""
    f = density(x, logit)
    if logit:
        return f, 1.702 * f * (1 - 2 * cdf(x, logit))
    return f, -x * f


@factor_kernel
def share_of(k: int, n_cuts: int, a: float, b: float, logit: bool) -> float:
    """Probability of an answer between two edges, taken in the tail where it loses no digits."""
    if k == 0:
        return max(cdf(b, logit), _TINY)
    if k == n_cuts:
        return max(cdf(-a, logit), _TINY)
    if a > 0:
        return max(cdf(-a, logit) - cdf(-b, logit), _TINY)
    return max(cdf(b, logit) - cdf(a, logit), _TINY)


@factor_kernel
def _add_answer(
    answer: tuple[int, int, bool],
    at: FloatArray,
    known: FloatArray,
    into: tuple[FloatArray, FloatArray],
) -> float:
    """Add an answer's slope and information by loadings and thresholds; give its log share."""
    k, n_cuts, logit = answer
    slope, information = into
    m = len(known)
    predictor = 0.0
    for v in range(m):
        predictor += at[v] * known[v]
    a, b, ga, gb, haa, hbb = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if k > 0:
        a = at[m + k - 1] - predictor
    if k < n_cuts:
        b = at[m + k] - predictor
    p = share_of(k, n_cuts, a, b, logit)
    if k > 0:
        f, d = _edge(a, logit)
        ga = -f / p
        haa = -d / p - ga * ga
        _add_edge(m + k - 1, ga, haa, into)
    if k < n_cuts:
        f, d = _edge(b, logit)
        gb = f / p
        hbb = d / p - gb * gb
        _add_edge(m + k, gb, hbb, into)
    hab = -ga * gb
    if 0 < k < n_cuts:
        information[m + k, m + k - 1] -= hab
    for v in range(m):
        slope[v] -= (ga + gb) * known[v]
        for w in range(v + 1):
            information[v, w] -= (haa + hbb + 2 * hab) * known[v] * known[w]
        # At an answer's open end nothing is added: what bears on that edge is 0.
        information[m + max(k - 1, 0), v] += (haa + hab) * known[v]
        information[m + min(k, n_cuts - 1), v] += (hbb + hab) * known[v]
    return math.log(p)


@factor_kernel
def _add_edge(
    place: int, slope: float, curvature: float, into: tuple[FloatArray, FloatArray]
) -> None:
    """Add what a threshold hears from an answer beside it."""
    into[0][place] += slope
    into[1][place, place] -= curvature


@factor_kernel
def item_spread(own: FloatArray, total: FloatArray) -> float:
    """Square of the standard deviation of what lies behind an item's answers."""
    square = 1.0
    for v in range(len(own)):
        for w in range(len(own)):
            square += own[v] * total[v, w] * own[w]
    return square


@factor_kernel
def _item_height(
    answers: IntArray,
    known: FloatArray,
    at: FloatArray,
    prior: tuple[FloatArray, FloatArray, bool],
    into: tuple[FloatArray, FloatArray],
) -> float:
    """Log posterior density of one item's loadings and thresholds; fills slope, information."""
    total, loading_sd, logit = prior
    slope, information = into
    m = len(loading_sd)
    n_cuts = len(at) - m
    slope[:] = 0.0
    information[:] = 0.0
    for k in range(1, n_cuts):
        if at[m + k] <= at[m + k - 1]:
            return -np.inf
    height = 0.0
    for i in range(len(answers)):
        if answers[i] >= 0:
            height += _add_answer((answers[i], n_cuts, logit), at, known[i], into)
    square = item_spread(at[:m], total)
    for k in range(n_cuts):
        x = at[m + k]
        height -= 0.5 * x * x / square + 0.5 * math.log(square)
        slope[m + k] -= x / square
        information[m + k, m + k] += 1.0 / square
    for v in range(m):
        precision = 1.0 / loading_sd[v] ** 2
        height -= 0.5 * at[v] ** 2 * precision
        slope[v] -= at[v] * precision
        information[v, v] += precision
    return height


@factor_kernel
def root_of(information: FloatArray) -> FloatArray:
    """Lower root of a matrix of which the lower triangle is filled."""
    size = len(information)
    root = np.zeros((size, size))
    for row in range(size):
        for column in range(row + 1):
            left = information[row, column]
            for v in range(column):
                left -= root[row, v] * root[column, v]
            if row == column:
                root[row, row] = math.sqrt(max(left, 1e-10))
            else:
                root[row, column] = left / root[column, column]
    return root


@factor_kernel
def backward(root: FloatArray, vector: FloatArray) -> FloatArray:
    """Solve root' x = vector."""
    size = len(vector)
    x = vector.copy()
    for row in range(size - 1, -1, -1):
        for below in range(row + 1, size):
            x[row] -= root[below, row] * x[below]
        x[row] /= root[row, row]
    return x


@factor_kernel
def forward(root: FloatArray, vector: FloatArray) -> FloatArray:
    """Solve root x = vector."""
    x = vector.copy()
    for row in range(len(x)):
        for before in range(row):
            x[row] -= root[row, before] * x[before]
        x[row] /= root[row, row]
    return x


@factor_kernel
def inverse_of(root: FloatArray) -> FloatArray:
    """Invert root root'."""
    size = len(root)
    found = np.zeros((size, size))
    unit = np.zeros(size)
    for column in range(size):
        unit[:] = 0.0
        unit[column] = 1.0
        found[column] = backward(root, forward(root, unit))
    return found


@factor_kernel
def _newton(root: FloatArray, slope: FloatArray) -> FloatArray:
    """Solve root root' x = slope."""
    return backward(root, forward(root, slope))


@factor_kernel
def _log_proposed(root: FloatArray, slope: FloatArray, by: FloatArray) -> float:
    """Log density of a Newton step with noise that leads `by` away, a constant left out."""
    apart = by - _newton(root, slope)
    size = len(apart)
    total = 0.0
    for column in range(size):
        score = 0.0
        for row in range(column, size):
            score += root[row, column] * apart[row]
        total += math.log(root[column, column]) - 0.5 * score * score
    return total


@factor_kernel
def _groups(tied: BoolArray, m: int) -> IntArray:
    """Give what moves together a number: each loading, and each run of tied thresholds."""
    group = np.empty(m + len(tied), np.int64)
    for v in range(m):
        group[v] = v
    place = m - 1
    for k in range(len(tied)):
        if k == 0 or not tied[k]:
            place += 1
        group[m + k] = place
    return group


@factor_kernel
def _together(
    slope: FloatArray, information: FloatArray, group: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Slope and information (its lower triangle) by moves of whole groups."""
    n_groups = group[-1] + 1
    by, of = np.zeros(n_groups), np.zeros((n_groups, n_groups))
    for row in range(len(slope)):
        g = group[row]
        by[g] += slope[row]
        of[g, g] += information[row, row]
        for column in range(row):
            h = group[column]
            of[g, h] += information[row, column] * (2.0 if g == h else 1.0)
    return by, of


@factor_kernel
def draw_item(
    answers: IntArray,
    known: FloatArray,
    at: FloatArray,
    prior: tuple[FloatArray, FloatArray, bool],
    how: tuple[BoolArray, bool],
    rng: np.random.Generator,
) -> bool:
    """
    Draw one item's loadings and thresholds given everybody's factors.

    Parameters
    ----------
    answers : ndarray of shape (n_respondents,), int
        Answers from 0 up; -1 where left open.
    known : ndarray of shape (n_respondents, n_loadings)
        The factors that the item loads on.
    at : ndarray of shape (n_loadings + n_cuts,)
        Loadings and thresholds in residual standard deviations; changed.
    prior : tuple of (ndarray, ndarray, bool)
        Covariances of those factors over people, prior standard deviations of the loadings, and
        whether the link is logistic.
    how : tuple of (ndarray of shape (n_cuts,), bool)
        Thresholds that keep their distance to the one below, which `draw_distances` draws; and
        whether every proposal that is likelier is taken, as while warming up: of many
        respondents' answers, a chain that starts far off would else stay there for hundreds of
        sweeps, since the way back from a Newton step is improbable.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    bool
        Whether the proposal was taken.
    """
    tied, uphill = how
    size = len(at)
    group = _groups(tied, size - len(tied))
    slope, information = np.empty(size), np.empty((size, size))
    height = _item_height(answers, known, at, prior, (slope, information))
    by_group, of_group = _together(slope, information, group)
    root = root_of(of_group)
    noise = np.empty(len(by_group))
    for v in range(len(noise)):
        noise[v] = rng.standard_normal()
    by = _newton(root, by_group) + backward(root, noise)
    there = at.copy()
    for v in range(size):
        there[v] += by[group[v]]
    ahead = _log_proposed(root, by_group, by)
    higher = _item_height(answers, known, there, prior, (slope, information))
    if not math.isfinite(higher):
        return False
    by_group, of_group = _together(slope, information, group)
    back = _log_proposed(root_of(of_group), by_group, -by)
    if math.log(rng.random()) < higher - height + back - ahead or (uphill and higher > height):
        at[:] = there
        return True
    return False


@factor_kernel
def draw_factors(
    values: FloatArray, mean: FloatArray, measure: Measure, factors: FloatArray,
    rng: np.random.Generator,
) -> int:  # fmt: skip
    """
    Draw everybody's factors given the parameters, by Newton steps with noise.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers from 0 up; not a number where left open.
    mean : ndarray of shape (n_respondents, n_factors)
        Prior means: those of the team.
    measure : Measure
        What the items tell.
    factors : ndarray of shape (n_respondents, n_factors)
        Changed.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    int
        How many proposals were taken.

    References
    ----------
    Gamerman (1997), doi 10.1023/A:1018509429360 (proposals by one weighted least squares step).
    """
    n_respondents, n_factors = factors.shape
    slope, information = np.empty(n_factors), np.empty((n_factors, n_factors))
    noise = np.empty(n_factors)
    taken = 0
    for i in range(n_respondents):
        here = factors[i].copy()
        height = _height(values[i], here, mean[i], measure, slope, information)
        root = root_of(information)
        for v in range(n_factors):
            noise[v] = rng.standard_normal()
        by = _newton(root, slope) + backward(root, noise)
        there = here + by
        ahead = _log_proposed(root, slope, by)
        higher = _height(values[i], there, mean[i], measure, slope, information)
        back = _log_proposed(root_of(information), slope, -by)
        if math.log(rng.random()) < higher - height + back - ahead:
            factors[i] = there
            taken += 1
    return taken
