"""`aggregation`: whether the teams' mean scores tell teams apart."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, SurveyError, nearest
from learnclimate.core.numbers import is_number
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, BoolArray, DisclosureRule
from learnclimate.measurement.answers import ScaleAnswers, scale_answers
from learnclimate.measurement.item_rows import few_blurred
from learnclimate.measurement.not_counted import not_counted
from learnclimate.measurement.rows import (
    CLASSICAL,
    POSTERIOR,
    Row,
    checked_sampling,
    draws_dataset,
    laid_out,
    posterior_figures,
)
from learnclimate.measurement.same_answers import never_varying_notes
from learnclimate.measurement.scores import allowed_missing, mean_scores, scoring_rules
from learnclimate.measurement.team_privacy import teams_with_scores
from learnclimate.measurement.team_variance import (
    OneWay,
    classical,
    one_way,
    posterior_shares,
    share_of_squares,
)
from learnclimate.measurement.told_variance import ToldTeams, split_as_told, told_teams
from learnclimate.survey.codebook import Scale
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]

_SCALES = {
    "icc1": "share of the variance of scores",
    "icc2": "reliability of team means",
    "eta_squared": "share of the variance of scores",
    "design_effect": "variance ratio",
}
_SAMPLE = "these answers"
_ETA_NOTE = (
    "eta_squared of these answers (sums of squares) takes differences by chance for differences "
    "between teams, and so is too high; the other rows are about the teams' true levels."
)
_MEAN_SIZE_NOTE = (
    "Classical intervals take all teams for of the mean size, since exact ones would tell of the "
    "few who left the scale open: where sizes differ much they are somewhat too narrow."
)
_OUTSIDE_NOTE = (
    "The classical estimate of icc1 lies outside its interval: it takes all teams for of the mean "
    "size, as R does, and is off where sizes differ as here. Take the interval, or the posterior."
)
#: Customary bounds: a small share of 0.05, a reliability of 0.7, a design effect of 2.
BOUNDS = {"icc1": 0.05, "icc2": 0.7, "eta_squared": 0.05, "design_effect": 2.0}
_BELOW_NOTE = (
    "Classical ICCs and the ends of their intervals are not cut off at 0, which would make them "
    "too high on average where teams hardly differ. One below 0 says that members of a team are "
    "less alike than chance makes strangers: read it as no sign of differences between teams. "
    "The posterior rows are shares, from 0 to 1."
)

_LOWER = " If smaller teams may be told of, give rule=DisclosureRule(3, reason='...')."


def aggregation(  # noqa: PLR0913 - options by name, each one a question of method
    survey: Survey,
    scale: Scale | str,
    *,
    missing_allowed: int | None = None,
    bounds: Mapping[str, float] | None = None,
    draws: int = 4000,
    seed: int = 1,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Say how much of the variance of scale scores lies between teams.

    ``icc1`` is the share of the variance that lies between teams; ``icc2`` how reliable
    the mean of a team of average size is; ``eta_squared`` the share that lies between the
    teams that answered; ``design_effect`` how many times as many respondents it takes, as
    those of a team are alike.

    The posterior is that of a normal model of the scores, integrated exactly. The same
    questions under a model of the ordered answers themselves: `latent_aggregation` of a
    fitted ``FactorModel(scale, levels="team")``.

    Parameters
    ----------
    survey : Survey
        The answers.
    scale : Scale or str
        A scale, or the name of one in the codebook. Reverse-keyed items are turned round.
    missing_allowed : int, optional
        How many items a respondent may have left open; half of them where left out.
    bounds : mapping of str to float, optional
        By estimand, the value that ``probability`` is the probability of passing; those
        left out are 0.05 (``icc1, eta_squared``), 0.7 (``icc2``) and 2 (``design_effect``).
    draws : int, default 4000
        Posterior draws.
    seed : int, default 1
        Seed of the random numbers.
    interval : float, default 0.9
        Probability of the intervals.
    rule : DisclosureRule, optional
        Which teams are too small to show; below 5 members where left out. All figures are
        about the teams that may be shown: exact sums of squares of all teams, beside the
        means of those shown, would tell the mean and the size of a hidden one.

    Returns
    -------
    Result
        Two rows an estimand, and a third of ``eta_squared``. Contrast ``classical``: the
        analysis of variance, with the mean team size, as the R package multilevel does it;
        nothing is truncated, so that ICCs may lie below 0; of ``eta_squared`` the
        median-unbiased share between the teams' true levels, at least 0. Contrast ``these
        answers``: the share of the sum of squares, which is what R calls eta squared; too high
        by chance. Classical intervals are exact for normal scores, whatever the sizes of
        teams; but where few members of a team left the scale open, those of the ICCs and the
        design effect take all teams for of the mean size, and narrow a little where sizes
        differ much. In all rows such a team has its mean as `scale_scores` tells it, and the
        members asked, or on average as many as have a score where that number is told; the
        variance within teams is that of the others. Contrast ``posterior``: shares between 0
        and 1 by the model; ``probability`` is that of passing the bound.
        ``summary.attrs["verdict"]`` puts it in words.

    Raises
    ------
    ArgumentError
        If the scale or a bound is unknown, or a number is out of range.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If an answer lies outside the scale, an item was answered by nobody, the scores do
        not vary within teams, or there are too few teams or respondents.

    References
    ----------
    Bliese (2000), in Klein and Kozlowski (eds), Multilevel theory, research, and methods in
    organizations, 349-381; McGraw and Wong (1996), doi 10.1037/1082-989X.1.1.30; Wald (1940),
    Annals of Mathematical Statistics 11, 96-100 (intervals where sizes differ).

    Examples
    --------
    >>> import learnclimate as lc
    >>> found = lc.aggregation(lc.load_example(), "leadership_of_learning")
    >>> found.summary[["estimand", "contrast", "mean"]].round(2).iloc[:2].to_numpy().tolist()
    [['icc1', 'classical', 0.28], ['icc1', 'posterior', 0.3]]
    >>> found.summary.attrs["verdict"].split("; ")[1]
    'team means are reliable (icc2 above 0.7) with probability 1.00'
    """
    options = checked_sampling(draws, seed, interval, rule)
    answers = scale_answers(survey, scale)
    options = options.private(survey)
    allowed = allowed_missing(answers, missing_allowed)
    limits = checked_bounds(bounds, BOUNDS)
    everyone = answers.discretion(options.rule.minimum, allowed=allowed)
    score = mean_scores(answers, allowed)
    shown, hidden = teams_with_scores(answers, score, options.rule)
    known = np.isfinite(score) & shown[answers.team]
    if (~np.isfinite(score) & ~shown[answers.team]).any():
        # The number among all, less that among the teams that are shown, would be theirs.
        everyone = everyone.about_hidden_too(int(np.isfinite(score).sum()))
    _check_split(score[known], answers.team[known], answers, (hidden, options.rule))
    told = answers.discretion(options.rule.minimum, allowed=allowed, among=shown)
    few_open = told.digits is not None
    n_known = int(known.sum())
    number = n_known if told.tells(n_known) else None
    seen = _as_told(answers, allowed, options.rule, number)
    split = split_as_told(score[known], answers.team[known], seen)
    if few_open and number is None:
        # Beside icc1, what is made of it and the mean size tells that size.
        split = replace(split, told_size=told.asked / split.n_teams)
    # Exact ends hang on every team's number of scores, and so on who left the scale open.
    estimates = classical(split, interval, exact=not few_open)
    sampled = posterior_shares(split, options.draws, options.generator())
    rows = _rows(split, estimates, sampled, limits, (interval, n_known))
    passed = ", ".join(f"{name} above {limit:g}" for name, limit in limits.items())
    found = laid_out(
        rows,
        draws_dataset(sampled),
        interval=interval,
        statement=f"the estimand passes its bound: {passed}",
        discretion=told,
        notes=(
            *scoring_rules(answers, allowed, everyone),
            *not_counted(survey, options.rule.minimum),
            *never_varying_notes(answers, options.rule.minimum),
            _size_note(split),
            *_hidden_note(hidden),
            _ETA_NOTE,
            *[_BELOW_NOTE] * (min(estimates["icc1"][1], estimates["icc2"][1]) < 0),
            *[_MEAN_SIZE_NOTE] * (few_open and len(np.unique(split.sizes)) > 1),
            *[_OUTSIDE_NOTE] * _outside(estimates["icc1"]),
        ),
    )
    found.summary.attrs["verdict"] = _verdict(sampled, limits)
    return recorded(found, options.rule)


