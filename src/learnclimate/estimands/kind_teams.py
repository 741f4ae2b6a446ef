"""Team effects of a fit of several kinds, on each kind and on the total."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core import kind_labels as kinds
from learnclimate.core import labels
from learnclimate.core.errors import ArgumentError
from learnclimate.core.result import Result
from learnclimate.counts.prediction import flattened
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, answered, draws_dataset
from learnclimate.estimands.arguments import chosen_effect
from learnclimate.estimands.count_draws import covariate_means
from learnclimate.estimands.groups import team_sizes
from learnclimate.estimands.kind_answers import chosen_kind, single_kind
from learnclimate.estimands.kind_levels import of_kind_words
from learnclimate.estimands.wording import SCALES, STUDY, TEAM_EFFECT, TEAM_RANK, versus
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.small_groups import hidden_teams

FloatArray = npt.NDArray[np.float64]


def team_effects_of_kinds(fit: KindsFit, effect: str) -> FloatArray:
    """
    Give an effect of every team on every kind, and on the total.

    That on the total compares expected totals of someone with the covariates at their means:
    the log of the team's against that of the average team, at the lowest level (the intercept),
    or the log of the ratio of highest to lowest level, likewise (a slope).

    Parameters
    ----------
    fit : KindsFit
        The fit.
    effect : str
        A coordinate of dim ``team_effect``.

    Returns
    -------
    ndarray of shape (n_chains, n_draws, n_teams, n_kinds + 1)
        The total last.
    """
    posterior = fit.draws["posterior"].to_dataset()
    own = posterior["team_effects"].sel({labels.TEAM_EFFECT: effect}).to_numpy()
    total = _on_total(fit, effect)
    return np.concatenate([own, total.reshape(own.shape[:3])[..., None]], axis=3)


def _on_total(fit: KindsFit, effect: str) -> FloatArray:
    """Effects on the total, (n_draws, n_teams)."""
    posterior = fit.draws["posterior"].to_dataset()
    draws = flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})
    names = posterior[labels.TEAM_EFFECT].to_numpy().astype(str).tolist()
    effects, means = draws["team_effects"], covariate_means(single_kind(fit, 0))
    base = draws["intercept"] + draws["respondent_sd"] ** 2 / 2
    if len(means):
        base = base + draws["covariate_effects"] @ means
    level = np.zeros(effects.shape[:3])
    if labels.INTERCEPT in names:
        level = effects[..., names.index(labels.INTERCEPT)]
    at_lowest = _log_sum(base[:, None] + level)
    average = _log_sum(base[:, None])
    if effect == labels.INTERCEPT:
        return at_lowest - average
    asked = posterior[labels.FREQUENCY].to_numpy().astype(str).tolist().index(effect)
    slope = draws["frequency_effect"][:, None, :, asked]
    own = effects[..., names.index(effect)]
    at_highest = _log_sum(base[:, None] + level + slope + own)
    return (at_highest - at_lowest) - (_log_sum(base[:, None] + slope) - average)


def _log_sum(log_rates: FloatArray) -> FloatArray:
    """Log of the sum over the kinds, the last axis."""
    largest = log_rates.max(axis=-1)
    return np.asarray(largest + np.log(np.exp(log_rates - largest[..., None]).sum(axis=-1)))


def kind_team_effects(
    fit: KindsFit, effect: str, kind: str | None, *, interval: float, rule: DisclosureRule
) -> Result:
    """
    Answer `team_effects` for a fit of several kinds.

    Parameters
    ----------
    fit : KindsFit
        The fit.
    effect : str
        The team effect.
    kind : str or None
        One kind, or ``"total"``; all of them where left out.
    interval : float
        Probability of the interval.
    rule : DisclosureRule
        Which teams are too small to show.

    Returns
    -------
    Result
        One row a kind and team, kinds in order, the total last.
    """
    asked = _asked(fit, effect, rule)
    every = (*fit.kinds, kinds.TOTAL)
    chosen = list(range(len(every))) if kind is None else [chosen_kind(fit, kind)]
    names = [every[place] for place in chosen]
    values = asked.effects[..., chosen][:, :, asked.shown]
    by_kind = np.moveaxis(values, 3, 2)
    flat = by_kind.reshape(*by_kind.shape[:2], -1)
    rows = Rows(
        estimand=TEAM_EFFECT,
        scale=SCALES["team intercept" if asked.effect == labels.INTERCEPT else "team slope"],
        population=STUDY,
        contrast=[of_kind_words(name, asked.contrast) for name in names for _ in asked.teams],
        team=asked.teams * len(names),
        n_respondents=np.tile(asked.sizes, len(names)),
        shown=np.tile(asked.shown, len(names)),
        statement="the team's effect is above 0, that of the average team",
    )
    told = [team for team, seen in zip(asked.teams, asked.shown, strict=True) if seen]
    draws = draws_dataset(fit, {TEAM_EFFECT: by_kind}, {kinds.KIND: names, labels.TEAM: told})
    above = (flat > 0).mean(axis=(0, 1))
    return answered(rows, flat, above, interval=interval, draws=draws)


def kind_team_ranks(
    fit: KindsFit, effect: str, top: int, kind: str | None, how: tuple[float, DisclosureRule]
) -> Result:
    """
    Answer `rank_teams` for a fit of several kinds.

    Parameters
    ----------
    fit : KindsFit
        The fit.
    effect : str
        The team effect.
    top : int
        How many teams count as the top.
    kind : str or None
        The kind; the total where left out.
    how : tuple
        Probability of the interval, and which teams are too small to show.

    Returns
    -------
    Result
        One row a team, the most probable top team first.
    """
    interval, rule = how
    asked = _asked(fit, effect, rule)
    name = kinds.TOTAL if kind is None else kind
    place = chosen_kind(fit, name)
    if top > len(asked.teams):
        raise ArgumentError(f"top={top}: the study has {len(asked.teams)} teams. Ask for fewer.")
    own = asked.effects[..., place][:, :, asked.shown]
    ranks = (own.shape[2] - own.argsort(axis=2).argsort(axis=2)).astype(np.int32)
    among = (ranks <= top).mean(axis=(0, 1))
    best = np.lexsort([ranks.mean(axis=(0, 1)), -among])
    order = np.concatenate([np.flatnonzero(asked.shown)[best], np.flatnonzero(~asked.shown)])
    teams = np.array(asked.teams, dtype=object)
    rows = Rows(
        estimand=TEAM_RANK,
        scale=SCALES[TEAM_RANK],
        population=STUDY,
        contrast=[of_kind_words(name, asked.contrast)] * len(teams),
        team=teams[order].tolist(),
        n_respondents=asked.sizes[order],
        shown=asked.shown[order],
        statement=f"the team is among the {top} highest of the {len(best)} teams shown",
    )
    draws = draws_dataset(fit, {TEAM_RANK: ranks}, {labels.TEAM: teams[asked.shown].tolist()})
    return answered(rows, ranks[:, :, best], among[best], interval=interval, draws=draws)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A team effect on every kind and the total, and which teams may be shown."""

    effect: str
    contrast: str
    effects: FloatArray
    teams: list[str]
    sizes: npt.NDArray[np.int64]
    shown: npt.NDArray[np.bool_]


def _asked(fit: KindsFit, effect: object, rule: DisclosureRule) -> _Asked:
    name = chosen_effect(fit.coding, effect)
    contrast = versus("team", "average team")
    if name != labels.INTERCEPT:
        levels = fit.coding.frequencies[fit.coding.frequency_names.index(name)].levels
        contrast = versus(levels[-1], levels[0])
    constant = fit.draws["constant_data"]
    return _Asked(
        effect=name,
        contrast=contrast,
        effects=team_effects_of_kinds(fit, name),
        teams=constant[labels.TEAM].to_numpy().astype(str).tolist(),
        sizes=team_sizes(fit, rule),
        shown=~hidden_teams(fit.draws, rule),
    )
