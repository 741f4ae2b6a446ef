"""What a figure is drawn from: a fit, or an answer that was already computed."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.told_sums import leaves_a_sum, steps_of_means
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.kind_labels import KIND, TOTAL
from learnclimate.core.result import Result
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.disclosure.blocks import suppress_blocks
from learnclimate.disclosure.rounding import to_step
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.level_counts import expected_counts
from learnclimate.estimands.teams import team_effects
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_fit import JointFit
from learnclimate.inference.kinds_fit import KindsFit, refuse_kinds

FloatArray = npt.NDArray[np.float64]

#: Probability of intervals where none is asked for.
INTERVAL: Final = 0.9


@dataclass(frozen=True, slots=True)
class LevelCounts:
    """
    Expected counts by level, with the means of the answers where they may be shown.

    Attributes
    ----------
    levels : tuple of str
        The levels, lowest first; empty in a study without a frequency.
    table : pandas.DataFrame
        Columns ``median, lower, upper, n_respondents, observed``, one row a level; missing
        for a level that may not be shown.
    interval : float
        Probability between ``lower`` and ``upper``.
    population : str
        As in the column ``population`` of a result.
    frequency, outcome : str
        Names of the columns; empty where not known.
    """

    levels: tuple[str, ...]
    table: pd.DataFrame
    interval: float
    population: str
    frequency: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class TeamEffects:
    """
    Effects of the teams that may be shown.

    Attributes
    ----------
    table : pandas.DataFrame
        Columns ``team, median, lower, upper, n_respondents``, the highest median first.
    n_hidden : int
        How many teams are left out.
    interval : float
        Probability between ``lower`` and ``upper``.
    contrast : str
        What is compared, for example ``"weekly vs never"``.
    kind : {"slope", "intercept", "level"}
        A slope; the intercept, which is the count at the lowest level; or, where no
        frequency was asked or that is not known, the count as such.
    of_odds : bool
        Whether they are of odds, as out of K, and not of counts.
    activities : str
        Of several kinds of activity, which one, or ``"total"``; empty otherwise.
    """

    table: pd.DataFrame
    n_hidden: int
    interval: float
    contrast: str
    kind: Literal["slope", "intercept", "level"]
    of_odds: bool
    activities: str = ""


def level_counts(
    source: Fit | Result,
    *,
    frequency: str | None,
    population: str | pd.DataFrame,
    interval: float | None,
    rule: DisclosureRule | None,
) -> LevelCounts:
    """
    Gather expected counts by level.

    Parameters
    ----------
    source : Fit or Result
        A fit, or what `learnclimate.expected_counts` gave.
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
    LevelCounts
        The numbers to draw.

    Raises
    ------
    ArgumentError
        If the result answers another question, has another interval, or no level may be
        shown.
    ArgumentTypeError
        If `source` is neither a fit nor a result.
    """
    if isinstance(source, Result):
        _check_estimand(source, "expected_count", "expected_counts(fit, population=...)")
        return _from_result(source, stated_interval(source, interval))
    _check_fit(source)
    answer = expected_counts(
        source,
        population=population,
        frequency=frequency,
        interval=INTERVAL if interval is None else interval,
        rule=rule,
    )
    gathered = _from_result(answer, float(answer.summary.attrs["interval"]))
    asked = _frequency_of(source, frequency)
    observed = np.full(len(gathered.table), np.nan)
    if asked is not None and isinstance(population, str) and population == "study":
        observed = _observed_means(source, asked, rule or DisclosureRule())
    return LevelCounts(
        gathered.levels,
        gathered.table.assign(observed=observed),
        gathered.interval,
        gathered.population,
        frequency="" if asked is None else asked.name,
        outcome=source.codebook.outcome_column,
    )


def shown_teams(
    source: Fit | KindsFit | Result,
    *,
    effect: str,
    interval: float | None,
    rule: DisclosureRule | None,
) -> TeamEffects:
    """
    Gather team effects, leaving out the teams that may not be shown.

    Parameters
    ----------
    source : Fit or Result
        A fit, or what `learnclimate.team_effects` gave.
    effect : str
        Which effect of a fit.
    interval : float or None
        Probability of the interval.
    rule : DisclosureRule or None
        Which teams of a fit are too small to show.

    Returns
    -------
    TeamEffects
        The numbers to draw.

    Raises
    ------
    ArgumentError
        If the result answers another question, has another interval, or no team may be
        shown.
    ArgumentTypeError
        If `source` is neither a fit nor a result.
    """
    if isinstance(source, Result):
        _check_estimand(source, "team_effect", "team_effects(fit)")
        answer, probability = source, stated_interval(source, interval)
    else:
        if not isinstance(source, KindsFit):
            _check_fit(source)
        probability = INTERVAL if interval is None else interval
        # Of several kinds, that on their total is drawn: one figure, one question.
        kind = TOTAL if isinstance(source, KindsFit) else None
        answer = team_effects(source, effect, kind=kind, interval=probability, rule=rule)
    summary = answer.summary
    hidden = summary["suppressed"].astype(bool) | summary["median"].isna()
    shown = summary[~hidden].sort_values(["median", "team"], ascending=[False, True])
    if shown.empty:
        raise ArgumentError(
            "No team has enough respondents to be shown, so there is nothing to draw. "
            "Put teams together, or draw frequency_response(fit)."
        )
    kinds = answer.draws[KIND].to_numpy().astype(str).tolist() if KIND in answer.draws.dims else []
    activities = "".join(kinds)
    return TeamEffects(
        shown[["team", "median", "lower", "upper", "n_respondents"]].reset_index(drop=True),
        int(hidden.sum()),
        probability,
        str(summary["contrast"].iloc[0]).removeprefix(f"{activities}: "),
        _kind(summary, source),
        "odds" in str(summary["scale"].iloc[0]),
        activities,
    )


def _kind(
    summary: pd.DataFrame, source: Fit | KindsFit | Result
) -> Literal["slope", "intercept", "level"]:
    if summary["scale"].iloc[0] in ("log rate ratio", "log odds ratio"):
        return "slope"
    has_levels = isinstance(source, Fit | KindsFit) and bool(source.coding.frequencies)
    return "intercept" if has_levels else "level"


def refuse_other_fits(source: object) -> None:
    """
    Refuse fits of other models than that of a single count, with what to draw instead.

    Parameters
    ----------
    source : object
        What the user gave.

    Raises
    ------
    ArgumentTypeError
        If it is the fit of several kinds, of items alone, or of items and counts.
    """
    refuse_kinds("This figure", source)
    if isinstance(source, JointFit):
        raise ArgumentTypeError(
            "This figure takes the fit of a single count: give that of the joint fit, joint.count."
        )
    if isinstance(source, FactorFit):
        raise ArgumentTypeError(
            "This figure is about counts, and a FactorFit is about items: draw item_curves(fit), "
            "test_information(fit) or the certificate."
        )


def _check_fit(source: object) -> None:
    refuse_other_fits(source)
    if not isinstance(source, Fit):
        raise ArgumentTypeError(
            f"{type(source).__name__} cannot be drawn: give a Fit, as fit(model, survey) returns, "
            "or a Result."
        )


def _check_estimand(result: Result, wanted: str, remedy: str) -> None:
    if KIND in result.draws.dims and result.draws.sizes[KIND] > 1:
        raise ArgumentError(
            "This result answers for several kinds, and this figure draws one: ask for it, as "
            "team_effects(fit, kind='total')."
        )
    found = result.summary["estimand"].unique().tolist()
    if found != [wanted]:
        raise ArgumentError(
            f"This result answers {', '.join(map(repr, found)) or 'nothing'}, not {wanted!r}. "
            f"Draw {remedy}."
        )


def stated_interval(result: Result, interval: float | None) -> float:
    """
    Tell the probability of the intervals of an answer, and refuse another.

    Parameters
    ----------
    result : Result
        The answer.
    interval : float or None
        What was asked for, if anything.

    Returns
    -------
    float
        As the answer states it.

    Raises
    ------
    ArgumentError
        If another was asked for.
    """
    stated = float(result.summary.attrs.get("interval", INTERVAL))
    if interval is not None and interval != stated:
        raise ArgumentError(
            f"interval={interval}: the intervals of this result have probability {stated}. "
            "Leave interval= out, or draw from the fit."
        )
    return stated


def _from_result(result: Result, interval: float) -> LevelCounts:
    summary = result.summary
    contrasts = summary["contrast"]
    levels = () if contrasts.isna().all() else tuple(map(str, contrasts))
    table = summary[["median", "lower", "upper", "n_respondents"]].reset_index(drop=True)
    if table["median"].isna().all():
        raise ArgumentError(
            "No answer was given by enough respondents to be shown, so there is nothing to draw. "
            "Put answers together in the data and in frequency_levels."
        )
    population = str(summary["population"].iloc[0])
    return LevelCounts(levels, table.assign(observed=np.nan), interval, population)


def _frequency_of(fit: Fit, frequency: str | None) -> FrequencyCoding | None:
    for coding in fit.coding.frequencies:
        if frequency is None or coding.name == frequency:
            return coding
    return None


def _observed_means(fit: Fit, frequency: FrequencyCoding, rule: DisclosureRule) -> FloatArray:
    """Mean count of those who gave each answer; missing where few did, or nobody is known."""
    n_levels = len(frequency.levels)
    design = fit.design
    # Answers that allow several counts have no mean to be seen.
    if design is None or design.asked.highest is not None:
        return np.full(n_levels, np.nan)
    level = design.frequency_level[:, fit.coding.frequency_names.index(frequency.name)]
    share = design.multiplicity * design.weight
    people = np.bincount(level, weights=design.multiplicity, minlength=n_levels)
    weights = np.bincount(level, weights=share, minlength=n_levels)
    sums = np.bincount(level, weights=share * design.outcome, minlength=n_levels)
    shown = (people > 0) & ~suppress_blocks(people, rule)
    means = sums / np.where(weights > 0, weights, np.nan)
    if np.ptp(design.weight) > 0:
        # Exact ones, beside the unweighted means that checks tell, are two equations about the
        # whole numbers of people of each weight, as of each department, and of what they counted.
        means = np.round(means, 1)
    # As the checks tell them.
    steps = steps_of_means(people, shown, guarded=leaves_a_sum(design, rule))
    means = np.array([to_step(*one) for one in zip(means.tolist(), steps.tolist(), strict=True)])
    return np.where(shown, means, np.nan)
