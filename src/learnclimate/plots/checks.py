"""A figure of whatever a check gave back: one verb for all of them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from learnclimate.checks.calibration import Calibration
from learnclimate.checks.design_analysis import DesignAnalysis
from learnclimate.checks.influence import Influence
from learnclimate.checks.kinds_predictive import KindsPredictive
from learnclimate.checks.leave_out import LeaveOneOut
from learnclimate.checks.model_comparison import ModelComparison
from learnclimate.checks.predictive import PosteriorPredictive
from learnclimate.checks.prior_predictive import PriorPredictive
from learnclimate.checks.prior_sensitivity import PriorSensitivity
from learnclimate.checks.specifications import SpecificationTable
from learnclimate.checks.verdict import CheckReport
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.kind_labels import TOTAL
from learnclimate.plots import style
from learnclimate.plots.calibration import calibration
from learnclimate.plots.check_names import check_name
from learnclimate.plots.comparisons import model_comparison, specifications
from learnclimate.plots.design_analysis import design_analysis
from learnclimate.plots.distribution import rootogram
from learnclimate.plots.doubts import influence, leave_out, prior_sensitivity
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.words import number, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW_HEIGHT, _FURNITURE_HEIGHT = 5.5, 40.0
_MARKS = {
    "good": ("o", style.BLUE, style.BLUE),
    "doubtful": ("D", style.ORANGE, "white"),
    "bad": ("D", style.ORANGE, style.ORANGE),
    "not applicable": ("o", style.GREY, "white"),
}
#: As far as this from the middle of its interval a figure is drawn.
_FURTHEST = 4.0


def check(told: object, *, language: Literal["en", "nl"] = "en") -> "Figure":
    """
    Draw what a check gave back, whichever check it was.

    Parameters
    ----------
    told : object
        What `learnclimate.check_fit`, `posterior_predictive`, `prior_predictive`,
        `leave_one_out`, `leave_one_team_out`, `compare_models`, `prior_sensitivity`, `influence`,
        `specification_table`, `calibrate` or `design_analysis` gave.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        That of the check: `plots.rootogram`, `plots.leave_out`, `plots.calibration` and so on; of
        `check_fit` a row a check with its verdict, of several kinds a row a statistic.

    Raises
    ------
    ArgumentTypeError
        If it is no check.
    ArgumentError
        If the check is not applicable, so that there is nothing to draw, or there are no texts in
        the language.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> lc.plots.check(lc.check_fit(fit)).get_suptitle()
    'What the checks say'
    """
    draw = _DRAWN.get(type(told))
    if draw is None:
        raise ArgumentTypeError(
            f"{type(told).__name__} is no check: give what check_fit(fit), posterior_predictive("
            "fit), of several kinds too, or another check gave."
        )
    return with_lowered(draw(told, language=language), told, language=language)


def _verdicts(told: CheckReport, *, language: str) -> "Figure":
    texts = words(language)
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _ROW_HEIGHT * len(told.checks))
    # What does not apply is neither better nor worse: it stands apart, and not beside "good".
    order = ["not applicable", "bad", "doubtful", "good"]
    # The words of neighbours need as much room as both together take on one line.
    at = {"not applicable": 0.0, "bad": 1.45, "doubtful": 2.75, "good": 4.0}
    for place, one in enumerate(told.checks):
        mark, colour, face = _MARKS[one.verdict]
        axes.plot(
            [at[one.verdict]], [place], mark, color=colour, markerfacecolor=face,
            markersize=6, gid=one.verdict,
        )  # fmt: skip
    axes.set_xlim(-0.65, at["good"] + 0.45)
    axes.axvline(0.8, color=style.RULE, linewidth=1)
    verdicts = [style.broken(texts[f"verdict {verdict}"], 14) for verdict in order]
    axes.set_xticks([at[verdict] for verdict in order], verdicts)
    axes.tick_params(axis="x", labelsize=style.SMALL)
    _name_rows(axes, [check_name(one.name, language) for one in told.checks])
    style.add_grid(axes, "y")
    style.add_title(figure, texts["checks title"])
    style.add_note(figure, texts["checks note"])
    return figure


def _statistics(told: KindsPredictive, *, language: str) -> "Figure":
    texts = words(language)
    table = told.statistics[~told.statistics["hidden"].astype(bool)]
    if table.empty:
        raise ArgumentError(f"There is nothing to draw: {told.words}")
    observed, median, lower, upper = (
        table[name].to_numpy(dtype=float) for name in ("observed", "median", "lower", "upper")
    )
    away = (observed - median) / np.maximum((upper - lower) / 2, 1e-12)
    away = np.clip(away, -_FURTHEST, _FURTHEST)
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _ROW_HEIGHT * len(table))
    axes.axvspan(-1, 1, color=style.RULE, linewidth=0, gid="interval")
    pairs = zip(away, table["verdict"], strict=True)
    for place, (distance, verdict) in enumerate(pairs):
        mark, colour, face = _MARKS[verdict]
        axes.plot(
            [distance], [place], mark, color=colour, markerfacecolor=face, markersize=5, gid=verdict
        )
    axes.set_xlim(-_FURTHEST - 0.3, _FURTHEST + 0.3)
    _name_rows(axes, [_statistic_words(row, texts) for _, row in table.iterrows()])
    style.write_numbers(axes, "x", language)
    style.label_axes(axes, x=style.broken(texts["statistics"], 26))
    style.add_title(figure, texts["statistics title"])
    share = f"{number(100 * told.interval, language, 0)}%"
    style.add_note(figure, texts["statistics note"].format(interval=share))
    return figure


def _statistic_words(row: pd.Series, texts: Mapping[str, str]) -> str:
    """Name a figure of a kind, of all kinds together or of two kinds, in the language."""
    kind = str(row["kind"])
    if row["statistic"] == "correlation":
        one, _, other = kind.partition(" and ")
        kind = texts["pair of kinds"].format(one=shortened(one), other=shortened(other))
    elif kind == TOTAL:
        kind = texts["all kinds"]
    return f"{kind}: {texts['statistic ' + str(row['statistic'])]}"


def _name_rows(axes: Any, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0, labelsize=style.SMALL)
    axes.set_ylim(len(names) - 0.4, -0.6)


_DRAWN: dict[type, Callable[..., "Figure"]] = {
    Calibration: calibration,
    CheckReport: _verdicts,
    DesignAnalysis: design_analysis,
    Influence: influence,
    KindsPredictive: _statistics,
    LeaveOneOut: leave_out,
    ModelComparison: model_comparison,
    PosteriorPredictive: rootogram,
    PriorPredictive: rootogram,
    PriorSensitivity: prior_sensitivity,
    SpecificationTable: specifications,
}
