"""Rows into the arrays of the kernels; alike rows into cells, alike teams into signatures."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ModelError
from learnclimate.counts.design import CountDesign
from learnclimate.inference.marginal.kernels.points import Groups, groups_of
from learnclimate.inference.marginal.kernels.team_data import (
    TeamData,
    blocks_of,
    checked,
    segments_of_rows,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Compression = Literal["auto"] | bool

_ROWS_WITHOUT_TEAMS = 64
_SMALL = 20_000
_SAMPLED_TEAMS = 2_000
_WORTHWHILE = 0.85
_MIXERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


@dataclass(frozen=True, slots=True)
class CompressedDesign:
    """
    A design in the arrays of the kernels.

    Attributes
    ----------
    data : TeamData
        Rows or cells, by team or signature.
    groups : Groups
        The combinations of frequency levels.
    signature : ndarray of shape (n_teams,)
        Which team of `data` stands for each team of the design; all 0 in a model
        without team effects.
    share : ndarray of shape (n_rows,)
        Sum of the sampling weights of the respondents of each row of `data`, in one of
        the teams that it stands for.
    """

    data: TeamData
    groups: Groups
    signature: IntArray
    share: FloatArray


@dataclass(frozen=True, slots=True)
class _Cells:
    """
    Rows or cells, sorted by team and group.

    ``row`` (n_cells,) names a row of the design that shows the covariates of the cell,
    ``kind`` (n_cells,) is the same for cells with the same covariates, levels and exposure.
    """

    team: IntArray
    group: IntArray
    row: IntArray
    kind: IntArray
    respondents: FloatArray
    activities: FloatArray
    share: FloatArray


def compress_design(
    design: CountDesign, family: int, *, compress: Compression = "auto"
) -> CompressedDesign:
    """
    Lay out a design for the kernels.

    Alike respondents of a team (levels, covariates, exposure) become one cell, which
    carries how many they are and how many activities they undertook together: both
    families need no more, apart from the histogram of the outcome over all respondents.
    Teams with the same cells, sampling weights included, become one signature.

    Parameters
    ----------
    design : CountDesign
        The data.
    family : int
        Code of the family.
    compress : {"auto", True, False}
        Whether to merge; ``"auto"`` tries on a sample of the teams whether it pays.

    Returns
    -------
    CompressedDesign
        The arrays; the likelihood is the same with and without compression.

    Raises
    ------
    ModelError
        If the design's indices of teams or levels are out of bounds.
    """
    levels, group = level_groups(design)
    team = design.team
    if not design.coding.team_effects:
        team = np.zeros(design.n_rows, dtype=np.int64)
    merge = compress is True or (compress == "auto" and _pays(design, team, group))
    every = np.arange(design.n_rows)
    cells = (_merged if merge else _sorted)(design, team, group, every)
    if not design.coding.team_effects:
        signature, weight = np.zeros(design.n_teams, dtype=np.int64), None
        cells = replace(cells, team=np.arange(len(cells.team)) // _ROWS_WITHOUT_TEAMS)
    elif merge:
        cells, signature, weight = _signatures(cells, design.n_teams)
    else:
        signature, weight = np.arange(design.n_teams), None
    data = _team_data(design, family, cells, weight)
    groups = groups_of(design.coding, levels)
    return CompressedDesign(checked(data, groups), groups, signature, cells.share)


def alike_respondents(design: CountDesign) -> tuple[IntArray, IntArray, FloatArray]:
    """
    Merge respondents of whom the model expects the same.

    Parameters
    ----------
    design : CountDesign
        The data.

    Returns
    -------
    row : ndarray of shape (n_kinds,)
        A row of the design that shows the levels, covariates and exposure of each kind.
    team : ndarray of shape (n_kinds,)
        Their team, in order; 0 in a model without team effects, where teams do not matter.
    share : ndarray of shape (n_kinds,)
        Sum of their sampling weights.

    Raises
    ------
    ModelError
        If the design's indices of teams or levels are out of bounds.
    """
    _, group = level_groups(design)
    zero = design.coding.zero
    matters = design.coding.varying_effects or (zero is not None and zero.team_intercept)
    team = design.team if matters else np.zeros_like(design.team)
    cells = _merged(design, team, group, np.arange(design.n_rows))
    return cells.row, cells.team, cells.share


def level_groups(design: CountDesign) -> tuple[IntArray, IntArray]:
    """
    Find the combinations of levels that occur, and that of each row.

    Parameters
    ----------
    design : CountDesign
        The data.

    Returns
    -------
    levels : ndarray of shape (n_groups, n_frequencies)
        The combinations.
    group : ndarray of shape (n_rows,)
        That of each row.

    Raises
    ------
    ModelError
        If the design's indices of teams or levels are out of bounds.
    """
    sizes = [len(frequency.levels) for frequency in design.coding.frequencies]
    level = design.frequency_level
    good = level.shape == (design.n_rows, len(sizes)) and not (level < 0).any()
    good = good and not (level >= np.array(sizes, dtype=np.int64)).any()
    team = design.team
    if not good or len(team) == 0 or team.min() < 0 or team.max() >= design.n_teams:
        raise ModelError(
            "The design's teams or frequency levels are out of bounds, or it has no rows. Make "
            "it with CountModel.design(survey) and do not change its arrays."
        )
    code = np.zeros(design.n_rows, dtype=np.int64)
    for f, size in enumerate(sizes):
        code = code * size + level[:, f]
    present = np.flatnonzero(np.bincount(code))
    place = np.zeros(int(present[-1]) + 1, dtype=np.int64)
    place[present] = np.arange(len(present))
    levels = np.array(np.unravel_index(present, sizes), dtype=np.int64).T if sizes else None
    return np.zeros((1, 0), dtype=np.int64) if levels is None else levels, place[code]


def _pays(design: CountDesign, team: IntArray, group: IntArray) -> bool:
    """Try on a sample of the teams whether merging leaves clearly fewer rows."""
    rows, n_teams = np.arange(len(team)), design.n_teams
    if len(team) > _SMALL:
        random = np.random.default_rng(0)
        if design.coding.team_effects and n_teams > _SAMPLED_TEAMS:
            kept = np.zeros(n_teams, dtype=bool)
            kept[random.choice(n_teams, _SAMPLED_TEAMS, replace=False)] = True
            rows = np.flatnonzero(kept[team])
        elif not design.coding.team_effects:
            rows = random.choice(len(team), _SMALL, replace=False)
    cells = _merged(design, team, group, rows)
    if design.coding.team_effects:
        cells, _, _ = _signatures(cells, n_teams)
    return len(cells.team) < _WORTHWHILE * len(rows)


def _sorted(design: CountDesign, team: IntArray, group: IntArray, rows: IntArray) -> _Cells:
    """Rows as they are, by team and group."""
    order = rows[np.lexsort((group[rows], team[rows]))]
    respondents = design.multiplicity[order].astype(np.float64)
    activities = respondents * design.outcome[order]
    share = respondents * design.weight[order]
    return _Cells(team[order], group[order], order, order, respondents, activities, share)


def _merged(design: CountDesign, team: IntArray, group: IntArray, rows: IntArray) -> _Cells:
    """Cells of alike rows, by team and group."""
    kind = group[rows]
    columns = [*design.covariates.T, design.log_exposure]
    columns += replace(design.asked, highest=None).columns
    for column in columns:
        code, values = pd.factorize(column[rows])
        if len(values) > 1:
            kind, _ = pd.factorize(kind * len(values) + code)
    kind = np.asarray(kind, dtype=np.int64)
    group_of_kind = np.zeros(int(kind.max()) + 1, dtype=np.int64)
    group_of_kind[kind] = group[rows]
    rank = np.empty_like(group_of_kind)
    rank[np.argsort(group_of_kind, kind="stable")] = np.arange(len(rank))
    key = team[rows] * len(rank) + rank[kind]
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    row = rows[order]
    people = design.multiplicity[row].astype(np.float64)
    shown = row[first]
    return _Cells(
        team[shown],
        group[shown],
        shown,
        key[first] % len(rank),
        np.add.reduceat(people, first),
        np.add.reduceat(people * design.outcome[row], first),
        np.add.reduceat(people * design.weight[row], first),
    )


def _signatures(cells: _Cells, n_teams: int) -> tuple[_Cells, IntArray, FloatArray]:
    """Keep the cells of one team of each kind; say which kind each team is, and how many are."""
    start = np.searchsorted(cells.team, np.arange(n_teams + 1))
    size = np.diff(start)
    hashes = np.zeros((len(_MIXERS), n_teams), dtype=np.uint64)
    for k, mixer in enumerate(_MIXERS):
        mixed = _mixed(cells, mixer)
        running = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(mixed)])
        hashes[k] = running[start[1:]] - running[start[:-1]]
    signature, _ = pd.factorize(hashes[0] ^ (hashes[1] << np.uint64(1)) ^ size.astype(np.uint64))
    signature = np.asarray(signature, dtype=np.int64)
    like = np.zeros(int(signature.max()) + 1, dtype=np.int64)
    like[signature[::-1]] = np.arange(n_teams)[::-1]
    odd = _differing(cells, start, like[signature])
    signature[odd] = len(like) + np.arange(len(odd))
    like = np.concatenate([like, odd])
    kept = np.repeat(start[like] - np.cumsum(size[like]) + size[like], size[like])
    kept = kept + np.arange(len(kept))
    chosen = _Cells(
        np.repeat(np.arange(len(like)), size[like]),
        cells.group[kept],
        cells.row[kept],
        cells.kind[kept],
        cells.respondents[kept],
        cells.activities[kept],
        cells.share[kept],
    )
    return chosen, signature, np.bincount(signature, minlength=len(like)).astype(np.float64)


def _mixed(cells: _Cells, mixer: np.uint64) -> npt.NDArray[np.uint64]:
    """Scramble each cell into 64 bits."""
    x = cells.kind.astype(np.uint64) * mixer + mixer
    for values in (cells.respondents, cells.activities, cells.share):
        x = (x ^ (x >> np.uint64(29))) * _MIXERS[0] + values.view(np.uint64) * mixer
    x = (x ^ (x >> np.uint64(32))) * _MIXERS[1]
    return x ^ (x >> np.uint64(29))


def _differing(cells: _Cells, start: IntArray, like: IntArray) -> IntArray:
    """Teams whose cells are not those of the team they were taken to be like."""
    size = np.diff(start)
    differs = size != size[like]
    paired = np.where(differs, 0, size)
    own = np.repeat(np.arange(len(like)), paired)
    offset = np.arange(len(own)) - np.repeat(np.cumsum(paired) - paired, paired)
    here, there = start[own] + offset, start[like[own]] + offset
    unlike = np.zeros(len(own), dtype=bool)
    for values in (cells.kind, cells.respondents, cells.activities, cells.share):
        unlike |= values[here] != values[there]
    differs[own[unlike]] = True
    return np.flatnonzero(differs)


def _team_data(
    design: CountDesign, family: int, cells: _Cells, weight: FloatArray | None
) -> TeamData:
    n_teams = int(cells.team[-1]) + 1 if weight is None else len(weight)
    if weight is None and design.coding.team_effects:
        n_teams = design.n_teams
    begins = np.ones(len(cells.team), dtype=bool)
    begins[1:] = (np.diff(cells.team) != 0) | (np.diff(cells.group) != 0)
    first = np.flatnonzero(begins)
    segment_start = np.append(first, len(cells.team)).astype(np.int64)
    team_start = np.searchsorted(cells.team[first], np.arange(n_teams + 1)).astype(np.int64)
    means = design.covariate_means
    covariates = np.empty((design.covariates.shape[1], len(cells.row)))
    for k, mean in enumerate(means):
        covariates[k] = design.covariates[cells.row, k] - mean
    return TeamData(
        family=family,
        activities=cells.activities,
        respondents=cells.respondents,
        log_exposure=np.ascontiguousarray(design.log_exposure[cells.row], dtype=np.float64),
        covariates=covariates,
        segment_start=segment_start,
        row_segment=segments_of_rows(segment_start),
        segment_group=np.ascontiguousarray(cells.group[first]),
        segment_activities=np.add.reduceat(cells.activities, first),
        team_start=team_start,
        weight=np.ones(n_teams) if weight is None else weight,
        block_start=blocks_of(segment_start, team_start),
    )
