"""From an engine's arrays to an ArviZ-schema `DataTree` with named dims."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from learnclimate.core import labels
from learnclimate.counts.composition import mean_reliability
from learnclimate.counts.design import CountDesign
from learnclimate.counts.shown_people import shown_moments
from learnclimate.counts.team_totals import team_setting
from learnclimate.counts.unknown_levels import everyone_in_rows
from learnclimate.disclosure.rounding import spread_that_hides
from learnclimate.inference.engine import EngineDraws
from learnclimate.inference.small_groups import kept_as

FloatArray = npt.NDArray[np.float64]


def posterior_tree(
    drawn: EngineDraws, design: CountDesign, standardised: Mapping[str, FloatArray]
) -> xr.DataTree:
    """
    Bring an engine's draws into a `DataTree`.

    Parameters
    ----------
    drawn : EngineDraws
        What the engine gave.
    design : CountDesign
        The data; tells the coordinates.
    standardised : mapping of str to ndarray of shape (n_chains, n_draws, ...)
        Answers standardised over the respondents.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior, sample_stats, constant_data, standardised``; ``team_summary``
        where the engine gave one.
    """
    coords = design_coords(design)
    n_chains, n_draws = np.shape(drawn.posterior["intercept"])[:2]
    index = {labels.CHAIN: np.arange(n_chains), labels.DRAW: np.arange(n_draws)}
    both = (labels.CHAIN, labels.DRAW)
    posterior = xr.Dataset(
        {
            name: ((*both, *labels.POSTERIOR_DIMS[name]), values)
            for name, values in drawn.posterior.items()
        }
    )
    stats = xr.Dataset({name: (both, values) for name, values in drawn.sample_stats.items()})
    levels = (labels.FREQUENCY_LEVEL,)
    answers = xr.Dataset(
        {
            name: ((*both, *(levels if np.ndim(values) > len(both) else ())), values)
            for name, values in standardised.items()
        }
    )
    groups = {
        "posterior": _with_coords(posterior, index | coords),
        "sample_stats": _with_coords(stats, index).assign_attrs(drawn.constants),
        "constant_data": _with_coords(constant_data(design), coords),
        "standardised": _with_coords(answers, index | coords),
    }
    if drawn.team_summary:
        groups[labels.TEAM_SUMMARY] = _with_coords(_team_summary(drawn.team_summary), coords)
    return xr.DataTree.from_dict(groups)


def _team_summary(summary: Mapping[str, FloatArray]) -> xr.Dataset:
    dims = (labels.TEAM, labels.TEAM_EFFECT, labels.TEAM_EFFECT_OTHER)
    return xr.Dataset({name: (dims[: values.ndim], values) for name, values in summary.items()})


def constant_data(design: CountDesign) -> xr.Dataset:
    """
    Give what a fit keeps about its respondents: sizes and means, no row.

    Parameters
    ----------
    design : CountDesign
        The data.

    Returns
    -------
    xarray.Dataset
        Without coordinates.
    """
    data: dict[str, tuple[tuple[str, ...], npt.NDArray[np.generic]]] = {
        # Scales and descriptions tell how many answered: these less those would tell who did not.
        "team_size": ((labels.TEAM,), design.answered_sizes),
        "n_respondents": ((), np.array(design.n_respondents)),
    }
    if design.hidden_from is not None:
        name = kept_as(design.hidden_from)
        data[name] = ((labels.TEAM,), design.hidden_from)
    if design.departments is not None:
        data["team_department"] = ((labels.TEAM,), design.departments.astype(str))
    if design.coding.composition:
        places = range(len(design.coding.frequencies))
        # With all digits it is a whole-numbered function of the sizes of all teams.
        reliable = np.round([mean_reliability(design, position) for position in places], 2)
        data["team_mean_reliability"] = ((labels.FREQUENCY,), reliable)
    if design.coding.slope_shifts:
        shifting = team_setting(design).moderators
        data["team_moderators"] = ((labels.TEAM, labels.SLOPE_SHIFT), shifting)
    everyone = everyone_in_rows(design)
    if design.coding.covariates:
        data["covariate_means"] = ((labels.COVARIATE,), design.covariate_means)
        shown_means = shown_moments(everyone, everyone.covariates, design.covariate_means)[0]
        data["covariate_means_shown"] = ((labels.COVARIATE,), shown_means)
        data["covariate_spread"] = ((labels.COVARIATE,), _spreads(everyone.covariates))
        majority, minority = _common_values(everyone.covariates, everyone.multiplicity)
        data["covariate_majority"] = ((labels.COVARIATE,), majority)
        data["covariate_minority"] = ((labels.COVARIATE,), minority)
    if design.asked.zero_covariates is not None and design.zero_covariate_means.size:
        dims = (labels.ZERO_COVARIATE,)
        data["zero_covariate_means"] = (dims, design.zero_covariate_means)
        asked = np.asarray(everyone.asked.zero_covariates)
        data["zero_covariate_means_shown"] = (
            dims,
            shown_moments(everyone, asked, design.zero_covariate_means)[0],
        )
        data["zero_covariate_spread"] = (dims, _spreads(asked))
        majority, minority = _common_values(asked, everyone.multiplicity)
        data["zero_covariate_majority"] = (dims, majority)
        data["zero_covariate_minority"] = (dims, minority)
    if design.coding.frequencies:
        data["level_size"] = ((labels.FREQUENCY_LEVEL,), _level_sizes(design))
    return xr.Dataset(data)


def _spreads(covariates: FloatArray) -> FloatArray:
    """By how much the sum of each covariate must stay unknown in a file."""
    return np.array([spread_that_hides(column) for column in covariates.T])


def _common_values(
    covariates: FloatArray, multiplicity: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Find the commonest value of each covariate, and how many respondents have another."""
    majority = np.zeros(covariates.shape[1])
    minority = np.zeros(covariates.shape[1])
    for column in range(len(majority)):
        codes, values = pd.factorize(covariates[:, column])
        people = np.bincount(codes, weights=multiplicity, minlength=len(values))
        majority[column] = values[people.argmax()]
        minority[column] = people.sum() - people.max()
    return majority, minority


