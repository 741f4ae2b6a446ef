"""Build the PyMC model of a count model: a plain `pm.Model` with named dims."""

from typing import TYPE_CHECKING, Any

import numpy as np

from learnclimate.core import labels
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.counts.centring import centring_weights
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import Family
from learnclimate.counts.frequency import equal_steps_curve
from learnclimate.counts.prior_choice import ResolvedPriors, resolve_priors
from learnclimate.counts.pymc_priors import prior_vector, random_variable
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    import pymc as pm

    from learnclimate.counts.model import CountModel

#: A PyTensor expression; PyTensor has no types to name here.
Tensor = Any


def build_model(model: "CountModel", survey: Survey) -> "pm.Model":
    """
    Build the PyMC model of a survey, yours to extend.

    Parameters
    ----------
    model : CountModel
        The declaration.
    survey : Survey
        Validated answers.

    Returns
    -------
    pymc.Model
        Dims ``respondent, team, team_effect, frequency, frequency_step,
        frequency_level, covariate``; data containers for every array; the posterior
        variables under the names of the package, as random variables or
        deterministics; the observed variable ``outcome``.

    Raises
    ------
    ModelError
        If the survey lacks what the model declares.

    References
    ----------
    Papaspiliopoulos, Roberts and Sköld (2007), doi 10.1214/088342307000000014 (centring).
    Abril-Pla and others (2023), doi 10.7717/peerj-cs.1516 (PyMC).

    Examples
    --------
    >>> import learnclimate as lc
    >>> pymc_model = lc.build_model(lc.CountModel(), lc.simulate_survey(n_teams=8, seed=1))
    >>> "frequency_effect" in pymc_model.named_vars
    True
    """
    from learnclimate.counts.model import CountModel

    if not isinstance(model, CountModel):
        raise ArgumentTypeError(
            f"build_model(model={model!r}): give a declared model, as CountModel()."
        )
    design = model.design(survey)
    return build_from_design(model, design, resolve_priors(model.priors, design))


def build_from_design(
    model: "CountModel", design: CountDesign, priors: ResolvedPriors
) -> "pm.Model":
    """
    Build the PyMC model of design arrays.

    Parameters
    ----------
    model : CountModel
        The declaration.
    design : CountDesign
        The data; rows may be cells with a multiplicity.
    priors : ResolvedPriors
        A prior for every coordinate.

    Returns
    -------
    pymc.Model
        As `build_model`.
    """
    import pymc as pm

    _check_indices(design)
    with pm.Model(coords=model_coords(design)) as built:
        log_rate = pm.Data("log_exposure", design.log_exposure, dims="respondent")
        centre, covariate_part = _intercept_and_covariates(design, priors)
        log_rate = log_rate + centre + covariate_part
        means = {labels.INTERCEPT: centre}
        curves: dict[str, Tensor] = {}
        if design.coding.frequencies:
            level_effects, curves, effects = _frequencies(design, priors)
            means |= effects
            for column, name in enumerate(design.coding.frequency_names):
                level = pm.Data(
                    f"level_of_{name}", design.frequency_level[:, column], dims="respondent"
                )
                curves[name] = curves[name][level]
                log_rate = log_rate + level_effects[name][level]
        if design.coding.team_effects:
            team = pm.Data("team_of_respondent", design.team, dims="respondent")
            effects_of_team = _team_effects(design, priors, means)[team]
            for column, name in enumerate(design.coding.team_effects):
                scale = 1.0 if name == labels.INTERCEPT else curves[name]
                log_rate = log_rate + effects_of_team[:, column] * scale
        _outcome(model.family, design, priors, log_rate)
    return built


def model_coords(design: CountDesign) -> dict[str, Any]:
    """
    Coordinates of every dim of a model.

    Parameters
    ----------
    design : CountDesign
        The data.

    Returns
    -------
    dict of str to sequence
        Dims that the model lacks are left out.
    """
    coding = design.coding
    coords: dict[str, Any] = {"respondent": np.arange(design.n_rows)}
    if coding.covariates:
        coords[labels.COVARIATE] = list(coding.covariate_labels)
    if coding.frequencies:
        coords[labels.FREQUENCY] = list(coding.frequency_names)
        most = max(frequency.n_steps for frequency in coding.frequencies)
        coords[labels.FREQUENCY_STEP] = list(range(1, most + 1))
        coords[labels.FREQUENCY_LEVEL] = [
            labels.level_label(frequency.name, level)
            for frequency in coding.frequencies
            for level in frequency.levels
        ]
    if coding.team_effects:
        coords[labels.TEAM] = [str(team) for team in design.teams]
        coords[labels.TEAM_EFFECT] = list(coding.team_effects)
        coords[labels.TEAM_EFFECT_OTHER] = list(coding.team_effects)
    return coords


def _check_indices(design: CountDesign) -> None:
    """Refuse an index out of range: PyTensor's numba backend would read stray memory."""
    sizes = [len(frequency.levels) for frequency in design.coding.frequencies]
    columns = [(design.team, design.n_teams)]
    columns += [(design.frequency_level[:, i], size) for i, size in enumerate(sizes)]
    for codes, size in columns:
        if len(codes) and (codes.min() < 0 or codes.max() >= size):
            raise IndexError(f"An index of the design lies outside 0..{size - 1}.")


def _intercept_and_covariates(design: CountDesign, priors: ResolvedPriors) -> tuple[Tensor, Tensor]:
    """Intercept at the covariates' means, and the centred covariates times their effects."""
    import pymc as pm

    centre = random_variable("intercept_at_means", priors.intercept)
    if not design.coding.covariates:
        pm.Deterministic("intercept", centre)
        return centre, 0.0
    effects = prior_vector("covariate_effects", priors.covariates, labels.COVARIATE)
    means = design.covariate_means
    pm.Deterministic("intercept", centre - pm.math.dot(means, effects))
    centred = pm.Data(
        "covariates_centred", design.covariates - means, dims=("respondent", labels.COVARIATE)
    )
    return centre, pm.math.dot(centred, effects)


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


def _team_effects(design: CountDesign, priors: ResolvedPriors, means: dict[str, Tensor]) -> Tensor:
    """Team effects in a partially centred parametrisation, shape (team, team_effect)."""
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


def _outcome(family: Family, design: CountDesign, priors: ResolvedPriors, log_rate: Tensor) -> None:
    """Add the observed counts, weighted by multiplicity where rows are cells."""
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
