"""A logarithmic axis of ratios, with round ones written at its ticks."""

from typing import TYPE_CHECKING

import numpy as np

from learnclimate.plots import style
from learnclimate.plots.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Of the axis, between two ticks at least: as much as "×0.25" and a space take in a column.
_LEAST_APART = 0.11


def scale_ratios(axes: "Axes", limits: tuple[float, float], language: str) -> None:
    """
    Make the horizontal axis one of ratios.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    limits : tuple of float
        Logs of the lowest and the highest ratio.
    language : {"en", "nl"}
        The language of the numbers.
    """
    from matplotlib.ticker import FixedLocator, NullLocator

    low, high = float(np.exp(limits[0])), float(np.exp(limits[1]))
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = _apart(_ratio_ticks(low, high), low, high)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"×{_brief(tick, language)}" for tick in ticks])
    style.add_grid(axes, "x")


def _ratio_ticks(low: float, high: float) -> list[float]:
    """Choose round ratios within limits: the finest series that gives at most seven."""
    for series in (
        (0.8, 0.9, 1.0, 1.1, 1.2),
        (0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0),
        (0.25, 0.33, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0),
        (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
    ):
        inside = [tick for tick in series if low <= tick <= high]
        covered = series[0] <= low * 1.35 and series[-1] >= high / 1.35
        if covered and len(inside) <= 7:
            return inside
    reach = int(np.ceil(max(abs(np.log10(low)), abs(np.log10(high)))))
    step = max(1, reach // 3)
    return [
        10.0**power for power in range(-step * 3, step * 3 + 1, step) if low <= 10.0**power <= high
    ]


def _apart(ticks: list[float], low: float, high: float) -> list[float]:
    """Leave out ticks whose words would run into those of one nearer 1."""
    least = _LEAST_APART * float(np.log(high / low))
    kept: list[float] = []
    for tick in sorted(ticks, key=lambda one: abs(np.log(one))):
        if all(abs(np.log(tick / other)) >= least for other in kept):
            kept.append(tick)
    return sorted(kept)


def _brief(tick: float, language: str) -> str:
    decimals = next((d for d in range(3) if abs(tick - round(tick, d)) < 1e-9), 3)
    return number(tick, language, decimals)
