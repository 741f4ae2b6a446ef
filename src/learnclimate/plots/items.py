"""Figures of the items of a scale: how likely each answer is, and how much the answers tell."""

from itertools import cycle, takewhile
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.intervals import interval_bounds
from learnclimate.core.result import Result
from learnclimate.plots import style
from learnclimate.plots.item_words import item_words
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.words import percentage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

_ROW_HEIGHT = 38.0
_FURNITURE_HEIGHT = 24.0
_COLUMNS = 2
#: Characters that fit above a panel.
_TITLE = 24
#: Heights of the parts of the figure of information, and how many items it names.
_HEIGHT_OF_CURVES, _FURNITURE_OF_ITEMS, _FURNITURE, _ROW_OF_ITEM, _MOST_ROWS = (
    52.0,
    8.0,
    30.0,
    5.0,
    12,
)
_WHOLE = "all items"
#: One for each factor, and from the first again.
_LINES = ("-", "--", ":", "-.")


def item_curves(source: Result, *, language: Literal["en", "nl"] = "en") -> "Figure":
    """
    Draw how likely each answer to each item is, by the level of the factor.

    Parameters
    ----------
    source : Result
        What `learnclimate.item_curves` gave, at two levels of the factor or more.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, a panel an item; lines are posterior medians, lighter for lower answers,
        each marked by its answer where it is likeliest; bands are the result's intervals.

    Raises
    ------
    ArgumentError
        If the result has fewer than two levels.
    ArgumentTypeError
        If `source` is no result of item curves.

    References
    ----------
    Samejima (1969), doi 10.1007/BF03372160.

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.GradedResponse("leadership_of_learning")
    >>> fitted = lc.fit(model, lc.load_example(), draws=400, seed=1, progress=False)
    >>> len(item_curves(lc.item_curves(fitted, draws=100)).axes)
    6
    """
    texts = item_words(language)
    levels, names, values = _read(source, "answer_probability", "item_curves(fit)")
    items = list(dict.fromkeys(name.rsplit(" = ", 1)[0] for name in names))
    shared = _shared_start(items)
    rows = -(-len(items) // _COLUMNS)
    figure, panels = style.new_grid(_FURNITURE_HEIGHT + _ROW_HEIGHT * rows, rows, _COLUMNS)
    interval = float(source.summary.attrs.get("interval", 0.9))
    for panel, item in zip(panels, items, strict=False):
        own = [place for place, name in enumerate(names) if name.rsplit(" = ", 1)[0] == item]
        answers = [names[place].rsplit(" = ", 1)[1] for place in own]
        _draw_answers(panel, levels, values[:, own], (answers, interval))
        name = shortened(item.removeprefix(shared), _TITLE)
        panel.set_title(name, fontsize=style.SMALL, loc="left", color=style.INK)
        panel.set_ylim(0, 1.18)
        panel.set_yticks([0, 0.5, 1])
        style.write_numbers(panel, "x", language)
        style.write_numbers(panel, "y", language)
    for panel in panels[len(items) :]:
        panel.set_visible(False)
    style.add_title(figure, texts["item curves title"])
    note = texts["item curves note"].format(interval=percentage(interval, language))
    named = texts["shared start"].format(start=shortened(shared, 40)) if shared else ""
    style.add_note(figure, f"{texts['across']}: {texts['factor level'].lower()}.", note, named)
    return with_lowered(figure, source, language=language)


def _shared_start(items: list[str]) -> str:
    """
    Give the words with which the names of all items begin, up to and with an underscore.

    Where names are too long for a panel; otherwise nothing.
    """
    if len(items) == 1 or max(map(len, items)) <= _TITLE:
        return ""
    alike = takewhile(lambda signs: len(set(signs)) == 1, zip(*items, strict=False))
    start = "".join(signs[0] for signs in alike)
    return start[: start.rfind("_") + 1]


def test_information(
    source: Result,
    *,
    language: Literal["en", "nl"] = "en",  # noqa: PT028 - no test
) -> "Figure":
    """
    Draw how much the answers tell of the factor at each of its levels.

    Parameters
    ----------
    source : Result
        What `learnclimate.test_information` gave, at two levels of the factor or more.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide: all items together with their interval, and each item by itself; below
        them by name the most that each tells at any level, of the twelve that tell most.

    Raises
    ------
    ArgumentError
        If the result has fewer than two levels.
    ArgumentTypeError
        If `source` is no result of test information.

    References
    ----------
    Samejima (1969), doi 10.1007/BF03372160.

    Examples
    --------
    >>> import learnclimate as lc
    >>> model = lc.GradedResponse("leadership_of_learning")
    >>> fitted = lc.fit(model, lc.load_example(), draws=400, seed=1, progress=False)
    >>> figure = test_information(lc.test_information(fitted, draws=100))
    >>> figure.axes[0].get_ylabel()
    'Information'
    """
    texts = item_words(language)
    levels, names, values = _read(source, "item_information", "test_information(fit)")
    interval = float(source.summary.attrs.get("interval", 0.9))
    rows = _ROW_OF_ITEM * min(max(len(names) - 1, 1), _MOST_ROWS)
    heights = (_HEIGHT_OF_CURVES, _FURNITURE_OF_ITEMS + rows)
    figure, (axes, below) = style.new_grid(_FURNITURE + sum(heights), 2, 1, heights=heights)
    wholes = [name for name in names if name == _WHOLE or name.startswith(f"{_WHOLE} of ")]
    for line, name in zip(cycle(_LINES), wholes, strict=False):
        whole = values[:, names.index(name)]
        lower, upper = interval_bounds(whole, interval)
        axes.fill_between(levels, lower, upper, color=style.PALE, linewidth=0, gid="interval")
        axes.plot(
            levels, np.median(whole, axis=0), line, color=style.BLUE, linewidth=1.6, gid="whole",
            label=texts["all items"] + name.removeprefix(_WHOLE).replace(" of ", ": ", 1),
        )  # fmt: skip
    single = {name: values[:, place] for place, name in enumerate(names) if name not in wholes}
    for place, item in enumerate(single.values()):
        label = texts["single items"] if place == 0 else None
        middle = np.median(item, axis=0)
        axes.plot(levels, middle, color=style.GREY, linewidth=0.8, label=label, gid="item")
    axes.set_ylim(0, None)
    axes.set_xlim(levels[0], levels[-1])
    style.add_grid(axes, "y")
    style.label_axes(axes, x=texts["factor level"], y=texts["information"])
    style.add_legend(axes)
    style.write_numbers(axes, "x", language)
    style.write_numbers(axes, "y", language)
    style.add_title(figure, texts["information title"])
    note = texts["information note"].format(interval=percentage(interval, language))
    shared = _draw_most(below, {name: item.max(axis=-1) for name, item in single.items()}, interval)
    style.add_grid(below, "x")
    style.write_numbers(below, "x", language)
    style.label_axes(below, x=texts["most information"])
    named = texts["shared start"].format(start=shortened(shared, 40)) if shared else ""
    few = texts["items drawn"].format(most=_MOST_ROWS) if len(single) > _MOST_ROWS else ""
    style.add_note(figure, note, named, few)
    return with_lowered(figure, source, language=language)


def _draw_most(axes: "Axes", most: dict[str, FloatArray], interval: float) -> str:
    """
    Draw the most that each item tells, those that tell most on top.

    Returns what the names begin with and was left out of them.
    """
    ranked = sorted(most, key=lambda name: -np.median(most[name]))[:_MOST_ROWS]
    shared = _shared_start(list(most))
    for place, name in enumerate(ranked):
        lower, upper = interval_bounds(most[name], interval)
        axes.hlines(place, lower, upper, color=style.GREY, linewidth=1.2, gid="interval")
        axes.plot([np.median(most[name])], [place], "o", color=style.GREY, markersize=4, gid="most")
    labels = [shortened(name.removeprefix(shared), _TITLE) for name in ranked]
    axes.set_yticks(range(len(ranked)), labels)
    axes.tick_params(axis="y", length=0, labelsize=style.SMALL)
    axes.set_ylim(len(ranked) - 0.4, -0.6)
    axes.set_xlim(left=0)
    return shared


# pytest would collect it wherever a test imports it.
test_information.__test__ = False  # type: ignore[attr-defined]


def _read(source: object, name: str, made_by: str) -> tuple[FloatArray, list[str], FloatArray]:
    """Levels in order, names of the lines, and their draws, (n_draws, n_lines, n_levels)."""
    if not isinstance(source, Result) or name not in source.draws:
        raise ArgumentTypeError(
            f"{type(source).__name__} cannot be drawn: give what {made_by} returned."
        )
    drawn = source.draws[name]
    values = drawn.transpose(..., "answer", "level").to_numpy()
    values = values.reshape(-1, *values.shape[-2:])
    levels = drawn["level"].to_numpy().astype(float)
    if len(levels) < 2:
        raise ArgumentError("A curve needs at least two levels of the factor: leave out `at`.")
    order = np.argsort(levels)
    return levels[order], drawn["answer"].to_numpy().astype(str).tolist(), values[:, :, order]


def _draw_answers(
    panel: "Axes", levels: FloatArray, values: FloatArray, told: tuple[list[str], float]
) -> None:
    """Draw the lines of one item, (n_draws, n_answers, n_levels)."""
    answers, interval = told
    shades = np.linspace(0.35, 1.0, len(answers))
    for place, (answer, shade) in enumerate(zip(answers, shades, strict=True)):
        middle = np.median(values[:, place], axis=0)
        lower, upper = interval_bounds(values[:, place], interval)
        panel.fill_between(levels, lower, upper, color=style.BLUE, alpha=0.12, linewidth=0)
        panel.plot(levels, middle, color=style.BLUE, alpha=shade, linewidth=1.1, gid="curve")
        top = int(np.argmax(middle))
        side = {0: "left", len(levels) - 1: "right"}.get(top, "center")
        panel.annotate(
            answer, (levels[top], middle[top]), xytext=(0, 2), textcoords="offset points",
            ha=side, va="bottom", fontsize=style.SMALL, color=style.INK, annotation_clip=False,
        )  # fmt: skip
    panel.set_xlim(levels[0], levels[-1])
