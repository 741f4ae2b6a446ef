"""Coefficients of reliability as functions of covariance matrices, many at once."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.measurement.factor_extraction import extracted
from learnclimate.measurement.greatest_lower_bound import error_variances
from learnclimate.measurement.oblimin import rotated

FloatArray = npt.NDArray[np.float64]
Coefficient = Callable[[FloatArray], FloatArray]

#: Group factors of the hierarchical coefficient, and the items that takes.
N_GROUPS, ITEMS_FOR_GROUPS = 3, 6
_NO_VARIANCE = 1e-10


def alpha(covariances: FloatArray) -> FloatArray:
    """
    Coefficient alpha.

    Parameters
    ----------
    covariances : ndarray of shape (n_matrices, n_items, n_items)
        Covariance matrices of the items.

    Returns
    -------
    ndarray of shape (n_matrices,)
        Never above 1; below 0 where items go against each other; not a number where their
        sum never varies.

    References
    ----------
    Cronbach (1951), Psychometrika 16, 297-334, doi 10.1007/BF02310555.

    Examples
    --------
    >>> alpha(np.array([[[1.0, 0.5], [0.5, 1.0]]])).round(4).tolist()
    [0.6667]
    """
    n_items = covariances.shape[1]
    own = np.einsum("mii->m", covariances)
    whole = covariances.sum(axis=(1, 2))
    # Of a sum that never varies nothing is a share.
    whole = np.where(whole > _NO_VARIANCE * own, whole, np.nan)
    return np.asarray(n_items / (n_items - 1) * (1 - own / whole))


def lambda_two(covariances: FloatArray) -> FloatArray:
    """
    Guttman's second lower bound of reliability, never below alpha and smooth in the covariances.

    Parameters
    ----------
    covariances : ndarray of shape (n_matrices, n_items, n_items)
        Covariance matrices of the items.

    Returns
    -------
    ndarray of shape (n_matrices,)
        Never above the greatest lower bound.

    References
    ----------
    Guttman (1945), Psychometrika 10, 255-282, doi 10.1007/BF02288892.

    Examples
    --------
    >>> lambda_two(np.array([[[1.0, 0.5], [0.5, 1.0]]])).round(4).tolist()
    [0.6667]
    """
    n_items = covariances.shape[1]
    own = np.einsum("mii->mi", covariances)
    whole = covariances.sum(axis=(1, 2))
    whole = np.where(whole > _NO_VARIANCE * own.sum(axis=1), whole, np.nan)
    squares = (covariances**2).sum(axis=(1, 2)) - (own**2).sum(axis=1)
    root = np.sqrt(n_items / (n_items - 1) * np.maximum(squares, 0.0))
    return np.asarray((whole - own.sum(axis=1) + root) / whole)


def omega_total(covariances: FloatArray) -> FloatArray:
    """
    Share of the sum score's variance that one common factor explains.

    One factor by maximum likelihood; the variance is that which the model implies, so that
    the share never passes 1.

    Parameters
    ----------
    covariances : ndarray of shape (n_matrices, n_items, n_items)
        Positive definite covariance matrices of at least three items.

    Returns
    -------
    ndarray of shape (n_matrices,)
        Between 0 and 1.

    References
    ----------
    McDonald (1999), Test theory, doi 10.4324/9781410601087.

    Examples
    --------
    >>> loadings = np.array([0.8, 0.7, 0.6])
    >>> matrix = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    >>> bool(np.isclose(omega_total(matrix[None])[0], 4.41 / (4.41 + 1.51)))
    True
    """
    spread, correlations = _standardised(covariances)
    loadings, uniqueness = extracted(correlations, 1, "likelihood")
    return _one_factor_share(loadings[:, :, 0] * spread, uniqueness * spread**2)


def omega_least_squares(covariances: FloatArray) -> FloatArray:
    """
    Share of the sum score's variance that one factor by minres explains.

    Needs no positive definite matrix, as between-team matrices of few teams may not be.

    Parameters
    ----------
    covariances : ndarray of shape (n_matrices, n_items, n_items)
        Covariance matrices of at least three items.

    Returns
    -------
    ndarray of shape (n_matrices,)
        Between 0 and 1.
    """
    spread, correlations = _standardised(covariances)
    loadings, uniqueness = extracted(correlations, 1, "residuals")
    return _one_factor_share(loadings[:, :, 0] * spread, uniqueness * spread**2)


def bifactor_omegas(covariances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Shares of the sum score's variance: of a general factor, and of all common factors.

    Three factors by minres from the correlations, rotated obliquely, and a general factor
    of these three (Schmid-Leiman), as the R package psych does it.

    Parameters
    ----------
    covariances : ndarray of shape (n_matrices, n_items, n_items)
        Covariance matrices of at least six items.

    Returns
    -------
    hierarchical, total : ndarray of shape (n_matrices,)
        The two shares, of standardised items.

    References
    ----------
    Zinbarg, Revelle, Yovel and Li (2005), Psychometrika 70, 123-133,
    doi 10.1007/s11336-003-0974-7; Schmid and Leiman (1957), Psychometrika 22, 53-61,
    doi 10.1007/BF02289209.
    """
    _, correlations = _standardised(covariances)
    loadings, uniqueness = extracted(correlations, N_GROUPS, "residuals")
    pattern, between = rotated(loadings)
    signs = np.where(pattern.sum(axis=1) < 0, -1.0, 1.0)
    pattern = pattern * signs[:, None, :]
    between = between * signs[:, :, None] * signs[:, None, :]
    general, _ = extracted(between, 1, "residuals")
    total = correlations.sum(axis=(1, 2))
    explained = (pattern @ general)[:, :, 0].sum(axis=1) ** 2
    return explained / total, 1 - uniqueness.sum(axis=1) / total


