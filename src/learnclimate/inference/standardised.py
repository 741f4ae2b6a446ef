"""Answers standardised over the respondents, computed at fit time so that no row need be kept."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prediction import (
    draw_counts,
    flattened,
    level_slices,
    slope_curves,
    slope_shift_part,
    team_multipliers,
)
from learnclimate.counts.slope_shifts import ShiftedPeople
from learnclimate.counts.team_totals import own_and_department, team_setting, team_totals

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Respondents times draws that one thread takes at a time.
_BLOCK = 1_000_000


def standardised_answers(
    posterior: Mapping[str, FloatArray], design: CountDesign, *, seed: int
) -> dict[str, FloatArray]:
    """
    Average the respondents' expected counts, as they answered and at each level.

    Exact: respondents of a team who are alike to the model are one term with a weight. Where
    an engine keeps no draws of the team effects, it gives these answers itself.

    Parameters
    ----------
    posterior : mapping of str to ndarray of shape (n_chains, n_draws, ...)
        Draws of the posterior variables, ``team_effects`` included where the model has any.
    design : CountDesign
        The respondents.
    seed : int
        Seed of the predicted counts.

    Returns
    -------
    dict of str to ndarray of shape (n_chains, n_draws[, n_levels])
        ``expected_count``: weighted mean over the respondents of their expected count had
        they answered that level, all else as it is; ``predicted_count``: the count of one
        respondent drawn at random; both also ``_observed``, at the answers given.
    """
    n_chains, n_draws = np.shape(posterior["intercept"])[:2]
    draws = flattened(posterior)
    respondents = _respondents(design)
    rng = np.random.default_rng(seed)
    picked = _picked(rng, respondents.share, n_chains * n_draws)
    if any(shift.centre is None for shift in design.coding.slope_shifts):
        averages = _averages_with_interactions(draws, design, respondents, picked)
    else:
        averages = _averages(_parameters(draws, design), respondents, design.coding, picked)
    dispersion = draws.get("dispersion")
    answers = {}
    if design.coding.frequencies:
        answers["expected_count"] = averages.expected
        answers["predicted_count"] = draw_counts(rng, averages.picked, dispersion).astype(float)
    answers["expected_count_observed"] = averages.observed
    counts = draw_counts(rng, averages.picked_observed, dispersion)
    answers["predicted_count_observed"] = counts.astype(float)
    shape = (n_chains, n_draws)
    return {name: values.reshape(*shape, *values.shape[1:]) for name, values in answers.items()}


@dataclass(frozen=True, slots=True)
class _Respondents:
    """Alike respondents merged and sorted by team, covariates by column."""

    log_exposure: FloatArray
    covariates: FloatArray
    level: IntArray
    first: IntArray
    share: FloatArray


@dataclass(frozen=True, slots=True)
class _Averages:
    """Expected counts by draw and level, and by draw; averaged, and of one respondent."""

    expected: FloatArray
    picked: FloatArray
    observed: FloatArray
    picked_observed: FloatArray

    def block(self, rows: slice) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Give the views of a block of draws."""
        return (
            self.expected[rows],
            self.picked[rows],
            self.observed[rows],
            self.picked_observed[rows],
        )


def _respondents(design: CountDesign) -> _Respondents:
    from learnclimate.inference.marginal.likelihood.compression import alike_respondents

    row, team, share = alike_respondents(design)
    n_teams = design.n_teams if design.coding.varying_effects else 1
    return _Respondents(
        log_exposure=np.ascontiguousarray(design.log_exposure[row], dtype=float),
        covariates=np.ascontiguousarray(design.covariates[row].T, dtype=float),
        level=np.ascontiguousarray(design.frequency_level[row].T),
        first=np.searchsorted(team, np.arange(n_teams + 1)).astype(np.int64),
        share=share / share.sum(),
    )


def _picked(rng: np.random.Generator, share: FloatArray, n_draws: int) -> IntArray:
    where = np.searchsorted(np.cumsum(share), rng.random(n_draws))
    return where.clip(max=len(share) - 1).astype(np.int64)


def _parameters(draws: Mapping[str, FloatArray], design: CountDesign) -> tuple[FloatArray, ...]:
    n_draws = len(draws["intercept"])
    none = np.empty((n_draws, 0))
    parts = (
        draws["intercept"],
        draws.get("covariate_effects", none),
        draws.get("frequency_curve", none),
        slope_curves(design.coding, draws.get("frequency_shape"), n_draws),
        team_totals(design.coding, draws, team_setting(design)),
    )
    return tuple(np.ascontiguousarray(part, dtype=float) for part in parts)


