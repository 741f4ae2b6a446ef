"""How finely observed means are told where a team or a level is hidden."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.counts.composition import level_counts
from learnclimate.counts.design import CountDesign
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.disclosure.blocks import suppress_blocks
from learnclimate.disclosure.rounding import steps_of_groups
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule

#: A share of squares, which are sums too.
_SHARE = 0.01
#: How many of the highest counts are averaged at the default minimum and below it.
_FEW_HIGHEST = (1, 2, 5)


def leaves_a_sum(design: CountDesign, rule: DisclosureRule) -> bool:
    """
    Say whether exact means would leave the sum of the counts of a hidden team or level.

    Where that sum is nothing, each of their members counted nothing. Whether something is hidden
    hangs on sizes alone, not on what was counted.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    bool
        True where a team or a level is hidden.
    """
    if hidden_teams_of(design, rule).any():
        return True
    return any(
        suppress_blocks(level_counts(design, position).sum(axis=0), rule).any()
        for position in range(len(design.coding.frequencies))
    )


def how_many_highest(people: int, rule: DisclosureRule) -> int:
    """
    Give how many of the highest counts are averaged.

    Five at the default minimum; above it ten, twenty, and so on, and below it two or one, with a
    reason that is recorded: the means of five and of six would tell the sixth, and of one minimum
    after another, one person's count after another. Likewise the rest, which the mean of all
    leaves, is not of few.

    Parameters
    ----------
    people : int
        How many counts there are.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    int
        All, where the others would be few.

    Examples
    --------
    >>> [how_many_highest(100, DisclosureRule(minimum)) for minimum in (5, 6, 10, 11)]
    [5, 10, 10, 20]
    >>> how_many_highest(100, DisclosureRule(3, reason="our own team agreed"))
    5
    >>> how_many_highest(8, DisclosureRule())
    8
    """
    highest = next(few for few in _FEW_HIGHEST if few >= min(rule.minimum, DEFAULT_MINIMUM))
    while highest < rule.minimum:
        highest *= 2
    return highest if people - highest >= rule.minimum else people


def steps_of_statistics(design: CountDesign, rule: DisclosureRule) -> Mapping[str, float]:
    """
    Give the steps in which figures of all answers are told.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    mapping of str to float
        By statistic: the squares of teams' sums would tell these sums. None where nothing is
        hidden, and none of figures that are sums over everybody.
    """
    return {"team share": _SHARE} if leaves_a_sum(design, rule) else {}


def steps_of_means(
    people: npt.NDArray[np.generic], shown: npt.NDArray[np.bool_], *, guarded: bool
) -> npt.NDArray[np.float64]:
    """
    Give the steps in which means of the shown groups are told.

    Parameters
    ----------
    people : ndarray of shape (n_groups,)
        How many are in each.
    shown : ndarray of shape (n_groups,), bool
        Which are shown.
    guarded : bool
        Whether a sum would be left, as `leaves_a_sum` says.

    Returns
    -------
    ndarray of shape (n_groups,)
        0 for means that are told as they are.
    """
    steps = np.zeros(len(shown))
    if guarded:
        steps[shown] = steps_of_groups(people[shown])
    return steps
