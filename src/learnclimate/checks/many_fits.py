"""Do many independent pieces of work: here or on an executor, shown, and kept as they finish."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass

from learnclimate.checks.kept_work import KeptWork, Record
from learnclimate.core.errors import ArgumentTypeError, FitError, LearnClimateError
from learnclimate.inference.progress import counting

#: Tasks handed to an executor ahead of those that are done.
_AHEAD = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToRun:
    """
    Where work is done, and how it is shown.

    Attributes
    ----------
    executor : concurrent.futures.Executor or None
        Does the work; this process when None.
    progress : bool
        Whether to show how far the work is.
    message : str
        What goes on.
    """

    executor: Executor | None
    progress: bool
    message: str


def run_missing(
    function: Callable[[str], Record], names: Sequence[str], work: KeptWork, how: HowToRun
) -> dict[str, Record]:
    """
    Do the pieces of work that are not kept yet.

    Parameters
    ----------
    function : callable
        Does one piece, given its name. For processes and clusters it must be picklable, as
        a `functools.partial` of a function of a module is.
    names : sequence of str
        The pieces.
    work : KeptWork
        The finished ones; those that finish are added, also when the rest is interrupted.
    how : HowToRun
        Where, and how it is shown.

    Returns
    -------
    dict of str to dict
        What was found, by name, in the order of `names`.

    Raises
    ------
    FitError
        If a worker fails.
    """
    missing = [name for name in names if name not in work.records]
    finished = _here if how.executor is None else _elsewhere(how.executor)
    try:
        with counting(how.message, total=len(missing), shown=how.progress) as advance, _calm():
            for name, record in finished(function, missing):
                work.add(name, record)
                advance()
    finally:
        if missing:
            work.write()
    return {name: work.records[name] for name in names}


def check_executor(executor: object) -> None:
    """
    Refuse what is no executor.

    Parameters
    ----------
    executor : object
        What the user gave.

    Raises
    ------
    ArgumentTypeError
        If it cannot do work.
    """
    if executor is not None and not hasattr(executor, "submit"):
        raise ArgumentTypeError(
            f"executor={executor!r}: give a concurrent.futures.Executor, or None."
        )


@contextmanager
def _calm() -> Iterator[None]:
    """
    Use one thread for linear algebra: matrices are small, and idle threads spin.

    Set once around all pieces and not by each, since the setting is that of the process.
    Workers that are processes of their own read ``OMP_NUM_THREADS`` instead.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield


_Finished = Iterator[tuple[str, Record]]


def _here(function: Callable[[str], Record], names: Iterable[str]) -> _Finished:
    for name in names:
        yield name, function(name)


def _elsewhere(
    executor: Executor,
) -> Callable[[Callable[[str], Record], Iterable[str]], _Finished]:
    def finished(function: Callable[[str], Record], names: Iterable[str]) -> _Finished:
        waiting = iter(names)
        running: dict[Future[Record], str] = {}
        try:
            while True:
                for name in waiting:
                    running[executor.submit(function, name)] = name
                    if len(running) >= _AHEAD:
                        break
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), _result(future)
        finally:
            for future in running:
                future.cancel()

    return finished


def _result(future: "Future[Record]") -> Record:
    try:
        return future.result()
    except LearnClimateError:
        raise
    except Exception as error:
        raise FitError(
            f"A worker of the executor failed: {type(error).__name__}: {error}. What was finished "
            "is kept where path= was given."
        ) from error
