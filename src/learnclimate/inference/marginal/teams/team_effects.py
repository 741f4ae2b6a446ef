"""Draws of the team effects given the structural parameters, and their summaries."""

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.points import Points, lower_triangles, points_at
from learnclimate.inference.marginal.kernels.quadrature import NodeGrid
from learnclimate.inference.marginal.kernels.scratch import Start, new_scratch
from learnclimate.inference.marginal.kernels.team_data import one_team
from learnclimate.inference.marginal.likelihood.likelihood import TeamLikelihood
from learnclimate.inference.marginal.likelihood.sharding import (
    equal_shares,
    in_threads,
    shares_of_teams,
)
from learnclimate.inference.marginal.likelihood.workers import Workers
from learnclimate.inference.marginal.pareto import tail_shape

if TYPE_CHECKING:
    from learnclimate.inference.marginal.kernels.draws import Members

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LANES = 8
_CHECKED_SHARE = 0.01
_FEWEST_CHECKED = 5
_MOST_CHECKED = 50
_MOST_CHECKED_DRAWS = 512
_MOST_SHARES_OF_POINTS = 8
_TINY = 1e-300
#: Proposals need not lie at a team's mode: within a tenth of a standard deviation is as good.
_NEAR = 1e-2


@dataclass(frozen=True, slots=True)
class TeamDraws:
    """
    Draws of every team's effects, one for each draw of psi.

    Attributes
    ----------
    effects : ndarray of shape (S, n_teams, d)
        On the log rate: ``u = L b``.
    khat : ndarray of shape (n_teams,)
        Pareto shape of the importance ratios of each team; not a number where not computed.
    effective : ndarray of shape (n_teams,)
        How many even proposals those of a draw are worth, on average over the draws.
    """

    effects: FloatArray
    khat: FloatArray
    effective: FloatArray


@dataclass(frozen=True, slots=True)
class TeamSummary:
    """
    Mean and standard deviation of every team's effects over the posterior.

    Attributes
    ----------
    mean : ndarray of shape (n_teams, d)
        Posterior means.
    sd : ndarray of shape (n_teams, d)
        Posterior standard deviations.
    """

    mean: FloatArray
    sd: FloatArray


