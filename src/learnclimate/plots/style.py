"""The one visual language of all figures: sizes, colours, letters, axes."""

import textwrap
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from learnclimate.plots.names import drawable
from learnclimate.plots.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

#: Width of a column of text, in millimetres; every figure is drawn for it.
WIDTH: Final = 110.0

# Okabe and Ito's colours, told apart by the colour-blind; in grey they differ in lightness,
# and every distinction is also one of shape.
BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREY: Final = "#767676"
PALE: Final = "#BFD7E6"
INK: Final = "#222222"
QUIET: Final = "#555555"
RULE: Final = "#DDDDDD"

# Sizes of letters, in points.
TITLE: Final = 9.5
LABEL: Final = 8.5
SMALL: Final = 7.8

_MILLIMETRES_AN_INCH = 25.4
_NOTE_CHARACTERS_A_MILLIMETRE = 0.62


def new_figure(height: float, width: float = WIDTH) -> "tuple[Figure, Axes]":
    """
    Make an empty figure in the house style.

    Parameters
    ----------
    height, width : float
        Size in millimetres.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Not registered anywhere, so that nothing needs closing.
    axes : matplotlib.axes.Axes
        Its only axes.
    """
    from learnclimate.plots.study_figure import StudyFigure

    size = (width / _MILLIMETRES_AN_INCH, height / _MILLIMETRES_AN_INCH)
    figure = StudyFigure(figsize=size, dpi=150, layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    _dress(axes)
    return figure, axes


def new_grid(
    height: float, rows: int, columns: int, *, heights: Sequence[float] = ()
) -> "tuple[Figure, list[Axes]]":
    """
    Make an empty figure of several small axes in the house style.

    Parameters
    ----------
    height : float
        Height in millimetres.
    rows, columns : int
        How many axes below and beside one another.
    heights : sequence of float, optional
        How high the rows are, one to another; all alike where left out.

    Returns
    -------
    figure : matplotlib.figure.Figure
        As of `new_figure`.
    axes : list of matplotlib.axes.Axes
        Row by row.
    """
    from learnclimate.plots.study_figure import StudyFigure

    size = (WIDTH / _MILLIMETRES_AN_INCH, height / _MILLIMETRES_AN_INCH)
    figure = StudyFigure(figsize=size, dpi=150, layout="constrained", facecolor="white")
    cells = figure.add_gridspec(rows, columns, height_ratios=heights or None)
    axes = [
        figure.add_subplot(cells[row, place]) for row in range(rows) for place in range(columns)
    ]
    for one in axes:
        _dress(one)
    return figure, axes


def _dress(axes: "Axes") -> None:
    """Give axes the colours and lines of the house."""
    axes.set_facecolor("white")
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        axes.spines[side].set_color(GREY)
        axes.spines[side].set_linewidth(0.8)
    axes.tick_params(colors=INK, labelsize=LABEL, length=3, width=0.8, color=GREY)


#: Of a figure's height what axes have at least, and how wide a sign is in heights of its font.
_SHARE_OF_AXES, _WIDTH_OF_SIGN = 0.6, 0.55
_POINTS_AN_INCH, _LEAST_LABEL = 72, 100


def label_axes(axes: "Axes", *, x: str = "", y: str = "") -> None:
    """
    Name the axes.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    x, y : str
        Their names, with units; that of the height is broken where it is longer than the axes.
    """
    axes.set_xlabel(x, fontsize=LABEL, color=INK)
    figure = axes.figure
    height = _SHARE_OF_AXES * float(figure.bbox.height / figure.dpi) * _POINTS_AN_INCH
    points = max(height, _LEAST_LABEL)
    axes.set_ylabel(broken(y, int(points / (_WIDTH_OF_SIGN * LABEL))), fontsize=LABEL, color=INK)


def add_grid(axes: "Axes", along: str) -> None:
    """
    Rule quiet lines behind the data.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    along : {"x", "y"}
        Whose ticks are ruled.
    """
    (axes.xaxis if along == "x" else axes.yaxis).grid(visible=True, color=RULE, linewidth=0.6)


def add_legend(axes: "Axes", *, above: float = 1.01) -> None:
    """
    Explain the marks above the axes, where no data can lie.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes whose artists have labels.
    above : float
        Where the marks stand, in heights of the axes.
    """
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, above),
        borderaxespad=0.0,
        borderpad=0.0,
        frameon=False,
        fontsize=SMALL,
        labelcolor=INK,
        handletextpad=0.6,
        labelspacing=0.35,
    )


def add_title(figure: "Figure", title: str) -> None:
    """
    Write a title above everything else, left-aligned.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    title : str
        The title.
    """
    figure.suptitle(title, x=0.015, ha="left", fontsize=TITLE, fontweight="bold", color=INK)


def add_note(figure: "Figure", *sentences: str) -> None:
    """
    Write small print below the axes, broken to the width of the figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    *sentences : str
        What to write; empty ones are left out.
    """
    width = figure.get_size_inches()[0] * _MILLIMETRES_AN_INCH * _NOTE_CHARACTERS_A_MILLIMETRE
    lines = textwrap.fill(" ".join(filter(None, sentences)), int(width))
    if lines:
        figure.supxlabel(lines, x=0.015, ha="left", fontsize=SMALL, color=QUIET, linespacing=1.25)


def write_beside(axes: "Axes", place: float, text: str) -> None:
    """
    Write right of the axes, level with a place on them.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    place : float
        Where on the vertical axis.
    text : str
        What to write.
    """
    axes.annotate(
        text,
        (1.02, place),
        xycoords=axes.get_yaxis_transform(),
        va="center",
        fontsize=SMALL,
        color=INK,
        annotation_clip=False,
    )


def mark_outside(axes: "Axes", places: npt.ArrayLike) -> None:
    """
    Draw an arrow at the left edge for what goes on below the lowest value drawn.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes, their limits set.
    places : array_like
        Where on the vertical axis.
    """
    edge = np.full(np.shape(places), axes.get_xlim()[0])
    axes.scatter(edge, places, marker="<", s=22, color=GREY, clip_on=False, zorder=3, gid="outside")


def write_numbers(axes: "Axes", along: str, language: str, *, whole: bool = False) -> None:
    """
    Write the numbers along an axis as the language does, with the decimals they need.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        The axes.
    along : {"x", "y"}
        Which axis.
    language : {"en", "nl"}
        The language.
    whole : bool, default False
        Whether there are no halves, as of respondents.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis = axes.xaxis if along == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10], integer=whole))

    axis.set_major_formatter(FuncFormatter(partial(_tick_label, axis, language)))


def _tick_label(axis: "Axis", language: str, value: float, _position: int) -> str:
    ticks = axis.get_majorticklocs()
    step = float(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0
    decimals = next((d for d in range(4) if abs(step - round(step, d)) < step * 1e-6), 4)
    return number(value, language, decimals)


def broken(label: str, width: int) -> str:
    r"""
    Break a label into lines.

    Parameters
    ----------
    label : str
        The label.
    width : int
        Characters a line; longer words are broken too.

    Returns
    -------
    str
        At most four lines.

    Examples
    --------
    >>> broken("a few times a year", 10)
    'a few\ntimes a\nyear'
    """
    return "\n".join(textwrap.wrap(drawable(label), width, max_lines=4, placeholder=" …"))
