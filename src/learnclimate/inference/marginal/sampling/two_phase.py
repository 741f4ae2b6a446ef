"""Two-phase sampling: many cheap draws, of which a well-chosen few are weighed exactly."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.pareto import smoothed
from learnclimate.inference.marginal.sampling.importance import WeightedDraws

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Picks:
    """
    Some of a pool's draws, each with the probability of being picked.

    Attributes
    ----------
    pool : WeightedDraws
        Draws of a proposal, weighed by an approximate density.
    rows : ndarray of shape (n_scrambles, n)
        Which draws of each scramble were picked, all different.
    log_share : ndarray of shape (n_scrambles, n)
        Log of the probability of each.
    log_aim : ndarray of shape (n_scrambles, n)
        Log of what the probability was to be in proportion to; no probability is above 1.
    """

    pool: WeightedDraws
    rows: IntArray
    log_share: FloatArray
    log_aim: FloatArray

    @property
    def theta(self) -> FloatArray:
        """The picked draws, shape (n_scrambles, n, p)."""
        return np.take_along_axis(self.pool.theta, self.rows[:, :, None], axis=1)

    @property
    def log_approximate(self) -> FloatArray:
        """Their approximate log density, shape (n_scrambles, n)."""
        return np.take_along_axis(self.pool.log_target, self.rows, axis=1)

    def weighed(self, log_target: FloatArray) -> WeightedDraws:
        """
        Weigh the picks by their exact density.

        The weights are those of importance sampling from the proposal, divided by the
        probability of being picked (Horvitz and Thompson), so that a poor approximation
        costs efficiency and never shifts the answer. Both steps have tails of their own,
        those of the proposal's weights and those of exact over approximate density; the
        worse of their shapes is reported.

        Parameters
        ----------
        log_target : ndarray of shape (n_scrambles * n,)
            Exact log density of each pick.

        Returns
        -------
        WeightedDraws
            The picks with their weights.

        References
        ----------
        Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, chapter 9.
        """
        shape = self.rows.shape
        exact = log_target.reshape(shape)
        change = exact - self.log_approximate
        before = np.take_along_axis(self.pool.log_weight, self.rows, axis=1)
        ratio, khat = smoothed((before - self.log_aim + change).ravel())
        log_weight = ratio.reshape(shape) + self.log_aim - self.log_share
        log_weight -= np.logaddexp.reduce(log_weight, axis=None)
        raw = np.take_along_axis(self.pool.log_ratio, self.rows, axis=1)
        spared = np.log(shape[1] / self.pool.theta.shape[1])
        return WeightedDraws(
            theta=self.theta,
            log_target=exact,
            log_ratio=raw + change - self.log_share + spared,
            log_weight=log_weight,
            khat=max(khat, self.pool.khat),
            unseen=(1 / self.pool.relative_ess - 1) / self.pool.size,
        )


def pick(pool: WeightedDraws, picks: int, *, defence: float, seed: int) -> Picks:
    """
    Pick draws of a pool, about in proportion to their approximate weights.

    Parameters
    ----------
    pool : WeightedDraws
        Draws weighed by an approximate density.
    picks : int
        How many to pick from each scramble; fewer where the pool is smaller.
    defence : float
        Share that is picked regardless of the weights: it keeps a place that the
        approximation misses within sight.
    seed : int
        Seed.

    Returns
    -------
    Picks
        The picks: a systematic sample in random order.
    """
    rng = np.random.default_rng([seed, 2])
    n = pool.theta.shape[1]
    rows, shares, aims = [], [], []
    for log_weight in pool.log_weight:
        weight = np.exp(log_weight - np.logaddexp.reduce(log_weight))
        aim = (1 - defence) * weight + defence / n
        share = _probabilities(aim, min(picks, n))
        order = rng.permutation(n)
        edges = np.cumsum(share[order])
        ticks = (np.arange(min(picks, n)) + rng.random()) * (edges[-1] / min(picks, n))
        chosen = order[np.searchsorted(edges, ticks).clip(max=n - 1)]
        rows.append(chosen)
        shares.append(np.log(share[chosen]))
        aims.append(np.log(aim[chosen]) + np.logaddexp.reduce(log_weight))
    return Picks(pool, np.array(rows, dtype=np.int64), np.array(shares), np.array(aims))


def _probabilities(weight: FloatArray, picks: int) -> FloatArray:
    """Probabilities of being picked: in proportion, at most 1, adding up to `picks`."""
    if not np.isfinite(weight).all():
        raise FloatingPointError("weights of draws are not finite")
    share = np.minimum(1.0, picks * weight / weight.sum())
    while True:
        certain = share >= 1.0
        left = picks - certain.sum()
        if left <= 0 or certain.all():
            return np.maximum(share, 1e-300)
        scaled = np.where(certain, 1.0, share * (left / share[~certain].sum()))
        if (scaled <= 1.0 + 1e-12).all():
            return np.minimum(scaled, 1.0)
        share = np.minimum(scaled, 1.0)
