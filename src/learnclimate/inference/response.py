"""The response of a fit's survey, as far as it may be told, and what a file keeps of it."""

from dataclasses import replace

import xarray as xr

from learnclimate.core import labels
from learnclimate.disclosure.response import Response, kept_invited, response_told
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.provenance import Provenance
from learnclimate.inference.small_groups import hidden_teams


def response_of(
    provenance: Provenance, draws: xr.DataTree, rule: DisclosureRule
) -> Response | None:
    """
    Tell which part of those who were asked is in the analysis.

    Parameters
    ----------
    provenance : Provenance
        Of a fit.
    draws : xarray.DataTree
        Its draws; of a loaded fit, without the teams that its file does not keep.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    Response or None
        None where it is not known how many were asked.
    """
    if provenance.invited is None:
        return None
    constant, is_shown = draws["constant_data"], ~hidden_teams(draws, rule)
    names = constant[labels.TEAM].to_numpy().astype(str)[is_shown]
    sizes = constant["team_size"].to_numpy()[is_shown]
    return response_told(
        provenance.invited,
        {str(team): int(size) for team, size in zip(names, sizes, strict=True)},
        provenance.n_respondents,
        rule,
        some_hidden=len(names) < provenance.n_teams,
    )


def kept_response(provenance: Provenance, draws: xr.DataTree, rule: DisclosureRule) -> Provenance:
    """
    Leave out of a file how many were asked, where that may not be told.

    Parameters
    ----------
    provenance : Provenance
        Of a fit.
    draws : xarray.DataTree
        Its draws.
    rule : DisclosureRule
        Which groups are too small to be kept.

    Returns
    -------
    Provenance
        What a file may hold.
    """
    told = response_of(provenance, draws, rule)
    if provenance.invited is None or told is None:
        return provenance
    return replace(provenance, invited=kept_invited(provenance.invited, told))
