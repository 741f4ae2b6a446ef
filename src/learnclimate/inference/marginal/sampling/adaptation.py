"""Fit the proposal of importance sampling to its target, by weighted moments."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.sampling.importance import WeightedDraws, weigh
from learnclimate.inference.marginal.sampling.proposal import Proposal, skewed_moments
from learnclimate.inference.marginal.sampling.target import LogDensity

FloatArray = npt.NDArray[np.float64]

_DEGREES_OF_FREEDOM = (5.0, 10.0, 20.0)
#: A pilot with this relative effective sample size needs no further adaptation.
_CONTENT = 0.6
#: Draws that tell which tails fit best.
_MOST_COMPARED = 2048
#: Largest parameter of skewness; its skewness is 1.26.
_MOST_SKEW = 1.2
#: Variance of the skewness of n normal numbers, times n; 6 for equal weights.
_NOISE_OF_SKEWNESS = 10.0


def adapt(
    log_density: LogDensity, proposal: Proposal, *, seed: int, rounds: int = 3, points: int = 128
) -> tuple[Proposal, float]:
    """
    Fit a proposal to its target by matching moments, a few rounds.

    Parameters
    ----------
    log_density : callable
        Log target density of points (S, p).
    proposal : Proposal
        Where to begin.
    seed : int
        Seed of the pilot draws.
    rounds : int, default 3
        Most rounds; the first good one is the last.
    points : int, default 128
        Draws a scramble in the first round; each further round doubles them.

    Returns
    -------
    proposal : Proposal
        The fitted proposal.
    relative_ess : float
        Relative effective sample size of the last round, before its fitting; 1 without any.

    References
    ----------
    Cappé and others (2008), doi 10.1007/s11222-008-9059-x.
    """
    share = 1.0
    for each in range(rounds):
        pilot = weigh(log_density, proposal, points=points * 2**each, seed=seed + each)
        proposal = fitted(proposal, pilot)
        share = pilot.relative_ess
        if share > _CONTENT:
            break
    return proposal, share


def fitted(proposal: Proposal, pilot: WeightedDraws) -> Proposal:
    """
    Move a proposal to the weighted moments of its draws, and choose its tails.

    Parameters
    ----------
    proposal : Proposal
        What the draws came from.
    pilot : WeightedDraws
        The draws.

    Returns
    -------
    Proposal
        The proposal; where the draws are worth little it moves little.
    """
    p = len(proposal.centre)
    theta = pilot.theta.reshape(pilot.size, p)
    weight = np.exp(pilot.log_weight).ravel()
    worth = pilot.relative_ess * pilot.size
    trust = worth / (worth + 2 * p)
    # A few heavy draws have hardly any spread of their own: the draws' own moments count in.
    weight = weight + (1 - min(worth / (2 * p), 1.0)) * (1 / len(weight) - weight)
    mean = weight @ theta
    sd = np.sqrt(weight @ (theta - mean) ** 2)
    skewness = weight @ ((theta - mean) / sd) ** 3
    kept = np.clip(1 - _NOISE_OF_SKEWNESS / worth / np.maximum(skewness**2, 1e-12), 0, 1)
    skewness = skewness * kept
    grid, of_grid = _skew_table()
    skew = np.interp(skewness, of_grid, grid)
    base_mean, base_sd, _ = skewed_moments(skew)
    stretch = sd / base_sd
    moved = replace(proposal, shift=mean - stretch * base_mean, stretch=stretch, skew=skew)
    plain = moved.to_plain(theta)
    centre = weight @ plain
    centred = plain - centre
    covariance = (centred * weight[:, None]).T @ centred
    before = _correlation(proposal.factor @ proposal.factor.T)
    scales = np.sqrt(np.diag(covariance))
    covariance = trust * covariance + (1 - trust) * before * np.outer(scales, scales)
    candidates = [
        replace(moved, centre=centre, factor=np.linalg.cholesky(covariance * (df - 2) / df), df=df)
        for df in _DEGREES_OF_FREEDOM
    ]
    some = slice(None, None, -(-len(theta) // _MOST_COMPARED))
    before_density = proposal.log_density(theta[some])

    def log_second_moment(candidate: Proposal) -> float:
        gain = before_density - candidate.log_density(theta[some])
        return float(np.logaddexp.reduce(2 * pilot.log_weight.ravel()[some] + gain))

    return min(candidates, key=log_second_moment)


@lru_cache(maxsize=1)
def _skew_table() -> tuple[FloatArray, FloatArray]:
    """Tabulate parameters of skewness with the skewness they give."""
    grid = np.linspace(-_MOST_SKEW, _MOST_SKEW, 97)
    return grid, skewed_moments(grid)[2]


def _correlation(covariance: FloatArray) -> FloatArray:
    sd = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(sd, sd))
