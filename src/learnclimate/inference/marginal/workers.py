"""Work given to an executor: the data once a worker, then task by task; one clear error."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Workers:
    """
    Where blocks of work are computed.

    Attributes
    ----------
    executor : concurrent.futures.Executor or None
        Computes them; this process when None.
    """

    executor: Executor | None = None

    def each[Result](
        self, function: Callable[..., Result], data: Any, tasks: Sequence[tuple[Any, ...]]
    ) -> list[Result]:
        """
        Call ``function(data, *task)`` for each task.

        Parameters
        ----------
        function : callable
            A function of a module, that a worker can import.
        data : object
            What all tasks share.
        tasks : sequence of tuple
            What differs.

        Returns
        -------
        list
            What each call gave, in order.
        """
        return [function(data, *task) for task in tasks]
