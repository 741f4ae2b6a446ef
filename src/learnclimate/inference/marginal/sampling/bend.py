"""How much a map bends: its second derivatives, by differences."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_STEP = 1e-3


def bend(
    mapping: Callable[[FloatArray], FloatArray], point: FloatArray, slope: FloatArray
) -> FloatArray:
    """
    Differentiate a map twice at one point, its coordinates weighed and summed.

    Parameters
    ----------
    mapping : callable
        From points (S, p) to their images (S, m).
    point : ndarray of shape (p,)
        Where.
    slope : ndarray of shape (m,)
        What each coordinate of the image is multiplied by.

    Returns
    -------
    ndarray of shape (p, p)
        Second derivatives, by central differences; 0 where they are not finite.

    Examples
    --------
    >>> bend(lambda x: x**3, np.array([1.0, 2.0]), np.array([1.0, 10.0])).round(3)
    array([[  6.,   0.],
           [  0., 120.]])
    """
    p = len(point)
    steps = _STEP * np.eye(p)
    i, j = np.triu_indices(p, 1)
    both, against = steps[i] + steps[j], steps[i] - steps[j]
    around = np.concatenate([steps, -steps, both, -both, against, -against])
    with np.errstate(over="ignore", invalid="ignore"):
        change = mapping(point + around) - mapping(point[None])
        part = change @ slope
    own, mixed = np.split(part, [2 * p])
    found = np.zeros((p, p))
    found[i, j] = mixed.reshape(4, -1).T @ [0.25, 0.25, -0.25, -0.25]
    found += found.T
    found[range(p), range(p)] = own.reshape(2, p).sum(axis=0)
    return np.nan_to_num(found / _STEP**2, nan=0.0, posinf=0.0, neginf=0.0)
