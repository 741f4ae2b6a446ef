"""Scratch space of the kernels, allocated before they run."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.quadrature import NodeGrid
from learnclimate.inference.marginal.kernels.team_data import TeamData

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


#: Rows of a team that a family works on together: a loop over the nodes of one is too short.
ROWS_AT_ONCE = 16


class Point(NamedTuple):
    """
    Structural parameters as the kernels read them: one psi.

    Attributes
    ----------
    base : ndarray of shape (n_groups,)
        Log rate of each group at the covariates' means.
    zeta : ndarray of shape (n_groups, d)
        What a team's standard normal effect adds to the log rate.
    coefficients : ndarray of shape (n_covariates,)
        Coefficients of the covariates.
    log_dispersion : float
        log φ, 0 where the family has none.
    """

    base: FloatArray
    zeta: FloatArray
    coefficients: FloatArray
    log_dispersion: float


class Start(NamedTuple):
    """
    Where Newton's steps to each team's mode begin, and where they end.

    Attributes
    ----------
    modes : ndarray of shape (n_teams, d)
        Modes to begin with.
    steps : int
        The most steps.
    settled : float, default 1e-4
        A team has arrived where a further step is shorter than this, squared and in its
        standard deviations: quadrature does not mind a centre off by a hundredth of those.
    last : float, default 2.5e-3
        A full step shorter than this, likewise, is taken for the last one: what it leaves
        is of the order of its square, and the curvature where it began serves as well.
    """

    modes: FloatArray
    steps: int
    settled: float = 1e-4
    last: float = 2.5e-3


class Block(NamedTuple):
    """
    Scratch for a block of teams, its segments and rows.

    Attributes
    ----------
    eta : ndarray of shape (n_rows of the largest block,)
        Log rate at the team's effect 0.
    expected : ndarray of shape (n_rows of the largest block,)
        Its exponential, divided by φ.
    spare : ndarray of shape (2, n_rows of the largest block)
        For the families.
    mass : ndarray of shape (n_segments of the largest block,)
        Poisson only: expected activities of each segment.
    rate, slope, weight : ndarray of shape (n_segments of the largest block,)
        Of each segment, the rate ratio that its team's effect makes; the first and minus the
        second derivative of its log density by the log rate.
    mode : ndarray of shape (n_teams of the largest block, d)
        Each team's mode.
    inverse : ndarray of shape (n_teams of the largest block, d, d)
        Inverse of the lower Cholesky factor of minus the Hessian there.
    det : ndarray of shape (n_teams of the largest block,)
        Its determinant.
    height : ndarray of shape (n_teams of the largest block,)
        Log density at the mode, for draws only.
    climbing : ndarray of shape (n_teams of the largest block,)
        Whether a team has not arrived yet.
    """

    eta: FloatArray
    expected: FloatArray
    spare: FloatArray
    mass: FloatArray
    rate: FloatArray
    slope: FloatArray
    weight: FloatArray
    mode: FloatArray
    inverse: FloatArray
    det: FloatArray
    height: FloatArray
    climbing: npt.NDArray[np.bool_]


class TeamWork(NamedTuple):
    """
    Scratch for one team: its mode, and the nodes around it.

    Attributes
    ----------
    mode, push, direction : ndarray of shape (d,)
        Mode; gradient there; scratch.
    precision, inverse : ndarray of shape (d, d)
        Minus the Hessian, and the inverse of its lower Cholesky factor.
    ratio : ndarray of shape (n_segments of the largest team, n_nodes)
        Rate ratio of each segment at each node.
    at : ndarray of shape (d, n_nodes)
        The nodes b.
    h : ndarray of shape (n_nodes,)
        Log density at the nodes, then normalised node weights.
    spare : ndarray of shape (ROWS_AT_ONCE, n_nodes)
        For the families.
    axes : tuple of int
        0 to d - 1: the length of a tuple is known when a kernel is compiled, and loops over so
        few are unrolled only then.
    """

    mode: FloatArray
    push: FloatArray
    direction: FloatArray
    precision: FloatArray
    inverse: FloatArray
    ratio: FloatArray
    at: FloatArray
    h: FloatArray
    spare: FloatArray
    axes: tuple[int, ...]


class Moments(NamedTuple):
    """
    What `segment_derivatives` fills, for one segment, at every node, or adds up.

    Attributes
    ----------
    slope, weight, cross : ndarray of shape (n_nodes,)
        First derivative by the log rate; minus the second; minus the derivative of the
        first by log φ.
    dispersion_slope, dispersion_weight : ndarray of shape (n_nodes,)
        First derivative by log φ, and minus the second; added up over a team.
    covariate_slope : ndarray of shape (n_covariates, n_nodes)
        Σ covariate × slope of the rows; added up over a team.
    row_slope, row_weight, row_cross : ndarray of shape (n_nodes,)
        Scratch.
    """

    slope: FloatArray
    weight: FloatArray
    cross: FloatArray
    dispersion_slope: FloatArray
    dispersion_weight: FloatArray
    covariate_slope: FloatArray
    row_slope: FloatArray
    row_weight: FloatArray
    row_cross: FloatArray


class ScoreWork(NamedTuple):
    """
    Scratch for the derivatives of one team.

    Attributes
    ----------
    mean_of : ndarray of shape (1 + d, n_nodes)
        Node weights times (1, b), times the team's weight.
    effect : ndarray of shape (d, n_nodes)
        Team effects u = L b at the nodes.
    score : ndarray of shape (m, n_nodes)
        Derivatives of the complete log density by psi.
    active : ndarray of shape (m,)
        Which entries of psi the team depends on.
    order : ndarray of shape (m,)
        Their positions.
    """

    mean_of: FloatArray
    effect: FloatArray
    score: FloatArray
    active: npt.NDArray[np.bool_]
    order: IntArray


class Scratch(NamedTuple):
    """
    Scratch for one thread.

    Attributes
    ----------
    block : Block
        For a block of teams.
    work : TeamWork
        For one team.
    """

    block: Block
    work: TeamWork


def new_scratch(data: TeamData, grid: NodeGrid) -> Scratch:
    """
    Allocate scratch for the largest block and the largest team.

    Parameters
    ----------
    data : TeamData
        The rows.
    grid : NodeGrid
        The nodes.

    Returns
    -------
    Scratch
        For one thread.
    """
    d, n_nodes = grid.grid.shape
    of_block = data.team_start[data.block_start]
    n_segments = int(np.diff(of_block).max(initial=1))
    n_rows = int(np.diff(data.segment_start[of_block]).max(initial=1))
    n_teams = int(np.diff(data.block_start).max(initial=1))
    u = int(np.diff(data.team_start).max(initial=1))
    of_rows = [(n_rows,), (n_rows,), (2, n_rows)]
    of_teams = [(n_teams, d), (n_teams, d, d), (n_teams,), (n_teams,)]
    sizes = [*of_rows, *4 * [(n_segments,)], *of_teams]
    climbing = np.zeros(n_teams, dtype=np.bool_)
    block = Block._make([*(np.zeros(size) for size in sizes), climbing])
    shapes = [(d,), (d,), (d,), (d, d), (d, d), (u, n_nodes)]
    shapes += [(d, n_nodes), (n_nodes,), (ROWS_AT_ONCE, n_nodes)]
    work = TeamWork._make([*(np.zeros(shape) for shape in shapes), tuple(range(d))])
    return Scratch(block, work)


def new_derivative_scratch(
    data: TeamData, grid: NodeGrid, size: int
) -> tuple[Scratch, Moments, ScoreWork]:
    """
    Allocate scratch for the derivatives.

    Parameters
    ----------
    data : TeamData
        The rows.
    grid : NodeGrid
        The nodes.
    size : int
        Length of psi.

    Returns
    -------
    scratch : Scratch
        As for values.
    moments : Moments
        For the rows.
    score : ScoreWork
        For the score of one team.
    """
    d, n_nodes = grid.grid.shape
    moments = Moments._make(
        [
            *(np.zeros(n_nodes) for _ in range(5)),
            np.zeros((len(data.covariates), n_nodes)),
            *(np.zeros(n_nodes) for _ in range(3)),
        ]
    )
    score = ScoreWork(
        np.zeros((1 + d, n_nodes)),
        np.zeros((d, n_nodes)),
        np.zeros((size, n_nodes)),
        np.zeros(size, dtype=np.bool_),
        np.zeros(size, dtype=np.int64),
    )
    return new_scratch(data, grid), moments, score
