"""The marginal likelihood of a count model: team effects integrated out team by team."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.inference.marginal.kernels.points import Points, lower_triangles, points_at
from learnclimate.inference.marginal.kernels.quadrature import node_grid
from learnclimate.inference.marginal.kernels.scratch import (
    Start,
    new_derivative_scratch,
    new_scratch,
)
from learnclimate.inference.marginal.likelihood.compression import (
    CompressedDesign,
    Compression,
    compress_design,
)
from learnclimate.inference.marginal.likelihood.constants import (
    CountConstants,
    count_constants,
    rising_factorials,
)
from learnclimate.inference.marginal.likelihood.sharding import (
    equal_shares,
    in_threads,
    shares_of_points,
    shares_of_teams,
)
from learnclimate.inference.marginal.likelihood.thinning import thinned_blocks
from learnclimate.inference.marginal.parameters.layout import StructuralLayout, structural_layout

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Steps end by themselves at the mode, mostly after one or two. A team with large counts, at
#: a draw in the tail, needs up to eight; cut short, the quadrature is off by whole nats.
_NEWTON_STEPS = 50
_ANCHOR_STEPS = 200
_EXACTLY = (1e-20, 0.0)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """
    The log marginal likelihood at one point, with its derivatives.

    Attributes
    ----------
    value : float
        Log marginal likelihood, with all constants.
    gradient : ndarray of shape (m,)
        By psi.
    information : ndarray of shape (m, m)
        Minus the second derivatives by psi (Louis).
    """

    value: float
    gradient: FloatArray
    information: FloatArray


@dataclass(frozen=True, slots=True)
class TeamLikelihood:
    """
    The log marginal likelihood of all teams as a function of psi (see `StructuralLayout`).

    Make it with `prepare`.

    Attributes
    ----------
    layout : StructuralLayout
        Where each structural parameter lies in psi.
    design : CountDesign
        The data.
    compressed : CompressedDesign
        The data as the kernels read them.
    constants : CountConstants
        Histogram of the outcome.
    team_modes : ndarray of shape (n_signatures, d)
        Where Newton's steps to each team's mode begin.
    newton_steps : int
        How many steps are taken at most.
    """

    layout: StructuralLayout
    design: CountDesign
    compressed: CompressedDesign
    constants: CountConstants
    team_modes: FloatArray
    newton_steps: int = _NEWTON_STEPS

    @property
    def n_teams(self) -> int:
        """Number of teams."""
        return self.design.n_teams

    @property
    def n_rows(self) -> int:
        """Rows or cells that an evaluation goes through."""
        return len(self.compressed.data.activities)

    def anchor(self, psi: FloatArray) -> "TeamLikelihood":
        """
        Start every team's Newton steps at its mode at one point.

        Parameters
        ----------
        psi : ndarray of shape (m,)
            The point.

        Returns
        -------
        TeamLikelihood
            The same likelihood, with other places to start from.
        """
        none = np.zeros_like(self.team_modes)
        modes = np.zeros_like(self.team_modes)
        self.evaluate(psi[None, :], 1, start=Start(none, _ANCHOR_STEPS, *_EXACTLY), modes=modes)
        return replace(self, team_modes=modes)

    def value(self, psi: FloatArray, nodes: int) -> FloatArray:
        """
        Log marginal likelihood at many points.

        Parameters
        ----------
        psi : ndarray of shape (S, m)
            Points.
        nodes : int
            Nodes a dimension.

        Returns
        -------
        ndarray of shape (S,)
            Values; minus infinity at points that are not finite.
        """
        psi = np.atleast_2d(psi)
        finite = np.isfinite(psi).all(axis=1)
        found = np.full(len(psi), -np.inf)
        if finite.any():
            constants = self._constants(psi[finite], slopes=False)[0]
            value = self.evaluate(psi[finite], nodes) + constants
            found[finite] = np.where(np.isnan(value), -np.inf, value)
        return found

    def thinned(self, rows: int) -> "TeamLikelihood":
        """
        Keep some blocks of teams, spread evenly, that stand for all.

        Parameters
        ----------
        rows : int
            About how many rows to keep.

        Returns
        -------
        TeamLikelihood
            The teams' part of its log likelihood is about that of all; the constants
            are those of all.
        """
        kept = thinned_blocks(self.compressed.data, rows)
        if kept is None:
            return self
        data, teams = kept
        compressed = replace(self.compressed, data=data)
        return replace(self, compressed=compressed, team_modes=self.team_modes[teams])

    def value_and_gradient(self, psi: FloatArray, nodes: int) -> Evaluation:
        """
        Value, gradient and information at one point.

        Parameters
        ----------
        psi : ndarray of shape (m,)
            The point.
        nodes : int
            Nodes a dimension.

        Returns
        -------
        Evaluation
            The derivatives.
        """
        from learnclimate.inference.marginal.likelihood.derivatives import (
            gradient_of,
            information_of,
        )

        directions, sums = self._sums(psi[None, :], nodes, with_variance=True)
        information = information_of(self.layout, directions, sums)
        gradient = gradient_of(self.layout, directions, sums)
        value, first, second = self._constants(psi[None, :])
        gradient[:, self.layout.log_dispersion] += first
        dispersion = self.layout.log_dispersion
        information[dispersion, dispersion] -= second[:, None][: int(self.layout.has_dispersion)]
        return Evaluation(float(sums.value[0] + value[0]), gradient[0], information)

    def value_and_gradient_many(self, psi: FloatArray, nodes: int) -> tuple[FloatArray, FloatArray]:
        """
        Values and gradients at many points.

        Parameters
        ----------
        psi : ndarray of shape (S, m)
            Points.
        nodes : int
            Nodes a dimension.

        Returns
        -------
        values : ndarray of shape (S,)
            Log marginal likelihoods.
        gradients : ndarray of shape (S, m)
            Their gradients.
        """
        from learnclimate.inference.marginal.likelihood.derivatives import gradient_of

        directions, sums = self._sums(psi, nodes, with_variance=False)
        value, first, _ = self._constants(psi)
        gradient = gradient_of(self.layout, directions, sums)
        gradient[:, self.layout.log_dispersion] += first[:, None][
            :, : int(self.layout.has_dispersion)
        ]
        return sums.value + value, gradient

    def _start(self, nodes: int) -> Start:
        """Begin at the anchored modes; one node has to lie at the mode, several only near it."""
        if nodes == 1:
            return Start(self.team_modes, self.newton_steps, *_EXACTLY)
        return Start(self.team_modes, self.newton_steps)

    def _points(self, psi: FloatArray) -> Points:
        return points_at(self.layout, self.compressed.groups, psi)

    def _constants(
        self, psi: FloatArray, *, slopes: bool = True
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        value = np.full(len(psi), -self.constants.log_factorials)
        if not self.layout.has_dispersion:
            return value, np.zeros(len(psi)), np.zeros(len(psi))
        more, first, second = rising_factorials(
            self.constants, self._points(psi).log_dispersion, slopes=slopes
        )
        return value + more, first, second

    def evaluate(
        self,
        psi: FloatArray,
        nodes: int,
        *,
        start: Start | None = None,
        modes: FloatArray | None = None,
        moments: FloatArray | None = None,
    ) -> FloatArray:
        """
        Log marginal likelihood without constants, with by-products on request.

        Parameters
        ----------
        psi : ndarray of shape (S, m)
            Points, finite.
        nodes : int
            Nodes a dimension.
        start : Start, optional
            Where Newton's steps begin; at `team_modes` where left out.
        modes : ndarray of shape (n_signatures, d), optional
            Is filled with the modes at the last point; give one point then.
        moments : ndarray of shape (n_parts, n_signatures, 2, d), optional
            Means of u and u² at each point are added, each of n_parts equal shares of
            the points to a row of its own.

        Returns
        -------
        ndarray of shape (S,)
            Values.
        """
        from learnclimate.inference.marginal.kernels.value import Wanted, value_kernel

        data, d = self.compressed.data, self.layout.n_team_effects
        points, lower = self._points(psi), lower_triangles(self.layout, psi)
        grid = node_grid(nodes, d)
        begin = start or self._start(nodes)
        of_teams = shares_of_teams(data)
        of_points = (
            shares_of_points(data, len(psi))
            if moments is None
            else equal_shares(len(psi), len(moments))
        )
        found = np.zeros((len(of_teams), len(psi)))

        def run(task: tuple[int, int]) -> None:
            part, row = task
            first, last = of_points[part]
            wanted = Wanted(
                found[row, first:last],
                np.zeros((0, d)) if modes is None else modes,
                np.zeros((0, 2, d)) if moments is None else moments[part],
                lower[first:last],
            )
            some = Points(*(array[first:last] for array in points))
            ask = (new_scratch(data, grid), wanted)
            value_kernel(data, some, grid, begin, of_teams[row], ask)

        in_threads(run, list(product(range(len(of_points)), range(len(of_teams)))))
        return found.sum(axis=0)

    def _sums(self, psi: FloatArray, nodes: int, *, with_variance: bool) -> tuple[Any, Any]:
        from learnclimate.inference.marginal.kernels.derivatives import Sums, derivative_kernel
        from learnclimate.inference.marginal.likelihood.derivatives import directions_at, empty_sums

        data, groups = self.compressed.data, self.compressed.groups
        points = self._points(psi)
        grid = node_grid(nodes, self.layout.n_team_effects)
        start = self._start(nodes)
        directions = directions_at(self.layout, groups, psi, with_variance=with_variance)
        of_teams, of_points = shares_of_teams(data), shares_of_points(data, len(psi))
        parts = [empty_sums(self.layout, groups, len(psi)) for _ in of_teams]

        def run(task: tuple[int, tuple[int, int]]) -> None:
            row, (first, last) = task
            some = Points(*(array[first:last] for array in points))
            along = directions._replace(
                multiplier=directions.multiplier[first:last], lower=directions.lower[first:last]
            )
            into = Sums(*(array[first:last] for array in parts[row]))
            ask = (along, into, *new_derivative_scratch(data, grid, self.layout.size))
            derivative_kernel(data, some, grid, start, of_teams[row], ask)

        in_threads(run, [(row, part) for part in of_points for row in range(len(of_teams))])
        return directions, Sums(*(np.sum(arrays, axis=0) for arrays in zip(*parts, strict=True)))


def prepare(
    model: CountModel, design: CountDesign, *, compress: Compression = "auto"
) -> TeamLikelihood:
    """
    Lay out data for the marginal likelihood.

    Parameters
    ----------
    model : CountModel
        The declaration.
    design : CountDesign
        The data.
    compress : {"auto", True, False}
        Whether to merge alike rows into cells and alike teams into signatures; the
        likelihood is the same.

    Returns
    -------
    TeamLikelihood
        The likelihood; its Newton steps begin at 0 until it is anchored.
    """
    family = 0 if isinstance(model.family, Poisson) else 1
    compressed = compress_design(design, family, compress=compress)
    layout = structural_layout(model, design)
    modes = np.zeros((len(compressed.data.weight), layout.n_team_effects))
    return TeamLikelihood(layout, design, compressed, count_constants(design), modes)
