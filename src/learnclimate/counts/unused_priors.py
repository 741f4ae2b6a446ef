"""Refuse priors of what a declared model does not have: they would be passed over in silence."""

from typing import TYPE_CHECKING

from learnclimate.core.errors import ArgumentError
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
    has = {
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
