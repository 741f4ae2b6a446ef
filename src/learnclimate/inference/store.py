"""Fits in files: one netCDF file, written whole or not at all, without respondent rows."""

import hashlib
import json
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.errors import FileError, LearnClimateError
from learnclimate.core.files import checked_path, replaced_atomically
from learnclimate.counts.asked_rows import AskedRows
from learnclimate.counts.design import CountDesign
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.declarations import from_plain, to_plain
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.provenance import Provenance
from learnclimate.inference.small_groups import (
    ROWS_OF_RESPONDENTS,
    merged_reasons,
    without_small_groups,
)
from learnclimate.survey.codebook_toml import codebook_from_mapping, codebook_to_mapping

#: Rises with every change that an older learnclimate could not read.
FORMAT = 2

_ATTRIBUTE = "learnclimate"
_CHECKSUM = "learnclimate_checksum"
_RESPONDENTS, _UNKNOWN = ROWS_OF_RESPONDENTS
_HDF5 = b"\x89HDF\r\n\x1a\n"
_PARTS = ("model", "coding", "priors", "certificate", "provenance")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Dims of the respondents' columns in the file."""

    dims: tuple[str, ...]
    kind: type


_COLUMNS = {
    "outcome": _Layout(("respondent",), np.int64),
    "log_exposure": _Layout(("respondent",), np.float64),
    "frequency_level": _Layout(("respondent", "frequency"), np.int64),
    "covariates": _Layout(("respondent", "covariate"), np.float64),
    "team": _Layout(("respondent",), np.int64),
    "multiplicity": _Layout(("respondent",), np.float64),
    "weight": _Layout(("respondent",), np.float64),
}


#: Columns that only some ways of asking and families have.
_ASKED = {
    "highest": _Layout(("respondent",), np.int64),
    "trials": _Layout(("respondent",), np.int64),
    "zero_covariates": _Layout(("respondent", labels.ZERO_COVARIATE), np.float64),
}


def save_fit(
    fit: Fit, path: Path, *, include_respondents: bool = False, rule: DisclosureRule | None = None
) -> None:
    """
    Save a fit in one netCDF file, written whole or not at all.

    Parameters
    ----------
    fit : Fit
        The fit.
    path : Path
        Where to write.
    include_respondents : bool, default False
        Whether to keep the respondents' rows, and with them the small teams.
    rule : DisclosureRule, optional
        Which groups are too small to be kept.

    Raises
    ------
    FileError
        If the file cannot be written, or rows are asked for that the fit no longer has.
    """
    rule = rule or DisclosureRule()
    draws = fit.draws
    if include_respondents:
        if fit.design is None:
            raise FileError(
                "This fit was loaded without respondent rows, so none can be saved. "
                "Use include_respondents=False."
            )
        draws = _with_respondents(draws, fit.design)
    else:
        draws = without_small_groups(draws, fit.coding, rule)
    told = fit if include_respondents else replace(fit, provenance=_told(fit.provenance, rule))
    header = {
        "format": FORMAT,
        "codebook": codebook_to_mapping(fit.codebook),
        "disclosure": to_plain(rule),
        **{part: to_plain(getattr(told, part)) for part in _PARTS},
    }
    written = draws.copy()
    description = json.dumps(header, allow_nan=False)
    written.attrs[_ATTRIBUTE] = description
    written.attrs[_CHECKSUM] = _checksum(description, draws)
    with replaced_atomically(path) as temporary:
        written.to_netcdf(temporary, engine="h5netcdf")


