"""Priors seen through a standard normal: the scale on which the marginal posterior is sampled."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.counts.prior_choice import ScalarPrior
from learnclimate.counts.priors import Beta, Exponential, Gamma, HalfNormal, Normal, StudentT

FloatArray = npt.NDArray[np.float64]

_LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)
_LOG_2 = np.log(2.0)
#: Nearest that a positive quantity comes to 0: its log and its square stay finite.
_TINY = 1e-100
#: Scores beyond which probabilities underflow; only priors with log quantiles go further.
_FARTHEST = 37.0
#: Probability from which a gamma distribution's quantile is found by what lies above it.
_UPPER_FROM = 0.75


@dataclass(frozen=True, slots=True)
class PriorScale:
    """
    Map a standard normal score to a quantity with a given prior, and back.

    The quantity is the prior's quantile at the probability of the score, so that the
    score is standard normal a priori whatever the prior. Priors on positive quantities
    need no further transform, a heavy-tailed prior becomes light-tailed, and a
    posterior that leans on a boundary (a standard deviation near 0, a dispersion
    without upper limit) keeps normal tails there.

    Attributes
    ----------
    prior : prior
        The prior.
    positive : bool
        Whether a prior with support on the real line is cut off at 0.
    """

    prior: ScalarPrior
    positive: bool = False

    @property
    def log_mass(self) -> float:
        """Log of the prior's mass above the cut at 0; 0 where nothing is cut off."""
        if not self._is_cut:
            return 0.0
        if isinstance(self.prior, Normal):
            return float(special.log_ndtr(self.prior.mean / self.prior.sd))
        return float(np.log(_upper_tail(self.prior, 0.0)))

    @property
    def _is_cut(self) -> bool:
        return self.positive and self.prior.support == "real"

    def value(self, score: FloatArray) -> FloatArray:
        """
        Map scores to the quantity.

        Parameters
        ----------
        score : ndarray
            Standard normal scores.

        Returns
        -------
        ndarray
            The quantity, of the same shape.
        """
        prior = self.prior
        if isinstance(prior, Normal) and not self.positive:
            return prior.mean + prior.sd * score
        if isinstance(prior, Exponential):
            found = -special.log_ndtr(-score) / prior.rate
            return np.maximum(found, _TINY) if self.positive else found
        if isinstance(prior, Beta) and prior.a == 1.0:
            return np.asarray(-np.expm1(special.log_ndtr(-score) / prior.b))
        if isinstance(prior, Beta) and prior.b == 1.0:
            return np.exp(special.log_ndtr(score) / prior.a)
        far = _by_log_tail(prior, special.log_ndtr(-score) + self.log_mass)
        score = np.clip(score, -_FARTHEST, _FARTHEST)
        below, above = special.ndtr(score), special.ndtr(-score)
        if self._is_cut:
            mass = np.exp(self.log_mass)
            below, above = (1 - mass) + mass * below, mass * above
        with np.errstate(all="ignore"):
            found = _quantile(prior, below, above)
        if far is not None:
            found = np.where(below < above, found, far)
        return np.maximum(found, _TINY) if self.positive else found

    def slope(self, score: FloatArray, value: FloatArray) -> FloatArray:
        """
        Differentiate the quantity by the score.

        Parameters
        ----------
        score : ndarray
            Scores.
        value : ndarray
            The quantity there.

        Returns
        -------
        ndarray
            First derivatives.
        """
        if isinstance(self.prior, Normal) and not self.positive:
            return np.full_like(score, self.prior.sd)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            log_density = self.prior.log_density(value) - self.log_mass
            return np.exp(-0.5 * score**2 - _LOG_ROOT_2PI - log_density)

    def score(self, value: FloatArray) -> FloatArray:
        """
        Map a quantity back to its scores.

        Parameters
        ----------
        value : ndarray
            The quantity.

        Returns
        -------
        ndarray
            Standard normal scores; infinite outside the prior's support.
        """
        if isinstance(self.prior, Normal) and not self.positive:
            return np.asarray((value - self.prior.mean) / self.prior.sd)
        above = _upper_tail(self.prior, value)
        below = _lower_tail(self.prior, value)
        if self._is_cut:
            mass = np.maximum(np.exp(self.log_mass), _TINY)
            below, above = np.maximum(mass - above, 0.0) / mass, above / mass
        return np.where(below < above, special.ndtri(below), -special.ndtri(above))


