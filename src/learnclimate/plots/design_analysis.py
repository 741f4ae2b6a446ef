"""Figure of a design analysis: what studies of different sizes would tell, by their cost."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from learnclimate.checks.design_analysis import INTERVAL, TOP, DesignAnalysis
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.plots import style
from learnclimate.plots.words import number, percentage, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOOKS = (
    (style.BLUE, "o", "-"),
    (style.ORANGE, "s", "--"),
    (style.GREY, "^", ":"),
    (style.INK, "D", "-."),
)
#: Where the number of teams stands from its point, so that those of designs that cost the same do
#: not cover one another.
_SIDES = ((4, 3), (4, -3), (-4, 3), (-4, -3))


def design_analysis(
    source: DesignAnalysis,
    *,
    show: Literal["width", "right_teams"] = "width",
    language: Literal["en", "nl"] = "en",
) -> "Figure":
    """
    Draw what studies of different sizes would tell, by their cost.

    One line a team size, one point a number of teams, which is written beside it.

    Parameters
    ----------
    source : DesignAnalysis
        What `learnclimate.design_analysis` gave.
    show : {"width", "right_teams"}, default "width"
        The width of the interval of the rate ratio, or the probability of finding the
        strongest teams.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide.

    Raises
    ------
    ArgumentError
        If there is nothing to draw, or an argument is unknown.
    ArgumentTypeError
        If `source` is no design analysis.

    Examples
    --------
    >>> import learnclimate as lc
    >>> plain = lc.CountModel(team_effects=("intercept",), covariates=(), family=lc.Poisson())
    >>> found = lc.design_analysis([8], [6], model=plain, replicates=2, progress=False)
    >>> lc.plots.design_analysis(found).get_suptitle()
    'Width of the interval, by cost'
    """
    texts = words(language)
    if not isinstance(source, DesignAnalysis):
        raise ArgumentTypeError(
            f"{type(source).__name__} is no design analysis: give what design_analysis(...) gave."
        )
    if show not in ("width", "right_teams"):
        raise ArgumentError(f"show={show!r}: choose 'width' or 'right_teams'.")
    table = source.table.dropna(subset=[show])
    if table.empty:
        raise ArgumentError("No replicate tells this, so there is nothing to draw.")
    figure, axes = style.new_figure(84)
    style.add_grid(axes, "y")
    sizes = sorted({float(size) for size in table["team_size"]})
    for place, size in enumerate(sizes):
        decimals = 0 if size.is_integer() else 1
        label = texts["team size"].format(size=number(size, language, decimals))
        some = table[table["team_size"] == size].sort_values("cost")
        looks = _LOOKS[place % len(_LOOKS)], _SIDES[place % len(_SIDES)]
        _draw(axes, some, show, looks, label)
    goal = source.goal
    wanted = None if goal is None else (goal.width if show == "width" else goal.right_teams)
    if wanted is not None:
        axes.axhline(
            wanted, color=style.INK, linewidth=0.8, linestyle=(0, (4, 3)), label=texts["goal"]
        )
    floor = 1.0 if show == "width" else 0.0
    # Room for the number beside the highest point.
    axes.set_ylim(floor, floor + 1.08 * (axes.get_ylim()[1] - floor))
    free = bool((table["cost"] == table["n_respondents"]).all())
    style.write_numbers(axes, "x", language)
    style.write_numbers(axes, "y", language)
    style.label_axes(axes, x=texts["respondents simply" if free else "cost"], y=texts[show])
    style.add_legend(axes)
    style.add_title(figure, texts[f"design title {show}"])
    note = texts[f"design note {show}"].format(
        n=number(float(table["replicates"].max()), language, 0),
        interval=percentage(INTERVAL if goal is None else goal.interval, language),
        top=TOP if goal is None else goal.top,
    )
    style.add_note(figure, note)
    return figure


def _draw(
    axes: "Axes",
    some: pd.DataFrame,
    show: str,
    looks: tuple[tuple[str, str, str], tuple[int, int]],
    label: str,
) -> None:
    (colour, marker, line), (right, up) = looks
    x, y = some["cost"].to_numpy(dtype=float), some[show].to_numpy(dtype=float)
    axes.plot(x, y, line, marker=marker, color=colour, linewidth=1.4, markersize=4.5, label=label)
    if show == "right_teams":
        error = np.nan_to_num(some["right_teams_error"].to_numpy(dtype=float))
        axes.vlines(x, np.maximum(y - 2 * error, 0), np.minimum(y + 2 * error, 1), color=colour)
    for place, n_teams in enumerate(some["n_teams"]):
        axes.annotate(
            str(int(n_teams)),
            (float(x[place]), float(y[place])),
            xytext=(right, up),
            textcoords="offset points",
            ha="left" if right > 0 else "right",
            va="bottom" if up > 0 else "top",
            fontsize=style.SMALL,
            color=style.QUIET,
        )
