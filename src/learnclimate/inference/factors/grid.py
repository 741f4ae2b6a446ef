"""Nodes for the factors: an even grid, of which each answer pattern keeps its own part."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: The grid of a standard normal factor ends here.
REACH = 5.5
#: Spacing in posterior standard deviations of the best known respondent: of the even rule for
#: analytic functions the error falls as exp(-2 pi^2 / spacing^2), here 4e-5, of random sign.
SPACING = 1.35
#: Nodes whose weight is smaller, against the largest of a pattern, are left out.
_NEGLIGIBLE = 1e-7
_BLOCK = 2_000_000
_LEAST_SPACING = 0.05

Runs = tuple[IntArray, IntArray, IntArray, IntArray]


@dataclass(frozen=True, slots=True)
class Grid:
    """
    An even grid in standard normal coordinates.

    Attributes
    ----------
    nodes : ndarray of shape (n_nodes, n_factors)
        Nodes.
    log_weight : ndarray of shape (n_nodes,)
        Log of the normal density times the volume of a cell.
    length : int
        Nodes along one side.
    """

    nodes: FloatArray
    log_weight: FloatArray
    length: int


def even_grid(n_factors: int, spacing: float, reach: float = REACH) -> Grid:
    """
    Lay out a grid.

    Parameters
    ----------
    n_factors : int
        Dimension.
    spacing : float
        Largest distance of neighbours.
    reach : float
        Where it ends.

    Returns
    -------
    Grid
        The grid.
    """
    half = int(np.ceil(reach / spacing))
    step = reach / half
    side = step * np.arange(-half, half + 1)
    sides = np.meshgrid(*[side] * n_factors, indexing="ij")
    nodes = np.stack([part.ravel() for part in sides], axis=1)
    log_weight = -0.5 * (nodes**2).sum(axis=1) + n_factors * (
        np.log(step) - 0.5 * np.log(2 * np.pi)
    )
    return Grid(nodes, log_weight, len(side))


def uneven_grid(spacing: FloatArray, reach: FloatArray) -> Grid:
    """
    Lay out a grid whose sides differ.

    Parameters
    ----------
    spacing : ndarray of shape (n_factors,)
        Largest distance of neighbours along each side.
    reach : ndarray of shape (n_factors,)
        Where each side ends.

    Returns
    -------
    Grid
        The grid; its ``length`` is that of the first side.
    """
    half = np.ceil(reach / spacing).astype(int)
    step = reach / half
    each = [one * np.arange(-n, n + 1) for one, n in zip(step, half, strict=True)]
    sides = np.meshgrid(*each, indexing="ij")
    nodes = np.stack([part.ravel() for part in sides], axis=1)
    log_volume = float(np.log(step).sum()) - 0.5 * len(step) * np.log(2 * np.pi)
    return Grid(nodes, -0.5 * (nodes**2).sum(axis=1) + log_volume, len(each[0]))


def whole_runs(n_patterns: int, n_nodes: int) -> Runs:
    """
    Give every pattern all nodes.

    Parameters
    ----------
    n_patterns, n_nodes : int
        How many.

    Returns
    -------
    tuple of ndarray
        Runs, as `pattern_products` takes them.
    """
    first = np.arange(n_patterns + 1, dtype=np.int64)
    return (
        first,
        np.zeros(n_patterns, dtype=np.int64),
        np.full(n_patterns, n_nodes, dtype=np.int64),
        first * n_nodes,
    )


def supported_runs(grid: Grid, tables: FloatArray, log_scale: FloatArray, rows: IntArray) -> Runs:
    """
    Give every pattern the nodes that matter to it.

    Parameters
    ----------
    grid : Grid
        The grid.
    tables : ndarray of shape (n_rows, n_nodes)
        Scaled probabilities of the answers; see `pattern_products`.
    log_scale : ndarray of shape (n_rows,)
        Logs of their scales.
    rows : ndarray of shape (n_patterns, n_items)
        Row of each answer.

    Returns
    -------
    tuple of ndarray
        Runs of neighbouring nodes, as `pattern_products` takes them.
    """
    from learnclimate.inference.factors.kernels import pattern_products

    n_patterns, n_nodes = len(rows), len(grid.nodes)
    weight = np.exp(grid.log_weight - grid.log_weight.max())
    n_runs, nodes, lengths = [], [], []
    width = max(1, _BLOCK // n_nodes)
    for start in range(0, n_patterns, width):
        some = rows[start : start + width]
        product = np.empty(len(some) * n_nodes)
        size = np.empty(len(some))
        pattern_products(tables, log_scale, some, whole_runs(len(some), n_nodes), product, size)
        mass = product.reshape(len(some), n_nodes) * weight
        kept = mass > _NEGLIGIBLE * mass.max(axis=1, keepdims=True)
        lines = kept.reshape(len(some), -1, grid.length)
        used = lines.any(axis=2)
        low = lines.argmax(axis=2)
        high = grid.length - lines[:, :, ::-1].argmax(axis=2)
        pattern, line = np.nonzero(used)
        n_runs.append(np.bincount(pattern, minlength=len(some)))
        nodes.append(line * grid.length + low[pattern, line])
        lengths.append((high - low)[pattern, line])
    counts = np.concatenate(n_runs)
    length = np.concatenate(lengths).astype(np.int64)
    run_first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    entries = np.concatenate([[0], np.cumsum(length)])
    return (
        run_first,
        np.concatenate(nodes).astype(np.int64),
        length,
        entries[run_first].astype(np.int64),
    )


def entry_nodes(runs: Runs) -> IntArray:
    """
    Name the node of every entry.

    Parameters
    ----------
    runs : tuple of ndarray
        Runs.

    Returns
    -------
    ndarray of shape (n_entries,)
        Nodes.
    """
    _, node, length, _ = runs
    ends = np.cumsum(length)
    return np.arange(ends[-1]) - np.repeat(ends - length - node, length)


def even_side(spacing: float, reach: float) -> FloatArray:
    """
    Lay out nodes along one side.

    Parameters
    ----------
    spacing : float
        Largest distance of neighbours.
    reach : float
        Where it ends, on both sides of 0.

    Returns
    -------
    ndarray of shape (n_nodes,)
        Nodes.
    """
    half = int(np.ceil(reach / spacing))
    return np.asarray(reach / half * np.arange(-half, half + 1))


def spacings(root: FloatArray, loadings: FloatArray, finer: float = 1.0) -> FloatArray:
    """
    Choose how far apart nodes may lie along each side of a grid of correlated factors.

    The error of an even rule is what the transform of a respondent's posterior leaves at
    multiples of the inverse distances; for a normal one that depends on its covariances.

    Parameters
    ----------
    root : ndarray of shape (n_factors, n_factors)
        Cholesky factor of their correlations.
    loadings : ndarray of shape (n_items, n_factors)
        In residual standard deviations.
    finer : float, default 1
        Divide the distances by this.

    Returns
    -------
    ndarray of shape (n_factors,)
        Distances, by the best that an answer pattern can tell of the factors.
    """
    precision = np.linalg.inv(root @ root.T) + np.diag((loadings**2).sum(axis=0))
    own = np.sqrt(np.diag(precision))
    largest = np.linalg.eigvalsh(precision / np.outer(own, own))[-1]
    return np.asarray(np.maximum(SPACING / own / np.sqrt(largest), _LEAST_SPACING) / finer)


def factor_density(root: FloatArray, sides: tuple[FloatArray, ...]) -> FloatArray:
    """
    Density of correlated factors at all nodes, times the volume of a cell.

    Parameters
    ----------
    root : ndarray of shape (n_factors, n_factors)
        Cholesky factor of the correlations.
    sides : tuple of ndarray
        Nodes of each factor.

    Returns
    -------
    ndarray of shape (n_first, n_rest)
        Nodes of the first factor by those of all others.
    """
    inverse = np.linalg.inv(root)
    axes = np.meshgrid(*sides, indexing="ij", sparse=True)
    square = np.zeros([len(side) for side in sides])
    for row in range(len(sides)):
        square = square + sum(
            (inverse[row, column] * axes[column] for column in range(row + 1)), np.zeros(())
        ) ** 2  # fmt: skip
    volume = float(np.prod([side[1] - side[0] for side in sides]) / np.prod(np.diag(root)))
    constant = volume * (2 * np.pi) ** (-len(sides) / 2)
    density = np.asarray(constant * np.exp(-0.5 * square), dtype=np.float64)
    return density.reshape(len(sides[0]), -1)
