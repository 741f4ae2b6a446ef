"""Unrotated factors of many correlation matrices at once, by maximum likelihood or minres."""

from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Method = Literal["likelihood", "residuals"]

#: Uniquenesses stay within these bounds, so that no item is explained beyond all its variance.
SMALLEST_UNIQUENESS, _LARGEST = 0.005, 1.0
_ROUNDS = 500
_TOLERANCE = 1e-9
_ENOUGH = 1e-10


def extracted(
    correlations: FloatArray, n_factors: int, method: Method
) -> tuple[FloatArray, FloatArray]:
    """
    Extract factors from correlation matrices.

    The fit is a function of the uniquenesses alone, as the loadings follow from an
    eigendecomposition; it is minimised by a projected, damped Gauss-Newton method.

    Parameters
    ----------
    correlations : ndarray of shape (n_matrices, n_items, n_items)
        Correlation matrices; positive definite for ``"likelihood"``.
    n_factors : int
        How many factors.
    method : {"likelihood", "residuals"}
        Maximum likelihood, or least squared residual correlations (minres, also called
        unweighted least squares).

    Returns
    -------
    loadings : ndarray of shape (n_matrices, n_items, n_factors)
        Unrotated; each factor's loadings add up to something positive.
    uniqueness : ndarray of shape (n_matrices, n_items)
        Between 0.005 and 1.

    References
    ----------
    Jöreskog (1967), Psychometrika 32, 443-482, doi 10.1007/BF02289658; Harman and Jones
    (1966), Psychometrika 31, 351-368, doi 10.1007/BF02289468.

    Examples
    --------
    >>> loadings = np.array([0.8, 0.7, 0.6, 0.5])
    >>> matrix = np.outer(loadings, loadings)
    >>> np.fill_diagonal(matrix, 1)
    >>> extracted(matrix[None], 1, "likelihood")[0][0, :, 0].round(6).tolist()
    [0.8, 0.7, 0.6, 0.5]
    """
    step_of = _likelihood_step if method == "likelihood" else _residual_step
    uniqueness = _start(correlations)
    damping = np.full(len(correlations), 1e-3)
    state = step_of(correlations, uniqueness, n_factors)
    active = np.arange(len(correlations))
    for _ in range(_ROUNDS):
        if not len(active):
            break
        value, gradient, curvature = (part[active] for part in state)
        now = uniqueness[active]
        step = _projected_step(now, gradient, curvature, damping[active])
        proposal = np.clip(now + step, SMALLEST_UNIQUENESS, _LARGEST)
        tried = step_of(correlations[active], proposal, n_factors)
        better = tried[0] <= value + 1e-15
        chosen = active[better]
        uniqueness[chosen] = proposal[better]
        for part, new in zip(state, tried, strict=True):
            part[chosen] = new[better]
        damping[active] = np.where(better, damping[active] * 0.2, damping[active] * 10)
        moved = np.abs(proposal - now).max(axis=1)
        # A step that is refused again and again has nowhere better to go.
        going_on = (moved > _TOLERANCE) & (damping[active] < 1e12)
        active = active[going_on]
    return _loadings(correlations, uniqueness, n_factors, method), uniqueness


def _start(correlations: FloatArray) -> FloatArray:
    """Half of one minus the squared multiple correlations, as is usual."""
    n_items = correlations.shape[1]
    ridge = correlations + 1e-3 * np.eye(n_items)
    inverse = np.linalg.inv(ridge)
    unique = 1 / np.einsum("mii->mi", inverse)
    return np.asarray(np.clip(unique, 0.05, 0.95))


def _likelihood_step(
    correlations: FloatArray, uniqueness: FloatArray, n_factors: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Value, gradient and Gauss-Newton curvature by uniqueness, of the concentrated likelihood."""
    root = 1 / np.sqrt(uniqueness)
    values, vectors = np.linalg.eigh(correlations * root[:, :, None] * root[:, None, :])
    left = vectors.shape[2] - n_factors
    small, others = np.maximum(values[:, :left], 1e-300), vectors[:, :, :left]
    value = (small - np.log(small) - 1).sum(axis=1)
    squares = others**2
    gradient = (squares * (1 - small)[:, None, :]).sum(axis=2) / uniqueness
    crossed = (others @ others.transpose(0, 2, 1)) ** 2
    curvature = crossed / (uniqueness[:, :, None] * uniqueness[:, None, :])
    return value, gradient, curvature


def _residual_step(
    correlations: FloatArray, uniqueness: FloatArray, n_factors: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Value, gradient and Gauss-Newton curvature by uniqueness, of the squared residuals."""
    n_items = correlations.shape[1]
    values, vectors = np.linalg.eigh(correlations - uniqueness[:, :, None] * np.eye(n_items))
    # A factor cannot have a negative eigenvalue: what it would explain stays a residual.
    kept = np.maximum(values[:, n_items - n_factors :], 0)
    rest = values.copy()
    rest[:, n_items - n_factors :] -= kept
    value = 0.5 * (rest**2).sum(axis=1)
    gradient = -(vectors**2 * rest[:, None, :]).sum(axis=2)
    others = vectors[:, :, : n_items - n_factors]
    curvature = (others @ others.transpose(0, 2, 1)) ** 2
    return value, gradient, curvature


def _projected_step(
    now: FloatArray, gradient: FloatArray, curvature: FloatArray, damping: FloatArray
) -> FloatArray:
    """Newton step in the coordinates that are not held at a bound."""
    held = (now <= SMALLEST_UNIQUENESS) & (gradient > 0)
    held |= (now >= _LARGEST) & (gradient < 0)
    free = ~held
    matrix = curvature * free[:, :, None] * free[:, None, :]
    diagonal = np.einsum("mii->mi", curvature)
    extra = np.where(held, 1.0, damping[:, None] * np.maximum(diagonal, 1e-8) + _ENOUGH)
    matrix = matrix + extra[:, :, None] * np.eye(now.shape[1])
    right = np.where(held, 0.0, -gradient)
    return np.asarray(np.linalg.solve(matrix, right[:, :, None])[:, :, 0])


def _loadings(
    correlations: FloatArray, uniqueness: FloatArray, n_factors: int, method: Method
) -> FloatArray:
    n_items = correlations.shape[1]
    if method == "likelihood":
        root = 1 / np.sqrt(uniqueness)
        values, vectors = np.linalg.eigh(correlations * root[:, :, None] * root[:, None, :])
        size = np.sqrt(np.maximum(values - 1, 0))
        loadings = vectors * size[:, None, :] / root[:, :, None]
    else:
        values, vectors = np.linalg.eigh(correlations - uniqueness[:, :, None] * np.eye(n_items))
        loadings = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]
    kept = loadings[:, :, ::-1][:, :, :n_factors]
    signs = np.where(kept.sum(axis=1) < 0, -1.0, 1.0)
    return np.asarray(kept * signs[:, None, :])
