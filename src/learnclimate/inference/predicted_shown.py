"""Counts of single respondents in a file: of people in teams that are shown, and of no others."""

import numpy as np
import xarray as xr

from learnclimate.core import labels
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.counts.unknown_levels import everyone_in_rows
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.standardised import standardised_answers
from learnclimate.inference.standardised_families import family_answers, has_exponential_mean

_STANDARDISED, _PREDICTED = "standardised", "predicted_count"
#: A stream of its own among those that start from the secret of a file.
_STREAM = 6


def with_counts_of_shown(
    draws: xr.DataTree,
    design: CountDesign | None,
    family: Family,
    rule: DisclosureRule,
    secret: np.random.SeedSequence,
) -> xr.DataTree:
    """
    Draw the counts of single respondents anew, of people in teams that are shown.

    The fit's are of everybody. Where counts are large, thousands of them are a mixture that tells
    how many people a hidden team has that lies apart from all others.

    Parameters
    ----------
    draws : xarray.DataTree
        The draws of a fit.
    design : CountDesign or None
        The respondents, where the fit has them.
    family : Family
        The family.
    rule : DisclosureRule
        Which teams are too small to show.
    secret : numpy.random.SeedSequence
        Where the chance of a file starts.

    Returns
    -------
    xarray.DataTree
        The same where no team is hidden, all are, draws of teams are not kept, or teams have a
        composition.
    """
    posterior = draws["posterior"].to_dataset()
    told = draws[_STANDARDISED].to_dataset() if _STANDARDISED in draws.children else xr.Dataset()
    if design is None or _PREDICTED not in told or labels.TEAM_EFFECTS not in posterior:
        return draws
    if design.coding.composition:
        # Teams without a row have no composition.
        return draws
    hidden = hidden_teams_of(design, rule)
    everybody = design if design.unknown is None else everyone_in_rows(design)
    rows = np.flatnonzero(~hidden[everybody.team])
    if not hidden.any() or not len(rows):
        return draws
    arrays = {str(name): posterior[name].to_numpy() for name in posterior.data_vars}
    entropy = np.random.SeedSequence(secret.entropy, spawn_key=(_STREAM,)).generate_state(2)
    seed, people = int(entropy[0]), everybody.of_rows(rows)
    if has_exponential_mean(family):
        found = standardised_answers(arrays, people, seed=seed)
    else:
        found = family_answers(family, arrays, people, seed=seed)
    groups = {str(name): draws[str(name)].to_dataset() for name in draws.children}
    anew = told[_PREDICTED].copy(data=found[_PREDICTED].reshape(told[_PREDICTED].shape))
    groups[_STANDARDISED] = told.assign({_PREDICTED: anew})
    return xr.DataTree.from_dict(groups)
