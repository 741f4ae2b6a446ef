"""Whether the quadrature had nodes enough: the change that more of them make at the draws."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.certificate import CertificateCheck
from learnclimate.inference.marginal.sampling.certificate_checks import quadrature_check
from learnclimate.inference.marginal.sampling.importance import (
    SCRAMBLES,
    WeightedDraws,
    resample,
)
from learnclimate.inference.marginal.sampling.plan import Plan
from learnclimate.inference.marginal.sampling.target import MarginalPosterior

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Nodes a dimension that are added for the check, and again where it fails.
MORE_NODES = 4
#: Draws a scramble at which the quadrature of dear likelihoods is checked first; so far below its
#: bound a change needs no more of them.
_FIRST_CHECKED, _CLEARLY = 4, 0.25


def checked_nodes(
    target: MarginalPosterior, exact: WeightedDraws, nodes: int, plan: Plan, *, seed: int
) -> CertificateCheck:
    """
    Check A: how the log likelihood changes with more nodes, at draws of the posterior.

    Parameters
    ----------
    target : MarginalPosterior
        The posterior, anchored at its mode.
    exact : WeightedDraws
        Draws whose density was computed with ``nodes`` nodes.
    nodes : int
        Nodes a dimension that were used.
    plan : Plan
        How many draws to check, and whether they are cheap.
    seed : int
        Seed of the choice among the draws.

    Returns
    -------
    CertificateCheck
        The check.
    """
    if target.parameters.layout.n_team_effects == 0:
        return quadrature_check(np.empty(0), nodes)
    rows = resample(exact, plan.checked // SCRAMBLES, seed=seed)
    some = rows.shape[1] if plan.cheap else min(rows.shape[1], _FIRST_CHECKED)
    change = _change(target, exact, nodes, rows[:, :some])
    check = quadrature_check(change, nodes)
    clear = check.value < _CLEARLY * check.bound and np.ptp(change) < check.bound
    if clear or some == rows.shape[1]:
        return check
    return quadrature_check(_change(target, exact, nodes, rows), nodes)


def _change(
    target: MarginalPosterior, exact: WeightedDraws, nodes: int, rows: IntArray
) -> FloatArray:
    """Log likelihood with more nodes less that with those used, at some of the draws."""
    chain = np.arange(SCRAMBLES)[:, None]
    theta = exact.theta[chain, rows].reshape(-1, exact.theta.shape[2])
    more = target.log_density(theta, nodes + MORE_NODES)
    return np.asarray(more - exact.log_target[chain, rows].ravel())
