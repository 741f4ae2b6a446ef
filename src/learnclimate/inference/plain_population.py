"""
A plain population: what a file tells of a study, and what the model expects of it.

The teams that are shown, by their sizes, all with the mean covariates, at each level as many as
gave it, whatever their team. What is expected of it follows from a file's draws and tables alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from learnclimate.core import labels
from learnclimate.counts.asked_rows import AskedRows
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import distribution_of
from learnclimate.counts.families import Family
from learnclimate.counts.prediction import level_slices
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.counts.team_totals import TeamSetting

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_EXPECTED, _OBSERVED = "expected_count", "expected_count_observed"
#: Rows of a plain population at most, and rows times draws held at a time.
_MOST_ROWS = 3000
_BLOCK = 2_000_000


def plain_answers(
    draws: Mapping[str, FloatArray],
    constant: xr.Dataset,
    posterior: xr.Dataset,
    coding: DesignCoding,
    family: Family,
) -> dict[str, FloatArray]:
    """
    Compute what is expected of the plain population, which a file tells anyway.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables as the file holds them.
    constant : xarray.Dataset
        What the file tells of its respondents.
    posterior : xarray.Dataset
        Tells the names of departments.
    coding : DesignCoding
        How answers were coded.
    family : Family
        The family.

    Returns
    -------
    dict of str to ndarray of shape (n_draws[, n_levels])
        ``expected_count`` at each level, ``expected_count_observed`` at those given; up to what
        is the same at all draws.
    """
    drawn = labels.TEAM_EFFECTS in draws or not coding.team_effects
    if not (coding.varying_effects and drawn and constant.sizes.get(labels.TEAM, 0)):
        # None of the teams has draws: all are as the average team.
        zero = None if coding.zero is None else replace(coding.zero, team_intercept=False)
        coding = replace(coding, team_effects=(), department_effects=(), composition="", zero=zero)
        draws = {name: values for name, values in draws.items() if "team_effects" not in name}
    team, size, setting = _teams(constant, posterior, coding)
    shares = _level_shares(constant, coding)
    asked: list[tuple[str, list[FloatArray]]] = [(_OBSERVED, shares)]
    for position in range(len(shares)):
        for level in range(len(shares[position])):
            at = [*shares]
            at[position] = np.eye(len(shares[position]))[level]
            asked.append((_EXPECTED, at))
    found: dict[str, list[FloatArray]] = {_OBSERVED: [], _EXPECTED: []}
    for name, at in asked:
        design, share = _population(team, size, at, constant, coding)
        found[name].append(_mean(draws, design, share, setting, family))
    answers = {_OBSERVED: found[_OBSERVED][0]}
    if found[_EXPECTED]:
        answers[_EXPECTED] = np.column_stack(found[_EXPECTED])
    return answers


def _teams(
    constant: xr.Dataset, posterior: xr.Dataset, coding: DesignCoding
) -> tuple[IntArray, FloatArray, TeamSetting]:
    """Teams to average over, their sizes, and where they stand; one where they are all alike."""
    n_teams = constant.sizes.get(labels.TEAM, 0)
    departments = np.zeros(0, dtype=np.int64)
    if not (coding.team_effects or coding.department_effects or coding.composition):
        nowhere = TeamSetting(
            departments, np.zeros((1, len(coding.slope_shifts))), np.zeros((1, 0))
        )
        return np.zeros(1, dtype=np.int64), np.ones(1), nowhere
    if coding.department_effects:
        known = posterior[labels.DEPARTMENT].to_numpy().astype(str)
        names = constant["team_department"].to_numpy().astype(str)
        departments = np.asarray(pd.Index(known).get_indexer(names), dtype=np.int64)
    moderators = np.zeros((n_teams, len(coding.slope_shifts)))
    n_combined = int(np.prod([len(one.levels) for one in coding.frequencies]))
    places = np.linspace(0, n_teams - 1, max(1, _MOST_ROWS // n_combined))
    chosen = np.unique(places.astype(np.int64))
    size = constant["team_size"].to_numpy().astype(float)[chosen]
    return chosen, size, TeamSetting(departments, moderators, np.zeros((n_teams, 0)))


def _level_shares(constant: xr.Dataset, coding: DesignCoding) -> list[FloatArray]:
    """Share of each level of each frequency; those not told share evenly what is left."""
    found = []
    for where in level_slices(coding):
        size = constant["level_size"].to_numpy().astype(float)[where]
        unknown = ~np.isfinite(size)
        left = max(float(constant["n_respondents"]) - np.nansum(size), 0.0)
        size = np.where(unknown, left / max(unknown.sum(), 1), size)
        found.append(size / size.sum() if size.sum() > 0 else np.full(len(size), 1 / len(size)))
    return found


def _population(
    team: IntArray,
    size: FloatArray,
    shares: list[FloatArray],
    constant: xr.Dataset,
    coding: DesignCoding,
) -> tuple[CountDesign, FloatArray]:
    """Rows of a plain population: every team at every combination of levels, and their shares."""
    taken = [np.flatnonzero(share) for share in shares]
    combinations = list(product(*taken))
    combined = np.array(combinations, dtype=np.int64).reshape(len(combinations), len(shares))
    of_levels = np.ones(len(combined))
    for position, share in enumerate(shares):
        of_levels = of_levels * share[combined[:, position]]
    share = np.outer(size / size.sum(), of_levels).ravel()
    n_rows = len(share)
    means = np.zeros(0)
    if "covariate_means" in constant:
        means = constant["covariate_means"].to_numpy().astype(float)
    zero = None
    if coding.zero is not None and coding.zero.covariates:
        zero = np.tile(constant["zero_covariate_means"].to_numpy().astype(float), (n_rows, 1))
    n_teams = int(constant.sizes.get(labels.TEAM, 0))
    design = CountDesign(
        outcome=np.zeros(n_rows, dtype=np.int64),
        log_exposure=np.zeros(n_rows),
        frequency_level=np.tile(combined, (len(team), 1)),
        covariates=np.tile(means, (n_rows, 1)),
        team=np.repeat(team, len(combined)),
        multiplicity=np.ones(n_rows),
        weight=np.ones(n_rows),
        teams=np.array([str(place) for place in range(max(n_teams, 1))], dtype=object),
        departments=None,
        coding=coding,
        asked=AskedRows(trials=np.ones(n_rows, dtype=np.int64), zero_covariates=zero),
    )
    return design, share


def _mean(
    draws: Mapping[str, FloatArray],
    design: CountDesign,
    share: FloatArray,
    setting: TeamSetting,
    family: Family,
) -> FloatArray:
    """Average the expected counts over rows, at every draw."""
    distribution, rows = distribution_of(family), np.arange(len(share))
    n_draws = len(draws["intercept"])
    step, found = max(1, _BLOCK // len(share)), np.empty(n_draws)
    for first in range(0, n_draws, step):
        some = slice(first, first + step)
        drawn = {name: values[some] for name, values in draws.items()}
        at = places_of_rows(drawn, design, rows, setting=setting)
        found[some] = (
            np.broadcast_to(distribution.mean(at), (len(drawn["intercept"]), len(share))) @ share
        )
    return found
