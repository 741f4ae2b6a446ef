"""The likelihood of a count model in PyMC: how the counts scatter about their expectation."""

from typing import Any

from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.counts.pymc_priors import random_variable

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any


def observed_counts(
    family: Family, design: CountDesign, priors: ResolvedPriors, log_rate: Tensor
) -> None:
    """
    Add the observed counts to the PyMC model in context, weighted where rows are cells.

    Parameters
    ----------
    family : Family
        Distribution of the counts.
    design : CountDesign
        The data.
    priors : ResolvedPriors
        A prior for every coordinate.
    log_rate : tensor
        Log expected count of every respondent.
    """
    import pymc as pm

    expected = pm.math.exp(log_rate)
    parameters = [expected]
    distribution: Any = pm.Poisson
    if family.has_dispersion:
        parameters.append(random_variable("dispersion", priors.dispersion, positive=True))
        distribution = pm.NegativeBinomial
    counts = pm.Data("counts", design.outcome, dims="respondent")
    if (design.multiplicity == 1).all():
        distribution("outcome", *parameters, observed=counts, dims="respondent")
        return
    times = pm.Data("multiplicity", design.multiplicity, dims="respondent")

    def logp(value: Tensor, *values: Tensor) -> Tensor:
        return times * pm.logp(distribution.dist(*values), value)

    def unweighted(*values: Tensor) -> Tensor:
        *inner, size = values
        return distribution.dist(*inner, size=size)

    pm.CustomDist(
        "outcome", *parameters, dist=unweighted, logp=logp, observed=counts, dims="respondent"
    )
