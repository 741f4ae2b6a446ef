"""The outer parameters: standard normal scores a priori, mapped to the likelihood's psi."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.frequency import equal_steps_curve
from learnclimate.counts.priors import Normal, StudentT
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.parameters.frequency_places import frequency_places
from learnclimate.inference.marginal.parameters.layout import (
    FrequencyPlace,
    StructuralLayout,
    level_shares,
    structural_layout,
)
from learnclimate.inference.marginal.parameters.level_map import LevelMap, level_map
from learnclimate.inference.marginal.parameters.moments import Moments
from learnclimate.inference.marginal.parameters.outer_parameters import (
    FARTHEST_SHIFT,
    OuterParameter,
    PriorSlopes,
    outer_parameters,
)
from learnclimate.inference.marginal.parameters.step_columns import (
    StepColumns,
    differentiate_shifts,
    tied_coefficients,
    with_step_columns,
)
from learnclimate.inference.marginal.parameters.structure import (
    curve_from_sticks,
    curve_slopes,
    scaled_factor,
    scaled_factor_slopes,
)
from learnclimate.inference.marginal.parameters.zero_map import ZeroMap, zero_map

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ParameterMap:
    """
    The map from theta, where the prior is standard normal, to psi.

    In order: the intercept, the covariates' coefficients, the shifts of slopes, for each
    frequency its effect (or one a level) and the stick-breaking fractions of its steps, the
    standard deviations of the team effects, their partial correlations on (0, 1) row by row,
    and the dispersion. Every coordinate of theta but the first is the normal score of its
    quantity under the quantity's own prior, so that its prior density, log Jacobian
    determinant included, is that of a standard normal. The first is the log rate of the
    average respondent, in units of the intercept's prior: the answers tell that rate, and
    leave intercept and frequency effects to trade off along a curve. (It is a score as the
    others are where the intercept's prior does not reach over the whole line.)

    Attributes
    ----------
    parameters : tuple of OuterParameter
        One a coordinate of theta.
    layout : StructuralLayout
        Layout of psi.
    coding : DesignCoding
        How the design was coded.
    level_shares : ndarray of shape (sum of the numbers of levels,)
        Share of the respondents at each level of each frequency; zeros where the first
        coordinate is a score.
    shifts : tuple of StepColumns
        The coefficients of psi that stand for the shifts of slopes, at the end of all.
    zero : ZeroMap or None
        The zero part, whose coordinates come last.
    levels : LevelMap or None
        Probabilities of the levels, where some are unknown: before the zero part.
    """

    parameters: tuple[OuterParameter, ...]
    layout: StructuralLayout
    coding: DesignCoding
    level_shares: FloatArray
    shifts: tuple[StepColumns, ...] = ()
    zero: ZeroMap | None = None
    levels: LevelMap | None = None

    @property
    def size(self) -> int:
        """Length of theta."""
        return len(self.parameters)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each coordinate."""
        return tuple(parameter.name for parameter in self.parameters)

    def log_prior(self, theta: FloatArray, psi: FloatArray) -> FloatArray:
        """
        Log prior density of theta, normalised.

        Parameters
        ----------
        theta : ndarray of shape (S, p)
            Points.
        psi : ndarray of shape (S, m)
            What they map to.

        Returns
        -------
        ndarray of shape (S,)
            The density.
        """
        scores = theta[:, 1:] if self._centred else theta
        found = -0.5 * (scores**2).sum(axis=1) - 0.5 * scores.shape[1] * np.log(2 * np.pi)
        if self._centred:
            found = found + self._intercept.log_density(psi[:, 0]) + np.log(self._intercept.sd)
        return np.asarray(found)

    def prior_slopes(self, theta: FloatArray, psi: FloatArray) -> PriorSlopes:
        """
        Differentiate the log prior at one point.

        Parameters
        ----------
        theta : ndarray of shape (p,)
            The point.
        psi : ndarray of shape (m,)
            What it maps to.

        Returns
        -------
        PriorSlopes
            The part that comes by theta, and that by the intercept.
        """
        is_score = np.ones(self.size)
        if not self._centred:
            return PriorSlopes(-theta, is_score, 0.0, 0.0)
        is_score[0] = 0.0
        slope = float(self._intercept.log_density_slope(psi[0]))
        curvature = float(self._intercept.log_density_curvature(psi[0]))
        return PriorSlopes(-theta * is_score, is_score, slope, -curvature)

    def draw_prior(self, rng: np.random.Generator, size: int) -> FloatArray:
        """Draw `size` points theta from the prior: shape (size, p)."""
        theta = rng.standard_normal((size, self.size))
        if self._centred:
            intercept = self.parameters[0].scale.value(theta[:, 0])
            theta[:, 0] = self._average_score(intercept, self.psi(theta))
        return theta

    def quantities(self, theta: FloatArray) -> FloatArray:
        """
        Map theta to the quantities that have the priors, the intercept excepted.

        Parameters
        ----------
        theta : ndarray of shape (S, p)
            Points.

        Returns
        -------
        ndarray of shape (S, p)
            Each coordinate on its own scale; the first is the log rate of the average
            respondent where it is no score.
        """
        found = np.empty_like(theta)
        for i, parameter in enumerate(self.parameters):
            found[:, i] = parameter.scale.value(theta[:, i])
        if self._centred:
            found[:, 0] = self._intercept.mean + self._intercept.sd * theta[:, 0]
        return found

    def psi(self, theta: FloatArray) -> FloatArray:
        """
        Map theta to psi.

        Parameters
        ----------
        theta : ndarray of shape (S, p)
            Points.

        Returns
        -------
        ndarray of shape (S, m)
            The structural parameters that the likelihood reads.
        """
        layout = self.layout
        found = np.zeros((len(theta), layout.size))
        straight = self.n_straight
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            values = self.quantities(theta)
            found[:, :straight] = values[:, :straight]
            for frequency, place in zip(self.coding.frequencies, self._frequencies(), strict=True):
                curve = equal_steps_curve(len(frequency.levels))[None]
                if frequency.kind == "monotonic":
                    curve = curve_from_sticks(self._rest(theta, place.sticks))
                found[:, place.curve] = curve
                if frequency.kind == "unordered":
                    found[:, place.levels.start + 1 : place.levels.stop] = values[:, place.effects]
                else:
                    found[:, place.levels] = values[:, place.effects] * curve
            found[:, 0] -= found[:, layout.level_effects] @ self.level_shares
            for row, shift in enumerate(self.shifts, start=straight):
                steps = [np.diff(found[:, self._frequencies()[c].curve]) for c in shift.curves]
                found[:, shift.rows] = tied_coefficients(values[:, row], steps)
            sds, partial = self._team()
            rest = self._rest(theta, partial)
            found[:, layout.cholesky] = scaled_factor(values[:, sds], values[:, partial], rest)
            found[:, layout.log_dispersion] = np.log(values[:, self._dispersion()])
            if self.zero is not None:
                found[:, layout.zero_intercept.start :] = self.zero.psi(theta, values)
            if self.levels is not None:
                own = self._unknown()
                found[:, layout.log_level_shares] = self.levels.psi(theta[:, own], values[:, own])
        return found

    def jacobian(self, theta: FloatArray) -> FloatArray:
        """
        Differentiate psi by theta at one point.

        Parameters
        ----------
        theta : ndarray of shape (p,)
            The point.

        Returns
        -------
        ndarray of shape (m, p)
            First derivatives.
        """
        layout = self.layout
        values = self.quantities(theta[None])
        found = np.zeros((layout.size, self.size))
        straight = self.n_straight
        found[:straight, :straight] = np.eye(straight)
        curves: list[FloatArray] = []
        for frequency, place in zip(self.coding.frequencies, self._frequencies(), strict=True):
            curves.append(equal_steps_curve(len(frequency.levels)))
            if frequency.kind == "unordered":
                start = place.levels.start + 1
                found[start : place.levels.stop, place.effects] = np.eye(frequency.n_steps)
                continue
            curve = curves[-1]
            if frequency.kind == "monotonic":
                rest = self._rest(theta[None], place.sticks)
                curve = curves[-1] = curve_from_sticks(rest)[0]
                slopes = curve_slopes(rest[0])
                found[place.curve, place.sticks] = slopes
                found[place.levels, place.sticks] = values[0, place.effects] * slopes
            found[place.levels, place.effects] = curve[:, None]
        sticks = [
            (curves[k], place.curve, place.sticks) for k, place in enumerate(self._frequencies())
        ]
        differentiate_shifts(found, values[0], self.shifts, sticks, self.n_straight)
        sds, partial = self._team()
        rest = self._rest(theta[None], partial)[0]
        by_sd, by_partial = scaled_factor_slopes(values[0, sds], values[0, partial], rest)
        found[layout.cholesky, sds], found[layout.cholesky, partial] = by_sd, by_partial
        found[layout.log_dispersion, self._dispersion()] = 1 / values[:, self._dispersion()]
        found[0] -= self.level_shares @ found[layout.level_effects]
        if self.zero is not None:
            slopes = self.zero.jacobian(theta, values[0])
            found[layout.zero_intercept.start :, self._unknown().stop :] = slopes
        if self.levels is not None:
            own = self._unknown()
            slopes = self.levels.jacobian(theta[own], values[0, own])
            found[layout.log_level_shares, own] = slopes
        return np.asarray(found * self._score_slopes(theta, values[0]))

    def start(self, moments: Moments) -> FloatArray:
        """
        Choose where to look for the mode first.

        Parameters
        ----------
        moments : Moments
            Moment estimates.

        Returns
        -------
        ndarray of shape (p,)
            Scores of the estimates; 0, the prior median, for the covariates and where an
            estimate lies outside the support of its prior.
        """
        quantities = self.pointed_to(moments)
        theta = self.scores_of(quantities)
        if self._centred:
            mean, sd = self._intercept.mean, self._intercept.sd
            reach = FARTHEST_SHIFT * sd
            intercept = np.clip(quantities[:1], mean - reach, mean + reach)
            theta[0] = self._average_score(intercept, self.psi(theta[None]))[0]
        return theta

    def scores_of(self, quantities: FloatArray) -> FloatArray:
        """Find scores of quantities (p,), not too far out; 0 for those that are not a number."""
        pairs = zip(self.parameters, quantities, strict=True)
        return np.array([parameter.start_score(quantity) for parameter, quantity in pairs])

    def pointed_to(self, moments: Moments) -> FloatArray:
        """Lay out what moments point to, one a parameter (p,); not a number where to nothing."""
        sds, partial = self._team()
        d = self.layout.n_team_effects
        quantities = np.full(self.size, np.nan)
        quantities[0] = moments.intercept
        quantities[sds] = moments.team_sd
        # The first of each row of partial correlations is a correlation; the others begin at 0.
        first = np.array([0.5 + 0.5 * moments.team_correlation[row, 0] for row in range(1, d)])
        quantities[partial] = 0.5
        quantities[partial.start + np.arange(d - 1) * np.arange(1, d) // 2] = first
        quantities[self._dispersion()] = moments.dispersion
        for which, place in enumerate(self._frequencies()):
            curve, steps = moments.curves[which], np.diff(moments.shapes[which])
            single = place.effects.stop - place.effects.start == 1
            quantities[place.effects] = curve[-1] if single else curve[1:]
            left = np.cumsum(steps[::-1])[::-1]
            quantities[place.sticks] = (steps / left)[: place.sticks.stop - place.sticks.start]
        return quantities

    @property
    def _centred(self) -> bool:
        """Whether the first coordinate is the log rate of the average respondent."""
        return self.parameters[0].scale.prior.support == "real"

    @property
    def _intercept(self) -> Normal | StudentT:
        """Prior of the intercept, where it reaches over the whole line."""
        return cast("Normal | StudentT", self.parameters[0].scale.prior)

    def _average_score(self, intercept: FloatArray, psi: FloatArray) -> FloatArray:
        """First coordinate of theta for an intercept and the level effects of psi (S, m)."""
        average = intercept + psi[:, self.layout.level_effects] @ self.level_shares
        return np.asarray((average - self._intercept.mean) / self._intercept.sd)

    def _score_slopes(self, theta: FloatArray, values: FloatArray) -> FloatArray:
        triples = zip(self.parameters, theta, values, strict=True)
        found = np.array([float(each.scale.slope(score, value)) for each, score, value in triples])
        if self._centred:
            found[0] = self._intercept.sd
        return found

    def _rest(self, theta: FloatArray, which: slice) -> FloatArray:
        """1 less the quantities of `which`, shape (S, len(which))."""
        columns = range(which.start, which.stop)
        found = np.empty((len(theta), len(columns)))
        for i, column in enumerate(columns):
            found[:, i] = self.parameters[column].rest(theta[:, column])
        return found

    @property
    def n_straight(self) -> int:
        """How many coordinates of psi are those of theta: intercept and covariates."""
        added = sum(shift.columns.stop - shift.columns.start for shift in self.shifts)
        return 1 + self.layout.n_covariates - added

    def _frequencies(self) -> list[FrequencyPlace]:
        return frequency_places(self.layout, self.coding, self.n_straight + len(self.shifts))

    def _team(self) -> tuple[slice, slice]:
        """Places in theta of the standard deviations and of the partial correlations."""
        d = self.layout.n_team_effects
        stop = self._n_counted - int(self.layout.has_dispersion)
        start = stop - d * (d - 1) // 2
        return slice(start - d, start), slice(start, stop)

    def _dispersion(self) -> slice:
        return slice(self._n_counted - int(self.layout.has_dispersion), self._n_counted)

    @property
    def _n_counted(self) -> int:  # coordinates of theta without unknown levels and zero part
        return self._unknown().start

    def _unknown(self) -> slice:
        """Places in theta of the probabilities of the levels."""
        stop = self.size - (0 if self.zero is None else len(self.zero.parameters))
        return slice(stop - (0 if self.levels is None else len(self.levels.parameters)), stop)


def parameter_map(problem: CountProblem) -> ParameterMap:
    """
    Lay out the outer parameters of a problem with their priors.

    Parameters
    ----------
    problem : CountProblem
        The problem.

    Returns
    -------
    ParameterMap
        The map from theta to psi.
    """
    parameters = outer_parameters(problem)
    problem, shifts = with_step_columns(problem)
    layout = structural_layout(problem.model, problem.design)
    shares = np.zeros(sum(layout.n_levels))
    if problem.priors.intercept.support == "real":
        shares = level_shares(problem.design)
    zero = zero_map(problem, layout)
    levels = level_map(problem)
    return ParameterMap(parameters, layout, problem.design.coding, shares, shifts, zero, levels)
