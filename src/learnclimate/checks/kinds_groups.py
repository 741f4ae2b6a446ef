"""Mean counts of several kinds by level and by team: of the answers, and of new counts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.comparison import HIDDEN, Comparison, compare
from learnclimate.checks.told_sums import steps_of_means
from learnclimate.core import kind_labels as kinds
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.disclosure.open_numbers import numbers_that_tell
from learnclimate.disclosure.rounding import digits_that_hide, to_step
from learnclimate.disclosure.rule import DisclosureRule, is_protected, too_small

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Labels = tuple[dict[str, object], ...]


@dataclass(frozen=True, slots=True)
class Division:
    """
    All respondents divided into groups: by their level of a frequency, or by their team.

    Attributes
    ----------
    labels : tuple of dict
        What names each group in a table.
    place : ndarray of shape (n_respondents,), int
        Each respondent's group.
    answered : ndarray of shape (n_respondents, n_kinds + 1), bool
        Whose counts of each kind are known, and in the last column of all kinds.
    sizes : ndarray of shape (n_groups,), int
        Respondents that are told of: by the kind that fewest of a group answered, or all of it.
    shown : ndarray of shape (n_groups, n_kinds + 1), bool
        Which means may be shown.
    digits : ndarray of shape (n_groups, n_kinds + 1), int
        To how many decimals; -1 as they are.
    steps : ndarray of shape (n_groups, n_kinds + 1)
        In which steps means of the answers are told and compared, where a team or a level is
        hidden; 0 as they are.
    """

    labels: Labels
    place: IntArray
    answered: BoolArray
    sizes: IntArray
    shown: BoolArray
    digits: IntArray
    steps: FloatArray

    def means(self, counts: IntArray) -> FloatArray:
        """
        Average counts by group and kind.

        Parameters
        ----------
        counts : ndarray of shape (n_respondents, n_kinds), int
            Counts of every kind.

        Returns
        -------
        ndarray of shape (n_groups, n_kinds + 1)
            Mean counts, the total last; not a number where nobody of a group answered.
        """
        whole = np.column_stack([counts, counts.sum(axis=1)])
        sums = _by_group(self.place, np.where(self.answered, whole, 0), len(self.labels))
        size = _by_group(self.place, self.answered, len(self.labels))
        return sums / np.where(size > 0, size, np.nan)

    def table(
        self, names: Sequence[str], own: FloatArray, theirs: FloatArray, interval: float
    ) -> pd.DataFrame:
        """
        Compare the means of the answers with those of new counts.

        Parameters
        ----------
        names : sequence of str
            The kinds and the total.
        own : ndarray of shape (n_groups, n_kinds + 1)
            Means of the answers.
        theirs : ndarray of shape (n_draws, n_groups, n_kinds + 1)
            Means of new counts.
        interval : float
            Probability of the interval.

        Returns
        -------
        pandas.DataFrame
            Columns ``kind``, what names a group, ``n_respondents``, then those of `Comparison`;
            what may not be shown comes without figures.
        """
        n_compared, rows = int(self.shown.sum()), []
        for kind, name in enumerate(names):
            for group, label in enumerate(self.labels):
                one, people = HIDDEN, None
                if self.shown[group, kind]:
                    replicated = theirs[:, group, kind]
                    digits = int(self.digits[group, kind])
                    told = told_figure(own[group, kind], digits, self.steps[group, kind])
                    one = compare(told, replicated, interval, n_compared=n_compared)
                    one = to_decimals(one, digits)
                    people = int(self.sizes[group])
                rows.append({"kind": name} | label | {"n_respondents": people} | one.as_row)
        columns = ["kind", *self.labels[0], "n_respondents", *Comparison.__dataclass_fields__]
        return pd.DataFrame(rows, columns=columns).astype({"n_respondents": "Int64"})


def told_figure(own: float, digits: int, step: float) -> float:
    """
    Round a figure of the answers before it is compared: its probability would tell it else.

    Parameters
    ----------
    own : float
        The figure.
    digits : int
        Decimals; -1 for none to round.
    step : float
        A step; 0 for none.

    Returns
    -------
    float
        As it is told.

    Examples
    --------
    >>> told_figure(3.337, -1, 0.0), told_figure(3.337, 1, 0.0), told_figure(3.337, 2, 0.2)
    (3.337, 3.3, 3.4)
    """
    if digits < 0:
        return to_step(own, step)
    return to_step(own, max(step, 10.0**-digits))


def to_decimals(one: Comparison, digits: int) -> Comparison:
    """
    Round the figures of a comparison that would tell of how many answers they are.

    Parameters
    ----------
    one : Comparison
        The comparison.
    digits : int
        Decimals; -1 for none to round.

    Returns
    -------
    Comparison
        The same, its verdict and its probability kept.
    """
    if digits < 0:
        return one
    return replace(
        one,
        median=round(one.median, digits) + 0.0,
        lower=round(one.lower, digits) + 0.0,
        upper=round(one.upper, digits) + 0.0,
    )


def by_levels(design: KindsDesign, rule: DisclosureRule) -> tuple[Division, ...]:
    """
    Divide the respondents by their level of each frequency.

    Parameters
    ----------
    design : KindsDesign
        The respondents.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    tuple of Division
        One a frequency.
    """
    found = []
    for position, frequency in enumerate(design.people.coding.frequencies):
        place = design.people.frequency_level[:, position]
        labels: Labels = tuple(
            {"frequency": frequency.name, "level": level} for level in frequency.levels
        )
        hidden = design.hidden_levels(position, rule)
        found.append(_division(design, (labels, place), hidden, rule))
    return tuple(found)


def by_teams(design: KindsDesign, rule: DisclosureRule) -> Division:
    """
    Divide the respondents by their team.

    Parameters
    ----------
    design : KindsDesign
        The respondents.
    rule : DisclosureRule
        Which teams are too small to show.

    Returns
    -------
    Division
        The teams.
    """
    people, sizes = design.people, design.team_sizes
    hidden = hidden_teams_of(people, rule, sizes)
    labels: Labels = tuple({"team": team} for team in people.teams)
    return _division(design, (labels, people.team), hidden, rule)


def tells_of_incomplete(
    design: KindsDesign, rule: DisclosureRule, place: IntArray | None = None
) -> bool:
    """
    Say whether totals would tell what those counted who left some kinds open, and who are few.

    The sums of all kinds, less the sum of the totals of those who answered all of them, are the
    counts of those who did not.

    Parameters
    ----------
    design : KindsDesign
        The respondents.
    rule : DisclosureRule
        How many are few.
    place : ndarray of shape (n_respondents,), int, optional
        Each respondent's group; all in one where left out.

    Returns
    -------
    bool
        True where of a group at least they are few.
    """
    incomplete = design.answered.any(axis=1) & ~design.answered.all(axis=1)
    groups = np.zeros(len(incomplete), dtype=np.int64) if place is None else place
    return bool(too_small(np.bincount(groups, incomplete), rule).any())


def _division(
    design: KindsDesign,
    groups: tuple[Labels, IntArray],
    hidden: BoolArray,
    rule: DisclosureRule,
) -> Division:
    labels, place = groups
    answered = np.column_stack([design.answered, design.answered.all(axis=1)])
    size = _by_group(place, answered, len(labels))
    shown = ~hidden[:, None] & (size > 0)
    for kind, of_kind in enumerate(size.T):
        rest = of_kind[hidden & (of_kind > 0)]
        # Hidden groups protect each other by the kind that fewest answered; one of them may be
        # the only one with a kind.
        alone = bool(too_small(rest, rule).any()) and not is_protected(rest, rule)
        if alone or too_small(of_kind[~hidden], rule).any():
            shown[:, kind] = False
    if tells_of_incomplete(design, rule, place) or tells_of_incomplete(design, rule):
        shown[:, -1] = False
    told = design.told_sizes(place, len(labels), rule.minimum)
    few = design.few_open(place, rule.minimum)
    coarse = [digits_that_hide(int(n), 2) for n in np.bincount(place, minlength=len(labels))]
    digits = np.where(few, np.array(coarse)[:, None], -1)
    guarded = leaves_a_sum(design, rule)
    steps = [steps_of_means(told, of_kind, guarded=guarded) for of_kind in shown.T]
    return Division(labels, place, answered, told, shown, digits, np.column_stack(steps))


def leaves_a_sum(design: KindsDesign, rule: DisclosureRule) -> bool:
    """
    Say whether exact means would leave the sum of a hidden team or level, as of a single count.

    Parameters
    ----------
    design : KindsDesign
        The respondents.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    bool
        True where a team or a level is hidden.
    """
    if hidden_teams_of(design.people, rule, design.team_sizes).any():
        return True
    positions = range(len(design.people.coding.frequencies))
    return any(design.hidden_levels(position, rule).any() for position in positions)


def _by_group(place: IntArray, values: npt.NDArray[np.generic], n_groups: int) -> FloatArray:
    """Sum the rows of each group, (n_groups, n_columns)."""
    columns = [np.bincount(place, column, minlength=n_groups) for column in values.T]
    return np.column_stack(columns).astype(float)


def names_of(design: KindsDesign) -> tuple[str, ...]:
    """
    Name the kinds and their total.

    Parameters
    ----------
    design : KindsDesign
        The respondents.

    Returns
    -------
    tuple of str
        The kinds in order, then the total.
    """
    return (*design.kinds, kinds.TOTAL)


def pair_name(design: KindsDesign, one: int, other: int) -> str:
    """
    Name a pair of kinds.

    Parameters
    ----------
    design : KindsDesign
        The respondents.
    one, other : int
        Places of the kinds.

    Returns
    -------
    str
        Both names.
    """
    return f"{design.kinds[one]} and {design.kinds[other]}"


def digits_by_kind(design: KindsDesign, rule: DisclosureRule) -> dict[str, int]:
    """
    Give the decimals to which figures about everybody are told.

    Parameters
    ----------
    design : KindsDesign
        The respondents.
    rule : DisclosureRule
        How many are few.

    Returns
    -------
    dict of str to int
        By kind, total and pair of kinds; -1 as they are.
    """
    everyone = np.zeros(len(design.answered), dtype=np.int64)
    few = design.few_open(everyone, rule.minimum)
    telling = numbers_that_tell(~design.answered, rule.minimum)
    coarse = digits_that_hide(len(everyone) // 2)
    found = {name: coarse if own else -1 for name, own in zip(names_of(design), few, strict=True)}
    for one, other in combinations(range(design.n_kinds), 2):
        both = design.answered[:, one] & design.answered[:, other]
        missing = int((~both).sum())
        is_few = missing in telling or bool(
            too_small([missing], rule).any() or few[[one, other]].any()
        )
        found[pair_name(design, one, other)] = coarse if is_few else -1
    return found


def level_names(levels: pd.DataFrame) -> list[str]:
    """
    Name the rows of a table of means by level.

    Parameters
    ----------
    levels : pandas.DataFrame
        With columns ``kind, frequency, level``.

    Returns
    -------
    list of str
        As ``"talk: weekly, training"``.
    """
    named = levels["frequency"] + ": " + levels["level"].astype(str) + ", " + levels["kind"]
    return [str(name) for name in named]
