"""Teams: how each departs from the average team, and which are among the highest."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.core import labels
from learnclimate.core.errors import ArgumentError
from learnclimate.core.result import Result
from learnclimate.counts.prediction import level_slices
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, answered, chained, draws_dataset, laid_out
from learnclimate.estimands.arguments import check_top, checked_rule, chosen_effect, require_fit
from learnclimate.estimands.count_draws import departures
from learnclimate.estimands.groups import team_sizes
from learnclimate.estimands.kind_teams import kind_team_effects, kind_team_ranks
from learnclimate.estimands.team_moments import (
    INTERVALS_NOTE,
    effect_figures,
    ranks_dataset,
    ranks_note,
    simulated_ranks,
)
from learnclimate.estimands.wording import SCALES, STUDY, TEAM_EFFECT, TEAM_RANK, versus
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.merged_levels import standing_in
from learnclimate.inference.small_groups import hidden_teams
from learnclimate.inference.team_summary import has_team_summary

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
RankArray = npt.NDArray[np.int32]

#: Numbers ranked at once.
_BLOCK = 4_000_000


def team_effects(
    fit: Fit | KindsFit,
    effect: str = "frequency",
    *,
    kind: str | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Give each team's own effect: how it departs from the average team.

    The slope of a frequency says how much more, or less, the rate rises from the lowest
    level to the highest in that team than in the average team, as a log rate ratio; the
    intercept how the team's log rate at the lowest level departs. Teams with few
    respondents lie nearer 0, since they borrow from the others. What departments add, and
    what moderators shift the slope by, is part of a team's effect; its intercept is adjusted
    for the covariates, moderators included, and for how often the team's members talk where
    the model has ``between``: see `within_between` for what goes with that.

    Parameters
    ----------
    fit : Fit or KindsFit
        A fitted model, or one that was loaded.
    effect : str, default "frequency"
        ``"intercept"``, the name of a frequency, or ``"frequency"`` for the only one.
    kind : str, optional
        Of several kinds: one of them, or ``"total"``; all, one after the other, where left out.
    interval : float, default 0.9
        Probability of the equal-tailed interval.
    rule : DisclosureRule, optional
        Which teams are too small to show; below 5 respondents where left out.

    Returns
    -------
    Result
        One row a team, in the order of the labels, on the scale ``"log rate ratio"`` (slopes) or
        ``"log rate"`` (intercepts), log odds where counts are out of K; ``probability`` is that
        of an effect above 0. Teams too small to show, and those that protect them from
        subtraction within the study or their department, are suppressed: the row is there, its
        figures are missing, and ``draws`` leaves the team out. A fit loaded from a file no longer
        knows such teams. ``draws`` holds ``team_effect``, by ``team``. Where a fit keeps moments
        of very many teams instead of draws (see `fit`), median, interval and probability are
        those of the shifted gamma distribution with the same mean, sd and skewness: close where
        teams are many, rougher at single bounds where they are few; and ``draws`` holds
        ``team_effect_mean``, ``team_effect_sd`` and ``team_effect_skewness``.

    Raises
    ------
    ArgumentError
        If the model has no such team effect or kind.
    ArgumentTypeError
        If an argument has the wrong type.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> effects = lc.team_effects(fit, "talk")
    >>> effects.summary["scale"].unique().item()
    'log rate ratio'
    >>> shown = ~effects.summary["suppressed"]
    >>> bool(effects.summary["mean"].notna().equals(shown))
    True
    """
    rule = checked_rule(interval, rule)
    if isinstance(fit, KindsFit):
        return recorded(kind_team_effects(fit, effect, kind, interval=interval, rule=rule), rule)
    require_fit(fit)
    _refuse_kind(kind)
    effect = chosen_effect(fit.coding, effect)
    shown = ~hidden_teams(fit.draws, rule)
    teams = _teams(fit)
    summarised = has_team_summary(fit.draws)
    kind = "team intercept" if effect == labels.INTERCEPT else "team slope"
    rows = Rows(
        estimand=TEAM_EFFECT,
        scale=_scale(fit, kind),
        population=STUDY,
        contrast=[_contrast(fit, effect)] * len(teams),
        team=teams,
        n_respondents=team_sizes(fit),
        shown=shown,
        statement="the team's effect is above 0, that of the average team",
        notes=(INTERVALS_NOTE,) if summarised else (),
    )
    if summarised:
        figures, moments = effect_figures(fit, effect, shown, interval)
        return recorded(laid_out(rows, figures, interval=interval, draws=moments), rule)
    values = _effects(fit, effect, shown)
    names = [team for team, visible in zip(teams, shown, strict=True) if visible]
    return recorded(
        answered(
            rows,
            values,
            _share_above_zero(values),
            interval=interval,
            draws=draws_dataset(fit, {TEAM_EFFECT: values}, {labels.TEAM: names}),
        ),
        rule,
    )


