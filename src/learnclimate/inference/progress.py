"""Show that work goes on, in a terminal and a notebook; silent on request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from learnclimate.core.flags import checked_flag


@contextmanager
def working(message: str, *, shown: bool) -> Iterator[Callable[[str], None]]:
    """
    Show a message and a moving sign while a block of code runs.

    Parameters
    ----------
    message : str
        What goes on.
    shown : bool
        Whether to show it at all.

    Yields
    ------
    callable
        Takes further words, to be shown behind the message in the place of the last.

    Raises
    ------
    ArgumentTypeError
        If `shown`, which is what users give as ``progress``, is neither True nor False.
    """
    if not checked_flag(shown, "progress"):
        yield _unheard
        return
    from rich.console import Console

    with Console(stderr=True).status(message) as status:

        def say(words: str) -> None:
            status.update(f"{message}: {words}")

        yield say


@contextmanager
def counting(message: str, *, total: int, shown: bool) -> Iterator[Callable[[], None]]:
    """
    Show how many of many pieces of work are done, and how long the rest may take.

    Parameters
    ----------
    message : str
        What goes on.
    total : int
        How many pieces there are.
    shown : bool
        Whether to show it at all.

    Yields
    ------
    callable
        To be called once a piece.

    Raises
    ------
    ArgumentTypeError
        If `shown`, which is what users give as ``progress``, is neither True nor False.
    """
    if not checked_flag(shown, "progress") or total == 0:
        yield _nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(message, total=total)

        def advance() -> None:
            progress.advance(task)

        yield advance


def _unheard(_words: str) -> None:
    """Stand in for words behind a message that is not shown."""


def _nothing() -> None:
    """Stand in for the advance of a bar that is not shown."""
