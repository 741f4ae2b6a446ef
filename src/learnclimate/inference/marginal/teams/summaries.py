"""Summaries of the team effects and of the study's expected counts, without any team's draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.points import (
    Groups,
    Points,
    lower_triangles,
    points_at,
)
from learnclimate.inference.marginal.kernels.quadrature import node_grid
from learnclimate.inference.marginal.kernels.scratch import Start, new_scratch
from learnclimate.inference.marginal.kernels.team_data import TeamData
from learnclimate.inference.marginal.likelihood.likelihood import TeamLikelihood
from learnclimate.inference.marginal.likelihood.sharding import in_threads, shares_of_teams
from learnclimate.inference.marginal.likelihood.workers import Workers
from learnclimate.inference.marginal.parameters.layout import StructuralLayout

if TYPE_CHECKING:
    from learnclimate.inference.marginal.kernels.summaries import Asked, Gathered

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Points that one worker takes at a time; fixed, so that sums do not depend on workers.
_BLOCK = 16
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class TeamSummary:
    """
    Moments of every team's effects over the posterior.

    Attributes
    ----------
    mean, sd, skewness : ndarray of shape (n_teams, d)
        Posterior mean, standard deviation and skewness, on the log rate.
    correlation : ndarray of shape (n_teams, d, d)
        Posterior correlation of a team's own effects.
    error : float
        Largest Monte Carlo error of a mean, in posterior standard deviations.
    """

    mean: FloatArray
    sd: FloatArray
    skewness: FloatArray
    correlation: FloatArray
    error: float


@dataclass(frozen=True, slots=True)
class StudyMoments:
    """
    Expected counts of the study given psi: at every level, then at the levels answered.

    Attributes
    ----------
    mean : ndarray of shape (S, 1 + n_levels)
        Means over the team effects.
    covariance : ndarray of shape (S, 1 + n_levels, 1 + n_levels)
        Covariances over the team effects.
    """

    mean: FloatArray
    covariance: FloatArray


@dataclass(frozen=True, slots=True)
class Sums:
    """
    What was added up over some points.

    Attributes
    ----------
    n_points : int
        How many.
    moments : ndarray of shape (n_signatures, n_moments)
        As the kernel gathers them.
    study : StudyMoments
        At each point.
    """

    n_points: int
    moments: FloatArray
    study: StudyMoments


def summed(
    likelihood: TeamLikelihood, psi: FloatArray, nodes: int, workers: Workers | None = None
) -> Sums:
    """
    Add up the moments of the team effects over some points, by quadrature.

    Parameters
    ----------
    likelihood : TeamLikelihood
        The likelihood, best anchored.
    psi : ndarray of shape (S, m)
        Points, finite.
    nodes : int
        Nodes a dimension.
    workers : Workers, optional
        Where blocks of points are computed; this process where left out.

    Returns
    -------
    Sums
        Memory grows with the teams, and with the points, not with their product.
    """
    tasks = [(psi[first : first + _BLOCK], nodes) for first in range(0, len(psi), _BLOCK)]
    return together((workers or Workers()).each(_block_sums, likelihood, tasks))


def together(parts: Sequence[Sums]) -> Sums:
    """
    Put sums over different points together.

    Parameters
    ----------
    parts : sequence of Sums
        At least one, in the order of the points.

    Returns
    -------
    Sums
        Over all points.
    """
    moments = parts[0].moments.copy()
    for part in parts[1:]:
        moments += part.moments
    study = StudyMoments(
        np.concatenate([part.study.mean for part in parts]),
        np.concatenate([part.study.covariance for part in parts]),
    )
    return Sums(sum(part.n_points for part in parts), moments, study)


def team_summary(likelihood: TeamLikelihood, sums: Sums) -> TeamSummary:
    """
    Turn sums of moments into a summary.

    Parameters
    ----------
    likelihood : TeamLikelihood
        The likelihood.
    sums : Sums
        Over equally weighted draws of psi.

    Returns
    -------
    TeamSummary
        Over psi and the team effects given psi.
    """
    d = likelihood.layout.n_team_effects
    moments = sums.moments / sums.n_points
    rows, columns = np.tril_indices(d)
    n_products = len(rows)
    mean, cube = moments[:, :d], moments[:, d + n_products : 2 * d + n_products]
    covariance = np.empty((len(moments), d, d))
    centred = moments[:, d : d + n_products] - mean[:, rows] * mean[:, columns]
    covariance[:, rows, columns] = covariance[:, columns, rows] = centred
    variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), _TINY)
    sd = np.sqrt(variance)
    third = cube - 3 * mean * (variance + mean**2) + 2 * mean**3
    between = np.maximum(moments[:, 2 * d + n_products :] - mean**2, 0.0)
    error = np.sqrt(between / max(sums.n_points - 1, 1)) / sd
    correlation = covariance / (sd[:, :, None] * sd[:, None, :])
    correlation[:, range(d), range(d)] = 1.0
    team = likelihood.compressed.signature
    return TeamSummary(
        mean=mean[team],
        sd=sd[team],
        skewness=(third / sd**3)[team],
        correlation=np.clip(correlation, -1.0, 1.0)[team],
        error=float(error.max(initial=0.0)),
    )


def _block_sums(likelihood: TeamLikelihood, psi: FloatArray, nodes: int) -> Sums:
    from learnclimate.inference.marginal.kernels.summaries import (
        Gathered,
        Room,
        summary_kernel,
    )

    data, layout = likelihood.compressed.data, likelihood.layout
    d, n_columns = layout.n_team_effects, 1 + sum(layout.n_levels)
    points, grid = points_at(layout, likelihood.compressed.groups, psi), node_grid(nodes, d)
    start = Start(likelihood.team_modes, likelihood.newton_steps)
    asked = _asked(likelihood, psi)
    moments = np.zeros((len(data.weight), 3 * d + d * (d + 1) // 2))
    of_teams = shares_of_teams(data)
    parts = [_nothing(moments, len(psi), n_columns) for _ in of_teams]
    n_nodes, n_kinds = len(grid.log_weight), int(asked.kind.max(initial=-1)) + 1

    def run(number: int) -> None:
        room = Room(
            np.empty(n_kinds),
            np.empty((n_columns, n_nodes)),
            np.empty(n_nodes),
            np.empty((d, n_nodes)),
            np.empty(n_columns),
        )
        ask = (asked, Gathered(*parts[number]), new_scratch(data, grid), room)
        summary_kernel(data, points, grid, start, of_teams[number], ask)

    in_threads(run, list(range(len(of_teams))))
    mean = sum((part.mean for part in parts), np.zeros((len(psi), n_columns)))
    product = sum((part.product for part in parts), np.zeros((len(psi), n_columns, n_columns)))
    covariance = product + np.tril(product, -1).transpose(0, 2, 1)
    return Sums(len(psi), moments, StudyMoments(mean, covariance))


def _nothing(moments: FloatArray, n_points: int, n_columns: int) -> "Gathered":
    """Make room for the sums of a share of the teams; each fills its own rows of moments."""
    from learnclimate.inference.marginal.kernels.summaries import Gathered

    return Gathered(
        moments, np.zeros((n_points, n_columns)), np.zeros((n_points, n_columns, n_columns))
    )


def _asked(likelihood: TeamLikelihood, psi: FloatArray) -> "Asked":
    """Say what the sums over the respondents are about."""
    from learnclimate.inference.marginal.kernels.summaries import Asked

    layout, compressed = likelihood.layout, likelihood.compressed
    level, kind, first, level_start = combinations(layout, compressed.groups)
    points: Points = points_at(layout, Groups(level, compressed.groups.slope), psi)
    total = compressed.data.weight @ _by_team(compressed.share, compressed.data)
    return Asked(
        lower_triangles(layout, psi),
        compressed.share / total,
        kind,
        first,
        level_start,
        points.base,
        points.zeta,
    )


def _by_team(values: FloatArray, data: TeamData) -> FloatArray:
    start = data.segment_start[data.team_start]
    running = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(np.diff(running[start]))


def combinations(
    layout: StructuralLayout, groups: Groups
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """
    List the combinations of levels at which the study's expected counts are asked for.

    Each frequency in turn has each of its levels, the others those that were answered.

    Parameters
    ----------
    layout : StructuralLayout
        The layout.
    groups : Groups
        The combinations that occur.

    Returns
    -------
    level : ndarray of shape (n_asked, n_frequencies)
        Each combination's levels among those of all frequencies.
    kind : ndarray of shape (n_frequencies, n_groups)
        By group, which combination of levels the other frequencies have.
    first : ndarray of shape (n_frequencies,)
        First combination of each frequency; its kinds follow, each with all levels.
    level_start : ndarray of shape (n_frequencies + 1,)
        First level of each frequency.
    """
    n_frequencies = len(layout.n_levels)
    level_start = np.cumsum([0, *layout.n_levels]).astype(np.int64)
    kinds, firsts, levels = [], [], [np.empty((0, n_frequencies), dtype=np.int64)]
    n_asked = 0
    for f, n_levels in enumerate(layout.n_levels):
        others = np.delete(groups.level, f, axis=1)
        shown, index, kind = np.unique(others, axis=0, return_index=True, return_inverse=True)
        kinds.append(np.reshape(kind, -1))
        firsts.append(n_asked)
        block = np.repeat(groups.level[index], n_levels, axis=0)
        block[:, f] = np.tile(level_start[f] + np.arange(n_levels), len(shown))
        levels.append(block)
        n_asked += len(block)
    n_groups = len(groups.level)
    kind_of = np.array(kinds, dtype=np.int64).reshape(n_frequencies, n_groups)
    return np.concatenate(levels), kind_of, np.array(firsts, dtype=np.int64), level_start
