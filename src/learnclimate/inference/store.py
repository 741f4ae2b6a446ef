"""Fits in files: one netCDF file, written whole or not at all, without respondent rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.errors import FileError, LearnClimateError
from learnclimate.core.files import checked_path
from learnclimate.counts.asked_rows import AskedRows
from learnclimate.counts.design import CountDesign
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule
from learnclimate.inference.declarations import from_plain, to_plain
from learnclimate.inference.drawn_anew import (
    drawn_anew,
    secret_numbers,
    told_certificate,
    with_moved_draws,
)
from learnclimate.inference.file_standardised import PlainStudy
from learnclimate.inference.fit_files import FORMAT, damaged, read_tree, write_tree
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.moved_draws import with_curves
from learnclimate.inference.predicted_shown import with_counts_of_shown
from learnclimate.inference.provenance import Provenance, told_fingerprint
from learnclimate.inference.response import kept_response
from learnclimate.inference.small_groups import (
    MINIMUMS_OF_TEAMS,
    ROWS_OF_RESPONDENTS,
    merged_reasons,
    without_small_groups,
)
from learnclimate.survey.codebook_toml import codebook_from_mapping, codebook_to_mapping

_RESPONDENTS, _UNKNOWN = ROWS_OF_RESPONDENTS
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
    "version": _Layout(("respondent",), np.int64),
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
    header, draws = fit_parts(fit, include_respondents=include_respondents, rule=rule)
    write_tree(path, {"format": FORMAT, **header}, draws)


def fit_parts(
    fit: Fit, *, include_respondents: bool = False, rule: DisclosureRule | None = None
) -> tuple[dict[str, Any], xr.DataTree]:
    """
    Take a fit apart into a description and the arrays that may be kept.

    Parameters
    ----------
    fit : Fit
        The fit.
    include_respondents : bool, default False
        See `save_fit`.
    rule : DisclosureRule, optional
        See `save_fit`.

    Returns
    -------
    header : dict
        What JSON holds.
    draws : xarray.DataTree
        Arrays.

    Raises
    ------
    FileError
        If rows are asked for that the fit no longer has.
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
        secret = secret_numbers(draws, fit.design)
        draws = with_counts_of_shown(draws, fit.design, fit.model.family, rule, secret)
        draws = with_moved_draws(draws, secret, partial(with_curves, coding=fit.coding))
        draws = without_small_groups(draws, fit.coding, rule)
        draws = drawn_anew(draws, secret, rule, PlainStudy(fit.model.family, fit.coding))
    told = fit
    if not include_respondents:
        kept = kept_response(fit.provenance, fit.draws, rule)
        told = replace(
            fit,
            provenance=told_provenance(kept, rule),
            certificate=told_certificate(fit.certificate),
        )
    header = {
        "codebook": codebook_to_mapping(fit.codebook),
        "disclosure": to_plain(rule),
        **{part: to_plain(getattr(told, part)) for part in _PARTS},
    }
    return header, draws


def fit_from_parts(header: Mapping[str, Any], draws: xr.DataTree) -> Fit:
    """
    Put a fit together again.

    Parameters
    ----------
    header : mapping
        As `fit_parts` made it.
    draws : xarray.DataTree
        As `fit_parts` made it.

    Returns
    -------
    Fit
        The fit.
    """
    codebook = codebook_from_mapping(header["codebook"])
    parts = {part: from_plain(header[part]) for part in _PARTS}
    design = _design(draws, parts["coding"])
    return Fit(draws=draws, codebook=codebook, design=design, **parts)


def load_fit(path: str | Path) -> Any:
    """
    Load a fit that its ``save`` wrote; PyMC is not needed.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    Fit, KindsFit, FactorFit or JointFit
        What was saved; without respondents' answers, unless the rows of a `Fit` were saved too.

    Raises
    ------
    ArgumentTypeError
        If the path is none.
    FileError
        If the file is missing, damaged, not a fit, or written by a newer learnclimate.

    Examples
    --------
    >>> import tempfile
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> path = Path(tempfile.mkdtemp()) / "fit.nc"
    >>> fit.save(path)
    >>> lc.load_fit(path).provenance.n_respondents == fit.provenance.n_respondents
    True
    """
    path = checked_path(path, "load_fit(path=...)")
    header, draws = read_tree(path)
    try:
        if "kind" not in header:
            return fit_from_parts(header, draws)
        from learnclimate.inference.factors.store import measured_fit
        from learnclimate.inference.kinds_store import KINDS, kinds_fit_from_parts

        if header["kind"] == KINDS:
            return kinds_fit_from_parts(header, draws)
        return measured_fit(header, draws)
    except (LearnClimateError, KeyError, TypeError, ValueError) as error:
        raise damaged(path, error) from error


def told_provenance(provenance: Provenance, rule: DisclosureRule) -> Provenance:
    """
    Leave out how many rows were left out or summed out, where they are few; keep the minimum.

    Of hashes of answers a file holds what takes long to compute (`told_fingerprint`).

    Parameters
    ----------
    provenance : Provenance
        Of a fit.
    rule : DisclosureRule
        How many are few.

    Returns
    -------
    Provenance
        What a file may tell.
    """
    smallest = max(rule.minimum, provenance.smallest_group or 0)
    reasons = merged_reasons(provenance.left_out, rule)
    reason = provenance.smallest_group_reason
    if smallest == rule.minimum:
        reason = str(rule.reason) if smallest < DEFAULT_MINIMUM else ""
    told = replace(
        provenance,
        left_out=reasons,
        smallest_group=smallest,
        smallest_group_reason=reason,
        data_hash=told_fingerprint(provenance.data_hash),
        answers_hash=told_fingerprint(provenance.answers_hash),
    )
    if 0 < (told.n_summed_out or 0) < rule.minimum:
        told = replace(told, n_summed_out=None, n_summed_out_below=rule.minimum)
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
    minimums = None
    for name in MINIMUMS_OF_TEAMS:
        if name in constant:
            minimums = constant[name].to_numpy().astype(np.int64)
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
        hidden_from=minimums,
        coding=coding,
        asked=AskedRows(**asked),
        unknown=_design(draws, coding, _UNKNOWN) if group == _RESPONDENTS else None,
    )
