"""Figures of several kinds of activity side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.kind_labels import TOTAL
from learnclimate.core.result import Result
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.contrasts import rate_ratio
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.plots import style
from learnclimate.plots.kind_sources import KindRatios, kind_level_counts, kind_ratios_of
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.ratios import scale_ratios
from learnclimate.plots.response import draw_observed, draw_response
from learnclimate.plots.sources import INTERVAL, LevelCounts
from learnclimate.plots.words import fitting_decimals, number, percentage, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW_HEIGHT, _FURNITURE_HEIGHT = 7.5, 40.0
_PANEL_HEIGHT, _PANELS_FURNITURE = 33.0, 38.0
_MARGIN = 1.05
_TICK_CHARACTERS = 56


def kind_ratios(
    source: KindsFit | Result,
    *levels: str | float,
    frequency: str | None = None,
    population: str | pd.DataFrame = "study",
    language: Literal["en", "nl"] = "en",
    interval: float | None = None,
    rule: DisclosureRule | None = None,
) -> "Figure":
    """
    Draw the ratio of two levels for every kind of activity, and for all kinds together.

    Parameters
    ----------
    source : KindsFit or Result
        A fit of several kinds, or what `learnclimate.rate_ratio` gave for one.
    *levels : str or number
        The high and the low level, for a fit; where left out, the highest and the lowest that may
        be shown.
    frequency : str, optional
        Which frequency of a fit; needed only where the study asked several.
    population : {"study", "average_team", "new_team"} or pandas.DataFrame, default "study"
        Who the ratio is of, for a fit.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.
    interval : float, optional
        Probability of the intervals; 0.9 for a fit, as stated for a result.
    rule : DisclosureRule, optional
        Which groups are too small to show.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, higher with more kinds; ratios on a logarithmic axis.

    Raises
    ------
    ArgumentError
        If a level is unknown, one level is given, or too few gave either of the two.
    ArgumentTypeError
        If `source` is neither a fit of several kinds nor an answer by kind.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, truth=lc.KindsTruth(), seed=1)
    >>> fit = lc.fit(lc.KindsModel(), survey, seed=1)  # minutes, by NUTS
    >>> figure = lc.plots.kind_ratios(fit, "weekly", "never")
    """
    texts = words(language)
    if isinstance(source, KindsFit):
        high, low = _chosen(source, levels, frequency, rule)
        source = rate_ratio(
            source,
            high,
            low,
            population=population,
            frequency=frequency,
            interval=INTERVAL if interval is None else interval,
            rule=rule,
        )
    elif not isinstance(source, Result):
        raise ArgumentTypeError(
            f"{type(source).__name__} has no kinds to draw: give the fit of a KindsModel, or what "
            "rate_ratio gave for it."
        )
    ratios = kind_ratios_of(source, interval)
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _ROW_HEIGHT * len(ratios.kinds))
    median, lower, upper = ratios.table.to_numpy().T
    limits = (min(lower.min() / 1.05, 0.9), max(upper.max() * 1.05, 1.12))
    scale_ratios(axes, (np.log(limits[0]), np.log(limits[1])), language)
    axes.axvline(1, color=style.INK, linewidth=0.8)
    for place, kind in enumerate(ratios.kinds):
        # The total is told by its shape as well: it is no kind beside the others.
        mark, colour = ("D", style.INK) if kind == TOTAL else ("o", style.BLUE)
        axes.hlines(place, lower[place], upper[place], color=colour, linewidth=2.2, gid="interval")
        axes.plot([median[place]], [place], mark, color=colour, markersize=6, gid="median")
        style.write_beside(axes, place, _beside(texts, ratios.table.iloc[place], language))
    share = percentage(ratios.interval, language)
    style.write_beside(axes, -0.65, texts["median and interval"].format(interval=share))
    names = [texts["all kinds"] if kind == TOTAL else shortened(kind) for kind in ratios.kinds]
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.4, -0.6)
    style.label_axes(axes, x=_versus(texts, ratios))
    style.add_title(figure, texts["kind ratios title"])
    style.add_note(figure, texts.get(ratios.population, ""), texts["kind ratios note"])
    return with_lowered(figure, source, language=language, rule=rule)


def draw_kinds_response(counts: Mapping[str, LevelCounts], language: str) -> "Figure":
    """
    Draw the expected count over the levels of a frequency, a panel a kind.

    Parameters
    ----------
    counts : mapping of str to LevelCounts
        Kind to its numbers, the total last.
    language : {"en", "nl"}
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        Panels below one another, each with an axis of its own from 0.
    """
    texts = words(language)
    first = next(iter(counts.values()))
    is_observed = any(one.table["observed"].notna().any() for one in counts.values())
    height = _PANELS_FURNITURE + _PANEL_HEIGHT * len(counts)
    figure, panels = style.new_grid(height, len(counts), 1)
    label = texts["model"].format(interval=percentage(first.interval, language))
    for axes, (kind, own) in zip(panels, counts.items(), strict=True):
        style.add_grid(axes, "y")
        draw_response(axes, own, label)
        if own.table["observed"].notna().any():
            draw_observed(axes, own, texts["observed"])
        axes.set_xlim(-0.4, len(own.levels) - 0.6)
        axes.set_ylim(0, _MARGIN * float(np.nanmax(own.table[["upper", "observed"]])))
        style.write_numbers(axes, "y", language)
        axes.set_xticks(range(len(own.levels)), [""] * len(own.levels))
        name = texts["all kinds"] if kind == TOTAL else shortened(kind, 50)
        axes.set_title(name, loc="left", fontsize=style.LABEL, fontweight="bold", color=style.INK)
    width = max(5, _TICK_CHARACTERS // len(first.levels))
    hidden = first.table["median"].isna()
    ticks = [
        style.broken(f"{level} ({texts['not shown']})" if hide else level, width)
        for level, hide in zip(first.levels, hidden, strict=True)
    ]
    panels[-1].set_xticks(range(len(ticks)), ticks)
    name = shortened(first.frequency, 46)
    style.label_axes(panels[-1], x=texts["frequency"].format(frequency=name) if name else "")
    figure.supylabel(texts["expected count"], fontsize=style.LABEL, color=style.INK)
    # Above the name of the first panel, which stands above its axes.
    style.add_legend(panels[0], above=1.2)
    style.add_title(figure, texts["kinds response title"])
    notes = [texts.get(first.population, ""), texts["own axes note"]]
    if hidden.any():
        notes.append(texts["few gave"])
    style.add_note(figure, *notes, texts["means note"] if is_observed else "")
    return figure


def _chosen(
    fit: KindsFit,
    levels: tuple[str | float, ...],
    frequency: str | None,
    rule: DisclosureRule | None,
) -> tuple[str | float, str | float]:
    if len(levels) == 2:
        return levels[0], levels[1]
    if levels:
        raise ArgumentError(
            f"kind_ratios(fit, {', '.join(map(repr, levels))}): give two levels, the high and the "
            "low one, or none to compare the highest with the lowest."
        )
    counts = kind_level_counts(
        fit, frequency=frequency, population="study", interval=None, rule=rule
    )[TOTAL]
    shown = counts.table["median"].notna() & (counts.table["n_respondents"] > 0)
    given = [level for level, seen in zip(counts.levels, shown, strict=True) if seen]
    if len(given) < 2:
        raise ArgumentError(
            "Fewer than two answers were given by enough respondents to be shown, so there is no "
            "ratio to draw. Put answers together in the data and in frequency_levels."
        )
    return given[-1], given[0]


def _beside(texts: Mapping[str, str], row: pd.Series, language: str) -> str:
    decimals = 2 if row["lower"] < 2 else fitting_decimals(float(row["lower"]))
    middle, low, high = (
        number(float(row[name]), language, decimals) for name in ("median", "lower", "upper")
    )
    return f"×{middle} ({texts['range'].format(lower=low, upper=high)})"


def _versus(texts: Mapping[str, str], ratios: KindRatios) -> str:
    high, _, low = ratios.contrast.partition(" vs ")
    return texts["ratio of levels"].format(high=shortened(high, 30), low=shortened(low, 30))
