"""Write a file whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from learnclimate.core.errors import ArgumentTypeError, FileError


def checked_path(path: object, where: str) -> Path:
    """
    Turn what the user gave into a path.

    Parameters
    ----------
    path : object
        What the user gave.
    where : str
        The argument, for the message.

    Returns
    -------
    Path
        The path.

    Raises
    ------
    ArgumentTypeError
        If it names no file.

    Examples
    --------
    >>> checked_path("fit.nc", "load_fit(path=...)").suffix
    '.nc'
    """
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise ArgumentTypeError(f"{where}: {path!r} names no file. Give a path, as 'fit.nc'.")
    return Path(os.fsdecode(path))


def write_atomically(path: Path, content: bytes) -> None:
    """
    Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        Where to write; an existing file is replaced.
    content : bytes
        What to write.

    Raises
    ------
    FileError
        If the folder is missing or the file cannot be written; nothing is left behind.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder) / "report.html", b"<p>Done.</p>")
    ...     (Path(folder) / "report.html").read_text()
    '<p>Done.</p>'
    """
    with replaced_atomically(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def replaced_atomically(path: Path) -> Iterator[Path]:
    """
    Give a temporary path, whose file takes the place of `path` when the block succeeds.

    Parameters
    ----------
    path : Path
        Where to write; an existing file is replaced.

    Yields
    ------
    Path
        An empty file in the same folder, to write to.

    Raises
    ------
    FileError
        If the folder is missing or the file cannot be written; nothing is left behind.
    """
    if path.is_dir():
        raise FileError(f"{path} is a folder. Give the path of a file.")
    if not path.parent.is_dir():
        raise FileError(f"There is no folder {path.parent}. Make it first, or choose another path.")
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except FileError:
        raise
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