def load_fit(path: str | Path) -> Fit:
    """
    Load a fit that `Fit.save` wrote; PyMC is not needed.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    Fit
        The fit; its ``design`` is None unless the respondents' rows were saved too.

    Raises
    ------
    ArgumentTypeError
        If the path is none.
    FileError
        If the file is missing, damaged, not a fit, or written by a newer learnclimate.

    Examples
    --------
    >>> load_fit("fit.nc")  # doctest: +SKIP
    <Fit of 692 respondents in 60 teams, 4000 draws, marginal engine, certificate passed>
    """
    path = checked_path(path, "load_fit(path=...)")
    _refuse_foreign(path)
    try:
        with (
            warnings.catch_warnings(),
            xr.open_datatree(path, engine="h5netcdf", decode_timedelta=False) as opened,
        ):
            draws = opened.load()
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError) as error:
        raise FileError(f"{path} is damaged and cannot be read: {error}. Save it anew.") from error
    header = _header(path, draws)
    try:
        _refuse_changed(draws)
        codebook = codebook_from_mapping(header["codebook"])
        parts = {part: from_plain(header[part]) for part in _PARTS}
        draws = _decoded(draws)
        design = _design(draws, parts["coding"])
    except (LearnClimateError, KeyError, TypeError, ValueError) as error:
        raise FileError(f"{path} is damaged and cannot be read: {error}. Save it anew.") from error
    return Fit(draws=draws, codebook=codebook, design=design, **parts)


def _told(provenance: Provenance, rule: DisclosureRule) -> Provenance:
    """Leave out how many rows were left out, where they are few."""
    told = replace(provenance, left_out=merged_reasons(provenance.left_out, rule))
    if provenance.n_left_out is None or not 0 < provenance.n_left_out < rule.minimum:
        return told
    return replace(told, n_left_out=None, n_left_out_below=rule.minimum)


def _with_respondents(draws: xr.DataTree, design: CountDesign) -> xr.DataTree:
    groups = {name: draws[name].to_dataset() for name in draws.children}
    groups[_RESPONDENTS] = _rows(design)
    if design.unknown is not None:
        groups[_UNKNOWN] = _rows(design.unknown)
    return xr.DataTree.from_dict(groups)


def _rows(design: CountDesign) -> xr.Dataset:
    columns = {name: (layout.dims, getattr(design, name)) for name, layout in _COLUMNS.items()}
    for name, layout in _ASKED.items():
        values = getattr(design.asked, name)
        if values is not None:
            columns[name] = (layout.dims, values)
    return xr.Dataset(columns)


def _design(draws: xr.DataTree, coding: Any, group: str = _RESPONDENTS) -> CountDesign | None:
    if group not in draws.children:
        return None
    rows, constant = draws[group], draws["constant_data"]
    team = rows["team"].to_numpy()
    teams = constant[labels.TEAM].to_numpy().astype(object)
    if len(team) and (team.min() < 0 or team.max() >= len(teams)):
        raise FileError("a respondent's team is not among the teams")
    departments = None
    if "team_department" in constant:
        departments = constant["team_department"].to_numpy().astype(object)
    columns: dict[str, Any] = {
        name: np.ascontiguousarray(rows[name].to_numpy(), dtype=layout.kind)
        for name, layout in _COLUMNS.items()
    }
    asked: dict[str, Any] = {
        name: np.ascontiguousarray(rows[name].to_numpy(), dtype=layout.kind)
        for name, layout in _ASKED.items()
        if name in rows
    }
    return CountDesign(
        **columns,
        teams=teams,
        departments=departments,
        coding=coding,
        asked=AskedRows(**asked),
        unknown=_design(draws, coding, _UNKNOWN) if group == _RESPONDENTS else None,
    )


def _checksum(description: str, draws: xr.DataTree) -> str:
    """Hash the description and every array, so that damage to the file is noticed."""
    digest = hashlib.sha256(description.encode())
    for group in sorted(draws.children):
        dataset = draws[group].to_dataset()
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


def _refuse_changed(draws: xr.DataTree) -> None:
    if _checksum(draws.attrs[_ATTRIBUTE], draws) != draws.attrs.get(_CHECKSUM):
        raise FileError("its content is not what was saved")


def _decoded(draws: xr.DataTree) -> xr.DataTree:
    """Give texts their fixed-width type again; netCDF brings them back as objects."""
    groups = {}
    for name in draws.children:
        group = draws[name].to_dataset()
        texts = {
            key: variable.astype(str)
            for key, variable in group.variables.items()
            if variable.dtype.kind == "O"
        }
        coordinates = {key: value for key, value in texts.items() if key in group.coords}
        others = {key: value for key, value in texts.items() if key not in group.coords}
        groups[name] = group.assign_coords(coordinates).assign(others)
    return xr.DataTree.from_dict(groups)
