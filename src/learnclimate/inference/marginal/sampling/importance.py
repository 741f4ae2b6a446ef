"""Randomised quasi-Monte Carlo importance sampling with an adapted, heavy-tailed proposal."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.stats import qmc

from learnclimate.inference.marginal.likelihood.sharding import in_blocks
from learnclimate.inference.marginal.pareto import smoothed
from learnclimate.inference.marginal.sampling.target import LogDensity

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Scrambles of the quasi-random points, one a chain.
SCRAMBLES = 4


class DrawSource(Protocol):
    """What draws come from, with its density."""

    @property
    def uniforms(self) -> int:
        """How many uniform numbers make one draw."""
        ...

    def drawn(self, uniform: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Turn points of the unit cube into draws (S, p) and their log density (S,)."""
        ...


@dataclass(frozen=True, slots=True)
class WeightedDraws:
    """
    Draws of the proposal with their importance weights, one row a scramble.

    Attributes
    ----------
    theta : ndarray of shape (n_scrambles, n, p)
        Draws.
    log_target : ndarray of shape (n_scrambles, n)
        Log of the unnormalised target density.
    log_ratio : ndarray of shape (n_scrambles, n)
        Log target less log proposal density.
    log_weight : ndarray of shape (n_scrambles, n)
        Pareto-smoothed and normalised over all scrambles together.
    khat : float
        Shape of the generalised Pareto distribution of the largest ratios.
    unseen : float, default 0
        Relative variance of the evidence of all draws that the weights do not show: they
        are even where draws were picked from a larger pool by its own uneven weights.
    """

    theta: FloatArray
    log_target: FloatArray
    log_ratio: FloatArray
    log_weight: FloatArray
    khat: float
    unseen: float = 0.0

    @property
    def size(self) -> int:
        """Number of draws."""
        return self.log_ratio.size

    @property
    def relative_ess(self) -> float:
        """Effective sample size as a share of the draws."""
        return float(1 / np.exp(2 * self.log_weight).sum() / self.size)

    @property
    def log_evidence(self) -> float:
        """Log of the integral of the target."""
        return float(np.logaddexp.reduce(self.log_ratio, axis=None) - np.log(self.size))

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Weighted mean (p,) and covariance (p, p)."""
        weight = np.exp(self.log_weight).ravel()
        theta = self.theta.reshape(len(weight), -1)
        mean = weight @ theta
        centred = theta - mean
        return mean, (centred * weight[:, None]).T @ centred


def weigh(
    log_density: LogDensity,
    proposal: DrawSource,
    *,
    points: int,
    seed: int,
    scrambles: int = SCRAMBLES,
) -> WeightedDraws:
    """
    Draw from a proposal by scrambled Sobol points and weigh the draws.

    Parameters
    ----------
    log_density : callable
        Log target density of points (S, p).
    proposal : DrawSource
        What to draw from.
    points : int
        Draws a scramble, best a multiple of 64.
    seed : int
        Seed of the scrambles.
    scrambles : int, default 4
        Number of independent scrambles.

    Returns
    -------
    WeightedDraws
        The draws.

    References
    ----------
    Owen (1997), doi 10.1214/aos/1031594731; Vehtari and others (2024), "Pareto smoothed
    importance sampling", Journal of Machine Learning Research 25 (72).
    """
    seeds = np.random.SeedSequence(seed).spawn(scrambles)
    uniform = np.concatenate([_sobol(proposal.uniforms, points, each) for each in seeds])
    both = in_blocks(lambda some: np.column_stack(proposal.drawn(some)), uniform)
    theta, log_proposal = np.ascontiguousarray(both[:, :-1]), both[:, -1]
    log_target = log_density(theta)
    log_weight, khat = smoothed(log_target - log_proposal)
    shape = (scrambles, points)
    return WeightedDraws(
        theta=theta.reshape(*shape, -1),
        log_target=log_target.reshape(shape),
        log_ratio=(log_target - log_proposal).reshape(shape),
        log_weight=log_weight.reshape(shape),
        khat=khat,
    )


def _sobol(dimension: int, points: int, seed: np.random.SeedSequence) -> FloatArray:
    """Scrambled Sobol points, shape (points, dimension)."""
    sequence = qmc.Sobol(dimension, rng=np.random.default_rng(seed))
    # A power of 2 of them first, as the sequence asks; of whole nets the rest is balanced too.
    begin = 1 << (points.bit_length() - 1)
    return np.concatenate([sequence.random(begin), sequence.random(points - begin)])


def resample(weighted: WeightedDraws, draws: int, *, seed: int) -> IntArray:
    """
    Choose equally weighted draws, each scramble a chain.

    Parameters
    ----------
    weighted : WeightedDraws
        Draws with their weights.
    draws : int
        Draws a chain.
    seed : int
        Seed.

    Returns
    -------
    ndarray of shape (n_scrambles, draws)
        Indices into each scramble's draws: systematic resampling in random order, the
        copies of one draw side by side, so that the autocorrelation of the chain, and with
        it the effective sample size, counts them once.
    """
    rng = np.random.default_rng([seed, 1])
    chosen = []
    for log_weight in weighted.log_weight:
        weight = np.exp(log_weight - np.logaddexp.reduce(log_weight))
        order = rng.permutation(len(weight))
        edges = np.cumsum(weight[order])
        ticks = (np.arange(draws) + rng.random()) / draws * edges[-1]
        chosen.append(order[np.searchsorted(edges, ticks).clip(max=len(order) - 1)])
    return np.array(chosen, dtype=np.int64)
