"""What a figure of several kinds is drawn from: a fit, or an answer by kind."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.kinds_groups import by_levels, told_figure
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.kind_labels import KIND, TOTAL
from learnclimate.core.result import Result
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.level_counts import expected_counts
from learnclimate.estimands.wording import EXPECTED_COUNT, RATE_RATIO
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.plots.sources import INTERVAL, LevelCounts, stated_interval

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KindRatios:
    """
    Ratios of two levels by kind, and of all kinds together.

    Attributes
    ----------
    kinds : tuple of str
        The kinds, their total last.
    table : pandas.DataFrame
        Columns ``median, lower, upper``, one row a kind.
    contrast : str
        What is compared, for example ``"weekly vs never"``.
    interval : float
        Probability between ``lower`` and ``upper``.
    population : str
        As in the column ``population`` of a result.
    """

    kinds: tuple[str, ...]
    table: pd.DataFrame
    contrast: str
    interval: float
    population: str


def is_by_kind(result: Result) -> bool:
    """
    Tell whether an answer is of several kinds.

    Parameters
    ----------
    result : Result
        The answer.

    Returns
    -------
    bool
        Whether it is.
    """
    return KIND in result.draws.dims


def kind_level_counts(
    source: KindsFit | Result,
    *,
    frequency: str | None,
    population: str | pd.DataFrame,
    interval: float | None,
    rule: DisclosureRule | None,
) -> dict[str, LevelCounts]:
    """
    Gather expected counts by kind and level.

    Parameters
    ----------
    source : KindsFit or Result
        A fit of several kinds, or what `learnclimate.expected_counts` gave for one.
    frequency : str or None
        Which frequency of a fit.
    population : str or pandas.DataFrame
        Population of a fit.
    interval : float or None
        Probability of the interval.
    rule : DisclosureRule or None
        Which groups are too small to show.

    Returns
    -------
    dict of str to LevelCounts
        Kind to the numbers to draw, the total last.

    Raises
    ------
    ArgumentError
        If the result answers another question, has another interval, or no level may be shown.
    """
    if isinstance(source, Result):
        _check_estimand(source, EXPECTED_COUNT, "expected_counts(fit, population=...)")
        return _by_kind(source, stated_interval(source, interval), {}, "")
    answer = expected_counts(
        source,
        population=population,
        frequency=frequency,
        interval=INTERVAL if interval is None else interval,
        rule=rule,
    )
    asked = next(one for one in source.coding.frequencies if frequency in (None, one.name))
    observed = {}
    if isinstance(population, str) and population == "study" and source.design is not None:
        observed = _observed_means(source.design, asked, rule or DisclosureRule())
    return _by_kind(answer, float(answer.summary.attrs["interval"]), observed, asked.name)


def kind_ratios_of(result: Result, interval: float | None) -> KindRatios:
    """
    Gather the ratios of an answer by kind.

    Parameters
    ----------
    result : Result
        What `learnclimate.rate_ratio` gave for a fit of several kinds.
    interval : float or None
        Probability of the interval; as stated where None.

    Returns
    -------
    KindRatios
        The numbers to draw.

    Raises
    ------
    ArgumentError
        If the result answers another question, has another interval, or may not be shown.
    ArgumentTypeError
        If it is not of several kinds.
    """
    if not is_by_kind(result):
        raise ArgumentTypeError(
            "This answer is of a single count: there are no kinds to lay side by side. Give the "
            "fit of a KindsModel, or what rate_ratio gave for it."
        )
    _check_estimand(result, RATE_RATIO, "rate_ratio(fit, high, low, population=...)")
    summary = result.summary
    if summary["suppressed"].astype(bool).any():
        raise ArgumentError(
            "Too few respondents gave one of the two answers for their ratio to be shown. Compare "
            "answers that more of them gave."
        )
    names = _kinds_of(result)
    contrast = str(summary["contrast"].iloc[0]).removeprefix(f"{names[0]}: ")
    table = summary[["median", "lower", "upper"]].astype(float).reset_index(drop=True)
    population = str(summary["population"].iloc[0])
    return KindRatios(names, table, contrast, stated_interval(result, interval), population)


def _check_estimand(result: Result, wanted: str, remedy: str) -> None:
    found = result.summary["estimand"].unique().tolist()
    if found != [wanted]:
        raise ArgumentError(
            f"This result of several kinds answers {', '.join(map(repr, found)) or 'nothing'}, "
            f"not {wanted!r}. Draw {remedy}."
        )


def _kinds_of(result: Result) -> tuple[str, ...]:
    return tuple(result.draws[KIND].to_numpy().astype(str).tolist())


def _by_kind(
    result: Result, interval: float, observed: dict[str, FloatArray], frequency: str
) -> dict[str, LevelCounts]:
    summary, names = result.summary, _kinds_of(result)
    if summary["median"].isna().all():
        raise ArgumentError(
            "No answer was given by enough respondents to be shown, so there is nothing to draw. "
            "Put answers together in the data and in frequency_levels."
        )
    n_levels = len(summary) // len(names)
    found = {}
    for place, kind in enumerate(names):
        rows = summary.iloc[place * n_levels : (place + 1) * n_levels]
        levels = tuple(str(one).removeprefix(f"{kind}: ") for one in rows["contrast"])
        table = rows[["median", "lower", "upper", "n_respondents"]].reset_index(drop=True)
        own = np.where(table["median"].isna(), np.nan, observed.get(kind, np.nan))
        population = str(rows["population"].iloc[0])
        found[kind] = LevelCounts(
            levels, table.assign(observed=own), interval, population, frequency=frequency
        )
    return found


def _observed_means(
    design: KindsDesign, frequency: FrequencyCoding, rule: DisclosureRule
) -> dict[str, FloatArray]:
    """Mean count of those who gave each answer, of a kind they answered; missing where few did."""
    names = design.people.coding.frequency_names
    position = names.index(frequency.name)
    level = design.people.frequency_level[:, position]
    every = {
        kind: (design.answered[:, place], design.counts[:, place])
        for place, kind in enumerate(design.kinds)
    }
    every[TOTAL] = (design.answered.all(axis=1), design.counts.sum(axis=1))
    found = {}
    # Those that the table of the predictive check shows: the same levels for every kind.
    division = by_levels(design, rule)[position]
    told = zip(every.items(), division.shown.T, division.digits.T, division.steps.T, strict=True)
    for (kind, (has, counts)), shown, digits, steps in told:
        n_levels = len(frequency.levels)
        weight = design.people.weight[has]
        weights = np.bincount(level[has], weights=weight, minlength=n_levels)
        sums = np.bincount(level[has], weights=weight * counts[has], minlength=n_levels)
        means = np.where(shown, sums / np.where(weights > 0, weights, np.nan), np.nan)
        if np.ptp(weight) > 0:
            # As of a single count: exact ones tell how many of each weight gave a level.
            means = np.round(means, 1)
        # Rounded as the check rounds them: one mean in two roundings is known better than in each.
        how = zip(means.tolist(), digits.tolist(), steps.tolist(), strict=True)
        found[kind] = np.array([told_figure(*one) for one in how])
    return found
