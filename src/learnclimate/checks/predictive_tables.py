"""Observed figures beside those of new counts, in tables: statistics, bins, levels, teams."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.bins import bin_label
from learnclimate.checks.comparison import HIDDEN, Comparison, compare, compare_misplaced
from learnclimate.checks.replicates import Tally
from learnclimate.checks.team_counts import TeamSums
from learnclimate.checks.told_sums import leaves_a_sum, steps_of_means
from learnclimate.core.intervals import interval_bounds
from learnclimate.counts.composition import level_counts
from learnclimate.counts.design import CountDesign
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.counts.prediction import level_slices
from learnclimate.disclosure.blocks import suppress_blocks
from learnclimate.disclosure.rounding import to_step
from learnclimate.disclosure.rule import DisclosureRule, too_small

FloatArray = npt.NDArray[np.float64]


def statistics_table(
    tallies: tuple[Tally, Tally],
    interval: float,
    rule: DisclosureRule,
    *,
    zeros: bool,
    steps: Mapping[str, float],
) -> pd.DataFrame:
    """
    Compare every statistic of the answers with that of new counts.

    Parameters
    ----------
    tallies : tuple of Tally
        Of the answers, and of new counts.
    interval : float
        Probability of the interval.
    rule : DisclosureRule
        Which groups are too small to show.
    zeros : bool
        Whether zeros are told apart from other counts.
    steps : mapping of str to float
        In which steps figures of the answers are told and compared; others as they are.

    Returns
    -------
    pandas.DataFrame
        Columns ``statistic``, then those of `Comparison`.
    """
    observed, replicated = tallies
    found = {}
    for name, values in observed.statistics.items():
        # What is compared is what is told: a probability of the exact figure would tell it.
        own = to_step(float(values[0]), steps.get(name, 0.0))
        found[name] = compare(own, replicated.statistics[name], interval)
    n = round(float(observed.in_bins[0].sum()))
    n_zeros = round(float(observed.statistics["share of zeros"][0]) * n)
    if not zeros or too_small([n_zeros, n - n_zeros], rule).any():
        found["share of zeros"] = replace(
            found["share of zeros"], observed=np.nan, probability=np.nan, hidden=True
        )
    found["distribution"] = compare_misplaced(observed.in_bins[0], replicated.in_bins, interval)
    return pd.DataFrame([{"statistic": name, **one.as_row} for name, one in found.items()])


def rootogram_table(
    starts: npt.NDArray[np.int64], observed: FloatArray, replicated: FloatArray, interval: float
) -> pd.DataFrame:
    """
    Lay respondents per bin of counts out beside those expected.

    Parameters
    ----------
    starts : ndarray of shape (n_bins,), int
        The lowest count of each bin.
    observed : ndarray of shape (n_bins,)
        Respondents in each.
    replicated : ndarray of shape (n_draws, n_bins)
        The same of each set of new counts.
    interval : float
        Probability of the interval.

    Returns
    -------
    pandas.DataFrame
        Columns ``counts, first, last, observed, expected, lower, upper``.
    """
    lasts = [int(start) - 1 for start in starts[1:]]
    lower, upper = interval_bounds(replicated, interval)
    return pd.DataFrame(
        {
            "counts": [
                bin_label(int(first), last)
                for first, last in zip(starts, [*lasts, None], strict=True)
            ],
            "first": starts,
            "last": pd.array([*lasts, pd.NA], dtype="Int64"),
            "observed": np.rint(observed).astype(np.int64),
            "expected": replicated.mean(axis=0),
            "lower": lower,
            "upper": upper,
        }
    )


def level_table(
    design: CountDesign,
    observed: Tally,
    replicated: Tally,
    interval: float,
    rule: DisclosureRule,
) -> pd.DataFrame:
    """
    Compare the mean count of those who gave each answer with that of new counts.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    observed, replicated : Tally
        Of the answers, and of new counts.
    interval : float
        Probability of the interval.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    pandas.DataFrame
        Columns ``frequency, level, n_respondents``, then those of `Comparison`.
    """
    rows: list[dict[str, object]] = []
    guarded = leaves_a_sum(design, rule)
    for position, where in enumerate(level_slices(design.coding)):
        frequency = design.coding.frequencies[position]
        answered = level_counts(design, position).sum(axis=0)
        shown = ~suppress_blocks(answered, rule) & (answered > 0)
        steps = steps_of_means(answered, shown, guarded=guarded)
        for index, level in enumerate(frequency.levels):
            one, people = HIDDEN, None
            if shown[index]:
                own = to_step(float(observed.level_means[0, where.start + index]), steps[index])
                theirs = replicated.level_means[:, where.start + index]
                one = compare(own, theirs, interval, n_compared=int(shown.sum()))
                people = round(float(answered[index]))
            about = {"frequency": frequency.name, "level": level, "n_respondents": people}
            rows.append(about | one.as_row)
    columns = ["frequency", "level", "n_respondents", *Comparison.__dataclass_fields__]
    return pd.DataFrame(rows, columns=columns).astype({"n_respondents": "Int64"})


def compare_teams(
    design: CountDesign,
    observed: TeamSums,
    replicated: TeamSums,
    interval: float,
    rule: DisclosureRule,
) -> pd.DataFrame:
    """
    Compare the mean count of each team with new counts from the model.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    observed, replicated : TeamSums
        Of the answers, and of new counts.
    interval : float
        Probability of the interval.
    rule : DisclosureRule
        Which teams are too small to show.

    Returns
    -------
    pandas.DataFrame
        Columns ``team, n_respondents``, then those of `Comparison`; teams that may not be
        shown come without figures.
    """
    sizes, hidden = design.team_sizes, hidden_teams_of(design, rule)
    own, theirs = observed.means[0], replicated.means
    steps = steps_of_means(sizes, ~hidden, guarded=leaves_a_sum(design, rule))
    rows: list[dict[str, object]] = []
    for team, label in enumerate(design.teams):
        one, people = HIDDEN, None
        if not hidden[team]:
            told = to_step(float(own[team]), steps[team])
            one = compare(told, theirs[:, team], interval, n_compared=int((~hidden).sum()))
            people = int(sizes[team])
        rows.append({"team": label, "n_respondents": people} | one.as_row)
    columns = ["team", "n_respondents", *Comparison.__dataclass_fields__]
    return pd.DataFrame(rows, columns=columns).astype({"n_respondents": "Int64"})
