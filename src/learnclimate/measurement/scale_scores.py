"""`scale_scores`: mean scores per respondent and per team, their rules stated."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import SurveyError
from learnclimate.core.layout import paragraph
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.answers import ScaleAnswers, scale_answers
from learnclimate.measurement.clustered_mean import design_effects, widened_bounds
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.item_rows import FEW_BLURRED, few_blurred
from learnclimate.measurement.not_counted import not_counted
from learnclimate.measurement.rows import (
    Row,
    Sampling,
    checked_sampling,
    draws_dataset,
    laid_out,
    posterior_figures,
)
from learnclimate.measurement.same_answers import never_varying_notes
from learnclimate.measurement.scores import allowed_missing, mean_scores, scoring_rules
from learnclimate.measurement.team_privacy import teams_with_scores
from learnclimate.measurement.told_variance import told_teams
from learnclimate.survey.codebook import Scale
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]

_SCALE = "mean of the answers"

_FEW = f"{FEW_BLURRED} Scores of respondents do not."
_CLUSTERED = (
    "The study's interval takes members of a team to be alike, as far as the scores say "
    "(its variance times {effect:.1f}, see design_effect of aggregation)."
)
_INDEPENDENT = (
    "The study's interval takes respondents to be independent: these scores do not tell how "
    "alike members of a team are."
)


@dataclass(frozen=True, slots=True, repr=False)
class ScaleScores(Result):
    """
    Mean scores of a scale: a `Result` about the study and its teams, and each respondent's.

    Attributes
    ----------
    summary : pandas.DataFrame
        The mean score of the study, then of each team; the rules are in
        ``summary.attrs["notes"]``.
    draws : xarray.Dataset
        ``mean_score`` of the study and ``team_mean_score`` by ``team``, shown teams only.
    respondents : pandas.Series
        Each respondent's score, with the index of ``survey.frame``, not that of a data frame
        which the survey was read from; missing where too many items were left open. It is as
        confidential as the answers themselves.
    n_told : int
        How many have a score; where that may not be told, how many were asked.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.load_example()
    >>> scores = lc.scale_scores(survey, "leadership_of_learning")
    >>> scores.respondents.name
    'leadership_of_learning'
    """

    respondents: pd.Series
    n_told: int

    def __repr__(self) -> str:
        """Say in a line what there is, without any respondent's score."""
        told = f"<ScaleScores of {self.respondents.name!r} for {self.n_told} respondents>"
        return paragraph(told, rest="  ")


