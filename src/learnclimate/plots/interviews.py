"""Figure of the teams proposed for interviews, and how sure each choice is."""

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from learnclimate.core.errors import ArgumentTypeError
from learnclimate.core.result import Result
from learnclimate.plots import style
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.words import number, percentage, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_HEIGHT, _FURNITURE_HEIGHT = 4.6, 40.0
_CHOSEN, _TOGETHER = "chosen_team", "right_choices"
#: A triangle up, a dot, a triangle down: kinds are told apart without colour.
_MARKERS: Final = {"strong": "^", "typical": "o", "weak": "v"}
_CHANCE = 1 / 3

_TEXTS: Final = {
    "en": {
        "title": "Teams proposed for interviews",
        "strong": "strong relation",
        "typical": "typical",
        "weak": "weak relation",
        "together": "expected right: {n} of {all}",
        "x": "Probability that the team is what it was chosen as",
        "note": "Right: the team's ratio relative to the average team, with its {interval} "
        "interval. Line: a choice by chance. No judgement of a team: it tells where to ask.",
    },
    "nl": {
        "title": "Teams om te interviewen",
        "strong": "sterke samenhang",
        "typical": "doorsnee",
        "weak": "zwakke samenhang",
        "together": "verwacht juist: {n} van {all}",
        "x": "Kans dat het team is waarvoor het is gekozen",
        "note": "Rechts: de verhouding in het team ten opzichte van het gemiddelde team, met het "
        "{interval}-interval. Lijn: een keuze op goed geluk. Geen oordeel over een team: het zegt "
        "waar u kunt gaan vragen.",
    },
}


def interview_selection(source: Result, *, language: Literal["en", "nl"] = "en") -> "Figure":
    """
    Draw the teams proposed for interviews, by kind, with how sure each choice is.

    Parameters
    ----------
    source : Result
        What `learnclimate.select_teams` gave.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, higher with more teams. Kinds differ by the shape of their marks; the
        dashed line is the probability that a team picked blindly is a right choice.

    Raises
    ------
    ArgumentError
        If there is no such language.
    ArgumentTypeError
        If `source` is not what `select_teams` gave.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> figure = interview_selection(lc.select_teams(fit, strong=2, typical=1, weak=2))
    >>> figure.axes[0].get_xlabel()
    'Probability that the team is what it was chosen as'
    """
    words(language)
    texts = _TEXTS[language]
    if not isinstance(source, Result) or _CHOSEN not in set(source.summary["estimand"]):
        raise ArgumentTypeError("interview_selection: give what select_teams(fit) returned.")
    table = source.summary
    chosen = table[table["estimand"] == _CHOSEN]
    kinds = [kind for kind in _MARKERS if (chosen["contrast"] == kind).any()]
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _ROW_HEIGHT * (len(chosen) + len(kinds)))
    axes.axvline(_CHANCE, color=style.INK, linewidth=0.8, linestyle="--", gid="chance")
    place = 0
    labels: dict[int, str] = {}
    for kind in kinds:
        teams = chosen[chosen["contrast"] == kind]
        expected = table[(table["estimand"] == _TOGETHER) & (table["contrast"] == kind)]
        _head(axes, place, texts[kind], _together(expected, len(teams), texts, language))
        places = np.arange(place + 1, place + 1 + len(teams))
        _draw(axes, teams, places, kind, language)
        labels |= dict(zip(places.tolist(), teams["team"], strict=True))
        place = int(places[-1]) + 1
    axes.set_yticks([*labels], [shortened(str(team), 16) for team in labels.values()])
    axes.tick_params(axis="y", length=0, labelsize=style.SMALL)
    axes.set_ylim(place - 0.3, -0.8)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], [f"{tick}%" for tick in (0, 25, 50, 75, 100)])
    style.add_grid(axes, "x")
    style.label_axes(axes, x=texts["x"])
    style.add_title(figure, texts["title"])
    interval = percentage(float(table.attrs.get("interval", 0.9)), language)
    style.add_note(figure, texts["note"].format(interval=interval))
    return with_lowered(figure, source, language=language)


def _together(expected: pd.DataFrame, n_teams: int, texts: dict[str, str], language: str) -> str:
    mean = number(float(expected["mean"].iloc[0]), language, 1)
    return texts["together"].format(n=mean, all=n_teams)


def _head(axes: "Axes", place: int, kind: str, together: str) -> None:
    for text, x, side, weight in ((kind, 0.0, "left", "bold"), (together, 1.0, "right", "normal")):
        axes.annotate(
            text,
            (x, place),
            xycoords=axes.get_yaxis_transform(),
            ha=side,
            va="center",
            fontsize=style.SMALL,
            fontweight=weight,
            color=style.INK if weight == "bold" else style.QUIET,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )


def _draw(axes: "Axes", teams: pd.DataFrame, places: object, kind: str, language: str) -> None:
    probability = teams["probability"].to_numpy(dtype=float)
    rows = np.asarray(places, dtype=float)
    axes.hlines(rows, _CHANCE, probability, color=style.BLUE, linewidth=1.3, gid="gain")
    axes.scatter(
        probability, rows, s=30, marker=_MARKERS[kind], color=style.BLUE, zorder=3, gid=kind
    )
    ratios = np.exp(teams[["median", "lower", "upper"]].to_numpy(dtype=float))
    for row, (median, lower, upper) in zip(rows, ratios, strict=True):
        low, high = (number(float(bound), language, 2) for bound in (lower, upper))
        axes.annotate(
            f"×{number(float(median), language, 2)} ({low}–{high})",
            (1.03, float(row)),
            xycoords=axes.get_yaxis_transform(),
            va="center",
            fontsize=style.SMALL,
            color=style.QUIET,
            annotation_clip=False,
        )