def _as_told(
    answers: ScaleAnswers, allowed: int, rule: DisclosureRule, number: int | None
) -> ToldTeams:
    """Gather what `scale_scores` tells of teams in which few left the scale open."""
    few = few_blurred(answers, rule)
    discretion = few.discretion(rule.minimum, allowed=allowed)
    return told_teams(answers, mean_scores(few, allowed), discretion, number)


def _rows(
    split: OneWay,
    estimates: Mapping[str, tuple[float, float, float]],
    sampled: Mapping[str, FloatArray],
    limits: Mapping[str, float],
    how: tuple[float, int],
) -> list[Row]:
    interval, n_known = how
    rows = []
    for name, (value, lower, upper) in estimates.items():
        posterior = posterior_figures(sampled[name], interval, limits[name])
        for contrast, figures in (
            (CLASSICAL, {"mean": value, "lower": lower, "upper": upper}),
            (POSTERIOR, posterior),
        ):
            rows.append(
                Row(
                    estimand=name,
                    scale=_SCALES[name],
                    contrast=contrast,
                    figures=figures,
                    n_respondents=n_known,
                )
            )
    rows.append(
        Row(
            estimand="eta_squared",
            scale=_SCALES["eta_squared"],
            contrast=_SAMPLE,
            figures={"mean": share_of_squares(split)},
            n_respondents=n_known,
        )
    )
    return rows


