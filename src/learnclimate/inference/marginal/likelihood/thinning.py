"""A few blocks of teams that stand for all."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.team_data import TeamData, blocks_of, segments_of_rows

IntArray = npt.NDArray[np.int64]


def thinned_blocks(data: TeamData, rows: int) -> tuple[TeamData, IntArray] | None:
    """
    Keep blocks of teams, spread evenly.

    Parameters
    ----------
    data : TeamData
        The rows.
    rows : int
        About how many to keep.

    Returns
    -------
    data : TeamData
        The rows of the teams that are kept, their weights scaled up to stand for all.
    teams : ndarray of shape (n_kept,)
        Which teams these are; nothing at all where there is nothing to leave out.
    """
    n_blocks, n_rows = len(data.block_start) - 1, len(data.activities)
    wanted = max(1, round(n_blocks * rows / n_rows))
    if wanted >= n_blocks:
        return None
    blocks = np.linspace(0, n_blocks - 1, wanted).round().astype(np.int64)
    teams = _spans(data.block_start, blocks)
    segments = _spans(data.team_start, teams)
    kept = _spans(data.segment_start, segments)
    segment_start = _starts(data.segment_start, segments)
    team_start = _starts(data.team_start, teams)
    weight = data.weight[teams]
    return (
        TeamData(
            data.family,
            data.activities[kept],
            data.respondents[kept],
            data.log_exposure[kept],
            np.ascontiguousarray(data.covariates[:, kept]),
            segment_start,
            segments_of_rows(segment_start),
            data.segment_group[segments],
            data.segment_activities[segments],
            team_start,
            weight * (data.weight.sum() / weight.sum()),
            blocks_of(segment_start, team_start),
        ),
        teams,
    )


def _spans(start: IntArray, which: IntArray) -> IntArray:
    """List what lies within the spans `which`."""
    size = start[which + 1] - start[which]
    offset = np.repeat(start[which] - np.cumsum(size) + size, size)
    return np.asarray(offset + np.arange(len(offset)), dtype=np.int64)


def _starts(start: IntArray, which: IntArray) -> IntArray:
    """Where these spans begin once they lie side by side."""
    return np.concatenate([[0], np.cumsum(start[which + 1] - start[which])]).astype(np.int64)
