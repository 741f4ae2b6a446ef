"""Posterior draws and sampling errors of what is a function of covariances."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: Scale of the inverse-Wishart prior, as a share of the items' mean variance: next to nothing.
_PRIOR_SCALE = 1e-10
_DIFFERENCE = 1e-4


def inverse_wishart(
    rng: np.random.Generator, scale: FloatArray, degrees: float, n_draws: int
) -> FloatArray:
    """
    Draw from inverse-Wishart distributions.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random numbers.
    scale : ndarray of shape (n, n) or (n_draws, n, n)
        Scale matrix, or one a draw.
    degrees : float
        Degrees of freedom, above ``n - 1``.
    n_draws : int
        How many draws.

    Returns
    -------
    ndarray of shape (n_draws, n, n)
        Draws.

    Examples
    --------
    >>> drawn = inverse_wishart(np.random.default_rng(1), np.eye(2), 40.0, 5000)
    >>> bool(np.allclose(drawn.mean(axis=0), np.eye(2) / 37, atol=1e-3))
    True
    """
    n = scale.shape[-1]
    # Bartlett: the triangular root of a Wishart matrix.
    root = np.tril(rng.standard_normal((n_draws, n, n)), -1)
    chi = rng.chisquare(degrees - np.arange(n), (n_draws, n))
    root[:, np.arange(n), np.arange(n)] = np.sqrt(chi)
    upper = np.broadcast_to(np.swapaxes(np.linalg.cholesky(scale), -1, -2), root.shape)
    half = np.linalg.solve(root, upper)
    return np.asarray(half.transpose(0, 2, 1) @ half)


def posterior_covariances(values: FloatArray, n_draws: int, rng: np.random.Generator) -> FloatArray:
    """
    Draw covariance matrices of normal answers from their posterior.

    The conjugate prior has as many degrees of freedom as there are items and next to no
    scale, so that the answers decide.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Complete answers.
    n_draws : int
        How many draws.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_items, n_items)
        Draws.
    """
    n_respondents, n_items = values.shape
    deviations = values - values.mean(axis=0)
    scatter = deviations.T @ deviations
    scale = scatter + _PRIOR_SCALE * np.trace(scatter) / n_items * np.eye(n_items)
    return inverse_wishart(rng, scale, n_respondents - 1.0 + n_items, n_draws)


def delta_errors(values: FloatArray, coefficient: Callable[[FloatArray], FloatArray]) -> float:
    """
    Give the standard error of a function of covariances, whatever the distribution.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Complete answers.
    coefficient : callable
        From covariance matrices, (n_matrices, n_items, n_items), to values, (n_matrices,).

    Returns
    -------
    float
        The standard error of the delta method: no normal distribution is assumed.

    References
    ----------
    Maydeu-Olivares, Coffman and Hartmann (2007), Psychological Methods 12, 157-176,
    doi 10.1037/1082-989X.12.2.157.
    """
    n_respondents, n_items = values.shape
    covariance = np.atleast_2d(np.cov(values.T))
    spread = np.sqrt(np.diag(covariance))
    rows, columns = np.triu_indices(n_items)
    sizes = _DIFFERENCE * spread[rows] * spread[columns]
    moved = np.repeat(covariance[None], 2 * len(rows), axis=0)
    for sign, offset in ((1.0, 0), (-1.0, len(rows))):
        place = offset + np.arange(len(rows))
        moved[place, rows, columns] += sign * sizes
        off = rows != columns
        moved[place[off], columns[off], rows[off]] += sign * sizes[off]
    found = coefficient(moved)
    slopes = (found[: len(rows)] - found[len(rows) :]) / (2 * sizes)
    gradient = np.zeros((n_items, n_items))
    # The slope of a pair counts both of its places in the matrix.
    gradient[rows, columns] = np.where(rows == columns, slopes, slopes / 2)
    gradient = gradient + np.triu(gradient, 1).T
    deviations = values - values.mean(axis=0)
    influence = ((deviations @ gradient) * deviations).sum(axis=1)
    return float(influence.std(ddof=1) / np.sqrt(n_respondents))
