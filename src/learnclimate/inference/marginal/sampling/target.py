"""The outer posterior: log density, gradient and curvature in theta."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.likelihood.family_likelihood import FamilyLikelihood
from learnclimate.inference.marginal.likelihood.family_preparation import needs_rows, prepare_family
from learnclimate.inference.marginal.likelihood.likelihood import TeamLikelihood, prepare
from learnclimate.inference.marginal.likelihood.workers import Workers
from learnclimate.inference.marginal.parameters.parameter_map import ParameterMap, parameter_map
from learnclimate.inference.marginal.parameters.step_columns import with_step_columns
from learnclimate.inference.marginal.sampling.bend import bend

FloatArray = npt.NDArray[np.float64]

#: Draws that one worker evaluates at a time; fixed, so that results do not depend on workers.
_BLOCK = 64
#: A log density of points (S, p) as an array (S,).
LogDensity = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class LocalShape:
    """
    A log density at one point, with its derivatives by theta.

    Attributes
    ----------
    value : float
        Log density.
    gradient : ndarray of shape (p,)
        First derivatives.
    information : ndarray of shape (p, p)
        Minus the second derivatives, but for `bend`.
    bend : ndarray of shape (p, p)
        Second derivatives that come from the bend of the map to psi alone: those of psi,
        each times the slope of the log density by it.
    """

    value: float
    gradient: FloatArray
    information: FloatArray
    bend: FloatArray


class Target(Protocol):
    """A density over theta that `find_mode` can climb."""

    def anchored(self, theta: FloatArray) -> "Target":
        """Prepare for evaluations near `theta` (p,)."""

    def local(self, theta: FloatArray, nodes: int) -> LocalShape:
        """Value and derivatives at `theta` (p,)."""

    def log_density(self, theta: FloatArray, nodes: int) -> FloatArray:
        """Log density at points (S, p): shape (S,)."""

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each coordinate."""


@dataclass(frozen=True, slots=True)
class MarginalPosterior:
    """
    The posterior of theta, team effects integrated out.

    Attributes
    ----------
    parameters : ParameterMap
        From theta to psi.
    likelihood : TeamLikelihood or FamilyLikelihood
        Log likelihood of psi.
    workers : Workers
        Where blocks of points are evaluated.
    """

    parameters: ParameterMap
    likelihood: TeamLikelihood | FamilyLikelihood
    workers: Workers = field(default_factory=Workers)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each coordinate."""
        return self.parameters.names

    @property
    def bending(self) -> list[int]:
        """Places in theta of quantities with an end: the others spread and shift with them."""
        return [place for place, one in enumerate(self.parameters.parameters) if one.is_bounded]

    def anchored(self, theta: FloatArray) -> "MarginalPosterior":
        """Start every team's own optimisation at its mode at `theta` (p,)."""
        psi = self.parameters.psi(theta[None])[0]
        return replace(self, likelihood=self.likelihood.anchor(psi))

    def log_density(self, theta: FloatArray, nodes: int) -> FloatArray:
        """
        Log prior plus log likelihood.

        Parameters
        ----------
        theta : ndarray of shape (S, p)
            Points.
        nodes : int
            Quadrature nodes a dimension.

        Returns
        -------
        ndarray of shape (S,)
            With all constants; minus infinity where a point lies out of reach of floating
            point numbers.
        """
        psi = self.parameters.psi(theta)
        with np.errstate(over="ignore", invalid="ignore"):
            prior = self.parameters.log_prior(theta, psi)
        return _finite(prior + self._log_likelihood(psi, nodes))

    def log_likelihood(self, theta: FloatArray, nodes: int) -> FloatArray:
        """
        Log likelihood, team effects integrated out.

        Parameters
        ----------
        theta : ndarray of shape (S, p)
            Points.
        nodes : int
            Quadrature nodes a dimension.

        Returns
        -------
        ndarray of shape (S,)
            With all constants.
        """
        return self._log_likelihood(self.parameters.psi(theta), nodes)

    def _log_likelihood(self, psi: FloatArray, nodes: int) -> FloatArray:
        reachable = np.isfinite(psi).all(axis=1)
        found = np.full(len(psi), -np.inf)
        points = psi[reachable]
        if self.workers.executor is None:
            found[reachable] = self.likelihood.value(points, nodes)
            return found
        tasks = [(points[start : start + _BLOCK], nodes) for start in range(0, len(points), _BLOCK)]
        values = self.workers.each(type(self.likelihood).value, self.likelihood, tasks)
        found[reachable] = np.concatenate([np.empty(0), *values])
        return found

    def local(self, theta: FloatArray, nodes: int) -> LocalShape:
        """
        Value and derivatives at one point.

        Parameters
        ----------
        theta : ndarray of shape (p,)
            The point.
        nodes : int
            Quadrature nodes a dimension.

        Returns
        -------
        LocalShape
            In theta; not finite where the point lies out of reach of floating point numbers.
        """
        psi = self.parameters.psi(theta[None])[0]
        p = len(theta)
        if not np.isfinite(psi).all():
            return LocalShape(-np.inf, np.zeros(p), np.eye(p), np.zeros((p, p)))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = self.likelihood.value_and_gradient(psi, nodes)
            slopes = self.parameters.jacobian(theta)
            prior = self.parameters.prior_slopes(theta, psi)
            gradient, information = found.gradient.copy(), found.information.copy()
            gradient[0] += prior.intercept
            information[0, 0] += prior.intercept_information
            return LocalShape(
                value=float(found.value + self.parameters.log_prior(theta[None], psi[None])[0]),
                gradient=slopes.T @ gradient + prior.own,
                information=slopes.T @ information @ slopes + np.diag(prior.information),
                bend=bend(self.parameters.psi, theta, gradient),
            )

    def value_and_gradient(self, theta: FloatArray, nodes: int) -> tuple[float, FloatArray]:
        """
        Value and gradient at one point.

        Parameters
        ----------
        theta : ndarray of shape (p,)
            The point.
        nodes : int
            Quadrature nodes a dimension.

        Returns
        -------
        value : float
            Log density.
        gradient : ndarray of shape (p,)
            Its gradient.
        """
        psi = self.parameters.psi(theta[None])
        if not np.isfinite(psi).all():
            return -np.inf, np.zeros(len(theta))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            values, gradients = self.likelihood.value_and_gradient_many(psi, nodes)
            value = float(values[0] + self.parameters.log_prior(theta[None], psi)[0])
            prior = self.parameters.prior_slopes(theta, psi[0])
            gradients[0, 0] += prior.intercept
            return value, self.parameters.jacobian(theta).T @ gradients[0] + prior.own


def marginal_posterior(
    problem: CountProblem, executor: Executor | None = None
) -> MarginalPosterior:
    """
    Set up the posterior of theta for a problem.

    Parameters
    ----------
    problem : CountProblem
        The problem.
    executor : concurrent.futures.Executor, optional
        Where blocks of points are evaluated.

    Returns
    -------
    MarginalPosterior
        The posterior.
    """
    widened, _ = with_step_columns(problem)
    by_rows = needs_rows(problem.model, problem.design)
    prepared = (prepare_family if by_rows else prepare)(problem.model, widened.design)
    return MarginalPosterior(parameter_map(problem), prepared, Workers(executor))


def _finite(values: FloatArray) -> FloatArray:
    return np.where(np.isnan(values) | np.isposinf(values), -np.inf, values)