def scale_scores(  # noqa: PLR0913 - options by name, each one a question of method
    survey: Survey,
    scale: Scale | str,
    *,
    missing_allowed: int | None = None,
    draws: int = 2000,
    seed: int = 1,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> ScaleScores:
    """
    Score a scale: the mean of the items that were answered.

    Reverse-keyed items are turned round first. Who left more items open than allowed has
    no score; nothing is imputed.

    Parameters
    ----------
    survey : Survey
        The answers.
    scale : Scale or str
        A scale, or the name of one in the codebook.
    missing_allowed : int, optional
        How many items a respondent may have left open; half of them where left out.
    draws : int, default 2000
        Posterior draws of the means.
    seed : int, default 1
        Seed of the random numbers.
    interval : float, default 0.9
        Probability of the intervals.
    rule : DisclosureRule, optional
        Which teams are too small to show; below 5 members where left out. A team of which
        fewer answered some item counts as that small.

    Returns
    -------
    ScaleScores
        A `Result` with a row for the study and one a team, estimand ``mean_score``:
        ``mean`` is the mean of the scores, the other figures are of its posterior under a
        normal model of the scores of that group alone (Student's t); a team does not
        borrow from the others. The study's row takes the teams for a sample of teams, whose
        members are alike: the variance of its mean is that of independent respondents times
        the design effect, which is drawn from the model of `aggregation` (teams that may be
        shown). Teams too small to show are suppressed. An answer to an item
        that too few gave, and what is hidden beside it, counts in these rows as the middle of
        them, as in `item_analysis`; and figures of a team in which few left something open, and
        then of the study, are rounded, or they would tell how many. ``.respondents``
        holds the scores, of answers as given.

    Raises
    ------
    ArgumentError
        If the scale is unknown, or a number is out of range.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If an answer lies outside the scale, an item was answered by nobody, or nobody
        has a score.

    References
    ----------
    Gelman and others (2013), Bayesian data analysis, section 5.4, doi 10.1201/b16018 (the
    model of teams).

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.load_example()
    >>> scores = lc.scale_scores(survey, "challenging_work", missing_allowed=1)
    >>> for rule in scores.summary.attrs["notes"][:3]:
    ...     print(rule)
    The score is the mean of the 3 items of 'challenging_work' that were answered, from 1 to 5.
    No item is reverse-keyed.
    Up to 1 of them may be left open; 0 respondents left more open, and have no score.
    >>> survey.frame.assign(challenge=scores.respondents)["challenge"].round(2).iloc[0]
    np.float64(3.67)
    """
    options = checked_sampling(draws, seed, interval, rule)
    answers = scale_answers(survey, scale)
    options = options.private(survey)
    allowed = allowed_missing(answers, missing_allowed)
    score = mean_scores(answers, allowed)
    n_known = int(np.isfinite(score).sum())
    if n_known < options.rule.minimum:
        raise SurveyError(
            f"Scale {answers.scale.name!r}: fewer than {options.rule.minimum} respondents have a "
            "score, too few to show anything. Allow more items to be open, with missing_allowed."
        )
    shown, hidden = teams_with_scores(answers, score, options.rule)
    few = few_blurred(answers, options.rule)
    told = few.discretion(options.rule.minimum, allowed=allowed)
    if (hidden & ~answers.hidden_by_size(options.rule)).any():
        # Where more items may be open these teams may be shown: the study's less theirs would tell.
        told = told.about_hidden_too(n_known)
    found = _summarised(answers, mean_scores(few, allowed), shown, options, told)
    notes = (
        *scoring_rules(answers, allowed, told),
        *not_counted(survey, options.rule.minimum),
        *never_varying_notes(answers, options.rule.minimum),
        *found.summary.attrs["notes"],
    )
    if not np.array_equal(few.values, answers.values, equal_nan=True):
        notes = (*notes, _FEW.format(minimum=options.rule.minimum))
    found.summary.attrs["notes"] = notes
    respondents = pd.Series(score, index=survey.frame.index, name=answers.scale.name)
    return recorded(
        ScaleScores(found.summary, found.draws, respondents, told.told(n_known)), options.rule
    )


def _summarised(
    answers: ScaleAnswers,
    score: FloatArray,
    shown: npt.NDArray[np.bool_],
    options: Sampling,
    discretion: Discretion,
) -> Result:
    rng = options.generator()
    known = np.isfinite(score)
    # Sums of squares of all teams would tell who knows the shown ones of a hidden one.
    open_ = known & shown[answers.team]
    # Of the teams that are shown; where others are not, the study's number is another.
    number = int(open_.sum())
    is_told = open_.sum() == known.sum() and discretion.tells(number)
    told = told_teams(answers, score, discretion, number if is_told else None)
    effects = design_effects(score[open_], answers.team[open_], told, options.draws, rng)
    sampled, figures = _posterior(score[known], rng, options, effects)
    rows = [
        Row(
            estimand="mean_score",
            scale=_SCALE,
            figures=figures,
            n_respondents=int(known.sum()),
        )
    ]
    by_team = []
    for place, team in enumerate(answers.teams):
        own = score[known & (answers.team == place)]
        team_figures: dict[str, float] = {}
        if shown[place]:
            drawn, team_figures = _posterior(own, rng, options)
            if str(team) in discretion.group_digits:
                digits = discretion.decimals(str(team))
                digits = 2 if digits is None else digits
                asked = int((answers.team == place).sum())
                team_figures |= _of_told(team_figures, digits, asked, options)
            by_team.append(drawn)
        rows.append(
            Row(
                estimand="mean_score",
                scale=_SCALE,
                team=team,
                figures=team_figures,
                n_respondents=len(own),
                suppressed=not shown[place],
            )
        )
    names = [team for team, visible in zip(answers.teams, shown, strict=True) if visible]
    draws = draws_dataset({"mean_score": sampled})
    teams = np.stack(by_team, axis=1) if by_team else np.empty((options.draws, 0))
    draws = draws.merge(draws_dataset({"team_mean_score": teams}, {"team": names}))
    note = _INDEPENDENT if effects is None else _CLUSTERED.format(effect=effects.mean())
    return laid_out(rows, draws, interval=options.interval, notes=(note,), discretion=discretion)


def _of_told(
    figures: dict[str, float], digits: int, asked: int, options: Sampling
) -> dict[str, float]:
    """
    Make the ends of an interval from what else is told, where few left the scale open.

    Mean, sd and ends are functions of the answers and of how many there are. At other intervals
    the ends would tell how many, so they are made of mean and sd as told, with as many degrees of
    freedom as would be had if all who were asked had answered.
    """
    mean, sd, df = round(figures["mean"], digits), round(figures["sd"], digits), asked - 1
    # What rounds to 0 may be up to half a unit.
    error = max(sd, 0.5 * 10.0**-digits) * np.sqrt((df - 2) / df)
    reach, _ = widened_bounds(error, df, np.ones(1), options.interval)
    return {"mean": mean, "median": mean, "sd": sd, "lower": mean - reach, "upper": mean + reach}


def _posterior(
    own: FloatArray,
    rng: np.random.Generator,
    options: Sampling,
    effects: FloatArray | None = None,
) -> tuple[FloatArray, dict[str, float]]:
    """Draws of a mean under flat priors, and its figures without the noise of these draws."""
    n = len(own)
    mean = float(own.mean())
    error = float(own.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    effects = np.ones(options.draws) if effects is None else effects
    df = max(n - 1, 1)
    draws = mean + error * np.sqrt(effects) * rng.standard_t(df, options.draws)
    figures = posterior_figures(draws, options.interval)
    reach, sd = widened_bounds(error, df, effects, options.interval)
    figures |= {"mean": mean, "median": mean, "lower": mean - reach, "upper": mean + reach}
    if np.isfinite(sd):
        figures["sd"] = sd
    return draws, figures
