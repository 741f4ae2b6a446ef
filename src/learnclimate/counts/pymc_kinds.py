"""Build the PyMC model of several kinds: a plain `pm.Model` with named dims."""

from typing import TYPE_CHECKING, Any

import numpy as np

from learnclimate.core import labels
from learnclimate.core.kind_labels import (
    KIND,
    KIND_OTHER,
    KIND_TEAM_EFFECT,
    KIND_TEAM_EFFECT_OTHER,
)
from learnclimate.counts.coding import FrequencyCoding
from learnclimate.counts.frequency import equal_steps_curve
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.counts.kinds_priors import KindsPriors
from learnclimate.counts.kinds_working import (
    COUNTS,
    RESPONDENT_EFFECTS,
    TEAM_EFFECTS,
    TEAM_WEIGHTS,
    WORKING_LOG_RATE,
    WORKING_WEIGHT,
    kinds_data,
)
from learnclimate.counts.priors import LKJ, Exponential
from learnclimate.counts.pymc_model import check_indices
from learnclimate.counts.pymc_pooling import (
    PooledValues,
    correlation_factor_of,
    standard_deviations,
    values_by_kind,
)
from learnclimate.counts.pymc_whitening import whitened_effects

if TYPE_CHECKING:
    import pymc as pm

    from learnclimate.counts.kinds_model import KindsModel

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any
Data = dict[str, Tensor]


def build_kinds(model: "KindsModel", design: KindsDesign, priors: KindsPriors) -> "pm.Model":
    """
    Build the PyMC model of design arrays.

    Parameters
    ----------
    model : KindsModel
        The declaration.
    design : KindsDesign
        The data.
    priors : KindsPriors
        A prior for every parameter.

    Returns
    -------
    pymc.Model
        Dims ``respondent, kind, team, team_effect, frequency, frequency_step,
        frequency_level, covariate``; the posterior variables under the names of the package;
        the observed variable ``outcome``, one element an answer.
    """
    import pymc as pm

    check_indices(design.people)
    with pm.Model(coords=_coords(design)) as built:
        data = {name: pm.Data(name, value) for name, value in kinds_data(model, design).items()}
        log_rate, curves = _population_part(model, design, priors, data)
        if design.people.coding.team_effects:
            log_rate = log_rate + _team_part(design, priors, data, log_rate, curves)
        log_rate = log_rate + _respondent_part(design, priors, data, log_rate)
        rows, columns = np.nonzero(design.answered)
        # As data, so that the compiled model takes other counts of the same respondents.
        pm.Poisson("outcome", pm.math.exp(log_rate[rows, columns]), observed=data[COUNTS])
    return built


def _coords(design: KindsDesign) -> dict[str, Any]:
    coding, kinds = design.people.coding, list(design.kinds)
    coords: dict[str, Any] = {"respondent": np.arange(design.people.n_rows), KIND: kinds}
    coords[KIND_OTHER] = kinds
    if coding.covariates:
        coords[labels.COVARIATE] = list(coding.covariate_labels)
    coords[labels.FREQUENCY] = list(coding.frequency_names)
    most = max(frequency.n_steps for frequency in coding.frequencies)
    coords[labels.FREQUENCY_STEP] = list(range(1, most + 1))
    coords[labels.FREQUENCY_LEVEL] = [
        labels.level_label(frequency.name, level)
        for frequency in coding.frequencies
        for level in frequency.levels
    ]
    if coding.team_effects:
        pairs = kind_team_effects(design.kinds, coding.team_effects)
        coords[labels.TEAM] = [str(team) for team in design.people.teams]
        coords[labels.TEAM_EFFECT] = list(coding.team_effects)
        coords[KIND_TEAM_EFFECT] = coords[KIND_TEAM_EFFECT_OTHER] = list(pairs)
    return coords


def kind_team_effects(kinds: tuple[str, ...], effects: tuple[str, ...]) -> tuple[str, ...]:
    """
    Name the team effects on all kinds.

    Parameters
    ----------
    kinds, effects : tuple of str
        The kinds and what varies over teams.

    Returns
    -------
    tuple of str
        Kinds in order, the effects of each.

    Examples
    --------
    >>> kind_team_effects(("training", "passed_on"), ("intercept",))
    ('training: intercept', 'passed_on: intercept')
    """
    return tuple(f"{kind}: {effect}" for kind in kinds for effect in effects)


