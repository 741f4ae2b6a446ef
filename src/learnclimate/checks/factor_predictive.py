"""Answers replicated from a factor model, and how likely it makes the given ones."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.factor_moments import answer_probabilities, implied_from
from learnclimate.checks.limited_information import Conditional
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
    Hold the tables of all pairs of items against those of replicated answers.

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
        How often replicated answers lie further from the model than the given ones.
    gap : ndarray of shape (n_draws,)
        Chi-squared of the replicated answers less that of the given.
    """
    found = parameters_of(fit, chosen)
    design = fit.design
    given = design.categories
    marks = marked(given, design.n_categories)
    gap = np.empty(len(chosen))
    for place in range(len(chosen)):
        conditional = implied_from(fit, found, place).conditional()
        probability = answer_probabilities(conditional)
        table = (probability * conditional.weight) @ probability.T
        replicated = np.where(given >= 0, replicate(conditional, len(given), rng), -1)
        own = marked(replicated, design.n_categories)
        gap[place] = distance(own, table, design.n_categories) - distance(
            marks, table, design.n_categories
        )
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


def marked(categories: IntArray, n_categories: IntArray) -> FloatArray:
    """
    Mark which answers were given.

    Parameters
    ----------
    categories : ndarray of shape (n_respondents, n_items)
        Answers from 0 up; -1 where left open.
    n_categories : ndarray of shape (n_items,), int
        Answers of each item.

    Returns
    -------
    ndarray of shape (n_respondents, n_answers)
        1 for an answer given.
    """
    return np.concatenate(
        [
            (column[:, None] == np.arange(n)).astype(float)
            for column, n in zip(categories.T, n_categories, strict=True)
        ],
        axis=1,
    )


def distance(marks: FloatArray, table: FloatArray, n_categories: IntArray) -> float:
    """
    Chi-squared distance of the tables of all pairs of items from those implied.

    Parameters
    ----------
    marks : ndarray of shape (n_respondents, n_answers)
        Answers given.
    table : ndarray of shape (n_answers, n_answers)
        Implied probabilities of pairs of answers.
    n_categories : ndarray of shape (n_items,), int
        Answers of each item.

    Returns
    -------
    float
        Summed over all pairs of different items.
    """
    item = np.repeat(np.arange(len(n_categories)), n_categories)
    observed = marks.T @ marks
    starts = np.concatenate([[0], np.cumsum(n_categories)[:-1]])
    both = np.add.reduceat(np.add.reduceat(observed, starts, axis=0), starts, axis=1)
    expected = both[item][:, item] * table
    apart = item[:, None] < item[None, :]
    # Cells in which less than a tenth of an answer is expected say nothing reliable.
    counted = apart & (expected > 0.1)
    return float(((observed - expected)[counted] ** 2 / expected[counted]).sum())


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
    from arviz_stats.base import array_stats

    patterns, of_respondent = fit.design.patterns()
    found = parameters_of(fit, chosen)
    first = fit.design.first_row[:-1]
    logs = np.empty((len(patterns), len(chosen)))
    for place in range(len(chosen)):
        conditional = implied_from(fit, found, place).conditional()
        probability = np.maximum(answer_probabilities(conditional), _SMALLEST)
        logs[:, place] = _log_patterns(patterns, np.log(probability), first, conditional.weight)
    weights, shape = array_stats.psislw(logs)
    by_pattern = np.logaddexp.reduce(logs + weights, axis=1)
    answered = fit.design.answered
    each = by_pattern[of_respondent][answered]
    error = float(np.sqrt(len(each)) * each.std(ddof=1))
    worst = float(np.max(shape[of_respondent][answered]))
    return LeftOut(float(each.sum()), error, worst, khat_limit(len(chosen)), len(chosen))


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
