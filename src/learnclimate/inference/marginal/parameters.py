"""The outer parameters: standard normal scores a priori, mapped to the likelihood's psi."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import level_label
from learnclimate.counts.coding import DesignCoding, FrequencyCoding
from learnclimate.counts.frequency import equal_steps_curve
from learnclimate.counts.priors import Beta
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.layout import StructuralLayout, structural_layout
from learnclimate.inference.marginal.prior_scale import PriorScale
from learnclimate.inference.marginal.structure import (
    correlation_factor,
    correlation_factor_slopes,
    curve_from_sticks,
    curve_slopes,
)

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OuterParameter:
    """
    One outer parameter.

    Attributes
    ----------
    name : str
        Its name in messages, for example ``"frequency_effect[talk]"``.
    scale : PriorScale
        From its score to its own scale.
    """

    name: str
    scale: PriorScale

    def rest(self, score: FloatArray) -> FloatArray:
        """Compute 1 less the quantity at `score`, without loss near 1 for a beta prior."""
        prior = self.scale.prior
        if isinstance(prior, Beta):
            return PriorScale(Beta(prior.b, prior.a)).value(-score)
        return 1 - self.scale.value(score)


class _FrequencyPlace(NamedTuple):
    """Where one frequency lies in theta and in psi."""

    levels: slice
    curve: slice
    effects: slice
    sticks: slice


@dataclass(frozen=True, slots=True)
class ParameterMap:
    """
    The map from theta, where the prior is standard normal, to psi.

    In order: the intercept, the covariates' coefficients, for each frequency its effect
    (or one a level) and the stick-breaking fractions of its steps, the standard
    deviations of the team effects, their partial correlations on (0, 1) row by row, and
    the dispersion. Every coordinate of theta is the normal score of its quantity under
    the quantity's own prior, so that the prior density of theta, log Jacobian
    determinant included, is that of independent standard normals.

    Attributes
    ----------
    parameters : tuple of OuterParameter
        One a coordinate of theta.
    layout : StructuralLayout
        Layout of psi.
    coding : DesignCoding
        How the design was coded.
    """

    parameters: tuple[OuterParameter, ...]
    layout: StructuralLayout
    coding: DesignCoding

    @property
    def size(self) -> int:
        """Length of theta."""
        return len(self.parameters)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each coordinate."""
        return tuple(parameter.name for parameter in self.parameters)

    def log_prior(self, theta: FloatArray) -> FloatArray:
        """
        Log prior density of theta, normalised.

        Parameters
        ----------
        theta : ndarray of shape (S, p)
            Points.

        Returns
        -------
        ndarray of shape (S,)
            Its gradient is minus theta, its second derivative minus the identity.
        """
        return np.asarray(-0.5 * (theta**2).sum(axis=1) - 0.5 * self.size * np.log(2 * np.pi))

    def draw_prior(self, rng: np.random.Generator, size: int) -> FloatArray:
        """Draw `size` points theta from the prior: shape (size, p)."""
        return rng.standard_normal((size, self.size))

    def quantities(self, theta: FloatArray) -> FloatArray:
        """
        Map scores to the quantities that have the priors.

        Parameters
        ----------
        theta : ndarray of shape (S, p)
            Points.

        Returns
        -------
        ndarray of shape (S, p)
            Each coordinate on its own scale.
        """
        found = np.empty_like(theta)
        for i, parameter in enumerate(self.parameters):
            found[:, i] = parameter.scale.value(theta[:, i])
        return found

    def scores(self, quantities: FloatArray) -> FloatArray:
        """Map quantities (S, p) back to their scores theta (S, p)."""
        found = np.empty_like(quantities)
        for i, parameter in enumerate(self.parameters):
            found[:, i] = parameter.scale.score(quantities[:, i])
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
        straight = 1 + layout.n_covariates
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
            found[:, layout.cholesky] = self._cholesky(theta, values)
            found[:, layout.log_dispersion] = np.log(values[:, self._dispersion()])
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
        straight = 1 + layout.n_covariates
        found[:straight, :straight] = np.eye(straight)
        for frequency, place in zip(self.coding.frequencies, self._frequencies(), strict=True):
            if frequency.kind == "unordered":
                start = place.levels.start + 1
                found[start : place.levels.stop, place.effects] = np.eye(frequency.n_steps)
                continue
            curve = equal_steps_curve(len(frequency.levels))
            if frequency.kind == "monotonic":
                rest = self._rest(theta[None], place.sticks)
                curve = curve_from_sticks(rest)[0]
                slopes = curve_slopes(rest[0])
                found[place.curve, place.sticks] = slopes
                found[place.levels, place.sticks] = values[0, place.effects] * slopes
            found[place.levels, place.effects] = curve[:, None]
        self._differentiate_cholesky(found, theta, values)
        found[layout.log_dispersion, self._dispersion()] = 1 / values[:, self._dispersion()]
        return np.asarray(found * self._score_slopes(theta, values[0]))

    def start(self, log_rate: float) -> FloatArray:
        """
        Choose where to look for the mode first.

        Parameters
        ----------
        log_rate : float
            Log of the mean count per unit of exposure.

        Returns
        -------
        ndarray of shape (p,)
            Prior medians; the intercept at `log_rate`.
        """
        theta = np.zeros(self.size)
        theta[0] = np.clip(self.parameters[0].scale.score(np.asarray(log_rate)), -3, 3)
        return theta

    def _score_slopes(self, theta: FloatArray, values: FloatArray) -> FloatArray:
        triples = zip(self.parameters, theta, values, strict=True)
        return np.array([float(each.scale.slope(score, value)) for each, score, value in triples])

    def _rest(self, theta: FloatArray, which: slice) -> FloatArray:
        """1 less the quantities of `which`, shape (S, len(which))."""
        columns = range(which.start, which.stop)
        found = np.empty((len(theta), len(columns)))
        for i, column in enumerate(columns):
            found[:, i] = self.parameters[column].rest(theta[:, column])
        return found

    def _cholesky(self, theta: FloatArray, values: FloatArray) -> FloatArray:
        d = self.layout.n_team_effects
        sds, partial = self._team()
        factor = correlation_factor(values[:, partial], self._rest(theta, partial), d)
        rows, columns = np.tril_indices(d)
        return (values[:, sds, None] * factor)[:, rows, columns]

    def _differentiate_cholesky(
        self, found: FloatArray, theta: FloatArray, values: FloatArray
    ) -> None:
        d = self.layout.n_team_effects
        sds, partial = self._team()
        rest = self._rest(theta[None], partial)
        factor = correlation_factor(values[:, partial], rest, d)[0]
        slopes = correlation_factor_slopes(values[0, partial], rest[0], d)
        sd = values[0, sds]
        rows, columns = np.tril_indices(d)
        at = self.layout.cholesky
        found[at, sds] = factor[rows, columns][:, None] * (rows[:, None] == np.arange(d))
        found[at, partial] = sd[rows, None] * slopes[rows, columns]

    def _frequencies(self) -> list[_FrequencyPlace]:
        layout = self.layout
        at = 1 + layout.n_covariates
        level = 0
        places = []
        for frequency in self.coding.frequencies:
            effects = slice(at, at + _n_effects(frequency))
            sticks = slice(effects.stop, effects.stop + _n_sticks(frequency))
            levels, curve = (
                slice(part.start + level, part.start + level + len(frequency.levels))
                for part in (layout.level_effects, layout.slope_curves)
            )
            places.append(_FrequencyPlace(levels, curve, effects, sticks))
            at, level = sticks.stop, level + len(frequency.levels)
        return places

    def _team(self) -> tuple[slice, slice]:
        """Places in theta of the standard deviations and of the partial correlations."""
        d = self.layout.n_team_effects
        stop = self.size - int(self.layout.has_dispersion)
        start = stop - d * (d - 1) // 2
        return slice(start - d, start), slice(start, stop)

    def _dispersion(self) -> slice:
        return slice(self.size - int(self.layout.has_dispersion), self.size)


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
    coding, priors = problem.design.coding, problem.priors
    found = [OuterParameter("intercept", PriorScale(priors.intercept))]
    for name, prior in zip(coding.covariate_labels, priors.covariates, strict=True):
        found.append(OuterParameter(f"covariate_effects[{name}]", PriorScale(prior)))
    for position, frequency in enumerate(coding.frequencies):
        scale = PriorScale(priors.frequency[position])
        found += [OuterParameter(name, scale) for name in _effect_names(frequency)]
        concentration = priors.frequency_shape[position].concentration
        found += _sticks(frequency, concentration)
    for name, prior in zip(coding.team_effects, priors.team_sd, strict=True):
        found.append(OuterParameter(f"team_sd[{name}]", PriorScale(prior, positive=True)))
    found += _partial_correlations(coding.team_effects, priors.team_correlation.eta)
    if problem.model.family.has_dispersion:
        found.append(OuterParameter("dispersion", PriorScale(priors.dispersion, positive=True)))
    return ParameterMap(tuple(found), structural_layout(problem.model, problem.design), coding)


