"""Finished parts of long work, kept in a file so that an interruption costs none of them."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from learnclimate.core.errors import ArgumentError, FileError
from learnclimate.core.files import checked_path, write_atomically
from learnclimate.core.layout import one_line_call

#: A finished part: numbers, texts and lists of them, as JSON holds them.
Record = dict[str, Any]

_FORMAT = "learnclimate finished parts, 1"
_SECONDS_BETWEEN_WRITES = 1.0


@dataclass(slots=True)
class KeptWork:
    """
    Finished parts by name, written to a file now and then where there is one.

    Attributes
    ----------
    path : Path or None
        The file; None keeps the parts in memory only.
    fingerprint : str
        What the parts belong to.
    records : dict of str to dict
        The parts.
    """

    path: Path | None
    fingerprint: str
    records: dict[str, Record] = field(default_factory=dict)
    _written: float = 0.0

    def add(self, name: str, record: Record) -> None:
        """
        Keep one more part.

        Parameters
        ----------
        name : str
            Its name.
        record : dict
            What was found.
        """
        self.records[name] = record
        # Writing costs time that grows with the parts; a second's work may be lost.
        if time.monotonic() - self._written > _SECONDS_BETWEEN_WRITES:
            self.write()

    def write(self) -> None:
        """
        Write all parts to the file, whole or not at all.

        Raises
        ------
        FileError
            If the file cannot be written.
        """
        if self.path is None:
            return
        content = {"format": _FORMAT, "made_for": self.fingerprint, "parts": self.records}
        write_atomically(self.path, json.dumps(content).encode())
        self._written = time.monotonic()


def kept_work(path: object, fingerprint: str, where: str) -> KeptWork:
    """
    Open a file of finished parts, or begin one.

    Parameters
    ----------
    path : object
        What the user gave for the file; None for no file.
    fingerprint : str
        What the parts belong to.
    where : str
        The argument, for messages.

    Returns
    -------
    KeptWork
        With the parts that the file holds.

    Raises
    ------
    ArgumentTypeError
        If the path is none.
    ArgumentError
        If the file holds parts of other work.
    FileError
        If the file cannot be read, or is something else.
    """
    if path is None:
        return KeptWork(None, fingerprint)
    target = checked_path(path, where)
    if not target.exists():
        work = KeptWork(target, fingerprint)
        work.write()
        return work
    content = _read(target)
    if content["made_for"] != fingerprint:
        raise ArgumentError(
            f"{where}: {target} holds parts of other work: another model, study, seed, setting "
            "(such as draws, interval or top) or version of learnclimate. Give another path, or "
            "remove the file."
        )
    return KeptWork(target, fingerprint, dict(content["parts"]))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise FileError(f"{path} holds no finished parts. Give another path.") from error
    known = isinstance(content, dict) and content.get("format") == _FORMAT
    if not known or not isinstance(content.get("parts"), dict):
        raise FileError(f"{path} holds no finished parts. Give another path.")
    return content


def fingerprint_of(*parts: object) -> str:
    """
    Make a short text that differs where any of the parts does.

    Parameters
    ----------
    *parts : object
        Declarations, by the call that makes them; bytes as they are.

    Returns
    -------
    str
        32 hexadecimal digits.

    Examples
    --------
    >>> fingerprint_of("a", 1) == fingerprint_of("a", 1), fingerprint_of("a") == fingerprint_of("b")
    (True, False)
    """
    digest = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else one_line_call(part).encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:32]
