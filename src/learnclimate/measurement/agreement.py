"""`agreement`: how far the members of each team agree in their answers to a scale."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError
from learnclimate.core.numbers import is_number
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.agreement_statistics import (
    Spread,
    linear_agreement,
    team_spread,
    turned,
    within_group_agreement,
)
from learnclimate.measurement.answers import ScaleAnswers, scale_answers
from learnclimate.measurement.item_rows import FEW_BLURRED, few_blurred
from learnclimate.measurement.not_counted import not_counted
from learnclimate.measurement.null_distributions import SKEWED_FOR, Nulls, null_variances
from learnclimate.measurement.resampling import bayesian_bootstrap_weights
from learnclimate.measurement.rows import (
    Row,
    Sampling,
    checked_sampling,
    draws_dataset,
    laid_out,
    posterior_figures,
)
from learnclimate.measurement.same_answers import never_varying_notes
from learnclimate.measurement.team_privacy import hidden_teams
from learnclimate.measurement.told_coarsely import told_coarsely
from learnclimate.survey.codebook import Scale
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_SHARE = "agreement, 1 where all agree"
_POINTS = "answer categories"
_SMALLER = (
    "Members lie closer to their own mean, or median, than to that of all whom they stand for, "
    "and intervals are about these: of small teams an average deviation may lie below its own."
)
_NO_SKEWED = (
    "Skewed null distributions are known by name for {least} to {most} answers: to compare with "
    "one, give its {n} shares, lowest answer first, as nulls={{'uniform': [...], 'skewed': [...]}}."
)
_COVERED = (
    "Intervals of single teams are approximate: of 90 %, they covered 89 to 94 % in simulated "
    "teams of 6 to 30, and 83 to 88 % where nearly all gave one of the two highest answers."
)


@dataclass(frozen=True, slots=True)
class _Statistic:
    """One statistic of every shown team: from the answers, and its draws."""

    name: str
    contrast: str | None
    scale: str
    values: FloatArray
    draws: FloatArray
    measured: BoolArray
    bound: float
    higher_agrees: bool


def agreement(  # noqa: PLR0913 - options by name, each one a question of method
    survey: Survey,
    scale: Scale | str,
    *,
    nulls: Nulls | None = None,
    above: float = 0.7,
    draws: int = 1000,
    seed: int = 1,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Say how far the members of each team agree.

    ``rwg_j`` (``rwg`` for a scale of one item) and ``rwg_star`` compare the variance of a
    team's answers with that under a null distribution in which nobody agrees;
    ``average_deviation`` is how far answers lie from the team's mean, or median, on
    average, in answer categories. Nothing is truncated: a team whose answers are spread
    more than under the null has a value below 0, and where the formula of ``rwg_j`` has no
    meaning any more, the value is missing and a note says so. Every item is measured among
    those who answered it, with its own number of answers; an item that fewer than two of a
    team answered tells nothing of agreement and is left out for that team, as is a team of
    one.

    Parameters
    ----------
    survey : Survey
        The answers.
    scale : Scale or str
        A scale, or the name of one in the codebook. Reverse-keyed items are turned round.
    nulls : sequence of str or mapping of str to sequence of float, optional
        Null distributions: ``"uniform"`` and, for 5 to 11 answers, ``"slight_skew"``,
        ``"moderate_skew"``, ``"heavy_skew"``; or shares of the answers by name, lowest
        first. All that exist by name where left out.
    above : float, default 0.7
        ``probability`` is that of agreement above this.
    draws : int, default 1000
        Draws of the Bayesian bootstrap over the members of each team, turned about the
        statistic: of few members, the spread of their answers is more often too small by far
        than too large, and tells little of its own scatter (Student's t). In simulated teams
        of 6, 12 and 30, 90 % intervals covered the variance of those that the members stand for
        in 94, 90 and 89 %; where most gave one of the two highest answers in 88, 84 and 83 %,
        as a rare low answer is often missed. Where all agree, no answer tells how far others
        would not, and the interval has no width.
    seed : int, default 1
        Seed of the random numbers.
    interval : float, default 0.9
        Probability of the intervals.
    rule : DisclosureRule, optional
        Which teams are too small to show; below 5 members where left out. A team of which
        fewer answered some item counts as that small.

    Returns
    -------
    Result
        First, for every statistic, the median over the teams shown (``team`` missing); then a
        row a team. ``mean`` is the statistic of the answers, not of the draws, so that it
        equals what other programs give (an answer that few gave, and what is hidden beside it,
        counts as the middle of these, as in `scale_scores`); ``sd``, ``median`` and interval
        come from the draws. ``probability``: for average deviations, of one below a sixth of the
        number of answers, the usual bound. Teams too small to show, and those that protect them
        from subtraction, are suppressed. Figures of a team in which few left an item open, and
        then those of all teams, are rounded, or they would tell how many. ``draws`` holds
        the draws by ``team``, shown teams only.

    Raises
    ------
    ArgumentError
        If the scale or a null distribution is unknown, or a number is out of range.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If an answer lies outside the scale, or an item was answered by nobody.

    References
    ----------
    James, Demaree and Wolf (1984), doi 10.1037/0021-9010.69.1.85; Lindell, Brandt and
    Whitney (1999), doi 10.1177/01466219922031257; Burke and Dunlap (2002),
    doi 10.1177/1094428102005002002; LeBreton and Senter (2008),
    doi 10.1177/1094428106296642.

    Examples
    --------
    >>> import learnclimate as lc
    >>> found = lc.agreement(lc.load_example(), "leadership_of_learning", nulls=["uniform"])
    >>> found.summary.loc[found.summary["team"].isna(), ["estimand", "mean"]].round(2)
                estimand  mean
    0              rwg_j  0.79
    1           rwg_star  0.43
    2  average_deviation  0.84
    3  average_deviation  0.80
    """
    options = checked_sampling(draws, seed, interval, rule)
    if not is_number(above) or not 0 <= above < 1:
        raise ArgumentError(f"above={above!r}: give an agreement from 0 to below 1, as 0.7.")
    answers = scale_answers(survey, scale)
    options = options.private(survey)
    variances = null_variances(nulls, answers.n_categories)
    members, hidden = hidden_teams(answers, options.rule)
    shown = ~hidden & (members > 0)
    teams = [team for team, visible in zip(answers.teams, shown, strict=True) if visible]
    # Team by team, variances of answers as given would tell who gave one that few gave.
    few = few_blurred(answers, options.rule)
    statistics = _statistics(few, shown, variances, float(above), options)
    discretion = few.discretion(options.rule.minimum, among=shown)
    rows = [_overall(one, int(members[shown].sum()), interval) for one in statistics]
    for one in statistics:
        by_team = _team_rows(one, answers.teams, shown, members, interval)
        rows += [told_coarsely(row, discretion) for row in by_team]
    bound = answers.n_categories / 6
    notes = _notes(statistics, int(hidden.sum()), variances)
    notes += never_varying_notes(answers, options.rule.minimum)
    notes += not_counted(survey, options.rule.minimum)
    if nulls is None and (n := answers.n_categories) not in SKEWED_FOR:
        notes.append(_NO_SKEWED.format(n=n, least=SKEWED_FOR[0], most=SKEWED_FOR[-1]))
    if len(answers.items) == 1:
        notes.append(f"The scale has one item, {answers.items[0]!r}: rwg stands for rwg_j.")
    if not np.array_equal(few.values, answers.values, equal_nan=True):
        notes.append(FEW_BLURRED.format(minimum=options.rule.minimum))
    return recorded(
        laid_out(
            rows,
            draws_dataset({_variable(one): one.draws for one in statistics}, {"team": teams}),
            interval=interval,
            statement=f"agreement is above {above:g}, or the average deviation below {bound:.2f}",
            notes=notes,
            discretion=discretion,
        ),
        options.rule,
    )


