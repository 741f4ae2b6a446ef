"""The posterior of a factor model of continuous items, factors integrated out in closed form."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.parameters import (
    FactorParameters,
    Point,
    Slopes,
    factor_parameters,
)
from learnclimate.inference.factors.sticks import Sticks
from learnclimate.inference.factors.variables import factor_signs, team_variables
from learnclimate.measurement.factor_design import FactorDesign
from learnclimate.measurement.factor_model import FactorDeclaration

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LOG_ROOT_TWO_PI = 0.5 * np.log(2 * np.pi)


@dataclass(frozen=True, slots=True)
class Measured:
    """
    Answers as numbers, in units of what each item offers.

    Attributes
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers less the middle of the scale, over its length; 0 where left open.
    answered : ndarray of shape (n_respondents, n_items)
        1 where answered, else 0.
    patterns : ndarray of shape (n_patterns, n_items)
        Distinct rows of `answered`.
    of_respondent : ndarray of shape (n_respondents,), int
        Pattern of each respondent.
    """

    values: FloatArray
    answered: FloatArray
    patterns: FloatArray
    of_respondent: IntArray


@dataclass(frozen=True, slots=True)
class ItemScale:
    """
    How the answers to an item are measured.

    Attributes
    ----------
    middle, length : ndarray of shape (n_items,)
        Middle of the scale, and how far its ends lie apart.
    """

    middle: FloatArray
    length: FloatArray


@dataclass(frozen=True, slots=True)
class _At:
    """What the likelihood is made of, at one point."""

    behind: FloatArray
    residual: FloatArray
    standard: FloatArray
    spread: FloatArray
    factor_mean: FloatArray


@dataclass(frozen=True, slots=True)
class ContinuousPosterior:
    """
    The posterior of a factor model of continuous items of one level.

    Given the parameters all answers are jointly normal, so that no grid is needed. The
    coordinates are those of loadings and correlations, then the items' means, then the
    logs of their standard deviations, both in units of the scale's length.

    Attributes
    ----------
    parameters : FactorParameters
        Coordinates and priors of loadings and correlations; without thresholds.
    measured : Measured
        The answers.
    """

    parameters: FactorParameters
    measured: Measured

    @property
    def size(self) -> int:
        """How many coordinates there are."""
        return self.parameters.size + 2 * self.parameters.n_items

    @property
    def has_grid(self) -> bool:
        """Whether factors are integrated out on a grid."""
        return False

    def oriented(self, theta: FloatArray) -> FloatArray:
        """Turn points so that each factor points the way most of its items do."""
        return self.parameters.oriented(theta)

    def anchored(self, theta: FloatArray, finer: float = 1.0) -> "ContinuousPosterior":  # noqa: ARG002 - a grid would read them
        """
        Return the posterior itself: it is exact everywhere.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            Not used.
        finer : float, default 1
            Not used.

        Returns
        -------
        ContinuousPosterior
            The same.
        """
        return replace(self)

    def parts(self, theta: FloatArray) -> tuple[Point, FloatArray, FloatArray]:
        """
        Read coordinates.

        Parameters
        ----------
        theta : ndarray of shape (S, size)
            Coordinates.

        Returns
        -------
        point : Point
            Loadings and correlations.
        mean, sd : ndarray of shape (S, n_items)
            Of the items, in units of the scale's length, from its middle.
        """
        n, n_items = self.parameters.size, self.parameters.n_items
        point = self.parameters.point(theta[:, :n])
        return point, theta[:, n : n + n_items], np.exp(theta[:, n + n_items :])

    def log_density(self, theta: FloatArray) -> FloatArray:
        """
        Log prior plus log likelihood.

        Parameters
        ----------
        theta : ndarray of shape (S, size)
            Points.

        Returns
        -------
        ndarray of shape (S,)
            With all constants but that of the unit of the answers.
        """
        point, mean, sd = self.parts(theta)
        found = np.array(
            [self._likelihood(point, place, mean, sd)[0] for place in range(len(mean))]
        )
        total = found + point.log_prior + log_prior_items(mean, sd)
        return np.where(np.isfinite(total), total, -np.inf)

    def value_and_gradient(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """
        Log density and its gradient.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            One point.

        Returns
        -------
        value : float
            Log density.
        gradient : ndarray of shape (size,)
            By Fisher's identity.
        """
        point, mean, sd = self.parts(theta[None])
        value, at = self._likelihood(point, 0, mean, sd)
        value += float(point.log_prior[0] + log_prior_items(mean, sd)[0])
        left = (at.standard - at.factor_mean @ at.behind.T) * self.measured.answered
        by_mean = left.sum(axis=0) / at.residual
        by_log = (at.standard * left).sum(axis=0) - self.measured.answered.sum(axis=0)
        by_behind = left.T @ at.factor_mean - self._spread_of_factors(at)
        # Strong loadings leave less residual, for the items' standard deviations are given.
        by_behind -= (by_log / point.scale[0] ** 2)[:, None] * at.behind
        slopes = Slopes(
            loading=by_behind @ point.factor[0].T,
            factor=point.loadings[0].T @ by_behind,
            team_sd=np.zeros(0),
            team_factor=np.zeros((0, 0)),
            threshold=np.zeros(0),
        )
        n = self.parameters.size
        shared = self.parameters.gradient(theta[:n], point, slopes)
        own = (by_mean - mean[0], by_log + 1 - sd[0] ** 2)
        return value, np.concatenate([shared, *own])

    def _likelihood(
        self, point: Point, place: int, mean: FloatArray, sd: FloatArray
    ) -> tuple[float, _At]:
        data = self.measured
        behind = point.loadings[place] @ point.factor[place]
        residual = sd[place] / point.scale[place]
        standard = data.answered * (data.values - mean[place]) / residual
        outer = behind[:, :, None] * behind[:, None, :]
        precision = np.eye(behind.shape[1]) + np.einsum("pj,jab->pab", data.patterns, outer)
        spread = inverse(precision)
        through = standard @ behind
        factor_mean = np.einsum("nab,nb->na", spread[data.of_respondent], through)
        log_size = np.linalg.slogdet(precision)[1][data.of_respondent].sum()
        square = (standard**2).sum() - (through * factor_mean).sum()
        constant = (data.answered @ (np.log(residual) + _LOG_ROOT_TWO_PI)).sum()
        value = float(-0.5 * (square + log_size) - constant)
        return value, _At(behind, residual, standard, spread, factor_mean)

    def _spread_of_factors(self, at: _At) -> FloatArray:
        """Sum over those who answered an item of their factors' uncertainty, times loadings."""
        data = self.measured
        many = np.bincount(data.of_respondent, minlength=len(data.patterns))
        total = np.einsum("p,pj,pab->jab", many, data.patterns, at.spread)
        return np.asarray(np.einsum("jab,jb->ja", total, at.behind))


