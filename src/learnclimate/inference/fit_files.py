"""Trees of arrays in netCDF files with a description in JSON: whole and unchanged."""

import hashlib
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from learnclimate.core.errors import FileError
from learnclimate.core.files import replaced_atomically

#: Rises with every change that an older learnclimate could not read.
FORMAT = 4

_ATTRIBUTE = "learnclimate"
_CHECKSUM = "learnclimate_checksum"
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
    description = json.dumps(header, allow_nan=False)
    written.attrs[_ATTRIBUTE] = description
    written.attrs[_CHECKSUM] = _checksum(description, draws)
    with replaced_atomically(path) as temporary:
        written.to_netcdf(temporary, engine="h5netcdf")


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
        changed = _checksum(draws.attrs[_ATTRIBUTE], draws) != draws.attrs.get(_CHECKSUM)
        decoded = _decoded(draws)
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, error) from error
    if changed:
        raise damaged(path, "its content is not what was saved")
    return header, decoded


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


def _checksum(description: str, draws: xr.DataTree) -> str:
    """Hash the description and every array, so that damage to the file is noticed."""
    digest = hashlib.sha256(description.encode())
    for node in sorted(draws.subtree, key=lambda one: one.path):
        group = node.path.lstrip("/")
        dataset = node.to_dataset(inherit=False)
        for name in sorted(map(str, dataset.variables)):
            values = dataset.variables[name].to_numpy()
            digest.update(f"{group}/{name}{values.shape}".encode())
            if values.dtype.kind in "iufb":
                digest.update(np.ascontiguousarray(values).tobytes())
            else:
                digest.update("\x00".join(map(str, values.ravel())).encode())
    return digest.hexdigest()


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
