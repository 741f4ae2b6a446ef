"""Build the PyMC model of a count model: a plain `pm.Model` with named dims."""

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from learnclimate.core import labels
from learnclimate.core.errors import ArgumentTypeError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prior_choice import ResolvedPriors, resolve_priors
from learnclimate.counts.pymc_log_rate import log_rate
from learnclimate.counts.pymc_outcome import ANSWERED, observed_counts
from learnclimate.counts.unknown_levels import everyone_in_rows
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    import pymc as pm

    from learnclimate.counts.model import CountModel


@runtime_checkable
class Buildable(Protocol):
    """A declared model that knows its PyMC model: of a count, or of the items of scales."""

    def build(self, survey: Survey) -> "pm.Model":
        """Build the PyMC model of a survey."""


def build_model(model: Buildable, survey: Survey) -> "pm.Model":
    """
    Build the PyMC model of a survey, yours to extend.

    Parameters
    ----------
    model : CountModel, KindsModel, FactorModel, GradedResponse or JointModel
        The declaration.
    survey : Survey
        Validated answers.

    Returns
    -------
    pymc.Model
        Dims ``respondent, team, team_effect, frequency, frequency_step,
        frequency_level, covariate``; data containers for every array; the posterior
        variables under the names of the package, as random variables or
        deterministics; the observed variable ``outcome``. Where levels are summed out, the last
        respondents are rows for each level of one of unknown level, and ``outcome`` has dim
        ``respondent_of_known_level``. Of a factor model: dims
        ``item, factor, loading, team, respondent``, and an observed variable for the answers.
        Of a joint model: both together, the factors among the covariates of the count.

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
        if isinstance(model, Buildable) and not isinstance(model, type):
            return model.build(survey)
        raise ArgumentTypeError(
            f"build_model(model={model!r}): give a declared model, as CountModel() or "
            "FactorModel('climate')."
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

    rows = everyone_in_rows(design)
    check_indices(rows)
    with pm.Model(coords=model_coords(design)) as built:
        observed_counts(model.family, design, priors, log_rate(rows, priors))
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
    coords: dict[str, Any] = {"respondent": np.arange(everyone_in_rows(design).n_rows)}
    if design.unknown is not None:
        coords[ANSWERED] = np.arange(design.n_rows)
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
    if coding.zero is not None and coding.zero.covariates:
        coords[labels.ZERO_COVARIATE] = list(coding.zero.covariate_labels)
    if coding.varying_effects or (coding.zero is not None and coding.zero.team_intercept):
        coords[labels.TEAM] = [str(team) for team in design.teams]
    if coding.slope_shifts:
        coords[labels.SLOPE_SHIFT] = [shift.label for shift in coding.slope_shifts]
    if coding.department_effects:
        coords[labels.DEPARTMENT] = list(design.department_names)
        coords[labels.DEPARTMENT_EFFECT] = list(coding.department_effects)
        coords[labels.DEPARTMENT_EFFECT_OTHER] = list(coding.department_effects)
    if coding.team_effects:
        coords[labels.TEAM_EFFECT] = list(coding.team_effects)
        coords[labels.TEAM_EFFECT_OTHER] = list(coding.team_effects)
    return coords


def check_indices(design: CountDesign) -> None:
    """
    Refuse an index out of range: PyTensor's numba backend would read stray memory.

    Parameters
    ----------
    design : CountDesign
        The data.

    Raises
    ------
    IndexError
        If an index of teams or levels, or a count, is out of its range.
    """
    sizes = [len(frequency.levels) for frequency in design.coding.frequencies]
    columns = [(design.team, design.n_teams)]
    columns += [(design.frequency_level[:, i], size) for i, size in enumerate(sizes)]
    for codes, size in columns:
        if len(codes) and (codes.min() < 0 or codes.max() >= size):
            raise IndexError(f"An index of the design lies outside 0..{size - 1}.")
    highest, trials = design.asked.highest, design.asked.trials
    bounds = [bound for bound in (highest, trials) if bound is not None]
    if (design.outcome < 0).any() or any((bound < design.outcome).any() for bound in bounds):
        raise IndexError("A count of the design lies below 0 or above its own bound.")
