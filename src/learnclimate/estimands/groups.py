"""How many respondents stand behind the teams and levels of a fit, as far as may be shown."""

import numpy as np
import numpy.typing as npt

from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.counts.prediction import level_slices
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.merged_levels import standing_in
from learnclimate.inference.small_groups import hidden_levels

IntArray = npt.NDArray[np.int64]

#: Stands for a number of respondents that is not shown.
WITHHELD = -1


def team_sizes(fit: Fit | KindsFit, rule: DisclosureRule | None = None) -> IntArray:
    """
    Count the respondents of each team.

    Parameters
    ----------
    fit : Fit or KindsFit
        The fit.
    rule : DisclosureRule, optional
        Of several kinds, how few who left one open may not be told of.

    Returns
    -------
    ndarray of shape (n_teams,), int64
        In the order of dim ``team``; teams that a saved fit left out are absent.
    """
    if isinstance(fit.design, KindsDesign):
        people, minimum = fit.design.people, (rule or DisclosureRule()).minimum
        return fit.design.told_sizes(people.team, people.n_teams, minimum)
    return fit.draws["constant_data"]["team_size"].to_numpy().astype(np.int64)


def level_sizes(fit: Fit, levels: slice, rule: DisclosureRule) -> IntArray:
    """
    Count the respondents who gave each answer to one frequency, as far as may be shown.

    Where the number may not be shown, nothing else may be shown of that answer either: a
    flexible curve goes through the mean count of those who gave it.

    Parameters
    ----------
    fit : Fit
        The fit.
    levels : slice
        Where the frequency's levels lie in dim ``frequency_level``.
    rule : DisclosureRule
        Which groups are too small. The total counts as known.

    Returns
    -------
    ndarray of shape (n_levels,), int64
        `WITHHELD` where the number may not be shown.
    """
    stored = fit.draws["constant_data"]["level_size"].to_numpy().astype(float)
    sizes = np.nan_to_num(stored).round().astype(np.int64)
    return np.where(hidden_levels(fit.draws, rule), WITHHELD, sizes)[levels]


def levels_standing_in(fit: Fit, rule: DisclosureRule) -> tuple[IntArray, ...]:
    """
    Tell for each frequency which level stands in for each: where it may not be shown, another.

    Who is at a hidden level of one frequency tells of it, whichever other is asked about.

    Parameters
    ----------
    fit : Fit
        The fit.
    rule : DisclosureRule
        Which groups are too small.

    Returns
    -------
    tuple of ndarray of shape (n_levels,), int64
        One a frequency; a level that is shown stands for itself.
    """
    slices = level_slices(fit.coding)
    return tuple(standing_in(level_sizes(fit, own, rule) == WITHHELD) for own in slices)
