"""The draws of a fit, chains behind one another, as the answers read them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core import labels
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.composition import composition_shares
from learnclimate.counts.families import Family, NegativeBinomial, shape_variable
from learnclimate.counts.prediction import flattened, level_slices, slope_curves
from learnclimate.counts.team_totals import TeamSetting, own_and_department, team_totals
from learnclimate.estimands.zero_draws import ZeroDraws, zero_draws
from learnclimate.inference.fit_record import Fit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


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
    team_covariance : ndarray of shape (n_draws, n_varying_effects, n_varying_effects)
        Covariance, over teams of any department, of what differs between them.
    own_covariance : ndarray of the same shape
        Covariance over the teams of one department.
    team_effects : ndarray of shape (n_draws, n_teams, n_varying_effects)
        Each team's effects, its department's included, in the order of dim ``team``; without
        the teams that a saved fit left out.
    department_effects : ndarray of shape (n_draws, n_departments, n_varying_effects)
        Each department's effects; no departments where they do not matter.
    slope_shifts : ndarray of shape (n_draws, n_slope_shifts)
        What slopes are shifted by.
    dispersion : ndarray of shape (n_draws,) or None
        α of a negative binomial, φ of a beta-binomial; None for Poisson counts.
    family : Family
        The family of the counts.
    zero : ZeroDraws or None
        The zero part, where the family has one.
    lowest_shown : tuple of int
        The level at which a frequency stands that is not asked about; empty for the lowest.
    """

    coding: DesignCoding
    intercept: FloatArray
    curve: FloatArray
    slope_curve: FloatArray
    covariate_effects: FloatArray
    team_covariance: FloatArray
    own_covariance: FloatArray
    team_effects: FloatArray
    department_effects: FloatArray
    slope_shifts: FloatArray
    dispersion: FloatArray | None
    family: Family = NegativeBinomial()
    zero: ZeroDraws | None = None
    lowest_shown: tuple[int, ...] = ()

    @property
    def base_levels(self) -> IntArray:
        """Level of each frequency that is not asked about, (n_frequencies,)."""
        n_frequencies = len(self.coding.frequencies)
        return np.array(self.lowest_shown or (0,) * n_frequencies, dtype=np.int64)

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
            own_covariance=self.own_covariance[rows],
            team_effects=self.team_effects[rows],
            department_effects=self.department_effects[rows],
            slope_shifts=self.slope_shifts[rows],
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
    none = np.empty((n_draws, 0))
    own = _covariance(coding.team_effects, "team", draws, coding)
    curve = draws.get("frequency_curve", none)
    shape = shape_variable(fit.model.family)
    return CountDraws(
        coding=coding,
        intercept=draws["intercept"],
        curve=curve,
        slope_curve=slope_curves(coding, draws.get("frequency_shape"), n_draws),
        covariate_effects=draws.get("covariate_effects", none),
        team_covariance=own + _covariance(coding.department_effects, "department", draws, coding),
        own_covariance=own,
        team_effects=_team_effects(fit, draws),
        department_effects=_department_effects(coding, draws),
        slope_shifts=draws.get("slope_shifts", none),
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


def departures(fit: Fit) -> FloatArray:
    """
    Give what each team's level and slopes depart by from the average team's.

    Parameters
    ----------
    fit : Fit
        A fit that keeps the draws of its teams' effects.

    Returns
    -------
    ndarray of shape (n_draws, n_teams, n_varying_effects)
        Own effects, those of departments, and what moderators shift slopes by. What their
        composition adds to the level is left out, as what moderators add to it is.
    """
    posterior = fit.draws["posterior"].to_dataset()
    draws = flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})
    coding, setting = fit.coding, setting_of(fit)
    uncomposed = replace(setting, composition=np.zeros((len(setting.moderators), 0)))
    draws.pop("team_composition", None)
    return team_totals(coding, draws, uncomposed)


def setting_of(fit: Fit) -> TeamSetting:
    """
    Read where the teams of a fit stand.

    Parameters
    ----------
    fit : Fit
        The fit; its respondents are not needed.

    Returns
    -------
    TeamSetting
        In the order of dim ``team``.
    """
    constant = fit.draws["constant_data"].to_dataset()
    n_teams = constant.sizes[labels.TEAM]
    moderators, department = np.zeros((n_teams, 0)), np.zeros(0, dtype=np.int64)
    if "team_moderators" in constant:
        moderators = constant["team_moderators"].to_numpy().astype(float)
    if fit.coding.department_effects:
        known = fit.draws["posterior"][labels.DEPARTMENT].to_numpy().astype(str)
        names = constant["team_department"].to_numpy().astype(str)
        department = np.asarray(pd.Index(known).get_indexer(names), dtype=np.int64)
    composition = np.zeros((n_teams, 0))
    if fit.design is not None:
        composition = composition_shares(fit.design)
    return TeamSetting(department, moderators, composition)


def _team_effects(fit: Fit, draws: Mapping[str, FloatArray]) -> FloatArray:
    coding = fit.coding
    if not coding.varying_effects:
        return np.empty((len(draws["intercept"]), 0, 0))
    if coding.team_effects and "team_effects" not in draws:
        # A fit that keeps moments of its teams' effects; it has no departments.
        return np.empty((len(draws["intercept"]), 0, len(coding.varying_effects)))
    return own_and_department(coding, draws, setting_of(fit))


def _department_effects(coding: DesignCoding, draws: Mapping[str, FloatArray]) -> FloatArray:
    n_draws, varying = len(draws["intercept"]), coding.varying_effects
    kept = draws.get("department_effects", np.empty((n_draws, 0, 0)))
    found = np.zeros((n_draws, kept.shape[1], len(varying)))
    for column, name in enumerate(coding.department_effects):
        found[:, :, varying.index(name)] = kept[:, :, column]
    return found


def _covariance(
    names: tuple[str, ...], group: str, draws: Mapping[str, FloatArray], coding: DesignCoding
) -> FloatArray:
    """Covariance of the effects of teams or departments, among all that varies."""
    varying = coding.varying_effects
    found = np.zeros((len(draws["intercept"]), len(varying), len(varying)))
    if not names:
        return found
    sd = draws[f"{group}_sd"]
    products = sd[:, :, None] * sd[:, None, :]
    correlation = draws.get(f"{group}_correlation")
    where = [varying.index(name) for name in names]
    covariance = products if correlation is None else products * correlation
    found[:, np.array(where)[:, None], np.array(where)] = covariance
    return found
