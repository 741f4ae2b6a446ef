"""Write a file whole or not at all."""

import os
import tempfile
from pathlib import Path

from learnclimate.core.errors import FileError


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
    """
    if path.is_dir():
        raise FileError(f"{path} is a folder. Give the path of a file.")
    if not path.parent.is_dir():
        raise FileError(f"There is no folder {path.parent}. Make it first, or choose another path.")
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
