"""Draws of the team effects under further families."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.points import lower_triangles
from learnclimate.inference.marginal.likelihood.family_likelihood import FamilyLikelihood
from learnclimate.inference.marginal.likelihood.sharding import in_threads
from learnclimate.inference.marginal.pareto import tail_shape
from learnclimate.inference.marginal.teams.team_effects import TeamDraws

FloatArray = npt.NDArray[np.float64]

_FREEDOM = 7.0
_CHECKED_DRAWS = 512


def draw_family_effects(
    likelihood: FamilyLikelihood, psi: FloatArray, *, seed: int, proposals: int = 16
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
        Seed; the same draws follow whatever the number of threads.
    proposals : int, default 16
        Proposals a draw.

    Returns
    -------
    TeamDraws
        The draws, with the Pareto shape of the importance ratios of every team.
    """
    n_teams, d = likelihood.n_teams, likelihood.layout.n_team_effects
    effects = np.zeros((len(psi), n_teams, d))
    if d == 0 or len(psi) == 0:
        return TeamDraws(effects, np.full(n_teams, np.nan), np.full(n_teams, np.nan))
    lower = lower_triangles(likelihood.layout, psi)
    kept = min(len(psi), _CHECKED_DRAWS)
    ratios = np.zeros((kept, n_teams, proposals))

    def run(s: int) -> None:
        rng = np.random.default_rng([seed, s])
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
    khat = np.array([tail_shape(ratios[:, team].reshape(-1)) for team in range(n_teams)])
    even = np.exp(ratios - ratios.max(axis=(0, 2), keepdims=True))
    effective = even.sum(axis=(0, 2)) ** 2 / (even**2).sum(axis=(0, 2)) / kept
    return TeamDraws(effects, khat, effective)
