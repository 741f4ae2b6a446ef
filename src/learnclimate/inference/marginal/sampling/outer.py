"""Sample the outer posterior and certify it, escalating where a check fails."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.inference.certificate import CertificateCheck
from learnclimate.inference.marginal.sampling.adaptation import adapt
from learnclimate.inference.marginal.sampling.approximation import (
    SURROGATE_BOUND,
    Evaluations,
    Judged,
    Span,
    judged,
    judged_again,
    posterior_frame,
    surrogate_check,
)
from learnclimate.inference.marginal.sampling.certificate_checks import (
    all_good,
    importance_checks,
)
from learnclimate.inference.marginal.sampling.importance import (
    SCRAMBLES,
    DrawSource,
    WeightedDraws,
    resample,
    weigh,
)
from learnclimate.inference.marginal.sampling.marginal_nuts import sample_outer
from learnclimate.inference.marginal.sampling.node_check import MORE_NODES, checked_nodes
from learnclimate.inference.marginal.sampling.node_choice import MOST_NODES, enough_nodes
from learnclimate.inference.marginal.sampling.plan import Plan, plan_for
from learnclimate.inference.marginal.sampling.proposal import Proposal
from learnclimate.inference.marginal.sampling.surrogate import Frame
from learnclimate.inference.marginal.sampling.target import MarginalPosterior
from learnclimate.inference.marginal.sampling.transport import fitted_transport
from learnclimate.inference.marginal.sampling.two_phase import pick

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: How far a polynomial is followed at first, and after each round that it guided poorly.
_REACHES = (1.0, 0.95, 0.8, 0.65, 0.5)
#: Draws that exact weights are to be worth, as a share of those wanted, where they are cheap.
_ENOUGH = 0.6
#: Rounds of exact draws after which what passes the checks will do, and what is hopeless is left.
_PATIENCE = 3
#: Relative effective sample size below which more of the same draws help nothing.
_HOPELESS = 0.05
#: Pareto shape of weights that promise to pass check B.
_HEAVIEST = 0.65


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
    nodes : int, optional
        Quadrature nodes a dimension to begin with; as many as a trial on few points says
        suffice where left out.
    escalate : bool
        Whether to adapt the proposal, and to try remedies where a check fails.
    by_nuts : bool
        Whether NUTS is one of these remedies, which may take a minute.
    """

    draws: int
    seed: int
    nodes: int | None = None
    escalate: bool = True
    by_nuts: bool = True


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
        Log prior plus log likelihood; the surrogate's where one stood in.
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


