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
from learnclimate.plots import style
from learnclimate.plots.sources import LevelCounts, level_counts
from learnclimate.plots.words import fitting_decimals, number, percentage, shortened, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

_OBSERVED_BESIDE = 0.16
_MARGIN = 1.05
_TICK_CHARACTERS = 56
_SIDE_CHARACTERS = 20


def frequency_response(
    source: Fit | Result,
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
        110 mm wide; save it with ``savefig``.

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
    _draw_response(
        axes, counts, texts["model"].format(interval=percentage(counts.interval, language))
    )
    if counts.table["observed"].notna().any():
        _draw_observed(axes, counts, texts["observed"])
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
    name = shortened(counts.frequency, 50)
    name = texts["frequency"].format(frequency=name) if name else ""
    style.label_axes(axes, x=name, y=_named(texts, counts.outcome))
    style.add_legend(axes)
    style.add_title(figure, texts["response title"])
    means = texts["means note"] if counts.table["observed"].notna().any() else ""
    style.add_note(figure, *_notes(texts, counts), means)
    return figure


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
    median, lower, upper = _figures(counts)
    axes.hlines(places, lower, upper, color=style.BLUE, linewidth=2.2, gid="interval")
    axes.plot(median, places, "o", color=style.BLUE, markersize=6, gid="median")
    for place in places:
        if np.isnan(median[place]):
            _write_beside(axes, float(place), texts["not shown"])
            continue
        decimals = fitting_decimals(float(median[place]))
        row = (median[place], lower[place], upper[place])
        middle, low, high = (number(float(value), language, decimals) for value in row)
        bounds = texts["range"].format(lower=low, upper=high)
        _write_beside(axes, float(place), f"{middle} ({bounds})")
    share = percentage(counts.interval, language)
    _write_beside(axes, len(names) - 0.35, texts["median and interval"].format(interval=share))
    axes.set_yticks(places, [style.broken(name, _SIDE_CHARACTERS) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlim(0, _MARGIN * float(np.nanmax(upper)))
    style.write_numbers(axes, "x", language)
    style.label_axes(axes, x=_named(texts, counts.outcome))
    style.add_title(figure, texts["counts title" if counts.levels else "one count title"])
    style.add_note(figure, *_notes(texts, counts))
    return figure


def _figures(counts: LevelCounts) -> tuple[FloatArray, FloatArray, FloatArray]:
    median, lower, upper = counts.table[["median", "lower", "upper"]].to_numpy(dtype=float).T
    return median, lower, upper


def _notes(texts: Mapping[str, str], counts: LevelCounts) -> list[str]:
    notes = [texts.get(counts.population, "")]
    return [*notes, texts["few gave"]] if counts.table["median"].isna().any() else notes


def _named(texts: Mapping[str, str], outcome: str) -> str:
    if not outcome:
        return texts["expected count"]
    return texts["expected count of"].format(outcome=shortened(outcome, 40))


def _draw_response(axes: "Axes", counts: LevelCounts, label: str) -> None:
    places = np.arange(len(counts.levels))
    median, lower, upper = _figures(counts)
    axes.plot(places, median, "-", color=style.BLUE, linewidth=1.0, alpha=0.5)
    axes.vlines(places, lower, upper, color=style.BLUE, linewidth=2.2, gid="interval")
    # Drawn without data, for the legend: a dot upon a line, as each level shows.
    axes.plot([], [], "o-", color=style.BLUE, linewidth=2.2, markersize=6, label=label)
    axes.plot(places, median, "o", color=style.BLUE, markersize=6, gid="median")


def _draw_observed(axes: "Axes", counts: LevelCounts, label: str) -> None:
    observed = counts.table["observed"].to_numpy(dtype=float)
    known = np.flatnonzero(np.isfinite(observed))
    axes.plot(
        known + _OBSERVED_BESIDE,
        observed[known],
        "D",
        markerfacecolor="white",
        markeredgecolor=style.ORANGE,
        markeredgewidth=1.3,
        markersize=5,
        label=label,
        gid="observed",
    )


def _write_beside(axes: "Axes", place: float, text: str) -> None:
    """Write right of the axes, level with a place on them."""
    axes.annotate(
        text,
        (1.02, place),
        xycoords=axes.get_yaxis_transform(),
        va="center",
        fontsize=style.SMALL,
        color=style.INK,
        annotation_clip=False,
    )
