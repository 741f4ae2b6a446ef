"""A polynomial in the place of a dear log likelihood, fitted to evaluations of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg

from learnclimate.inference.marginal.likelihood.sharding import in_blocks

FloatArray = npt.NDArray[np.float64]

#: From points theta (S, p) to coordinates x (S, p) and the log prior (S,).
Coordinates = Callable[[FloatArray], tuple[FloatArray, FloatArray]]

#: Prior standard deviations of the constant, linear, quadratic and cubic coefficients.
_SPREAD = (30.0, 5.0, 1.0, 0.1)
#: Standard deviation of what no cubic follows where the posterior lies, and how many
#: nats further down it is e times as large.
_MISFIT = 3e-3
#: Share of its own variance that each evaluation is off by besides: one far out, where a cubic
#: is huge, otherwise drowns the others in rounding, and the system cannot be solved.
_ROUNDING = 1e-11
_GROWTH = 5.0
#: Evaluations further below the typical density than this many of its standard deviations
#: say nothing about the posterior.
_FAR = 8.0
_MOST_EVALUATIONS = 2000
#: Evaluations lie where the posterior does at most so many standard deviations below its
#: typical density.
_NEAR = 3.0


@dataclass(frozen=True, slots=True)
class Frame:
    """
    Where the posterior lies, to first order, in some coordinates x.

    Attributes
    ----------
    coordinates : callable
        From points theta (S, p) to x (S, p) and the log prior (S,).
    centre : ndarray of shape (p,)
        x at the mode.
    whiten : ndarray of shape (p, p)
        ``z = (x - centre) @ whiten.T`` has about unit covariance.
    slope : ndarray of shape (p,)
        Gradient of the log likelihood by z at the mode.
    curvature : ndarray of shape (p, p)
        Minus its second derivative.
    """

    coordinates: Coordinates
    centre: FloatArray
    whiten: FloatArray
    slope: FloatArray
    curvature: FloatArray

    def white(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Map points theta (S, p) to z (S, p) and the log prior (S,)."""
        x, log_prior = self.coordinates(theta)
        return (x - self.centre) @ self.whiten.T, log_prior


def frame_of(coordinates: Coordinates, mode: FloatArray, factor: FloatArray) -> Frame:
    """
    Whiten coordinates by the normal approximation at the mode.

    Parameters
    ----------
    coordinates : callable
        From points theta (S, p) to x (S, p) and the log prior (S,).
    mode : ndarray of shape (p,)
        Mode of the posterior.
    factor : ndarray of shape (p, p)
        ``factor @ factor.T`` is the posterior covariance there.

    Returns
    -------
    Frame
        The frame.
    """
    p = len(mode)
    half = 0.5 * factor.T
    above, prior_above = coordinates(mode + half)
    under, prior_under = coordinates(mode - half)
    left, size, right = np.linalg.svd((above - under).T)
    size = np.maximum(size, 1e-3 * size.max())
    pairs = (half[:, None] + half, half[:, None] - half)
    both, apart = (coordinates(mode + each.reshape(-1, p))[1] for each in pairs)
    both_under, apart_under = (coordinates(mode - each.reshape(-1, p))[1] for each in pairs)
    bent = (both - apart - apart_under + both_under).reshape(p, p)
    return Frame(
        coordinates=coordinates,
        centre=coordinates(mode[None])[0][0],
        whiten=np.asarray((right.T / size) @ left.T),
        slope=prior_under - prior_above,
        curvature=np.eye(p) + (bent + bent.T) / 2,
    )


