"""Figure of shrinkage: what each team would say alone, and what it says among the others."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from learnclimate.checks.team_counts import hidden_teams_of
from learnclimate.checks.told_sums import leaves_a_sum, steps_of_means
from learnclimate.core import labels
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, FitError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import At, distribution_of, log_probability_between
from learnclimate.counts.families import Family
from learnclimate.counts.prediction import flattened, slope_curves, team_multipliers
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.disclosure.rounding import no_finer, to_step
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.arguments import chosen_effect
from learnclimate.estimands.teams import team_effects
from learnclimate.inference.fit_record import Fit
from learnclimate.plots import style
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
#: Standard deviation of the prior that keeps a team finite whose answers tell no slope.
_WIDE = 2.0
_STEPS = 30
#: By how much the predictor is moved to tell the slope of a log density.
_APART = 1e-3
_SETTLED = 1e-6
#: In so many steps of 1 an estimate of a team alone is told. Exact ones are equations about whole
#: numbers of people and of what they counted, and tell both, person by person.
_STEPS_OF_ONE = 10


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
    return figure


def alone_effects(
    fit: Fit, teams: list[str], effect: str, *, rule: DisclosureRule | None = None
) -> FloatArray:
    """
    Estimate a team effect from each team's own answers, all else at its posterior mean.

    Parameters
    ----------
    fit : Fit
        A fit with respondents.
    teams : list of str
        The teams.
    effect : str
        Which effect.
    rule : DisclosureRule, optional
        Which teams are too small to show.

    Returns
    -------
    ndarray of shape (n_teams,)
        Modes under independent normal priors of sd 2, on the scale of the predictor, in tenths.
        Where the checks tell means of teams in steps, no finer than these.
    """
    design, coding = fit.design, fit.coding
    if design is None:
        raise FitError("This fit holds no respondents.")
    posterior = fit.draws["posterior"].to_dataset()
    draws = flattened({str(name): values.to_numpy() for name, values in posterior.items()})
    mean = {name: values.mean(axis=0, keepdims=True) for name, values in draws.items()}
    mean["team_effects"] = np.zeros_like(mean["team_effects"])
    curves = slope_curves(coding, mean.get("frequency_shape"), 1)
    column = coding.team_effects.index(effect)
    distribution = distribution_of(fit.model.family)
    found = np.empty(len(teams))
    for place, team in enumerate(teams):
        rows = np.flatnonzero(
            design.team == int(np.flatnonzero(design.teams.astype(str) == team)[0])
        )
        at = places_of_rows(mean, design, rows)
        lowest, highest = design.outcome[rows], design.asked.highest
        log_density = partial(
            log_probability_between,
            distribution,
            lowest,
            lowest if highest is None else highest[rows],
        )
        multipliers = team_multipliers(coding, curves, design.frequency_level[rows])[0]
        found[place] = _mode(log_density, at, multipliers, design.multiplicity[rows])[column]
    least, told, most = _sums_told(design, teams, rule or DisclosureRule())
    if effect == labels.INTERCEPT:
        # As of a team that counted what is told of it.
        found = found + told
    steps = np.maximum(1 / _STEPS_OF_ONE, [no_finer(max(one, 1e-3)) for one in most - least])
    return np.array([to_step(*one) for one in zip(found.tolist(), steps.tolist(), strict=True)])


def _sums_told(
    design: CountDesign, teams: list[str], rule: DisclosureRule
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Give the logs of the least, the middle and the greatest sum that may be behind a told mean.

    The middle one less that of the true sum; all nothing where means are told as they are.
    """
    if not leaves_a_sum(design, rule):
        return np.zeros(len(teams)), np.zeros(len(teams)), np.zeros(len(teams))
    people = design.team_sizes.astype(float)
    steps = steps_of_means(people, ~hidden_teams_of(design, rule), guarded=True)
    weights = design.outcome * design.multiplicity
    places = [int(np.flatnonzero(design.teams.astype(str) == team)[0]) for team in teams]
    people, steps = people[places], steps[places]
    sums = np.bincount(design.team, weights, design.n_teams)[places]
    mean = np.array([to_step(*one) for one in zip((sums / people).tolist(), steps, strict=True)])
    bounds = [np.maximum(mean + part * steps, 0) * people for part in (-0.5, 0.0, 0.5)]
    least, told, most = (np.log(one + 0.5) for one in bounds)
    return least, told - np.log(sums + 0.5), most


def _mode(
    log_density: Callable[[At], FloatArray], at: At, multipliers: FloatArray, weight: FloatArray
) -> FloatArray:
    """Newton steps to the mode of one team's effects, each at most 1 long."""
    effects = np.zeros(multipliers.shape[1])
    for _ in range(_STEPS):
        shift = np.clip(multipliers @ effects, -20, 20)
        below, here, above = (
            log_density(replace(at, predictor=at.predictor + shift + apart))[0]
            for apart in (-_APART, 0.0, _APART)
        )
        slope = weight * (above - below) / (2 * _APART)
        # Zeros of a zero part may curve upwards; a step then leans on the prior.
        bend = weight * np.maximum((2 * here - above - below) / _APART**2, 0.0)
        score = multipliers.T @ slope - effects / _WIDE**2
        curvature = (multipliers * bend[:, None]).T @ multipliers
        step = np.linalg.solve(curvature + np.eye(len(effects)) / _WIDE**2, score)
        effects = effects + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _SETTLED:
            break
    return effects


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
