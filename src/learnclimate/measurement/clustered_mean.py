"""The mean of respondents who are alike within teams: how sure it is."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import stdtr

from learnclimate.measurement.team_variance import posterior_shares
from learnclimate.measurement.told_variance import ToldTeams, split_as_told

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def design_effects(
    score: FloatArray,
    team: IntArray,
    told: ToldTeams,
    n_draws: int,
    rng: np.random.Generator,
) -> FloatArray | None:
    """
    Draw how many times the variance of a mean is what it were of independent respondents.

    Parameters
    ----------
    score : ndarray of shape (n_respondents,)
        Scores.
    team : ndarray of shape (n_respondents,), int
        Teams, as places among all.
    told : ToldTeams
        What is told of teams in which few left the scale open.
    n_draws : int
        How many draws.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws,) or None
        Draws, at least 1, under the normal model of teams of `posterior_shares`; large teams
        count as often as they have members. None where teams cannot be told apart: there are
        fewer than two, or no two members with different scores.

    References
    ----------
    Kish (1965), Survey sampling, section 5.4 (the design effect of clusters).
    """
    n_teams = len(np.unique(team))
    if n_teams < 2 or len(score) < n_teams + 2:
        return None
    split = split_as_told(score, team, told)
    if split.within <= 1e-12 * max(split.within + split.between, 1):
        return None
    share = posterior_shares(split, n_draws, rng)["icc1"]
    size = float((split.sizes**2).sum() / split.n_respondents)
    return np.asarray(1 + (size - 1) * share)


def widened_bounds(
    error: float, df: float, effects: FloatArray, interval: float
) -> tuple[float, float]:
    """
    Give the reach and the sd of a mean whose error is widened by an uncertain factor.

    Parameters
    ----------
    error : float
        Standard error of independent respondents.
    df : float
        Its degrees of freedom.
    effects : ndarray of shape (n_draws,)
        Draws of the design effect.
    interval : float
        Probability of the interval.

    Returns
    -------
    reach, sd : float
        Half the width of the interval, and the posterior standard deviation: of Student's t
        given the effect, averaged over the effect.

    Examples
    --------
    >>> reach, _ = widened_bounds(0.1, 1e6, np.ones(10), 0.9)
    >>> round(reach, 4)
    0.1645
    """
    if not error > 0:
        return error, error
    scale = error * np.sqrt(effects)
    target = 0.5 + interval / 2

    def excess(reach: float) -> float:
        return float(stdtr(df, reach / scale).mean() - target)

    top = float(scale.max())
    while excess(top) < 0:
        top *= 2
    spread = df / (df - 2) if df > 2 else np.nan
    return float(brentq(excess, 0.0, top)), error * float(np.sqrt(spread * effects.mean()))
