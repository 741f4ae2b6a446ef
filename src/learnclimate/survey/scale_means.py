"""Mean scores of a scale by team, as a description of the team."""

import numpy as np
import pandas as pd

from learnclimate.core.errors import SurveyError
from learnclimate.survey.codebook import Scale


def team_scale_means(frame: pd.DataFrame, team: str, scale: Scale) -> pd.Series:
    """
    Average a scale over each team: first over the items, then over the respondents.

    Reverse-keyed items are turned round. A respondent who answered at least half of the items
    has a score, the mean of those answered; a team's score is the mean of its respondents' who
    have one.

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
    >>> team_scale_means(answers, "team", Scale("room", ("q1", "q2"), reverse=("q2",))).tolist()
    [1.5, 1.5, 4.0]
    """
    items = frame[list(scale.items)].apply(pd.to_numeric).to_numpy(dtype=float, na_value=np.nan)
    turned = [item in scale.reverse for item in scale.items]
    values = np.where(turned, scale.minimum + scale.maximum - items, items)
    answered = ~np.isnan(values)
    count = answered.sum(axis=1)
    total = np.where(answered, values, 0.0).sum(axis=1)
    score = np.where(2 * count >= len(scale.items), total / np.maximum(count, 1), np.nan)
    by_team = pd.Series(score, index=frame.index).groupby(frame[team], observed=True)
    means: pd.Series = by_team.transform("mean")
    if means.isna().any():
        bare = frame[team][means.isna()].iloc[0]
        raise SurveyError(
            f"Scale {scale.name!r}: nobody in team {bare!r} answered half of its items, so the "
            "team has no score. Leave the team out of the survey, or the scale out of moderators."
        )
    return means
