"""Figures of the expected count at each level of the conversation frequency."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentError
from learnclimate.core.result import Result
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.plots import style
from learnclimate.plots.kind_sources import is_by_kind, kind_level_counts
from learnclimate.plots.kinds import draw_kinds_response
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.response import draw_observed, draw_response, figures
from learnclimate.plots.sources import LevelCounts, level_counts
from learnclimate.plots.words import fitting_decimals, number, percentage, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

_MARGIN = 1.05
_TICK_CHARACTERS = 56
_SIDE_CHARACTERS = 20


def frequency_response(
    source: Fit | KindsFit | Result,
    *,
    frequency: str | None = None,
    population: str | pd.DataFrame = "study",
    language: Literal["en", "nl"] = "en",
    interval: float | None = None,
    rule: DisclosureRule | None = None,
) -> "Figure":
    """
    Draw the expected count over the levels of a frequency, with its uncertainty.

    Where the fit still holds its respondents and the population is the study, the mean
    count of those who gave each answer is drawn beside it, unless few did. The two may
    differ where those who gave an answer differ in other respects too.

    Parameters
    ----------
    source : Fit, KindsFit or Result
        A fit, or what `learnclimate.expected_counts` gave.
    frequency : str, optional
        Which frequency of a fit; needed only where the study asked several.
    population : {"study", "average_team", "new_team"} or pandas.DataFrame, default "study"
        Who the expected count is of, for a fit.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.
    interval : float, optional
        Probability of the intervals; 0.9 for a fit, as stated for a result.
    rule : DisclosureRule, optional
        Which groups are too small to show.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide; save it with ``savefig``. Of several kinds a panel a kind, and one of all
        kinds together.

    Raises
    ------
    ArgumentError
        If the study asked no frequency, or an argument is unknown.
    ArgumentTypeError
        If `source` is neither a fit nor a result.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> lc.plots.frequency_response(fit).get_suptitle()
    'Expected count by conversation frequency'
    """
    texts = words(language)
    if isinstance(source, KindsFit) or (isinstance(source, Result) and is_by_kind(source)):
        by_kind = kind_level_counts(
            source, frequency=frequency, population=population, interval=interval, rule=rule
        )
        return with_lowered(
            draw_kinds_response(by_kind, language), source, language=language, rule=rule
        )
    counts = level_counts(
        source, frequency=frequency, population=population, interval=interval, rule=rule
    )
    if not counts.levels:
        raise ArgumentError(
            "This study asked no frequency, so there is no response to draw. "
            "Use plots.expected_counts."
        )
    figure, axes = style.new_figure(84)
    style.add_grid(axes, "y")
    draw_response(
        axes, counts, texts["model"].format(interval=percentage(counts.interval, language))
    )
    if counts.table["observed"].notna().any():
        draw_observed(axes, counts, texts["observed"])
    width = max(5, _TICK_CHARACTERS // len(counts.levels))
    hidden = counts.table["median"].isna()
    names = [
        f"{level} ({texts['not shown']})" if hide else level
        for level, hide in zip(counts.levels, hidden, strict=True)
    ]
    axes.set_xticks(range(len(names)), [style.broken(name, width) for name in names])
    axes.set_xlim(-0.4, len(counts.levels) - 0.6)
    axes.set_ylim(0, _MARGIN * float(np.nanmax(counts.table[["upper", "observed"]])))
    style.write_numbers(axes, "y", language)
    name = shortened(counts.frequency, 46)
    name = texts["frequency"].format(frequency=name) if name else ""
    style.label_axes(axes, x=name, y=_named(texts, counts.outcome))
    style.add_legend(axes)
    style.add_title(figure, texts["response title"])
    means = texts["means note"] if counts.table["observed"].notna().any() else ""
    style.add_note(figure, *_notes(texts, counts), means)
    return with_lowered(figure, source, language=language, rule=rule)


def expected_counts(
    source: Fit | Result,
    *,
    frequency: str | None = None,
    population: str | pd.DataFrame = "study",
    language: Literal["en", "nl"] = "en",
    interval: float | None = None,
    rule: DisclosureRule | None = None,
) -> "Figure":
    """
    Draw the expected count at each level, with the numbers beside it.

    Parameters
    ----------
    source : Fit or Result
        A fit, or what `learnclimate.expected_counts` gave.
    frequency : str, optional
        Which frequency of a fit; needed only where the study asked several.
    population : {"study", "average_team", "new_team"} or pandas.DataFrame, default "study"
        Who the expected count is of, for a fit.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.
    interval : float, optional
        Probability of the intervals; 0.9 for a fit, as stated for a result.
    rule : DisclosureRule, optional
        Which groups are too small to show.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, higher with more levels.

    Raises
    ------
    ArgumentError
        If an argument is unknown.
    ArgumentTypeError
        If `source` is neither a fit nor a result.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> lc.plots.expected_counts(fit).get_suptitle()
    'Expected count at each answer'
    """
    texts = words(language)
    counts = level_counts(
        source, frequency=frequency, population=population, interval=interval, rule=rule
    )
    names = counts.levels or (texts["everyone"],)
    figure, axes = style.new_figure(36 + 7.5 * len(names))
    style.add_grid(axes, "x")
    places = np.arange(len(names))
    median, lower, upper = figures(counts)
    axes.hlines(places, lower, upper, color=style.BLUE, linewidth=2.2, gid="interval")
    axes.plot(median, places, "o", color=style.BLUE, markersize=6, gid="median")
    for place in places:
        if np.isnan(median[place]):
            style.write_beside(axes, float(place), texts["not shown"])
            continue
        decimals = fitting_decimals(float(median[place]))
        row = (median[place], lower[place], upper[place])
        middle, low, high = (number(float(value), language, decimals) for value in row)
        bounds = texts["range"].format(lower=low, upper=high)
        style.write_beside(axes, float(place), f"{middle} ({bounds})")
    share = percentage(counts.interval, language)
    style.write_beside(axes, len(names) - 0.35, texts["median and interval"].format(interval=share))
    axes.set_yticks(places, [style.broken(name, _SIDE_CHARACTERS) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlim(0, _MARGIN * float(np.nanmax(upper)))
    style.write_numbers(axes, "x", language)
    style.label_axes(axes, x=_named(texts, counts.outcome))
    style.add_title(figure, texts["counts title" if counts.levels else "one count title"])
    style.add_note(figure, *_notes(texts, counts))
    return with_lowered(figure, source, language=language, rule=rule)


def _notes(texts: Mapping[str, str], counts: LevelCounts) -> list[str]:
    notes = [texts.get(counts.population, "")]
    return [*notes, texts["few gave"]] if counts.table["median"].isna().any() else notes


def _named(texts: Mapping[str, str], outcome: str) -> str:
    if not outcome:
        return texts["expected count"]
    return texts["expected count of"].format(outcome=shortened(outcome, 40))
