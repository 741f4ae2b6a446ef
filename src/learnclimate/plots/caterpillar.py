"""Figure of the teams' own effects, the highest on top."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.kind_labels import TOTAL
from learnclimate.core.result import Result
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.plots import style
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.ratios import scale_ratios
from learnclimate.plots.sources import TeamEffects, shown_teams
from learnclimate.plots.team_rows import between_words, check_most, chosen_rows, write_between
from learnclimate.plots.words import number, percentage, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

_ROW_HEIGHT = 3.9
_FURNITURE_HEIGHT = 44.0
_SMALLEST_DOT, _LARGEST_DOT = 9.0, 58.0


def team_effects(
    source: Fit | KindsFit | Result,
    *,
    effect: str = "frequency",
    most: int = 40,
    language: Literal["en", "nl"] = "en",
    interval: float | None = None,
    rule: DisclosureRule | None = None,
) -> "Figure":
    """
    Draw each team's own effect with its uncertainty, the highest on top.

    Effects are drawn as ratios to the average team, on a logarithmic axis. Teams with
    few respondents get smaller dots, and are drawn more towards the average. Teams too
    small to show are left out, with those that protect them; how many is told where at
    least two are, so that it tells nothing about any one of them.

    Parameters
    ----------
    source : Fit, KindsFit or Result
        A fit, or what `learnclimate.team_effects` gave; of several kinds, the total is drawn,
        or the single kind that was asked for.
    effect : str, default "frequency"
        ``"intercept"``, the name of a frequency, or ``"frequency"`` for the only one;
        for a fit.
    most : int, default 40
        Teams drawn at most; of more, half of them the highest and half the lowest.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.
    interval : float, optional
        Probability of the intervals; 0.9 for a fit, as stated for a result.
    rule : DisclosureRule, optional
        Which teams of a fit are too small to show.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, higher with more teams.

    Raises
    ------
    ArgumentError
        If no team may be shown, `most` is below 2, or an argument is unknown.
    ArgumentTypeError
        If `source` is neither a fit nor a result, or `most` is no whole number.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> lc.plots.team_effects(fit, most=10).get_suptitle()
    'Teams by how their relation differs'
    """
    texts = words(language)
    check_most(most)
    effects = shown_teams(source, effect=effect, interval=interval, rule=rule)
    drawn, places, n_between = chosen_rows(effects.table, most)
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _ROW_HEIGHT * (places.max() + 1))
    _draw(axes, drawn, places)
    _name_teams(axes, drawn, places)
    if n_between:
        write_between(axes, places, between_words(n_between, language))
    axes.set_ylim(float(places.max()) + 0.8, -0.8)
    _scale_ratios(axes, drawn, language)
    style.add_title(figure, texts[f"{effects.kind} title"])
    style.label_axes(axes, x=_direction(texts, effects))
    style.add_note(figure, *_notes(texts, effects, drawn, language))
    return with_lowered(figure, source, language=language, rule=rule)


def _is_clear(drawn: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Mark the teams whose interval holds no 1."""
    return ((drawn["lower"] > 0) | (drawn["upper"] < 0)).to_numpy(dtype=bool)


def _draw(axes: "Axes", drawn: pd.DataFrame, places: FloatArray) -> None:
    median, lower, upper = np.exp(drawn[["median", "lower", "upper"]].to_numpy(dtype=float)).T
    clear = _is_clear(drawn)
    colours = np.where(clear, style.BLUE, style.GREY)
    axes.axvline(1, color=style.INK, linewidth=0.8)
    # Told by their breadth too, for who sees no colours.
    breadth = np.where(clear, 2.2, 1.1)
    axes.hlines(places, lower, upper, color=colours, linewidth=breadth, gid="interval")
    size = drawn["n_respondents"].to_numpy(dtype=float)
    share = size / size.max()
    # Area follows the number of respondents, so that a dot twice as large tells twice as much.
    area = np.maximum(_SMALLEST_DOT, _LARGEST_DOT * share)
    axes.scatter(
        median,
        places,
        s=area,
        color=colours,
        edgecolor="white",
        linewidth=0.5,
        zorder=3,
        gid="median",
    )


def _name_teams(axes: "Axes", drawn: pd.DataFrame, places: FloatArray) -> None:
    axes.set_yticks(places, [shortened(str(team)) for team in drawn["team"]])
    axes.tick_params(axis="y", length=0, labelsize=style.SMALL)
    for place, size in zip(places, drawn["n_respondents"], strict=True):
        _write_right(axes, float(place), str(int(size)))
    _write_right(axes, -1.0, "n")


def _write_right(axes: "Axes", place: float, text: str) -> None:
    axes.annotate(
        text,
        (1.06, place),
        xycoords=axes.get_yaxis_transform(),
        ha="right",
        va="center",
        fontsize=style.SMALL,
        color=style.QUIET,
        annotation_clip=False,
    )


def _scale_ratios(axes: "Axes", drawn: pd.DataFrame, language: str) -> None:
    lowest = float(np.exp(drawn["lower"].min())) / 1.05
    highest = float(np.exp(drawn["upper"].max())) * 1.05
    scale_ratios(axes, (np.log(min(lowest, 0.9)), np.log(max(highest, 1.12))), language)


def _direction(texts: Mapping[str, str], effects: TeamEffects) -> str:
    # Not weaker and stronger: where the relation is one of fewer activities, higher is weaker.
    relative = texts["relative odds" if effects.of_odds else "relative"]
    return f"{texts['lower']}        {texts['higher']}\n{relative}"


def _notes(
    texts: Mapping[str, str], effects: TeamEffects, drawn: pd.DataFrame, language: str
) -> list[str]:
    high, _, low = effects.contrast.partition(" vs ")
    contrast = texts["versus"].format(high=high, low=low)
    of_kind = "of total" if effects.activities == TOTAL else "of kind"
    notes = [
        texts[of_kind].format(kind=effects.activities) if effects.activities else "",
        texts[f"{effects.kind} odds note" if effects.of_odds else f"{effects.kind} note"].format(
            contrast=contrast
        ),
        texts["interval note"].format(interval=percentage(effects.interval, language)),
        texts["clear note"] if _is_clear(drawn).any() else "",
    ]
    if effects.n_hidden > 1:
        notes.append(texts["hidden"].format(n=number(effects.n_hidden, language, 0)))
    elif effects.n_hidden == 1:
        notes.append(texts["some hidden"])
    return notes
