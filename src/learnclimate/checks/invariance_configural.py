"""Whether one structure holds in every group by itself: the configural level."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg

from learnclimate.checks.completed_answers import left_open
from learnclimate.checks.factor_fit_rows import spread_draws
from learnclimate.checks.factor_moments import implied_from
from learnclimate.checks.invariance_robust import Judged, Scatter, judged
from learnclimate.checks.limited_information import (
    moment_covariance,
    moments,
    observed_moments,
    weight_beyond,
)
from learnclimate.checks.open_moments import ToldMoments, open_moments
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import parameters_of

FloatArray = npt.NDArray[np.float64]

#: Fewer respondents say too little of products of answers.
_LEAST = 50
_MOST_FACTORS = 3
#: Draws by which open answers are completed, and their seed.
_DRAWS, _SEED = 200, 1


@dataclass(frozen=True, slots=True)
class GroupMisfit:
    """
    What a model leaves unexplained in one group, by limited information.

    Attributes
    ----------
    residual : ndarray of shape (df,)
        Residual moments that no parameter takes up, in units in which they are independent
        with a variance of 1 if the model holds and respondents are independent.
    pulls : ndarray of shape (df, n_teams)
        How far each team moves them.
    teams : tuple of str
        Which teams these are.
    """

    residual: FloatArray
    pulls: FloatArray
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StructureTest:
    """
    Whether the structure holds in every group.

    Attributes
    ----------
    statistic : float
        Chi-squared, corrected for teams that are alike.
    df : int
        Degrees of freedom.
    p_value : float
        Probability of a larger one if the structure holds.
    distance : float
        The sum of squares itself.
    """

    statistic: float
    df: int
    p_value: float
    distance: float


def group_misfit(fit: FactorFit) -> GroupMisfit | None:
    """
    Hold a model against the answers of one group, by limited information.

    Parameters
    ----------
    fit : FactorFit
        The model, fitted to the group.

    Returns
    -------
    GroupMisfit or None
        The misfit at the posterior mean; None where there are more than 3 factors, or fewer
        than 50 answered.
    """
    design = fit.design
    n = int(design.answered.sum())
    if design.n_factors > _MOST_FACTORS or n < _LEAST:
        return None
    implied = implied_from(fit, parameters_of(fit), 0)
    given = implied.conditional()
    if left_open(design):
        told = open_moments(fit, spread_draws(fit, _DRAWS), _SEED)
    else:
        complete = design.categories[design.answered].astype(float)
        told = ToldMoments(observed_moments(complete, given.item_of_cut, given.level()), n)
    observed, allowed = told.observed, told.allowance
    covariance = moment_covariance(given) if allowed is None else allowed.covariance()
    weight, taken_up = weight_beyond(covariance, implied.slopes())
    df = max(len(observed) - taken_up, 0)
    size, along = np.linalg.eigh(weight)
    last = slice(len(size) - df, None)
    root = np.sqrt(n) * along[:, last] * np.sqrt(np.maximum(size[last], 0))
    team = design.team[design.answered]
    there = np.unique(team)

    def moments_of(one: int) -> FloatArray:
        if told.by_respondent is not None:
            return np.asarray(told.by_respondent[team == one].mean(axis=0))
        return observed_moments(complete[team == one], given.item_of_cut, given.level())

    away = np.stack([(team == one).sum() * (moments_of(one) - observed) for one in there])
    few = np.sqrt(len(there) / max(len(there) - 1, 1))
    return GroupMisfit(
        root.T @ (observed - moments(given)),
        few / n * root.T @ away.T,
        tuple(design.teams[place] for place in there),
    )


def in_all_groups(found: Sequence[GroupMisfit | None], by_teams: bool) -> StructureTest | None:
    """
    Add the tests of groups up, which share no parameter, but may share teams.

    Parameters
    ----------
    found : sequence of GroupMisfit or None
        One a group.
    by_teams : bool
        Whether teams, not respondents, are independent. A team in several groups (waves,
        languages) counts once, with what it moves in all of them.

    Returns
    -------
    StructureTest or None
        The test of all; None where a group has none, or no degree of freedom is left.
    """
    known = [one for one in found if one is not None]
    residual = np.concatenate([one.residual for one in known]) if known else np.zeros(0)
    if len(known) < len(found) or not len(residual):
        return None
    scatter = None
    if by_teams:
        scatter = _scatter(known)
    distance = float(residual @ residual)
    told: Judged = judged(distance, np.eye(len(residual)), scatter)
    return StructureTest(told.statistic, len(residual), told.p_value, distance)


def _scatter(known: Sequence[GroupMisfit]) -> Scatter:
    """Lay what teams move side by side, group under group; one block where groups share teams."""
    sizes = [len(one.teams) for one in known]
    names, place = np.unique([name for one in known for name in one.teams], return_inverse=True)
    if len(names) == sum(sizes):
        whole = linalg.block_diag(*[one.pulls for one in known])
        return Scatter(whole, np.repeat(np.arange(len(known)), sizes))
    own = np.split(place, np.cumsum(sizes)[:-1])
    rows = []
    for one, at in zip(known, own, strict=True):
        laid = np.zeros((len(one.residual), len(names)))
        laid[:, at] = one.pulls
        rows.append(laid)
    return Scatter(np.concatenate(rows), np.zeros(len(names), dtype=np.int64))
