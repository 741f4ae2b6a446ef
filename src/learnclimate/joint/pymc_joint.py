"""Build the PyMC model of a joint model: items, factors and counts in one `pm.Model`."""

from typing import TYPE_CHECKING, Any

from learnclimate.core.errors import ModelError
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.pymc_log_rate import log_rate
from learnclimate.counts.pymc_model import check_indices, model_coords
from learnclimate.counts.pymc_outcome import observed_counts
from learnclimate.joint.face_values import face_values, with_factors
from learnclimate.measurement.factor_design import factor_design
from learnclimate.measurement.factor_pymc import build_from_factor_design
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    import pymc as pm

    from learnclimate.joint.model import JointModel


def build_joint_model(model: "JointModel", survey: Survey) -> "pm.Model":
    """
    Build the PyMC model of a joint model.

    The count model's priors are those it would have beside standardised mean scores.

    Parameters
    ----------
    model : JointModel
        The declaration.
    survey : Survey
        The answers.

    Returns
    -------
    pymc.Model
        The variables of the factor model and of the count model under their names; dims
        ``respondent`` and ``team`` are shared.

    Raises
    ------
    ModelError
        If a factor stands in the part of the zeros, or an answer is missing that the count
        model needs and the items do not.
    """
    _refuse_zero_part(model)
    items = factor_design(model.factor, survey)
    scored = with_factors(survey, model.names, face_values(model, survey))
    count = model.count
    counts = count.design(scored)
    priors = resolve_priors(count.priors, counts)
    check_indices(counts)
    built = build_from_factor_design(model.factor, items)
    shared = {name: list(values) for name, values in built.coords.items() if values is not None}
    further = {name: at for name, at in model_coords(counts).items() if name not in shared}
    with built:
        built.add_coords(further)
        latent = _latent(built, model, items.team)
        observed_counts(count.family, counts, priors, log_rate(counts, priors, latent))
    return built


def _latent(built: "pm.Model", model: "JointModel", team: Any) -> dict[str, Any]:
    """Give every respondent's factors; of teams, in standard deviations over teams."""
    if model.factor.levels == "team":
        values = (built["team_factors"] / built["team_factor_sd"])[team]
    else:
        values = built["respondent_factors"]
    return {name: values[:, place] for place, name in enumerate(model.names)}


def _refuse_zero_part(model: "JointModel") -> None:
    part = model.count.family.zeros
    covariates = getattr(part, "covariates", None) or ()
    for name in model.names:
        if name in covariates:
            raise ModelError(
                f"build_model: the factor {name!r} is among the covariates of the zeros, which is "
                "not built. Leave it out of ZeroPart(covariates=...)."
            )
