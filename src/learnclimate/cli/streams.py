"""Streams that last: a reader who leaves, or an old encoding, costs no results."""

import codecs
import os
import sys
import unicodedata
from typing import Any, TextIO

#: Stand-ins for signs that an old encoding lacks.
_PLAIN = {
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "×": "x",
    "…": "...",
    "≥": ">=",
    "≤": "<=",
    "→": "->",
    "€": "EUR",
    "←": "<-",
    "\N{NO-BREAK SPACE}": " ",
}
_HANDLER = "learnclimate_plain"


class LastingStream:
    """
    A stream that goes on silently when nobody reads it any more.

    Parameters
    ----------
    stream : text stream
        The stream to write to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """
        Write text.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        int
            Its length.
        """
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            self._let_go()
            return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            self._let_go()

    def _let_go(self) -> None:
        """Send what follows nowhere, what waits to be written included."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        """Be the stream in all else."""
        return getattr(self._stream, name)


def make_streams_last() -> None:
    """Let both streams of this process outlive their readers and write what their encoding has."""
    codecs.register_error(_HANDLER, _written_plainly)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_HANDLER)
            setattr(sys, name, LastingStream(stream))


def _written_plainly(error: UnicodeError) -> tuple[str, int]:
    """Put the nearest plain signs in the place of signs that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(map(_plain, lacking)), error.end


def _plain(sign: str) -> str:
    letters = unicodedata.normalize("NFKD", _PLAIN.get(sign, sign))
    return letters.encode("ascii", errors="ignore").decode("ascii") or "?"
