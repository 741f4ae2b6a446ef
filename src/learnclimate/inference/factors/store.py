"""Fits of factor models and joint models in files, without any respondent's answers."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.errors import FileError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.declarations import from_plain, to_plain
from learnclimate.inference.drawn_anew import (
    drawn_anew,
    secret_numbers,
    told_certificate,
    with_moved_draws,
)
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.hidden_answers import without_hidden_cuts
from learnclimate.inference.factors.variables import following_variables
from learnclimate.inference.fit_files import FORMAT, write_tree
from learnclimate.inference.small_groups import hidden_teams, with_minimums_of_teams
from learnclimate.inference.store import fit_from_parts, fit_parts, told_provenance
from learnclimate.joint.model import JointModel
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.factor_design import FactorDesign
from learnclimate.survey.codebook_toml import codebook_from_mapping, codebook_to_mapping

if TYPE_CHECKING:
    from learnclimate.inference.joint_fit import JointFit

_FACTOR, _JOINT = "factor", "joint"
_PARTS = ("model", "certificate", "provenance")
_TEXTS = ("factors", "items", "reversed_items")
_WHOLE = ("minimum", "n_categories", "loading_item", "loading_factor")
_COUNT_FITS = ("count", "two_step", "face_value")


def save_factor_fit(fit: FactorFit, path: Path, *, rule: DisclosureRule | None = None) -> None:
    """
    Save a fit of a factor model in one netCDF file.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    path : Path
        Where to write.
    rule : DisclosureRule, optional
        Which teams are too small to be kept.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    header, draws = _factor_parts(fit, rule or DisclosureRule())
    write_tree(path, {"format": FORMAT, "kind": _FACTOR, **header}, draws)


def save_joint_fit(fit: "JointFit", path: Path, *, rule: DisclosureRule | None = None) -> None:
    """
    Save a joint fit in one netCDF file.

    Parameters
    ----------
    fit : JointFit
        The fit.
    path : Path
        Where to write.
    rule : DisclosureRule, optional
        Which groups are too small to be kept.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    rule = rule or DisclosureRule()
    headers, trees = {}, {}
    headers[_FACTOR], trees[_FACTOR] = _factor_parts(fit.factor, rule)
    for name in _COUNT_FITS:
        headers[name], trees[name] = fit_parts(getattr(fit, name), rule=rule)
    header = {"format": FORMAT, "kind": _JOINT, "n_values": fit.n_values, **headers}
    write_tree(path, header, xr.DataTree(children=trees))


def measured_fit(header: Mapping[str, Any], draws: xr.DataTree) -> "FactorFit | JointFit":
    """
    Put a fit of a factor model, or a joint one, together again.

    Parameters
    ----------
    header : mapping
        The description of the file.
    draws : xarray.DataTree
        Its arrays.

    Returns
    -------
    FactorFit or JointFit
        What was saved.

    Raises
    ------
    FileError
        If the file holds another kind of fit.
    """
    if header["kind"] == _FACTOR:
        return _factor_fit(header, draws)
    if header["kind"] != _JOINT:
        raise FileError(f"it holds a fit of a kind that is not known, {header['kind']!r}")
    from learnclimate.inference.joint_fit import JointFit

    factor = _factor_fit(header[_FACTOR], _part(draws, _FACTOR))
    count, two_step, face_value = (
        fit_from_parts(header[name], _part(draws, name)) for name in _COUNT_FITS
    )
    model = JointModel(count.model, factor.model)
    return JointFit(count, two_step, face_value, factor, model, int(header["n_values"]))


def _part(draws: xr.DataTree, name: str) -> xr.DataTree:
    children = draws[name].children
    return xr.DataTree.from_dict({key: node.to_dataset() for key, node in children.items()})


def _with_told_sizes(constant: xr.Dataset, discretion: Discretion) -> xr.Dataset:
    """Give the size of each team, of those asked where few of it did not answer."""
    sizes = [
        discretion.told(size, team)
        for team, size in zip(
            constant[labels.TEAM].to_numpy().astype(str).tolist(),
            constant["team_size"].to_numpy().tolist(),
            strict=True,
        )
    ]
    return constant.assign(team_size=((labels.TEAM,), np.array(sizes, dtype=np.int64)))


def _factor_parts(fit: FactorFit, rule: DisclosureRule) -> tuple[dict[str, Any], xr.DataTree]:
    shown = np.flatnonzero(~hidden_teams(fit.draws, rule))
    discretion = fit.discretion(rule)
    secret = secret_numbers(fit.draws)
    draws = with_moved_draws(
        fit.draws, secret, partial(following_variables, logit=fit.model.link == "logit")
    )
    groups = {}
    for name in draws.children:
        group = draws[name].to_dataset()
        if name == "constant_data":
            group = _with_told_sizes(with_minimums_of_teams(group), discretion)
        # Names, sizes and factors of small teams stay with the answers.
        groups[name] = group.isel({labels.TEAM: shown}) if labels.TEAM in group.dims else group
    groups["posterior"] = without_hidden_cuts(groups["posterior"], fit.design, rule)
    provenance = told_provenance(fit.provenance, rule)
    told = replace(
        fit,
        provenance=replace(provenance, n_respondents=discretion.told(provenance.n_respondents)),
        certificate=told_certificate(fit.certificate),
    )
    design = fit.design
    layout = {name: list(getattr(design, name)) for name in _TEXTS}
    layout |= {name: getattr(design, name).tolist() for name in _WHOLE}
    written = drawn_anew(xr.DataTree.from_dict(groups), secret, rule)
    header = {
        "codebook": codebook_to_mapping(fit.codebook),
        "disclosure": to_plain(rule),
        "layout": {**layout, "loading_sd": design.loading_sd.tolist()},
        **{part: to_plain(getattr(told, part)) for part in _PARTS},
    }
    return header, written


def _factor_fit(header: Mapping[str, Any], draws: xr.DataTree) -> FactorFit:
    layout = header["layout"]
    n_items = len(layout["items"])
    constant = draws["constant_data"]
    teams = tuple(constant[labels.TEAM].to_numpy().astype(str).tolist())
    department = np.zeros(len(teams), dtype=np.int64)
    if "team_department" in constant:
        department = constant["team_department"].to_numpy().astype(np.int64)
    nobody = np.zeros(0, dtype=np.int64)
    texts: dict[str, Any] = {name: tuple(layout[name]) for name in _TEXTS}
    numbers: dict[str, Any] = {name: np.array(layout[name], dtype=np.int64) for name in _WHOLE}
    design = FactorDesign(
        **texts,
        **numbers,
        loading_sd=np.array(layout["loading_sd"], dtype=float),
        categories=np.zeros((0, n_items), dtype=np.int64),
        team=nobody,
        teams=teams,
        department=department,
        rows=nobody,
    )
    codebook = codebook_from_mapping(header["codebook"])
    parts = {part: from_plain(header[part]) for part in _PARTS}
    return FactorFit(draws=draws, codebook=codebook, design=design, **parts)
