"""Trees of arrays in netCDF files with a description in JSON: whole and unchanged."""

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from learnclimate.core.errors import FileError
from learnclimate.core.files import replaced_atomically
from learnclimate.inference.seal import seal, seal_holds

#: Rises with every change that an older learnclimate could not read.
FORMAT = 4

_ATTRIBUTE = "learnclimate"
_HDF5 = b"\x89HDF\r\n\x1a\n"


def write_tree(path: Path, header: Mapping[str, Any], draws: xr.DataTree) -> None:
    """
    Write a tree and its description, whole or not at all.

    Parameters
    ----------
    path : Path
        Where to write.
    header : mapping
        The description: what JSON holds, ``format`` among it.
    draws : xarray.DataTree
        The arrays.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    written = draws.copy()
    written.attrs[_ATTRIBUTE] = json.dumps(header, allow_nan=False)
    with replaced_atomically(path) as temporary:
        written.to_netcdf(temporary, engine="h5netcdf")
        seal(temporary)


def read_tree(path: Path) -> tuple[dict[str, Any], xr.DataTree]:
    """
    Read what `write_tree` wrote.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    header : dict
        The description.
    draws : xarray.DataTree
        The arrays.

    Raises
    ------
    FileError
        If the file is missing, damaged, not a fit, or written by a newer learnclimate.
    """
    _refuse_foreign(path)
    _refuse_damaged(path)
    try:
        with (
            warnings.catch_warnings(),
            xr.open_datatree(path, engine="h5netcdf", decode_timedelta=False) as opened,
        ):
            draws = opened.load()
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError) as error:
        raise damaged(path, error) from error
    header = _header(path, draws)
    try:
        return header, _decoded(draws)
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, why: object) -> FileError:
    """
    Say that a file cannot be read.

    Parameters
    ----------
    path : Path
        The file.
    why : object
        The reason.

    Returns
    -------
    FileError
        To be raised.
    """
    return FileError(f"{path} is damaged and cannot be read: {why}. Save it anew.")


def _refuse_foreign(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(_HDF5))
    except FileNotFoundError as error:
        raise FileError(f"There is no file {path}.") from error
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}.") from error
    if start != _HDF5:
        raise FileError(f"{path} is not a fit. Give a file that fit.save(path) wrote.")


def _refuse_damaged(path: Path) -> None:
    """Look at the seal first: what reads HDF5 was not made for damaged files."""
    try:
        holds = seal_holds(path)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}.") from error
    if holds is None:
        raise FileError(
            f"{path} is damaged or is not a fit: it does not end as fit.save(path) ends a file. "
            "Save it anew; a fit that an older learnclimate saved is to be fitted again."
        )
    if not holds:
        raise damaged(path, "its content is not what was saved")


def _header(path: Path, draws: xr.DataTree) -> dict[str, Any]:
    text = draws.attrs.get(_ATTRIBUTE)
    if text is None:
        raise FileError(f"{path} is not a fit. Give a file that fit.save(path) wrote.")
    try:
        header = json.loads(text)
        written = int(header["format"])
    except (ValueError, TypeError, KeyError) as error:
        raise FileError(f"{path} is damaged: its description cannot be read.") from error
    if written > FORMAT:
        raise FileError(
            f"{path} was written by a newer learnclimate (file format {written}, this one reads "
            f"up to {FORMAT}). Upgrade: pip install --upgrade learnclimate."
        )
    return dict(header)


def _decoded(draws: xr.DataTree) -> xr.DataTree:
    """Give texts their fixed-width type again; netCDF brings them back as objects."""
    groups = {}
    for node in draws.subtree:
        group = node.to_dataset(inherit=False)
        texts = {
            key: variable.astype(str)
            for key, variable in group.variables.items()
            if variable.dtype.kind == "O"
        }
        coordinates = {key: value for key, value in texts.items() if key in group.coords}
        others = {key: value for key, value in texts.items() if key not in group.coords}
        groups[node.path] = group.assign_coords(coordinates).assign(others)
    groups["/"] = groups["/"].drop_attrs()
    return xr.DataTree.from_dict(groups)
