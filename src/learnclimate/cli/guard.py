"""One clear line for what went wrong, and an exit code; no traceback for what the user can mend."""

import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn, TextIO

import typer
from typer.core import TyperGroup

from learnclimate.core.errors import LearnClimateError, LearnClimateWarning

#: Exit code after an error of ours, as after a wrong call.
WRONG = 2
#: Exit code after a signal, less its number, as shells have it; Ctrl-C is number 2.
STOPPED = 128
#: Signals by which others end a command: a scheduler, a closed terminal.
_ENDING = ("SIGTERM", "SIGHUP")


class _Stopped(BaseException):
    """A signal asked the command to end; what it began is undone on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class PlainGroup(TyperGroup):
    """Commands that fail in one line: our errors with exit code 2, signals as shells have it."""

    def invoke(self, ctx: Any) -> Any:
        """
        Run a command.

        Parameters
        ----------
        ctx : Context
            What was called.

        Returns
        -------
        Any
            What the command returned.

        Raises
        ------
        typer.Exit
            With the exit code, once the error was told.
        """
        try:
            with _stoppable(), _warnings_told():
                return super().invoke(ctx)
        except LearnClimateError as error:
            # A message in one line, so that it can be searched for in a log.
            say(f"Error: {' '.join(str(error).split())}", colour=typer.colors.RED)
            raise typer.Exit(WRONG) from None
        except (KeyboardInterrupt, _Stopped) as stop:
            number = stop.number if isinstance(stop, _Stopped) else signal.SIGINT
            say("Stopped. Nothing was written.", colour=typer.colors.YELLOW)
            raise typer.Exit(STOPPED + number) from None


def say(line: str, *, colour: str) -> None:
    """
    Write a line to the error stream, in colour where that is a terminal.

    Parameters
    ----------
    line : str
        The line.
    colour : str
        Its colour.
    """
    typer.secho(line, fg=colour, err=True)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let a command that others end undo what it began, as it does after Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _: FrameType | None) -> NoReturn:
        raise _Stopped(number)

    known = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    # Who starts a command with nohup wants it to outlive the terminal.
    heard = [number for number in known if signal.getsignal(number) is signal.SIG_DFL]
    for number in heard:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def _warnings_told() -> Iterator[None]:
    """Tell our own warnings in a line each; leave those of others as they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", LearnClimateWarning)
        inherited = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, LearnClimateWarning):
                say(f"Note: {message}", colour=typer.colors.YELLOW)
            else:
                inherited(message, category, filename, lineno, file or sys.stderr, line)

        warnings.showwarning = show
        yield
