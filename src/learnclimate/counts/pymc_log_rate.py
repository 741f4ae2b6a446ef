"""The log rate of a count model in PyMC: its parts, added up for every respondent."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from learnclimate.core import labels
from learnclimate.counts.design import CountDesign
from learnclimate.counts.frequency import equal_steps_curve
from learnclimate.counts.prior_choice import ResolvedPriors
from learnclimate.counts.pymc_composition import composition
from learnclimate.counts.pymc_department_effects import department_effects
from learnclimate.counts.pymc_priors import prior_vector, random_variable
from learnclimate.counts.pymc_team_effects import team_effects

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any


def log_rate(
    design: CountDesign, priors: ResolvedPriors, latent: Mapping[str, Tensor] | None = None
) -> Tensor:
    """
    Add the variables of the log rate to the PyMC model in context.

    Parameters
    ----------
    design : CountDesign
        The data.
    priors : ResolvedPriors
        A prior for every coordinate.
    latent : mapping of str to tensor, optional
        By coordinate of ``covariate``, values that are themselves uncertain, one a respondent;
        they stand in the place of the column of the design, and their mean counts as 0.

    Returns
    -------
    pytensor.tensor.TensorVariable
        Log expected count of every respondent, dim ``respondent``.
    """
    import pymc as pm

    rate = pm.Data("log_exposure", design.log_exposure, dims="respondent")
    uncertain = latent or {}
    centre, covariate_part = _intercept_and_covariates(design, priors, uncertain)
    rate = rate + centre + covariate_part
    means = {labels.INTERCEPT: centre}
    curves: dict[str, Tensor] = {}
    by_level: dict[str, Tensor] = {}
    if design.coding.frequencies:
        level_effects, curves, effects = _frequencies(design, priors)
        means |= effects
        for column, name in enumerate(design.coding.frequency_names):
            level = pm.Data(
                f"level_of_{name}", design.frequency_level[:, column], dims="respondent"
            )
            by_level[name], curves[name] = curves[name], curves[name][level]
            rate = rate + level_effects[name][level]
    if design.coding.slope_shifts:
        rate = rate + _slope_shifts(design, priors, curves, uncertain)
    if not design.coding.varying_effects:
        return rate
    team = pm.Data("team_of_respondent", design.team, dims="respondent")
    if design.coding.department_effects:
        department = pm.Data("department_of_team", design.department_codes, dims=labels.TEAM)
        of_team = department_effects(design, priors, means)[department]
        rate = rate + _varying(of_team[team], design.coding.department_effects, curves)
        # A team's effects depart from its department's level and slopes.
        for column, name in enumerate(design.coding.department_effects):
            means[name] = means[name] + of_team[:, column]
    if design.coding.team_effects:
        effects = team_effects(design, priors, means)[team]
        rate = rate + _varying(effects, design.coding.team_effects, curves)
    if design.coding.composition:
        rate = rate + composition(design, priors, by_level)[team]
    return rate


def shifting_data(label: str) -> str:
    """
    Name what shifts a slope among the data of a PyMC model.

    Parameters
    ----------
    label : str
        Coordinate of dim ``slope_shift``.

    Returns
    -------
    str
        Its name.

    Examples
    --------
    >>> shifting_data("talk:climate")
    'shifting_talk:climate'
    """
    return f"shifting_{label}"


def covariate_data(
    design: CountDesign, known: npt.NDArray[np.bool_] | None = None
) -> dict[str, npt.NDArray[np.float64]]:
    """
    Give what the model holds of the covariates, by name.

    Parameters
    ----------
    design : CountDesign
        The data.
    known : ndarray of shape (n_covariates,), bool, optional
        Which covariates are data; all where left out.

    Returns
    -------
    dict of str to ndarray
        Means, covariates less these, and what shifts slopes; nothing where there are none.
    """
    if not design.coding.covariates:
        return {}
    told = np.ones(len(design.coding.covariate_labels), dtype=bool) if known is None else known
    means = design.covariate_means * told
    found = {"covariate_means": means, "covariates_centred": (design.covariates - means) * told}
    for shift in design.coding.slope_shifts:
        if shift.centre is not None:
            column = design.coding.covariate_labels.index(shift.by)
            found[shifting_data(shift.label)] = design.covariates[:, column] - shift.centre
    return found


def _varying(effects: Tensor, names: tuple[str, ...], curves: dict[str, Tensor]) -> Tensor:
    """Add up the effects of each respondent's group, slopes times their curve."""
    parts = [
        effects[:, column] * (1.0 if name == labels.INTERCEPT else curves[name])
        for column, name in enumerate(names)
    ]
    return sum(parts[1:], start=parts[0])