def omega_hierarchical(covariances: FloatArray) -> FloatArray:
    """
    Give the first of `bifactor_omegas`.

    Parameters
    ----------
    covariances : ndarray of shape (n_matrices, n_items, n_items)
        Covariance matrices of at least six items.

    Returns
    -------
    ndarray of shape (n_matrices,)
        Share of a general factor.
    """
    return bifactor_omegas(covariances)[0]


def omega_total_bifactor(covariances: FloatArray) -> FloatArray:
    """
    Give the second of `bifactor_omegas`.

    Parameters
    ----------
    covariances : ndarray of shape (n_matrices, n_items, n_items)
        Covariance matrices of at least six items.

    Returns
    -------
    ndarray of shape (n_matrices,)
        Share of all common factors.
    """
    return bifactor_omegas(covariances)[1]


def greatest_lower_bound(covariances: FloatArray) -> FloatArray:
    """
    Smallest reliability that the covariances allow.

    Parameters
    ----------
    covariances : ndarray of shape (n_matrices, n_items, n_items)
        Positive definite covariance matrices.

    Returns
    -------
    ndarray of shape (n_matrices,)
        Between 0 and 1.

    Examples
    --------
    >>> greatest_lower_bound(np.array([[[1.0, 0.5], [0.5, 1.0]]])).round(6).tolist()
    [0.666667]
    """
    errors = error_variances(covariances).sum(axis=1)
    return np.asarray(1 - errors / covariances.sum(axis=(1, 2)))


def coefficients_for(n_items: int) -> Mapping[str, Coefficient]:
    """
    Name the coefficients that a number of items allows.

    Parameters
    ----------
    n_items : int
        At least two.

    Returns
    -------
    mapping of str to callable
        By estimand; those of one factor need three items, those of three need six.

    Examples
    --------
    >>> list(coefficients_for(2))
    ['alpha', 'greatest_lower_bound']
    """
    found: dict[str, Coefficient] = {"alpha": alpha}
    if n_items >= 3:
        found["omega_total"] = omega_total
    if n_items >= ITEMS_FOR_GROUPS:
        found["omega_hierarchical"] = omega_hierarchical
        found["omega_total_bifactor"] = omega_total_bifactor
    found["greatest_lower_bound"] = greatest_lower_bound
    return found


def evaluated(covariances: FloatArray) -> dict[str, FloatArray]:
    """
    Compute every coefficient that the number of items allows; group factors only once.

    Parameters
    ----------
    covariances : ndarray of shape (n_matrices, n_items, n_items)
        Positive definite covariance matrices.

    Returns
    -------
    dict of str to ndarray of shape (n_matrices,)
        By estimand, as `coefficients_for` names them.
    """
    alone = coefficients_for(covariances.shape[1])
    found = {}
    if "omega_hierarchical" in alone:
        hierarchical, total = bifactor_omegas(covariances)
        found = {"omega_hierarchical": hierarchical, "omega_total_bifactor": total}
    return {
        name: found[name] if name in found else coefficient(covariances)
        for name, coefficient in alone.items()
    }


def _standardised(covariances: FloatArray) -> tuple[FloatArray, FloatArray]:
    spread = np.sqrt(np.einsum("mii->mi", covariances))
    return spread, covariances / (spread[:, :, None] * spread[:, None, :])


def _one_factor_share(loadings: FloatArray, uniqueness: FloatArray) -> FloatArray:
    common = loadings.sum(axis=1) ** 2
    return np.asarray(common / (common + uniqueness.sum(axis=1)))
