"""Sample the outer posterior and certify it, escalating where a check fails."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.inference.certificate import CertificateCheck
from learnclimate.inference.marginal.adaptation import adapt, fitted
from learnclimate.inference.marginal.certificate_checks import (
    all_good,
    importance_checks,
    quadrature_check,
)
from learnclimate.inference.marginal.importance import (
    SCRAMBLES,
    WeightedDraws,
    points_for,
    resample,
    reweighed,
    weigh,
)
from learnclimate.inference.marginal.marginal_nuts import sample_outer
from learnclimate.inference.marginal.proposal import Proposal
from learnclimate.inference.marginal.target import MarginalPosterior

FloatArray = npt.NDArray[np.float64]

#: Draws at which the quadrature is checked.
_CHECKED = 128
MORE_NODES = 4
_MOST_NODES = {1: 17, 2: 17, 3: 15}
_MOST_POINTS = 2**15
_RETRIES = 2
_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OuterSettings:
    """
    How to sample the outer posterior.

    Attributes
    ----------
    draws : int
        Posterior draws in total.
    seed : int
        Seed.
    nodes : int
        Quadrature nodes a dimension to begin with.
    escalate : bool
        Whether to try remedies where a check fails.
    """

    draws: int
    seed: int
    nodes: int = 7
    escalate: bool = True


@dataclass(frozen=True, slots=True)
class OuterDraws:
    """
    Equally weighted draws of theta.

    Attributes
    ----------
    engine : str
        ``"marginal"`` or ``"marginal NUTS"``.
    theta : ndarray of shape (4, n, p)
        Draws.
    log_target : ndarray of shape (4, n)
        Log prior plus log likelihood.
    log_weight : ndarray of shape (4, n)
        Log of the smoothed importance weight, 0 on average over the proposal; 0 for NUTS.
    log_evidence : float
        Log marginal likelihood of the data.
    nodes : int
        Quadrature nodes a dimension that were used.
    checks : tuple of CertificateCheck
        Checks A and B, or those of the chains in the place of B.
    actions : tuple of str
        Remedies, in order.
    """

    engine: str
    theta: FloatArray
    log_target: FloatArray
    log_weight: FloatArray
    log_evidence: float
    nodes: int
    checks: tuple[CertificateCheck, ...]
    actions: tuple[str, ...]


def sample_and_certify(
    target: MarginalPosterior, proposal: Proposal, settings: OuterSettings
) -> OuterDraws:
    """
    Sample the outer posterior by importance, and by NUTS where that fails.

    Parameters
    ----------
    target : MarginalPosterior
        The posterior, anchored at its mode.
    proposal : Proposal
        Where to begin.
    settings : OuterSettings
        How to sample.

    Returns
    -------
    OuterDraws
        Draws and checks.
    """

    def log_density(theta: FloatArray) -> FloatArray:
        return target.log_density(theta, settings.nodes)

    rounds = _ROUNDS if settings.escalate else 0
    proposal, share = adapt(log_density, proposal, seed=settings.seed, rounds=rounds)
    points = points_for(settings.draws, share)
    state = _State(proposal, nodes=settings.nodes)
    state = _settled(target, _weighed(target, state, points, settings.seed + 100), settings)
    retries = _RETRIES if settings.escalate else 0
    for attempt in range(retries):
        if all_good(importance_checks(state.weighted)):
            break
        points = max(points, min(2 * points, _MOST_POINTS))
        state = replace(state, proposal=fitted(state.proposal, state.weighted))
        state = _weighed(target, state, points, settings.seed + 101 + attempt)
        state = _settled(target, state, settings)
        outcome = "good now" if all_good(importance_checks(state.weighted)) else "still uneven"
        state = state.saying(
            "The importance weights were uneven: fitted the proposal again and weighed "
            f"{SCRAMBLES * points} draws from it; the weights are {outcome}"
        )
    if settings.escalate and not all_good(importance_checks(state.weighted)):
        return _by_nuts(target, state, settings)
    return _by_importance(state, settings)


@dataclass(frozen=True, slots=True)
class _State:
    """How far a run has come."""

    proposal: Proposal
    nodes: int
    draws: WeightedDraws | None = None
    quadrature: CertificateCheck | None = None
    actions: tuple[str, ...] = ()

    @property
    def weighted(self) -> WeightedDraws:
        """The weighed draws, once there are any."""
        if self.draws is None:
            raise AttributeError("no draws were weighed yet")
        return self.draws

    def saying(self, words: str) -> "_State":
        """Add a sentence on what was done."""
        return replace(self, actions=(*self.actions, f"{words}."))


def _weighed(target: MarginalPosterior, state: _State, points: int, seed: int) -> _State:
    def log_density(theta: FloatArray) -> FloatArray:
        return target.log_density(theta, state.nodes)

    return replace(state, draws=weigh(log_density, state.proposal, points=points, seed=seed))


def _settled(target: MarginalPosterior, state: _State, settings: OuterSettings) -> _State:
    """Raise the number of nodes until more of them change nothing, weighing the draws anew."""
    dimension = target.parameters.layout.n_team_effects
    if dimension == 0:
        return replace(state, quadrature=quadrature_check(np.empty(0), state.nodes))
    while True:
        change = _change(target, state, settings.seed)
        check = quadrature_check(change, state.nodes)
        state = replace(state, quadrature=check)
        more = state.nodes + MORE_NODES
        if check.verdict == "good" or not settings.escalate or more > _MOST_NODES[dimension]:
            return state
        theta = state.weighted.theta
        log_target = target.log_density(theta.reshape(-1, theta.shape[2]), more)
        state = replace(
            state, nodes=more, draws=reweighed(theta, log_target, state.proposal)
        ).saying(
            f"Quadrature with {more - MORE_NODES} nodes was too coarse (sd of the change in the "
            f"log likelihood {check.value:.2g}): weighed the draws again with {more} nodes"
        )


def _change(target: MarginalPosterior, state: _State, seed: int) -> FloatArray:
    """Change of the log likelihood by more nodes, at posterior draws."""
    chosen = resample(state.weighted, _CHECKED // SCRAMBLES, seed=seed)
    theta = np.concatenate(
        [part[rows] for part, rows in zip(state.weighted.theta, chosen, strict=True)]
    )
    more = target.log_likelihood(theta, state.nodes + MORE_NODES)
    return more - target.log_likelihood(theta, state.nodes)


def _by_importance(state: _State, settings: OuterSettings) -> OuterDraws:
    weighted = state.weighted
    rows = resample(weighted, settings.draws // SCRAMBLES, seed=settings.seed)
    chain = np.arange(SCRAMBLES)[:, None]
    return OuterDraws(
        engine="marginal",
        theta=weighted.theta[chain, rows],
        log_target=weighted.log_target[chain, rows],
        log_weight=weighted.log_weight[chain, rows] + np.log(weighted.size),
        log_evidence=weighted.log_evidence,
        nodes=state.nodes,
        checks=_checks(state, importance_checks(weighted)),
        actions=state.actions,
    )


def _by_nuts(target: MarginalPosterior, state: _State, settings: OuterSettings) -> OuterDraws:
    draws = settings.draws // SCRAMBLES
    chains = sample_outer(
        target, state.proposal, draws=draws, nodes=state.nodes, seed=settings.seed
    )
    state = state.saying(
        "Importance sampling did not reach the posterior: sampled the outer parameters by NUTS, "
        "team effects still integrated out"
    )
    return OuterDraws(
        engine="marginal NUTS",
        theta=chains.theta,
        log_target=chains.log_target,
        log_weight=np.zeros(chains.log_target.shape),
        log_evidence=state.weighted.log_evidence,
        nodes=state.nodes,
        checks=_checks(state, chains.checks),
        actions=state.actions,
    )


def _checks(state: _State, outer: tuple[CertificateCheck, ...]) -> tuple[CertificateCheck, ...]:
    return outer if state.quadrature is None else (state.quadrature, *outer)
