"""The model that a codebook and the options of a command come to, and whether it can be fitted."""

from learnclimate.cli.options import StudyOptions
from learnclimate.counts.families import FAMILIES, Family
from learnclimate.counts.frequency import FrequencyCodingKind, Linear, Monotonic, Unordered
from learnclimate.counts.model import CountModel
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.survey import Survey

_FAMILIES: dict[str, type[Family]] = {family.name.replace("_", "-"): family for family in FAMILIES}
_CODINGS: dict[str, type[FrequencyCodingKind]] = {
    "monotonic": Monotonic,
    "unordered": Unordered,
    "linear": Linear,
}


def refuse_unfit(survey: Survey, options: StudyOptions) -> None:
    """
    Refuse a survey that its model contradicts, before what fits it is loaded.

    Parameters
    ----------
    survey : Survey
        The answers that were read.
    options : StudyOptions
        How to fit.

    Raises
    ------
    ModelError
        As `CountModel.design` does: a single team, covariates that cannot be told apart.
    """
    model_for(survey.codebook, options).design(survey)


def model_for(codebook: Codebook, options: StudyOptions) -> CountModel:
    """
    Declare the model of a codebook: levels vary over teams, relations too where asked.

    Parameters
    ----------
    codebook : Codebook
        The codebook.
    options : StudyOptions
        Family, coding and structure.

    Returns
    -------
    CountModel
        The declaration.
    """
    family, structure = options.family, options.structure
    if family == "auto":
        family = "negative-binomial" if codebook.asked.trials is None else "beta-binomial"
    effects = ("intercept", "frequency") if codebook.frequency_columns else ("intercept",)
    return CountModel(
        family=_FAMILIES[family](),
        frequency=_CODINGS[options.coding](),
        team_effects=effects,
        moderators=structure.moderators,
        interactions=structure.interactions,
        between=False if structure.between == "no" else structure.between,
        department_effects=structure.department_effects,
        missing_frequency=structure.missing_frequency,
    )
