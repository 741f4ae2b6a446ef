"""The greatest lower bound of reliability, for many covariance matrices at once."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: The barrier's last weight, as a share of the mean variance of an item: the bound is then right
#: to within 2 n_items times this, over the number of items.
#: Of matrices of mean variance 1.
_LEAST_EIGENVALUE = 1e-7
_LAST_WEIGHT = 1e-9
_SHRINK = 0.2
_NEWTON_STEPS = 30


def error_variances(covariances: FloatArray) -> FloatArray:
    """
    Give the largest error variances that leave a covariance matrix of true scores.

    The sum of the error variances is maximised under the conditions that none is negative
    and that the rest is positive semidefinite: a semidefinite program, solved by Newton's
    method with a logarithmic barrier.

    Parameters
    ----------
    covariances : ndarray of shape (n_matrices, n_items, n_items)
        Covariance matrices, positive semidefinite.

    Returns
    -------
    ndarray of shape (n_matrices, n_items)
        Error variances.

    References
    ----------
    Bentler and Woodward (1980), Psychometrika 45, 249-267, doi 10.1007/BF02294079; ten
    Berge and Sočan (2004), Psychometrika 69, 613-625, doi 10.1007/BF02289858.

    Examples
    --------
    >>> error_variances(np.array([[[1.0, 0.5], [0.5, 1.0]]])).round(6).tolist()
    [[0.5, 0.5]]
    """
    scale = np.einsum("mii->mi", covariances)
    mean = scale.mean(axis=1)
    standard = covariances / mean[:, None, None]
    n_items = covariances.shape[1]
    smallest = np.linalg.eigvalsh(standard)[:, 0]
    # Items that tell one another leave nothing inside the bounds: a hair's breadth is made.
    lifted = np.maximum(_LEAST_EIGENVALUE - smallest, 0.0)
    standard = standard + lifted[:, None, None] * np.eye(n_items)
    smallest = smallest + lifted
    errors = np.repeat(0.5 * smallest[:, None], n_items, axis=1)
    weight = 0.1
    while weight > _LAST_WEIGHT:
        weight = max(weight * _SHRINK, _LAST_WEIGHT)
        errors = _centred(standard, errors, weight)
    return np.asarray(errors * mean[:, None])


def _centred(matrices: FloatArray, errors: FloatArray, weight: float) -> FloatArray:
    """Minimise minus the sum of errors plus the barrier at one weight."""
    identity = np.eye(matrices.shape[1])
    for _ in range(_NEWTON_STEPS):
        inverse = np.linalg.inv(matrices - errors[:, :, None] * identity)
        diagonal = np.einsum("mii->mi", inverse)
        gradient = -1 + weight * (diagonal - 1 / errors)
        hessian = weight * (inverse**2 + identity / (errors**2)[:, :, None])
        step = np.linalg.solve(hessian, -gradient[:, :, None])[:, :, 0]
        decrement = -(gradient * step).sum(axis=1) / weight
        # Damped Newton steps of a self-concordant function stay inside by themselves.
        length = np.where(decrement > 0.06, 1 / (1 + np.sqrt(np.maximum(decrement, 0))), 1.0)
        errors = errors + length[:, None] * step
        if decrement.max() < 1e-8:
            break
    return errors
