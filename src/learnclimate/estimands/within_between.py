"""Within and between: a respondent's own frequency against that of their team."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, answered, chained, draws_dataset
from learnclimate.estimands.arguments import checked_rule, chosen_frequency, require_fit
from learnclimate.estimands.count_draws import count_draws
from learnclimate.estimands.groups import WITHHELD
from learnclimate.estimands.question import Question, numbers_behind, unchosen
from learnclimate.estimands.wording import (
    BETWEEN_RATIO,
    COMPOSITION_RATIO,
    SCALES,
    STUDY,
    WITHIN_RATIO,
    versus,
)
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.provenance import is_same_data

FloatArray = npt.NDArray[np.float64]

_MEASURES = (WITHIN_RATIO, COMPOSITION_RATIO, BETWEEN_RATIO)
#: Observed means will do where team means are at least so reliable, and what their noise takes
#: from the composition's log rate ratio is at most this share of how unsure that is.
_RELIABLE, _SLIGHT = 0.8, 0.25


@dataclass(frozen=True, slots=True)
class _Kind:
    """One fit's part of the answer: the kind of its team means, and its ratios by measure."""

    name: str
    ratios: dict[str, FloatArray]


def within_between(
    fit: Fit,
    other: Fit | None = None,
    *,
    frequency: str | None = None,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Compare people within teams, and teams with one another.

    For a model with ``between``: three rate ratios, highest against lowest level.

    - ``within_rate_ratio``: of two members of one team, who answered the highest and the
      lowest level.
    - ``composition_rate_ratio``: of two people who answered alike, one in a team all of whose
      members answer the highest level, the other in one all of whose members answer the
      lowest.
    - ``between_rate_ratio``: their product: of such teams' average members.

    With observed (manifest) team means, a team's mean over its few respondents stands for the
    team, and its noise pulls the composition's rate ratio towards 1. Latent means are estimated
    from the same answers together with how far they can be trusted; they correct that, at the
    price of wider intervals. Give both fits to see them side by side.

    Parameters
    ----------
    fit : Fit
        A fit of ``CountModel(between=...)``.
    other : Fit, optional
        A second one, of the same answers, with the other kind of team means.
    frequency : str, optional
        Which frequency; needed only where the study asked several.
    interval : float, default 0.9
        Probability of the equal-tailed interval.
    rule : DisclosureRule, optional
        Which groups are too small to show; 5 respondents where left out.

    Returns
    -------
    Result
        Three rows a fit on the scale ``"rate ratio"``; ``contrast`` tells the kind of team
        means, ``probability`` is that of a ratio above 1. Suppressed where either level may
        not be shown. The notes tell how reliable the observed means are, and which kind to
        trust. ``draws`` holds a variable a measure, by ``team_means``.

    Raises
    ------
    ArgumentError
        If a fit's model has no ``between``, or the two are of different answers or of the
        same kind.
    ArgumentTypeError
        If an argument has the wrong type.

    References
    ----------
    Lüdtke, Marsh, Robitzsch, Trautwein, Asparouhov and Muthén (2008), The multilevel latent
    covariate model, Psychological Methods 13, 203-229, doi 10.1037/a0012869.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> model = lc.CountModel(between=True)
    >>> fit = lc.fit(model, survey, draws=400, seed=1, progress=False)
    >>> within_between(fit).summary["estimand"].tolist()
    ['within_rate_ratio', 'composition_rate_ratio', 'between_rate_ratio']
    """
    require_fit(fit)
    rule = checked_rule(interval, rule)
    fits = [fit] if other is None else [fit, other]
    if other is not None:
        require_fit(other)
        _refuse_unlike(fit, other)
    position = chosen_frequency(fit.coding, frequency)
    kinds = [_kind(one, position) for one in fits]
    question = Question(fit, position, STUDY, rule)
    numbers = numbers_behind(question)[[-1, 0]]
    shown = not (numbers == WITHHELD).any()
    coding = fit.coding.frequencies[position or 0]
    ends = versus(coding.levels[-1], coding.levels[0])
    names = [measure for _ in kinds for measure in _MEASURES]
    rows = Rows(
        estimand=names,
        scale=SCALES[WITHIN_RATIO],
        population=STUDY,
        contrast=[f"{ends}, {kind.name} team means" for kind in kinds for _ in _MEASURES],
        team=[None] * len(names),
        n_respondents=np.full(len(names), numbers.sum() if shown else WITHHELD),
        shown=np.full(len(names), shown),
        statement="the rate ratio is above 1",
        notes=(
            *_guidance(fit, position or 0, kinds if shown else []),
            *unchosen(question, [-1, 0]),
        ),
    )
    told = kinds if shown else []
    variables = {
        measure: chained(fit, np.stack([kind.ratios[measure] for kind in told], axis=1))
        for measure in (_MEASURES if told else ())
    }
    values = [chained(fit, kind.ratios[name])[..., None] for kind in told for name in _MEASURES]
    n_chains, n_draws = fit.draws["posterior"]["intercept"].shape
    together = np.concatenate(values, axis=2) if values else np.empty((n_chains, n_draws, 0))
    return recorded(
        answered(
            rows,
            together,
            (together > 1).mean(axis=(0, 1)),
            interval=interval,
            draws=draws_dataset(fit, variables, {"team_means": [kind.name for kind in told]}),
        ),
        rule,
    )


def _kind(fit: Fit, position: int | None) -> _Kind:
    if not fit.coding.composition or position is None:
        raise ArgumentError(
            "within_between: the model does not tell a respondent's own frequency from their "
            "team's. Fit one with CountModel(between=True) or between='latent'."
        )
    curve = count_draws(fit).curve
    own = curve[:, count_draws(fit).levels_of(position)][:, -1]
    effects = fit.draws["posterior"]["composition_effects"].to_numpy()
    composed = effects.reshape(len(own), -1)[:, position]
    ratios = dict(zip(_MEASURES, np.exp([own, composed, own + composed]), strict=True))
    return _Kind(fit.coding.composition, ratios)


def _refuse_unlike(fit: Fit, other: Fit) -> None:
    if fit.coding.composition == other.coding.composition:
        raise ArgumentError(
            f"within_between: both fits have {fit.coding.composition or 'no'} team means. Give "
            "one of CountModel(between='manifest') and one of between='latent'."
        )
    same = is_same_data(fit.provenance.data_hash, other.provenance.data_hash)
    shape = fit.draws["posterior"]["intercept"].shape
    if not same or other.draws["posterior"]["intercept"].shape != shape:
        raise ArgumentError(
            "within_between: the two fits are of different answers, or of different numbers of "
            "draws. Fit both models to the same survey, with the same draws=."
        )


def _guidance(fit: Fit, position: int, kinds: list[_Kind]) -> tuple[str, ...]:
    """Say how reliable the observed means are, what that costs, and which kind to trust."""
    kept = fit.draws["constant_data"]["team_mean_reliability"].to_numpy()
    reliability, name = float(kept[position]), fit.coding.frequency_names[position]
    told = (
        f"Of the differences between the teams' observed means of {name!r}, {reliability:.0%} is "
        f"more than chance (ICC(2)), and about so much of the composition's log rate ratio is "
        f"what observed means leave of it."
    )
    if reliability >= _RELIABLE and _is_slight(reliability, kinds):
        return told, "What they take is small beside how unsure that ratio is: they will do."
    return told, (
        "Observed means understate what goes with composition then. Trust latent means where the "
        "respondents stand for a team of which more could have been asked, and observed means "
        "where nearly all members answered and the question is about these people."
    )


def _is_slight(reliability: float, kinds: list[_Kind]) -> bool:
    """Whether noise takes little from the effect of composition, beside its posterior's spread."""
    if not kinds:
        return False
    effect = np.log(kinds[0].ratios[COMPOSITION_RATIO])
    left = reliability if kinds[0].name == "manifest" else 1.0
    taken = abs(effect.mean()) * (1 - reliability) / left
    return bool(taken <= _SLIGHT * effect.std())
