"""The arrays that the kernels read, checked before they do."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ModelError
from learnclimate.inference.marginal.kernels.points import Groups

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ROWS_A_BLOCK = 1024


class TeamData(NamedTuple):
    """
    Rows sorted by team and group, in the arrays that kernels read.

    A *group* is one combination of frequency levels; a *segment* the rows of one team in
    one group; the *teams* may be signatures that stand for several.

    Attributes
    ----------
    family : int
        Code of the family.
    activities, respondents, log_exposure : ndarray of shape (n_rows,)
        Activities, respondents and log exposure of each row.
    covariates : ndarray of shape (n_covariates, n_rows)
        Centred covariates.
    segment_start : ndarray of shape (n_segments + 1,)
        First row of each segment.
    row_segment : ndarray of shape (n_rows,)
        Segment of each row: with it, one long loop goes over the rows of many segments.
    segment_group : ndarray of shape (n_segments,)
        Group of each segment.
    segment_activities : ndarray of shape (n_segments,)
        Activities of each segment.
    team_start : ndarray of shape (n_teams + 1,)
        First segment of each team.
    weight : ndarray of shape (n_teams,)
        How many teams each stands for.
    block_start : ndarray of shape (n_blocks + 1,)
        First team of each block; a block holds about a thousand rows.
    """

    family: int
    activities: FloatArray
    respondents: FloatArray
    log_exposure: FloatArray
    covariates: FloatArray
    segment_start: IntArray
    row_segment: npt.NDArray[np.int32]
    segment_group: IntArray
    segment_activities: FloatArray
    team_start: IntArray
    weight: FloatArray
    block_start: IntArray


def blocks_of(segment_start: IntArray, team_start: IntArray) -> IntArray:
    """
    Cut teams into blocks of about a thousand rows, the unit of work and of scratch.

    Parameters
    ----------
    segment_start : ndarray of shape (n_segments + 1,)
        First row of each segment.
    team_start : ndarray of shape (n_teams + 1,)
        First segment of each team.

    Returns
    -------
    ndarray of shape (n_blocks + 1,)
        First team of each block.
    """
    row = segment_start[team_start]
    wanted = np.arange(0, row[-1], _ROWS_A_BLOCK)
    edges = np.searchsorted(row, wanted, side="left")
    return np.unique(np.concatenate([[0], edges, [len(team_start) - 1]])).astype(np.int64)


def segments_of_rows(segment_start: IntArray) -> npt.NDArray[np.int32]:
    """
    Find the segment of each row.

    Parameters
    ----------
    segment_start : ndarray of shape (n_segments + 1,)
        First row of each segment.

    Returns
    -------
    ndarray of shape (n_rows,)
        Its segment.
    """
    sizes = np.diff(segment_start)
    return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)


def one_team(data: TeamData, team: int) -> TeamData:
    """
    Keep the rows of one team.

    Parameters
    ----------
    data : TeamData
        The arrays.
    team : int
        The team, or signature.

    Returns
    -------
    TeamData
        The arrays of that team.
    """
    low, high = data.team_start[team], data.team_start[team + 1]
    first, last = data.segment_start[low], data.segment_start[high]
    return TeamData(
        data.family,
        data.activities[first:last],
        data.respondents[first:last],
        data.log_exposure[first:last],
        np.ascontiguousarray(data.covariates[:, first:last]),
        data.segment_start[low : high + 1] - first,
        data.row_segment[first:last] - np.int32(low),
        data.segment_group[low:high],
        data.segment_activities[low:high],
        np.array([0, high - low]),
        data.weight[team : team + 1],
        np.array([0, 1]),
    )


def checked(data: TeamData, groups: Groups) -> TeamData:
    """
    Refuse index arrays that would lead a kernel out of bounds.

    Parameters
    ----------
    data : TeamData
        The arrays.
    groups : Groups
        The combinations of levels.

    Returns
    -------
    TeamData
        The same arrays.

    Raises
    ------
    ModelError
        If an array is too long, too short, or points outside another.
    """
    n_rows, n_segments, n_teams = len(data.activities), len(data.segment_group), len(data.weight)
    sizes_fit = (
        data.respondents.shape == data.log_exposure.shape == (n_rows,)
        and data.covariates.shape[1:] == (n_rows,)
        and data.row_segment.shape == (n_rows,)
        and data.segment_start.shape == (n_segments + 1,)
        and data.segment_activities.shape == (n_segments,)
        and data.team_start.shape == (n_teams + 1,)
    )
    if not (
        sizes_fit
        and _covers(data.segment_start, n_rows)
        and _covers(data.team_start, n_segments)
        and _covers(data.block_start, n_teams)
        and _within(data.segment_group, len(groups.level))
        and _within(data.row_segment, n_segments)
    ):
        raise ModelError(
            "The rows of the design do not fit its teams and levels. Make the design with "
            "CountModel.design(survey) and do not change its arrays."
        )
    return data


def _covers(start: IntArray, size: int) -> bool:
    return bool(start[0] == 0 and start[-1] == size and (np.diff(start) >= 0).all())


def _within(index: IntArray | npt.NDArray[np.int32], size: int) -> bool:
    return len(index) == 0 or bool(index.min() >= 0 and index.max() < size)
