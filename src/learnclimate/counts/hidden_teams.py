"""Which teams of a design may not be shown."""

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.disclosure.behind_pseudonyms import hidden_by
from learnclimate.disclosure.rule import DisclosureRule


def hidden_teams_of(
    design: CountDesign, rule: DisclosureRule, sizes: npt.NDArray[np.int64] | None = None
) -> npt.NDArray[np.bool_]:
    """
    Mark the teams of a design that may not be shown.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    rule : DisclosureRule
        Which teams are too small to show.
    sizes : ndarray of shape (n_teams,), int64, optional
        Respondents that count, where these are not all of a team, as of several kinds.

    Returns
    -------
    ndarray of shape (n_teams,), bool
        Small teams, and those that protect them from subtraction.
    """
    counts = design.team_sizes if sizes is None else sizes
    return hidden_by(
        design.hidden_from, counts, rule, teams=design.teams, departments=design.departments
    )
