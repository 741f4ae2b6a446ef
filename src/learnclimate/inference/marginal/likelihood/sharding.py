"""Shares of teams and of points, computed side by side in threads, always the same ones."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.team_data import TeamData

FloatArray = npt.NDArray[np.float64]

_ROWS_A_SHARE = 16_384
_MOST_SHARES = 256
_ROWS_TIMES_POINTS = 131_072
#: Few enough that the arrays of a block stay in a processor's cache.
_POINTS_A_BLOCK = 2048

_here = threading.local()
_blas_lock = threading.Lock()
_blas: dict[str, Any] = {"fits": 0}


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
    waiting = deque(tasks)

    def work() -> None:
        while waiting:
            try:
                task = waiting.popleft()
            except IndexError:
                return
            run(task)

    with ThreadPoolExecutor(n_threads - 1) as pool:
        # In a copy of this thread's context: what it ignores of overflows, they ignore too.
        others = [pool.submit(copy_context().run, work) for _ in range(n_threads - 1)]
        try:
            work()
        finally:
            waiting.clear()
        for other in others:
            other.result()


def in_blocks(function: Callable[[FloatArray], FloatArray], points: FloatArray) -> FloatArray:
    """
    Apply a function of points block by block, in threads where there are many.

    Parameters
    ----------
    function : callable
        Points (S, p) to an array of S rows, each of which depends on its own point alone.
    points : ndarray of shape (S, p)
        Points.

    Returns
    -------
    ndarray
        What it gives of all points.
    """
    if len(points) <= _POINTS_A_BLOCK:
        return function(points)
    starts = range(0, len(points), _POINTS_A_BLOCK)
    found: dict[int, FloatArray] = {}

    def run(start: int) -> None:
        found[start] = function(points[start : start + _POINTS_A_BLOCK])

    in_threads(run, starts)
    return np.concatenate([found[start] for start in starts])


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """
    Keep linear algebra to one thread within this block: its threads wait for work by spinning.

    Fits side by side share the limit; the last of them lifts it.

    Yields
    ------
    None
        Nothing.
    """
    from threadpoolctl import threadpool_limits

    with _blas_lock:
        if _blas["fits"] == 0:
            _blas["limits"] = threadpool_limits(1, user_api="blas")
        _blas["fits"] += 1
    try:
        yield
    finally:
        with _blas_lock:
            _blas["fits"] -= 1
            if _blas["fits"] == 0:
                _blas.pop("limits").restore_original_limits()


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
