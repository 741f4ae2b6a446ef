"""The mode of the outer posterior, by a damped Newton method."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.inference.engine import EngineError
from learnclimate.inference.marginal.sampling.target import LocalShape, Target

FloatArray = npt.NDArray[np.float64]

_MOST_EVALUATIONS = 60
#: Stop where a Newton step promises less than so many nats: it is a tenth of an sd long, and
#: taken unseen, since what it leaves is of the square of that.
_CLOSE = 0.01
#: Gains below this many nats are noise: the gradient belongs to the integral, the value to
#: its quadrature.
_NOISE = 0.01
#: A step that promises less than this is taken for the last where the promises stop shrinking.
_STALLED = 0.1
#: Longest step a coordinate, in standard deviations of the prior; half its distance is added.
_LONGEST = 1.5
#: Share of the promised gain that a step has to bring.
_WORTHWHILE = 0.05
_LEAST_EIGENVALUE = 1e-6
#: Widest variance a coordinate that the proposal begins with; the prior's is 1.
_WIDEST_VARIANCE = 3.0


@dataclass(frozen=True, slots=True)
class Mode:
    """
    Where the posterior is highest.

    Attributes
    ----------
    theta : ndarray of shape (p,)
        The mode, to about a hundredth of a posterior standard deviation.
    covariance : ndarray of shape (p, p)
        Inverse of the information there.
    evaluations : int
        How many times value, gradient and information were computed.
    """

    theta: FloatArray
    covariance: FloatArray
    evaluations: int


def find_mode(target: Target, start: FloatArray, *, nodes: int) -> Mode:
    """
    Climb to the mode of a density.

    Every step is Newton's along the absolute values of the curvature, so that it rises
    away from saddles too, damped where the step before brought less than it promised.

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
    EngineError
        If the density is not finite at the start, or the climb does not end.

    References
    ----------
    Nocedal and Wright (2006), Numerical Optimization, doi 10.1007/978-0-387-40065-5;
    Dauphin and others (2014), arXiv 1406.2572.
    """
    theta = np.array(start, dtype=float)
    here = target.anchored(theta).local(theta, nodes)
    if not _usable(here):
        raise EngineError(
            "The posterior has no finite density at its starting point: a count, an exposure or a "
            "covariate is too large for the model, or a prior lies where no such counts come "
            "from. Check their units, and model.priors_for(survey)."
        )
    damping, last = 0.0, np.inf
    for evaluations in range(1, _MOST_EVALUATIONS):
        curvature = _curvature(here)
        step = np.linalg.solve(curvature, here.gradient)
        promise = float(here.gradient @ step)
        if promise < _CLOSE or (promise < _STALLED and promise > 0.5 * last):
            return Mode(theta + step, _proposed(curvature), evaluations)
        step = _damped(theta, curvature, here.gradient, damping)
        there = target.anchored(theta + step).local(theta + step, nodes)
        gain = float(here.gradient @ step - 0.5 * step @ curvature @ step)
        if not _usable(there):
            damping = max(100 * damping, 10.0)
        elif there.value - here.value < _WORTHWHILE * gain - _NOISE:
            damping = max(10 * damping, 1.0)
        else:
            theta, here, last = theta + step, there, promise
            damping = damping / 10 if damping > 0.05 else 0.0
    slopes = np.abs(here.gradient) / np.sqrt(np.diag(_curvature(here)))
    worst = target.names[int(np.argmax(slopes))]
    raise EngineError(
        f"The search for the posterior's mode did not end: after {_MOST_EVALUATIONS} evaluations "
        f"it still rises along {worst!r}. Give {worst!r} a narrower prior, or leave it out of the "
        "model."
    )


def _damped(
    theta: FloatArray, curvature: FloatArray, gradient: FloatArray, damping: float
) -> FloatArray:
    """Solve for a step, shortened to what a quadratic may be trusted over."""
    stiffer = curvature + damping * np.diag(np.diag(curvature))
    step = np.linalg.solve(stiffer, gradient)
    longest = _LONGEST + 0.5 * np.abs(theta)
    return np.asarray(step * min(1.0, 1 / (np.abs(step) / longest).max()))


def _usable(found: LocalShape) -> bool:
    return bool(
        np.isfinite(found.value)
        and np.isfinite(found.gradient).all()
        and np.isfinite(found.information).all()
    )


def _curvature(here: LocalShape) -> FloatArray:
    """Take the whole curvature where it bends one way only, as near a mode; else what is safe."""
    whole = here.information - here.bend
    unit = np.sqrt(np.maximum(np.abs(np.diag(whole)), 1.0))
    if np.linalg.eigvalsh(whole / np.outer(unit, unit))[0] > _LEAST_EIGENVALUE:
        return np.asarray(whole)
    return _positive(here.information)


def _positive(information: FloatArray) -> FloatArray:
    """Turn every direction of negative curvature round, in units of each coordinate's own."""
    unit = np.sqrt(np.maximum(np.abs(np.diag(information)), 1.0))
    scaled = information / np.outer(unit, unit)
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2)
    turned = (vectors * np.maximum(np.abs(values), _LEAST_EIGENVALUE)) @ vectors.T
    return np.asarray(turned * np.outer(unit, unit))


def _proposed(curvature: FloatArray) -> FloatArray:
    """Invert the curvature; no coordinate much wider than its prior."""
    covariance = np.linalg.inv(curvature)
    shrunk = np.sqrt(np.minimum(1.0, _WIDEST_VARIANCE / np.diag(covariance)))
    return np.asarray(covariance * np.outer(shrunk, shrunk))
