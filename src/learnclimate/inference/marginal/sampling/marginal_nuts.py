"""NUTS on the outer posterior, for the rare posterior that importance sampling does not reach."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.inference.certificate import CertificateCheck
from learnclimate.inference.convergence import convergence
from learnclimate.inference.marginal.sampling.proposal import Proposal
from learnclimate.inference.marginal.sampling.target import MarginalPosterior
from learnclimate.inference.private_seed import seed_of_sampler
from learnclimate.inference.remedies import NutsDiagnostics, certificate_checks

FloatArray = npt.NDArray[np.float64]

_CHAINS = 4
_TUNE = 500
_LEAST_DRAWS = 500
_MAX_DEPTH = 8
#: Gradients an iteration that a chain may spend; 6 or 7 are usual on a whitened posterior.
#: A chain that needs far more is better left to the joint posterior.
_GRADIENTS = 15
#: Chains that mix slowly, and do nothing worse, are run once more, so many times as long.
_LONGER, _MENDED_BY_LENGTH = 3, {"R-hat", "effective sample size"}
_TRIAL_TUNE = 100
_TRIAL_DRAWS = 25
_TARGET_ACCEPT = 0.85


@dataclass(frozen=True, slots=True)
class ChainDraws:
    """
    Draws of Markov chains.

    Attributes
    ----------
    theta : ndarray of shape (4, n, p)
        Draws.
    log_target : ndarray of shape (4, n)
        Log of the unnormalised density.
    checks : tuple of CertificateCheck
        Diagnostics of all draws, those thinned away included.
    """

    theta: FloatArray
    log_target: FloatArray
    checks: tuple[CertificateCheck, ...]


def sample_outer(
    target: MarginalPosterior,
    proposal: Proposal,
    *,
    draws: int,
    nodes: int,
    seed: int,
    same: Callable[[FloatArray], FloatArray] | None = None,
) -> ChainDraws | None:
    """
    Sample theta by NUTS, whitened by a proposal's centre and scale.

    Parameters
    ----------
    target : MarginalPosterior
        The posterior.
    proposal : Proposal
        An approximation of it; its whole covariance serves as the metric.
    draws : int
        Draws a chain to keep.
    nodes : int
        Quadrature nodes a dimension.
    seed : int
        Seed.
    same : callable, optional
        Maps points (S, p) of which several mean the same to one of them, so that chains on
        different ones are not taken for apart.

    Returns
    -------
    ChainDraws or None
        The draws; None where a short trial needed so many gradients that the joint posterior
        is the better place to go on.

    References
    ----------
    Hoffman and Gelman (2014), Journal of Machine Learning Research 15, 1593-1623.
    """
    p = len(proposal.centre)
    trial = _Run(_TRIAL_TUNE, _TRIAL_DRAWS, seed)
    if _run(target, proposal, nodes, trial) is None:
        return None
    for times in (1, _LONGER):
        found = _chains(
            target, proposal, nodes, _Run(_TUNE, times * max(draws, _LEAST_DRAWS), seed)
        )
        if found is None:
            return None
        theta, log_target = found.theta, found.log_target
        if same is not None:
            theta = same(theta.reshape(-1, p)).reshape(theta.shape)
        checks = certificate_checks(_diagnostics(theta, found.stats))
        bad = {check.name for check in checks if check.verdict == "bad"}
        if not bad or not bad <= _MENDED_BY_LENGTH:
            break
    step = theta.shape[1] // draws
    return ChainDraws(
        theta=theta[:, ::step][:, :draws],
        log_target=log_target[:, ::step][:, :draws],
        checks=checks,
    )


def whitening(proposal: Proposal) -> tuple[FloatArray, FloatArray]:
    """
    Find the linear map from white parameters to theta.

    Parameters
    ----------
    proposal : Proposal
        An approximation of the posterior of theta.

    Returns
    -------
    centre : ndarray of shape (p,)
        Centre.
    factor : ndarray of shape (p, p)
        Lower triangular.
    """
    centre = proposal.from_plain(proposal.centre[None])[0]
    return centre, proposal.stretch[:, None] * proposal.factor


class _Run(NamedTuple):
    tune: int
    draws: int
    seed: int


class _Chains(NamedTuple):
    theta: FloatArray
    log_target: FloatArray
    stats: Any


def _chains(target: MarginalPosterior, proposal: Proposal, nodes: int, run: _Run) -> _Chains | None:
    """Run the chains and bring them back from white parameters; None where these were given up."""
    sampled = _run(target, proposal, nodes, run)
    if sampled is None:
        return None
    centre, factor = whitening(proposal)
    white = sampled["posterior"]["white"].to_numpy().reshape(_CHAINS, run.draws, len(centre))
    stats = sampled["sample_stats"]
    return _Chains(centre + white @ factor.T, stats["logp"].to_numpy(), stats)


def _run(target: MarginalPosterior, proposal: Proposal, nodes: int, run: _Run) -> Any:
    """Run the chains; None where one of them spent all the gradients it may."""
    import nutpie

    spent_all: list[bool] = []
    most = _GRADIENTS * (run.tune + run.draws)
    sampled = nutpie.sample(
        _compiled(target, proposal, nodes, (most, spent_all)),
        draws=run.draws,
        tune=run.tune,
        chains=_CHAINS,
        cores=_CHAINS,
        seed=seed_of_sampler(run.seed),
        target_accept=_TARGET_ACCEPT,
        maxdepth=_MAX_DEPTH,
        progress_bar=False,
        save_warmup=False,
    )
    return None if spent_all else sampled


def _compiled(
    target: MarginalPosterior, proposal: Proposal, nodes: int, limit: tuple[int, list[bool]]
) -> object:
    from nutpie.compiled_pyfunc import from_pyfunc

    p = len(proposal.centre)
    centre, factor = whitening(proposal)
    nothing = np.full(p, np.nan)
    most_gradients, spent_all = limit

    def make_log_density() -> object:
        # Every chain makes one, and counts its own: the draws do not depend on the machine.
        spent = 0

        def log_density(white: FloatArray) -> tuple[float, FloatArray]:
            nonlocal spent
            spent += 1
            if spent > most_gradients:
                spent_all.append(True)
            if spent_all:
                # Nothing of this run is kept: every further trajectory, of any chain, ends at once.
                return -np.inf, nothing
            value, gradient = target.value_and_gradient(centre + factor @ white, nodes)
            return value, np.ascontiguousarray(factor.T @ gradient)

        return log_density

    def make_expand(_seed1: int, _seed2: int, _chain: int) -> object:
        def expand(white: FloatArray) -> dict[str, FloatArray]:
            return {"white": np.array(white, dtype=np.float64)}

        return expand

    def initial(seed: int) -> FloatArray:
        return 0.5 * np.random.default_rng(seed).standard_normal(p)

    return from_pyfunc(
        p,
        make_log_density,
        make_expand,
        [np.dtype(np.float64)],
        [(p,)],
        ["white"],
        make_initial_point_fn=initial,
    )


def _diagnostics(theta: FloatArray, stats: Any) -> NutsDiagnostics:
    from arviz_stats import bfmi

    worst = convergence({"theta": theta})
    return NutsDiagnostics(
        max_rhat=float(np.nanmax(worst["rhat"])),
        min_ess_bulk=float(np.nanmin(worst["ess_bulk"])),
        min_ess_tail=float(np.nanmin(worst["ess_tail"])),
        n_divergent=int(stats["diverging"].sum()),
        share_max_depth=float((stats["depth"] >= _MAX_DEPTH).mean()),
        min_bfmi=float(np.min(bfmi(np.asarray(stats["energy"])))),
    )