def _by_log_tail(prior: ScalarPrior, log_above: FloatArray) -> FloatArray | None:
    """Quantile by the log of the mass over it, however small; None where there is no such form."""
    match prior:
        case Normal():
            return np.asarray(prior.mean - prior.sd * special.ndtri_exp(log_above))
        case HalfNormal():
            return np.asarray(-prior.sd * special.ndtri_exp(log_above - _LOG_2))
        case _:
            return None


def _quantile(prior: ScalarPrior, below: FloatArray, above: FloatArray) -> FloatArray:
    """Quantile with mass `below` under it and `above` over it, accurate in both tails."""
    low = below < above
    match prior:
        case Normal():
            return prior.mean + prior.sd * np.where(
                low, special.ndtri(below), -special.ndtri(above)
            )
        case StudentT():
            t = np.where(low, 1, -1) * special.stdtrit(prior.df, np.where(low, below, above))
            return np.asarray(prior.mean + prior.sd * t)
        case HalfNormal():
            z = np.where(low, special.erfinv(below), special.erfcinv(above))
            return np.sqrt(2) * prior.sd * z
        case Exponential():
            return -np.where(low, np.log1p(-below), np.log(above)) / prior.rate
        case Gamma():
            # Each function where it is quick: of small shapes the upper one is dear below.
            lower = np.asarray(below < _UPPER_FROM)
            z = np.empty(lower.shape)
            special.gammaincinv(prior.shape, below, out=z, where=lower)
            special.gammainccinv(prior.shape, above, out=z, where=~lower)
            return z / prior.rate
        case Beta():
            return _beta_quantile(prior, below, above)


def _beta_quantile(prior: Beta, below: FloatArray, above: FloatArray) -> FloatArray:
    """Quantile of a beta distribution; quick where both weights are 2."""
    low = below < above
    tail = np.where(low, below, above)
    if prior.a == prior.b == 2.0:
        end = _lower_half_of_beta_2_2(tail)
    else:
        a, b = np.where(low, prior.a, prior.b), np.where(low, prior.b, prior.a)
        end = special.betaincinv(a, b, tail)
    return np.where(low, end, 1 - end)


def _lower_half_of_beta_2_2(p: FloatArray) -> FloatArray:
    """Solve 3 x² - 2 x³ = p for p up to a half, to full relative precision."""
    x = np.where(p < 1e-6, np.sqrt(p / 3), 0.5 - np.sin(np.arcsin(1 - 2 * p) / 3))
    for _ in range(2):
        x = x - (x * x * (3 - 2 * x) - p) / np.maximum(6 * x * (1 - x), 1e-300)
    return np.asarray(x)


def _lower_tail(prior: ScalarPrior, x: npt.ArrayLike) -> FloatArray:
    """Prior mass below `x`."""
    x = np.asarray(x, dtype=float)
    match prior:
        case Normal():
            found = special.ndtr((x - prior.mean) / prior.sd)
        case StudentT():
            found = special.stdtr(prior.df, (x - prior.mean) / prior.sd)
        case HalfNormal():
            found = special.erf(x / prior.sd / np.sqrt(2))
        case Exponential():
            found = -np.expm1(-prior.rate * x)
        case Gamma():
            found = special.gammainc(prior.shape, prior.rate * x)
        case Beta():
            found = special.betainc(prior.a, prior.b, x)
    return np.asarray(found, dtype=float)


def _upper_tail(prior: ScalarPrior, x: npt.ArrayLike) -> FloatArray:
    """Prior mass above `x`."""
    x = np.asarray(x, dtype=float)
    match prior:
        case Normal():
            found = special.ndtr((prior.mean - x) / prior.sd)
        case StudentT():
            found = special.stdtr(prior.df, (prior.mean - x) / prior.sd)
        case HalfNormal():
            found = special.erfc(x / prior.sd / np.sqrt(2))
        case Exponential():
            found = np.exp(-prior.rate * x)
        case Gamma():
            found = special.gammaincc(prior.shape, prior.rate * x)
        case Beta():
            found = special.betaincc(prior.a, prior.b, x)
    return np.asarray(found, dtype=float)
