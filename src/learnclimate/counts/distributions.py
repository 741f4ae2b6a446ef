"""
The distributions of the families, in numpy: densities, means, variances and draws.

One object a family, `distribution_of`, with the five methods of `Distribution`. Everything that
reads draws goes through it: predictions, checks, leave-one-out, simulation, estimands. Answers
that say a range of counts only ("3-5", "10 or more") have `log_probability_between`.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaln, expit, gammaln, pdtr

from learnclimate.core.errors import ModelError
from learnclimate.counts.families import Family
from learnclimate.survey.counts_allowed import OPEN

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: numpy's Poisson refuses means near the end of int64; nobody learns that often.
_LARGEST_MEAN = 1e15
_FEWEST = 1e-300


@dataclass(frozen=True, slots=True)
class At:
    """
    Where a distribution is looked at; arrays that broadcast against each other.

    Attributes
    ----------
    predictor : ndarray of shape (...)
        Log rate: the log expected count of the count part, exposure included. For the
        beta-binomial the log odds of one activity.
    dispersion : ndarray of shape (...), or None
        α of a negative binomial, φ of a beta-binomial; None for a Poisson family.
    zero_log_odds : ndarray of shape (...), or None
        Log odds of the zero part, π / (1 - π); None for a family without one.
    trials : ndarray of shape (...), int, or None
        K of a beta-binomial.
    """

    predictor: FloatArray
    dispersion: FloatArray | None = None
    zero_log_odds: FloatArray | None = None
    trials: IntArray | None = None


class Distribution(Protocol):
    """What everybody who reads draws needs of a family; counts broadcast against `At`."""

    def log_density(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        """Give the log probability of counts."""

    def cdf(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        """Give the probability of at most so many; 0 below 0."""

    def mean(self, at: At) -> FloatArray:
        """Give the expected count, zeros included."""

    def variance(self, at: At) -> FloatArray:
        """Give the variance of the count, zeros included."""

    def draw(self, rng: np.random.Generator, at: At) -> IntArray:
        """Draw one count at each place, shape of the broadcast arrays."""


def distribution_of(family: Family) -> Distribution:
    """
    Give the distribution of a family.

    Parameters
    ----------
    family : Family
        The declaration.

    Returns
    -------
    Distribution
        Its numbers.

    Examples
    --------
    >>> from learnclimate.counts.families import NegativeBinomial, ZeroInflatedPoisson
    >>> at = At(np.log([2.0]), dispersion=np.array([4.0]))
    >>> counts = distribution_of(NegativeBinomial())
    >>> counts.mean(at), counts.variance(at)
    (array([2.]), array([3.]))
    >>> halved = At(np.log([2.0]), zero_log_odds=np.zeros(1))
    >>> distribution_of(ZeroInflatedPoisson()).mean(halved)
    array([1.])
    """
    if family.out_of_trials:
        return _BetaBinomial()
    base: _Base = _NegativeBinomial() if family.has_dispersion else _Poisson()
    if family.zeros == "inflated":
        return _ZeroInflated(base)
    return _Hurdle(base) if family.zeros == "hurdle" else base


def log_probability_between(
    distribution: Distribution, lowest: IntArray, highest: IntArray, at: At
) -> FloatArray:
    """
    Log probability of an answer that stands for a range of counts.

    Sums the probabilities of the counts within a bounded range; of one that is open above,
    the complement of those below it, or, where hardly anything is left, those from its lowest
    count upwards.

    Parameters
    ----------
    distribution : Distribution
        The family's.
    lowest, highest : ndarray of shape (n_rows,), int
        The counts that each answer allows, both included; `OPEN` where nothing bounds it.
    at : At
        Where; arrays whose last axis is that of the rows (or of length 1).

    Returns
    -------
    ndarray of the broadcast shape
        Log probabilities.

    Examples
    --------
    >>> from learnclimate.counts.families import Poisson
    >>> at = At(np.zeros(3))
    >>> low, high = np.array([0, 1, 3]), np.array([0, 2, OPEN])
    >>> np.exp(log_probability_between(distribution_of(Poisson()), low, high, at)).round(3)
    array([0.368, 0.552, 0.08 ])
    """
    found = np.array(distribution.log_density(lowest, at), dtype=float)
    ranges = {(int(a), int(b)) for a, b in zip(lowest, highest, strict=True) if a != b}
    for low, high in sorted(ranges):
        rows = (lowest == low) & (highest == high)
        some = _some(at, rows)
        if high == OPEN:
            found[..., rows] = _log_from(distribution, low, some)
        else:
            found[..., rows] = _log_sum(distribution, low, high, some)
    return found


def _some(at: At, rows: npt.NDArray[np.bool_]) -> At:
    def of(values: npt.NDArray[np.generic] | None) -> npt.NDArray[np.generic] | None:
        if values is None or np.ndim(values) == 0 or np.shape(values)[-1] == 1:
            return values
        return values[..., rows]

    return At(*(of(getattr(at, name)) for name in At.__slots__))  # type: ignore[arg-type]


def _log_sum(distribution: Distribution, low: int, high: int, at: At) -> FloatArray:
    total = distribution.log_density(low, at)
    for count in range(low + 1, high + 1):
        total = np.logaddexp(total, distribution.log_density(count, at))
    return total


def _log_from(distribution: Distribution, low: int, at: At) -> FloatArray:
    if low == 0:
        return np.zeros_like(distribution.log_density(0, at))
    below = np.minimum(_log_sum(distribution, 0, low - 1, at), 0.0)
    with np.errstate(divide="ignore"):
        rest = np.log(-np.expm1(below))
    # Too little is left for a difference to tell: sum the tail, which falls off fast there.
    tiny = rest < np.log(1e-6)
    if np.any(tiny):
        rest = np.where(tiny, _log_tail(distribution, low, at), rest)
    return np.asarray(rest)


def _log_tail(distribution: Distribution, low: int, at: At) -> FloatArray:
    total, last = distribution.log_density(low, at), low
    while last < low + 10_000:
        more = _log_sum(distribution, last + 1, last + 50, at)
        grown = np.logaddexp(total, more)
        last += 50
        if np.all((grown - total < 1e-12) | ~np.isfinite(grown)):
            return grown
        total = grown
    return total


class _Base(Distribution, Protocol):
    """A family of counts without a zero part."""

    def log_zero(self, at: At) -> FloatArray:
        """Log probability of 0."""

    def draw_above_zero(self, rng: np.random.Generator, at: At) -> IntArray:
        """Draw counts that are not 0."""


class _Poisson:
    def log_density(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        y = np.asarray(counts)
        return np.asarray(y * at.predictor - np.exp(at.predictor) - gammaln(y + 1.0))

    def cdf(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        y = np.asarray(counts)
        return np.where(y < 0, 0.0, pdtr(np.maximum(y, 0), np.exp(at.predictor)))

    def mean(self, at: At) -> FloatArray:
        return np.asarray(np.exp(at.predictor))

    def variance(self, at: At) -> FloatArray:
        return np.asarray(np.exp(at.predictor))

    def draw(self, rng: np.random.Generator, at: At) -> IntArray:
        mean = np.minimum(np.exp(at.predictor), _LARGEST_MEAN)
        return np.asarray(rng.poisson(mean), dtype=np.int64)

    def log_zero(self, at: At) -> FloatArray:
        return np.asarray(-np.exp(at.predictor))

    def draw_above_zero(self, rng: np.random.Generator, at: At) -> IntArray:
        rate = np.minimum(np.exp(at.predictor), _LARGEST_MEAN)
        first = _first_event(rng, rate)
        return np.asarray(1 + rng.poisson(np.maximum(rate - first, 0.0)), dtype=np.int64)


class _NegativeBinomial:
    def log_density(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        alpha = _required(at.dispersion)
        y = np.asarray(counts, dtype=float)
        log_odds = at.predictor - np.log(alpha)
        # log Γ(y + α) - log Γ(α) by the beta function, which loses no digits at large α.
        rising = np.where(y > 0, -betaln(np.maximum(y, 1.0), alpha) - np.log(np.maximum(y, 1)), 0)
        return np.asarray(rising + y * log_odds - (y + alpha) * np.logaddexp(0.0, log_odds))

    def cdf(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        alpha, y = _required(at.dispersion), np.asarray(counts, dtype=float)
        share = expit(np.log(alpha) - at.predictor)
        return np.where(y < 0, 0.0, betainc(alpha, np.maximum(y, 0) + 1.0, share))

    def mean(self, at: At) -> FloatArray:
        return np.asarray(np.exp(at.predictor))

    def variance(self, at: At) -> FloatArray:
        mean = np.exp(at.predictor)
        return np.asarray(mean + mean**2 / _required(at.dispersion))

    def draw(self, rng: np.random.Generator, at: At) -> IntArray:
        alpha, mean = np.broadcast_arrays(_required(at.dispersion), np.exp(at.predictor))
        rate = mean * rng.standard_gamma(alpha) / alpha
        return np.asarray(rng.poisson(np.minimum(rate, _LARGEST_MEAN)), dtype=np.int64)

    def log_zero(self, at: At) -> FloatArray:
        alpha = _required(at.dispersion)
        return np.asarray(-alpha * np.logaddexp(0.0, at.predictor - np.log(alpha)))

    def draw_above_zero(self, rng: np.random.Generator, at: At) -> IntArray:
        # A negative binomial is a Poisson number of clusters of logarithmic size, and it is 0
        # where there are no clusters: so the first cluster is given, the rest is what is left.
        alpha, log_odds = np.broadcast_arrays(
            _required(at.dispersion), at.predictor - np.log(_required(at.dispersion))
        )
        longer = np.maximum(np.logaddexp(0.0, log_odds), _FEWEST)
        first = _first_event(rng, alpha * longer)
        share = np.minimum(expit(log_odds), 1 - 1e-12)
        left = np.maximum(alpha - first / longer, 0.0)
        rate = np.minimum(np.exp(log_odds) * rng.standard_gamma(left), _LARGEST_MEAN)
        return np.asarray(rng.logseries(share) + rng.poisson(rate), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _ZeroInflated:
    base: _Base

    def log_density(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        y, odds = np.asarray(counts), _required(at.zero_log_odds)
        counted = _log_not(odds) + self.base.log_density(y, at)
        return np.where(y == 0, np.logaddexp(_log_not(-odds), counted), counted)

    def cdf(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        zero = expit(_required(at.zero_log_odds))
        below = zero + (1 - zero) * self.base.cdf(counts, at)
        return np.where(np.asarray(counts) < 0, 0.0, below)

    def mean(self, at: At) -> FloatArray:
        return np.asarray(expit(-_required(at.zero_log_odds)) * self.base.mean(at))

    def variance(self, at: At) -> FloatArray:
        counted, mean = expit(-_required(at.zero_log_odds)), self.base.mean(at)
        return np.asarray(counted * (self.base.variance(at) + (1 - counted) * mean**2))

    def draw(self, rng: np.random.Generator, at: At) -> IntArray:
        counts = self.base.draw(rng, at)
        zero = expit(_required(at.zero_log_odds))
        shape = np.broadcast_shapes(counts.shape, np.shape(zero))
        return np.where(rng.random(shape) < zero, 0, counts)


@dataclass(frozen=True, slots=True)
class _Hurdle:
    base: _Base

    def log_density(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        y, odds = np.asarray(counts), _required(at.zero_log_odds)
        counted = self.base.log_density(np.maximum(y, 1), at) - self._log_above(at)
        return np.where(y == 0, _log_not(-odds), _log_not(odds) + counted)

    def cdf(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        zero, none = expit(_required(at.zero_log_odds)), np.exp(self.base.log_zero(at))
        above = (self.base.cdf(counts, at) - none) / np.exp(self._log_above(at))
        return np.where(np.asarray(counts) < 0, 0.0, zero + (1 - zero) * np.maximum(above, 0.0))

    def mean(self, at: At) -> FloatArray:
        counted = np.exp(_log_not(_required(at.zero_log_odds)) - self._log_above(at))
        return np.asarray(counted * self.base.mean(at))

    def variance(self, at: At) -> FloatArray:
        counted = np.exp(_log_not(_required(at.zero_log_odds)) - self._log_above(at))
        mean = self.base.mean(at)
        return np.asarray(counted * (self.base.variance(at) + (1 - counted) * mean**2))

    def draw(self, rng: np.random.Generator, at: At) -> IntArray:
        counts = self.base.draw_above_zero(rng, at)
        zero = expit(_required(at.zero_log_odds))
        shape = np.broadcast_shapes(counts.shape, np.shape(zero))
        return np.where(rng.random(shape) < zero, 0, counts)

    def _log_above(self, at: At) -> FloatArray:
        return np.asarray(np.log(np.maximum(-np.expm1(self.base.log_zero(at)), _FEWEST)))


class _BetaBinomial:
    def log_density(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        k, trials, phi = np.asarray(counts), _required(at.trials), _required(at.dispersion)
        chance = expit(at.predictor)
        first, second = np.maximum(chance * phi, _FEWEST), np.maximum((1 - chance) * phi, _FEWEST)
        found = (
            -betaln(k + 1.0, trials - k + 1.0)
            - np.log(trials + 1.0)
            + betaln(np.maximum(k, 0) + first, np.maximum(trials - k, 0) + second)
            - betaln(first, second)
        )
        return np.where((k < 0) | (k > trials), -np.inf, found)

    def cdf(self, counts: npt.ArrayLike, at: At) -> FloatArray:
        k, trials = np.asarray(counts), _required(at.trials)
        total = np.zeros(np.broadcast_shapes(k.shape, np.shape(trials), np.shape(at.predictor)))
        for count in range(int(np.max(trials)) + 1):
            inside = (count <= k) & (count <= trials)
            density = np.exp(self.log_density(np.minimum(count, trials), at))
            total = total + np.where(inside, density, 0.0)
        return np.minimum(total, 1.0)

    def mean(self, at: At) -> FloatArray:
        return np.asarray(_required(at.trials) * expit(at.predictor))

    def variance(self, at: At) -> FloatArray:
        trials, phi = _required(at.trials), _required(at.dispersion)
        binomial = trials * expit(at.predictor) * expit(-at.predictor)
        return np.asarray(binomial * (trials + phi) / (1 + phi))

    def draw(self, rng: np.random.Generator, at: At) -> IntArray:
        trials, phi, chance = np.broadcast_arrays(
            _required(at.trials), _required(at.dispersion), expit(at.predictor)
        )
        some = rng.standard_gamma(chance * phi)
        other = rng.standard_gamma((1 - chance) * phi)
        # Of two gamma draws that both round to 0, the expectation stands in.
        share = np.where(some + other > 0, some / np.maximum(some + other, _FEWEST), chance)
        return np.asarray(rng.binomial(trials, share), dtype=np.int64)


def _first_event(rng: np.random.Generator, rate: FloatArray) -> FloatArray:
    """When the first event comes, given that one comes within a time of `rate`."""
    return np.asarray(-np.log1p(rng.random(np.shape(rate)) * np.expm1(-rate)))


def _log_not(log_odds: FloatArray) -> FloatArray:
    """Log of 1 less the probability with these log odds."""
    return np.asarray(-np.logaddexp(0.0, log_odds))


def _required[T](value: T | None) -> T:
    if value is None:
        raise ModelError(
            "The distribution lacks a parameter: At needs the dispersion, zero log odds and "
            "trials that its family has."
        )
    return value