def inverse(matrices: FloatArray) -> FloatArray:
    """
    Invert matrices; far out, where loadings overflow, give what is not a number.

    Parameters
    ----------
    matrices : ndarray of shape (n, q, q)
        Precisions.

    Returns
    -------
    ndarray of shape (n, q, q)
        Covariances.
    """
    try:
        return np.asarray(np.linalg.inv(matrices))
    except np.linalg.LinAlgError:
        return np.full_like(matrices, np.nan)


def log_prior_items(mean: FloatArray, sd: FloatArray) -> FloatArray:
    """
    Take means as normal and standard deviations as half-normal, with the scale's length.

    Parameters
    ----------
    mean, sd : ndarray of shape (S, n_items)
        Of the items, in units of the scale's length.

    Returns
    -------
    ndarray of shape (S,)
        Log prior densities, of the logs of the standard deviations.
    """
    means = -0.5 * mean**2 - _LOG_ROOT_TWO_PI
    spreads = np.log(2.0) - 0.5 * sd**2 - _LOG_ROOT_TWO_PI + np.log(sd)
    return np.asarray((means + spreads).sum(axis=1))


def item_scale(design: FactorDesign) -> ItemScale:
    """
    Find the middle and the length of every item's scale.

    Parameters
    ----------
    design : FactorDesign
        The answers.

    Returns
    -------
    ItemScale
        By item.
    """
    length = (design.n_categories - 1).astype(float)
    return ItemScale(design.minimum + length / 2, length)


