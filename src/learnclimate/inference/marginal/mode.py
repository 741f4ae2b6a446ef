"""The mode of the outer posterior, by a damped Newton method."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import FitError
from learnclimate.inference.marginal.likelihood import Evaluation
from learnclimate.inference.marginal.target import Target

FloatArray = npt.NDArray[np.float64]

_MOST_STEPS = 60
_MOST_HALVINGS = 12
#: Stop where a full step promises less than this many nats: a thousandth of an sd.
_PROMISE = 1e-6
#: Longest step a coordinate, in standard deviations of the prior.
_LONGEST = 1.5
#: Least curvature that a step assumes; the prior alone has curvature 1.
_LEAST_CURVATURE = 0.3


@dataclass(frozen=True, slots=True)
class Mode:
    """
    Where the posterior is highest.

    Attributes
    ----------
    theta : ndarray of shape (p,)
        The mode.
    value : float
        Log density there.
    covariance : ndarray of shape (p, p)
        Inverse of the information there.
    """

    theta: FloatArray
    value: float
    covariance: FloatArray


def find_mode(target: Target, start: FloatArray, *, nodes: int) -> Mode:
    """
    Climb to the mode of a density.

    Parameters
    ----------
    target : Target
        The density.
    start : ndarray of shape (p,)
        Where to begin.
    nodes : int
        Quadrature nodes a dimension.

    Returns
    -------
    Mode
        The mode.

    Raises
    ------
    FitError
        If the density is not finite at the start, or keeps rising without end.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, doi 10.1007/978-0-387-40065-5.
    """
    theta = np.array(start, dtype=float)
    target = target.anchored(theta)
    here = target.local(theta, nodes)
    if not _usable(here):
        raise FitError(
            "The posterior has no finite density at its starting point: a count, an exposure or a "
            "covariate is too large for the model. Check their units, and rescale them."
        )
    for _ in range(_MOST_STEPS):
        curvature = _safe_curvature(here.information)
        step = np.linalg.solve(curvature, here.gradient)
        if here.gradient @ step < _PROMISE:
            return Mode(theta, here.value, np.linalg.inv(curvature))
        step *= min(1.0, _LONGEST / np.abs(step).max())
        theta = _climb(target, theta, step, here, nodes)
        target = target.anchored(theta)
        here = target.local(theta, nodes)
    worst = target.names[int(np.argmax(np.abs(here.gradient)))]
    raise FitError(
        f"The posterior has no mode within reach: it still rises along {worst!r} after "
        f"{_MOST_STEPS} steps. Give {worst!r} a narrower prior, or leave it out of the model."
    )


def _climb(
    target: Target, theta: FloatArray, step: FloatArray, here: Evaluation, nodes: int
) -> FloatArray:
    """Halve the step until the density rises."""
    fraction = 1.0
    slope = float(here.gradient @ step)
    for _ in range(_MOST_HALVINGS):
        there = theta + fraction * step
        value = float(target.log_density(there[None], nodes)[0])
        if np.isfinite(value) and value >= here.value + 1e-4 * fraction * slope - 1e-9:
            return there
        fraction /= 2
    return theta + fraction * step


def _usable(found: Evaluation) -> bool:
    return bool(
        np.isfinite(found.value)
        and np.isfinite(found.gradient).all()
        and np.isfinite(found.information).all()
    )


def _safe_curvature(information: FloatArray) -> FloatArray:
    """Lift the eigenvalues of the information to a least curvature."""
    values, vectors = np.linalg.eigh((information + information.T) / 2)
    return np.asarray((vectors * np.maximum(values, _LEAST_CURVATURE)) @ vectors.T)
