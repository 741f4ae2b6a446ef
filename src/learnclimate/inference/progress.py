"""Show that work goes on, in a terminal and a notebook; silent on request."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def working(message: str, *, shown: bool) -> Iterator[None]:
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
    None
        Control, to the block.
    """
    if not shown:
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(message):
        yield
