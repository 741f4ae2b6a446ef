"""Correlated team effects in PyMC, partly centred."""

from typing import Any

import numpy as np

from learnclimate.core import labels
from learnclimate.counts.centring import centring_weights
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.counts.pymc_priors import prior_vector

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any


def team_effects(design: CountDesign, priors: ResolvedPriors, means: dict[str, Tensor]) -> Tensor:
    """
    Add team effects in a partially centred parametrisation to the PyMC model in context.

    Parameters
    ----------
    design : CountDesign
        The data.
    priors : ResolvedPriors
        A prior for every coordinate.
    means : dict of str to tensor
        What each team effect is a deviation from, by coordinate.

    Returns
    -------
    pytensor.tensor.TensorVariable
        Dims ``team, team_effect``.
    """
    import pymc as pm
    import pytensor.tensor as pt

    names = design.coding.team_effects
    sd = prior_vector("team_sd", priors.team_sd, labels.TEAM_EFFECT, positive=True)
    factor = _correlation_factor(len(names), priors.team_correlation.eta)
    weights = centring_weights(design)
    location = weights * pt.stack([means[name] for name in names])
    scale = sd**weights
    dims = (labels.TEAM, labels.TEAM_EFFECT)
    raw = pm.Normal("team_effects_partly_centred", location, scale, dims=dims)
    standard = (raw - location) / scale
    return pm.Deterministic("team_effects", pt.dot(standard, factor.T) * sd, dims=dims)


def _correlation_factor(size: int, eta: float) -> Tensor:
    """
    Cholesky factor of an LKJ correlation matrix, by canonical partial correlations.

    The partial correlations of column j have independent priors, twice a
    Beta(b, b) less 1 with ``b = eta + (size - 2 - j) / 2`` (Lewandowski, Kurowicka and
    Joe 2009, doi 10.1016/j.jmva.2009.04.008).
    """
    import pymc as pm
    import pytensor.tensor as pt

    if size == 1:
        return pt.as_tensor_variable(np.ones((1, 1)))
    rows, columns = np.tril_indices(size, -1)
    shape = eta + (size - 2 - columns) / 2
    partial = 2 * pm.Beta("team_partial_correlation_unit", shape, shape) - 1
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
    dims = (labels.TEAM_EFFECT, labels.TEAM_EFFECT_OTHER)
    pm.Deterministic("team_correlation", pt.dot(factor, factor.T), dims=dims)
    return factor
