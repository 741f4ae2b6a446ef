"""Fit by limited information: means and products of the answers, observed and implied."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Conditional:
    """
    Probabilities of all answers given the factors, at the nodes of a rule.

    Attributes
    ----------
    reach : ndarray of shape (n_cuts, n_nodes)
        Probability of an answer above each threshold, item after item.
    item_of_cut : ndarray of shape (n_cuts,), int
        Item of each threshold.
    weight : ndarray of shape (n_nodes,)
        Weights; they sum to 1.
    """

    reach: FloatArray
    item_of_cut: IntArray
    weight: FloatArray

    @property
    def n_items(self) -> int:
        """How many items there are."""
        return int(self.item_of_cut[-1]) + 1

    def mean(self) -> FloatArray:
        """Mean answers (from 0 up) at the nodes, (n_items, n_nodes)."""
        return self._summed(self.reach)

    def square(self) -> FloatArray:
        """Mean squared answers at the nodes, (n_items, n_nodes)."""
        return self._summed((2 * self.level() - 1)[:, None] * self.reach)

    def level(self) -> FloatArray:
        """Give the answer above each threshold, (n_cuts,): 1 for an item's first."""
        first = np.concatenate([[True], np.diff(self.item_of_cut) > 0])
        place = np.arange(len(first))
        return (place - np.maximum.accumulate(np.where(first, place, 0)) + 1).astype(float)

    def _summed(self, by_cut: FloatArray) -> FloatArray:
        starts = np.flatnonzero(np.concatenate([[True], np.diff(self.item_of_cut) > 0]))
        return np.add.reduceat(by_cut, starts, axis=0)


def moments(given: Conditional) -> FloatArray:
    """
    Implied shares above each threshold, and mean products of two items' answers.

    Parameters
    ----------
    given : Conditional
        The answers given the factors.

    Returns
    -------
    ndarray of shape (n_cuts + n_items * (n_items - 1) / 2,)
        Shares, then products, pair by pair.
    """
    mean = given.mean()
    first, second = np.triu_indices(given.n_items, 1)
    products = (mean * given.weight) @ mean.T
    return np.concatenate([given.reach @ given.weight, products[first, second]])


def moment_covariance(given: Conditional) -> FloatArray:
    """
    Covariances of one respondent's contributions to the moments.

    Given the factors the items are independent, so every moment of up to four items is an
    average over the nodes of products of moments of single items.

    Parameters
    ----------
    given : Conditional
        The answers given the factors.

    Returns
    -------
    ndarray of shape (n_moments, n_moments)
        Covariances.
    """
    mean, square, weight = given.mean(), given.square(), given.weight
    spread = square - mean**2
    first, second = np.triu_indices(given.n_items, 1)
    products = mean[first] * mean[second]
    uni = _shares(given)
    cross = (given.reach * weight) @ products.T
    # An answer and its own indicator: E[y 1(y >= k)] is not the product of the two means.
    with_own = _answer_above(given) - given.reach * mean[given.item_of_cut]
    for cut, item in enumerate(given.item_of_cut):
        for pairs, partner in ((first == item, second), (second == item, first)):
            cross[cut, pairs] += (with_own[cut] * weight) @ mean[partner[pairs]].T
    both = (products * weight) @ products.T
    for item in range(given.n_items):
        inside = np.flatnonzero((first == item) | (second == item))
        partner = np.where(first[inside] == item, second[inside], first[inside])
        both[np.ix_(inside, inside)] += (mean[partner] * (spread[item] * weight)) @ mean[partner].T
    # Of a pair with itself, both answers are squared: the last term is what the loop leaves out.
    diagonal = np.arange(len(first))
    both[diagonal, diagonal] += (spread[first] * spread[second]) @ weight
    whole = np.block([[uni, cross], [cross.T, both]])
    centre = moments(given)
    return np.asarray(whole - np.outer(centre, centre))


def _shares(given: Conditional) -> FloatArray:
    uni = (given.reach * given.weight) @ given.reach.T
    own = given.reach @ given.weight
    same = given.item_of_cut[:, None] == given.item_of_cut[None, :]
    # Of two thresholds of one item, an answer above the higher is above both.
    return np.asarray(np.where(same, np.minimum(own[:, None], own[None, :]), uni))


def _answer_above(given: Conditional) -> FloatArray:
    """E[y 1(y >= k)] at the nodes, for each threshold: k P(y >= k) plus all higher shares."""
    found = given.level()[:, None] * given.reach
    for cut in range(len(found) - 2, -1, -1):
        if given.item_of_cut[cut] == given.item_of_cut[cut + 1]:
            above = given.reach[cut + 1 :][given.item_of_cut[cut + 1 :] == given.item_of_cut[cut]]
            found[cut] += above.sum(axis=0)
    return found


