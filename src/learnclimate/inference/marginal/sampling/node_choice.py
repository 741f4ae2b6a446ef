"""How many quadrature nodes suffice, by a trial on few points and few teams."""

import numpy as np
import numpy.typing as npt
from scipy.stats import qmc

from learnclimate.inference.marginal.sampling.proposal import Proposal
from learnclimate.inference.marginal.sampling.target import MarginalPosterior

FloatArray = npt.NDArray[np.float64]

MOST_NODES = {0: 1, 1: 17, 2: 17, 3: 15}
_TRIED = (3, 4, 5, 7)
_REFERENCE = {1: 13, 2: 11, 3: 9}
_POINTS = 24
_ROWS = 4_096
#: Standard deviation of the error in the log likelihood that is small enough: a quarter
#: of what the final check allows.
_SMALL = 0.005


def enough_nodes(target: MarginalPosterior, proposal: Proposal, *, seed: int) -> int:
    """
    Choose the fewest nodes whose error hardly varies over the posterior.

    The error of the log likelihood adds up over teams, so that of a few blocks of teams
    is scaled up to all. The choice is only a beginning: check A judges the posterior.

    Parameters
    ----------
    target : MarginalPosterior
        The posterior, anchored at its mode.
    proposal : Proposal
        Around the mode.
    seed : int
        Seed of the points.

    Returns
    -------
    int
        Nodes a dimension.
    """
    dimension = target.parameters.layout.n_team_effects
    if dimension == 0:
        return 1
    points = qmc.Sobol(proposal.uniforms, rng=np.random.default_rng([seed, 3])).random(32)
    psi = target.parameters.psi(proposal.draw(points)[:_POINTS])
    psi = psi[np.isfinite(psi).all(axis=1)]
    if len(psi) < 2:
        return _TRIED[-1]
    some = target.likelihood.thinned(_ROWS)
    exact = some.value(psi, _REFERENCE[dimension])
    for nodes in _TRIED:
        if np.std(some.value(psi, nodes) - exact) < _SMALL:
            return nodes
    return _TRIED[-1]
