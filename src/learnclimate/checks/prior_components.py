"""The priors of a model one by one, evaluated at posterior draws."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.prediction import level_slices
from learnclimate.counts.prior_choice import ResolvedPriors

FloatArray = npt.NDArray[np.float64]
Draws = Mapping[str, FloatArray]

_JITTER = 1e-12


def prior_components(
    draws: Draws, design: CountDesign, priors: ResolvedPriors
) -> dict[str, FloatArray]:
    """
    Evaluate the log density of every top-level prior at posterior draws.

    The distribution of the team effects is part of the model, and none of these.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (S, ...)
        Posterior variables.
    design : CountDesign
        The respondents; the intercept's prior is at their means of the covariates.
    priors : ResolvedPriors
        A prior for every coordinate.

    Returns
    -------
    dict of str to ndarray of shape (S,)
        By prior, for example ``"frequency[talk]"``; up to a constant.
    """
    found = {"intercept": priors.intercept.log_density(_intercept(draws, design))}
    found |= dict(_of_frequencies(draws, design, priors, ""))
    for place, name in enumerate(design.coding.covariate_labels):
        values = draws["covariate_effects"][:, place]
        found[f"covariates[{name}]"] = priors.covariates[place].log_density(values)
    for place, name in enumerate(design.coding.team_effects):
        found[f"team_sd[{name}]"] = priors.team_sd[place].log_density(draws["team_sd"][:, place])
    found |= _of_context(draws, design, priors)
    for name, prior in (
        ("team_correlation", priors.team_correlation),
        ("department_correlation", priors.department_correlation),
    ):
        if name in draws:
            stable = draws[name] + _JITTER * np.eye(draws[name].shape[1])
            found[name] = (prior.eta - 1) * np.linalg.slogdet(stable)[1]
    for shape in ("dispersion", "concentration"):
        if shape in draws:
            found[shape] = priors.dispersion.log_density(draws[shape])
    if "level_probability" in draws:
        shares = draws["level_probability"]
        found["level_probability"] = priors.level_probability.log_density(shares)
    return found | _of_zero_part(draws, design, priors)


def _intercept(draws: Draws, design: CountDesign) -> FloatArray:
    if not design.coding.covariate_labels:
        return draws["intercept"]
    return np.asarray(draws["intercept"] + draws["covariate_effects"] @ design.covariate_means)


def _of_context(draws: Draws, design: CountDesign, priors: ResolvedPriors) -> dict[str, FloatArray]:
    """Priors of what shifts slopes, of the composition of teams, and of departments."""
    coding = design.coding
    shifts = [shift.label for shift in coding.slope_shifts]
    found: dict[str, FloatArray] = {}
    for variable, name, labels, of_each in (
        ("slope_shifts", "slope_shifts", shifts, priors.slope_shifts),
        ("composition_effects", "composition", coding.frequency_names, priors.composition),
        ("department_sd", "department_sd", coding.department_effects, priors.department_sd),
    ):
        if variable in draws:
            for place, (label, prior) in enumerate(zip(labels, of_each, strict=True)):
                found[f"{name}[{label}]"] = prior.log_density(draws[variable][:, place])
    return found


def _of_zero_part(
    draws: Draws, design: CountDesign, priors: ResolvedPriors
) -> dict[str, FloatArray]:
    coding, zero = design.coding.zero, priors.zero
    if coding is None or zero is None:
        return {}
    centre = draws["zero_intercept"]
    if coding.covariates:
        centre = centre + draws["zero_covariate_effects"] @ design.zero_covariate_means
    found = {"zero_intercept": zero.intercept.log_density(centre)}
    if coding.frequency:
        found |= dict(_of_frequencies(draws, design, priors, "zero_"))
    for place, label in enumerate(coding.covariate_labels):
        values = draws["zero_covariate_effects"][:, place]
        found[f"zero_covariates[{label}]"] = zero.covariates[place].log_density(values)
    if "zero_team_sd" in draws:
        found["zero_team_sd"] = zero.team_sd.log_density(draws["zero_team_sd"])
    return found


def _of_frequencies(
    draws: Draws, design: CountDesign, priors: ResolvedPriors, part: str
) -> Iterator[tuple[str, FloatArray]]:
    """Effects and steps of the frequencies, in the count part or, named so, in the zero part."""
    slices = level_slices(design.coding)
    of_effects = priors.frequency
    if part and priors.zero is not None:
        of_effects = priors.zero.frequency
    for place, frequency in enumerate(design.coding.frequencies):
        effects = draws[f"{part}frequency_effect"][:, [place]]
        if frequency.kind == "unordered":
            effects = draws[f"{part}frequency_curve"][:, slices[place]][:, 1:]
        density = of_effects[place].log_density(effects).sum(axis=1)
        yield f"{part}frequency[{frequency.name}]", density
        if frequency.kind == "monotonic" and frequency.n_steps > 1:
            steps = draws[f"{part}frequency_shape"][:, place, : frequency.n_steps]
            density = priors.frequency_shape[place].log_density(steps)
            yield f"{part}frequency_shape[{frequency.name}]", density