def _slope_shifts(
    design: CountDesign,
    priors: ResolvedPriors,
    curves: dict[str, Tensor],
    latent: Mapping[str, Tensor],
) -> Tensor:
    """Add up the products of curves with what shifts their slopes."""
    import pymc as pm

    effects = prior_vector("slope_shifts", priors.slope_shifts, labels.SLOPE_SHIFT)
    found: Tensor = 0.0
    for column, shift in enumerate(design.coding.slope_shifts):
        if shift.centre is None:
            by = curves[shift.by]
        elif shift.by in latent:
            by = latent[shift.by]
        else:
            key = shifting_data(shift.label)
            by = pm.Data(key, covariate_data(design)[key], dims="respondent")
        found = found + effects[column] * curves[shift.frequency] * by
    return found


def _intercept_and_covariates(
    design: CountDesign, priors: ResolvedPriors, latent: Mapping[str, Tensor]
) -> tuple[Tensor, Tensor]:
    """Intercept at the covariates' means, and the centred covariates times their effects."""
    import pymc as pm

    centre = random_variable("intercept_at_means", priors.intercept)
    if not design.coding.covariates:
        pm.Deterministic("intercept", centre)
        return centre, 0.0
    effects = prior_vector("covariate_effects", priors.covariates, labels.COVARIATE)
    known = np.array([label not in latent for label in design.coding.covariate_labels])
    data = covariate_data(design, known)
    means = pm.Data("covariate_means", data["covariate_means"], dims=labels.COVARIATE)
    pm.Deterministic("intercept", centre - pm.math.dot(means, effects))
    centred = pm.Data(
        "covariates_centred", data["covariates_centred"], dims=("respondent", labels.COVARIATE)
    )
    found = pm.math.dot(centred, effects)
    for place, label in enumerate(design.coding.covariate_labels):
        if label in latent:
            found = found + effects[place] * latent[label]
    return centre, found


def _frequencies(
    design: CountDesign, priors: ResolvedPriors
) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Tensor]]:
    """Level effects, 0-to-1 curves and highest-against-lowest effects, by frequency."""
    import pymc as pm
    import pytensor.tensor as pt

    level_effects: dict[str, Tensor] = {}
    curves: dict[str, Tensor] = {}
    effects: dict[str, Tensor] = {}
    shapes: list[Tensor] = []
    most = max(frequency.n_steps for frequency in design.coding.frequencies)
    for position, frequency in enumerate(design.coding.frequencies):
        steps: Tensor = np.full(frequency.n_steps, 1 / frequency.n_steps)
        curve: Tensor = equal_steps_curve(len(frequency.levels))
        if frequency.kind == "monotonic" and frequency.n_steps > 1:
            concentration = np.full(
                frequency.n_steps, priors.frequency_shape[position].concentration
            )
            steps = pm.Dirichlet(f"steps_of_{frequency.name}", concentration)
            curve = pt.concatenate([[0.0], pt.cumsum(steps)])
        name = f"effect_of_{frequency.name}"
        prior = priors.frequency[position]
        if frequency.kind == "unordered":
            above = random_variable(f"levels_of_{frequency.name}", prior, shape=frequency.n_steps)
            levels = pt.concatenate([[0.0], above])
        else:
            levels = random_variable(name, prior) * curve
        level_effects[frequency.name] = levels
        curves[frequency.name] = pt.as_tensor_variable(curve)
        effects[frequency.name] = levels[-1]
        padding = np.zeros(most - frequency.n_steps)
        shapes.append(pt.concatenate([pt.as_tensor_variable(steps), padding]))
    pm.Deterministic("frequency_effect", pt.stack(list(effects.values())), dims=labels.FREQUENCY)
    if any(frequency.kind == "monotonic" for frequency in design.coding.frequencies):
        dims = (labels.FREQUENCY, labels.FREQUENCY_STEP)
        pm.Deterministic("frequency_shape", pt.stack(shapes), dims=dims)
    whole = pt.concatenate(list(level_effects.values()))
    pm.Deterministic("frequency_curve", whole, dims=labels.FREQUENCY_LEVEL)
    return level_effects, curves, effects