def _effect_names(frequency: FrequencyCoding) -> list[str]:
    if frequency.kind != "unordered":
        return [f"frequency_effect[{frequency.name}]"]
    levels = frequency.levels[1:]
    return [f"frequency_curve[{level_label(frequency.name, level)}]" for level in levels]


def _sticks(frequency: FrequencyCoding, concentration: float) -> list[OuterParameter]:
    """Stick-breaking fractions of a symmetric Dirichlet: independent beta priors."""
    found = []
    for step in range(_n_sticks(frequency)):
        prior = Beta(concentration, concentration * (frequency.n_steps - 1 - step))
        name = f"frequency_shape[{frequency.name}, step {step + 1}]"
        found.append(OuterParameter(name, PriorScale(prior)))
    return found


def _partial_correlations(effects: tuple[str, ...], eta: float) -> list[OuterParameter]:
    """Partial correlations of an LKJ correlation matrix, rescaled to (0, 1)."""
    found = []
    for row in range(len(effects)):
        for column in range(row):
            shape = eta + (len(effects) - 2 - column) / 2
            name = f"team_correlation[{effects[row]}, {effects[column]}]"
            found.append(OuterParameter(name, PriorScale(Beta(shape, shape))))
    return found


def _n_effects(frequency: FrequencyCoding) -> int:
    return frequency.n_steps if frequency.kind == "unordered" else 1


def _n_sticks(frequency: FrequencyCoding) -> int:
    return frequency.n_steps - 1 if frequency.kind == "monotonic" else 0