def _level_sizes(design: CountDesign) -> npt.NDArray[np.int64]:
    """Respondents who gave each answer, flattened over the frequencies."""
    sizes = [
        np.bincount(
            design.frequency_level[:, column],
            weights=design.multiplicity,
            minlength=len(frequency.levels),
        )
        for column, frequency in enumerate(design.coding.frequencies)
    ]
    return np.rint(np.concatenate(sizes)).astype(np.int64)


def design_coords(design: CountDesign) -> dict[str, npt.NDArray[np.generic]]:
    """
    Give the coordinates of every dim of a posterior.

    Parameters
    ----------
    design : CountDesign
        The data.

    Returns
    -------
    dict of str to ndarray
        By dim; empty for dims that the model lacks.
    """
    coding = design.coding
    most = max((frequency.n_steps for frequency in coding.frequencies), default=0)
    level_names = [
        labels.level_label(frequency.name, level)
        for frequency in coding.frequencies
        for level in frequency.levels
    ]
    return {
        labels.COVARIATE: np.array(coding.covariate_labels, dtype=str),
        labels.ZERO_COVARIATE: np.array(
            () if coding.zero is None else coding.zero.covariate_labels, dtype=str
        ),
        labels.FREQUENCY: np.array(coding.frequency_names, dtype=str),
        labels.FREQUENCY_STEP: np.arange(1, most + 1),
        labels.FREQUENCY_LEVEL: np.array(level_names, dtype=str),
        labels.TEAM: design.teams.astype(str),
        labels.TEAM_EFFECT: np.array(coding.team_effects, dtype=str),
        labels.TEAM_EFFECT_OTHER: np.array(coding.team_effects, dtype=str),
        labels.SLOPE_SHIFT: np.array([shift.label for shift in coding.slope_shifts], dtype=str),
        labels.DEPARTMENT: np.array(design.department_names, dtype=str),
        labels.DEPARTMENT_EFFECT: np.array(coding.department_effects, dtype=str),
        labels.DEPARTMENT_EFFECT_OTHER: np.array(coding.department_effects, dtype=str),
    }


def _with_coords(dataset: xr.Dataset, coords: Mapping[str, npt.NDArray[np.generic]]) -> xr.Dataset:
    return dataset.assign_coords(
        {name: (name, values) for name, values in coords.items() if name in dataset.dims}
    )
