"""Work given to an executor: the data once a worker, then task by task; one clear error."""

import os
import socket
import threading
import uuid
import warnings
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from learnclimate.core.errors import FitError, LearnClimateError
from learnclimate.counts.design import CountDesign
from learnclimate.inference.marginal.likelihood.family_likelihood import FamilyLikelihood
from learnclimate.inference.marginal.likelihood.likelihood import TeamLikelihood
from learnclimate.inference.marginal.likelihood.sharding import by_itself

#: Data sets that a process keeps for tasks to come.
_KEPT_AT_ONCE = 2
_FIRST_IN_FLIGHT = 2

AnyLikelihood = TeamLikelihood | FamilyLikelihood

_kept: OrderedDict[str, AnyLikelihood] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Done:
    """What a task gave: its result, or that the worker does not have the data."""

    worker: str
    missing: bool
    result: Any = None


@dataclass(slots=True)
class Workers:
    """
    Where blocks of work are computed.

    Attributes
    ----------
    executor : concurrent.futures.Executor or None
        Computes them; this process when None.
    """

    executor: Executor | None = None
    _known: set[str] = field(default_factory=set)
    _tried: set[Callable[..., Any]] = field(default_factory=set)
    _own: tuple[AnyLikelihood | None, str] = (None, "")

    def each[Result](
        self,
        function: Callable[..., Result],
        likelihood: AnyLikelihood,
        tasks: Sequence[tuple[Any, ...]],
    ) -> list[Result]:
        """
        Call ``function(likelihood, *task)`` for each task.

        The data go to a worker once, with the first task for which it lacks them. The first
        task of all is done here, so that no two workers compile the same kernel.

        Parameters
        ----------
        function : callable
            A function of a module, that a worker can import.
        likelihood : TeamLikelihood or FamilyLikelihood
            What all tasks share; a worker sees it without respondents' rows.
        tasks : sequence of tuple
            What differs.

        Returns
        -------
        list
            What each call gave, in order: the same whatever the executor.

        Raises
        ------
        FitError
            If a worker fails.
        """
        if self.executor is None or len(tasks) < 2:
            return [function(likelihood, *task) for task in tasks]
        results: dict[int, Any] = {}
        if function not in self._tried:
            results[0] = function(likelihood, *tasks[0])
            self._tried.add(function)
        key = self._key(likelihood)
        try:
            self._run(function, key, tasks, results)
        except LearnClimateError:
            raise
        except Exception as error:
            raise FitError(
                f"A worker of the executor failed ({type(error).__name__}: {error}). Check that "
                "its workers run, have the same learnclimate installed and enough memory; or fit "
                "without executor=."
            ) from error
        return [results[number] for number in range(len(tasks))]

    def _key(self, likelihood: AnyLikelihood) -> str:
        """Name the data; threads of this process find them under that name."""
        if self._own[0] is not likelihood:
            self.release()
            self._own = (likelihood, uuid.uuid4().hex)
            _keep(self._own[1], likelihood)
        return self._own[1]

    def release(self) -> None:
        """Let go of the data."""
        with _lock:
            _kept.pop(self._own[1], None)
        self._own = (None, "")

    def _run(
        self,
        function: Callable[..., Any],
        key: str,
        tasks: Sequence[tuple[Any, ...]],
        results: dict[int, Any],
    ) -> None:
        """Keep a few tasks in flight, more as more workers turn up, until all are done."""
        waiting = deque((number, False) for number in range(len(tasks)) if number not in results)
        running: dict[Future[_Done], int] = {}
        data = portable(self._own[0])
        try:
            while waiting or running:
                while waiting and len(running) < _FIRST_IN_FLIGHT * (1 + len(self._known)):
                    number, with_data = waiting.popleft()
                    sent = data if with_data else None
                    running[self._submit(key, sent, function, tasks[number])] = number
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    number, told = running.pop(future), future.result()
                    self._known.add(told.worker)
                    if told.missing:
                        waiting.appendleft((number, True))
                    else:
                        results[number] = told.result
        finally:
            # Also where the user interrupts: nothing is left behind in the queue.
            for future in running:
                future.cancel()

    def _submit(
        self,
        key: str,
        data: AnyLikelihood | None,
        function: Callable[..., Any],
        task: tuple[Any, ...],
    ) -> "Future[_Done]":
        if self.executor is None:
            raise AttributeError("there is no executor")
        with warnings.catch_warnings():
            # Dask warns of large arguments; ours goes to each worker once.
            warnings.filterwarnings("ignore", message="Sending large graph")
            return self.executor.submit(_task, key, data, function, task)


def portable(likelihood: AnyLikelihood | None) -> AnyLikelihood | None:
    """
    Leave out of a likelihood what its evaluation does not need: the respondents' rows.

    Parameters
    ----------
    likelihood : TeamLikelihood, FamilyLikelihood or None
        The likelihood.

    Returns
    -------
    TeamLikelihood, FamilyLikelihood or None
        For the kernels only.
    """
    if likelihood is None:
        return None
    own = likelihood.design
    design: CountDesign = replace(
        own.of_rows(np.zeros(0, dtype=np.int64)),
        teams=np.empty(own.n_teams, dtype=object),
        departments=None,
        unknown=None,
    )
    return replace(likelihood, design=design)


def _task(
    key: str,
    data: AnyLikelihood | None,
    function: Callable[..., Any],
    task: tuple[Any, ...],
) -> _Done:
    """Do a task in a worker, on one processor: the others have workers of their own."""
    worker = f"{socket.gethostname()}/{os.getpid()}"
    with _lock:
        kept = _kept.get(key, data)
    if kept is None:
        return _Done(worker, missing=True)
    _keep(key, kept)
    with by_itself():
        return _Done(worker, missing=False, result=function(kept, *task))


def _keep(key: str, data: AnyLikelihood) -> None:
    with _lock:
        _kept[key] = data
        _kept.move_to_end(key)
        while len(_kept) > _KEPT_AT_ONCE:
            _kept.popitem(last=False)
