"""Learn the outer posterior from few evaluations, judged at fresh ones."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.inference.certificate import CertificateCheck
from learnclimate.inference.marginal.sampling.adaptation import adapt
from learnclimate.inference.marginal.sampling.importance import (
    SCRAMBLES,
    DrawSource,
    WeightedDraws,
    weigh,
)
from learnclimate.inference.marginal.sampling.marginal_nuts import whitening
from learnclimate.inference.marginal.sampling.natural import natural_coordinates
from learnclimate.inference.marginal.sampling.proposal import Proposal
from learnclimate.inference.marginal.sampling.surrogate import (
    Frame,
    Surrogate,
    fit_surrogate,
    frame_of,
)
from learnclimate.inference.marginal.sampling.target import MarginalPosterior
from learnclimate.inference.marginal.sampling.transport import fitted_transport
from learnclimate.inference.marginal.sampling.two_phase import pick

FloatArray = npt.NDArray[np.float64]

SURROGATE = "surrogate"
SURROGATE_BOUND = 0.05

#: Share of the picks that are made regardless of the surrogate, usually and with care.
_DEFENCE = (0.2, 0.5)
_PILOT_ROUNDS, _PILOTS = 3, 256
#: Rounds for a proposal that has been fitted to an earlier surrogate.
_FURTHER_ROUNDS = 2
#: Draws that tell whether a proposal will do as it is, and that a transport is fitted to; worth
#: less than the second share of as many independent ones, they are drawn once more.
_TRIAL_POOL, _EVEN, _POOR = 8192, 0.6, 0.25
#: Independent draws that they are to be worth for anything to be fitted to them.
_FITTABLE = 50
#: Share of the wide component of the proposal: draws of the pool are cheap, tails are dear.
_WIDE, _WIDE_WITH_CARE = 0.15, 0.4


@dataclass(frozen=True, slots=True)
class Span:
    """
    How far a surrogate is followed, and by how many draws.

    Attributes
    ----------
    reach : float
        How far out the surrogate is followed, see `fit_surrogate`.
    draws : int
        Draws that it weighs, over all scrambles.
    careful : bool
        Whether to draw more in the tails, at the cost of draws elsewhere.
    """

    reach: float
    draws: int
    careful: bool = False

    @property
    def defence(self) -> float:
        """Share of the picks that are made regardless of the surrogate."""
        return _DEFENCE[self.careful]


@dataclass(frozen=True, slots=True)
class Evaluations:
    """
    Points at which the posterior was evaluated exactly.

    Attributes
    ----------
    theta : ndarray of shape (S, p)
        The points.
    log_density : ndarray of shape (S,)
        Log prior plus log likelihood there.
    """

    theta: FloatArray
    log_density: FloatArray

    def with_draws(self, draws: WeightedDraws) -> "Evaluations":
        """Add draws whose density is exact."""
        theta = draws.theta.reshape(draws.size, -1)
        return Evaluations(
            np.concatenate([self.theta, theta]),
            np.concatenate([self.log_density, draws.log_target.ravel()]),
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A pool of draws weighed by a surrogate, with fresh exact evaluations at some of them.

    Attributes
    ----------
    surrogate : Surrogate
        What weighs the pool.
    proposal : Proposal
        What the pool was drawn from.
    pool : WeightedDraws
        The pool.
    exact : WeightedDraws
        The picks, weighed exactly.
    spread : float
        Posterior standard deviation of exact less approximate log density.
    shift : float
        Its mean, on the scale on which it corrects the evidence.
    """

    surrogate: Surrogate
    proposal: Proposal
    pool: WeightedDraws
    exact: WeightedDraws
    spread: float
    shift: float


