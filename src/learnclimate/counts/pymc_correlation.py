"""Correlation matrices of varying effects in PyMC."""

from typing import Any

import numpy as np

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any


def correlation_factor(group: str, size: int, eta: float) -> Tensor:
    """
    Add the Cholesky factor of an LKJ correlation matrix, by canonical partial correlations.

    The partial correlations of column j have independent priors, twice a
    Beta(b, b) less 1 with ``b = eta + (size - 2 - j) / 2``.

    Parameters
    ----------
    group : str
        Whose effects are correlated, ``"team"`` or ``"department"``: the correlation is the
        variable ``<group>_correlation`` on the dims ``<group>_effect, <group>_effect_other``.
    size : int
        Number of effects.
    eta : float
        Shape of the prior.

    Returns
    -------
    pytensor.tensor.TensorVariable
        Lower triangular, shape (size, size).

    References
    ----------
    Lewandowski, Kurowicka and Joe (2009), doi 10.1016/j.jmva.2009.04.008.
    """
    import pymc as pm
    import pytensor.tensor as pt

    if size == 1:
        return pt.as_tensor_variable(np.ones((1, 1)))
    rows, columns = np.tril_indices(size, -1)
    shape = eta + (size - 2 - columns) / 2
    partial = 2 * pm.Beta(f"{group}_partial_correlation_unit", shape, shape) - 1
    entries: list[list[Tensor]] = [
        [pt.as_tensor_variable(np.float64(0.0))] * size for _ in range(size)
    ]
    entries[0][0] = pt.as_tensor_variable(np.float64(1.0))
    for row in range(1, size):
        left: Tensor = pt.as_tensor_variable(np.float64(1.0))
        for column in range(row):
            which = int(np.flatnonzero((rows == row) & (columns == column))[0])
            entries[row][column] = partial[which] * pt.sqrt(left)
            left = left * (1 - partial[which] ** 2)
        entries[row][row] = pt.sqrt(left)
    factor = pt.stack([pt.stack(line) for line in entries])
    dims = (f"{group}_effect", f"{group}_effect_other")
    pm.Deterministic(f"{group}_correlation", pt.dot(factor, factor.T), dims=dims)
    return factor