def _averages(
    parameters: tuple[FloatArray, ...],
    people: _Respondents,
    coding: DesignCoding,
    picked: IntArray,
) -> _Averages:
    from learnclimate.inference.standardised_kernel import average_over_respondents

    n_draws = len(picked)
    starts = np.array([0, *(where.stop for where in level_slices(coding))], dtype=np.int64)
    effects = coding.varying_effects
    position = [
        effects.index(name) if name in effects else -1
        for name in (INTERCEPT, *coding.frequency_names)
    ]
    answers = _Averages(
        np.empty((n_draws, starts[-1])),
        np.empty((n_draws, starts[-1])),
        np.empty(n_draws),
        np.empty(n_draws),
    )
    respondents = (people.log_exposure, people.covariates, people.level, people.first, people.share)
    layout = (np.array(position, dtype=np.int64), starts)
    largest = int(np.diff(people.first).max(initial=0))

    def fill(rows: slice) -> None:
        average_over_respondents(
            tuple(part[rows] for part in parameters),
            respondents,
            layout,
            picked[rows],
            answers.block(rows),
            (np.empty(largest), np.empty(largest), np.empty(starts[-1])),
        )

    step = max(1, min(n_draws, _BLOCK // max(len(people.share), 1)))
    blocks = [slice(start, min(start + step, n_draws)) for start in range(0, n_draws, step)]
    # Every draw is computed by itself: the number of threads changes no digit.
    with ThreadPoolExecutor(min(len(blocks), os.cpu_count() or 1)) as pool:
        list(pool.map(fill, blocks))
    return answers


def _averages_with_interactions(
    draws: Mapping[str, FloatArray],
    design: CountDesign,
    people: _Respondents,
    picked: IntArray,
) -> _Averages:
    """Average row by row: where frequencies interact, teams' factors do not come out of the sum."""
    coding, n_draws = design.coding, len(picked)
    answers = _Averages(
        np.empty((n_draws, sum(len(one.levels) for one in coding.frequencies))),
        np.empty((n_draws, sum(len(one.levels) for one in coding.frequencies))),
        np.empty(n_draws),
        np.empty(n_draws),
    )
    step = max(1, min(n_draws, _BLOCK // max(len(people.share), 1)))
    for start in range(0, n_draws, step):
        rows = slice(start, start + step)
        block = {name: values[rows] for name, values in draws.items()}
        _fill_block(block, design, people, picked[rows], answers.block(rows))
    return answers


def _fill_block(
    draws: Mapping[str, FloatArray],
    design: CountDesign,
    people: _Respondents,
    picked: IntArray,
    answers: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
) -> None:
    """Fill in the answers of a block of draws."""
    coding, own = design.coding, np.arange(len(picked))
    expected, picked_expected, observed, picked_observed = answers
    team = np.repeat(np.arange(len(people.first) - 1), np.diff(people.first))
    effects = own_and_department(coding, draws, team_setting(design))
    effects = effects[:, team] if coding.varying_effects else effects[:, :0]
    curves = slope_curves(coding, draws.get("frequency_shape"), len(picked))
    fixed = draws["intercept"][:, None] + people.log_exposure
    if coding.covariates:
        fixed = fixed + draws["covariate_effects"] @ people.covariates

    def rates(levels: IntArray) -> FloatArray:
        rate = fixed + slope_shift_part(
            coding, draws["slope_shifts"], curves, ShiftedPeople(levels, people.covariates.T)
        )
        for column, where in enumerate(level_slices(coding)):
            rate += draws["frequency_curve"][:, where][:, levels[:, column]]
        if coding.varying_effects:
            multipliers = team_multipliers(coding, curves, levels)
            rate += np.einsum("npe,npe->np", effects, multipliers)
        return np.exp(rate)

    found = rates(people.level.T)
    observed[:], picked_observed[:] = found @ people.share, found[own, picked]
    for column, where in enumerate(level_slices(coding)):
        for level in range(where.stop - where.start):
            asked = people.level.T.copy()
            asked[:, column] = level
            found = rates(asked)
            expected[:, where.start + level] = found @ people.share
            picked_expected[:, where.start + level] = found[own, picked]
