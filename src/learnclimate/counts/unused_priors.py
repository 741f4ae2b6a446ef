"""Refuse priors of what a declared model does not have: they would be passed over in silence."""

from typing import TYPE_CHECKING

from learnclimate.core.errors import ArgumentError, ModelError
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.unknown_levels import LEAVE_OUT

if TYPE_CHECKING:
    from learnclimate.counts.model import CountModel


def refuse_unused_priors(model: "CountModel") -> None:
    """
    Refuse priors of what a model does not have.

    Parameters
    ----------
    model : CountModel
        The declaration, its other fields checked.

    Raises
    ------
    ArgumentError
        Naming the prior, and what it would take to use it.
    """
    if model.priors is None:
        return
    name = type(model.family).__name__
    of_departments = (bool(model.department_effects), "without department_effects")
    of_teams = (bool(model.team_effects), "without team_effects")
    has = {
        "team_sd": of_teams,
        "team_correlation": of_teams,
        "dispersion": (model.family.has_dispersion, f"with {name}(), which has no dispersion"),
        "composition": (bool(model.between), "without between=..."),
        "slope_shifts": (
            bool(model.moderators or model.interactions),
            "without moderators or interactions",
        ),
        "department_sd": of_departments,
        "department_correlation": of_departments,
        "level_probability": (
            model.missing_frequency != LEAVE_OUT,
            "without missing_frequency='sum_out'",
        ),
    }
    for field, (used, why) in has.items():
        if getattr(model.priors, field) is not None and not used:
            raise ArgumentError(
                f"CountModel(priors=Priors({field}=...)): not used {why}. Leave it out of priors."
            )


def refuse_unused_correlations(model: "CountModel", coding: DesignCoding) -> None:
    """
    Refuse priors of correlations of a single effect, which has nothing to go together with.

    Parameters
    ----------
    model : CountModel
        The declaration.
    coding : DesignCoding
        How the survey was coded: it tells how many effects vary.

    Raises
    ------
    ModelError
        Naming the prior and the effect.
    """
    if model.priors is None:
        return
    effects = {
        "team_correlation": ("team_effects", coding.team_effects),
        "department_correlation": ("department_effects", coding.department_effects),
    }
    for field, (option, names) in effects.items():
        if getattr(model.priors, field) is not None and len(names) == 1:
            raise ModelError(
                f"Priors({field}=...): not used, since only {names[0]!r} varies, which leaves "
                "nothing to correlate. Leave it out of priors, or let more vary: "
                f"CountModel({option}=('intercept', 'frequency'))."
            )