def posterior_frame(target: MarginalPosterior, proposal: Proposal) -> Frame:
    """
    Frame a posterior by the normal approximation that a proposal stands for.

    Parameters
    ----------
    target : MarginalPosterior
        The posterior.
    proposal : Proposal
        Without skew, around the mode.

    Returns
    -------
    Frame
        The frame, in natural coordinates.
    """
    parameters = target.parameters

    def coordinates(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        psi = parameters.psi(theta)
        layout, coding = parameters.layout, parameters.coding
        x = natural_coordinates(layout, coding, psi, parameters.shifts)
        return x, parameters.log_prior(theta, psi)

    return frame_of(coordinates, *whitening(proposal))


def judged(
    target: MarginalPosterior,
    frame: Frame,
    known: Evaluations,
    start: Proposal,
    how: tuple[int, int, int],
    *,
    span: Span,
) -> Judged:
    """
    Fit a surrogate, draw from it, and judge it at fresh draws.

    Parameters
    ----------
    target : MarginalPosterior
        The posterior.
    frame : Frame
        Its frame.
    known : Evaluations
        What the surrogate is fitted to.
    start : Proposal
        Where the proposal's adaptation to the surrogate begins.
    how : (picks, nodes, seed)
        Fresh evaluations a scramble; quadrature nodes a dimension; seed.
    span : Span
        How far the surrogate is followed, and by how many draws.

    Returns
    -------
    Judged
        The draws.
    """
    seed = how[2]
    surrogate = fit_surrogate(frame, known.theta, known.log_density, reach=span.reach)
    wider = replace(start, wide=_WIDE)
    rounds = _FURTHER_ROUNDS if start.wide == _WIDE else _PILOT_ROUNDS
    proposal, _ = adapt(surrogate, wider, seed=seed, rounds=rounds, points=_PILOTS)
    pool = _pool(surrogate, proposal, target.bending, span, seed)
    return _of_pool(target, surrogate, proposal, pool, (*how, span.defence))


def judged_again(target: MarginalPosterior, guide: Judged, how: tuple[int, int, int]) -> Judged:
    """
    Judge a surrogate again, at other picks of the draws that it weighed.

    Parameters
    ----------
    target : MarginalPosterior
        The posterior.
    guide : Judged
        What is known of the surrogate.
    how : (picks, nodes, seed)
        As for `judged`.

    Returns
    -------
    Judged
        The draws.
    """
    ask = (*how, _DEFENCE[0])
    return _of_pool(target, guide.surrogate, guide.proposal, guide.pool, ask)


def _pool(
    surrogate: Surrogate,
    proposal: Proposal,
    bending: list[int],
    span: Span,
    seed: int,
) -> WeightedDraws:
    """Draw where a surrogate lies: from the proposal, or from a transport where that is poor."""
    if span.careful:
        proposal = replace(proposal, wide=_WIDE_WITH_CARE)
    source: DrawSource = proposal
    trial = weigh(surrogate, source, points=_TRIAL_POOL // SCRAMBLES, seed=seed + 50)
    for again in (1, 2):
        if trial.relative_ess > _EVEN or trial.relative_ess * trial.size < _FITTABLE:
            break
        source = fitted_transport(trial, bending, seed=seed + again, careful=span.careful)
        if trial.relative_ess > _POOR or again == 2:
            break
        trial = weigh(surrogate, source, points=_TRIAL_POOL // SCRAMBLES, seed=seed + 50 + again)
    return weigh(surrogate, source, points=span.draws // SCRAMBLES, seed=seed + 53)


def _of_pool(
    target: MarginalPosterior,
    surrogate: Surrogate,
    proposal: Proposal,
    pool: WeightedDraws,
    how: tuple[int, int, int, float],
) -> Judged:
    picks, nodes, seed, defence = how
    picked = pick(pool, picks, defence=defence, seed=seed)
    theta = picked.theta.reshape(-1, pool.theta.shape[2])
    exact = picked.weighed(target.log_density(theta, nodes))
    weight = np.exp(exact.log_weight)
    change = np.where(weight > 0, exact.log_target - picked.log_approximate, 0.0)
    mean = (weight * change).sum()
    return Judged(
        surrogate,
        proposal,
        picked.pool,
        exact,
        spread=float(np.sqrt((weight * (change - mean) ** 2).sum())),
        shift=exact.log_evidence - picked.pool.log_evidence,
    )


def surrogate_check(spread: float, evaluations: int, fresh: int) -> CertificateCheck:
    """
    Check whether a surrogate may stand in for the likelihood.

    To first order the posterior mean of a quantity f is off by the covariance of f with
    the surrogate's error, which is at most sd(f) times the error's sd.

    Parameters
    ----------
    spread : float
        Posterior standard deviation of the surrogate's error, at fresh evaluations.
    evaluations : int
        Exact evaluations that the surrogate was fitted to.
    fresh : int
        Exact evaluations that judged it.

    Returns
    -------
    CertificateCheck
        The check.
    """
    words = (
        f"draws were weighed by a polynomial fitted to {evaluations} evaluations of the "
        f"likelihood; at {fresh} fresh ones it is off by {spread:.2g} (sd), so posterior means "
        f"are by at most that many posterior sd"
    )
    good = spread < SURROGATE_BOUND
    return CertificateCheck(
        SURROGATE, "good" if good else "bad", float(spread), SURROGATE_BOUND, words
    )
