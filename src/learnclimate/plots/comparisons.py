"""Figures of models side by side: how well they predict, and what rate ratio they give."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from learnclimate.checks.model_comparison import ModelComparison
from learnclimate.checks.specifications import SpecificationTable
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.plots import style
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.row_names import model_name
from learnclimate.plots.words import number, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

_ROW_HEIGHT, _FURNITURE_HEIGHT = 6.5, 38.0
_CHARACTERS = 34
_MOST_TICKS = 7


def model_comparison(
    comparison: ModelComparison, *, language: Literal["en", "nl"] = "en"
) -> "Figure":
    """
    Draw how much worse each model predicts than the best.

    Parameters
    ----------
    comparison : ModelComparison
        What `learnclimate.compare_models` gave.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide; lines reach two standard errors to either side.

    Raises
    ------
    ArgumentTypeError
        If it is no comparison.
    ArgumentError
        If there is nothing to draw, or no texts in the language.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> families = {"poisson": lc.Poisson(), "negative binomial": lc.NegativeBinomial()}
    >>> fits = {
    ...     name: lc.fit(lc.CountModel(family=family), survey, draws=1000, seed=1, progress=False)
    ...     for name, family in families.items()
    ... }
    >>> compared = lc.compare_models(fits, progress=False)
    >>> lc.plots.model_comparison(compared).get_suptitle()
    'How well the models predict whom they have not seen'
    """
    texts = words(language)
    if not isinstance(comparison, ModelComparison):
        raise ArgumentTypeError(
            f"{type(comparison).__name__} is no comparison: give what compare_models() returned."
        )
    table = comparison.table
    if table.empty:
        raise ArgumentError(f"There is nothing to draw: {comparison.words}")
    middle = table["difference"].to_numpy(dtype=float)
    reach = 2 * table["difference_se"].to_numpy(dtype=float)
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _ROW_HEIGHT * len(table))
    apart = table["told_apart"].to_numpy(dtype=bool)
    _draw_rows(axes, (middle, middle - reach, middle + reach), apart)
    _name_rows(axes, table["model"].tolist())
    style.add_grid(axes, "x")
    style.write_numbers(axes, "x", language)
    style.label_axes(axes, x=texts[f"elpd {comparison.unit}"])
    style.add_title(figure, texts["comparison title"])
    style.add_note(figure, texts["comparison note"])
    return figure


def specifications(told: SpecificationTable, *, language: Literal["en", "nl"] = "en") -> "Figure":
    """
    Draw the rate ratio under every specification.

    Parameters
    ----------
    told : SpecificationTable
        What `learnclimate.specification_table` gave.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, the model as declared on top; specifications without figures are left out.

    Raises
    ------
    ArgumentTypeError
        If it is no table of specifications.
    ArgumentError
        If there is nothing to draw, or no texts in the language.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> models = {"linear": lc.CountModel(frequency=lc.Linear())}
    >>> told = lc.specification_table(
    ...     lc.CountModel(), survey, models=models, draws=400, progress=False
    ... )
    >>> lc.plots.specifications(told).get_suptitle()
    'The rate ratio under other specifications'
    """
    texts = words(language)
    if not isinstance(told, SpecificationTable):
        raise ArgumentTypeError(
            f"{type(told).__name__} is no table of specifications: give what "
            "specification_table(model, survey) returned."
        )
    table = told.table.dropna(subset=["rate_ratio"])
    if table.empty:
        raise ArgumentError(f"There is nothing to draw: {told.words}")
    figures = [table[name].to_numpy(dtype=float) for name in ("rate_ratio", "lower", "upper")]
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _ROW_HEIGHT * len(table))
    first = np.arange(len(table)) == 0
    axes.axvline(figures[0][0], color=style.RULE, linewidth=1.2, zorder=0)
    _draw_rows(axes, (figures[0], figures[1], figures[2]), first)
    names = [model_name(name, language) for name in table["specification"].iloc[1:]]
    _name_rows(axes, [texts["as declared"], *names])
    _scale_rate_ratios(axes, (figures[1].min() * 0.95, figures[2].max() * 1.05), language)
    style.label_axes(axes, x=texts["rate ratio"])
    style.add_title(figure, texts["specifications title"])
    style.add_note(figure, texts["specifications note"])
    return with_lowered(figure, told, language=language)


def _scale_rate_ratios(axes: "Axes", limits: tuple[float, float], language: str) -> None:
    """Make the horizontal axis logarithmic, with round ratios that need not surround 1."""
    from matplotlib.ticker import FixedLocator, NullLocator

    low, high = limits
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    decade = 10.0 ** np.floor(np.log10(low))
    for steps in ((1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8), (1, 1.5, 2, 3, 4, 5, 7), (1, 2, 5)):
        series = [step * decade * 10.0**power for power in range(4) for step in steps]
        ticks = [tick for tick in series if low <= tick <= high]
        if len(ticks) <= _MOST_TICKS:
            break
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    decimals = 0 if all(abs(tick - round(tick)) < 1e-9 for tick in ticks) else 1
    axes.set_xticklabels([f"×{number(tick, language, decimals)}" for tick in ticks])
    style.add_grid(axes, "x")


def _draw_rows(
    axes: "Axes", figures: tuple[FloatArray, FloatArray, FloatArray], marked: npt.NDArray[np.bool_]
) -> None:
    """Draw a dot and a line a row, from the top; those marked filled, the others open."""
    middle, lower, upper = figures
    places = np.arange(len(middle))[::-1]
    axes.hlines(places, lower, upper, color=style.BLUE, linewidth=1.4, gid="interval")
    for is_marked, face in ((True, style.BLUE), (False, "white")):
        some = marked == is_marked
        axes.plot(
            middle[some],
            places[some],
            "o",
            color=style.BLUE,
            markerfacecolor=face,
            markersize=5,
            gid="marked" if is_marked else "unmarked",
        )


def _name_rows(axes: "Axes", names: list[str]) -> None:
    places = np.arange(len(names))[::-1]
    axes.set_yticks(places, [shortened(name, _CHARACTERS) for name in names])
    axes.set_ylim(-0.6, len(names) - 0.4)
