"""What differs between teams in all: their own effects, their department's, their moderators'."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.composition import composition_part, composition_shares
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prediction import slope_curves

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TeamSetting:
    """
    Where teams stand, besides their own effects.

    Attributes
    ----------
    department : ndarray of shape (n_teams,), int
        Each team's department; empty where departments do not matter.
    moderators : ndarray of shape (n_teams, n_slope_shifts)
        By how much each team's moderator departs from its centre; 0 for shifts by another
        frequency. Empty where nothing shifts slopes.
    composition : ndarray of shape (n_teams, n_levels)
        By how much each team's shares depart from those of all respondents; without columns
        where composition does not matter or is not known.
    """

    department: IntArray
    moderators: FloatArray
    composition: FloatArray


def team_setting(design: CountDesign) -> TeamSetting:
    """
    Read off a design where its teams stand.

    Parameters
    ----------
    design : CountDesign
        The design.

    Returns
    -------
    TeamSetting
        For the teams in the order of the design.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> from learnclimate.survey.example import load_example
    >>> team_setting(CountModel().design(load_example())).moderators.shape
    (60, 0)
    """
    coding = design.coding
    names = coding.covariate_labels
    values = np.zeros((design.n_teams, len(coding.slope_shifts)))
    for column, shift in enumerate(coding.slope_shifts):
        if shift.centre is not None:
            # The same for all of a team, but for factors of respondents: then their mean.
            by = design.covariates[:, names.index(shift.by)] - shift.centre
            values[:, column] = _team_means(design, by)
    department = design.department_codes if coding.department_effects else np.zeros(0, np.int64)
    return TeamSetting(department, values, composition_shares(design))


def _team_means(design: CountDesign, values: FloatArray) -> FloatArray:
    size = np.bincount(design.team, design.multiplicity, minlength=design.n_teams)
    total = np.bincount(design.team, design.multiplicity * values, minlength=design.n_teams)
    return np.asarray(total / np.maximum(size, 1))


def own_and_department(
    coding: DesignCoding, draws: Mapping[str, FloatArray], setting: TeamSetting
) -> FloatArray:
    """
    Add the department's effects, and what composition adds, to each team's own.

    Parameters
    ----------
    coding : DesignCoding
        How the design was coded.
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the chains behind one another.
    setting : TeamSetting
        Where the teams stand.

    Returns
    -------
    ndarray of shape (n_draws, n_teams, n_varying_effects)
        In the order of ``coding.varying_effects``; the teams' own effects themselves where
        nothing else shifts them.
    """
    own = draws.get("team_effects")
    names = coding.varying_effects
    alone = names == coding.team_effects and not coding.composition
    if own is not None and alone and not coding.department_effects:
        return own
    n_teams = len(setting.moderators) if own is None else own.shape[1]
    found = np.zeros((len(draws["intercept"]), n_teams, len(names)))
    if own is not None:
        found[:, :, : own.shape[2]] = own
    latent = draws.get("team_composition")
    if coding.composition and (latent is not None or setting.composition.shape[1]):
        curves = slope_curves(coding, draws.get("frequency_shape"), len(found))
        found[:, :, names.index(INTERCEPT)] += composition_part(
            coding, draws["composition_effects"], curves, setting.composition, latent
        )
    for column, name in enumerate(coding.department_effects):
        of_department = draws["department_effects"][:, :, column]
        found[:, :, names.index(name)] += of_department[:, setting.department]
    return found


def team_totals(
    coding: DesignCoding, draws: Mapping[str, FloatArray], setting: TeamSetting
) -> FloatArray:
    """
    Add up what each team's level and slopes depart by from the average team's.

    Parameters
    ----------
    coding : DesignCoding
        How the design was coded.
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the chains behind one another.
    setting : TeamSetting
        Where the teams stand.

    Returns
    -------
    ndarray of shape (n_draws, n_teams, n_varying_effects)
        Own effects, those of the department, and what moderators shift slopes by. What they
        shift the level by is among the covariates.
    """
    found = own_and_department(coding, draws, setting)
    columns = [c for c, shift in enumerate(coding.slope_shifts) if shift.centre is not None]
    if not columns:
        return found
    found, varying = found.copy(), coding.varying_effects
    for column in columns:
        part = draws["slope_shifts"][:, [column]] * setting.moderators[:, column]
        found[:, :, varying.index(coding.slope_shifts[column].frequency)] += part
    return found