def _outside(figures: tuple[float, float, float]) -> bool:
    estimate, lower, upper = figures
    return not lower <= estimate <= upper


def checked_bounds(bounds: object, known: Mapping[str, float]) -> dict[str, float]:
    """
    Check the bounds of verdicts, and take the usual ones where none are given.

    Parameters
    ----------
    bounds : mapping of str to float, or None
        By estimand.
    known : mapping of str to float
        The usual ones.

    Returns
    -------
    dict of str to float
        One for each estimand of `known`.

    Raises
    ------
    ArgumentTypeError
        If `bounds` is no mapping, or holds what is no number.
    ArgumentError
        If it names another estimand, or a share of 1 or more.
    """
    if bounds is None:
        return dict(known)
    if not isinstance(bounds, Mapping):
        raise ArgumentTypeError(f"bounds={bounds!r}: give values by estimand, as {{'icc1': 0.1}}.")
    for name, value in bounds.items():
        if name not in known:
            raise ArgumentError(f"bounds: there is no {name!r} here. {nearest(name, known)}")
        if not is_number(value):
            raise ArgumentTypeError(f"bounds: {name}={value!r} should be a number.")
        if not math.isfinite(value):
            raise ArgumentError(f"bounds: {name}={value!r}: give a finite number.")
        if name != "design_effect" and value >= 1:
            raise ArgumentError(f"bounds: {name}={value!r}: give a share below 1, as 0.1.")
    return {**known, **{str(name): float(value) for name, value in bounds.items()}}


def _check_split(
    score: FloatArray,
    team: npt.NDArray[np.int64],
    answers: ScaleAnswers,
    hiding: tuple[BoolArray, DisclosureRule],
) -> None:
    name, hidden = answers.scale.name, bool(hiding[0].any())
    n_teams = len(np.unique(team))
    if n_teams < 2 or len(score) < max(n_teams + 2, DEFAULT_MINIMUM):
        # How many have a score would tell of those who have none, and of hidden teams.
        few = len(score) < max(hiding[1].minimum, len(answers.values))
        who = "too few respondents" if few else f"{len(score)} respondents"
        raise SurveyError(
            f"Scale {name!r}: {who} in {n_teams} team{'s' * (n_teams != 1)} "
            f"{'that may be shown ' * hidden}have a score. To tell teams apart takes two teams at "
            f"least, {DEFAULT_MINIMUM} respondents, and two respondents more than teams."
            f"{_LOWER * hidden}"
        )
    split = one_way(score, team)
    if split.within <= 1e-12 * max(split.within + split.between, 1):
        raise SurveyError(
            f"Scale {name!r}: within no team do scores differ, so that variances cannot be "
            "compared. Check that each row is a respondent, not a team."
        )


def _hidden_note(hidden: BoolArray) -> list[str]:
    n_hidden = int(hidden.sum())
    if not n_hidden:
        return []
    of = (
        "1 team that may not be shown is"
        if n_hidden == 1
        else (f"{n_hidden} teams that may not be shown are")
    )
    return [f"{of} left out: small ones, and those that protect them from subtraction."]


def _size_note(split: OneWay) -> str:
    alone = int((split.sizes == 1).sum())
    told = f"{split.n_teams} teams of {split.mean_size:.2f} respondents with a score on average"
    if split.told_size is not None:
        # Times the number of teams it would tell how few have no score.
        told = f"{split.n_teams} teams of {split.mean_size:.2f} respondents on average"
    more = f"; {alone} of one respondent, who count for the differences between teams only"
    return f"{told}{more if alone else ''}."


def _verdict(sampled: Mapping[str, FloatArray], limits: Mapping[str, float]) -> str:
    one = float((sampled["icc1"] > limits["icc1"]).mean())
    two = float((sampled["icc2"] > limits["icc2"]).mean())
    both = float(((sampled["icc1"] > limits["icc1"]) & (sampled["icc2"] > limits["icc2"])).mean())
    return (
        f"Scores differ between teams (icc1 above {limits['icc1']:g}) with probability "
        f"{one:.2f}; team means are reliable (icc2 above {limits['icc2']:g}) with probability "
        f"{two:.2f}; both hold with probability {both:.2f}."
    )
