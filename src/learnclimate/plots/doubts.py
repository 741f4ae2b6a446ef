"""Figures of three checks: what can be left out, what priors matter, and which teams do."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from learnclimate.checks.bins import joined_edges
from learnclimate.checks.influence import Influence
from learnclimate.checks.leave_out import LeaveOneOut
from learnclimate.checks.prior_sensitivity import PriorSensitivity
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.arguments import checked_rule
from learnclimate.plots import style
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.row_names import parameter_name
from learnclimate.plots.words import number, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ROW_HEIGHT, _SECOND_LINE, _FURNITURE_HEIGHT = 5.5, 4.0, 42.0
#: Characters a line, and of a name over two lines.
_CHARACTERS, _LONGEST = 26, 44
_MOST_ROWS = 20
_HEIGHT = 75.0
_WIDTH_OF_K, _LEAST_K, _GAP = 0.1, -0.2, 0.01
#: Of no matter here; the rule is checked together with it.
_INTERVAL = 0.9
#: From here on a quantity counts as sensitive.
_SENSITIVE = 0.05


def leave_out(
    told: LeaveOneOut,
    *,
    language: Literal["en", "nl"] = "en",
    rule: DisclosureRule | None = None,
) -> "Figure":
    """
    Draw how far the weights that leave each respondent, or each team, out can be trusted.

    Parameters
    ----------
    told : LeaveOneOut
        What `learnclimate.leave_one_out` or `learnclimate.leave_one_team_out` gave.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.
    rule : DisclosureRule, optional
        How many a bar holds at least.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide: how many units have a Pareto shape in each tenth, and the largest that
        can be trusted; tenths of few are joined. Units without which the model was fitted
        anew have none.

    Raises
    ------
    ArgumentTypeError
        If nothing was left out, or `rule` is no rule.
    ArgumentError
        If there is nothing to draw, or no texts in the language.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> told = lc.leave_one_out(fit, progress=False)
    >>> lc.plots.leave_out(told).get_suptitle()
    'How far leaving out can be trusted'
    """
    texts = words(language)
    if not isinstance(told, LeaveOneOut):
        raise ArgumentTypeError(
            f"{type(told).__name__}: give what leave_one_out() or leave_one_team_out() returned."
        )
    shapes = told.khat[~np.isnan(told.khat)]
    if len(shapes) == 0:
        raise ArgumentError(f"There is nothing to draw: {told.words}")
    minimum = checked_rule(_INTERVAL, rule).minimum
    edges, held = _bars(shapes, told.limit, minimum)
    figure, axes = style.new_figure(_HEIGHT)
    trusted = edges[1:] <= told.limit + 1e-9
    kinds = ((trusted, style.BLUE, "", "trusted"), (~trusted, style.ORANGE, "///", "doubted"))
    for some, colour, hatch, name in kinds:
        axes.bar(
            edges[:-1][some],
            held[some],
            width=np.diff(edges)[some] - _GAP,
            align="edge",
            color=colour,
            hatch=hatch,
            edgecolor="white",
            gid=name,
        )
    for start, width, number_held in zip(edges[:-1], np.diff(edges), held, strict=True):
        # The area of a bar that was joined says more than it holds: its number stands above it.
        if width > _WIDTH_OF_K + _GAP and number_held:
            axes.annotate(
                number(int(number_held), language, 0), (start + width / 2, number_held),
                xytext=(0, 2), textcoords="offset points", ha="center", va="bottom",
                fontsize=style.SMALL, color=style.INK, gid="held",
            )  # fmt: skip
    axes.set_xlim(right=max(1.0, edges[-1]) + _WIDTH_OF_K / 2)
    axes.axvline(told.limit, color=style.INK, linewidth=1.0, linestyle="--", gid="limit")
    style.add_grid(axes, "y")
    style.write_numbers(axes, "x", language)
    style.write_numbers(axes, "y", language, whole=True)
    style.label_axes(axes, x=texts["pareto"], y=texts[f"{told.unit}s left out"])
    style.add_title(figure, texts["left out title"])
    anew = len(told.khat) - len(shapes)
    style.add_note(
        figure,
        texts["left out note"].format(limit=number(told.limit, language, 2), minimum=minimum),
        texts["fitted anew"].format(anew=anew) if anew else "",
    )
    return with_lowered(figure, told, language=language, rule=rule)


def _bars(shapes: FloatArray, limit: float, minimum: int) -> tuple[FloatArray, IntArray]:
    """Bars of a tenth each and an edge at the limit, joined where they hold few."""
    highest = max(1.0, np.ceil(min(shapes.max(), 2.0) / _WIDTH_OF_K) * _WIDTH_OF_K)
    tenths = np.arange(_LEAST_K, highest + _WIDTH_OF_K, _WIDTH_OF_K)
    near = np.abs(tenths - limit) < _GAP
    edges = np.sort(np.append(tenths[~near], limit))
    if shapes.max() <= limit:
        edges = edges[edges <= limit]
    drawn = np.clip(shapes, edges[0], edges[-1] - 1e-9)
    # A shape at the limit can be trusted still.
    drawn = np.where(drawn == limit, limit - 1e-9, drawn)
    edges = joined_edges(drawn, edges, minimum, apart=limit)
    return edges, np.histogram(drawn, edges)[0]


def prior_sensitivity(told: PriorSensitivity, *, language: Literal["en", "nl"] = "en") -> "Figure":
    """
    Draw how much each quantity depends on the priors, and on the answers.

    Parameters
    ----------
    told : PriorSensitivity
        What `learnclimate.prior_sensitivity` gave.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, a row a quantity: filled dots for the priors, open ones for the answers.

    Raises
    ------
    ArgumentTypeError
        If it is no such check.
    ArgumentError
        If there are no texts in the language.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> told = lc.prior_sensitivity(fit, progress=False)
    >>> lc.plots.prior_sensitivity(told).get_suptitle()
    'What depends on the priors'
    """
    texts = words(language)
    if not isinstance(told, PriorSensitivity):
        raise ArgumentTypeError(
            f"{type(told).__name__}: give what prior_sensitivity(fit) returned."
        )
    table = told.table.head(_MOST_ROWS)
    names = _broken([parameter_name(name, language) for name in table["parameter"]])
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _height(names))
    places = np.arange(len(table))[::-1]
    for column, face in (("likelihood", "white"), ("prior", style.BLUE)):
        axes.plot(
            table[column].to_numpy(dtype=float),
            places,
            "o",
            color=style.BLUE,
            markerfacecolor=face,
            markersize=5,
            gid=column,
            label=texts[f"sensitive to {column}"],
        )
    axes.axvline(_SENSITIVE, color=style.INK, linewidth=1.0, linestyle="--", gid="limit")
    _name(axes, names)
    axes.set_xlim(left=0.0)
    style.add_grid(axes, "x")
    style.write_numbers(axes, "x", language)
    style.label_axes(axes, x=texts["sensitivity"])
    style.add_legend(axes)
    style.add_title(figure, texts["sensitivity title"])
    style.add_note(figure, texts["sensitivity note"].format(limit=number(_SENSITIVE, language, 2)))
    return figure


def influence(told: Influence, *, language: Literal["en", "nl"] = "en") -> "Figure":
    """
    Draw the rate ratio without each of the teams that move it most.

    Parameters
    ----------
    told : Influence
        What `learnclimate.influence` gave.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, a row a team, at most twenty; teams that may not be shown are left out.

    Raises
    ------
    ArgumentTypeError
        If it is no such check.
    ArgumentError
        If there is nothing to draw, or no texts in the language.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> told = lc.influence(fit, progress=False)
    >>> lc.plots.influence(told).get_suptitle()
    'Teams that move the rate ratio most'
    """
    texts = words(language)
    if not isinstance(told, Influence):
        raise ArgumentTypeError(f"{type(told).__name__}: give what influence(fit) returned.")
    table = told.teams.dropna(subset=["rate_ratio"]).head(_MOST_ROWS)
    if table.empty:
        raise ArgumentError(f"There is nothing to draw: {told.words}")
    names = _broken(table["team"].astype(str).tolist())
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _height(names))
    axes.axvline(told.rate_ratio, color=style.RULE, linewidth=1.2, zorder=0, gid="everybody")
    places = np.arange(len(table))[::-1]
    ratios = table["rate_ratio"].to_numpy(dtype=float)
    axes.hlines(places, told.rate_ratio, ratios, color=style.BLUE, linewidth=1.4, gid="interval")
    axes.plot(ratios, places, "o", color=style.BLUE, markersize=5, gid="without")
    _name(axes, names)
    style.add_grid(axes, "x")
    style.write_numbers(axes, "x", language)
    style.label_axes(axes, x=texts["ratio without"])
    style.add_title(figure, texts["influence title"])
    everybody = number(told.rate_ratio, language, 2)
    style.add_note(figure, texts["influence note"].format(ratio=everybody))
    return with_lowered(figure, told, language=language)


def _broken(names: list[str]) -> list[str]:
    """Break names of rows over two lines where they are long."""
    return [style.broken(shortened(name, _LONGEST), _CHARACTERS) for name in names]


def _height(names: list[str]) -> float:
    """Give the height of the rows, which is more where a name takes two lines."""
    return sum(_ROW_HEIGHT + _SECOND_LINE * name.count("\n") for name in names)


def _name(axes: "Axes", names: list[str]) -> None:
    axes.set_yticks(np.arange(len(names))[::-1], names)
    axes.tick_params(axis="y", labelsize=style.SMALL)
    axes.set_ylim(-0.6, len(names) - 0.4)
