"""Figure of shrinkage: what each team would say alone, and what it says among the others."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from learnclimate.checks.teams_alone import alone_effects
from learnclimate.core import labels
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.counts.families import Family
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.arguments import chosen_effect
from learnclimate.estimands.teams import team_effects
from learnclimate.inference.fit_record import Fit
from learnclimate.plots import style
from learnclimate.plots.lowered import with_lowered
from learnclimate.plots.names import shortened
from learnclimate.plots.ratios import scale_ratios
from learnclimate.plots.sources import refuse_other_fits
from learnclimate.plots.team_rows import between_words, check_most, chosen_rows, write_between
from learnclimate.plots.words import number, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

_ROW_HEIGHT = 3.9
_FURNITURE_HEIGHT = 46.0
_FARTHEST = np.log(6.0)


def team_shrinkage(
    source: Fit,
    *,
    effect: str = "frequency",
    most: int = 24,
    language: Literal["en", "nl"] = "en",
    rule: DisclosureRule | None = None,
) -> "Figure":
    """
    Draw what each team would say alone against its estimate in the model, largest teams on top.

    A team alone is fitted to its own answers only, under a prior so wide (sd 2 on the scale of
    the log rate, or of the log odds where counts are out of K) that it hardly counts; it is drawn
    to a tenth of that scale, since exact figures would tell what single members answered. In the
    model it is drawn towards the average team, the more so the less it tells: arrows of small
    teams are long.

    Parameters
    ----------
    source : Fit
        A fit that holds its respondents.
    effect : str, default "frequency"
        ``"intercept"``, the name of a frequency, or ``"frequency"`` for the only one.
    most : int, default 24
        Teams drawn at most; of more, half the largest and half the smallest that may be
        shown.
    language : {"en", "nl"}, default "en"
        Language of the words in the figure.
    rule : DisclosureRule, optional
        Which teams are too small to show.

    Returns
    -------
    matplotlib.figure.Figure
        110 mm wide, higher with more teams.

    Raises
    ------
    FitError
        If the fit holds no respondents, or keeps no draws of its teams.
    ArgumentError
        If the model has no such team effect, no team may be shown, or `most` is below 2.
    ArgumentTypeError
        If `source` is no fit, or `most` no whole number.

    References
    ----------
    Efron and Morris (1977), Stein's paradox in statistics, Scientific American 236(5),
    119-127, doi 10.1038/scientificamerican0577-119.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=1000, seed=1, progress=False)
    >>> lc.plots.team_shrinkage(fit).get_suptitle()
    'The relation in each team, alone and in the model'
    """
    texts = words(language)
    check_most(most)
    refuse_other_fits(source)
    if not isinstance(source, Fit):
        raise ArgumentTypeError(f"{type(source).__name__} cannot be drawn: give a Fit.")
    if source.design is None or "team_effects" not in source.draws["posterior"]:
        raise FitError(
            "This fit holds no respondents or no draws of its teams, so teams cannot be looked at "
            "alone. Draw this figure before saving the fit, or draw team_effects(fit)."
        )
    effect = chosen_effect(source.coding, effect)
    shown = team_effects(source, effect, rule=rule).summary
    shown = shown[~shown["suppressed"].astype(bool)]
    if shown.empty:
        raise ArgumentError("No team has enough respondents to be shown, so nothing is drawn.")
    shown = shown.sort_values(["n_respondents", "team"], ascending=[False, True])
    shown, places, n_between = chosen_rows(shown, most)
    alone = alone_effects(source, [str(team) for team in shown["team"]], effect, rule=rule)
    figure, axes = style.new_figure(_FURNITURE_HEIGHT + _ROW_HEIGHT * (places.max() + 1))
    pooled = shown["median"].to_numpy(dtype=float)
    _draw(axes, places, alone, pooled, (texts["alone"], texts["in model"]))
    sizes = zip(shown["team"], shown["n_respondents"], strict=True)
    names = [f"{shortened(str(team), 16)} ({number(float(n), language, 0)})" for team, n in sizes]
    axes.set_yticks(places, names)
    axes.tick_params(axis="y", length=0, labelsize=style.SMALL)
    if n_between:
        write_between(axes, places, between_words(n_between, language))
    axes.set_ylim(float(places.max()) + 0.7, -0.7)
    scale_ratios(axes, (-_FARTHEST, _FARTHEST), language)
    style.label_axes(axes, x=texts[_scale(source.model.family)])
    style.add_legend(axes)
    kind = "intercept" if effect == labels.INTERCEPT else "slope"
    style.add_title(figure, texts[f"shrinkage {kind} title"])
    style.add_note(figure, texts["shrinkage note"])
    return with_lowered(figure, source, language=language, rule=rule)


def _scale(family: Family) -> str:
    """Say of what the ratios are."""
    if family.out_of_trials:
        return "relative odds"
    return "relative" if family.zeros == "none" else "relative rate"


def _draw(
    axes: "Axes",
    places: FloatArray,
    alone: FloatArray,
    pooled: FloatArray,
    names: tuple[str, str],
) -> None:
    first, second = names
    reached = np.exp(np.clip(alone, -_FARTHEST * 0.97, _FARTHEST * 0.97))
    axes.axvline(1, color=style.INK, linewidth=0.8)
    axes.hlines(places, reached, np.exp(pooled), color=style.GREY, linewidth=0.9, gid="shrinkage")
    axes.plot(
        reached,
        places,
        "D",
        markersize=4,
        markerfacecolor="white",
        markeredgecolor=style.ORANGE,
        linestyle="none",
        label=first,
        gid="alone",
    )
    axes.plot(
        np.exp(pooled),
        places,
        "o",
        markersize=4.5,
        color=style.BLUE,
        linestyle="none",
        label=second,
        gid="in model",
    )
