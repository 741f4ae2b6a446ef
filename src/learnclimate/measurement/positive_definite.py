"""Whether a correlation matrix is one, and the nearest that is."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: Smallest eigenvalue of a correlation matrix that counts as positive definite.
SMALLEST_EIGENVALUE = 1e-4
_ROUNDS = 1000


def is_positive_definite(matrix: FloatArray) -> bool:
    """
    Tell whether the smallest eigenvalue is large enough.

    Parameters
    ----------
    matrix : ndarray of shape (n, n)
        A symmetric matrix.

    Returns
    -------
    bool
        Whether it is at least `SMALLEST_EIGENVALUE`.

    Examples
    --------
    >>> is_positive_definite(np.eye(2)), is_positive_definite(np.ones((2, 2)))
    (True, False)
    """
    return bool(np.linalg.eigvalsh(matrix)[0] >= SMALLEST_EIGENVALUE)


def nearest_correlation(matrix: FloatArray) -> FloatArray:
    """
    Give the nearest correlation matrix that is positive definite.

    Nearest by the sum of squared differences, so that no smaller repair exists; a matrix
    that needs none comes back as it is.

    Parameters
    ----------
    matrix : ndarray of shape (n, n)
        Symmetric, with ones on the diagonal.

    Returns
    -------
    ndarray of shape (n, n)
        Its smallest eigenvalue is `SMALLEST_EIGENVALUE` or more, but for rounding.

    References
    ----------
    Higham (2002), Computing the nearest correlation matrix, IMA Journal of Numerical
    Analysis 22, 329-343, doi 10.1093/imanum/22.3.329.

    Examples
    --------
    >>> broken = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    >>> nearest_correlation(broken).round(2)[0].tolist()
    [1.0, 0.5, -0.5]
    """
    if is_positive_definite(matrix):
        return matrix
    current, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(_ROUNDS):
        target = current - correction
        values, vectors = np.linalg.eigh(target)
        inside = (vectors * np.maximum(values, SMALLEST_EIGENVALUE)) @ vectors.T
        correction = inside - target
        following = inside.copy()
        np.fill_diagonal(following, 1.0)
        if np.abs(following - current).max() < 1e-9:
            break
        current = following
    scale = np.sqrt(np.diag(inside))
    return np.asarray(inside / np.outer(scale, scale))
