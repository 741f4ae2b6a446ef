"""Moments of the teams' factors given the items, at draws of the items' parameters."""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.continuous import item_scale
from learnclimate.inference.factors.continuous_two_level import (
    ContinuousTeamPosterior,
    continuous_team_posterior,
)
from learnclimate.inference.factors.engine import FactorProblem, factor_posterior, obstacle
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.parameters import Point
from learnclimate.inference.factors.scores import ParameterSet, parameters_of
from learnclimate.inference.factors.sticks import Cuts
from learnclimate.inference.factors.two_level import TeamMoments, TwoLevelPosterior

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: Moments at draws, counted through the chains, and the factors' spread over teams there.
MomentsAtDraws = Callable[[IntArray], tuple[TeamMoments, FloatArray]]


def team_moments(factor: FactorFit) -> MomentsAtDraws | None:
    """
    Find what gives the moments of the teams' factors, respondents' own integrated out.

    Parameters
    ----------
    factor : FactorFit
        A factor model of two levels.

    Returns
    -------
    callable or None
        None where factors cannot be integrated out.
    """
    problem = FactorProblem(factor.model, factor.design)
    if obstacle(problem) is not None:
        return None
    if factor.model.link == "identity":
        continuous = continuous_team_posterior(factor.model, factor.design)
        return partial(_continuous_moments, factor, continuous)
    posterior = factor_posterior(problem)
    if not isinstance(posterior, TwoLevelPosterior):
        return None
    anchored = posterior.anchored_at(_point(factor, parameters_of(factor)))
    return partial(_ordinal_moments, factor, anchored)


def _ordinal_moments(
    factor: FactorFit, posterior: TwoLevelPosterior, draws: IntArray
) -> tuple[TeamMoments, FloatArray]:
    point = _point(factor, parameters_of(factor, draws))
    return posterior.moments_at(point), point.team_sd


def _continuous_moments(
    factor: FactorFit, posterior: ContinuousTeamPosterior, draws: IntArray
) -> tuple[TeamMoments, FloatArray]:
    point = _point(factor, parameters_of(factor, draws))
    scale = item_scale(factor.design)
    found = factor.draws["posterior"]
    means, sds = (
        found[name].to_numpy().reshape(-1, len(scale.middle))[draws]
        for name in ("item_means", "residual_sd")
    )
    mean, sd = (means - scale.middle) / scale.length, sds * point.scale / scale.length
    return posterior.moments_at(point, mean, sd), point.team_sd


def _point(factor: FactorFit, found: ParameterSet) -> Point:
    """Read parameters as the integrals over factors do; there is no prior."""
    sd = np.sqrt(np.diagonal(found.between, axis1=1, axis2=2))
    over = found.between / sd[:, :, None] / sd[:, None, :]
    given = np.arange(found.thresholds.shape[2]) < (factor.design.n_categories - 1)[:, None]
    thresholds = (found.thresholds / found.scale[:, :, None])[:, given]
    nothing = np.zeros(thresholds.shape)
    none = np.zeros(len(sd))
    return Point(
        found.loadings,
        np.linalg.cholesky(found.correlation),
        sd,
        np.linalg.cholesky(over),
        found.scale,
        Cuts(thresholds, none, nothing, nothing, nothing, nothing),
        none,
    )
