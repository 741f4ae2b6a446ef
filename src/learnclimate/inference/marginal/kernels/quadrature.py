"""Gauss–Hermite nodes, laid out for the kernels."""

from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError

FloatArray = npt.NDArray[np.float64]

_LANES = 8
_NOTHING = -1e30
_MOST_NODES = 21


class NodeGrid(NamedTuple):
    """
    Nodes of a standard normal vector, padded so that kernels run in whole registers.

    Attributes
    ----------
    points : ndarray of shape (k,)
        The one-dimensional nodes.
    grid : ndarray of shape (d, n_padded)
        Every combination of them; padding lies at 0.
    log_weight : ndarray of shape (n_padded,)
        Log weight plus half the squared length of the node; -1e30 at the padding.
    """

    points: FloatArray
    grid: FloatArray
    log_weight: FloatArray


@lru_cache(maxsize=64)
def node_grid(nodes: int, dimension: int) -> NodeGrid:
    """
    Nodes and weights of Gauss–Hermite quadrature for a standard normal vector.

    Parameters
    ----------
    nodes : int
        Nodes a dimension, 1 to 21.
    dimension : int
        Dimension of the vector, 0 to 3.

    Returns
    -------
    NodeGrid
        The nodes; do not write into its arrays.

    Raises
    ------
    ArgumentError
        If there are too few or too many nodes.

    References
    ----------
    Pinheiro, J. C. and Chao, E. C. (2006), doi 10.1198/106186006X96962.

    Examples
    --------
    >>> node_grid(3, 2).grid.shape
    (2, 16)
    """
    if not 1 <= nodes <= _MOST_NODES:
        raise ArgumentError(f"nodes={nodes}: give a number of nodes from 1 to {_MOST_NODES}.")
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    weights = weights / weights.sum()
    t = _combinations(points, dimension)
    log_weight = np.log(_combinations(weights, dimension))
    padded = len(t) if dimension == 0 else -(-len(t) // _LANES) * _LANES
    grid = np.zeros((dimension, padded))
    grid[:, : len(t)] = t.T
    total = np.full(padded, _NOTHING)
    total[: len(t)] = log_weight.sum(axis=1) + 0.5 * (t**2).sum(axis=1)
    return NodeGrid(np.ascontiguousarray(points), grid, total)


def _combinations(values: FloatArray, dimension: int) -> FloatArray:
    return np.array(list(product(values, repeat=dimension)), dtype=float).reshape(
        len(values) ** dimension, dimension
    )