def _population_part(
    model: "KindsModel", design: KindsDesign, priors: KindsPriors, data: Data
) -> tuple[Tensor, dict[str, Tensor]]:
    """Log rate of every respondent and kind in an average team, and curves at their levels."""
    import pymc as pm

    people = design.people
    size = (design.n_kinds, 1)
    found = values_by_kind("intercepts", priors.intercept, priors.intercept_sd, data, size)
    _name_common("intercept", found, (), 0)
    at_means = found.values[:, 0]
    log_rate = pm.Data("log_exposure", people.log_exposure, dims="respondent")[:, None] + at_means
    if people.coding.covariates:
        standard, effects = _covariates(design, priors, data)
        scale, means = people.covariate_sds, people.covariate_means
        log_rate = log_rate + pm.math.dot(standard, (effects * scale).T)
        at_means = at_means - pm.math.dot(effects, means)
    pm.Deterministic("intercept", at_means, dims=KIND)
    curves = _frequencies(model, design, priors, data)
    for column, name in enumerate(people.coding.frequency_names):
        level = pm.Data(f"level_of_{name}", people.frequency_level[:, column], dims="respondent")
        slope, curve = curves[name]
        curves[name] = curve[:, level].T
        log_rate = log_rate + slope * curves[name]
    return log_rate, curves


def _covariates(design: KindsDesign, priors: KindsPriors, data: Data) -> tuple[Tensor, Tensor]:
    """Standardised covariates, and effects per unit as given, (n_kinds, n_covariate_labels)."""
    import pymc as pm

    people = design.people
    scale = people.covariate_sds
    # Standardised, so that one prior of how kinds differ fits every covariate.
    standard = pm.Data(
        "covariates_standardised", (people.covariates - people.covariate_means) / scale
    )
    size = (design.n_kinds, len(scale))
    found = values_by_kind("covariates", priors.covariates, priors.covariates_sd, data, size)
    in_units = PooledValues(
        found.values / scale,
        None if found.common is None else found.common / scale,
        None if found.spread is None else found.spread / scale,
    )
    _name_common("covariate_effects", in_units, (labels.COVARIATE,), slice(None))
    effects = pm.Deterministic("covariate_effects", in_units.values, dims=(KIND, labels.COVARIATE))
    return standard, effects


def _name_common(name: str, found: PooledValues, dims: tuple[str, ...], which: int | slice) -> None:
    import pymc as pm

    if found.common is not None and found.spread is not None:
        pm.Deterministic(f"common_{name}", found.common[which], dims=dims or None)
        pm.Deterministic(f"{name}_sd", found.spread[which], dims=dims or None)


def _frequencies(
    model: "KindsModel", design: KindsDesign, priors: KindsPriors, data: Data
) -> dict[str, tuple[Tensor, Tensor]]:
    """Give the slope (n_kinds,) and the curve (n_kinds, n_levels) of each frequency."""
    import pymc as pm
    import pytensor.tensor as pt

    frequencies = design.people.coding.frequencies
    size = (design.n_kinds, len(frequencies))
    slopes = values_by_kind("frequencies", priors.frequency, priors.frequency_sd, data, size)
    _name_common("frequency_effect", slopes, (labels.FREQUENCY,), slice(None))
    pm.Deterministic("frequency_effect", slopes.values, dims=(KIND, labels.FREQUENCY))
    steps = [_steps(design, priors, frequency) for frequency in frequencies]
    if model.frequency.name == "monotonic":
        _name_shapes(steps)
    found = {}
    for position, (frequency, own) in enumerate(zip(frequencies, steps, strict=True)):
        start = pt.zeros((design.n_kinds, 1))
        curve = pt.concatenate([start, pt.cumsum(own.values, axis=1)], axis=1)
        found[frequency.name] = (slopes.values[:, position], curve)
    whole = pt.concatenate([slope[:, None] * curve for slope, curve in found.values()], axis=1)
    pm.Deterministic("frequency_curve", whole, dims=(KIND, labels.FREQUENCY_LEVEL))
    return found


def _steps(design: KindsDesign, priors: KindsPriors, frequency: FrequencyCoding) -> PooledValues:
    """Add steps of every kind, (n_kinds, n_steps), the common ones, and how far kinds differ."""
    import pymc as pm
    import pytensor.tensor as pt

    name, size = frequency.name, frequency.n_steps
    if frequency.kind != "monotonic" or size == 1:
        even = np.tile(np.diff(equal_steps_curve(size + 1)), (design.n_kinds, 1))
        fixed = pt.as_tensor_variable(even)
        return PooledValues(fixed, fixed[0], pt.as_tensor_variable(np.float64(0.0)))
    shape = priors.frequency_shape
    concentration = np.full(size, 1.0 if shape is None else shape.concentration)
    if priors.frequency_shape_sd is None:
        every = np.tile(concentration, (design.n_kinds, 1))
        return PooledValues(pm.Dirichlet(f"steps_of_{name}", every), None, None)
    common = pm.Dirichlet(f"common_steps_of_{name}", concentration)
    spread = standard_deviations(f"steps_spread_of_{name}", priors.frequency_shape_sd, ())
    apart = pm.Normal(f"steps_apart_of_{name}", 0.0, 1.0, shape=(design.n_kinds, size))
    steps = pm.math.softmax(pt.log(common) + spread * apart, axis=1)
    return PooledValues(steps, common, spread)


