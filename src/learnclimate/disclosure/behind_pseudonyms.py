"""Under pseudonyms the same groups are hidden as under the names, of which nothing is kept."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.nested import hierarchy_by_minimum, suppress_teams
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, BoolArray, DisclosureRule

IntArray = npt.NDArray[np.int64]

#: The largest minimum that is looked ahead to; above it all teams are hidden.
_MOST = 100


def names_behind(labels: npt.ArrayLike, in_order: Sequence[str]) -> npt.NDArray[np.generic]:
    """
    Tell what the rule sorts groups by: their names, also where codes stand for them.

    Parameters
    ----------
    labels : array_like of shape (n_groups,)
        Names or codes.
    in_order : sequence of str
        The codes in the order of the names that they stand for; empty where none do.

    Returns
    -------
    ndarray of shape (n_groups,)
        The labels, or the place of each code.

    Examples
    --------
    >>> names_behind(["T-9", "T-2"], ["T-9", "T-4", "T-2"]).tolist()
    [0, 2]
    """
    codes = np.asarray(labels).astype(str)
    if not in_order:
        return codes
    places = {code: place for place, code in enumerate(in_order)}
    return np.array([places.get(code, len(places)) for code in codes.tolist()], dtype=np.int64)


def hidden_from(
    counts: npt.ArrayLike, *, teams: npt.ArrayLike, departments: npt.ArrayLike | None = None
) -> IntArray:
    """
    Tell from which minimum on each team is hidden.

    Kept instead of the places of the names, which would tell who has the list of names whose
    codes are whose.

    Parameters
    ----------
    counts : array_like of shape (n_teams,) or (n_ways, n_teams)
        Respondents of each team; where they are counted in several ways, a team is hidden that
        any of these hides.
    teams : array_like of shape (n_teams,)
        Names of the teams, or places of their names.
    departments : array_like of shape (n_teams,), optional
        Names of their departments, or places of these.

    Returns
    -------
    ndarray of shape (n_teams,), int64
        From the default minimum up; 101 where a team is shown at any up to 100.

    Examples
    --------
    >>> hidden_from([9, 3, 30], teams=[1, 0, 2]).tolist()
    [5, 5, 7]
    """
    sizes = np.atleast_2d(np.asarray(counts))
    found = np.full(sizes.shape[1], _MOST + 1, dtype=np.int64)
    # Where there are no departments, the study is the only whole.
    parents = np.zeros(len(found), dtype=np.int64) if departments is None else departments
    for own in sizes:
        for minimum, hidden, _ in hierarchy_by_minimum(
            own, parents, DisclosureRule(_MOST), order=teams
        ):
            found[hidden] = np.minimum(found[hidden], minimum)
    return found


def hidden_from_told(
    own: npt.ArrayLike,
    everybody: npt.ArrayLike,
    *,
    teams: npt.ArrayLike,
    departments: npt.ArrayLike | None = None,
) -> IntArray:
    """
    Tell from which minimum on each team is hidden, where some left something open.

    Where few of a team did, their number is not told; nor may the minimum from which on the team
    is hidden tell it. Such a team counts whole above the default minimum.

    Parameters
    ----------
    own : array_like of shape (n_teams,)
        Who answered.
    everybody : array_like of shape (n_teams,)
        Who was asked.
    teams, departments : array_like of shape (n_teams,)
        As `hidden_from` takes them.

    Returns
    -------
    ndarray of shape (n_teams,), int64
        As `hidden_from` gives them.

    Examples
    --------
    >>> hidden_from_told([12, 6, 30], [13, 11, 30], teams=[0, 1, 2]).tolist()
    [14, 7, 7]
    """
    answered, asked = np.asarray(own), np.asarray(everybody)
    is_few = (asked > answered) & (asked - answered < DEFAULT_MINIMUM)
    told = np.stack([np.where(is_few, asked, answered), asked])
    above = hidden_from(told, teams=teams, departments=departments)
    exact = hidden_from(np.stack([answered, asked]), teams=teams, departments=departments)
    return np.where(exact <= DEFAULT_MINIMUM, DEFAULT_MINIMUM, above)


def without_names(minimums: npt.ArrayLike) -> IntArray:
    """
    Mark that names are replaced, so that no minimum below the default decides anew by them.

    Parameters
    ----------
    minimums : array_like of shape (n_teams,)
        As `hidden_from` gives them.

    Returns
    -------
    ndarray of shape (n_teams,), int64
        1 where the default minimum hides a team.

    Examples
    --------
    >>> without_names([5, 5, 7]).tolist()
    [1, 1, 7]
    """
    kept = np.asarray(minimums, dtype=np.int64)
    return np.where(kept <= DEFAULT_MINIMUM, 1, kept)


def hidden_by(
    minimums: npt.ArrayLike | None,
    counts: npt.ArrayLike,
    rule: DisclosureRule,
    *,
    teams: npt.ArrayLike,
    departments: npt.ArrayLike | None = None,
) -> BoolArray:
    """
    Mark the teams to hide by what is kept of them, or else by their sizes and names.

    Parameters
    ----------
    minimums : array_like of shape (n_teams,) or None
        From which minimum on each is hidden, where that is kept.
    counts : array_like of shape (n_teams,)
        Respondents of each team.
    rule : DisclosureRule
        The rule. Below the default minimum sizes and names decide, but under pseudonyms.
    teams : array_like of shape (n_teams,)
        Their names.
    departments : array_like of shape (n_teams,), optional
        The department of each team, where there are departments.

    Returns
    -------
    ndarray of shape (n_teams,), bool
        Whether a team is hidden.

    Examples
    --------
    >>> hidden_by([12, 20], [9, 30], DisclosureRule(12), teams=["b", "c"]).tolist()
    [True, False]
    """
    if minimums is not None:
        kept = np.asarray(minimums)
        if rule.minimum >= DEFAULT_MINIMUM or (kept < DEFAULT_MINIMUM).any():
            return hidden_at(kept, rule)
    return suppress_teams(counts, rule, teams=teams, departments=departments)


def hidden_at(minimums: npt.ArrayLike, rule: DisclosureRule) -> BoolArray:
    """
    Mark the teams that are hidden under a rule.

    Parameters
    ----------
    minimums : array_like of shape (n_teams,)
        From which minimum on each is hidden, as `hidden_from` gives it.
    rule : DisclosureRule
        The rule. A minimum below the default hides what the default does.

    Returns
    -------
    ndarray of shape (n_teams,), bool
        Whether a team is hidden; teams that a smaller minimum hides stay hidden.

    Examples
    --------
    >>> hidden_at([5, 5, 7], DisclosureRule()).tolist()
    [True, True, False]
    """
    return np.asarray(minimums) <= max(rule.minimum, DEFAULT_MINIMUM)
