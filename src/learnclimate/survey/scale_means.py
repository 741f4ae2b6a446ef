"""Mean scores of a scale by team, as a description of the team."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import SurveyError
from learnclimate.disclosure.rounding import digits_that_hide
from learnclimate.disclosure.rule import DisclosureRule, suppress_neighbours
from learnclimate.survey.codebook import Scale

FloatArray = npt.NDArray[np.float64]


def team_scale_means(frame: pd.DataFrame, team: str, scale: Scale) -> pd.Series:
    """
    Average a scale over each team: first over the items, then over the respondents.

    Reverse-keyed items are turned round. A respondent who answered at least half of the items
    has a score, the mean of those answered; a team's score is the mean of its respondents' who
    have one.

    Fits tell these means, of the teams that are shown. So answers that few gave take the middle of
    what is hidden with them, as in `scale_scores`, and the mean of a team in which somebody left
    an item open is rounded: else they would tell who gave the ones, and who left the others open.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    team : str
        Column of the team.
    scale : Scale
        The scale.

    Returns
    -------
    pandas.Series
        The score of each respondent's team, in the index of `frame`.

    Raises
    ------
    SurveyError
        If nobody in some team has a score, naming the team.

    Examples
    --------
    >>> answers = pd.DataFrame({"team": ["A", "A", "B"], "q1": [1, 2, 5], "q2": [5, 4, 3]})
    >>> many = pd.concat([answers] * 5)
    >>> means = team_scale_means(many, "team", Scale("room", ("q1", "q2"), reverse=("q2",)))
    >>> means[:3].tolist()
    [1.5, 1.5, 4.0]
    """
    means = told_team_means(frame, team, scale)
    if means.isna().any():
        bare = frame[team][means.isna()].iloc[0]
        raise SurveyError(
            f"Scale {scale.name!r}: nobody in team {bare!r} answered half of its items, so the "
            "team has no score. Leave the team out of the survey, or the scale out of moderators."
        )
    return means


def told_team_means(frame: pd.DataFrame, team: str, scale: Scale) -> pd.Series:
    """
    Average a scale over each team as `team_scale_means` does, nothing where nobody has a score.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    team : str
        Column of the team.
    scale : Scale
        The scale.

    Returns
    -------
    pandas.Series
        The score of each respondent's team, in the index of `frame`.
    """
    items = frame[list(scale.items)].apply(pd.to_numeric).to_numpy(dtype=float, na_value=np.nan)
    turned = [item in scale.reverse for item in scale.items]
    values = np.where(turned, scale.minimum + scale.maximum - items, items)
    values = np.column_stack([_few_in_the_middle(column) for column in values.T])
    answered = ~np.isnan(values)
    count = answered.sum(axis=1)
    total = np.where(answered, values, 0.0).sum(axis=1)
    score = np.where(2 * count >= len(scale.items), total / np.maximum(count, 1), np.nan)
    by_team = pd.Series(score, index=frame.index).groupby(frame[team], observed=True)
    means: pd.Series = by_team.transform("mean")
    return _rounded_where_open(means, ~answered.all(axis=1), frame[team], len(scale.items))


def _few_in_the_middle(column: FloatArray) -> FloatArray:
    """Put the answers to an item that may not be told in the middle of all such answers."""
    codes, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    hidden = codes[suppress_neighbours(counts, DisclosureRule())]
    return np.where(np.isin(column, hidden), hidden.mean() if len(hidden) else np.nan, column)


def _rounded_where_open(
    means: pd.Series, left_open: npt.NDArray[np.bool_], team: pd.Series, n_items: int
) -> pd.Series:
    """Round the means of teams in which somebody left an item open, to a fraction of all asked."""
    is_open = pd.Series(left_open, index=means.index).groupby(team, observed=True).transform("any")
    asked = means.groupby(team, observed=True).transform("size")
    if n_items == 1:
        # Who has a score has answered: a fraction of all asked tells nobody's answer.
        return means.where(~is_open, (means * asked).round() / asked)
    digits = asked.map(lambda size: digits_that_hide(int(size), n_items))
    scale = 10.0**digits
    return means.where(~is_open, (means * scale).round() / scale)
