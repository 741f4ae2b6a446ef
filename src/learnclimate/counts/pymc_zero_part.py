"""The zero part of a count model in PyMC: the log odds of a zero, added up for every respondent."""

from typing import Any

import numpy as np

from learnclimate.core import labels
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.frequency import equal_steps_curve
from learnclimate.counts.prior_choice import ResolvedPriors, ZeroPriors
from learnclimate.counts.pymc_priors import prior_vector, random_variable

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any


def zero_log_odds(design: CountDesign, priors: ResolvedPriors) -> Tensor:
    """
    Add the variables of the zero part to the PyMC model in context.

    Parameters
    ----------
    design : CountDesign
        The data, of a family that has a zero part.
    priors : ResolvedPriors
        A prior for every coordinate.

    Returns
    -------
    pytensor.tensor.TensorVariable
        Log odds of a zero of the zero part, dim ``respondent``.
    """
    import pymc as pm

    coding, zero = design.coding.zero, priors.zero
    if coding is None or zero is None:
        raise TypeError("The family has no zero part.")
    centre = random_variable("zero_intercept_at_means", zero.intercept)
    pm.Deterministic("zero_probability", pm.math.sigmoid(centre))
    log_odds = pm.math.zeros_like(pm.modelcontext(None)["log_exposure"]) + centre
    if coding.covariates:
        effects = prior_vector("zero_covariate_effects", zero.covariates, labels.ZERO_COVARIATE)
        means = design.zero_covariate_means
        pm.Deterministic("zero_intercept", centre - pm.math.dot(means, effects))
        centred = pm.Data(
            "zero_covariates_centred",
            np.asarray(design.asked.zero_covariates) - means,
            dims=("respondent", labels.ZERO_COVARIATE),
        )
        log_odds = log_odds + pm.math.dot(centred, effects)
    else:
        pm.Deterministic("zero_intercept", centre)
    if coding.frequency:
        for name, levels in _frequencies(design, priors, zero).items():
            log_odds = log_odds + levels[pm.modelcontext(None)[f"level_of_{name}"]]
    if coding.team_intercept:
        log_odds = log_odds + _team_intercepts(design, zero)
    return log_odds


def _frequencies(
    design: CountDesign, priors: ResolvedPriors, zero: ZeroPriors
) -> dict[str, Tensor]:
    """Log odds ratio of every level against the lowest, by frequency."""
    import pymc as pm
    import pytensor.tensor as pt

    frequencies = design.coding.frequencies
    most = max(frequency.n_steps for frequency in frequencies)
    levels: dict[str, Tensor] = {}
    shapes: list[Tensor] = []
    for position, frequency in enumerate(frequencies):
        concentration = priors.frequency_shape[position].concentration
        steps = _steps(frequency, concentration)
        prior = zero.frequency[position]
        if frequency.kind == "unordered":
            above = random_variable(
                f"zero_levels_of_{frequency.name}", prior, shape=frequency.n_steps
            )
            levels[frequency.name] = pt.concatenate([[0.0], above])
        else:
            curve: Tensor = equal_steps_curve(len(frequency.levels))
            if frequency.kind == "monotonic":
                curve = pt.concatenate([[0.0], pt.cumsum(steps)])
            effect = random_variable(f"zero_effect_of_{frequency.name}", prior)
            levels[frequency.name] = effect * curve
        padding = np.zeros(most - frequency.n_steps)
        shapes.append(pt.concatenate([pt.as_tensor_variable(steps), padding]))
    whole = list(levels.values())
    pm.Deterministic(
        "zero_frequency_effect", pt.stack([part[-1] for part in whole]), dims=labels.FREQUENCY
    )
    if any(frequency.kind == "monotonic" for frequency in frequencies):
        dims = (labels.FREQUENCY, labels.FREQUENCY_STEP)
        pm.Deterministic("zero_frequency_shape", pt.stack(shapes), dims=dims)
    pm.Deterministic("zero_frequency_curve", pt.concatenate(whole), dims=labels.FREQUENCY_LEVEL)
    return levels


def _steps(frequency: FrequencyCoding, concentration: float) -> Tensor:
    import pymc as pm

    if frequency.kind != "monotonic" or frequency.n_steps == 1:
        return np.full(frequency.n_steps, 1 / frequency.n_steps)
    return pm.Dirichlet(
        f"zero_steps_of_{frequency.name}", np.full(frequency.n_steps, concentration)
    )


def _team_intercepts(design: CountDesign, zero: ZeroPriors) -> Tensor:
    """Effects of the teams on the log odds, not centred: one zero a respondent tells little."""
    import pymc as pm

    sd = random_variable("zero_team_sd", zero.team_sd, positive=True)
    standard = pm.Normal("zero_team_effects_standard", 0.0, 1.0, dims=labels.TEAM)
    effects = pm.Deterministic("zero_team_effects", standard * sd, dims=labels.TEAM)
    context = pm.modelcontext(None)
    if "team_of_respondent" in context.named_vars:
        return effects[context["team_of_respondent"]]
    return effects[pm.Data("team_of_respondent", design.team, dims="respondent")]
