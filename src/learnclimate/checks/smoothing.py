"""Pareto smoothed importance weights of many left-out parts, and how far they can be trusted."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.pareto import smoothed

FloatArray = npt.NDArray[np.float64]


def khat_limit(n_draws: int) -> float:
    """
    Tell up to which Pareto shape importance weights can be trusted.

    Parameters
    ----------
    n_draws : int
        Number of draws.

    Returns
    -------
    float
        0.7, less where there are few draws.

    References
    ----------
    Vehtari and others (2024), "Pareto smoothed importance sampling", Journal of Machine
    Learning Research 25 (72).

    Examples
    --------
    >>> khat_limit(4000), round(khat_limit(100), 2)
    (0.7, 0.5)
    """
    return min(1 - 1 / float(np.log10(max(n_draws, 11))), 0.7)


def smoothed_rows(log_ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Smooth the weights of several left-out parts.

    Parameters
    ----------
    log_ratio : ndarray of shape (n_parts, n_draws)
        Log importance ratios.

    Returns
    -------
    log_weight : ndarray of shape (n_parts, n_draws)
        The weights of each part sum to 1.
    khat : ndarray of shape (n_parts,)
        Pareto shape of each; infinity where the largest ratios are too few to fit one,
        minus infinity where all ratios are equal.

    Examples
    --------
    >>> smoothed_rows(np.zeros((2, 100)))[1].tolist()
    [-inf, -inf]
    """
    log_weight, khat = np.empty_like(log_ratio), np.empty(len(log_ratio))
    for part, ratios in enumerate(log_ratio):
        log_weight[part], khat[part] = smoothed(ratios)
    return log_weight, khat


def left_out(log_density: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Estimate the log density of each part as predicted from all others.

    Parameters
    ----------
    log_density : ndarray of shape (n_parts, n_draws)
        Log density of each part at each draw from the posterior of all parts.

    Returns
    -------
    elpd : ndarray of shape (n_parts,)
        Log of the mean density where that part is left out.
    khat : ndarray of shape (n_parts,)
        Pareto shape of the weights.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), doi 10.1007/s11222-016-9696-4.

    Examples
    --------
    >>> left_out(np.full((1, 100), -2.0))[0].round(6).tolist()
    [-2.0]
    """
    log_weight, khat = smoothed_rows(-log_density)
    total = log_weight + log_density
    peak = total.max(axis=1)
    return np.log(np.exp(total - peak[:, None]).sum(axis=1)) + peak, khat
