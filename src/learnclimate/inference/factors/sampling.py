"""Draw from the posterior of a factor model's parameters, and certify the draws."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.factors.mode import Mode, Target
from learnclimate.inference.marginal.sampling.adaptation import adapt
from learnclimate.inference.marginal.sampling.certificate_checks import (
    EFFICIENCY,
    QUADRATURE,
    QUADRATURE_BOUND,
    all_good,
    importance_checks,
)
from learnclimate.inference.marginal.sampling.importance import (
    SCRAMBLES,
    WeightedDraws,
    resample,
    weigh,
)
from learnclimate.inference.marginal.sampling.proposal import Proposal, symmetric_proposal

if TYPE_CHECKING:
    from learnclimate.inference.marginal.sampling.target import MarginalPosterior

FloatArray = npt.NDArray[np.float64]

#: The posterior is so nearly normal in these coordinates that a nearly normal proposal serves;
#: where it does not, a heavier one is tried, then NUTS.
_PROPOSALS = ((60.0, 0.02), (15.0, 0.05))
#: What the last proposal starts from, before it is fitted to the draws' own moments, and how long.
_FITTED, _ROUNDS, _PILOTS = (5.0, 0.1), 4, 256
#: Weights below this Pareto shape have a finite variance, so that more of them make up for
#: unevenness: draws worth this many independent ones will do, where their share is not tiny.
_FINITE_VARIANCE, _WORTH, _LEAST_SHARE = 0.5, 1000.0, 0.1
_MOST_POINTS = 16384
_NET = 64
_FEWEST = 1024
_CHECKED = 64
_FINER = 1.5


@dataclass(frozen=True, slots=True)
class ParameterDraws:
    """
    Equally weighted draws of the coordinates.

    Attributes
    ----------
    theta : ndarray of shape (4, n, size)
        Draws.
    log_target : ndarray of shape (4, n)
        Log prior plus log likelihood.
    log_weight : ndarray of shape (4, n)
        Log importance weight; 0 for NUTS.
    log_evidence : float
        Log marginal likelihood of the answers; not a number for NUTS.
    certificate : Certificate
        What vouches for them.
    """

    theta: FloatArray
    log_target: FloatArray
    log_weight: FloatArray
    log_evidence: float
    certificate: Certificate


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def sample_parameters(mode: Mode, *, draws: int, seed: int, insist: bool = True) -> ParameterDraws:
    """
    Draw by importance sampling around the mode; by NUTS where that does not reach.

    The grid was laid out for the mode. Where draws of stronger loadings ask for a finer one,
    everything is drawn anew on that.

    Parameters
    ----------
    mode : Mode
        The mode.
    draws : int
        Draws in total, a multiple of 4.
    seed : int
        Seed.
    insist : bool, default True
        Whether to go on where the first proposals do not reach: thousands of densities more, and
        chains of NUTS. Over a large grid that takes minutes where draws of the factors, in turn
        with the items, take less.

    Returns
    -------
    ParameterDraws
        Draws and their certificate.
    """
    found = _sampled(mode, draws, seed, insist=insist)
    if _grid_is_good(found) or not (insist or _weights_are_good(found)):
        return found
    anew = replace(mode, target=mode.target.anchored(mode.theta, _FINER))
    again = _sampled(anew, draws, seed, _FINER, insist=insist)
    words = f"The grid was too coarse: drew again on one {_FINER} times as fine."
    actions = (words, *again.certificate.actions)
    return replace(again, certificate=replace(again.certificate, actions=actions))


def _grid_is_good(found: ParameterDraws) -> bool:
    checks = found.certificate.checks
    return all(check.verdict == "good" for check in checks if check.name == QUADRATURE)


def _weights_are_good(found: ParameterDraws) -> bool:
    checks = found.certificate.checks
    return all_good(tuple(check for check in checks if check.name != QUADRATURE))


def _sampled(
    mode: Mode, draws: int, seed: int, fineness: float = 1.0, *, insist: bool
) -> ParameterDraws:
    target = mode.target
    points = max(_FEWEST, draws)
    points = -(-points // (SCRAMBLES * _NET)) * _NET
    actions: tuple[str, ...] = ()
    proposal = symmetric_proposal(mode.theta, mode.covariance)
    for attempt, (df, wide) in enumerate(_PROPOSALS):
        proposal = replace(proposal, df=df, wide=wide)
        weighted = weigh(target.log_density, proposal, points=points, seed=seed + attempt)
        checks = importance_checks(weighted)
        if all_good(checks):
            return _from_importance(target, weighted, (draws, seed, fineness), checks, actions)
        actions = (*actions, "Weights were uneven: tried a proposal with heavier tails.")
        mean, _ = weighted.moments()
        if weighted.relative_ess > 10 / weighted.size:
            proposal = symmetric_proposal(mean, mode.covariance)
    if not insist:
        return _from_importance(target, weighted, (draws, seed, fineness), checks, actions)
    proposal = symmetric_proposal(mode.theta, mode.covariance)
    weighted = _fitted_draws(target, proposal, draws, seed=seed + len(_PROPOSALS))
    checks = _checks(weighted)
    fitted_words = "Weights were uneven: fitted the proposal to the moments of its draws."
    if all_good(checks):
        actions = (*actions[:-1], fitted_words)
        return _from_importance(target, weighted, (draws, seed, fineness), checks, actions)
    found = _by_nuts(mode, proposal, (draws, seed, fineness))
    if found is None:
        return _from_importance(target, weighted, (draws, seed, fineness), checks, actions)
    words = "Importance sampling did not reach the posterior: sampled by NUTS, factors integrated."
    certificate = replace(found.certificate, actions=(*actions[:-1], words))
    return replace(found, certificate=certificate)


def _fitted_draws(target: Target, proposal: Proposal, draws: int, *, seed: int) -> WeightedDraws:
    """Fit the proposal by weighted moments; draw as many as uneven weights ask for."""
    df, wide = _FITTED
    start = replace(proposal, df=df, wide=wide)
    fitted, share = adapt(target.log_density, start, seed=seed, rounds=_ROUNDS, points=_PILOTS)
    wanted = max(2 * _WORTH, draws) / max(share, _LEAST_SHARE)
    points = int(np.clip(wanted, max(_FEWEST, draws), _MOST_POINTS))
    points = -(-points // (SCRAMBLES * _NET)) * _NET
    return weigh(target.log_density, fitted, points=points, seed=seed + _ROUNDS)


def _checks(weighted: WeightedDraws) -> tuple[CertificateCheck, ...]:
    """Check importance draws; many of finite variance may be less even."""
    share, worth = weighted.relative_ess, weighted.relative_ess * weighted.size
    enough = worth > _WORTH and share > _LEAST_SHARE and weighted.khat < _FINITE_VARIANCE
    checks = importance_checks(weighted)
    if not enough:
        return checks
    words = (
        f"{weighted.size} weighted draws are worth {worth:.0f} independent ones, and their "
        "weights have a finite variance"
    )
    even = CertificateCheck(EFFICIENCY, "good", share, _LEAST_SHARE, words)
    return tuple(even if check.name == EFFICIENCY else check for check in checks)


def _from_importance(
    target: Target,
    weighted: WeightedDraws,
    how: tuple[int, int, float],
    checks: tuple[CertificateCheck, ...],
    actions: tuple[str, ...],
) -> ParameterDraws:
    draws, seed, fineness = how
    rows = resample(weighted, draws // SCRAMBLES, seed=seed)
    chain = np.arange(SCRAMBLES)[:, None]
    theta = weighted.theta[chain, rows]
    log_target = weighted.log_target[chain, rows]
    grid = _grid_checks(target, theta, log_target, fineness)
    return ParameterDraws(
        theta,
        log_target,
        weighted.log_weight[chain, rows] + np.log(weighted.size),
        weighted.log_evidence,
        Certificate("marginal", (*grid, *checks), actions),
    )


def _grid_checks(
    target: Target, theta: FloatArray, log_target: FloatArray, fineness: float
) -> tuple[CertificateCheck, ...]:
    return (grid_check(target, theta, log_target, fineness),) if target.has_grid else ()


def grid_check(
    target: Target, theta: FloatArray, log_target: FloatArray, fineness: float = 1.0
) -> CertificateCheck:
    """
    Check whether the log density changes on a finer and wider grid.

    Parameters
    ----------
    target : Target
        The posterior.
    theta : ndarray of shape (4, n, size)
        Draws.
    log_target : ndarray of shape (4, n)
        Their log density.
    fineness : float, default 1
        How fine the grid is on which that was computed.

    Returns
    -------
    CertificateCheck
        The check.
    """
    step = max(1, theta.shape[0] * theta.shape[1] // _CHECKED)
    some = theta.reshape(-1, theta.shape[2])[::step]
    centre = theta.mean(axis=(0, 1))
    # Finer than what was used, not than what the centre would ask for.
    finer = target.anchored(centre, fineness * _FINER).log_density(some)
    spread = float(np.std(finer - log_target.ravel()[::step]))
    words = (
        f"on a grid {_FINER} times as fine, posterior means would move by at most {spread:.2g} "
        "posterior sd"
    )
    verdict = "good" if spread < QUADRATURE_BOUND else "bad"
    return CertificateCheck(QUADRATURE, verdict, spread, QUADRATURE_BOUND, words)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Outer:
    """A target as `sample_outer` asks for one; the grid is its own."""

    target: Target

    def value_and_gradient(self, theta: FloatArray, nodes: int) -> tuple[float, FloatArray]:  # noqa: ARG002 - see above
        # Chains run in threads of their own, which know nothing of the caller's settings.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value, gradient = self.target.value_and_gradient(theta)
        good = np.isfinite(value) and np.isfinite(gradient).all()
        return (value, gradient) if good else (-np.inf, np.zeros_like(gradient))


def _by_nuts(mode: Mode, proposal: Proposal, how: tuple[int, int, float]) -> ParameterDraws | None:
    from learnclimate.inference.marginal.sampling.marginal_nuts import sample_outer

    draws, seed, fineness = how
    outer = cast("MarginalPosterior", _Outer(mode.target))
    chains = sample_outer(
        outer, proposal, draws=draws // SCRAMBLES, nodes=0, seed=seed, same=mode.target.oriented
    )
    if chains is None:
        return None
    grid = _grid_checks(mode.target, chains.theta, chains.log_target, fineness)
    return ParameterDraws(
        chains.theta,
        chains.log_target,
        np.zeros(chains.log_target.shape),
        float("nan"),
        Certificate("marginal NUTS", (*grid, *chains.checks)),
    )