@dataclass(frozen=True, slots=True)
class _State:
    """
    How far a run has come.

    ``draws`` are the draws to keep, ``exact`` those of them, or besides them, whose
    density is exact; ``surrogate`` the check where the two differ.
    """

    proposal: Proposal
    nodes: int
    draws: WeightedDraws
    exact: WeightedDraws
    surrogate: CertificateCheck | None = None
    quadrature: CertificateCheck | None = None
    actions: tuple[str, ...] = ()

    @property
    def outer_checks(self) -> tuple[CertificateCheck, ...]:
        """Check B, after that of the surrogate."""
        checks = importance_checks(self.draws)
        return checks if self.surrogate is None else (self.surrogate, *checks)


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
        Where to begin: centred at the mode, without skew.
    settings : OuterSettings
        How to sample.

    Returns
    -------
    OuterDraws
        Draws and checks.
    """
    dimension = target.parameters.layout.n_team_effects
    rows = target.likelihood.n_rows
    plan = plan_for(rows, len(proposal.centre), settings.draws)
    nodes = settings.nodes or enough_nodes(target, proposal, seed=settings.seed)
    sample = _sampled if settings.escalate else _sampled_plainly
    state = sample(target, proposal, settings, (plan, nodes))
    while True:
        check = checked_nodes(target, state.exact, state.nodes, plan, seed=settings.seed)
        state = replace(state, quadrature=check)
        more = state.nodes + MORE_NODES
        if check.verdict != "bad" or not settings.escalate:
            break
        if more > MOST_NODES[dimension]:
            break
        words = (
            f"Quadrature with {state.nodes} nodes was too coarse (sd of the change in the log "
            f"likelihood {check.value:.2g}): sampled again with {more} nodes."
        )
        again = sample(target, proposal, settings, (plan, more))
        state = replace(again, actions=(*state.actions, words, *again.actions))
    if settings.escalate and settings.by_nuts and not all_good(state.outer_checks):
        return _by_nuts(target, state, settings)
    return _by_importance(state, settings)


def _sampled_plainly(
    target: MarginalPosterior, proposal: Proposal, settings: OuterSettings, how: tuple[Plan, int]
) -> _State:
    """Weigh draws of the proposal as it is."""
    plan, nodes = how
    drawn = _weighed(target, proposal, nodes, (plan.exact[0], settings.seed))
    return _State(proposal, nodes, drawn, drawn)


def _weighed(
    target: MarginalPosterior, proposal: Proposal, nodes: int, how: tuple[int, int]
) -> WeightedDraws:
    points, seed = how

    def log_density(theta: FloatArray) -> FloatArray:
        return target.log_density(theta, nodes)

    return weigh(log_density, proposal, points=points // SCRAMBLES, seed=seed)


@dataclass(frozen=True, slots=True)
class _Run:
    """What every round of one run needs."""

    target: MarginalPosterior
    proposal: Proposal
    settings: OuterSettings
    plan: Plan
    nodes: int
    frame: Frame

    def judged(self, known: Evaluations, fresh: int, tried: list[Judged]) -> Judged:
        """Learn from what is known; judge at fresh points."""
        number = len(tried) + 1
        poor = sum(each.exact.relative_ess < self.plan.even for each in tried)
        ask = (fresh // SCRAMBLES, self.nodes, self.settings.seed + 1000 * number)
        heavy = bool(tried) and tried[-1].exact.khat > _HEAVIEST
        span = Span(_REACHES[min(poor, len(_REACHES) - 1)], self.plan.pool, careful=heavy)
        start = tried[-1].proposal if tried else self.proposal
        return judged(self.target, self.frame, known, start, ask, span=span)


def _sampled(
    target: MarginalPosterior, proposal: Proposal, settings: OuterSettings, how: tuple[Plan, int]
) -> _State:
    """Learn the posterior; weigh draws by a surrogate, or exactly, as the plan says."""
    plan, nodes = how
    run = _Run(target, proposal, settings, plan, nodes, posterior_frame(target, proposal))
    pilot = _weighed(target, proposal, nodes, (plan.first, settings.seed))
    known = Evaluations(np.empty((0, len(proposal.centre))), np.empty(0)).with_draws(pilot)
    tried: list[Judged] = []
    for number, fresh in enumerate(plan.trials, start=1):
        found = run.judged(known, fresh, tried)
        tried.append(found)
        last = number >= (_PATIENCE if plan.cheap else len(plan.trials))
        state = _kept(run, found, learned=len(known.theta), last=last)
        if state is not None:
            return state
        if number > _PATIENCE and found.exact.relative_ess < _HOPELESS:
            break
        known = known.with_draws(found.exact)
    return _exactly(run, min(tried, key=_unfitness))


def _kept(run: _Run, found: Judged, *, learned: int, last: bool) -> _State | None:
    """Keep exact draws that are even enough, or those of a surrogate that is close enough."""
    plan = run.plan
    if plan.cheap:
        good = last or found.exact.relative_ess > plan.even
    else:
        good = found.spread < (SURROGATE_BOUND if last else plan.aim)
    if not good:
        return None
    if plan.cheap:
        state = _State(found.proposal, run.nodes, found.exact, found.exact)
    else:
        state = _by_surrogate(run, found, learned)
    return state if all_good(state.outer_checks) else None


def _unfitness(found: Judged) -> tuple[bool, float]:
    return found.exact.khat > _HEAVIEST, -found.exact.relative_ess


def _exactly(run: _Run, guide: Judged) -> _State:
    """Weigh picks of the best pool exactly; where that fails, adapt a proposal exactly."""
    actions: tuple[str, ...] = ()
    plan, found = run.plan, guide
    if not plan.cheap:
        words = (
            f"A polynomial in the place of the likelihood stayed off by {guide.spread:.2g} (sd): "
            f"weighed {plan.exact[0]} draws exactly."
        )
        actions = (words,)
        ask = (plan.exact[0] // SCRAMBLES, run.nodes, run.settings.seed + 99)
        found = judged_again(run.target, guide, ask)
    state = _State(found.proposal, run.nodes, found.exact, found.exact, actions=actions)
    if all_good(state.outer_checks):
        return state
    failed = [check.name for check in state.outer_checks if check.verdict == "bad"]
    reason = f"did not pass ({', '.join(failed)})" if failed else "had uneven weights"
    words = f"Draws guided by a polynomial {reason}: adapted the proposal without it."
    return _adapted(run, (*actions, words))


def _adapted(run: _Run, actions: tuple[str, ...]) -> _State:
    """Fit the proposal to exact weights only, and weigh more draws where they are uneven."""
    target, settings, nodes = run.target, run.settings, run.nodes

    def log_density(theta: FloatArray) -> FloatArray:
        return target.log_density(theta, nodes)

    proposal, _ = adapt(log_density, run.proposal, seed=settings.seed)
    source: DrawSource = proposal
    for attempt, points in enumerate(run.plan.exact):
        seed = settings.seed + 101 + attempt
        drawn = weigh(log_density, source, points=points // SCRAMBLES, seed=seed)
        state = _State(proposal, nodes, drawn, drawn, actions=actions)
        if drawn.relative_ess < _HOPELESS:
            break
        enough = drawn.relative_ess * drawn.size > _ENOUGH * settings.draws
        good = all_good(state.outer_checks)
        if good and (enough or not run.plan.cheap):
            break
        # Weights that pass the checks and are only too few ask for more of the same.
        if not good:
            source = fitted_transport(drawn, target.bending, seed=seed, careful=True)
    return state


def _by_surrogate(run: _Run, found: Judged, learned: int) -> _State:
    """Keep draws that are weighed by the surrogate."""
    wanted, seed = run.settings.draws // SCRAMBLES, run.settings.seed
    picked = pick(found.pool, wanted, defence=0.0, seed=seed)
    draws = picked.weighed(picked.log_approximate.ravel())
    draws = replace(
        draws,
        log_target=draws.log_target + found.shift,
        log_ratio=draws.log_ratio + found.shift,
    )
    check = surrogate_check(found.spread, learned, found.exact.size)
    return _State(found.proposal, run.nodes, draws, found.exact, surrogate=check)


def _by_importance(state: _State, settings: OuterSettings) -> OuterDraws:
    weighted = state.draws
    rows = resample(weighted, settings.draws // SCRAMBLES, seed=settings.seed)
    chain = np.arange(SCRAMBLES)[:, None]
    return OuterDraws(
        engine="marginal",
        theta=weighted.theta[chain, rows],
        log_target=weighted.log_target[chain, rows],
        log_weight=weighted.log_weight[chain, rows] + np.log(weighted.size),
        log_evidence=weighted.log_evidence,
        nodes=state.nodes,
        checks=_checks(state, state.outer_checks),
        actions=state.actions,
    )


def _by_nuts(target: MarginalPosterior, state: _State, settings: OuterSettings) -> OuterDraws:
    draws = settings.draws // SCRAMBLES
    chains = sample_outer(
        target, state.proposal, draws=draws, nodes=state.nodes, seed=settings.seed
    )
    if chains is None:
        words = (
            "Importance sampling did not reach the posterior, and NUTS with the team effects "
            "integrated out was given up: its trajectories were too long."
        )
        return _by_importance(replace(state, actions=(*state.actions, words)), settings)
    words = (
        "Importance sampling did not reach the posterior: sampled the outer parameters by NUTS, "
        "team effects still integrated out."
    )
    return OuterDraws(
        engine="marginal NUTS",
        theta=chains.theta,
        log_target=chains.log_target,
        log_weight=np.zeros(chains.log_target.shape),
        log_evidence=state.exact.log_evidence,
        nodes=state.nodes,
        checks=_checks(state, chains.checks),
        actions=(*state.actions, words),
    )


def _checks(state: _State, outer: tuple[CertificateCheck, ...]) -> tuple[CertificateCheck, ...]:
    return outer if state.quadrature is None else (state.quadrature, *outer)