def _variable(statistic: _Statistic) -> str:
    return (
        statistic.name if statistic.contrast is None else (f"{statistic.name} {statistic.contrast}")
    )


def _statistics(
    answers: ScaleAnswers,
    shown: BoolArray,
    variances: dict[str, float],
    above: float,
    options: Sampling,
) -> list[_Statistic]:
    rng = options.generator()
    most = float(answers.n_categories - 1)
    observed, drawn = [], []
    for place in np.flatnonzero(shown):
        values = answers.values[answers.team == place]
        observed.append(team_spread(values))
        weights = bayesian_bootstrap_weights(rng, options.draws, len(values))
        drawn.append(turned(team_spread(values, weights), observed[-1], len(values), most, rng))
    measured = np.array([spread.n_items > 0 for spread in observed], dtype=bool)
    found = []
    name = "rwg" if len(answers.items) == 1 else "rwg_j"
    for null, variance in variances.items():
        for kind in (name, "rwg_star"):
            values, draws = (_against(spreads, variance, kind) for spreads in (observed, drawn))
            found.append(
                _Statistic(
                    kind,
                    f"null: {null}",
                    _SHARE,
                    values[:, 0] if values.size else np.empty(0),
                    draws.T if draws.size else np.empty((options.draws, 0)),
                    measured,
                    above,
                    higher_agrees=True,
                )
            )
    for about in ("mean", "median"):
        field = f"about_{about}"
        values = np.array([getattr(spread, field)[0] for spread in observed])
        draws = np.array([getattr(spread, field) for spread in drawn])
        draws = draws.reshape(len(drawn), options.draws).T
        bound = answers.n_categories / 6
        found.append(
            _Statistic(
                "average_deviation",
                f"about the {about}",
                _POINTS,
                values,
                draws,
                measured,
                bound,
                higher_agrees=False,
            )
        )
    return found


