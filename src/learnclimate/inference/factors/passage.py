"""From respondents' factors to their teams': sums over the nodes, one factor after another."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.grid import Grid
from learnclimate.inference.factors.parameters import Point

FloatArray = npt.NDArray[np.float64]

_ROOT_TWO_PI = np.sqrt(2 * np.pi)


@dataclass(frozen=True, slots=True)
class Passage:
    """
    The density of a respondent's factors at every node, given the team's at every node.

    The shift of the k-th factor depends on the team's first k alone, so that sums over all
    pairs of nodes are done one factor at a time; for two factors that is some twenty times
    less work than the whole table.

    Attributes
    ----------
    kernels : tuple of ndarray of shape (n_before, n_side, n_team_side)
        Density of one factor of the respondent, times the distance of nodes, given the
        team's nodes of the factors before (n_before combinations) and of this one.
    away : tuple of ndarray
        The same, times the distance of the respondent's node from its mean.
    """

    kernels: tuple[FloatArray, ...]
    away: tuple[FloatArray, ...]

    def passed(self, values: FloatArray, *, moved: int | None = None) -> FloatArray:
        """
        Sum over a respondent's nodes.

        Parameters
        ----------
        values : ndarray of shape (n_patterns, n_nodes)
            A function of a respondent's factors.
        moved : int, optional
            Weigh by the distance of this factor from its mean: the slope by the mean.

        Returns
        -------
        ndarray of shape (n_patterns, n_team_nodes)
            Its expectation given the team's factors.
        """
        n_patterns = len(values)
        state = values[None]
        for place, kernel in enumerate(self.kernels):
            used = self.away[place] if place == moved else kernel
            n_before, n_side, n_team = used.shape
            parts = state.reshape(n_before, n_patterns, n_side, -1)
            left = parts.shape[3]
            rows = parts.transpose(0, 1, 3, 2).reshape(n_before, n_patterns * left, n_side)
            summed = (rows @ used).reshape(n_before, n_patterns, left, n_team)
            state = summed.transpose(0, 3, 1, 2).reshape(n_before * n_team, n_patterns, left)
        return np.asarray(state[:, :, 0].T)

    def spread_back(self, values: FloatArray) -> FloatArray:
        """
        Sum over the team's nodes: the transpose of `passed`.

        Parameters
        ----------
        values : ndarray of shape (n_patterns, n_team_nodes)
            A function of a team's factors.

        Returns
        -------
        ndarray of shape (n_patterns, n_nodes)
            A function of a respondent's.
        """
        n_patterns = len(values)
        state = values.T[:, :, None]
        for kernel in reversed(self.kernels):
            n_before, n_side, n_team = kernel.shape
            left = state.shape[2]
            parts = state.reshape(n_before, n_team, n_patterns * left).transpose(0, 2, 1)
            summed = parts @ kernel.transpose(0, 2, 1)
            split = summed.reshape(n_before, n_patterns, left, n_side)
            state = split.transpose(0, 1, 3, 2).reshape(n_before, n_patterns, n_side * left)
        return np.asarray(state[0])


def team_shift(point: Point, place: int) -> FloatArray:
    """
    How a team's uncorrelated factors shift those of its members.

    Parameters
    ----------
    point : Point
        Parameters.
    place : int
        Which of its points.

    Returns
    -------
    ndarray of shape (n_factors, n_factors)
        Lower triangular; in the coordinates in which members vary independently.
    """
    over_teams = point.team_sd[place][:, None] * point.team_factor[place]
    return np.asarray(np.linalg.solve(point.factor[place], over_teams))


def passage_at(shift: FloatArray, grid: Grid, team_grid: Grid) -> Passage:
    """
    Tabulate the density of a respondent's factors given the team's.

    Parameters
    ----------
    shift : ndarray of shape (n_factors, n_factors)
        See `team_shift`.
    grid, team_grid : Grid
        Nodes of a respondent's and of a team's factors.

    Returns
    -------
    Passage
        One kernel a factor.
    """
    sides = [np.unique(column) for column in grid.nodes.T]
    team_sides = [np.unique(column) for column in team_grid.nodes.T]
    kernels, away = [], []
    for place, (side, team_side) in enumerate(zip(sides, team_sides, strict=True)):
        step = side[1] - side[0]
        before = team_sides[:place]
        combined = np.meshgrid(*before, indexing="ij") if before else []
        known = sum(
            (shift[place, at] * part.ravel() for at, part in enumerate(combined)), np.zeros(1)
        )
        mean = known[:, None] + shift[place, place] * team_side
        apart = side[None, :, None] - mean[:, None, :]
        kernel = step / _ROOT_TWO_PI * np.exp(-0.5 * apart**2)
        kernels.append(kernel)
        away.append(kernel * apart)
    return Passage(tuple(kernels), tuple(away))
