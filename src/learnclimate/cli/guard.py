"""One clear line for what went wrong, and an exit code; no traceback for what the user can mend."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import typer
from typer.core import TyperGroup

from learnclimate.core.errors import LearnClimateError, LearnClimateWarning

#: Exit code after an error of ours, as after a wrong call.
WRONG = 2
#: Exit code after Ctrl-C, as shells have it.
INTERRUPTED = 130


class PlainGroup(TyperGroup):
    """Commands that fail in one line: our errors with exit code 2, Ctrl-C with 130."""

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
            with _warnings_told():
                return super().invoke(ctx)
        except LearnClimateError as error:
            # A message in one line, so that it can be searched for in a log.
            say(f"Error: {' '.join(str(error).split())}", colour=typer.colors.RED)
            raise typer.Exit(WRONG) from None
        except KeyboardInterrupt:
            say("Stopped. Nothing was written.", colour=typer.colors.YELLOW)
            raise typer.Exit(INTERRUPTED) from None


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
