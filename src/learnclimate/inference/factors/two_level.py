"""The posterior of an ordinal model with a team level, all factors integrated out."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.grid import (
    REACH,
    SPACING,
    Grid,
    Runs,
    uneven_grid,
    whole_runs,
)
from learnclimate.inference.factors.kernels import answer_counts, pattern_products
from learnclimate.inference.factors.ordinal import (
    Answers,
    Tables,
    slopes_from,
    tables_at,
)
from learnclimate.inference.factors.parameters import FactorParameters, Point, Slopes
from learnclimate.inference.factors.passage import Passage, passage_at, team_shift

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_SMALLEST = 1e-290
#: How much larger the spread over teams may become than at the anchor.
_MARGIN = 1.6


@dataclass(frozen=True, slots=True)
class Members:
    """
    Respondents sorted by team, and those of each pattern.

    Attributes
    ----------
    pattern : ndarray of shape (n_respondents,), int
        Pattern of each, team after team.
    team_start : ndarray of shape (n_present,), int
        First respondent of each team that has one.
    team_size : ndarray of shape (n_present,), int
        Respondents of each.
    by_pattern : ndarray of shape (n_respondents,), int
        Places in `pattern`, pattern after pattern.
    pattern_start : ndarray of shape (n_patterns,), int
        First of each pattern in `by_pattern`.
    """

    pattern: IntArray
    team_start: IntArray
    team_size: IntArray
    by_pattern: IntArray
    pattern_start: IntArray


def members_of(answers: Answers, team: IntArray) -> Members:
    """
    Sort respondents by team.

    Parameters
    ----------
    answers : Answers
        The answers.
    team : ndarray of shape (n_respondents,), int
        Team of each respondent; every team from 0 up has one.

    Returns
    -------
    Members
        Sorted.
    """
    order = np.argsort(team, kind="stable")
    pattern = answers.of_respondent[order]
    size = np.bincount(team)
    by_pattern = np.argsort(pattern, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(pattern))[:-1]])
    return Members(
        pattern,
        np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64),
        size.astype(np.int64),
        by_pattern,
        start.astype(np.int64),
    )


@dataclass(frozen=True, slots=True)
class TwoLevelPosterior:
    """
    The posterior of a model in which a respondent's factors are the team's and own deviations.

    Attributes
    ----------
    parameters : FactorParameters
        Coordinates and priors.
    answers : Answers
        The answers.
    members : Members
        Who belongs to which team.
    grid : Grid
        Nodes of a respondent's factors, team included, uncorrelated within teams; its
        weights are not used.
    team_grid : Grid
        Nodes of the team's factors, uncorrelated and in their standard deviations.
    runs : tuple of ndarray
        All nodes for every pattern.
    """

    parameters: FactorParameters
    answers: Answers
    members: Members
    grid: Grid
    team_grid: Grid
    runs: Runs

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

    def anchored(self, theta: FloatArray, finer: float = 1.0) -> "TwoLevelPosterior":
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
        TwoLevelPosterior
            The same posterior, its nodes laid out anew.
        """
        return self.anchored_at(self.parameters.point(theta[None]), finer)

    def anchored_at(self, point: Point, finer: float = 1.0) -> "TwoLevelPosterior":
        """
        Lay out the nodes for evaluations near some parameters.

        Parameters
        ----------
        point : Point
            The parameters; the first of its points counts.
        finer : float, default 1
            How much finer than usual.

        Returns
        -------
        TwoLevelPosterior
            The same posterior, its nodes laid out anew.
        """
        shift = _MARGIN * team_shift(point, 0)
        shift += 0.1 * np.eye(len(shift))
        far = REACH * min(finer, 1.2)
        # Along each side nodes are as close as what is known of one factor given the others asks.
        behind = point.loadings[0] @ point.factor[0]
        spacing = SPACING / finer / np.sqrt(1 + (behind**2).sum(axis=0))
        grid = uneven_grid(spacing, far * np.sqrt(1 + (shift**2).sum(axis=1)))
        noise = 1 + (spacing / SPACING) ** 2
        known = self.members.team_size.max() * (shift**2 / noise[:, None]).sum(axis=0)
        team_grid = uneven_grid(SPACING / finer / np.sqrt(1 + known), np.full(len(shift), far))
        runs = whole_runs(len(self.answers.rows), len(grid.nodes))
        return replace(self, grid=grid, team_grid=team_grid, runs=runs)

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
        found = np.array([self._integrated(point, place).value for place in range(len(theta))])
        found = found + point.log_prior
        return np.where(np.isfinite(found), found, -np.inf)

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
        found = self._integrated(point, 0)
        members = self.members
        posterior = np.repeat(found.team_mass, members.team_size, axis=0)
        ratio = posterior / found.given_team[members.pattern]
        by_pattern = np.add.reduceat(ratio[members.by_pattern], members.pattern_start, axis=0)
        if len(by_pattern) != len(self.answers.rows):
            raise IndexError("a pattern has no respondent")
        mass = found.product * found.passage.spread_back(by_pattern)
        counts = np.zeros_like(found.tables.probability)
        answer_counts(self.answers.rows, self.runs, mass.ravel(), counts)
        slopes = slopes_from(counts, found.tables, point, self.grid.nodes, self.answers)
        by_shift = np.zeros_like(point.factor[0])
        for row in range(len(by_shift)):
            away = found.passage.passed(found.product, moved=row)
            by_shift[row] = (by_pattern * away).sum(axis=0) @ self.team_grid.nodes
        slopes = _through_shift(slopes, np.tril(by_shift), point)
        gradient = self.parameters.gradient(theta, point, slopes)
        return float(found.value + point.log_prior[0]), gradient

    def team_moments(self, theta: FloatArray) -> "TeamMoments":
        """
        Describe each team's factors given the parameters.

        Parameters
        ----------
        theta : ndarray of shape (S, size)
            Points.

        Returns
        -------
        TeamMoments
            In standard deviations within teams.
        """
        return self.moments_at(self.parameters.point(theta))

    def moments_at(self, point: Point) -> "TeamMoments":
        """
        Describe each team's factors given the parameters.

        Parameters
        ----------
        point : Point
            Parameters; their prior is not read.

        Returns
        -------
        TeamMoments
            In standard deviations within teams.
        """
        nodes = self.team_grid.nodes
        means, roots, skews = [], [], []
        for place in range(len(point.loadings)):
            mass = self._integrated(point, place).team_mass
            mean = mass @ nodes
            second = np.einsum("tz,za,zb->tab", mass, nodes, nodes)
            covariance = second - mean[:, :, None] * mean[:, None, :]
            root = np.linalg.cholesky(covariance + 1e-12 * np.eye(nodes.shape[1]))
            centred = nodes - mean[:, None, :]
            white = np.einsum("tab,tzb->tza", np.linalg.inv(root), centred)
            skews.append(np.einsum("tz,tza->ta", mass, white**3))
            turned = point.team_sd[place][:, None] * point.team_factor[place]
            means.append(mean @ turned.T)
            roots.append(turned @ root)
        return TeamMoments(np.array(means), np.array(roots), np.array(skews))

    def _integrated(self, point: Point, place: int) -> "_Integrated":
        tables = tables_at(point, place, self.grid.nodes, self.answers)
        n_patterns, n_nodes = len(self.answers.rows), len(self.grid.nodes)
        product = np.empty(n_patterns * n_nodes)
        size = np.empty(n_patterns)
        pattern_products(
            tables.probability, tables.log_scale, self.answers.rows, self.runs, product, size
        )
        products = product.reshape(n_patterns, n_nodes)
        passage = passage_at(team_shift(point, place), self.grid, self.team_grid)
        given_team = np.maximum(passage.passed(products), _SMALLEST)
        logs = np.log(given_team)[self.members.pattern]
        by_team = np.add.reduceat(logs, self.members.team_start, axis=0) + self.team_grid.log_weight
        largest = by_team.max(axis=1, keepdims=True)
        mass = np.exp(by_team - largest)
        total = mass.sum(axis=1, keepdims=True)
        value = float((np.log(total) + largest).sum() + self.answers.weight @ size)
        return _Integrated(value, tables, products, passage, given_team, mass / total)


