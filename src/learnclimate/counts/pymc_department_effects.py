"""Correlated department effects in PyMC, not centred: departments are few."""

from typing import Any

from learnclimate.core import labels
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.counts.pymc_correlation import correlation_factor
from learnclimate.counts.pymc_priors import prior_vector

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any


def department_effects(design: CountDesign, priors: ResolvedPriors) -> Tensor:
    """
    Add department effects to the PyMC model in context.

    Parameters
    ----------
    design : CountDesign
        The data.
    priors : ResolvedPriors
        A prior for every coordinate.

    Returns
    -------
    pytensor.tensor.TensorVariable
        Dims ``department, department_effect``.
    """
    import pymc as pm
    import pytensor.tensor as pt

    n_effects = len(design.coding.department_effects)
    sd = prior_vector(
        "department_sd", priors.department_sd, labels.DEPARTMENT_EFFECT, positive=True
    )
    factor = correlation_factor("department", n_effects, priors.department_correlation.eta)
    dims = (labels.DEPARTMENT, labels.DEPARTMENT_EFFECT)
    standard = pm.Normal("department_effects_standard", dims=dims)
    return pm.Deterministic("department_effects", pt.dot(standard, factor.T) * sd, dims=dims)
