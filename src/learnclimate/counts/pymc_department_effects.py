"""Correlated department effects in PyMC, partly centred."""

from typing import Any

from learnclimate.core import labels
from learnclimate.counts.centring import department_centring_weights
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.counts.pymc_correlation import correlation_factor
from learnclimate.counts.pymc_priors import prior_vector

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any


def department_effects(
    design: CountDesign, priors: ResolvedPriors, means: dict[str, Tensor]
) -> Tensor:
    """
    Add department effects in a partially centred parametrisation to the PyMC model in context.

    Departments are few, each with many answers: not centred, their effects trade off against the
    intercept, and chains mix slowly.

    Parameters
    ----------
    design : CountDesign
        The data.
    priors : ResolvedPriors
        A prior for every coordinate.
    means : dict of str to tensor
        What each department effect is a deviation from, by coordinate.

    Returns
    -------
    pytensor.tensor.TensorVariable
        Dims ``department, department_effect``.
    """
    import pymc as pm
    import pytensor.tensor as pt

    names = design.coding.department_effects
    sd = prior_vector(
        "department_sd", priors.department_sd, labels.DEPARTMENT_EFFECT, positive=True
    )
    factor = correlation_factor("department", len(names), priors.department_correlation.eta)
    weights = department_centring_weights(design)
    location = weights * pt.stack([means[name] for name in names])
    scale = sd**weights
    dims = (labels.DEPARTMENT, labels.DEPARTMENT_EFFECT)
    raw = pm.Normal("department_effects_partly_centred", location, scale, dims=dims)
    standard = (raw - location) / scale
    return pm.Deterministic("department_effects", pt.dot(standard, factor.T) * sd, dims=dims)
