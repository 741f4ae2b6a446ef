"""Draws of the team effects under further families."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.points import lower_triangles
from learnclimate.inference.marginal.likelihood.family_likelihood import FamilyLikelihood
from learnclimate.inference.marginal.likelihood.sharding import equal_shares, in_threads
from learnclimate.inference.marginal.likelihood.workers import Workers
from learnclimate.inference.marginal.pareto import tail_shape
from learnclimate.inference.marginal.teams.team_effects import TeamDraws

FloatArray = npt.NDArray[np.float64]

_FREEDOM = 7.0
#: Draws whose importance ratios are kept to be checked: fewer where teams are very many.
_CHECKED_DRAWS, _FEWEST_CHECKED, _MOST_RATIOS = 512, 32, 25_000_000
#: Blocks of draws that go to the workers of an executor.
_MOST_BLOCKS = 16


def draw_family_effects(
    likelihood: FamilyLikelihood,
    psi: FloatArray,
    *,
    seed: int,
    proposals: int = 16,
    workers: Workers | None = None,
) -> TeamDraws:
    """
    Draw every team's effects, once for each row of psi.

    A draw is chosen among proposals by their importance weights; they come from a
    multivariate t of 7 degrees of freedom around the team's mode.

    Parameters
    ----------
    likelihood : FamilyLikelihood
        The likelihood, best anchored.
    psi : ndarray of shape (S, m)
        Points, finite.
    seed : int
        Seed; the same draws follow whatever the number of threads, and with any executor.
    proposals : int, default 16
        Proposals a draw.
    workers : Workers, optional
        Where blocks of draws are computed; this process where left out.

    Returns
    -------
    TeamDraws
        The draws, with the Pareto shape of the importance ratios of every team.
    """
    n_teams, d = likelihood.n_teams, likelihood.layout.n_team_effects
    if d == 0 or len(psi) == 0:
        nothing = np.full(n_teams, np.nan)
        return TeamDraws(np.zeros((len(psi), n_teams, d)), nothing, nothing)
    parts = equal_shares(len(psi), min(len(psi), _MOST_BLOCKS))
    tasks = [(psi[first:last], first, seed, proposals) for first, last in parts]
    blocks = (workers or Workers()).each(_draw_block, likelihood, tasks)
    effects = np.concatenate([block for block, _ in blocks])
    ratios = np.concatenate([ratio for _, ratio in blocks])
    khat, effective = np.empty(n_teams), np.empty(n_teams)
    for team in range(n_teams):
        ratio = ratios[:, team].reshape(-1)
        khat[team] = tail_shape(ratio)
        even = np.exp(ratio - ratio.max())
        effective[team] = even.sum() ** 2 / (even @ even) / len(ratios)
    return TeamDraws(effects, khat, effective)


def _draw_block(
    likelihood: FamilyLikelihood, psi: FloatArray, first: int, seed: int, proposals: int
) -> tuple[FloatArray, FloatArray]:
    """Draw for a block of rows of psi; give the log ratios of those that are checked, too."""
    n_teams, d = likelihood.n_teams, likelihood.layout.n_team_effects
    effects = np.zeros((len(psi), n_teams, d))
    lower = lower_triangles(likelihood.layout, psi)
    checked = max(_FEWEST_CHECKED, min(_CHECKED_DRAWS, _MOST_RATIOS // (n_teams * proposals)))
    kept = int(np.clip(checked - first, 0, len(psi)))
    ratios = np.zeros((kept, n_teams, proposals))

    def run(s: int) -> None:
        rng = np.random.default_rng([seed, first + s])
        modes, inverse = likelihood.factors(psi[s])
        normal = rng.standard_normal((n_teams, proposals, d))
        scale = np.sqrt(_FREEDOM / rng.chisquare(_FREEDOM, (n_teams, proposals)))
        t = normal * scale[:, :, None]
        b = modes[:, None] + t @ inverse
        spread = 0.5 * (_FREEDOM + d) * np.log1p((t**2).sum(axis=2) / _FREEDOM)
        # The mode comes last: ratios of all draws are then on one scale.
        density = likelihood.log_densities(psi[s], np.concatenate([b, modes[:, None]], axis=1))
        log_ratio = density[:, :-1] - density[:, -1:] + spread
        if s < kept:
            ratios[s] = log_ratio
        weights = np.exp(log_ratio - log_ratio.max(axis=1, keepdims=True))
        chance = rng.random((n_teams, 1)) * weights.sum(axis=1, keepdims=True)
        chosen = (np.cumsum(weights, axis=1) < chance).sum(axis=1).clip(max=proposals - 1)
        effects[s] = b[np.arange(n_teams), chosen] @ lower[s].T

    in_threads(run, range(len(psi)))
    return effects, ratios
