"""Which answer options are hidden, and which are therefore told together: one choice for all."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.rule import (
    BoolArray,
    DisclosureRule,
    raised_to,
    suppress,
    suppress_neighbours,
)
from learnclimate.survey.outcome import Outcome

IntArray = npt.NDArray[np.int64]


def starts_by_version(outcome: Outcome) -> tuple[IntArray, ...]:
    """
    List the lowest counts of the answer options of each version of a questionnaire.

    Parameters
    ----------
    outcome : Outcome
        How the outcome was asked.

    Returns
    -------
    tuple of ndarray of shape (n_options,), int
        In the order of the versions; none where no options were offered.

    Examples
    --------
    >>> starts_by_version(Outcome("n", bins=["none", "1-2", "3 or more"]))[0].tolist()
    [0, 1, 3]
    """
    return tuple(
        np.array([option.lowest for option in options], dtype=np.int64)
        for _, options in outcome.bins
    )


def sizes_by_version(
    outcome: Outcome, lowest: IntArray, version: IntArray | None
) -> tuple[IntArray, ...]:
    """
    Count who chose each answer option, version by version.

    Parameters
    ----------
    outcome : Outcome
        How the outcome was asked, in options.
    lowest : ndarray of shape (n_respondents,), int
        Lowest count of the option that each chose.
    version : ndarray of shape (n_respondents,), int, or None
        Place of the version that each answered; None where there is one.

    Returns
    -------
    tuple of ndarray of shape (n_options,), int
        In the order of the versions.

    Examples
    --------
    >>> outcome = Outcome("n", bins=["none", "1-2", "3 or more"])
    >>> sizes_by_version(outcome, np.array([0, 3, 3]), None)[0].tolist()
    [1, 0, 2]
    """
    found = []
    for place, starts in enumerate(starts_by_version(outcome)):
        own = lowest if version is None else lowest[version == place]
        options = np.searchsorted(starts, own, side="right") - 1
        found.append(np.bincount(options, minlength=len(starts)).astype(np.int64))
    return tuple(found)


def hidden_versions(outcome: Outcome, sizes: Sequence[IntArray], rule: DisclosureRule) -> BoolArray:
    """
    Mark the versions of a questionnaire of whose answers nothing may be told.

    Parameters
    ----------
    outcome : Outcome
        How the outcome was asked, in options.
    sizes : sequence of ndarray of shape (n_options,), int
        How many chose each option, version by version.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    ndarray of shape (n_versions,), bool
        Versions make up the study, so that one alone could be told by subtraction. They are
        sorted by name, as the groups of any column are.

    Examples
    --------
    >>> asked = {"a": ["none", "1 or more"], "b": ["none", "1 or more"]}
    >>> outcome = Outcome("n", version="form", bins=asked)
    >>> hidden_versions(outcome, [np.array([9, 9]), np.array([1, 2])], DisclosureRule()).tolist()
    [True, True]
    """
    names = [name for name, _ in outcome.bins]
    return suppress([int(own.sum()) for own in sizes], rule, order=names)


def told_starts(outcome: Outcome, sizes: Sequence[IntArray], rule: DisclosureRule) -> IntArray:
    """
    List where the options begin that may be told apart when all versions are counted together.

    Options that are hidden side by side in one version are told as one: whoever lays the
    options of each version (`describe`) beside those of all would else find what is hidden.

    Parameters
    ----------
    outcome : Outcome
        How the outcome was asked, in options.
    sizes : sequence of ndarray of shape (n_options,), int
        How many chose each option, version by version.
    rule : DisclosureRule
        Which groups are too small to show. What a smaller minimum joins stays joined.

    Returns
    -------
    ndarray of shape (n_told,), int
        Lowest counts, the first 0: of options that every version has.

    Examples
    --------
    >>> outcome = Outcome("n", bins=["none", "1-2", "3-5", "6 or more"])
    >>> told_starts(outcome, [np.array([3, 20, 30, 25])], DisclosureRule()).tolist()
    [0, 3, 6]
    """
    asked = starts_by_version(outcome)
    common = np.array(sorted(set.intersection(*(set(own.tolist()) for own in asked))))
    within: set[int] = set()
    for step in raised_to(rule, np.concatenate(sizes)):
        hidden = hidden_versions(outcome, sizes, step)
        for starts, own, hide in zip(asked, sizes, hidden, strict=True):
            if not hide:
                within |= _within_blocks(starts, own, step)
        # Of versions that are hidden, the whole less the others tells them together.
        together = np.zeros(len(common), dtype=np.int64)
        for starts, own, hide in zip(asked, sizes, hidden, strict=True):
            if hide:
                np.add.at(together, np.searchsorted(common, starts, side="right") - 1, own)
        within |= _within_blocks(common, together, step)
    return common[~np.isin(common, list(within))]


def _within_blocks(starts: IntArray, sizes: IntArray, rule: DisclosureRule) -> set[int]:
    """Give the lowest counts of hidden options that follow another hidden one."""
    hidden = suppress_neighbours(sizes, rule)
    return set(starts[1:][hidden[1:] & hidden[:-1]].tolist())
