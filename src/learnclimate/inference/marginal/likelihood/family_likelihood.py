"""The marginal likelihood of further families, in the shape of `TeamLikelihood`."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.inference.marginal.kernels.points import Groups, points_at
from learnclimate.inference.marginal.kernels.quadrature import node_grid
from learnclimate.inference.marginal.likelihood.likelihood import Evaluation
from learnclimate.inference.marginal.likelihood.sharding import in_threads
from learnclimate.inference.marginal.parameters.layout import StructuralLayout

if TYPE_CHECKING:
    from learnclimate.inference.marginal.kernels.further_families import FamilyRows, Place
    from learnclimate.inference.marginal.kernels.rows import Kind

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Points computed one after the other by a thread.
_POINTS_A_TASK = 8
_STEP = 1e-4


class FamilyColumns(NamedTuple):
    """
    Rows sorted by team, besides what the kernels read.

    Attributes
    ----------
    log_exposure : ndarray of shape (n_rows,)
        Log exposure.
    covariates, zero_covariates : ndarray of shape (n_rows, ...)
        Of the count part and of the zero part, centred.
    level : ndarray of shape (n_rows, n_frequencies)
        Position of each level among the flattened levels.
    """

    log_exposure: FloatArray
    covariates: FloatArray
    zero_covariates: FloatArray
    level: IntArray


class _Ran(NamedTuple):
    """What one pass over the teams gives."""

    value: float
    slopes: FloatArray
    factors: FloatArray
    of_teams: FloatArray


@dataclass(frozen=True, slots=True)
class FamilyLikelihood:
    """
    The log marginal likelihood of a family with a row-by-row kernel, as a function of psi.

    Make it with `prepare_family`. Values are exact up to quadrature and gradients are by
    Fisher's identity. The information, which only steers the search for the mode and the
    proposal, is by differences of the gradient.

    Attributes
    ----------
    layout : StructuralLayout
        Where each structural parameter lies in psi.
    design : CountDesign
        The data.
    kind : Kind
        The family in numbers.
    rows : FamilyRows
        Its rows, by team.
    columns : FamilyColumns
        Exposure, covariates and levels of the rows.
    groups : Groups
        The combinations of frequency levels.
    team_modes : ndarray of shape (n_teams, d)
        Where Newton's steps to each team's mode begin.
    """

    layout: StructuralLayout
    design: CountDesign
    kind: "Kind"
    rows: "FamilyRows"
    columns: FamilyColumns
    groups: Groups
    team_modes: FloatArray

    @property
    def n_teams(self) -> int:
        """Number of teams."""
        return len(self.team_modes)

    @property
    def n_rows(self) -> int:
        """Rows or cells that an evaluation goes through."""
        return len(self.rows.times)

    def anchor(self, psi: FloatArray) -> "FamilyLikelihood":
        """Start every team's Newton steps at its mode at one point psi (m,)."""
        modes = np.zeros_like(self.team_modes)
        self._run(psi, 1, modes, with_slopes=False)
        return replace(self, team_modes=modes)

    def thinned(self, rows: int) -> "FamilyLikelihood":
        """Give the likelihood itself: all `rows` are kept."""
        del rows
        return self

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
        found = np.full(len(psi), -np.inf)
        finite = np.flatnonzero(np.isfinite(psi).all(axis=1))

        def run(task: IntArray) -> None:
            for s in task:
                ran = self._run(psi[s], nodes, self.team_modes.copy(), with_slopes=False)
                found[s] = -np.inf if np.isnan(ran.value) else ran.value

        parts = -(-len(finite) // _POINTS_A_TASK)
        in_threads(run, np.array_split(finite, parts) if parts else [])
        return found

    def team_values(self, psi: FloatArray, nodes: int) -> FloatArray:
        """
        Log marginal likelihood of every team at many points.

        Parameters
        ----------
        psi : ndarray of shape (S, m)
            Points, finite.
        nodes : int
            Nodes a dimension.

        Returns
        -------
        ndarray of shape (n_teams, S)
            Their sum over the teams is `value`.
        """
        found = np.empty((self.n_teams, len(psi)))

        def run(s: int) -> None:
            ran = self._run(psi[s], nodes, self.team_modes.copy(), with_slopes=False)
            found[:, s] = ran.of_teams

        in_threads(run, range(len(psi)))
        return found

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
            The derivatives; the information by central differences of the gradient.
        """
        steps = _STEP * np.eye(len(psi))
        around = np.concatenate([psi[None], psi + steps, psi - steps])
        values, gradients = self.value_and_gradient_many(around, nodes)
        up, down = np.split(gradients[1:], 2)
        information = (down - up) / (2 * _STEP)
        symmetric = np.nan_to_num((information + information.T) / 2)
        return Evaluation(float(values[0]), gradients[0], symmetric)

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
        values, gradients = np.empty(len(psi)), np.empty_like(psi)

        def run(s: int) -> None:
            ran = self._run(psi[s], nodes, self.team_modes.copy(), with_slopes=True)
            values[s], gradients[s] = ran.value, self._gradient(psi[s], ran.slopes)

        in_threads(run, range(len(psi)))
        return values, gradients

    def factors(self, psi: FloatArray) -> tuple[FloatArray, FloatArray]:
        """
        Find about every team's mode at one point, and the inverse factor of its precision.

        Parameters
        ----------
        psi : ndarray of shape (m,)
            The point.

        Returns
        -------
        modes : ndarray of shape (n_teams, d)
            The modes.
        inverse : ndarray of shape (n_teams, d, d)
            Inverses of the lower Cholesky factors.
        """
        modes = self.team_modes.copy()
        return modes, self._run(psi, 1, modes, with_slopes=False, near=True).factors

    def log_densities(self, psi: FloatArray, effects: FloatArray) -> FloatArray:
        """
        Log density of every team's answers and effects at one point.

        Parameters
        ----------
        psi : ndarray of shape (m,)
            The point.
        effects : ndarray of shape (n_teams, P, d)
            Standard normal effects.

        Returns
        -------
        ndarray of shape (n_teams, P)
            Up to a constant.
        """
        from learnclimate.inference.marginal.kernels.further_families import proposal_kernel

        h = -0.5 * (effects**2).sum(axis=2)
        proposal_kernel(self.kind, self.rows, self._place(psi), effects, h)
        return h

    def _run(
        self,
        psi: FloatArray,
        nodes: int,
        modes: FloatArray,
        *,
        with_slopes: bool,
        near: bool = False,
    ) -> _Ran:
        from learnclimate.inference.marginal.kernels.further_families import (
            AT_MODE,
            NEAR,
            family_kernel,
        )

        settled = AT_MODE if nodes == 1 and not near else NEAR
        d = self.layout.n_team_effects
        grid = node_grid(nodes, d)
        factors = np.zeros((self.n_teams, d, d))
        of_teams = np.zeros(self.n_teams)
        slopes = np.zeros((self.n_rows if with_slopes else 0, 4 + d))
        value = family_kernel(
            self.kind,
            self.rows,
            self._place(psi),
            (grid.grid, grid.log_weight, settled),
            (modes, factors, of_teams),
            slopes,
        )
        return _Ran(float(value), slopes, factors, of_teams)

    def _place(self, psi: FloatArray) -> "Place":
        from learnclimate.inference.marginal.kernels.further_families import Place
        from learnclimate.inference.marginal.kernels.rows import all_row_starts

        layout, columns = self.layout, self.columns
        points = points_at(layout, self.groups, psi[None])
        eta = points.base[0][self.rows.group] + columns.log_exposure
        if layout.n_covariates:
            eta = eta + columns.covariates @ points.coefficients[0]
        zeta = np.zeros(len(eta))
        if layout.has_zero:
            zeta = zeta + psi[layout.zero_intercept][0]
            zeta += columns.zero_covariates @ psi[layout.zero_coefficients]
            for f in range(columns.level.shape[1] if layout.zero_has_levels else 0):
                zeta += psi[layout.zero_levels][columns.level[:, f]]
        phi = float(np.exp(points.log_dispersion[0]))
        start = np.empty((len(eta), 4))
        all_row_starts(self.kind, self.rows.answer, zeta, phi, start)
        log_share = np.zeros(len(eta))
        if layout.has_unknown_levels:
            chosen = self.rows.options != 1
            log_share[chosen] = psi[layout.log_level_shares][columns.level[chosen, 0]]
        return Place(np.ascontiguousarray(eta), start, points.zeta[0], phi, log_share)

    def _gradient(self, psi: FloatArray, slopes: FloatArray) -> FloatArray:
        """Chain the rows' slopes on to psi."""
        from learnclimate.inference.marginal.likelihood.derivatives import (
            directions_at,
            group_directions,
        )

        layout, rows, columns = self.layout, self.rows, self.columns
        weighted = slopes * rows.times[:, None]
        directions = directions_at(layout, self.groups, psi[None], with_variance=False)
        jacobian = group_directions(layout, directions)[0]
        n_groups = len(self.groups.level)
        by_group = np.stack(
            [
                np.bincount(rows.group, weighted[:, i], minlength=n_groups)
                for i in (0, *range(4, slopes.shape[1]))
            ],
            axis=1,
        )
        gradient: FloatArray = np.einsum("gi,gim->m", by_group, jacobian)
        gradient[layout.coefficients] += columns.covariates.T @ weighted[:, 0]
        if layout.has_dispersion:
            gradient[layout.log_dispersion] += weighted[:, 1].sum()
        if layout.has_unknown_levels:
            chosen = rows.options != 1
            gradient[layout.log_level_shares] += np.bincount(
                columns.level[chosen, 0], weighted[chosen, 3], minlength=sum(layout.n_levels)
            )
        if layout.has_zero:
            gradient[layout.zero_intercept] += weighted[:, 2].sum()
            gradient[layout.zero_coefficients] += columns.zero_covariates.T @ weighted[:, 2]
            for f in range(columns.level.shape[1] if layout.zero_has_levels else 0):
                gradient[layout.zero_levels] += np.bincount(
                    columns.level[:, f], weighted[:, 2], minlength=sum(layout.n_levels)
                )
        return gradient
