"""The seal that ends a saved fit: a hash of all before it, looked at before anything is read."""

import hashlib
from pathlib import Path

_WORD = b"learnclimate sha256 "
_LENGTH = len(_WORD) + 64 + 1


def seal(path: Path) -> None:
    """
    Put a seal at the end of a file; HDF5 does not mind what follows its own end.

    Parameters
    ----------
    path : Path
        The file, written and closed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "fit.nc"
    ...     _ = path.write_bytes(b"draws")
    ...     seal(path)
    ...     seal_holds(path)
    True
    """
    digest = _hash(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(_WORD + digest.encode() + b"\n")


def seal_holds(path: Path) -> bool | None:
    """
    Tell whether a file is what was sealed.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bool or None
        Whether all before the seal is unchanged; None where the file does not end with a seal.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "fit.nc"
    ...     _ = path.write_bytes(b"draws without a seal")
    ...     seal_holds(path) is None
    True
    """
    length = path.stat().st_size - _LENGTH
    if length < 0:
        return None
    with path.open("rb") as file:
        file.seek(length)
        end = file.read()
    if not end.startswith(_WORD):
        return None
    return end == _WORD + _hash(path, length).encode() + b"\n"


def _hash(path: Path, length: int) -> str:
    """Hash the first bytes of a file, a mebibyte at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while length > 0 and (piece := file.read(min(length, 2**20))):
            digest.update(piece)
            length -= len(piece)
    return digest.hexdigest()
