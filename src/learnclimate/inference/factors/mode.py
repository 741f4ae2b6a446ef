"""The mode of a factor model's posterior, and its curvature there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import optimize

from learnclimate.inference.engine import EngineError

FloatArray = npt.NDArray[np.float64]

_STEP = 1e-4
_NEWTON_ROUNDS = 20
_HALVINGS = 6
#: Rise that a Newton step may still promise at the mode; and at a point so near that a proposal
#: may be centred there, where the top is flat.
_GRADIENT_BOUND, _NEAR_ENOUGH = 1e-3, 0.1


class Target(Protocol):
    """A posterior whose density is cheap."""

    @property
    def size(self) -> int:
        """How many coordinates there are."""

    @property
    def has_grid(self) -> bool:
        """Whether factors are integrated out on a grid, which may be too coarse."""

    def anchored(self, theta: FloatArray, finer: float = 1.0) -> "Target":
        """Prepare for evaluations near a point."""

    def oriented(self, theta: FloatArray) -> FloatArray:
        """Turn points (S, size) so that each factor points the way most of its items do."""

    def log_density(self, theta: FloatArray) -> FloatArray:
        """Log density at points (S, size)."""

    def value_and_gradient(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Log density and gradient at one point (size,)."""


@dataclass(frozen=True, slots=True)
class Mode:
    """
    A mode.

    Attributes
    ----------
    target : Target
        The posterior, prepared for evaluations near the mode.
    theta : ndarray of shape (size,)
        Where it is.
    covariance : ndarray of shape (size, size)
        Inverse of minus the second derivatives there.
    """

    target: Target
    theta: FloatArray
    covariance: FloatArray


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def find_mode(target: Target, start: FloatArray, unit: FloatArray) -> Mode:
    """
    Climb to the mode: quasi-Newton first, then Newton with differences of the gradient.

    Parameters
    ----------
    target : Target
        The posterior.
    start : ndarray of shape (size,)
        Where to start.
    unit : ndarray of shape (size,)
        Rough posterior standard deviation of each coordinate.

    Returns
    -------
    Mode
        The mode.

    Raises
    ------
    EngineError
        If none is found.

    Notes
    -----
    Points far out, where numbers overflow, are turned down by their value; numpy need not tell.
    """
    theta = start
    for gradient_bound in (1.0, 0.05):
        target = target.anchored(theta)
        theta = _climbed(target.value_and_gradient, theta, unit, gradient_bound)
    target = target.anchored(theta)
    for _ in range(_NEWTON_ROUNDS):
        value, gradient = target.value_and_gradient(theta)
        covariance = _inverse(information(target.value_and_gradient, theta, unit))
        step = covariance @ gradient
        promised = float(gradient @ step)
        if promised < _GRADIENT_BOUND:
            return Mode(target, theta, covariance)
        # A step of several standard deviations is further than the curvature can be trusted.
        length = _uphill(target, theta, step * min(1.0, 3.0 / float(np.sqrt(promised))), value)
        theta = theta + length
    if promised < _NEAR_ENOUGH:
        return Mode(target, theta, covariance)
    raise EngineError("no mode was found: the posterior may have several, or be very skewed")


def _uphill(target: Target, theta: FloatArray, step: FloatArray, value: float) -> FloatArray:
    """Halve a step until it leads up."""
    for _ in range(_HALVINGS):
        if target.log_density((theta + step)[None])[0] > value:
            return step
        step = step / 2
    return step


def _climbed(
    function: Callable[[FloatArray], tuple[float, FloatArray]],
    start: FloatArray,
    unit: FloatArray,
    bound: float,
) -> FloatArray:
    def downhill(scaled: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = function(start + unit * scaled)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return 1e300, np.zeros_like(gradient)
        return -value, -unit * gradient

    found = optimize.minimize(
        downhill, np.zeros(len(start)), jac=True, method="L-BFGS-B",
        options={"maxiter": 500, "gtol": bound, "maxcor": 30},
    )  # fmt: skip
    return np.asarray(start + unit * found.x)


def information(
    function: Callable[[FloatArray], tuple[float, FloatArray]], theta: FloatArray, unit: FloatArray
) -> FloatArray:
    """
    Minus the second derivatives, by differences of the gradient.

    Parameters
    ----------
    function : callable
        Value and gradient.
    theta : ndarray of shape (size,)
        Where.
    unit : ndarray of shape (size,)
        Rough posterior standard deviation of each coordinate.

    Returns
    -------
    ndarray of shape (size, size)
        Symmetric.
    """
    rows = []
    for place, width in enumerate(unit):
        ahead, behind = theta.copy(), theta.copy()
        ahead[place] += _STEP * width
        behind[place] -= _STEP * width
        rows.append((function(behind)[1] - function(ahead)[1]) / (2 * _STEP * width))
    found = np.array(rows)
    if not np.isfinite(found).all():
        raise EngineError("no mode was found: the posterior has no curvature where it was sought")
    return np.asarray(0.5 * (found + found.T))


def _inverse(found: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(found)
    if not values[-1] > 0:
        raise EngineError("the posterior does not fall off around the mode")
    floor = 1e-6 * values[-1]
    # Directions that rise are followed uphill.
    return np.asarray((vectors / np.maximum(np.abs(values), floor)) @ vectors.T)
