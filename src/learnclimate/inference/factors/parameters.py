"""From unconstrained coordinates to loadings, correlations, spreads and thresholds, with priors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.inference.factors.sticks import Cuts, Sticks, sticks_of
from learnclimate.measurement.factor_design import FactorDesign
from learnclimate.measurement.factor_model import FactorDeclaration

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LOG_ROOT_TWO_PI = 0.5 * np.log(2 * np.pi)
_STEP = 1e-30


@dataclass(frozen=True, slots=True)
class Point:
    """
    The parameters of an ordinal factor model at S points.

    Attributes
    ----------
    loadings : ndarray of shape (S, n_items, n_factors)
        In residual standard deviations, on the scale of a probit.
    factor : ndarray of shape (S, n_factors, n_factors)
        Cholesky factor of the correlations.
    team_sd : ndarray of shape (S, n_team_sds)
        Standard deviations of the factors over teams; none for one level.
    team_factor : ndarray of shape (S, n_team_sds, n_team_sds)
        Cholesky factor of their correlations over teams.
    scale : ndarray of shape (S, n_items)
        Standard deviation of what lies behind the answers to an item.
    cuts : Cuts
        Thresholds, in units of `scale`.
    log_prior : ndarray of shape (S,)
        Log prior density of the coordinates.
    """

    loadings: FloatArray
    factor: FloatArray
    team_sd: FloatArray
    team_factor: FloatArray
    scale: FloatArray
    cuts: Cuts
    log_prior: FloatArray


@dataclass(frozen=True, slots=True)
class FactorParameters:
    """
    The coordinates: loadings, correlations, spreads and correlations over teams, thresholds.

    Attributes
    ----------
    n_items, n_factors : int
        Size of the model.
    loading_item, loading_factor : ndarray of shape (n_loadings,), int
        Free loadings.
    loading_sd : ndarray of shape (n_loadings,)
        Their priors.
    concentration : float
        Of the LKJ prior.
    team_scale : float or None
        Scale of the half-normal prior of the spreads over teams; None for one level.
    sticks : Sticks
        Thresholds.
    item_of_cut : ndarray of shape (n_cuts,), int
        Item of each threshold.
    """

    n_items: int
    n_factors: int
    loading_item: IntArray
    loading_factor: IntArray
    loading_sd: FloatArray
    concentration: float
    team_scale: float | None
    sticks: Sticks
    item_of_cut: IntArray

    @property
    def n_loadings(self) -> int:
        """How many loadings are free."""
        return len(self.loading_item)

    @property
    def n_correlations(self) -> int:
        """How many correlations there are."""
        return self.n_factors * (self.n_factors - 1) // 2

    @property
    def n_team_sds(self) -> int:
        """How many spreads over teams there are."""
        return 0 if self.team_scale is None else self.n_factors

    @property
    def n_team_correlations(self) -> int:
        """How many correlations over teams there are."""
        return 0 if self.team_scale is None else self.n_correlations

    @property
    def parts(self) -> tuple[slice, slice, slice, slice, slice]:
        """Where loadings, correlations, spreads, correlations over teams and thresholds lie."""
        sizes = [self.n_loadings, self.n_correlations, self.n_team_sds]
        sizes += [self.n_team_correlations, self.sticks.n_cuts]
        ends = np.cumsum(sizes)
        slices = [slice(int(end - size), int(end)) for end, size in zip(ends, sizes, strict=True)]
        return slices[0], slices[1], slices[2], slices[3], slices[4]

    @property
    def size(self) -> int:
        """How many coordinates there are."""
        return int(self.parts[4].stop)

    def point(self, theta: FloatArray) -> Point:
        """
        Read coordinates.

        Parameters
        ----------
        theta : ndarray of shape (S, size)
            Coordinates.

        Returns
        -------
        Point
            Parameters.
        """
        own, between, teams, over, scores = (theta[:, part] for part in self.parts)
        loadings = np.zeros((len(theta), self.n_items, self.n_factors))
        loadings[:, self.loading_item, self.loading_factor] = np.sinh(own)
        factor = correlation_factor(np.tanh(between), self.n_factors)
        team_sd = half_normal(teams, self.team_scale or 1.0)
        behind = loadings @ factor
        square = 1 + (behind**2).sum(axis=2)
        team_factor = np.zeros((len(theta), 0, 0))
        prior = self._log_prior_correlations(between)
        if self.n_team_sds:
            team_factor = correlation_factor(np.tanh(over), self.n_factors)
            square += (((loadings * team_sd[:, None, :]) @ team_factor) ** 2).sum(axis=2)
            prior += self._log_prior_correlations(over)
        cuts = self.sticks.cuts(scores)
        prior += cuts.log_prior + self._log_prior_loadings(own)
        prior += (-0.5 * teams**2 - _LOG_ROOT_TWO_PI).sum(axis=1)
        return Point(loadings, factor, team_sd, team_factor, np.sqrt(square), cuts, prior)

    def oriented(self, theta: FloatArray) -> FloatArray:
        """
        Turn points so that each factor points the way most of its own items do.

        Parameters
        ----------
        theta : ndarray of shape (S, n) with n >= size
            Points; what follows the coordinates stays as it is.

        Returns
        -------
        ndarray of shape (S, n)
            Points that mean the same.
        """
        point = self.point(theta[:, : self.size])
        _, own = np.unique(self.loading_item, return_index=True)
        shares = point.loadings / point.scale[:, :, None]
        sums = np.zeros((len(theta), self.n_factors))
        for place in own:
            item, factor = self.loading_item[place], self.loading_factor[place]
            sums[:, factor] += shares[:, item, factor]
        signs = np.where(sums < 0, -1.0, 1.0)
        loading, between, _, over, _ = self.parts
        row, column = np.tril_indices(self.n_factors, -1)
        turned = theta.copy()
        turned[:, loading] *= signs[:, self.loading_factor]
        for part in (between, over):
            if part.stop > part.start:
                turned[:, part] *= signs[:, row] * signs[:, column]
        return turned

    def _log_prior_loadings(self, own: FloatArray) -> FloatArray:
        standard = np.sinh(own) / self.loading_sd
        log_slope = np.log(np.cosh(own) / self.loading_sd)
        return np.asarray((-0.5 * standard**2 - _LOG_ROOT_TWO_PI + log_slope).sum(axis=1))

    def _log_prior_correlations(self, between: FloatArray) -> FloatArray:
        shape = self.partial_shapes()
        log_square = -2 * np.log(np.cosh(between))
        constant = -special.betaln(shape, shape) - (2 * shape - 1) * np.log(2.0)
        return np.asarray((shape * log_square + constant).sum(axis=1))

    def partial_shapes(self) -> FloatArray:
        """
        Shapes of the symmetric beta densities of the partial correlations of an LKJ.

        Returns
        -------
        ndarray of shape (n_correlations,)
            Row by row of the lower triangle.
        """
        _, column = np.tril_indices(self.n_factors, -1)
        return np.asarray(self.concentration + (self.n_factors - 2 - column) / 2)

    def gradient(self, theta: FloatArray, point: Point, slopes: "Slopes") -> FloatArray:
        """
        Gradient of the log posterior from that of the log likelihood by the predictors.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            One point.
        point : Point
            Its parameters.
        slopes : Slopes
            Gradient of the log likelihood.

        Returns
        -------
        ndarray of shape (size,)
            Gradient.
        """
        loadings, factor, scale = point.loadings[0], point.factor[0], point.scale[0]
        thresholds = point.cuts.thresholds[0]
        by_scale = (
            np.bincount(self.item_of_cut, slopes.threshold * thresholds, minlength=self.n_items)
            / scale
        )
        total = factor @ factor.T
        if self.n_team_sds:
            over_teams = point.team_sd[0][:, None] * point.team_factor[0]
            total = total + over_teams @ over_teams.T
        by_loading = slopes.loading + by_scale[:, None] * (loadings @ total)
        own, between, teams, over, scores = self.parts
        gradient = np.empty(self.size)
        x = theta[own]
        here = by_loading[self.loading_item, self.loading_factor]
        prior = -np.sinh(x) * np.cosh(x) / self.loading_sd**2 + np.tanh(x)
        gradient[own] = here * np.cosh(x) + prior
        by_factor = slopes.factor + (loadings * by_scale[:, None]).T @ (loadings @ factor)
        gradient[between] = self._by_correlations(theta[between], by_factor)
        if self.n_team_sds:
            spread = loadings @ over_teams
            by_over = (loadings * by_scale[:, None]).T @ spread
            by_sd = slopes.team_sd + (by_over * point.team_factor[0]).sum(axis=1)
            gradient[teams] = by_sd * half_normal_slope(theta[teams], self.team_scale or 1.0)
            gradient[teams] -= theta[teams]
            by_team_factor = slopes.team_factor + point.team_sd[0][:, None] * by_over
            gradient[over] = self._by_correlations(theta[over], by_team_factor)
        by_cut = slopes.threshold * scale[self.item_of_cut]
        gradient[scores] = self.sticks.pulled_back(theta[scores], point.cuts, by_cut)
        return gradient

    def _by_correlations(self, between: FloatArray, by_factor: FloatArray) -> FloatArray:
        gradient = -2 * self.partial_shapes() * np.tanh(between)
        for place in range(len(between)):
            turned = between.astype(complex)
            turned[place] += 1j * _STEP
            slope = correlation_factor(np.tanh(turned)[None], self.n_factors)[0].imag / _STEP
            gradient[place] += float((slope * by_factor).sum())
        return gradient


@dataclass(frozen=True, slots=True)
class Slopes:
    """
    Gradient of a log likelihood by what it sees.

    Attributes
    ----------
    loading : ndarray of shape (n_items, n_factors)
        By the loadings, thresholds held.
    factor : ndarray of shape (n_factors, n_factors)
        By the Cholesky factor of the correlations, thresholds held.
    team_sd : ndarray of shape (n_team_sds,)
        By the spreads over teams, thresholds held.
    team_factor : ndarray of shape (n_team_sds, n_team_sds)
        By the Cholesky factor of the correlations over teams, thresholds held.
    threshold : ndarray of shape (n_cuts,)
        By the thresholds in residual standard deviations.
    """

    loading: FloatArray
    factor: FloatArray
    team_sd: FloatArray
    team_factor: FloatArray
    threshold: FloatArray


def correlation_factor(partial: npt.NDArray[np.generic], size: int) -> FloatArray:
    """
    Cholesky factors of correlation matrices from partial correlations.

    Parameters
    ----------
    partial : ndarray of shape (S, size * (size - 1) / 2)
        Partial correlations, row by row of the lower triangle.
    size : int
        Number of variables.

    Returns
    -------
    ndarray of shape (S, size, size)
        Lower triangular.

    References
    ----------
    Lewandowski, Kurowicka and Joe (2009), doi 10.1016/j.jmva.2009.04.008.

    Examples
    --------
    >>> correlation_factor(np.array([[0.6]]), 2)[0].round(3).tolist()
    [[1.0, 0.0], [0.6, 0.8]]
    """
    factor = np.zeros((len(partial), size, size), dtype=partial.dtype)
    place = 0
    for row in range(size):
        left = np.ones(len(partial), dtype=partial.dtype)
        for column in range(row):
            factor[:, row, column] = partial[:, place] * np.sqrt(left)
            left = left * (1 - partial[:, place] ** 2)
            place += 1
        factor[:, row, row] = np.sqrt(left)
    return factor


def half_normal(score: FloatArray, scale: float) -> FloatArray:
    """
    Turn standard normal scores into half-normal numbers, and keep their order.

    Parameters
    ----------
    score : ndarray
        Scores.
    scale : float
        Scale of the half-normal distribution.

    Returns
    -------
    ndarray
        Numbers above 0.
    """
    below = special.ndtri(0.5 + 0.5 * special.ndtr(np.minimum(score, 0.0)))
    above = -special.ndtri(0.5 * special.ndtr(-np.maximum(score, 0.0)))
    return np.asarray(scale * np.where(score < 0, below, above))


def half_normal_slope(score: FloatArray, scale: float) -> FloatArray:
    """
    Differentiate `half_normal` by the score.

    Parameters
    ----------
    score : ndarray
        Scores.
    scale : float
        Scale of the half-normal distribution.

    Returns
    -------
    ndarray
        Derivatives.
    """
    value = half_normal(score, 1.0)
    return np.asarray(scale * 0.5 * np.exp(0.5 * (value**2 - score**2)))


def factor_parameters(model: FactorDeclaration, design: FactorDesign) -> FactorParameters:
    """
    Set up the coordinates of a model.

    Parameters
    ----------
    model : FactorModel or GradedResponse
        The declaration.
    design : FactorDesign
        The answers.

    Returns
    -------
    FactorParameters
        The coordinates.
    """
    n_items = len(design.items)
    return FactorParameters(
        n_items=n_items,
        n_factors=design.n_factors,
        loading_item=design.loading_item,
        loading_factor=design.loading_factor,
        loading_sd=design.loading_sd,
        concentration=model.correlation_concentration,
        team_scale=model.team_sd if model.levels == "team" else None,
        sticks=sticks_of(design.counts(), design.n_categories),
        item_of_cut=np.repeat(np.arange(n_items), design.n_categories - 1),
    )
