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
    found |= dict(_of_frequencies(draws, design, priors))
    for place, name in enumerate(design.coding.covariate_labels):
        values = draws["covariate_effects"][:, place]
        found[f"covariates[{name}]"] = priors.covariates[place].log_density(values)
    for place, name in enumerate(design.coding.team_effects):
        found[f"team_sd[{name}]"] = priors.team_sd[place].log_density(draws["team_sd"][:, place])
    if "team_correlation" in draws:
        matrices = draws["team_correlation"]
        stable = matrices + _JITTER * np.eye(matrices.shape[1])
        log_determinant = np.linalg.slogdet(stable)[1]
        found["team_correlation"] = (priors.team_correlation.eta - 1) * log_determinant
    if "dispersion" in draws:
        found["dispersion"] = priors.dispersion.log_density(draws["dispersion"])
    return found


def _intercept(draws: Draws, design: CountDesign) -> FloatArray:
    if not design.coding.covariate_labels:
        return draws["intercept"]
    return np.asarray(draws["intercept"] + draws["covariate_effects"] @ design.covariate_means)


def _of_frequencies(
    draws: Draws, design: CountDesign, priors: ResolvedPriors
) -> Iterator[tuple[str, FloatArray]]:
    slices = level_slices(design.coding)
    for place, frequency in enumerate(design.coding.frequencies):
        effects = draws["frequency_effect"][:, [place]]
        if frequency.kind == "unordered":
            effects = draws["frequency_curve"][:, slices[place]][:, 1:]
        density = priors.frequency[place].log_density(effects).sum(axis=1)
        yield f"frequency[{frequency.name}]", density
        if frequency.kind == "monotonic" and frequency.n_steps > 1:
            steps = draws["frequency_shape"][:, place, : frequency.n_steps]
            density = priors.frequency_shape[place].log_density(steps)
            yield f"frequency_shape[{frequency.name}]", density