def rank_teams(
    fit: Fit | KindsFit,
    effect: str = "frequency",
    top: int = 5,
    *,
    kind: str | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Rank the teams by their own effect, and say how sure their place is.

    In each posterior draw the teams are ranked, 1 for the highest effect. The mean rank
    and its interval say where a team stands; ``probability`` is that of being among the
    `top`. Ranking single estimates instead would favour small teams, whose estimates
    scatter most.

    Only teams that may be shown are ranked, among each other, so that nothing about the
    others can be worked out from the places left free.

    Parameters
    ----------
    fit : Fit or KindsFit
        A fitted model, or one that was loaded.
    effect : str, default "frequency"
        ``"intercept"``, the name of a frequency, or ``"frequency"`` for the only one.
    top : int, default 5
        How many teams count as the top.
    kind : str, optional
        Of several kinds: the one to rank by; their total where left out.
    interval : float, default 0.9
        Probability of the equal-tailed interval of the rank.
    rule : DisclosureRule, optional
        Which teams are too small to show; below 5 respondents where left out.

    Returns
    -------
    Result
        One row a team on the scale ``"rank"``, the most probable top team first, and
        suppressed teams last, by label. ``draws`` holds ``team_rank``, by ``team``, in
        the order of the labels. Where a fit keeps moments of very many teams instead of
        draws (see `fit`), 100 to 1000 draws are simulated from the moments; the notes
        tell how many, and the Monte Carlo error.

    Raises
    ------
    ArgumentError
        If the model has no such team effect, or the study fewer than `top` teams.
    ArgumentTypeError
        If an argument has the wrong type.

    References
    ----------
    Laird and Louis (1989), Empirical Bayes ranking methods, Journal of Educational
    Statistics 14, 29-46, doi 10.3102/10769986014001029.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> fit = lc.fit(lc.CountModel(), survey, draws=400, seed=1, progress=False)
    >>> ranks = lc.rank_teams(fit, top=3)
    >>> round(float(ranks.summary["probability"].sum()), 6)
    3.0
    """
    rule = checked_rule(interval, rule)
    check_top(top)
    if isinstance(fit, KindsFit):
        return recorded(kind_team_ranks(fit, effect, top, kind, (interval, rule)), rule)
    require_fit(fit)
    _refuse_kind(kind)
    effect = chosen_effect(fit.coding, effect)
    shown = ~hidden_teams(fit.draws, rule)
    _refuse_too_many(top, fit.provenance.n_teams)
    summarised = has_team_summary(fit.draws)
    if summarised:
        ranks = simulated_ranks(fit, effect, shown)
    else:
        ranks = ranked(_effects(fit, effect, shown))
    teams, sizes = np.array(_teams(fit), dtype=object), team_sizes(fit)
    among = (ranks <= top).mean(axis=(0, 1))
    # Ties in the probability are told apart by the mean rank.
    best = np.lexsort([ranks.mean(axis=(0, 1)), -among])
    order = np.concatenate([np.flatnonzero(shown)[best], np.flatnonzero(~shown)])
    rows = Rows(
        estimand=TEAM_RANK,
        scale=SCALES[TEAM_RANK],
        population=STUDY,
        contrast=[_contrast(fit, effect)] * len(teams),
        team=teams[order].tolist(),
        n_respondents=sizes[order],
        shown=shown[order],
        statement=f"the team is among the {top} highest of the {len(best)} teams shown",
        notes=_notes_on_few(len(best), top),
    )
    names = teams[shown].tolist()
    if summarised:
        rows = replace(rows, notes=(*rows.notes, ranks_note(ranks.shape[0] * ranks.shape[1])))
        draws = ranks_dataset(ranks, names)
    else:
        draws = draws_dataset(fit, {TEAM_RANK: ranks}, {labels.TEAM: names})
    return recorded(
        answered(rows, ranks[:, :, best], among[best], interval=interval, draws=draws), rule
    )


def _refuse_kind(kind: object) -> None:
    if kind is not None:
        raise ArgumentError(f"kind={kind!r}: this fit is of a single count. Leave kind= out.")


def ranked(effects: FloatArray) -> RankArray:
    """
    Rank the last axis, 1 for the highest, in blocks of draws.

    Parameters
    ----------
    effects : ndarray of shape (n_chains, n_draws, n_teams)
        Draws.

    Returns
    -------
    ndarray of shape (n_chains, n_draws, n_teams), int32
        Ranks.

    Examples
    --------
    >>> ranked(np.array([[[0.1, 0.9, 0.5]]])).tolist()
    [[[3, 1, 2]]]
    """
    ranks = np.empty(effects.shape, dtype=np.int32)
    n_teams = effects.shape[2]
    places = np.arange(1, n_teams + 1, dtype=np.int32)
    block = max(1, _BLOCK // max(n_teams, 1))
    for chain in range(effects.shape[0]):
        for start in range(0, effects.shape[1], block):
            some = slice(start, start + block)
            order = np.argsort(-effects[chain, some], axis=1)
            np.put_along_axis(ranks[chain, some], order, places[None, :], axis=1)
    return ranks


def _effects(fit: Fit, effect: str, shown: BoolArray) -> FloatArray:
    """Draws of one effect of the teams shown, (n_chains, n_draws, n_shown)."""
    posterior = fit.draws["posterior"]
    coding = fit.coding
    if (
        coding.department_effects
        or coding.varying_effects != coding.team_effects
        or any(shift.centre is not None for shift in coding.slope_shifts)
    ):
        totals = departures(fit)[:, :, coding.varying_effects.index(effect)]
        return chained(fit, totals[:, shown])
    values = posterior["team_effects"].sel({labels.TEAM_EFFECT: effect}).to_numpy()
    return values if shown.all() else values[:, :, shown]


def _scale(fit: Fit, kind: str) -> str:
    """Give the unit of a team effect: that of the predictor, which is log odds out of K."""
    scale = SCALES[kind]
    if not fit.model.family.out_of_trials:
        return scale
    return scale.replace("log rate ratio", "log odds ratio").replace("log rate", "log odds")


def _teams(fit: Fit) -> list[str]:
    return [str(team) for team in fit.draws["constant_data"][labels.TEAM].to_numpy()]


def _contrast(fit: Fit, effect: str) -> str:
    """Say what the effect compares: the highest level with the lowest, or the team."""
    if effect == labels.INTERCEPT:
        return versus("team", "average team")
    position = fit.coding.frequency_names.index(effect)
    frequency = fit.coding.frequencies[position]
    # A file holds the curve between the lowest and the highest level that it may show.
    sizes = fit.draws["constant_data"]["level_size"].to_numpy().astype(float)
    kept = standing_in(np.isnan(sizes[level_slices(fit.coding)[position]]))
    if frequency.kind != "monotonic":
        kept = np.arange(len(frequency.levels))
    return versus(frequency.levels[kept[-1]], frequency.levels[kept[0]])


def _share_above_zero(values: FloatArray) -> FloatArray:
    shares = np.empty(values.shape[2])
    width = max(1, _BLOCK // max(values.shape[0] * values.shape[1], 1))
    for start in range(0, values.shape[2], width):
        some = slice(start, start + width)
        shares[some] = (values[:, :, some] > 0).mean(axis=(0, 1))
    return shares


def _refuse_too_many(top: int, n_teams: int) -> None:
    if top > n_teams:
        raise ArgumentError(f"top={top}: the study has {n_teams} teams. Ask for fewer.")


def _notes_on_few(n_shown: int, top: int) -> tuple[str, ...]:
    if n_shown > top:
        return ()
    if n_shown == 0:
        return ("No team has enough respondents to be shown, so none was ranked.",)
    return (f"With {n_shown} teams shown, each is among the top {top} for sure.",)
