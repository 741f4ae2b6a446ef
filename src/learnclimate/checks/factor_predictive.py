"""Answers replicated from a factor model, and how likely it makes the given ones."""

import numpy as np
import numpy.typing as npt

from learnclimate.checks.factor_moments import Implied, answer_probabilities, implied_from
from learnclimate.checks.limited_information import (
    Conditional,
    available_moments,
    moment_covariance,
    moments,
    weight_beyond,
)
from learnclimate.checks.open_moments import ToldMoments
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.grid import even_grid
from learnclimate.inference.factors.scores import parameters_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_SMALLEST = 1e-300
_SPACING = 0.2


def predictive_p_value(
    fit: FactorFit,
    chosen: IntArray,
    rng: np.random.Generator,
    told: ToldMoments | None = None,
) -> tuple[float, FloatArray]:
    """
    Hold the answers, and replicated ones, against the model, pair of items by pair.

    The discrepancy is that of the limited-information test `c2`: shares above thresholds and
    mean products of two items, weighed such that what the parameters can take up counts for
    nothing. So it has the power of that test, and the p-value is about uniform if the model is
    true; a discrepancy that counts what the parameters absorb stays in the middle whatever is
    wrong.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    rng : numpy.random.Generator
        Random numbers.
    told : ToldMoments, optional
        What the answers tell where some were left open. Replicated answers have no gaps then,
        and their errors are stretched to those of what is told: how gaps come about is unknown.

    Returns
    -------
    p_value : float
        How often replicated answers lie further from the model than the given ones; not a
        number where the parameters reproduce all pairs of items, whatever they are.
    gap : ndarray of shape (n_draws,)
        Discrepancy of the replicated answers less that of the given.
    """
    given = fit.design.categories
    at_mean = implied_from(fit, parameters_of(fit), 0)
    middle = at_mean.conditional()
    allowed = told.allowance if told is not None else None
    covariance = moment_covariance(middle) if allowed is None else allowed.covariance()
    weight, taken_up = weight_beyond(covariance, at_mean.slopes())
    if taken_up >= len(weight):
        return float("nan"), np.full(len(chosen), np.nan)
    item_of_cut, level = middle.item_of_cut, middle.level()
    n = len(given) if told is None else told.n
    observed = available_moments(given, item_of_cut, level) if told is None else told.observed
    found = parameters_of(fit, chosen)
    gap = np.empty(len(chosen))
    for place in range(len(chosen)):
        conditional = implied_from(fit, found, place).conditional()
        implied = moments(conditional)
        replicated = replicate(conditional, n, rng)
        if allowed is None:
            replicated = np.where(given >= 0, replicated, -1)
        made = available_moments(replicated, item_of_cut, level)
        # What nobody answered is no misfit.
        own, theirs = (np.nan_to_num(each - implied) for each in (observed, made))
        if allowed is not None:
            theirs = allowed.stretched(theirs)
        gap[place] = n * (theirs @ weight @ theirs - own @ weight @ own)
    return float((gap >= 0).mean()), gap


def replicate(given: Conditional, n: int, rng: np.random.Generator) -> IntArray:
    """
    Draw answers.

    Parameters
    ----------
    given : Conditional
        Answers given the factors.
    n : int
        Respondents.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n, n_items)
        Answers from 0 up.
    """
    node = rng.choice(len(given.weight), n, p=given.weight)
    uniform = rng.random((n, given.n_items))
    above = uniform[:, given.item_of_cut] < given.reach.T[node]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(given.item_of_cut) > 0]))
    return np.add.reduceat(above.astype(np.int64), starts, axis=1)


def patterns_by_grid(fit: FactorFit, chosen: IntArray) -> FloatArray:
    """
    Compute how likely a model of one level makes each pattern of ordered answers.

    Parameters
    ----------
    fit : FactorFit
        The fit, of at most three factors.
    chosen : ndarray of shape (n_draws,), int
        At which draws; factors are integrated out over a grid at each.

    Returns
    -------
    ndarray of shape (n_patterns, n_draws)
        Log probabilities; the patterns are those of `FactorDesign.patterns`.
    """
    patterns, _ = fit.design.patterns()
    found = parameters_of(fit, chosen)
    separable = fit.model.cross_loadings is None
    log_patterns = _log_separable if separable else _log_on_grid
    return np.stack(
        [log_patterns(implied_from(fit, found, place), patterns) for place in range(len(chosen))],
        axis=1,
    )


def _log_on_grid(implied: Implied, patterns: IntArray) -> FloatArray:
    conditional = implied.conditional()
    probability = np.maximum(answer_probabilities(conditional), _SMALLEST)
    first = implied.design.first_row[:-1]
    return _log_patterns(patterns, np.log(probability), first, conditional.weight)


def _log_separable(implied: Implied, patterns: IntArray) -> FloatArray:
    """Sum over the nodes of one factor after the other, where every item has one alone."""
    own = implied.design.own_factor
    side = even_grid(1, _SPACING).nodes[:, 0]
    conditional = implied.along(side)
    logs = np.log(np.maximum(answer_probabilities(conditional), _SMALLEST))
    density = _density_at(side, implied.correlation)
    found = np.empty(len(patterns))
    width = max(1, 4_000_000 // len(side) ** max(1, implied.design.n_factors - 1))
    for start in range(0, len(patterns), width):
        some = patterns[start : start + width]
        by_factor = np.zeros((implied.design.n_factors, len(some), len(side)))
        for item, column in enumerate(some.T):
            given = column >= 0
            by_factor[own[item], given] += logs[implied.design.first_row[item] + column[given]]
        largest = by_factor.max(axis=2, keepdims=True)
        likelihood = np.exp(by_factor - largest)
        state = likelihood[0] @ density.reshape(len(side), -1)
        for other in likelihood[1:]:
            state = np.einsum("pn,pnr->pr", other, state.reshape(len(some), len(side), -1))
        found[start : start + width] = np.log(state[:, 0]) + largest.sum(axis=0)[:, 0]
    return found


def _density_at(side: FloatArray, correlation: FloatArray) -> FloatArray:
    """Weights of all combinations of nodes, (n_side, ..., n_side); they sum to 1."""
    mesh = np.stack(np.meshgrid(*[side] * len(correlation), indexing="ij"), axis=-1)
    square = np.einsum("...a,ab,...b->...", mesh, np.linalg.inv(correlation), mesh)
    weight = np.exp(-0.5 * square)
    return np.asarray(weight / weight.sum())


def _log_patterns(
    patterns: IntArray, log_probability: FloatArray, first: IntArray, weight: FloatArray
) -> FloatArray:
    found = np.empty(len(patterns))
    width = max(1, 4_000_000 // len(weight))
    for start in range(0, len(patterns), width):
        some = patterns[start : start + width]
        total = np.broadcast_to(np.log(weight), (len(some), len(weight))).copy()
        for item, column in enumerate(some.T):
            given = column >= 0
            total[given] += log_probability[first[item] + column[given]]
        largest = total.max(axis=1, keepdims=True)
        found[start : start + width] = np.log(np.exp(total - largest).sum(axis=1)) + largest[:, 0]
    return found