def continuous_posterior(model: FactorDeclaration, design: FactorDesign) -> ContinuousPosterior:
    """
    Set up the posterior of the parameters.

    Parameters
    ----------
    model : FactorModel
        The declaration.
    design : FactorDesign
        The answers.

    Returns
    -------
    ContinuousPosterior
        Ready to be evaluated.
    """
    whole = factor_parameters(model, design)
    nothing, no_items = np.zeros(0), np.zeros(0, dtype=np.int64)
    no_thresholds = Sticks(nothing, nothing, nothing, np.zeros(1, dtype=np.int64))
    parameters = replace(whole, sticks=no_thresholds, item_of_cut=no_items)
    given = design.categories[design.answered] >= 0
    answered = given.astype(float)
    scale = item_scale(design)
    numbers = design.numbers[design.answered]
    values = np.where(given, (numbers - scale.middle) / scale.length, 0.0)
    patterns, place = np.unique(answered, axis=0, return_inverse=True)
    measured = Measured(values, answered, patterns, place.ravel().astype(np.int64))
    return ContinuousPosterior(parameters, measured)


def start_of_items(target: ContinuousPosterior) -> FloatArray:
    """
    Find the means and log standard deviations of the answers, where to start.

    Parameters
    ----------
    target : ContinuousPosterior
        The posterior.

    Returns
    -------
    ndarray of shape (2 * n_items,)
        Coordinates.
    """
    data = target.measured
    many = data.answered.sum(axis=0)
    mean = data.values.sum(axis=0) / many
    square = (data.answered * (data.values - mean) ** 2).sum(axis=0) / many
    return np.asarray(np.concatenate([mean, 0.5 * np.log(square)]))


def continuous_variables(
    target: ContinuousPosterior, design: FactorDesign, theta: FloatArray
) -> dict[str, FloatArray]:
    """
    Find the variables of a factor model of continuous items.

    Parameters
    ----------
    target : ContinuousPosterior
        The posterior.
    design : FactorDesign
        The answers.
    theta : ndarray of shape (n_chains, n_draws, size)
        Draws.

    Returns
    -------
    dict of str to ndarray of shape (n_chains, n_draws, ...)
        See `FACTOR_DIMS`.
    """
    point, mean, sd = target.parts(theta.reshape(-1, theta.shape[2]))
    spread = np.ones((len(mean), target.parameters.n_factors))
    if target.parameters.n_team_sds:
        spread = np.sqrt(1 + point.team_sd**2)
    loadings = point.loadings * spread[:, None, :] / point.scale[:, :, None]
    signs = factor_signs(loadings, design)
    scale = item_scale(design)
    found = {
        "loadings": loadings * signs[:, None, :],
        "slopes": point.loadings * signs[:, None, :],
        "item_means": scale.middle + scale.length * mean,
        "residual_sd": scale.length * sd / point.scale,
    }
    if design.n_factors > 1:
        correlation = point.factor @ point.factor.transpose(0, 2, 1)
        found["factor_correlation"] = correlation * signs[:, :, None] * signs[:, None, :]
    found |= team_variables(target.parameters, point, signs)
    return {
        name: value.reshape(*theta.shape[:2], *value.shape[1:]) for name, value in found.items()
    }
