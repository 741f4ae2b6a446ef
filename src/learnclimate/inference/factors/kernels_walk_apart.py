"""Kernels that draw loadings with a factor of everybody integrated out, and then that factor."""

import math

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.kernels import factor_kernel
from learnclimate.inference.factors.kernels_walk_items import inverse_of, share_of
from learnclimate.inference.factors.kernels_walk_lines import draw_by_lines
from learnclimate.inference.factors.kernels_walk_state import (
    EXCHANGES,
    LOADINGS,
    WalkData,
    WalkState,
    correlation_root,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: How far nodes reach, in standard deviations of a factor given the others, and how many there
#: are to what the answers leave of it. Sums over evenly spaced nodes are then exact to 1e-8, and
#: still to 1e-4 where a loading that is tried is three times as strong.
_REACH, _NODES_TO_SD, _MOST_NODES = 6.0, 2.0, 800
#: How often loadings are tried in a sweep, how often a step is to be taken, and of how many
#: respondents on it is done less often: of more answers, steps given the factors go as well.
_TRIES, _WANTED, _MANY = 3, 0.4, 300
_TINY = 1e-300


@factor_kernel
def _given_others(state: WalkState, data: WalkData, v: int) -> tuple[FloatArray, float]:
    """Mean and standard deviation of everybody's factor given team and other factors."""
    root, _ = correlation_root(state.within, len(state.log_sd))
    precision = inverse_of(root)[v]
    mean = np.empty(len(state.factors))
    for i in range(len(mean)):
        team = state.of_teams[data.team[i]]
        mean[i] = team[v]
        for w in range(len(precision)):
            if w != v:
                mean[i] -= precision[w] / precision[v] * (state.factors[i, w] - team[w])
    return mean, 1 / math.sqrt(precision[v])


@factor_kernel
def _weights(mean: FloatArray, sd: float, told: float) -> tuple[FloatArray, IntArray, FloatArray]:
    """
    Lay nodes out, and weigh those within everybody's reach.

    `told` is the sum of squared loadings. Gives nodes, everybody's first node, and everybody's
    prior density at their own nodes, a constant left out.
    """
    low, high = mean.min() - _REACH * sd, mean.max() + _REACH * sd
    spacing = 1 / (_NODES_TO_SD * math.sqrt(1 / sd**2 + told))
    spacing = max(spacing, (high - low) / _MOST_NODES)
    nodes = low + spacing * np.arange(int((high - low) / spacing) + 2)
    own = int(2 * _REACH * sd / spacing)
    first = np.empty(len(mean), np.int64)
    weight = np.empty((len(mean), own))
    for i in range(len(mean)):
        first[i] = int((mean[i] - _REACH * sd - low) / spacing)
        for k in range(own):
            score = (nodes[first[i] + k] - mean[i]) / sd
            weight[i, k] = math.exp(-0.5 * score * score)
    return nodes, first, weight


@factor_kernel
def _table(
    loading: float, cuts: FloatArray, n_cuts: int, nodes: FloatArray, logit: bool
) -> FloatArray:
    """Probability of every answer to an item at every node, (n_categories, n_nodes)."""
    found = np.empty((n_cuts + 1, len(nodes)))
    for node in range(len(nodes)):
        for k in range(n_cuts + 1):
            a = cuts[k - 1] - loading * nodes[node] if k > 0 else 0.0
            b = cuts[k] - loading * nodes[node] if k < n_cuts else 0.0
            found[k, node] = share_of(k, n_cuts, a, b, logit)
    return found


@factor_kernel
def _multiply(product: FloatArray, table: FloatArray, answers: IntArray, first: IntArray) -> None:
    """Multiply everybody's densities by the probabilities of their answers to an item."""
    own = product.shape[1]
    for i in range(len(answers)):
        if answers[i] >= 0:
            row = table[answers[i]]
            for k in range(own):
                product[i, k] *= row[first[i] + k]


@factor_kernel
def _log_likelihood(
    rest: FloatArray, table: FloatArray, answers: IntArray, first: IntArray
) -> float:
    """Log probability of the answers to an item given those to others, factor integrated out."""
    own, found = rest.shape[1], 0.0
    for i in range(len(answers)):
        if answers[i] >= 0:
            row, total = table[answers[i]], _TINY
            for k in range(own):
                total += rest[i, k] * row[first[i] + k]
            found += math.log(total)
    return found


@factor_kernel
def _log_likelihood_of_two(
    rest: FloatArray,
    tables: tuple[FloatArray, FloatArray],
    answers: tuple[IntArray, IntArray],
    first: IntArray,
) -> float:
    """Log probability of the answers to two items given those to others."""
    own, found = rest.shape[1], 0.0
    for i in range(len(first)):
        a, b = answers[0][i], answers[1][i]
        total = _TINY
        for k in range(own):
            product = rest[i, k]
            if a >= 0:
                product *= tables[0][a, first[i] + k]
            if b >= 0:
                product *= tables[1][b, first[i] + k]
            total += product
        found += math.log(total)
    return found


@factor_kernel
def _rest(
    weight: FloatArray,
    tables: list[FloatArray],
    answers: IntArray,
    first: IntArray,
    without: tuple[int, int],
) -> FloatArray:
    """Everybody's densities by the answers to all items but two, or one, given twice."""
    found = weight.copy()
    for place in range(len(tables)):
        if place not in without:
            _multiply(found, tables[place], answers[place], first)
    return found


@factor_kernel
def _draw_loading(
    state: WalkState,
    data: WalkData,
    at: tuple[int, int],
    known: tuple[FloatArray, IntArray, FloatArray, FloatArray],
    how: tuple[float, np.random.Generator],
) -> FloatArray:
    """Try steps of a loading; thresholds keep the shares of answers. Gives the item's table."""
    j, v = at
    nodes, first, rest, table = known
    rate, rng = how
    answers, n_cuts, spread = data.answers[j], data.n_cuts[j], _spread(state, data, v)
    here = _log_likelihood(rest, table, answers, first)
    for attempt in range(_TRIES):
        own = state.loadings[j, v]
        x = math.asinh(own)
        # The mirror image is tried once: where few answers tell it, it may lie far from here.
        to = (
            -x
            if attempt == 0
            else x + math.exp(state.log_step[LOADINGS, j]) * rng.standard_normal()
        )
        new = math.sinh(to)
        cuts = state.cuts[j] * math.sqrt((1 + new * new * spread) / (1 + own * own * spread))
        new_table = _table(new, cuts, n_cuts, nodes, data.logit)
        there = _log_likelihood(rest, new_table, answers, first)
        gain = there - here + math.log(math.cosh(to) / math.cosh(x))
        gain -= 0.5 * (new * new - own * own) / data.loading_sd[j, v] ** 2
        if math.isfinite(gain) and math.log(rng.random()) < gain:
            state.loadings[j, v] = new
            state.cuts[j] = cuts
            here, table = there, new_table
        if attempt > 0:
            taken = math.exp(min(0.0, gain)) if math.isfinite(gain) else 0.0
            state.log_step[LOADINGS, j] += rate * (taken - _WANTED)
    return table


@factor_kernel
def _spread(state: WalkState, data: WalkData, v: int) -> float:
    """Variance of a factor over people."""
    return 1.0 + (math.exp(2 * state.log_sd[v]) if data.team_scale > 0 else 0.0)


@factor_kernel
def _log_prior_of_log(loading: float, sd: float, spread: float) -> float:
    """Log prior density of the log of a standardised loading, its thresholds standardised."""
    square = loading * loading
    log_slope = math.log(abs(loading) * (1 + square * spread))
    return log_slope - 0.5 * square / sd**2


@factor_kernel
def _exchanged(
    state: WalkState, data: WalkData, at: tuple[int, int, int], by: float
) -> tuple[FloatArray, FloatArray, float]:
    """Give two new loadings, by how much thresholds stretch, and the gain of the prior."""
    one, two, v = at
    pair = (one, two)
    new, stretch, gain, spread = np.empty(2), np.empty(2), 0.0, _spread(state, data, v)
    for side in range(2):
        j = pair[side]
        own, sd = state.loadings[j, v], data.loading_sd[j, v]
        scale = 1 + own * own * spread
        told = own / math.sqrt(scale) * math.exp(by if side == 0 else -by)
        left = 1 - told * told * spread
        if left < 1e-6 or own == 0:
            return new, stretch, -np.inf
        new[side] = told / math.sqrt(left)
        stretch[side] = math.sqrt((1 + new[side] * new[side] * spread) / scale)
        gain += _log_prior_of_log(new[side], sd, spread) - _log_prior_of_log(own, sd, spread)
    return new, stretch, gain


@factor_kernel
def _exchange(
    state: WalkState,
    data: WalkData,
    at: tuple[int, int, int],
    known: tuple[FloatArray, IntArray, FloatArray, FloatArray, FloatArray],
    how: tuple[float, np.random.Generator],
) -> None:
    """
    Stretch one standardised loading as far as another shrinks; thresholds keep the shares.

    Where the others of a factor are weak, the answers tell the product of two loadings alone.
    Fills the items' tables where the step is taken.
    """
    one, two, v = at
    nodes, first, rest, table_one, table_two = known
    rate, rng = how
    by = math.exp(state.log_step[EXCHANGES, one]) * rng.standard_normal()
    new, stretch, gain = _exchanged(state, data, at, by)
    if math.isfinite(gain):
        cuts_one, cuts_two = state.cuts[one] * stretch[0], state.cuts[two] * stretch[1]
        new_one = _table(new[0], cuts_one, data.n_cuts[one], nodes, data.logit)
        new_two = _table(new[1], cuts_two, data.n_cuts[two], nodes, data.logit)
        answers = (data.answers[one], data.answers[two])
        gain += _log_likelihood_of_two(rest, (new_one, new_two), answers, first)
        gain -= _log_likelihood_of_two(rest, (table_one, table_two), answers, first)
        if math.isfinite(gain) and math.log(rng.random()) < gain:
            state.loadings[one, v], state.loadings[two, v] = new[0], new[1]
            state.cuts[one], state.cuts[two] = cuts_one, cuts_two
            table_one[:], table_two[:] = new_one, new_two
    taken = math.exp(min(0.0, gain)) if math.isfinite(gain) else 0.0
    state.log_step[EXCHANGES, one] += rate * (taken - _WANTED)


@factor_kernel
def draw_apart(state: WalkState, data: WalkData, rate: float, rng: np.random.Generator) -> None:
    """
    Draw each factor's loadings with that factor of everybody integrated out, then the factor.

    Where an item's answers all but follow from the factor, the factor all but follows from the
    item: given each other both stand nearly still, and so does the loading. With the factor
    integrated out, by sums over even nodes, the loading is as free as the answers leave it.

    Parameters
    ----------
    state : WalkState
        Where the chain is; changed.
    data : WalkData
        Answers and priors.
    rate : float
        How fast lengths of steps learn.
    rng : numpy.random.Generator
        Random numbers.

    References
    ----------
    van Dyk and Park (2008), doi 10.1198/016214508000000409 (partially collapsed Gibbs samplers).
    """
    for v in range(len(state.log_sd)):
        items = np.flatnonzero(data.loads[:, v])
        if data.loads[items].sum() > len(items) or rng.random() * len(state.factors) > _MANY:
            continue
        mean, sd = _given_others(state, data, v)
        told = 0.0
        for j in items:
            told += state.loadings[j, v] ** 2
        nodes, first, weight = _weights(mean, sd, told)
        tables = [
            _table(state.loadings[j, v], state.cuts[j], data.n_cuts[j], nodes, data.logit)
            for j in items
        ]
        answers = data.answers[items]
        for place in range(len(items)):
            rest = _rest(weight, tables, answers, first, (place, place))
            tables[place] = _draw_loading(
                state, data, (items[place], v), (nodes, first, rest, tables[place]), (rate, rng)
            )
        for place in range(len(items) if len(items) > 1 else 0):
            other = (place + 1 + int(rng.random() * (len(items) - 1))) % len(items)
            rest = _rest(weight, tables, answers, first, (place, other))
            known = (nodes, first, rest, tables[place], tables[other])
            _exchange(state, data, (items[place], items[other], v), known, (rate, rng))
        for place in range(len(items)):
            _multiply(weight, tables[place], answers[place], first)
        draw_by_lines(state, data, (v, sd), (mean, nodes, first, weight), rng)
