"""Results in a folder: made aside and moved into place only when all of them are there."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from learnclimate.core.errors import FileError

#: Stands in the head of every report.
_OURS = b'<meta name="generator" content="learnclimate'
_HEAD = 4096


def check_report_target(path: Path, *, force: bool = False) -> None:
    """
    Refuse a path where no report can be written, before anything is computed.

    Parameters
    ----------
    path : Path
        Where the report is to be written.
    force : bool, default False
        Whether to replace a file that is no report of ours.

    Raises
    ------
    FileError
        If it is a folder or a file that is no report of ours, its folder is missing, or
        nothing can be written there.
    """
    if path.is_dir():
        raise FileError(f"{path} is a folder. Give the path of a file.")
    _check_folder(path.parent, path)
    if path.exists() and not force and not _is_report(path):
        raise FileError(
            f"{path} exists, and is no report of learnclimate. Choose another path with --out, or "
            "replace it with --force."
        )


def _is_report(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _OURS in file.read(_HEAD)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}. Choose another path.") from error


@contextmanager
def staged_folder(target: Path) -> Iterator[Path]:
    """
    Give a folder to write results in, whose files take their places when the block succeeds.

    Parameters
    ----------
    target : Path
        Folder of the results; it is made where it is missing. Files of the same names
        are replaced, others are left alone.

    Yields
    ------
    Path
        An empty folder to write in.

    Raises
    ------
    FileError
        If nothing can be written there; this is known before the block runs, and
        nothing is left behind where the block fails.
    """
    if target.exists() and not target.is_dir():
        raise FileError(f"{target} is a file. Give a folder for the results.")
    parent = target if target.is_dir() else target.parent
    _check_folder(parent, target)
    staging = Path(tempfile.mkdtemp(dir=parent, prefix=".learnclimate-"))
    try:
        yield staging
        _move(staging, target)
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{target} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _check_folder(folder: Path, target: Path) -> None:
    if not folder.is_dir():
        raise FileError(f"There is no folder {folder}. Make it first, or choose another path.")
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=".learnclimate-")
    except OSError as error:
        raise FileError(
            f"{target} cannot be written: {error.strerror or error}. Choose another path."
        ) from error
    os.close(handle)
    Path(name).unlink()


def _move(staging: Path, target: Path) -> None:
    """Move all files into place; the report, which tells that all is there, comes last."""
    umask = os.umask(0)
    os.umask(umask)
    staging.chmod(0o777 & ~umask)
    if not target.exists():
        staging.rename(target)
        return
    files = [path for path in staging.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: (path.suffix == ".html", str(path))):
        place = target / path.relative_to(staging)
        place.parent.mkdir(exist_ok=True)
        path.replace(place)
