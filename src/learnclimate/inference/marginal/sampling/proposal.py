"""The proposal of importance sampling: a skewed Student's t with a wider one mixed in."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import interpolate, linalg, special

FloatArray = npt.NDArray[np.float64]

_WIDE_DF = 4.0
_WIDE_SCALE = 2.0
#: Keeps quasi-random points off the edges of the unit cube.
_EDGE = 1e-12


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    A multivariate t, with a heavier and wider one mixed in, each coordinate then skewed.

    A draw y of the mixture becomes ``shift + stretch * sinh(asinh(y) + skew)`` coordinate
    by coordinate, which stretches one tail and shrinks the other and keeps both as heavy
    as they were.

    Attributes
    ----------
    shift, stretch, skew : ndarray of shape (p,)
        Location, scale and skewness of each coordinate; without skew the map is linear.
    centre : ndarray of shape (p,)
        Centre of the mixture.
    factor : ndarray of shape (p, p)
        Lower triangular; the narrow one's scale matrix is ``factor @ factor.T``.
    df : float, default 10
        Degrees of freedom of the narrow one.
    wide : float, default 0.05
        Share of the wide one.

    References
    ----------
    Jones and Pewsey (2009), doi 10.1093/biomet/asp053.
    """

    shift: FloatArray
    stretch: FloatArray
    skew: FloatArray
    centre: FloatArray
    factor: FloatArray
    df: float = 10.0
    wide: float = 0.05

    @property
    def uniforms(self) -> int:
        """How many uniform numbers make one draw."""
        return len(self.centre) + 2

    def draw(self, uniform: FloatArray) -> FloatArray:
        """
        Turn uniform numbers into draws.

        Parameters
        ----------
        uniform : ndarray of shape (S, p + 2)
            Points of the unit cube: radius, directions, component.

        Returns
        -------
        ndarray of shape (S, p)
            Draws.
        """
        uniform = np.clip(uniform, _EDGE, 1 - _EDGE)
        widened = uniform[:, -1] < self.wide
        normal = special.ndtri(uniform[:, :-1])
        narrow, wide = _root_mixing(self.df), _root_mixing(_WIDE_DF)
        longer = 1 / np.where(widened, wide(normal[:, 0]) / _WIDE_SCALE, narrow(normal[:, 0]))
        normal = normal[:, 1:] * longer[:, None]
        return self.from_plain(self.centre + normal @ self.factor.T)

    def drawn(self, uniform: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Turn uniform numbers (S, p + 2) into draws (S, p) and their log density (S,)."""
        theta = self.draw(uniform)
        return theta, self.log_density(theta)

    def from_plain(self, plain: FloatArray) -> FloatArray:
        """Skew draws (S, p) of the mixture."""
        return np.asarray(self.shift + self.stretch * np.sinh(np.arcsinh(plain) + self.skew))

    def to_plain(self, theta: FloatArray) -> FloatArray:
        """Undo the skewing of points (S, p)."""
        return np.sinh(np.arcsinh((theta - self.shift) / self.stretch) - self.skew)

    def log_density(self, theta: FloatArray) -> FloatArray:
        """
        Log density.

        Parameters
        ----------
        theta : ndarray of shape (S, p)
            Points.

        Returns
        -------
        ndarray of shape (S,)
            Normalised.

        Raises
        ------
        FloatingPointError
            If a point lies out of reach of floating point numbers.
        """
        scaled = (theta - self.shift) / self.stretch
        turned = np.arcsinh(scaled) - self.skew
        log_slope = np.log(np.cosh(turned)) - 0.5 * np.log1p(scaled**2) - np.log(self.stretch)
        return self._log_mixture(np.sinh(turned)) + log_slope.sum(axis=1)

    def _log_mixture(self, plain: FloatArray) -> FloatArray:
        if not np.isfinite(plain).all():
            raise FloatingPointError("a draw of the proposal is out of reach")
        inverse = linalg.solve_triangular(self.factor, np.eye(len(self.centre)), lower=True)
        standard = (plain - self.centre) @ inverse.T
        square = np.einsum("ij,ij->i", standard, standard)
        log_volume = float(np.log(np.diag(self.factor)).sum())
        p = len(self.centre)
        narrow = _log_t(square, p, self.df) + np.log1p(-self.wide)
        if self.wide == 0:
            return narrow - log_volume
        far = _log_t(square / _WIDE_SCALE**2, p, _WIDE_DF) - p * np.log(_WIDE_SCALE)
        return np.asarray(np.logaddexp(narrow, far + np.log(self.wide)) - log_volume)


@lru_cache(maxsize=16)
def _root_mixing(df: float) -> interpolate.CubicSpline:
    """
    Root of a chi-squared over its degrees of freedom, by the normal score of its probability.

    The spline is off by less than 1e-7 of it; the function that it follows is dear.
    """
    scores = np.linspace(-7.1, 7.1, 569)
    below = special.gammaincinv(df / 2, special.ndtr(np.minimum(scores, 0.0)))
    above = special.gammainccinv(df / 2, special.ndtr(-np.maximum(scores, 0.0)))
    return interpolate.CubicSpline(scores, np.sqrt(np.where(scores < 0, below, above) / (df / 2)))


def symmetric_proposal(centre: FloatArray, covariance: FloatArray) -> Proposal:
    """
    Make a proposal without skew.

    Parameters
    ----------
    centre : ndarray of shape (p,)
        Its centre.
    covariance : ndarray of shape (p, p)
        Its scale matrix.

    Returns
    -------
    Proposal
        The proposal.
    """
    sd = np.sqrt(np.diag(covariance))
    nothing = np.zeros_like(centre)
    factor = np.linalg.cholesky(covariance / np.outer(sd, sd))
    return Proposal(centre, sd, nothing, nothing, factor)


def skewed_moments(skew: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Moments of ``sinh(asinh(y) + skew)`` for a standard normal y.

    Parameters
    ----------
    skew : ndarray of shape (n,)
        Parameters of skewness.

    Returns
    -------
    mean, sd, skewness : ndarray of shape (n,)
        The moments.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(61)
    weights = weights / weights.sum()
    values = np.sinh(np.arcsinh(nodes) + skew[:, None])
    mean = values @ weights
    centred = values - mean[:, None]
    sd = np.sqrt(centred**2 @ weights)
    return mean, sd, (centred**3 @ weights) / sd**3


def _log_t(square: FloatArray, p: int, df: float) -> FloatArray:
    """Log density of a standard multivariate t by squared radius."""
    half = (df + p) / 2
    constant = special.gammaln(half) - special.gammaln(df / 2) - p / 2 * np.log(df * np.pi)
    return np.asarray(constant - half * np.log1p(square / df))
