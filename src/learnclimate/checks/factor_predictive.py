"""Answers replicated from a factor model, and how likely it makes the given ones."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.factor_moments import answer_probabilities, implied_from
from learnclimate.checks.limited_information import (
    Conditional,
    available_moments,
    moment_covariance,
    moments,
    weight_beyond,
)
from learnclimate.checks.smoothing import khat_limit
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import parameters_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_SMALLEST = 1e-300


def predictive_p_value(
    fit: FactorFit, chosen: IntArray, rng: np.random.Generator
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
    weight, taken_up = weight_beyond(moment_covariance(middle), at_mean.slopes())
    if taken_up >= len(weight):
        return float("nan"), np.full(len(chosen), np.nan)
    item_of_cut, level = middle.item_of_cut, middle.level()
    observed = available_moments(given, item_of_cut, level)
    found = parameters_of(fit, chosen)
    gap = np.empty(len(chosen))
    for place in range(len(chosen)):
        conditional = implied_from(fit, found, place).conditional()
        implied = moments(conditional)
        replicated = np.where(given >= 0, replicate(conditional, len(given), rng), -1)
        made = available_moments(replicated, item_of_cut, level)
        # What nobody answered is no misfit.
        own, theirs = (np.nan_to_num(each - implied) for each in (observed, made))
        gap[place] = len(given) * (theirs @ weight @ theirs - own @ weight @ own)
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


@dataclass(frozen=True, slots=True)
class LeftOut:
    """
    How well a model predicts each respondent whom it has not seen.

    Attributes
    ----------
    elpd : float
        Expected log predictive density, summed over the respondents.
    error : float
        Its standard error.
    worst_shape : float
        Largest Pareto shape of the weights that leave a respondent out.
    bound : float
        Shape up to which so many draws can be relied on.
    n_draws : int
        At how many draws.
    """

    elpd: float
    error: float
    worst_shape: float
    bound: float
    n_draws: int


def leave_each_out(fit: FactorFit, chosen: IntArray) -> LeftOut:
    """
    Estimate how well the model predicts a further respondent, by leaving each out.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws; factors are integrated out at each.

    Returns
    -------
    LeftOut
        Density, error, and how far the weights can be trusted.

    References
    ----------
    Vehtari and others (2024), "Pareto smoothed importance sampling", Journal of Machine
    Learning Research 25 (72).
    """
    patterns, of_respondent = fit.design.patterns()
    found = parameters_of(fit, chosen)
    first = fit.design.first_row[:-1]
    logs = np.empty((len(patterns), len(chosen)))
    for place in range(len(chosen)):
        conditional = implied_from(fit, found, place).conditional()
        probability = np.maximum(answer_probabilities(conditional), _SMALLEST)
        logs[:, place] = _log_patterns(patterns, np.log(probability), first, conditional.weight)
    return left_out_from(logs, of_respondent[fit.design.answered])


def left_out_from(logs: FloatArray, of_respondent: IntArray) -> LeftOut:
    """
    Leave each respondent out, from the densities of all.

    Parameters
    ----------
    logs : ndarray of shape (n_patterns, n_draws)
        Log density of each pattern of answers at each draw.
    of_respondent : ndarray of shape (n_respondents,), int
        Pattern of each.

    Returns
    -------
    LeftOut
        Density, error, and how far the weights can be trusted.
    """
    from arviz_stats.base import array_stats

    n_draws = logs.shape[1]
    weights, shape = array_stats.psislw(logs)
    each = np.logaddexp.reduce(logs + weights, axis=1)[of_respondent]
    error = float(np.sqrt(len(each)) * each.std(ddof=1))
    worst = float(np.max(shape[of_respondent]))
    return LeftOut(float(each.sum()), error, worst, khat_limit(n_draws), n_draws)


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
