"""At which levels those who left the frequency open probably are: all of them together."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import distribution_of, log_probability_between
from learnclimate.counts.families import Family
from learnclimate.counts.row_predictions import places_of_rows

FloatArray = npt.NDArray[np.float64]

#: Draws times rows computed at a time.
_BLOCK = 2_000_000


def unknown_level_terms(
    draws: Mapping[str, FloatArray], design: CountDesign, family: Family
) -> FloatArray:
    """
    Compute the log probability of each level and the answer, for everyone of unknown level.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the teams' effects among them.
    design : CountDesign
        The respondents, some of unknown level.
    family : Family
        How counts are distributed.

    Returns
    -------
    ndarray of shape (n_draws, n_unknown, n_levels)
        Their sum over the levels, of the exponentials, is the probability of the answer.
    """
    other = design.unknown
    if other is None:
        raise TypeError("All levels are known.")
    rows = np.arange(other.n_rows)
    places = places_of_rows(draws, other, rows)
    distribution = distribution_of(family)
    if other.asked.highest is None:
        found = distribution.log_density(other.outcome, places)
    else:
        found = log_probability_between(distribution, other.outcome, other.asked.highest, places)
    shares = draws["level_probability"]
    return found.reshape(len(shares), -1, shares.shape[1]) + np.log(shares)[:, None, :]


def unknown_level_share(
    draws: Mapping[str, FloatArray], design: CountDesign, family: Family
) -> FloatArray:
    """
    Average over those of unknown level how probable each level is, given all answers.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the teams' effects among them.
    design : CountDesign
        The respondents, some of unknown level.
    family : Family
        How counts are distributed.

    Returns
    -------
    ndarray of shape (n_draws, n_levels)
        Shares; nothing is told of any one of them.
    """
    n_draws = len(draws["intercept"])
    found = np.empty_like(draws["level_probability"])
    step = max(1, _BLOCK // (1 if design.unknown is None else design.unknown.n_rows))
    for first in range(0, n_draws, step):
        some = slice(first, first + step)
        terms = unknown_level_terms(
            {name: values[some] for name, values in draws.items()}, design, family
        )
        each = np.exp(terms - logsumexp(terms, axis=2, keepdims=True))
        found[some] = each.mean(axis=1)
    return found