@dataclass(frozen=True, slots=True)
class Surrogate:
    """
    A cubic polynomial in the white coordinates of a frame.

    Attributes
    ----------
    frame : Frame
        The frame.
    constant : float
        Value at the mode.
    slope : ndarray of shape (p,)
        Linear coefficients.
    square : ndarray of shape (p, p)
        Quadratic coefficients.
    cube : ndarray of shape (p (p + 1) / 2, p)
        Cubic coefficients, by pair of coordinates and third coordinate.
    radius : float
        Length of z up to which the polynomial is followed.
    """

    frame: Frame
    constant: float
    slope: FloatArray
    square: FloatArray
    cube: FloatArray
    radius: float

    def __call__(self, theta: FloatArray) -> FloatArray:
        """
        Approximate the log density: prior plus polynomial.

        Parameters
        ----------
        theta : ndarray of shape (S, p)
            Points.

        Returns
        -------
        ndarray of shape (S,)
            The density; beyond its radius the polynomial keeps its value at the radius,
            and falls from there as a normal density does.
        """
        return in_blocks(self._block, theta)

    def _block(self, theta: FloatArray) -> FloatArray:
        z, log_prior = self.frame.white(theta)
        length = np.sqrt((z**2).sum(axis=1))
        z = z * np.minimum(1.0, self.radius / np.maximum(length, 1e-300))[:, None]
        by_z = self.slope + z @ self.square + _pairs(z) @ self.cube
        fall = 0.5 * np.maximum(length**2 - self.radius**2, 0.0)
        found = self.constant + log_prior + (by_z * z).sum(axis=1) - fall
        return np.where(np.isfinite(found), found, -np.inf)


def fit_surrogate(
    frame: Frame, theta: FloatArray, log_density: FloatArray, *, reach: float = 1.0
) -> Surrogate:
    """
    Fit a cubic to evaluations of a log likelihood.

    Its coefficients are shrunk towards the normal approximation of the frame (ridge
    regression, solved in its dual form), so that few evaluations already improve on it.
    Evaluations far below the highest density count for less: there a cubic need not fit.

    Parameters
    ----------
    frame : Frame
        The frame.
    theta : ndarray of shape (S, p)
        Points.
    log_density : ndarray of shape (S,)
        Log prior plus log likelihood at each.
    reach : float, default 1
        The polynomial is followed as far out as this share of the evaluations that lie
        where the posterior does.

    Returns
    -------
    Surrogate
        The polynomial.

    Raises
    ------
    FloatingPointError
        If no evaluation is finite.
    """
    if not np.isfinite(log_density).any():
        raise FloatingPointError("no draw has a finite density")
    deficit = np.where(np.isfinite(log_density), np.max(log_density) - log_density, np.inf)
    # Of p normal coordinates the density lies p / 2 nats below its height, with variance p / 2.
    below = np.maximum(deficit - theta.shape[1] / 2, 0.0)
    chosen = np.argsort(deficit, kind="stable")
    chosen = chosen[below[chosen] < _FAR * np.sqrt(theta.shape[1] / 2)]
    chosen = chosen[:: -(-len(chosen) // _MOST_EVALUATIONS)]
    near = below[chosen] <= max(_NEAR * np.sqrt(theta.shape[1] / 2), below[chosen].min())
    z, log_prior = frame.white(theta[chosen])
    log_likelihood = log_density[chosen] - log_prior
    mean = z @ frame.slope - 0.5 * ((z @ frame.curvature) * z).sum(axis=1)
    constant = float(log_likelihood[0] - mean[0])
    rest = log_likelihood - mean - constant
    inner = z @ z.T
    zero, one, two, three = (each**2 for each in _SPREAD)
    kernel = zero + inner * (one + inner * (two + inner * three))
    misfit = (_MISFIT * np.exp(below[chosen] / _GROWTH)) ** 2
    kernel[np.diag_indices(len(z))] += misfit + _ROUNDING * np.diag(kernel)
    dual = linalg.cho_solve(linalg.cho_factor(kernel, lower=True, check_finite=False), rest)
    pairs = _pairs(z)
    i, j = np.triu_indices(z.shape[1])
    times = np.where(i == j, 1.0, 2.0)
    return Surrogate(
        frame=frame,
        constant=constant + zero * float(dual.sum()),
        slope=frame.slope + one * (dual @ z),
        square=two * (z.T * dual) @ z - 0.5 * frame.curvature,
        cube=three * times[:, None] * ((pairs.T * dual) @ z),
        radius=float(np.sqrt(np.quantile((z[near] ** 2).sum(axis=1), reach))),
    )


def _pairs(z: FloatArray) -> FloatArray:
    """Products of pairs of columns, shape (S, p (p + 1) / 2)."""
    i, j = np.triu_indices(z.shape[1])
    return z[:, i] * z[:, j]
