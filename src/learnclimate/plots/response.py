"""The marks of a frequency-response curve: what the model expects, and the answers beside it."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from learnclimate.plots import style
from learnclimate.plots.sources import LevelCounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = npt.NDArray[np.float64]

_OBSERVED_BESIDE = 0.16


def figures(counts: LevelCounts) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Give medians and intervals as arrays.

    Parameters
    ----------
    counts : LevelCounts
        The numbers to draw.

    Returns
    -------
    median, lower, upper : ndarray of shape (n_levels,)
        Missing for a level that may not be shown.
    """
    median, lower, upper = counts.table[["median", "lower", "upper"]].to_numpy(dtype=float).T
    return median, lower, upper


def draw_response(axes: "Axes", counts: LevelCounts, label: str) -> None:
    """
    Draw what the model expects at each level.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    counts : LevelCounts
        The numbers to draw.
    label : str
        What it is, for the legend.
    """
    places = np.arange(len(counts.levels))
    median, lower, upper = figures(counts)
    axes.plot(places, median, "-", color=style.BLUE, linewidth=1.0, alpha=0.5)
    axes.vlines(places, lower, upper, color=style.BLUE, linewidth=2.2, gid="interval")
    # Drawn without data, for the legend: a dot upon a line, as each level shows.
    axes.plot([], [], "o-", color=style.BLUE, linewidth=2.2, markersize=6, label=label)
    axes.plot(places, median, "o", color=style.BLUE, markersize=6, gid="median")


def draw_observed(axes: "Axes", counts: LevelCounts, label: str) -> None:
    """
    Draw the mean count of those who gave each answer, beside what the model expects.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    counts : LevelCounts
        The numbers to draw.
    label : str
        What it is, for the legend.
    """
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
