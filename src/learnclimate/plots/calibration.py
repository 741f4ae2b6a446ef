"""Figure of a calibration: how the truth ranks among its draws, with a simultaneous band."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from learnclimate.checks.calibration import Calibration
from learnclimate.checks.uniformity import distribution_at_places, places, simultaneous_band
from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.plots import style
from learnclimate.plots.names import shortened
from learnclimate.plots.words import number, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

#: Probability with which all lines of right draws stay in the band.
_TOGETHER = 0.95
_NAMED = 3
_STYLES = ("-", "--", ":")


def calibration(source: Calibration, *, language: Literal["en", "nl"] = "en") -> "Figure":
    """
    Draw how the truth ranks among its draws, against what right draws would give.

    One line a quantity: the share of replicates whose truth ranks below each place, less
    the share expected. The band is simultaneous, over all places and all quantities.

    Parameters
    ----------
    source : Calibration
        What `learnclimate.calibrate` or `learnclimate.calibrate_around` gave.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide.

    Raises
    ------
    ArgumentError
        If there is nothing to draw, or there are no texts in the language.
    ArgumentTypeError
        If `source` is no calibration.

    References
    ----------
    Säilynoja, Bürkner and Vehtari (2022), doi 10.1007/s11222-022-10090-6.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=10, team_size=6, seed=1)
    >>> model = lc.CountModel(family=lc.Poisson(), team_effects=("intercept",), covariates=())
    >>> checked = lc.calibrate(model, survey, replicates=20, draws=100, seed=1, progress=False)
    >>> lc.plots.calibration(checked).get_suptitle()
    'Ranks of the truth among its draws'
    """
    texts = words(language)
    if not isinstance(source, Calibration):
        raise ArgumentTypeError(
            f"{type(source).__name__} is no calibration: give what calibrate(model, survey) gave."
        )
    if source.ranks.empty:
        raise ArgumentError("No replicate can be ranked, so there is nothing to draw.")
    figure, axes = style.new_figure(82)
    style.add_grid(axes, "y")
    n_replicates, n_quantities = source.ranks.shape
    level = 1 - (1 - _TOGETHER) / n_quantities
    lower, upper = simultaneous_band(n_replicates, level)
    where = places()
    axes.fill_between(where, lower - where, upper - where, color=style.PALE, linewidth=0)
    axes.axhline(0, color=style.INK, linewidth=0.8)
    _draw(axes, source, (lower, upper), texts)
    axes.set_xlim(0, 1)
    style.write_numbers(axes, "x", language)
    style.write_numbers(axes, "y", language)
    style.label_axes(axes, x=texts["rank"], y=texts["too many below"])
    style.add_legend(axes)
    style.add_title(figure, texts["calibration title"])
    note = texts["calibration note"].format(n=number(n_replicates, language, 0))
    style.add_note(figure, note)
    return figure


def _draw(
    axes: "Axes", source: Calibration, band: tuple[FloatArray, FloatArray], texts: Mapping[str, str]
) -> None:
    where = places()
    slack = 1e-9
    lines = {name: distribution_at_places(source.ranks[name].to_numpy()) for name in source.ranks}
    out = [
        name
        for name in source.table["quantity"]
        if ((lines[name] < band[0] - slack) | (lines[name] > band[1] + slack)).any()
    ]
    inside = [name for name in lines if name not in out]
    for place, name in enumerate(inside):
        label = texts["as they should"].format(n=len(inside)) if place == 0 else None
        axes.plot(where, lines[name] - where, color=style.GREY, linewidth=0.8, label=label)
    for place, name in enumerate(out):
        label = texts["out of band"].format(quantity=shortened(name, 40))
        if place == _NAMED:
            label = texts["more out of band"].format(n=len(out) - _NAMED)
        axes.plot(
            where,
            lines[name] - where,
            _STYLES[min(place, len(_STYLES) - 1)],
            color=style.ORANGE,
            linewidth=1.6 if place < _NAMED else 0.8,
            label=label if place <= _NAMED else None,
        )