def _name_shapes(steps: list[PooledValues]) -> None:
    import pymc as pm
    import pytensor.tensor as pt

    most = max(own.values.type.shape[1] for own in steps)
    dims = (labels.FREQUENCY, labels.FREQUENCY_STEP)

    def padded(values: Tensor, size: int) -> Tensor:
        wanting = [(0, 0)] * (values.ndim - 1) + [(0, most - size)]
        return values if size == most else pt.pad(values, wanting)

    sizes = [own.values.type.shape[1] for own in steps]
    shapes = [padded(own.values, size) for own, size in zip(steps, sizes, strict=True)]
    pm.Deterministic("frequency_shape", pt.stack(shapes, axis=1), dims=(KIND, *dims))
    if all(own.common is not None for own in steps):
        common = [padded(own.common, size) for own, size in zip(steps, sizes, strict=True)]
        pm.Deterministic("common_frequency_shape", pt.stack(common), dims=dims)
        spreads = pt.stack([own.spread for own in steps])
        pm.Deterministic("frequency_shape_sd", spreads, dims=labels.FREQUENCY)


def _team_part(
    design: KindsDesign,
    priors: KindsPriors,
    data: Data,
    log_rate: Tensor,
    curves: dict[str, Tensor],
) -> Tensor:
    """Effects of every respondent's team, (n_respondents, n_kinds)."""
    import pymc as pm
    import pytensor.tensor as pt

    people, n_kinds = design.people, design.n_kinds
    effects = people.coding.team_effects
    both = (KIND, labels.TEAM_EFFECT)
    prior = priors.team_sd or Exponential(2.0)
    sd = standard_deviations("team_sds", prior, (n_kinds, len(effects)))
    pm.Deterministic("team_sd", sd, dims=both)
    size = n_kinds * len(effects)
    correlation = correlation_factor_of("team", size, _eta(priors.team_correlation))
    pm.Deterministic(
        "team_correlation",
        pt.dot(correlation, correlation.T),
        dims=(KIND_TEAM_EFFECT, KIND_TEAM_EFFECT_OTHER),
    )
    factor = sd.reshape((size, 1)) * correlation
    team = pm.Data("team_of_respondent", people.team, dims="respondent")
    # By how much the counts of members lie off the average team, added up over each team.
    off = (data[TEAM_WEIGHTS] * (data[WORKING_LOG_RATE] - log_rate)[:, None, :]).sum(axis=2)
    shape = (people.n_teams, size)
    pull = pt.zeros(shape)[team].inc(off)
    standard = whitened_effects(TEAM_EFFECTS, factor, data, pull, shape)
    shaped = pt.dot(standard, factor.T).reshape((people.n_teams, n_kinds, len(effects)))
    own = pm.Deterministic("team_effects", shaped, dims=(labels.TEAM, *both))
    of_respondent = own[team]
    parts = [
        of_respondent[:, :, column] * (1.0 if name == labels.INTERCEPT else curves[name])
        for column, name in enumerate(effects)
    ]
    return sum(parts[1:], start=parts[0])


def _respondent_part(
    design: KindsDesign, priors: KindsPriors, data: Data, log_rate: Tensor
) -> Tensor:
    """Effects of every respondent, (n_respondents, n_kinds)."""
    import pymc as pm
    import pytensor.tensor as pt

    prior = priors.respondent_sd or Exponential(1.0)
    sd = standard_deviations("respondent_sds", prior, (design.n_kinds,))
    pm.Deterministic("respondent_sd", sd, dims=KIND)
    eta = _eta(priors.respondent_correlation)
    correlation = correlation_factor_of("respondent", design.n_kinds, eta)
    pm.Deterministic(
        "respondent_correlation", pt.dot(correlation, correlation.T), dims=(KIND, KIND_OTHER)
    )
    factor = sd[:, None] * correlation
    pull = data[WORKING_WEIGHT] * (data[WORKING_LOG_RATE] - log_rate)
    shape = (design.people.n_rows, design.n_kinds)
    standard = whitened_effects(RESPONDENT_EFFECTS, factor, data, pull, shape)
    return pt.dot(standard, factor.T)


def _eta(prior: LKJ | None) -> float:
    return 2.0 if prior is None else prior.eta
