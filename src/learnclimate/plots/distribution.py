"""Figure of the counts given against the counts expected: the rootogram."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.bins import bin_label
from learnclimate.checks.predictive import PosteriorPredictive, posterior_predictive
from learnclimate.checks.prior_predictive import PriorPredictive
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit
from learnclimate.plots import style
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.sources import refuse_other_fits
from learnclimate.plots.words import number, percentage, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

_CHARACTERS = 60
#: Upright labels that fit side by side.
_UPRIGHT = 30
#: Characters of a label that stays level beside upright ones.
_LEVEL = 2
_CLOSEST_TICKS = 0.09


def rootogram(
    source: Fit | PosteriorPredictive | PriorPredictive,
    *,
    rule: DisclosureRule | None = None,
    language: Literal["en", "nl"] = "en",
) -> "Figure":
    """
    Draw how many respondents gave each count, and how many the model expects.

    The square-root scale makes differences at rare counts as visible as those at
    frequent ones. Each bar holds at least as many respondents as the smallest group
    that may be shown, and the last is open.

    Parameters
    ----------
    source : Fit, PosteriorPredictive or PriorPredictive
        A fit that holds its respondents, or what `learnclimate.posterior_predictive` or
        `learnclimate.prior_predictive` gave.
    rule : DisclosureRule, optional
        Of a fit, which groups are too small to show; below 5 respondents where left out.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide.

    Raises
    ------
    FitError
        If the fit holds no respondents.
    ArgumentError
        If there are no texts in the language.
    ArgumentTypeError
        If `source` is neither a fit nor a posterior predictive check.

    References
    ----------
    Kleiber and Zeileis (2016), Visualizing count data regressions using rootograms,
    doi 10.1080/00031305.2016.1173590.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> lc.plots.rootogram(fit).get_suptitle()
    'Counts given and counts expected'
    """
    texts = words(language)
    refuse_other_fits(source)
    if not isinstance(source, Fit | PosteriorPredictive | PriorPredictive):
        raise ArgumentTypeError(
            f"{type(source).__name__} cannot be drawn as a rootogram: give a Fit, or what "
            "posterior_predictive(fit) returned."
        )
    outcome = source.codebook.outcome_column if isinstance(source, Fit) else ""
    predictive = posterior_predictive(source, rule=rule) if isinstance(source, Fit) else source
    table = predictive.rootogram
    share = percentage(predictive.interval, language)
    figure, axes = style.new_figure(82)
    style.add_grid(axes, "y")
    _draw(axes, table, texts["given"], texts["expected"].format(interval=share))
    told_all = _label_bins(axes, table, texts["or more"])
    _scale_roots(axes, float(table[["observed", "upper"]].to_numpy(dtype=float).max()), language)
    name = texts["count of"].format(outcome=shortened(outcome, 40)) if outcome else texts["count"]
    style.label_axes(axes, x=name, y=texts["respondents"])
    style.add_legend(axes)
    style.add_title(figure, texts["rootogram title"])
    style.add_note(figure, texts["rootogram note"], "" if told_all else texts["between labels"])
    return with_lowered(figure, source, language=language, rule=rule)


def _draw(axes: "Axes", table: pd.DataFrame, given: str, expected: str) -> None:
    places = np.arange(len(table))
    columns = table[["observed", "expected", "lower", "upper"]].to_numpy(dtype=float)
    observed, middle, lower, upper = columns.T
    axes.bar(places, observed, width=0.82, color=style.PALE, gid="observed")
    axes.vlines(places, lower, upper, color=style.ORANGE, linewidth=1.6, gid="interval")
    # Drawn without data, for the legend, answers first.
    axes.plot([], [], "s", color=style.PALE, markersize=8, label=given)
    axes.plot([], [], "o-", color=style.ORANGE, linewidth=1.6, markersize=4, label=expected)
    axes.plot(places, middle, "o", color=style.ORANGE, markersize=4, gid="expected")


def _label_bins(axes: "Axes", table: pd.DataFrame, or_more: str) -> bool:
    """
    Label as many bars as fit, the last one always; say whether any of several counts lacks one.

    Single counts may go without a label, as along any axis; a bar of several counts may not,
    so its label stands upright where that makes room; single counts stay level.
    """
    lasts = [None if pd.isna(last) else int(last) for last in table["last"]]
    firsts = table["first"].astype(int).tolist()
    labels = [bin_label(first, last, or_more) for first, last in zip(firsts, lasts, strict=True)]
    final = len(labels) - 1
    of_several = {
        place
        for place in range(final)
        if lasts[place] is not None and firsts[place] != lasts[place]
    }
    shown = _every(-(-len(labels) * (max(map(len, labels)) + 1) // _CHARACTERS), final)
    upright = not of_several <= {*shown}
    if upright:
        shown = _every(-(-len(labels) // _UPRIGHT), final)
    axes.set_xticks(shown, [labels[place] for place in shown])
    for place, label in zip(shown, axes.get_xticklabels(), strict=True):
        # Only what is too long for its bar stands upright.
        if upright and (place in of_several or len(labels[place]) > _LEVEL):
            label.set_rotation(90)
    axes.set_xlim(-0.7, final + 0.7)
    return of_several <= {*shown}


def _every(step: int, final: int) -> list[int]:
    """Take places a step apart, and the final one, which keeps its distance."""
    step = max(1, step)
    return [*(place for place in range(0, final, step) if place <= final - step), final]


def _scale_roots(axes: "Axes", highest: float, language: str) -> None:
    from matplotlib.ticker import FixedLocator

    axes.set_yscale("function", functions=(_root, np.square))
    axes.set_ylim(0, highest * 1.05)
    ticks = [0.0]
    for tick in (scale * 10.0**power for power in range(10) for scale in (1, 2, 3, 5)):
        far_enough = _root(tick) - _root(ticks[-1]) >= _CLOSEST_TICKS * _root(highest)
        if tick <= highest and far_enough:
            ticks.append(tick)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.set_yticklabels([number(tick, language, 0) for tick in ticks])


def _root(values: npt.ArrayLike) -> FloatArray:
    """Square root that takes the axis' margin below 0 for 0."""
    return np.asarray(np.sqrt(np.maximum(np.asarray(values, dtype=float), 0)))
