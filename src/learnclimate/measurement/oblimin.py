"""Oblique rotation of many loading matrices at once: direct oblimin."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_ROUNDS = 1000
_HALVINGS = 11
_TOLERANCE = 1e-5


def rotated(loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Rotate to simple structure, the factors allowed to go together (quartimin).

    The gradient projection method, from the unrotated factors on; stops where the
    projected gradient is below 1e-5, as is usual.

    Parameters
    ----------
    loadings : ndarray of shape (n_matrices, n_items, n_factors)
        Unrotated loadings.

    Returns
    -------
    pattern : ndarray of shape (n_matrices, n_items, n_factors)
        Rotated loadings.
    correlation : ndarray of shape (n_matrices, n_factors, n_factors)
        How the factors go together.

    References
    ----------
    Jennrich (2002), Psychometrika 67, 7-19, doi 10.1007/BF02294706; Bernaards and Jennrich
    (2005), Educational and Psychological Measurement 65, 676-696,
    doi 10.1177/0013164404272507.

    Examples
    --------
    >>> simple = np.kron(np.eye(2), [[0.8], [0.7], [0.6]])
    >>> turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    >>> np.sort(np.abs(rotated((simple @ turn)[None])[0][0, 0])).round(4).tolist()
    [0.0, 0.8]
    """
    n_matrices, _, n_factors = loadings.shape
    turn = np.broadcast_to(np.eye(n_factors), (n_matrices, n_factors, n_factors)).copy()
    size = np.ones(n_matrices)
    active = np.arange(n_matrices)
    for _ in range(_ROUNDS):
        if not len(active):
            break
        some, now = loadings[active], turn[active]
        value, gradient = _criterion(some, now)
        overlap = (now * gradient).sum(axis=1)
        projected = gradient - now * overlap[:, None, :]
        steepness = np.sqrt((projected**2).sum(axis=(1, 2)))
        active, going = active[steepness > _TOLERANCE], steepness > _TOLERANCE
        if not len(active):
            break
        turn[active], size[active] = _line_search(
            some[going], now[going], projected[going], value[going], 2 * size[active]
        )
    pattern = loadings @ np.linalg.inv(turn).transpose(0, 2, 1)
    return pattern, turn.transpose(0, 2, 1) @ turn


def _criterion(loadings: FloatArray, turn: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Products of squared loadings on different factors, and their gradient by the turn."""
    inverse = np.linalg.inv(turn)
    pattern = loadings @ inverse.transpose(0, 2, 1)
    squares = pattern**2
    others = squares.sum(axis=2, keepdims=True) - squares
    value = (squares * others).sum(axis=(1, 2)) / 4
    slope = pattern * others
    gradient = -(pattern.transpose(0, 2, 1) @ slope @ inverse).transpose(0, 2, 1)
    return value, gradient


def _value(loadings: FloatArray, turn: FloatArray) -> FloatArray:
    """Products of squared loadings on different factors."""
    squares = (loadings @ np.linalg.inv(turn).transpose(0, 2, 1)) ** 2
    whole = squares.sum(axis=2)
    return np.asarray(((whole**2).sum(axis=1) - (squares**2).sum(axis=(1, 2))) / 4)


def _line_search(
    loadings: FloatArray,
    turn: FloatArray,
    direction: FloatArray,
    value: FloatArray,
    size: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Halve each step until the criterion falls enough."""
    found, size = turn.copy(), size.copy()
    steepness = (direction**2).sum(axis=(1, 2))
    waiting = np.arange(len(turn))
    for _ in range(_HALVINGS):
        moved = turn[waiting] - size[waiting, None, None] * direction[waiting]
        moved /= np.sqrt((moved**2).sum(axis=1, keepdims=True))
        found[waiting] = moved
        lower = _value(loadings[waiting], moved)
        short = value[waiting] - lower <= 0.5 * steepness[waiting] * size[waiting]
        waiting = waiting[short]
        if not len(waiting):
            break
        size[waiting] *= 0.5
    return found, size