@dataclass(frozen=True, slots=True)
class TeamMoments:
    """
    Moments of the teams' factors at S points.

    Attributes
    ----------
    mean : ndarray of shape (S, n_teams, n_factors)
        Means.
    root : ndarray of shape (S, n_teams, n_factors, n_factors)
        Roots of their covariances.
    skewness : ndarray of shape (S, n_teams, n_factors)
        Of the coordinates that the root makes uncorrelated.
    """

    mean: FloatArray
    root: FloatArray
    skewness: FloatArray

    def factors(self, scores: FloatArray) -> FloatArray:
        """
        Turn standard normal scores into factors with these moments.

        Parameters
        ----------
        scores : ndarray of shape (S, n_teams, n_factors)
            Scores.

        Returns
        -------
        ndarray of shape (S, n_teams, n_factors)
            In standard deviations within teams.
        """
        skewed = scores + self.skewness / 6 * (scores**2 - 1)
        skewed = skewed / np.sqrt(1 + self.skewness**2 / 18)
        return np.asarray(self.mean + np.einsum("stab,stb->sta", self.root, skewed))


@dataclass(frozen=True, slots=True)
class _Integrated:
    value: float
    tables: Tables
    product: FloatArray
    passage: Passage
    given_team: FloatArray
    team_mass: FloatArray


def _through_shift(slopes: Slopes, by_shift: FloatArray, point: Point) -> Slopes:
    """Carry a gradient by the shift F^-1 D L on to its three parts."""
    back = np.linalg.solve(point.factor[0].T, by_shift)
    return replace(
        slopes,
        factor=slopes.factor - back @ team_shift(point, 0).T,
        team_sd=(back * point.team_factor[0]).sum(axis=1),
        team_factor=point.team_sd[0][:, None] * back,
    )
