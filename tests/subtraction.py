"""An attacker who subtracts: what linear arithmetic tells of the cells that were hidden."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import linprog

from learnclimate.disclosure.rule import suppress


def bounds_of_hidden(
    n_cells: int,
    told: Sequence[tuple[Mapping[int, float], float]],
    *,
    lowest: float = 1.0,
    unsure: Sequence[float] = (),
) -> np.ndarray:
    """
    Least and greatest value of each cell, given sums of cells that were told; (n_cells, 2).

    ``unsure`` tells by how much each sum may be off on either side, where it was rounded.
    """
    off = np.zeros(len(told)) if not len(unsure) else np.asarray(unsure, dtype=float)
    matrix = np.zeros((len(told), n_cells))
    values = np.array([value for _, value in told], dtype=float)
    for row, (weights, _) in enumerate(told):
        for cell, weight in weights.items():
            matrix[row, cell] += weight
    rough = off > 0
    found = np.empty((n_cells, 2))
    for cell in range(n_cells):
        for side, sign in enumerate((1.0, -1.0)):
            aim = np.zeros(n_cells)
            aim[cell] = sign
            solved = linprog(
                aim,
                A_ub=np.vstack([matrix[rough], -matrix[rough]]),
                b_ub=np.concatenate([(values + off)[rough], (off - values)[rough]]),
                A_eq=matrix[~rough],
                b_eq=values[~rough],
                bounds=(lowest, None),
            )
            if not solved.success:
                raise ValueError(f"no cells agree with what was told: {solved.message}")
            found[cell, side] = sign * solved.fun
    return found


def hidden_one_by_one(counts, parents, rule, *, order=None):
    """What a rule would hide that forgets that parents make up a whole: too little."""
    sizes, labels = np.asarray(counts), np.asarray(parents)
    places = np.arange(len(sizes)) if order is None else np.asarray(order)
    hidden = np.zeros(len(sizes), dtype=bool)
    for parent in np.unique(labels):
        inside = labels == parent
        hidden[inside] = suppress(sizes[inside], rule, order=places[inside])
    return hidden


def hierarchy_told(sizes, parents, hidden, hidden_parents):
    """Everything that the sizes of groups, parents and the whole tell where some are hidden."""
    told = [(dict.fromkeys(range(len(sizes)), 1.0), float(np.sum(sizes)))]
    told += [({cell: 1.0}, float(sizes[cell])) for cell in np.flatnonzero(~hidden)]
    for parent in np.unique(parents[~hidden_parents]):
        inside = np.flatnonzero(parents == parent)
        told.append((dict.fromkeys(inside.tolist(), 1.0), float(sizes[inside].sum())))
    return told
