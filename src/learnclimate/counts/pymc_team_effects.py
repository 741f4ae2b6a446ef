"""Correlated team effects in PyMC, partly centred."""

from typing import Any

from learnclimate.core import labels
from learnclimate.counts.centring import centring_weights
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.counts.pymc_correlation import correlation_factor
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
        What each team effect is a deviation from, by coordinate: one value, or one a team.

    Returns
    -------
    pytensor.tensor.TensorVariable
        Dims ``team, team_effect``.
    """
    import pymc as pm
    import pytensor.tensor as pt

    names = design.coding.team_effects
    sd = prior_vector("team_sd", priors.team_sd, labels.TEAM_EFFECT, positive=True)
    factor = correlation_factor("team", len(names), priors.team_correlation.eta)
    weights = centring_weights(design)
    centres = [pt.zeros(design.n_teams) + means[name] for name in names]
    location = weights * pt.stack(centres, axis=1)
    scale = sd**weights
    dims = (labels.TEAM, labels.TEAM_EFFECT)
    raw = pm.Normal("team_effects_partly_centred", location, scale, dims=dims)
    standard = (raw - location) / scale
    return pm.Deterministic("team_effects", pt.dot(standard, factor.T) * sd, dims=dims)
