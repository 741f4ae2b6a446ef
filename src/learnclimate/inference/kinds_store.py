"""Fits of several kinds in files, without any respondent's row."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from learnclimate.core import labels
from learnclimate.core.errors import FileError
from learnclimate.counts.prediction import level_slices
from learnclimate.disclosure.blocks import blocks_named
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.declarations import from_plain, to_plain
from learnclimate.inference.drawn_anew import (
    drawn_anew,
    secret_numbers,
    told_certificate,
    with_moved_draws,
)
from learnclimate.inference.file_standardised import PlainStudyOfKinds
from learnclimate.inference.fit_files import FORMAT, write_tree
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.moved_draws import with_curves
from learnclimate.inference.response import kept_response
from learnclimate.inference.small_groups import hidden_levels, without_small_groups
from learnclimate.inference.store import told_provenance
from learnclimate.survey.codebook_toml import codebook_from_mapping, codebook_to_mapping

#: What the header of such a file says it is.
KINDS = "kinds"
_PARTS = ("model", "coding", "priors", "certificate", "provenance")


def save_kinds_fit(fit: KindsFit, path: Path, *, rule: DisclosureRule | None = None) -> None:
    """
    Save the fit of several kinds in one netCDF file.

    Parameters
    ----------
    fit : KindsFit
        The fit.
    path : Path
        Where to write.
    rule : DisclosureRule, optional
        Which groups are too small to be kept.

    Raises
    ------
    FileError
        If the file cannot be written, or few respondents gave an answer to a frequency.
    """
    rule = rule or DisclosureRule()
    hidden = hidden_levels(fit.draws, rule)
    if hidden.any():
        slices = level_slices(fit.coding)
        pairs = zip(fit.coding.frequencies, slices, strict=True)
        counts = fit.draws["constant_data"]["level_size"].to_numpy()
        named = [
            blocks_named(frequency.levels, hidden[own], counts[own]) for frequency, own in pairs
        ]
        raise FileError(
            "Too few respondents gave one of the answers to a frequency, and the parameters of "
            "this model would tell in a file what they counted. Put together what is hidden "
            "together, in the data and in frequency_levels, and fit again: "
            f"{', and '.join(filter(None, named))}."
        )
    secret = secret_numbers(fit.draws)
    draws = with_moved_draws(fit.draws, secret, partial(with_curves, coding=fit.coding))
    draws = without_small_groups(draws, fit.coding, rule)
    kept = kept_response(fit.provenance, fit.draws, rule)
    if fit.design is not None:
        draws["constant_data"] = _with_sizes_told(draws["constant_data"].to_dataset(), fit, rule)
    draws = drawn_anew(draws, secret, rule, PlainStudyOfKinds(fit.coding))
    told = replace(
        fit,
        provenance=told_provenance(kept, rule),
        certificate=told_certificate(fit.certificate),
    )
    header = {
        "format": FORMAT,
        "kind": KINDS,
        "codebook": codebook_to_mapping(told.codebook),
        "disclosure": to_plain(rule),
        **{part: to_plain(getattr(told, part)) for part in _PARTS},
    }
    write_tree(path, header, draws)


def _with_sizes_told(constant: xr.Dataset, fit: KindsFit, rule: DisclosureRule) -> xr.Dataset:
    """
    Count everybody who was asked where few left a kind open.

    The sizes decide which groups are small by who answered the kind that fewest did. Written so,
    they would tell, less the size that another table gives of the same group, how few did not.
    They are those of `KindsDesign.told_sizes`, as in the session of the fit.
    """
    if fit.design is None:
        return constant
    people, minimum = fit.design.people, rule.minimum
    own = pd.Index(people.teams.astype(str)).get_indexer(constant[labels.TEAM].to_numpy())
    levels = [
        fit.design.told_sizes(people.frequency_level[:, column], len(frequency.levels), minimum)
        for column, frequency in enumerate(fit.coding.frequencies)
    ]
    teams = fit.design.told_sizes(people.team, people.n_teams, minimum)[own]
    told = {
        name: constant[name].copy(data=sizes)
        for name, sizes in (("team_size", teams), ("level_size", np.concatenate(levels)))
    }
    return constant.assign(told)


def kinds_fit_from_parts(header: Mapping[str, Any], draws: xr.DataTree) -> KindsFit:
    """
    Put a fit of several kinds together again.

    Parameters
    ----------
    header : mapping
        The description of the file.
    draws : xarray.DataTree
        Its arrays.

    Returns
    -------
    KindsFit
        The fit, without its respondents.
    """
    codebook = codebook_from_mapping(header["codebook"])
    parts = {part: from_plain(header[part]) for part in _PARTS}
    return KindsFit(draws=draws, codebook=codebook, **parts)
