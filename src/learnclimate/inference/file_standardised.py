"""
Answers for the study as a file may hold them: made from what it tells, not from respondents.

What is expected of the study at a draw is a sum over all respondents. A file holds in its place
what is expected, at that draw, of a plain population: the teams that are shown, by their sizes, all
with the mean covariates, at each level as many as gave it, whatever their team. That says
nothing new. Its levels, its steps from level to level and its spread are then brought to those of
the study by a handful of numbers, each blurred by what as many draws leave uncertain, and what is
left of the study's spread is added as noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from learnclimate.core import kind_labels as kinds
from learnclimate.core import labels
from learnclimate.counts.asked_rows import AskedRows
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import distribution_of
from learnclimate.counts.families import Family, Poisson
from learnclimate.counts.prediction import flattened, level_slices
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.counts.team_totals import TeamSetting

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_EXPECTED, _OBSERVED = "expected_count", "expected_count_observed"
_PREDICTED = ("predicted_count", "predicted_count_observed")
#: Rows of a plain population at most, and rows times draws held at a time.
_MOST_ROWS = 3000
_BLOCK = 2_000_000
_TINY = 1e-300
#: Steps of the study's curve that are so many times those of the plain one are stretched.
_ALIKE = 2.0


@dataclass(frozen=True, slots=True)
class PlainStudy:
    """
    Makes a count model's answers for the study anew.

    Attributes
    ----------
    family : Family
        The family.
    coding : DesignCoding
        How answers were coded.
    """

    family: Family
    coding: DesignCoding

    def __call__(
        self,
        posterior: xr.Dataset,
        constant: xr.Dataset,
        answers: xr.Dataset,
        rng: np.random.Generator,
    ) -> xr.Dataset:
        """
        Make the answers anew.

        Parameters
        ----------
        posterior, constant : xarray.Dataset
            As the file is to hold them.
        answers : xarray.Dataset
            The fit's.
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        xarray.Dataset
            Of the same names and shapes, but for figures of single respondents' levels.
        """
        arrays = {str(name): posterior[name].to_numpy() for name in posterior.data_vars}
        plain = plain_answers(flattened(arrays), constant, posterior, self.coding, self.family)
        found = _in_new_order(answers, rng)
        shape = answers[_OBSERVED].shape
        observed = answers[_OBSERVED].to_numpy().reshape(-1, 1)
        observed = brought_to(observed, plain[_OBSERVED][:, None], rng, of_teams=True)
        found[_OBSERVED] = answers[_OBSERVED].copy(data=observed.reshape(shape))
        if _EXPECTED in answers:
            values = answers[_EXPECTED].to_numpy()
            flat = values.reshape(-1, values.shape[2]).copy()
            by_level(flat, plain[_EXPECTED], self.coding, rng, of_teams=_has_teams(posterior))
            found[_EXPECTED] = answers[_EXPECTED].copy(data=flat.reshape(values.shape))
        return found


@dataclass(frozen=True, slots=True)
class PlainStudyOfKinds:
    """
    Makes the answers of a model of several kinds for the study anew, kind by kind.

    Attributes
    ----------
    coding : DesignCoding
        How answers were coded.
    """

    coding: DesignCoding

    def __call__(
        self,
        posterior: xr.Dataset,
        constant: xr.Dataset,
        answers: xr.Dataset,
        rng: np.random.Generator,
    ) -> xr.Dataset:
        """
        Make the answers anew.

        Parameters
        ----------
        posterior, constant : xarray.Dataset
            As the file is to hold them.
        answers : xarray.Dataset
            The fit's.
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        xarray.Dataset
            Of the same names and shapes.
        """
        from learnclimate.inference.kinds_fitting import of_kind

        arrays = {str(name): posterior[name].to_numpy() for name in posterior.data_vars}
        found = _in_new_order(answers, rng)
        levels = answers[_EXPECTED].to_numpy().copy()
        given = answers[_OBSERVED].to_numpy().copy()
        for place in range(answers.sizes[kinds.KIND]):
            draws = flattened(of_kind(arrays, place))
            plain = plain_answers(draws, constant, posterior, self.coding, Poisson())
            flat = levels[:, :, place].reshape(-1, levels.shape[3])
            by_level(flat, plain[_EXPECTED], self.coding, rng, of_teams=_has_teams(posterior))
            levels[:, :, place] = flat.reshape(levels.shape[0], -1, levels.shape[3])
            own = given[:, :, place].reshape(-1, 1)
            own = brought_to(own, plain[_OBSERVED][:, None], rng, of_teams=True)
            given[:, :, place] = own.reshape(given.shape[:2])
        found[_EXPECTED] = answers[_EXPECTED].copy(data=levels)
        found[_OBSERVED] = answers[_OBSERVED].copy(data=given)
        return found


def _has_teams(posterior: xr.Dataset) -> bool:
    return labels.TEAM_EFFECTS in posterior or "team_sd" not in posterior


def _in_new_order(answers: xr.Dataset, rng: np.random.Generator) -> xr.Dataset:
    """
    Keep the counts of single respondents drawn at random, in an order of chance.

    Which counts were drawn for one respondent stays together. At which levels those probably are
    who left a frequency open is a function of their answers, and nothing asks a file for it.
    """
    n_chains, n_draws = answers[_OBSERVED].shape[:2]
    order = rng.permutation(n_chains * n_draws)
    found = answers[[name for name in answers.data_vars if name in (_EXPECTED, _OBSERVED)]]
    for name in _PREDICTED:
        if name in answers:
            values = answers[name].to_numpy()
            flat = values.reshape(n_chains * n_draws, *values.shape[2:])
            found[name] = answers[name].copy(data=flat[order].reshape(values.shape))
    return found


def by_level(
    told: FloatArray,
    plain: FloatArray,
    coding: DesignCoding,
    rng: np.random.Generator,
    *,
    of_teams: bool,
) -> None:
    """
    Put what is expected of the plain population in the place of what is of the study.

    Parameters
    ----------
    told : ndarray of shape (n_draws, n_levels)
        Of the study; not a number at levels that are not told. Changed in place.
    plain : ndarray of shape (n_draws, n_levels)
        Of the plain population.
    coding : DesignCoding
        Which levels belong to which frequency.
    rng : numpy.random.Generator
        Random numbers.
    of_teams : bool
        Whether the plain population is made of the study's teams.
    """
    for where in level_slices(coding):
        shown = np.flatnonzero(np.isfinite(told[:, where]).all(axis=0)) + where.start
        if len(shown):
            told[:, shown] = brought_to(told[:, shown], plain[:, shown], rng, of_teams=of_teams)


def brought_to(
    told: FloatArray, plain: FloatArray, rng: np.random.Generator, *, of_teams: bool
) -> FloatArray:
    """
    Bring the plain population's expected counts to the level and the spread of the study's.

    Parameters
    ----------
    told : ndarray of shape (n_draws, n_levels)
        Expected of the study, above 0.
    plain : ndarray of shape (n_draws, n_levels)
        Expected of the plain population at the same draws.
    rng : numpy.random.Generator
        Random numbers.
    of_teams : bool
        Whether the plain population is made of the study's teams: then steps keep their sign.

    Returns
    -------
    ndarray of shape (n_draws, n_levels)
        A function of `plain`, of noise, and of two numbers a level and three more: the shift
        and the stretch of the mean level, the size of the noise, and the mean of every step.
    """
    wanted, given = np.log(np.maximum(told, _TINY)), np.log(np.maximum(plain, _TINY))
    common = _common(wanted.mean(axis=1), given.mean(axis=1), rng)
    curve = np.zeros_like(given)
    for level in range(given.shape[1]):
        if of_teams:
            if level > 0:
                step = (each[:, level] - each[:, level - 1] for each in (wanted, given))
                curve[:, level] = curve[:, level - 1] + _stretched(*step, rng)
        else:
            apart = (each[:, level] - each.mean(axis=1) for each in (wanted, given))
            curve[:, level] = _moved(*apart, rng)
    return np.exp(common[:, None] + curve - curve.mean(axis=1, keepdims=True))


def _blur(values: FloatArray, rng: np.random.Generator) -> float:
    """Draw an error of the size that so many draws leave in the mean of some values."""
    return float(values.std() / np.sqrt(len(values)) * rng.standard_normal())


def _common(wanted: FloatArray, given: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Shift, stretch and blur the mean level, so that its mean and spread are the study's."""
    n_draws = len(wanted)
    centred = given - given.mean()
    variance = float(centred @ centred)
    relation = float(centred @ (wanted - given)) / variance if variance > _TINY else 0.0
    left = (wanted - given) - relation * centred
    size = left.std() * np.exp(rng.standard_normal() / np.sqrt(2 * n_draws))
    relation += rng.standard_normal() * wanted.std() / np.sqrt(max(variance, _TINY))
    shift = (wanted - given).mean() + _blur(wanted, rng)
    return np.asarray(given + shift + relation * centred + size * rng.standard_normal(n_draws))


def _stretched(wanted: FloatArray, given: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Give the steps from one level to the next the study's mean, and leave them their sign."""
    mean = wanted.mean() + _blur(wanted, rng)
    before = given.mean()
    # Steps that may go either way are moved: there a small mean says nothing of their size.
    one_way = bool((given >= 0).all() or (given <= 0).all())
    if one_way and before != 0 and 1 / _ALIKE < mean / before < _ALIKE:
        return np.asarray(given * (mean / before))
    return np.asarray(given + (mean - before))


def _moved(wanted: FloatArray, given: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Give a level, against the mean level, the study's mean and spread."""
    spread = given.std()
    scale = wanted.std() / spread if spread > _TINY else 1.0
    scale *= np.exp(rng.standard_normal() / np.sqrt(2 * len(given)))
    return np.asarray(wanted.mean() + _blur(wanted, rng) + scale * (given - given.mean()))


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
    combined = np.array(list(product(*taken)), dtype=np.int64).reshape(-1, len(shares))
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
