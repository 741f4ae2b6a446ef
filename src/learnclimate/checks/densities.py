"""Log probabilities of the answers given, at every draw."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from learnclimate.checks.replicates import expected_of_rows
from learnclimate.counts.design import CountDesign

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def log_density_of_rows(
    draws: Mapping[str, FloatArray], design: CountDesign, rows: IntArray
) -> FloatArray:
    """
    Compute the log probability of the answers of some respondents, for each draw.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the teams' effects among them.
    design : CountDesign
        The respondents.
    rows : ndarray of shape (n_chosen,), int
        Which of its rows.

    Returns
    -------
    ndarray of shape (n_draws, n_chosen)
        Log probabilities given the respondent's team effects.
    """
    expected = expected_of_rows(draws, design, rows)
    counts, place = np.unique(design.outcome[rows], return_inverse=True)
    y = design.outcome[rows].astype(float)
    log_factorial = gammaln(y + 1.0)
    if "dispersion" not in draws:
        return np.asarray(y * np.log(expected) - expected - log_factorial)
    alpha = draws["dispersion"][:, None]
    rising = (gammaln(counts + alpha) - gammaln(alpha))[:, place]
    longer = np.log1p(expected / alpha)
    return np.asarray(
        rising - log_factorial + y * (np.log(expected / alpha) - longer) - alpha * longer
    )
