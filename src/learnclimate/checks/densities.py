"""Log probabilities of the answers given, at every draw."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from learnclimate.counts.composition import level_counts
from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import distribution_of, log_probability_between
from learnclimate.counts.families import Family
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.counts.team_totals import TeamSetting
from learnclimate.inference.unknown_shares import unknown_level_terms

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def log_density_of_rows(
    draws: Mapping[str, FloatArray],
    design: CountDesign,
    family: Family,
    rows: IntArray,
    *,
    setting: TeamSetting | None = None,
) -> FloatArray:
    """
    Compute the log probability of the answers of some respondents, for each draw.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the teams' effects among them.
    design : CountDesign
        The respondents.
    family : Family
        How counts are distributed.
    rows : ndarray of shape (n_chosen,), int
        Which of its rows.
    setting : TeamSetting, optional
        Where the teams stand; as the design tells it where left out. To be given where the
        design holds some of the teams only.

    Returns
    -------
    ndarray of shape (n_draws, n_chosen)
        Log probabilities given the respondent's team effects.
    """
    places = places_of_rows(draws, design, rows, setting=setting)
    distribution, counts = distribution_of(family), design.outcome[rows]
    if design.asked.highest is None:
        return distribution.log_density(counts, places)
    return log_probability_between(distribution, counts, design.asked.highest[rows], places)


def unknown_log_density(
    draws: Mapping[str, FloatArray], design: CountDesign, family: Family
) -> FloatArray:
    """
    Compute the log probability of the answers of all whose level is unknown, summed out.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the teams' effects among them.
    design : CountDesign
        The respondents.
    family : Family
        How counts are distributed.

    Returns
    -------
    ndarray of shape (n_draws,)
        With that of the levels that were answered; 0 where all are known.
    """
    if design.unknown is None:
        return np.zeros(len(draws["intercept"]))
    each = unknown_level_terms(draws, design, family)
    return np.asarray(logsumexp(each, axis=2).sum(axis=1)) + answered_levels(draws, design)


def answered_levels(draws: Mapping[str, FloatArray], design: CountDesign) -> FloatArray:
    """
    Compute the log probability of the levels that were answered.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables.
    design : CountDesign
        The respondents.

    Returns
    -------
    ndarray of shape (n_draws,)
        0 where all levels are known: they are then given, and not modelled.
    """
    if design.unknown is None:
        return np.zeros(len(draws["intercept"]))
    return np.asarray(np.log(draws["level_probability"]) @ level_counts(design, 0).sum(axis=0))
