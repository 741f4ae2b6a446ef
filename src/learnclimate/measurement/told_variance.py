"""Variance between teams, made of what is told of those in which few left a scale open."""

from collections.abc import Container
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.measurement.answers import ScaleAnswers
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.team_variance import OneWay, one_way

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ToldTeams:
    """
    What is told of teams in which few left a scale open.

    Attributes
    ----------
    rounded : ndarray of shape (n_teams,), bool
        Which teams these are.
    asked : ndarray of shape (n_teams,)
        Members, who answered or not.
    means : ndarray of shape (n_teams,)
        Means of their scores as `scale_scores` tells them.
    number : int or None
        How many have a score in the teams that may be shown; None where that is not told.
    """

    rounded: npt.NDArray[np.bool_]
    asked: FloatArray
    means: FloatArray
    number: int | None


def told_teams(
    answers: ScaleAnswers, score: FloatArray, discretion: Discretion, number: int | None
) -> ToldTeams:
    """
    Gather what is told of teams in which few left a scale open.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    score : ndarray of shape (n_respondents,)
        Scores, with answers that few gave at the middle of them; NaN where there is none.
    discretion : Discretion
        What may be told of who answered, as `scale_scores` asks it.
    number : int or None
        How many have a score in the teams that may be shown, where that is told.

    Returns
    -------
    ToldTeams
        In the order of the teams.
    """
    few: Container[str] = discretion.group_digits
    known = np.isfinite(score)
    n_teams = len(answers.teams)
    given = np.bincount(answers.team[known], minlength=n_teams)
    sums = np.bincount(answers.team[known], weights=score[known], minlength=n_teams)
    means = sums / np.where(given > 0, given, np.nan)
    rounded = np.array([str(team) in few for team in answers.teams], dtype=bool)
    for place in np.flatnonzero(rounded):
        digits = discretion.decimals(str(answers.teams[place]))
        means[place] = np.round(means[place], 2 if digits is None else digits)
    asked = np.bincount(answers.team, minlength=n_teams).astype(float)
    return ToldTeams(rounded, asked, means, number)


def split_as_told(score: FloatArray, team: IntArray, told: ToldTeams) -> OneWay:
    """
    Split the variance of a score by team, without a figure that hangs on how many are few.

    All that is made of the split is a function of one ratio, which hangs on every number of
    scores: told in several figures, each rounded by itself, it told how many left a scale open. So
    a team in which few did counts with its rounded mean, and with the members asked, or as many
    of them as have a score in all such teams together, where that is told. The variance within
    teams is that of the others, or, where most teams are such teams, told to two digits.

    Parameters
    ----------
    score : ndarray of shape (n_respondents,)
        Scores.
    team : ndarray of shape (n_respondents,), int
        Teams, as places among all.
    told : ToldTeams
        What is told.

    Returns
    -------
    OneWay
        The split; the exact one where in no team few left the scale open.
    """
    exact = one_way(score, team)
    place = np.unique(team)
    rounded = told.rounded[place]
    if not rounded.any():
        return exact
    sizes, asked = exact.sizes.copy(), told.asked[place]
    share = 1.0
    if told.number is not None:
        share = (told.number - sizes[~rounded].sum()) / asked[rounded].sum()
    sizes[rounded] = asked[rounded] * share
    means = np.where(rounded, told.means[place], exact.means)
    square = _within(score, team, told.rounded)
    middle = sizes @ means / sizes.sum()
    return replace(
        exact,
        means=means,
        sizes=sizes,
        within=square * float(sizes.sum() - len(sizes)),
        between=float(sizes @ (means - middle) ** 2),
    )


def _within(score: FloatArray, team: IntArray, rounded: npt.NDArray[np.bool_]) -> float:
    """Give the mean square within teams: of those that are told exactly, where these are most."""
    others = ~rounded[team]
    whole = one_way(score, team)
    df = whole.n_respondents - whole.n_teams
    if others.any():
        exact = one_way(score[others], team[others])
        own = exact.n_respondents - exact.n_teams
        if 2 * own >= df and exact.within > 0:
            return exact.within / own
    return float(f"{whole.within / df:.1e}")
