"""The posterior of a one-factor ordinal model with a team level, all factors integrated out."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.grid import (
    REACH,
    SPACING,
    Grid,
    Runs,
    even_grid,
    whole_runs,
)
from learnclimate.inference.factors.kernels import answer_counts, pattern_products
from learnclimate.inference.factors.ordinal import (
    Answers,
    Tables,
    slopes_from,
    spacing_for,
    tables_at,
)
from learnclimate.inference.factors.parameters import FactorParameters, Point

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
    The posterior of a one-factor model in which a respondent's factor is the team's and an own one.

    Attributes
    ----------
    parameters : FactorParameters
        Coordinates and priors.
    answers : Answers
        The answers.
    members : Members
        Who belongs to which team.
    grid : Grid
        Nodes of a respondent's factor, team included; its weights are not used.
    team_grid : Grid
        Nodes of the team's factor, in its standard deviations.
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
        point = self.parameters.point(theta[None])
        spread = max(float(point.team_sd[0, 0]), 0.1) * _MARGIN
        reach = REACH * min(finer, 1.2)
        spacing = spacing_for(point, finer)
        grid = even_grid(1, spacing, reach + 4 * spread)
        largest = int(self.members.team_size.max())
        noise = 1 + (spacing / SPACING) ** 2
        by_team = SPACING / finer / np.sqrt(1 + largest * spread**2 / noise)
        team_grid = even_grid(1, by_team, reach)
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
        members, n_patterns = self.members, len(self.answers.rows)
        posterior = np.repeat(found.team_mass, members.team_size, axis=0)
        ratio = posterior / found.given_team[members.pattern]
        by_pattern = np.add.reduceat(ratio[members.by_pattern], members.pattern_start, axis=0)
        mass = found.product * (by_pattern @ found.passage.T)
        counts = np.zeros_like(found.tables.probability)
        answer_counts(self.answers.rows, self.runs, mass.ravel(), counts)
        slopes = slopes_from(counts, found.tables, point, self.grid.nodes, self.answers)
        together = found.product.T @ by_pattern
        apart = self.grid.nodes - point.team_sd[0, 0] * self.team_grid.nodes.T
        by_sd = float((together * found.passage * apart * self.team_grid.nodes.T).sum())
        slopes = replace(slopes, team_sd=np.array([by_sd]))
        if len(by_pattern) != n_patterns:
            raise IndexError("a pattern has no respondent")
        gradient = self.parameters.gradient(theta, point, slopes)
        return float(found.value + point.log_prior[0]), gradient

    def team_moments(self, theta: FloatArray) -> FloatArray:
        """
        Mean, standard deviation and skewness of each team's factor, given the parameters.

        Parameters
        ----------
        theta : ndarray of shape (S, size)
            Points.

        Returns
        -------
        ndarray of shape (S, n_teams, 3)
            In standard deviations within teams but for the skewness.
        """
        point = self.parameters.point(theta)
        nodes = self.team_grid.nodes[:, 0]
        moments = np.empty((len(theta), len(self.members.team_size), 3))
        for place in range(len(theta)):
            mass = self._integrated(point, place).team_mass
            mean = mass @ nodes
            centred = nodes - mean[:, None]
            sd = np.sqrt((mass * centred**2).sum(axis=1))
            third = (mass * centred**3).sum(axis=1)
            spread = point.team_sd[place, 0]
            moments[place] = np.stack([spread * mean, spread * sd, third / sd**3], axis=1)
        return moments

    def _integrated(self, point: Point, place: int) -> "_Integrated":
        tables = tables_at(point, place, self.grid.nodes, self.answers)
        n_patterns, n_nodes = len(self.answers.rows), len(self.grid.nodes)
        product = np.empty(n_patterns * n_nodes)
        size = np.empty(n_patterns)
        pattern_products(
            tables.probability, tables.log_scale, self.answers.rows, self.runs, product, size
        )
        products = product.reshape(n_patterns, n_nodes)
        apart = self.grid.nodes - point.team_sd[place, 0] * self.team_grid.nodes.T
        step = self.grid.nodes[1, 0] - self.grid.nodes[0, 0]
        passage = step / np.sqrt(2 * np.pi) * np.exp(-0.5 * apart**2)
        given_team = np.maximum(products @ passage, _SMALLEST)
        logs = np.log(given_team)[self.members.pattern]
        by_team = np.add.reduceat(logs, self.members.team_start, axis=0) + self.team_grid.log_weight
        largest = by_team.max(axis=1, keepdims=True)
        mass = np.exp(by_team - largest)
        total = mass.sum(axis=1, keepdims=True)
        value = float((np.log(total) + largest).sum() + self.answers.weight @ size)
        return _Integrated(value, tables, products, passage, given_team, mass / total)


@dataclass(frozen=True, slots=True)
class _Integrated:
    value: float
    tables: Tables
    product: FloatArray
    passage: FloatArray
    given_team: FloatArray
    team_mass: FloatArray
