"""The model that a codebook and the options of a command come to, and whether it can be fitted."""

from learnclimate.cli.options import Structure, StudyOptions
from learnclimate.core.errors import ArgumentError
from learnclimate.counts.families import FAMILIES, Family
from learnclimate.counts.frequency import FrequencyCodingKind, Linear, Monotonic, Unordered
from learnclimate.counts.kinds_model import KindsModel
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


def model_for(codebook: Codebook, options: StudyOptions) -> CountModel | KindsModel:
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
    CountModel or KindsModel
        The declaration; of several kinds where the outcome was asked by kind.

    Raises
    ------
    ArgumentError
        If an option does not go with what was asked.
    """
    if codebook.asked.kinds:
        return _kinds_model(options)
    if not options.pooled:
        raise ArgumentError(
            "--no-pooled: only kinds of activity are pooled, and this codebook has a single count. "
            "Leave it out, or name the columns of the kinds in the codebook: kinds = [...]."
        )
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


def _kinds_model(options: StudyOptions) -> KindsModel:
    """Declare the model of several kinds, refusing by name what it does not have."""
    coding = _CODINGS[options.coding]()
    if not isinstance(coding, Monotonic | Linear):
        raise ArgumentError(
            f"--coding {options.coding}: the codebook asks for several kinds of activity, and "
            "their curves are monotonic or linear. Choose one of these."
        )
    given, plain = options.structure, Structure()
    refused = {
        "--family": options.family != "auto",
        "--moderator": given.moderators != plain.moderators,
        "--interaction": given.interactions != plain.interactions,
        "--between": given.between != plain.between,
        "--department-effect": given.department_effects != plain.department_effects,
        "--missing-frequency": given.missing_frequency != plain.missing_frequency,
    }
    named = [option for option, is_given in refused.items() if is_given]
    if named:
        raise ArgumentError(
            f"{named[0]}: the codebook asks for several kinds of activity, whose model does not "
            "have it. Leave it out, or name a single column as the outcome in the codebook."
        )
    return KindsModel(frequency=coding, pooled=options.pooled)
