"""Rows of teams in a figure: which are drawn, and how many are not."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.numbers import is_whole
from learnclimate.plots import style
from learnclimate.plots.words import number, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = npt.NDArray[np.float64]


def check_most(most: object) -> None:
    """
    Refuse what is no number of teams to draw.

    Parameters
    ----------
    most : object
        Teams drawn at most.

    Raises
    ------
    ArgumentError
        If it is below 2.
    ArgumentTypeError
        If it is no whole number.

    Examples
    --------
    >>> check_most(24)
    """
    if not is_whole(most):
        raise ArgumentTypeError(f"most={most!r}: give a whole number of teams.")
    if most < 2:
        raise ArgumentError(f"most={most}: give at least 2 teams.")


def chosen_rows(table: pd.DataFrame, most: int) -> tuple[pd.DataFrame, FloatArray, int]:
    """
    Choose the first and the last teams of a table, and their places from the top.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a team, in order.
    most : int
        Teams drawn at most; half of them the first, half the last.

    Returns
    -------
    drawn : pandas.DataFrame
        Their rows.
    places : ndarray of shape (n_drawn,)
        0 at the top, with a gap between both halves.
    n_between : int
        How many teams are not drawn.

    Examples
    --------
    >>> drawn, places, n_between = chosen_rows(pd.DataFrame({"team": [*"abcde"]}), 4)
    >>> "".join(drawn["team"]), places.tolist(), n_between
    ('abde', [0.0, 1.0, 3.5, 4.5], 1)
    """
    n_teams = len(table)
    if n_teams <= most:
        return table, np.arange(n_teams, dtype=float), 0
    high = most // 2
    low = most - high
    drawn = pd.concat([table.iloc[:high], table.iloc[n_teams - low :]], ignore_index=True)
    places = np.concatenate([np.arange(high), high + 1.5 + np.arange(low)])
    return drawn, places.astype(float), n_teams - most


def write_between(axes: "Axes", places: FloatArray, text: str) -> None:
    """
    Write in the gap between both halves of the teams.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    places : ndarray of shape (n_drawn,)
        As of `chosen_rows`, with a gap.
    text : str
        How many teams are not drawn.
    """
    above = int(np.argmax(np.diff(places)))
    axes.annotate(
        text,
        (0.5, float(places[above] + places[above + 1]) / 2),
        xycoords=axes.get_yaxis_transform(),
        ha="center",
        va="center",
        fontsize=style.SMALL,
        color=style.QUIET,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )


def between_words(n_between: int, language: str) -> str:
    """
    Say how many teams are not drawn, in between those that are.

    Parameters
    ----------
    n_between : int
        How many.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        A line of words.

    Examples
    --------
    >>> between_words(1, "en"), between_words(12, "nl")
    ('⋯ 1 team in between ⋯', '⋯ 12 teams ertussenin ⋯')
    """
    texts = words(language)
    if n_between == 1:
        return texts["between one"]
    return texts["between"].format(n=number(n_between, language, 0))
