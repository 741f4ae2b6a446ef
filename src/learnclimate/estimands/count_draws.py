"""The draws of a fit, chains behind one another, as the answers read them."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.families import Family, NegativeBinomial, shape_variable
from learnclimate.counts.prediction import flattened, level_slices, slope_curves
from learnclimate.estimands.zero_draws import ZeroDraws, zero_draws
from learnclimate.inference.fit_record import Fit

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CountDraws:
    """
    Posterior draws of a count model.

    Attributes
    ----------
    coding : DesignCoding
        How answers were coded.
    intercept : ndarray of shape (n_draws,)
        Log expected count per unit exposure, lowest levels, covariates 0, average team.
    curve : ndarray of shape (n_draws, n_levels)
        Log rate ratio of each level against the lowest, flattened over the frequencies.
    slope_curve : ndarray of shape (n_draws, n_levels)
        What multiplies a team's slope at each level, from 0 to 1.
    covariate_effects : ndarray of shape (n_draws, n_covariate_labels)
        Log rate ratio per unit.
    team_covariance : ndarray of shape (n_draws, n_team_effects, n_team_effects)
        Covariance of the team effects over teams.
    team_effects : ndarray of shape (n_draws, n_teams, n_team_effects)
        Each team's own effects, in the order of dim ``team``; without the teams that a
        saved fit left out.
    dispersion : ndarray of shape (n_draws,) or None
        α of a negative binomial, φ of a beta-binomial; None for Poisson counts.
    family : Family
        The family of the counts.
    zero : ZeroDraws or None
        The zero part, where the family has one.
    """

    coding: DesignCoding
    intercept: FloatArray
    curve: FloatArray
    slope_curve: FloatArray
    covariate_effects: FloatArray
    team_covariance: FloatArray
    team_effects: FloatArray
    dispersion: FloatArray | None
    family: Family = NegativeBinomial()
    zero: ZeroDraws | None = None

    @property
    def n_draws(self) -> int:
        """Number of draws, over all chains."""
        return len(self.intercept)

    def block(self, rows: slice) -> "CountDraws":
        """
        Take some of the draws.

        Parameters
        ----------
        rows : slice
            Which.

        Returns
        -------
        CountDraws
            Views of these draws.
        """
        return replace(
            self,
            intercept=self.intercept[rows],
            curve=self.curve[rows],
            slope_curve=self.slope_curve[rows],
            covariate_effects=self.covariate_effects[rows],
            team_covariance=self.team_covariance[rows],
            team_effects=self.team_effects[rows],
            dispersion=None if self.dispersion is None else self.dispersion[rows],
            zero=None if self.zero is None else self.zero.block(rows),
        )

    def levels_of(self, position: int) -> slice:
        """
        Tell where the levels of one frequency lie in the curves.

        Parameters
        ----------
        position : int
            Position of the frequency.

        Returns
        -------
        slice
            Into the last axis of ``curve``.
        """
        return level_slices(self.coding)[position]


def count_draws(fit: Fit) -> CountDraws:
    """
    Read the draws of a fit.

    Parameters
    ----------
    fit : Fit
        The fit; its respondents are not needed.

    Returns
    -------
    CountDraws
        Views of its arrays where possible.
    """
    posterior = fit.draws["posterior"].to_dataset()
    draws = flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})
    n_draws, coding = len(draws["intercept"]), fit.coding
    n_effects = len(coding.team_effects)
    curve = draws.get("frequency_curve", np.empty((n_draws, 0)))
    shape = shape_variable(fit.model.family)
    return CountDraws(
        coding=coding,
        intercept=draws["intercept"],
        curve=curve,
        slope_curve=slope_curves(coding, draws.get("frequency_shape"), n_draws),
        covariate_effects=draws.get("covariate_effects", np.empty((n_draws, 0))),
        team_covariance=_covariance(draws.get("team_sd"), draws.get("team_correlation"), n_draws),
        team_effects=draws.get("team_effects", np.empty((n_draws, 0, n_effects))),
        dispersion=None if shape is None else draws[shape],
        family=fit.model.family,
        zero=zero_draws(coding, draws, curve.shape[1]),
    )


def covariate_means(fit: Fit) -> FloatArray:
    """
    Read the covariates of a typical respondent.

    Parameters
    ----------
    fit : Fit
        The fit; its respondents are not needed.

    Returns
    -------
    ndarray of shape (n_covariate_labels,)
        Means over the respondents; shares for categories.
    """
    return _constant(fit, "covariate_means")


def zero_covariate_means(fit: Fit) -> FloatArray:
    """
    Read the covariates of the zero part of a typical respondent.

    Parameters
    ----------
    fit : Fit
        The fit; its respondents are not needed.

    Returns
    -------
    ndarray of shape (n_zero_covariate_labels,)
        Means over the respondents; shares for categories.
    """
    return _constant(fit, "zero_covariate_means")


def _constant(fit: Fit, name: str) -> FloatArray:
    constant = fit.draws["constant_data"].to_dataset()
    return constant[name].to_numpy().astype(float) if name in constant else np.zeros(0)


def _covariance(sd: FloatArray | None, correlation: FloatArray | None, n_draws: int) -> FloatArray:
    if sd is None:
        return np.empty((n_draws, 0, 0))
    products = sd[:, :, None] * sd[:, None, :]
    return products if correlation is None else products * correlation
