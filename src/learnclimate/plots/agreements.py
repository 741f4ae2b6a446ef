"""Figure of the agreement within each team about a scale."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, nearest
from learnclimate.core.result import Result
from learnclimate.plots import style
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.team_rows import between_words, check_most, chosen_rows, write_between
from learnclimate.plots.words import number, percentage, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW_HEIGHT = 3.9
_FURNITURE_HEIGHT = 44.0
FloatArray = npt.NDArray[np.float64]

#: What the two statistics are customarily held against, where a bound is drawn.
_CUSTOM = 0.7
_LOWEST = -0.5


def agreement(
    source: Result,
    *,
    statistic: str = "rwg_j",
    null: str = "uniform",
    most: int = 40,
    language: Literal["en", "nl"] = "en",
) -> "Figure":
    """
    Draw how far the members of each team agree, with its uncertainty, the highest on top.

    Parameters
    ----------
    source : Result
        What `learnclimate.agreement` gave.
    statistic : str, default "rwg_j"
        ``"rwg_j"``, ``"rwg_star"`` or, for one item, ``"rwg"``.
    null : str, default "uniform"
        Null distribution against which agreement is measured.
    most : int, default 40
        Teams drawn at most; of more, half the highest and half the lowest.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, higher with more teams. The dashed line is the customary bound of 0.7.

    Raises
    ------
    ArgumentError
        If the result has no such statistic, no team may be shown, or `most` is below 2.
    ArgumentTypeError
        If `source` is no result, or `most` no whole number.

    References
    ----------
    LeBreton and Senter (2008), Answers to 20 questions about interrater reliability and
    interrater agreement, doi 10.1177/1094428106296642.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=12, team_size=8, seed=1)
    >>> figure = agreement(lc.agreement(survey, "team_dynamics"))
    >>> figure.axes[0].get_xlabel()
    'rwg(j), 1 where all agree'
    """
    texts = words(language)
    check_most(most)
    if not isinstance(source, Result):
        raise ArgumentTypeError(
            f"{type(source).__name__} cannot be drawn: give what agreement(survey, scale) returned."
        )
    table = source.summary
    of_teams = table[table["team"].notna()]
    names = sorted(set(of_teams["estimand"]) - {"average_deviation"})
    if statistic not in names:
        raise ArgumentError(f"statistic={statistic!r}: {nearest(statistic, names)}")
    chosen = of_teams[
        (of_teams["estimand"] == statistic) & (of_teams["contrast"] == f"null: {null}")
    ]
    shown = chosen[chosen["mean"].notna()].sort_values(["mean", "team"], ascending=[False, True])
    if shown.empty:
        raise ArgumentError(f"No team can be shown under the null distribution {null!r}.")
    shown, places, n_between = chosen_rows(shown, most)
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _ROW_HEIGHT * (places.max() + 1))
    middle = shown["mean"].to_numpy(dtype=float)
    lower, upper = _ends(shown, middle)
    colours = np.where(middle >= _CUSTOM, style.BLUE, style.GREY)
    axes.axvline(_CUSTOM, color=style.INK, linewidth=0.8, linestyle="--", gid="bound")
    axes.hlines(places, lower, upper, color=colours, linewidth=1.3, gid="interval")
    axes.scatter(middle, places, s=22, color=colours, edgecolor="white", linewidth=0.5, zorder=3)
    # Where few of a team left something open, its number is not told.
    labels = [
        shortened(str(team), 16) + ("" if pd.isna(n) else f" ({number(float(n), language, 0)})")
        for team, n in zip(shown["team"], shown["n_respondents"], strict=True)
    ]
    axes.set_yticks(places, labels)
    axes.tick_params(axis="y", length=0, labelsize=style.SMALL)
    if n_between:
        write_between(axes, places, between_words(n_between, language))
    axes.set_ylim(float(places.max()) + 0.7, -0.7)
    axes.set_xlim(max(_LOWEST, min(0.0, float(np.nanmin(lower)) - 0.05)), 1.02)
    outside = lower < axes.get_xlim()[0]
    style.mark_outside(axes, places[outside])
    style.write_numbers(axes, "x", language)
    style.add_grid(axes, "x")
    style.label_axes(axes, x=texts[f"agreement {statistic}"])
    style.add_title(figure, texts["agreement title"])
    told = source.summary.attrs.get("interval", 0.9)
    style.add_note(
        figure,
        texts["agreement note"].format(interval=percentage(float(told), language), null=null),
        texts["agreement outside"] if outside.any() else "",
    )
    return with_lowered(figure, source, language=language)


def _ends(shown: pd.DataFrame, middle: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the ends of the intervals; a lower one beyond every value lies beyond the axis."""
    lower, upper = (shown[name].to_numpy(dtype=float) for name in ("lower", "upper"))
    no_interval = np.isnan(upper)
    lower = np.where(no_interval, middle, np.where(np.isnan(lower), 2 * _LOWEST, lower))
    return lower, np.where(no_interval, middle, upper)
