"""What a fitted factor model implies for the answers, at the nodes of a rule."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.checks.limited_information import Conditional, moments
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.grid import even_grid
from learnclimate.inference.factors.scores import ParameterSet
from learnclimate.measurement.factor_design import LOGIT_SCALE, FactorDesign

FloatArray = npt.NDArray[np.float64]

_SPACING = {1: 0.2, 2: 0.35, 3: 0.5}
_STEP = 1e-5
_POINTS = 2048


@dataclass(frozen=True, slots=True)
class Implied:
    """
    A factor model with its parameters.

    Attributes
    ----------
    design : FactorDesign
        Items and factors.
    loadings : ndarray of shape (n_items, n_factors)
        In residual standard deviations, on the scale of a probit.
    thresholds : ndarray of shape (n_cuts,)
        In residual standard deviations, item after item.
    correlation : ndarray of shape (n_factors, n_factors)
        Of the factors.
    logit : bool
        Whether the link is logistic.
    """

    design: FactorDesign
    loadings: FloatArray
    thresholds: FloatArray
    correlation: FloatArray
    logit: bool

    def conditional(self) -> Conditional:
        """Give the answers given the factors, at the nodes of a rule."""
        nodes, weight = standard_nodes(self.design.n_factors)
        factors = nodes @ np.linalg.cholesky(self.correlation).T
        return self._at(self.loadings @ factors.T, weight / weight.sum())

    def along(self, side: FloatArray) -> Conditional:
        """
        Give the answers at values of the item's own factor, others at 0.

        Parameters
        ----------
        side : ndarray of shape (n_nodes,)
            The values.

        Returns
        -------
        Conditional
            All nodes weigh the same.
        """
        own = self.loadings[np.arange(len(self.loadings)), self.design.own_factor]
        return self._at(own[:, None] * side, np.full(len(side), 1 / len(side)))

    def _at(self, predictor: FloatArray, weight: FloatArray) -> Conditional:
        away = predictor[self.item_of_cut] - self.thresholds[:, None]
        reach = special.expit(LOGIT_SCALE * away) if self.logit else special.ndtr(away)
        return Conditional(reach, self.item_of_cut, weight)

    @property
    def item_of_cut(self) -> npt.NDArray[np.int64]:
        """Item of each threshold, (n_cuts,)."""
        return np.repeat(np.arange(len(self.design.items)), self.design.n_categories - 1)

    def slopes(self) -> FloatArray:
        """Differentiate the moments by loadings, correlations and thresholds, by differences."""
        n_loadings, n_factors = len(self.design.loading_item), self.design.n_factors
        n_correlations = n_factors * (n_factors - 1) // 2
        columns = []
        for place in range(n_loadings + n_correlations + len(self.thresholds)):
            ahead, behind = (moments(self._moved(place, step).conditional())
                             for step in (_STEP, -_STEP))  # fmt: skip
            columns.append((ahead - behind) / (2 * _STEP))
        return np.stack(columns, axis=1)

    def _moved(self, place: int, step: float) -> "Implied":
        loadings, correlation = self.loadings.copy(), self.correlation.copy()
        thresholds = self.thresholds.copy()
        n_loadings = len(self.design.loading_item)
        lower = np.tril_indices(self.design.n_factors, -1)
        if place < n_loadings:
            loadings[self.design.loading_item[place], self.design.loading_factor[place]] += step
        elif place < n_loadings + len(lower[0]):
            row, column = lower[0][place - n_loadings], lower[1][place - n_loadings]
            correlation[row, column] += step
            correlation[column, row] += step
        else:
            thresholds[place - n_loadings - len(lower[0])] += step
        return Implied(self.design, loadings, thresholds, correlation, self.logit)


@cache
def standard_nodes(n_factors: int) -> tuple[FloatArray, FloatArray]:
    """
    Nodes of independent standard normal factors, and their weights.

    Where a grid would have too many, points spread evenly by chance stand for it. What is
    needed of them is expectations of smooth functions that hang on two to four items.

    Parameters
    ----------
    n_factors : int
        Dimension.

    Returns
    -------
    nodes : ndarray of shape (n_nodes, n_factors)
        Nodes.
    weight : ndarray of shape (n_nodes,)
        Weights, up to a scale.
    """
    if n_factors in _SPACING:
        grid = even_grid(n_factors, _SPACING[n_factors])
        return grid.nodes, np.exp(grid.log_weight)
    from scipy.stats import qmc

    points = qmc.Sobol(n_factors, scramble=True, rng=0).random(_POINTS)
    nodes = special.ndtri(np.clip(points, 1e-12, 1 - 1e-12))
    both = np.concatenate([nodes, -nodes])
    # Of normal answers, second moments are all that counts: these are made exact.
    root = np.linalg.cholesky(both.T @ both / len(both))
    return np.linalg.solve(root, both.T).T, np.ones(len(both))


def implied_from(fit: FactorFit, found: ParameterSet, place: int) -> Implied:
    """
    Take one set of parameters of a fit.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    found : ParameterSet
        Some of its parameters.
    place : int
        Which.

    Returns
    -------
    Implied
        The model with these.
    """
    within = found.thresholds[place]
    return Implied(
        fit.design,
        found.loadings[place],
        within[np.isfinite(within)],
        found.correlation[place],
        fit.model.link == "logit",
    )


def answer_probabilities(given: Conditional) -> FloatArray:
    """
    Probability of every answer at every node.

    Parameters
    ----------
    given : Conditional
        The answers given the factors.

    Returns
    -------
    ndarray of shape (n_answers, n_nodes)
        Item after item, lowest answer first.
    """
    parts = []
    for item in range(given.n_items):
        own = given.reach[given.item_of_cut == item]
        edge = np.ones((1, own.shape[1]))
        parts.append(-np.diff(np.concatenate([edge, own, 0 * edge]), axis=0))
    return np.concatenate(parts)


def independent_answers(
    observed: FloatArray, n: int, given: Conditional
) -> tuple[Conditional, FloatArray]:
    """
    Give the model in which items go together with nothing, and the slopes of its moments.

    Parameters
    ----------
    observed : ndarray of shape (n_moments,)
        Shares above the thresholds, then what is not looked at.
    n : int
        Respondents.
    given : Conditional
        Tells the thresholds.

    Returns
    -------
    null : Conditional
        One node.
    slopes : ndarray of shape (n_moments, n_cuts)
        By the shares above the thresholds.
    """
    # A share of nothing or of all has no sampling error, and no inverse.
    shares = np.clip(observed[: len(given.item_of_cut)], 0.5 / n, 1 - 0.5 / n)
    null = Conditional(shares[:, None], given.item_of_cut, np.ones(1))
    mean = null.mean()[:, 0]
    first, second = np.triu_indices(null.n_items, 1)
    own = np.arange(null.n_items)[:, None] == given.item_of_cut
    products = own[first] * mean[second][:, None] + own[second] * mean[first][:, None]
    return null, np.concatenate([np.eye(len(shares)), products])
