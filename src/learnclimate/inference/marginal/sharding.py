"""Shares of teams and of points, computed side by side in threads, always the same ones."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import numpy as np

from learnclimate.inference.marginal.team_data import TeamData

_ROWS_A_SHARE = 16_384
_MOST_SHARES = 256
_ROWS_TIMES_POINTS = 131_072

_here = threading.local()


def shares_of_teams(data: TeamData) -> list[tuple[int, int]]:
    """
    Cut the blocks of teams into shares of about equally many rows.

    Parameters
    ----------
    data : TeamData
        The rows.

    Returns
    -------
    list of (first, last)
        Half-open ranges of blocks; they depend on the data alone, so that sums do too.
    """
    of_blocks = data.team_start[data.block_start]
    row = data.segment_start[of_blocks]
    n_shares = int(np.clip(row[-1] // _ROWS_A_SHARE, 1, _MOST_SHARES))
    cuts = np.searchsorted(row, np.linspace(0, row[-1], n_shares + 1)[1:-1])
    edges = np.unique(np.concatenate([[0], cuts, [len(row) - 1]]))
    return [(int(a), int(b)) for a, b in pairwise(edges)]


def shares_of_points(data: TeamData, n_points: int) -> list[tuple[int, int]]:
    """
    Cut the points into shares worth a thread's while.

    Parameters
    ----------
    data : TeamData
        The rows.
    n_points : int
        Number of points.

    Returns
    -------
    list of (first, last)
        Half-open ranges.
    """
    rows = max(1, min(len(data.activities), _ROWS_A_SHARE))
    size = max(1, _ROWS_TIMES_POINTS // rows)
    return [(first, min(first + size, n_points)) for first in range(0, n_points, size)]


def equal_shares(n_points: int, n_shares: int) -> list[tuple[int, int]]:
    """
    Cut points into equal shares.

    Parameters
    ----------
    n_points : int
        Number of points, at least n_shares.
    n_shares : int
        Number of shares.

    Returns
    -------
    list of (first, last)
        Half-open ranges.
    """
    edges = np.linspace(0, n_points, n_shares + 1).astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges)]


@contextmanager
def by_itself() -> Iterator[None]:
    """
    Use one thread within this block: others of the same executor use the other processors.

    Yields
    ------
    None
        Nothing.
    """
    before = getattr(_here, "alone", False)
    _here.alone = True
    try:
        yield
    finally:
        _here.alone = before


def in_threads[Task](run: Callable[[Task], None], tasks: Sequence[Task]) -> None:
    """
    Run tasks that release the interpreter's lock, on every processor this process may use.

    Parameters
    ----------
    run : callable
        What to do with a task; it writes into a place of its own.
    tasks : sequence
        The tasks.
    """
    n_threads = 1 if getattr(_here, "alone", False) else min(len(tasks), available_processors())
    if n_threads <= 1:
        for task in tasks:
            run(task)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(run, tasks))


def available_processors() -> int:
    """
    Count the processors that this process may use.

    Returns
    -------
    int
        At least 1.
    """
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)
