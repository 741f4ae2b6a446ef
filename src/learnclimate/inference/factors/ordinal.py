"""The posterior of an ordinal factor model, factors integrated out."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.grid import (
    REACH,
    SPACING,
    Grid,
    Runs,
    entry_nodes,
    even_grid,
    supported_runs,
    whole_runs,
)
from learnclimate.inference.factors.kernels import (
    answer_counts,
    fill_tables,
    pattern_products,
    scale_rows,
    table_slopes,
)
from learnclimate.inference.factors.parameters import FactorParameters, Point, Slopes
from learnclimate.measurement.factor_design import FactorDesign

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Answers:
    """
    Distinct answer patterns.

    Attributes
    ----------
    rows : ndarray of shape (n_patterns, n_items), int
        Row of each answer in a table of all answers; -1 where left open.
    weight : ndarray of shape (n_patterns,)
        Respondents with that pattern.
    first : ndarray of shape (n_items + 1,), int
        First row of each item.
    of_respondent : ndarray of shape (n_respondents,), int
        Pattern of each respondent.
    logit : bool
        Whether the link is logistic.
    """

    rows: IntArray
    weight: FloatArray
    first: IntArray
    of_respondent: IntArray
    logit: bool


def answers_of(design: FactorDesign, *, logit: bool) -> Answers:
    """
    Compress answers into patterns.

    Parameters
    ----------
    design : FactorDesign
        The answers.
    logit : bool
        Whether the link is logistic.

    Returns
    -------
    Answers
        Patterns.
    """
    patterns, place = design.patterns()
    first = design.first_row
    rows = np.where(patterns >= 0, patterns + first[:-1], -1)
    weight = np.bincount(place, minlength=len(rows)).astype(float)
    return Answers(rows.astype(np.int64), weight, first, place, logit)


@dataclass(frozen=True, slots=True)
class Tables:
    """
    The answers at all nodes of a grid.

    Attributes
    ----------
    predictor : ndarray of shape (n_items, n_nodes)
        Linear predictors.
    thresholds : ndarray of shape (n_cuts,)
        In residual standard deviations.
    probability : ndarray of shape (n_rows, n_nodes)
        Probabilities of the answers, up to a scale each.
    log_scale : ndarray of shape (n_rows,)
        Logs of the scales.
    """

    predictor: FloatArray
    thresholds: FloatArray
    probability: FloatArray
    log_scale: FloatArray


def tables_at(point: Point, place: int, nodes: FloatArray, answers: Answers) -> Tables:
    """
    Tabulate the answers at nodes of the factors.

    Parameters
    ----------
    point : Point
        Parameters.
    place : int
        Which of its points.
    nodes : ndarray of shape (n_nodes, n_factors)
        Factors before they are correlated.
    answers : Answers
        The answers.

    Returns
    -------
    Tables
        Rows are answers, columns nodes.
    """
    predictor = (point.loadings[place] @ point.factor[place]) @ nodes.T
    n_cuts = np.diff(answers.first) - 1
    thresholds = point.cuts.thresholds[place] * np.repeat(point.scale[place], n_cuts)
    probability = np.empty((answers.first[-1], len(nodes)))
    fill_tables(predictor, thresholds, answers.first, answers.logit, probability)
    log_scale = np.empty(len(probability))
    scale_rows(probability, log_scale)
    return Tables(predictor, thresholds, probability, log_scale)


def spacing_for(point: Point, finer: float = 1.0) -> float:
    """
    Choose how far apart nodes may lie.

    Parameters
    ----------
    point : Point
        Parameters; the first counts.
    finer : float, default 1
        Divide the distance by this.

    Returns
    -------
    float
        Distance, by the best that an answer pattern can tell of the factors.
    """
    behind = point.loadings[0] @ point.factor[0]
    information = np.eye(behind.shape[1]) + behind.T @ behind
    return float(SPACING / np.sqrt(np.linalg.eigvalsh(information)[-1]) / finer)


@dataclass(frozen=True, slots=True)
class OrdinalPosterior:
    """
    The posterior of an ordinal factor model of one level.

    Attributes
    ----------
    parameters : FactorParameters
        Coordinates and priors.
    answers : Answers
        The answers.
    grid : Grid
        Nodes.
    runs : tuple of ndarray
        Nodes of each pattern.
    nodes_of : ndarray of shape (n_entries,)
        Node of each entry.
    """

    parameters: FactorParameters
    answers: Answers
    grid: Grid
    runs: Runs
    nodes_of: IntArray

    @property
    def size(self) -> int:
        """How many coordinates there are."""
        return self.parameters.size

    @property
    def has_grid(self) -> bool:
        """Whether factors are integrated out on a grid."""
        return True

    def oriented(self, theta: FloatArray) -> FloatArray:
        """Turn points so that each factor points the way most of its items do."""
        return self.parameters.oriented(theta)

    def anchored(self, theta: FloatArray, finer: float = 1.0) -> "OrdinalPosterior":
        """
        Lay out the nodes for evaluations near a point.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            The point.
        finer : float, default 1
            How much finer than usual.

        Returns
        -------
        OrdinalPosterior
            The same posterior, its nodes laid out anew.
        """
        point = self.parameters.point(theta[None])
        n_factors = self.parameters.n_factors
        reach = REACH * min(finer, 1.2)
        grid = even_grid(n_factors, spacing_for(point, finer), reach)
        if n_factors == 1:
            runs = whole_runs(len(self.answers.rows), len(grid.nodes))
        else:
            tables = tables_at(point, 0, grid.nodes, self.answers)
            runs = supported_runs(grid, tables.probability, tables.log_scale, self.answers.rows)
        return replace(self, grid=grid, runs=runs, nodes_of=entry_nodes(runs))

    def log_density(self, theta: FloatArray) -> FloatArray:
        """
        Log prior plus log likelihood.

        Parameters
        ----------
        theta : ndarray of shape (S, size)
            Points.

        Returns
        -------
        ndarray of shape (S,)
            With all constants.
        """
        point = self.parameters.point(theta)
        found = np.array([self._integrated(point, place)[0] for place in range(len(theta))])
        return _finite(found + point.log_prior)

    def log_likelihoods(self, theta: FloatArray) -> FloatArray:
        """
        Log likelihood of every pattern.

        Parameters
        ----------
        theta : ndarray of shape (S, size)
            Points.

        Returns
        -------
        ndarray of shape (S, n_patterns)
            Factors integrated out.
        """
        point = self.parameters.point(theta)
        return np.stack([self._integrated(point, place)[1] for place in range(len(theta))])

    def value_and_gradient(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """
        Log density and its gradient.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            One point.

        Returns
        -------
        value : float
            Log density.
        gradient : ndarray of shape (size,)
            By Fisher's identity.
        """
        point = self.parameters.point(theta[None])
        value, _, mass, tables = self._integrated(point, 0)
        counts = np.zeros_like(tables.probability)
        answer_counts(self.answers.rows, self.runs, mass, counts)
        slopes = slopes_from(counts, tables, point, self.grid.nodes, self.answers)
        gradient = self.parameters.gradient(theta, point, slopes)
        return float(value + point.log_prior[0]), gradient

    def _integrated(self, point: Point, place: int) -> tuple[float, FloatArray, FloatArray, Tables]:
        tables = tables_at(point, place, self.grid.nodes, self.answers)
        product = np.empty(len(self.nodes_of))
        size = np.empty(len(self.answers.rows))
        pattern_products(
            tables.probability, tables.log_scale, self.answers.rows, self.runs, product, size
        )
        product *= np.exp(self.grid.log_weight)[self.nodes_of]
        starts = self.runs[3]
        total = np.add.reduceat(product, starts[:-1])
        by_pattern = np.log(total) + size
        mass = product * np.repeat(self.answers.weight / total, np.diff(starts))
        return float(self.answers.weight @ by_pattern), by_pattern, mass, tables


def slopes_from(
    counts: FloatArray, tables: Tables, point: Point, nodes: FloatArray, answers: Answers
) -> Slopes:
    """
    Gradient by loadings, correlations and thresholds from expected answers at the nodes.

    Parameters
    ----------
    counts : ndarray of shape (n_rows, n_nodes)
        Expected number of each answer at each node.
    tables : Tables
        The answers at the nodes.
    point : Point
        Parameters; the first counts.
    nodes : ndarray of shape (n_nodes, n_factors)
        The nodes.
    answers : Answers
        The answers.

    Returns
    -------
    Slopes
        Spreads over teams get none.
    """
    by_predictor = np.empty_like(tables.predictor)
    by_threshold = np.empty(len(tables.thresholds))
    slopes = (by_predictor, by_threshold)
    table_slopes(tables.predictor, tables.thresholds, answers.first, answers.logit, counts, slopes)
    by_behind = by_predictor @ nodes
    return Slopes(
        loading=by_behind @ point.factor[0].T,
        factor=point.loadings[0].T @ by_behind,
        team_sd=np.zeros(point.team_sd.shape[1]),
        team_factor=np.zeros(point.team_factor.shape[1:]),
        threshold=by_threshold,
    )


def _finite(values: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values), values, -np.inf)
