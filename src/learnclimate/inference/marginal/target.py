"""The outer posterior: log density, gradient and curvature in theta."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.likelihood import Evaluation, TeamLikelihood, prepare
from learnclimate.inference.marginal.parameters import ParameterMap, parameter_map

FloatArray = npt.NDArray[np.float64]

#: Draws that one worker evaluates at a time; fixed, so that results do not depend on workers.
_BLOCK = 64

#: A log density of points (S, p) as an array (S,).
LogDensity = Callable[[FloatArray], FloatArray]


class Target(Protocol):
    """A density over theta that `find_mode` can climb."""

    def anchored(self, theta: FloatArray) -> "Target":
        """Prepare for evaluations near `theta` (p,)."""

    def local(self, theta: FloatArray, nodes: int) -> Evaluation:
        """Value, gradient and information at `theta` (p,)."""

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
    likelihood : TeamLikelihood
        Log likelihood of psi.
    executor : concurrent.futures.Executor or None
        Where blocks of points are evaluated; this process when None.
    """

    parameters: ParameterMap
    likelihood: TeamLikelihood
    executor: Executor | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each coordinate."""
        return self.parameters.names

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
        return _finite(self.parameters.log_prior(theta) + self.log_likelihood(theta, nodes))

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
        psi = self.parameters.psi(theta)
        reachable = np.isfinite(psi).all(axis=1)
        found = np.full(len(psi), -np.inf)
        if self.executor is None:
            found[reachable] = self.likelihood.value(psi[reachable], nodes)
            return found
        points = psi[reachable]
        blocks = [points[start : start + _BLOCK] for start in range(0, len(points), _BLOCK)]
        waiting = [self.executor.submit(self.likelihood.value, block, nodes) for block in blocks]
        found[reachable] = np.concatenate([each.result() for each in waiting])
        return found

    def local(self, theta: FloatArray, nodes: int) -> Evaluation:
        """
        Value, gradient and information at one point.

        Parameters
        ----------
        theta : ndarray of shape (p,)
            The point.
        nodes : int
            Quadrature nodes a dimension.

        Returns
        -------
        Evaluation
            In theta; the information leaves out the curvature of the map to psi.
        """
        found = self.likelihood.value_and_gradient(self.parameters.psi(theta[None])[0], nodes)
        slopes = self.parameters.jacobian(theta)
        return Evaluation(
            value=float(found.value + self.parameters.log_prior(theta[None])[0]),
            gradient=slopes.T @ found.gradient - theta,
            information=slopes.T @ found.information @ slopes + np.eye(len(theta)),
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
        values, gradients = self.likelihood.value_and_gradient_many(psi, nodes)
        value = float(values[0] + self.parameters.log_prior(theta[None])[0])
        return value, self.parameters.jacobian(theta).T @ gradients[0] - theta


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
    return MarginalPosterior(
        parameter_map(problem), prepare(problem.model, problem.design), executor
    )


def _finite(values: FloatArray) -> FloatArray:
    return np.where(np.isnan(values) | np.isposinf(values), -np.inf, values)