def draw_team_effects(
    likelihood: TeamLikelihood,
    psi: FloatArray,
    *,
    seed: int,
    proposals: int = 8,
    workers: Workers | None = None,
) -> TeamDraws:
    """
    Draw every team's effects, once for each row of psi.

    A draw is the last state of an independence Metropolis chain that begins at a
    proposal: a multivariate t of 7 degrees of freedom around the team's mode.

    Parameters
    ----------
    likelihood : TeamLikelihood
        The likelihood, best anchored.
    psi : ndarray of shape (S, m)
        Points, finite.
    seed : int
        Seed; the same draws follow whatever the number of threads.
    proposals : int, default 8
        Proposals a draw, rounded up to a multiple of 8.
    workers : Workers, optional
        Where blocks of draws are computed; this process where left out.

    Returns
    -------
    TeamDraws
        The draws, with the Pareto shape of the importance ratios for the worst and for
        a random hundredth of the teams.
    """
    n_teams, d = likelihood.n_teams, likelihood.layout.n_team_effects
    effects = np.zeros((len(psi), n_teams, d))
    khat = np.full(n_teams, np.nan)
    if d == 0 or len(psi) == 0:
        return TeamDraws(effects, khat, khat)
    width = -(-proposals // _LANES) * _LANES
    if workers is None or workers.executor is None:
        sums, _ = _draw(likelihood, psi, _members(likelihood), (seed, width, effects, False))
    else:
        parts = equal_shares(len(psi), min(len(psi), _MOST_SHARES_OF_POINTS))
        tasks = [(psi[first:last], first, seed, width) for first, last in parts]
        blocks = workers.each(_draw_block, likelihood, tasks)
        for (first, last), (block, _) in zip(parts, blocks, strict=True):
            effects[first:last] = block
        sums = np.array([ratio for _, ratio in blocks]).sum(axis=0)
    efficiency = sums[0] ** 2 / np.maximum(sums[1], _TINY)
    for team in _teams_to_check(efficiency, seed):
        khat[team] = _khat(likelihood, psi[:_MOST_CHECKED_DRAWS], int(team), (seed, width))
    return TeamDraws(effects, khat, efficiency / len(psi))


def draw_one_team_each(
    likelihood: TeamLikelihood, psi: FloatArray, team: IntArray, *, seed: int, proposals: int = 8
) -> FloatArray:
    """
    Draw the effects of one team for each row of psi: the same draws as among all teams.

    Parameters
    ----------
    likelihood : TeamLikelihood
        The likelihood, best anchored.
    psi : ndarray of shape (S, m)
        Points, finite.
    team : ndarray of shape (S,)
        The team wanted at each.
    seed : int
        Seed.
    proposals : int, default 8
        Proposals a draw, rounded up to a multiple of 8.

    Returns
    -------
    ndarray of shape (S, d)
        On the log rate.
    """
    effects = np.zeros((len(psi), likelihood.layout.n_team_effects))
    if effects.shape[1] == 0:
        return effects
    width = -(-proposals // _LANES) * _LANES
    for s, wanted in enumerate(team):
        alone, members = _alone(likelihood, int(wanted))
        ask = (seed, width, effects[s : s + 1, None], False)
        _draw(alone, psi[s : s + 1], members, ask, first_draw=s)
    return effects


def _draw_block(
    likelihood: TeamLikelihood, psi: FloatArray, first_draw: int, seed: int, width: int
) -> tuple[FloatArray, FloatArray]:
    """Draw the effects of all teams at a block of points, the first of which has a number."""
    effects = np.zeros((len(psi), likelihood.n_teams, likelihood.layout.n_team_effects))
    ask = (seed, width, effects, False)
    sums, _ = _draw(likelihood, psi, _members(likelihood), ask, first_draw, 1)
    return effects, sums


def _members(likelihood: TeamLikelihood) -> "Members":
    return members_of(likelihood.compressed.signature, len(likelihood.team_modes))


def members_of(signature: IntArray, n_signatures: int) -> "Members":
    """
    List the teams of each signature.

    Parameters
    ----------
    signature : ndarray of shape (n_teams,)
        Signature of each team.
    n_signatures : int
        Number of signatures.

    Returns
    -------
    Members
        The list, for the kernel of draws.
    """
    from learnclimate.inference.marginal.kernels.draws import Members

    team = np.argsort(signature, kind="stable").astype(np.int64)
    start = np.searchsorted(signature[team], np.arange(n_signatures + 1)).astype(np.int64)
    return Members(start, team, team)


def summarise_team_effects(likelihood: TeamLikelihood, psi: FloatArray, nodes: int) -> TeamSummary:
    """
    Means and standard deviations of the team effects, from quadrature instead of draws.

    Parameters
    ----------
    likelihood : TeamLikelihood
        The likelihood, best anchored.
    psi : ndarray of shape (S, m)
        Equally weighted draws.
    nodes : int
        Nodes a dimension.

    Returns
    -------
    TeamSummary
        Moments over psi and the team effects given psi.
    """
    layout, compressed = likelihood.layout, likelihood.compressed
    n_parts = min(len(psi), _MOST_SHARES_OF_POINTS)
    sums = np.zeros((n_parts, len(compressed.data.weight), 2, layout.n_team_effects))
    likelihood.evaluate(psi, nodes, moments=sums)
    mean, square = np.moveaxis(sums.sum(axis=0)[compressed.signature] / len(psi), 1, 0)
    return TeamSummary(mean, np.sqrt(np.maximum(square - mean**2, 0.0)))


def _draw(
    likelihood: TeamLikelihood,
    psi: FloatArray,
    members: "Members",
    ask: tuple[int, int, FloatArray, bool],
    first_draw: int = 0,
    n_parts: int = _MOST_SHARES_OF_POINTS,
) -> tuple[FloatArray, FloatArray]:
    """Draw into ``effects``; return sums of ratios and squares, and log ratios if wanted."""
    from learnclimate.inference.marginal.kernels.draws import Drawing, Drawn, draw_kernel

    seed, width, effects, keep = ask
    data, d = likelihood.compressed.data, likelihood.layout.n_team_effects
    points = points_at(likelihood.layout, likelihood.compressed.groups, psi)
    lower = lower_triangles(likelihood.layout, psi)
    start = Start(likelihood.team_modes, likelihood.newton_steps, _NEAR)
    grid = NodeGrid(np.zeros(1), np.zeros((d, width)), np.zeros(width))
    parts = equal_shares(len(psi), min(len(psi), n_parts))
    ratio = np.zeros((len(parts), 2, effects.shape[1]))
    log_ratio = np.zeros((effects.shape[1] if keep else 0, len(psi), width))

    def run(task: tuple[int, tuple[int, int]]) -> None:
        part, share = task
        first, last = parts[part]
        some = Points(*(array[first:last] for array in points))
        drawing = Drawing(lower[first:last], np.uint64(seed % 2**64), first_draw + first)
        kept = np.ascontiguousarray(log_ratio[:, first:last])
        drawn = Drawn(effects[first:last], ratio[part], kept)
        scratch = new_scratch(data, grid), np.zeros((2 + 2 * d, width))
        draw_kernel(data, some, start, members, share, (drawing, drawn, *scratch))
        log_ratio[:, first:last] = kept

    in_threads(run, list(product(range(len(parts)), shares_of_teams(data))))
    return ratio.sum(axis=0), log_ratio


def _teams_to_check(efficiency: FloatArray, seed: int) -> IntArray:
    """Choose the worst hundredth of the teams and a random one, within bounds."""
    n_teams = len(efficiency)
    n = int(np.clip(round(_CHECKED_SHARE * n_teams), _FEWEST_CHECKED, _MOST_CHECKED))
    worst = np.argsort(efficiency, kind="stable")[:n]
    random = np.random.default_rng(seed).choice(n_teams, min(n, n_teams), replace=False)
    return np.unique(np.concatenate([worst, random]))


def _khat(likelihood: TeamLikelihood, psi: FloatArray, team: int, how: tuple[int, int]) -> float:
    alone, members = _alone(likelihood, team)
    effects = np.zeros((len(psi), 1, likelihood.layout.n_team_effects))
    _, log_ratio = _draw(alone, psi, members, (*how, effects, True), n_parts=1)
    return tail_shape(log_ratio.reshape(-1))


def _alone(likelihood: TeamLikelihood, team: int) -> tuple[TeamLikelihood, "Members"]:
    """Keep one team, which goes by its own number still."""
    from learnclimate.inference.marginal.kernels.draws import Members

    signature = int(likelihood.compressed.signature[team])
    compressed = replace(
        likelihood.compressed, data=one_team(likelihood.compressed.data, signature)
    )
    alone = replace(
        likelihood, compressed=compressed, team_modes=likelihood.team_modes[signature, None]
    )
    return alone, Members(np.array([0, 1]), np.array([team]), np.zeros(1, dtype=np.int64))