def observed_moments(answers: FloatArray, item_of_cut: IntArray, level: FloatArray) -> FloatArray:
    """
    Moments of answers without gaps.

    Parameters
    ----------
    answers : ndarray of shape (n_respondents, n_items)
        Answers from 0 up.
    item_of_cut : ndarray of shape (n_cuts,), int
        Item of each threshold.
    level : ndarray of shape (n_cuts,)
        The answer above it.

    Returns
    -------
    ndarray of shape (n_moments,)
        As `moments`.
    """
    shares = (answers[:, item_of_cut] >= level).mean(axis=0)
    first, second = np.triu_indices(answers.shape[1], 1)
    products = answers.T @ answers / len(answers)
    return np.concatenate([shares, products[first, second]])


def moment_contributions(
    answers: FloatArray, item_of_cut: IntArray, level: FloatArray
) -> FloatArray:
    """
    Give what each respondent adds to the moments of answers without gaps.

    Parameters
    ----------
    answers : ndarray of shape (n_respondents, n_items)
        Answers from 0 up.
    item_of_cut : ndarray of shape (n_cuts,), int
        Item of each threshold.
    level : ndarray of shape (n_cuts,)
        The answer above it.

    Returns
    -------
    ndarray of shape (n_respondents, n_moments)
        Their means are the moments.
    """
    first, second = np.triu_indices(answers.shape[1], 1)
    above = (answers[:, item_of_cut] >= level).astype(float)
    return np.concatenate([above, answers[:, first] * answers[:, second]], axis=1)


def available_moments(categories: IntArray, item_of_cut: IntArray, level: FloatArray) -> FloatArray:
    """
    Moments of answers with gaps: each over the respondents who answered its items.

    Parameters
    ----------
    categories : ndarray of shape (n_respondents, n_items)
        Answers from 0 up; -1 where left open.
    item_of_cut : ndarray of shape (n_cuts,), int
        Item of each threshold.
    level : ndarray of shape (n_cuts,)
        The answer above it.

    Returns
    -------
    ndarray of shape (n_moments,)
        As `moments`; not a number where nobody answered.
    """
    known = categories >= 0
    size = known.sum(axis=0)
    values = np.where(known, categories, 0).astype(float)
    above = (values[:, item_of_cut] >= level) & known[:, item_of_cut]
    first, second = np.triu_indices(categories.shape[1], 1)
    both = (known.T.astype(float) @ known)[first, second]
    totals = np.concatenate([above.sum(axis=0), (values.T @ values)[first, second]])
    sizes = np.concatenate([size[item_of_cut], both])
    return np.asarray(totals / np.where(sizes > 0, sizes, np.nan))


@dataclass(frozen=True, slots=True)
class LimitedFit:
    """
    A limited-information test of a model.

    Attributes
    ----------
    statistic : float
        Chi-squared under the model.
    df : int
        Degrees of freedom.
    p_value : float
        Probability of a larger one under the model.
    """

    statistic: float
    df: int
    p_value: float


def limited_fit(
    residual: FloatArray, covariance: FloatArray, slopes: FloatArray, n: int
) -> LimitedFit:
    """
    Test whether residual moments are sampling error, the parameters estimated.

    Parameters
    ----------
    residual : ndarray of shape (n_moments,)
        Observed less implied moments.
    covariance : ndarray of shape (n_moments, n_moments)
        Of one respondent's contributions.
    slopes : ndarray of shape (n_moments, n_parameters)
        Derivatives of the implied moments.
    n : int
        Respondents.

    Returns
    -------
    LimitedFit
        The test; its degrees of freedom may be 0, and then it says nothing.

    References
    ----------
    Maydeu-Olivares and Joe (2006), doi 10.1007/s11336-005-1295-9; Cai and Monroe (2014), a
    new statistic for evaluating item response theory models for ordinal data, CRESST Report
    839 (moments of this kind).
    """
    weight, taken_up = weight_beyond(covariance, slopes)
    df = len(residual) - taken_up
    statistic = float(n * residual @ weight @ residual)
    p_value = float(special.chdtrc(df, statistic)) if df > 0 else float("nan")
    return LimitedFit(statistic, df, p_value)


def weight_beyond(covariance: FloatArray, slopes: FloatArray) -> tuple[FloatArray, int]:
    """
    Weigh moments such that what the parameters can take up counts for nothing.

    Parameters
    ----------
    covariance : ndarray of shape (n_moments, n_moments)
        Of one respondent's contributions.
    slopes : ndarray of shape (n_moments, n_parameters)
        Derivatives of the implied moments.

    Returns
    -------
    weight : ndarray of shape (n_moments, n_moments)
        ``n`` times the quadratic form of residual moments is chi-squared under the model.
    taken_up : int
        How many dimensions the parameters take up.
    """
    inverse = np.linalg.inv(covariance)
    size = np.linalg.norm(slopes, axis=0)
    slopes = slopes / np.where(size > 0, size, 1.0)
    weighed = inverse @ slopes
    # Free cross-loadings can be rotated into each other: exact dependencies, which the rounding
    # errors of derivatives by finite differences would pass for parameters of their own.
    middle = np.linalg.pinv(slopes.T @ weighed, hermitian=True, rtol=1e-11)
    return inverse - weighed @ middle @ weighed.T, int(np.linalg.matrix_rank(slopes, rtol=1e-6))