def _against(spreads: list[Spread], variance: float, kind: str) -> FloatArray:
    """Agreement of each team against one null variance, (n_teams, n_sets)."""
    rows = []
    for spread in spreads:
        ratio = spread.variance / variance
        is_linear = kind == "rwg_star"
        rows.append(
            linear_agreement(ratio) if is_linear else within_group_agreement(ratio, spread.n_items)
        )
    return np.array(rows)


def _figures(
    statistic: _Statistic, value: float, draws: FloatArray, interval: float
) -> dict[str, float]:
    """Tell the statistic, and what its draws say; an end among undefined draws is missing."""
    if np.isfinite(draws).all():
        figures = posterior_figures(draws, interval)
    else:
        # Draws spread too far for the formula agree least of all, and so come first.
        tail = (1 - interval) / 2
        filled = np.sort(np.where(np.isnan(draws), -np.inf, draws))
        cuts = [filled[round(share * (len(filled) - 1))] for share in (tail, 0.5, 1 - tail)]
        known = [float(cut) if np.isfinite(cut) else np.nan for cut in cuts]
        figures = dict(zip(("lower", "median", "upper"), known, strict=True))
    agrees = draws > statistic.bound if statistic.higher_agrees else draws < statistic.bound
    return figures | {"mean": value, "probability": float(agrees.mean())}


def _overall(statistic: _Statistic, n_respondents: int, interval: float) -> Row:
    figures: dict[str, float] = {}
    if statistic.measured.any():
        value = _median_of_teams(statistic.values[None, statistic.measured])
        draws = _median_of_teams(statistic.draws[:, statistic.measured])
        figures = _figures(statistic, float(value[0]), draws, interval)
    return Row(
        estimand=statistic.name,
        scale=statistic.scale,
        contrast=statistic.contrast,
        figures=figures,
        n_respondents=n_respondents if statistic.measured.any() else None,
    )


def _median_of_teams(values: FloatArray) -> FloatArray:
    """Middle over the last axis; teams spread too far for the formula agree least of all."""
    with np.errstate(invalid="ignore"):
        middle = np.median(np.where(np.isnan(values), -np.inf, values), axis=-1)
    return np.asarray(np.where(np.isfinite(middle), middle, np.nan))


def _team_rows(
    statistic: _Statistic,
    teams: tuple[str, ...],
    shown: BoolArray,
    members: npt.NDArray[np.int64],
    interval: float,
) -> list[Row]:
    rows, place = [], 0
    for number, team in enumerate(teams):
        figures: dict[str, float] = {}
        if shown[number]:
            value, draws = statistic.values[place], statistic.draws[:, place]
            # Of a team of one nothing is known, nor how probable agreement is.
            if statistic.measured[place]:
                figures = _figures(statistic, float(value), draws, interval)
            place += 1
        rows.append(
            Row(
                estimand=statistic.name,
                scale=statistic.scale,
                contrast=statistic.contrast,
                team=team,
                figures=figures,
                n_respondents=int(members[number]) if shown[number] else None,
                suppressed=not shown[number],
            )
        )
    return rows


def _notes(statistics: list[_Statistic], n_hidden: int, variances: dict[str, float]) -> list[str]:
    notes = [
        f"Null variances: {', '.join(f'{name} {value:.2f}' for name, value in variances.items())}."
    ]
    for one in statistics:
        below = int((one.values < 0).sum())
        without = int((np.isnan(one.values) & one.measured).sum())
        if one.higher_agrees and below:
            notes.append(
                f"{one.name}, {one.contrast}: below 0 in {below} of the teams shown; not truncated."
            )
        if one.higher_agrees and without:
            notes.append(
                f"{one.name}, {one.contrast}: missing in {_teams(without)}, answers there being "
                "spread too far for the formula; they count as the lowest in the median."
            )
    notes += [_COVERED, _SMALLER]
    alone = 0 if not statistics else int((~statistics[0].measured).sum())
    if alone:
        have = "has" if alone == 1 else "have"
        notes.append(
            f"{_teams(alone)} {have} no item that two members answered: nothing to agree on."
        )
    if n_hidden:
        are = "is" if n_hidden == 1 else "are"
        notes.append(f"{_teams(n_hidden)} {are} hidden, and not part of the medians.")
    return notes


def _teams(number: int) -> str:
    return f"{number} team{'s' * (number != 1)}"
