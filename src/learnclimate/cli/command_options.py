"""The options of the commands: their names, what they take, and the words that explain them."""

from enum import StrEnum
from typing import Annotated

import typer


class Language(StrEnum):
    """Languages of the report."""

    en = "en"
    nl = "nl"


class Engine(StrEnum):
    """Engines that make the draws."""

    auto = "auto"
    marginal = "marginal"
    nuts = "nuts"


#: Parts of the help of a command.
_MODEL, _COMPUTATION, _PROTECTION = "The model", "The computation", "Who is shown"
#: Apart, since its two names would leave little room beside them.
_KINDS = "Several kinds of activity"


class FamilyName(StrEnum):
    """Families of the counts."""

    auto = "auto"
    negative_binomial = "negative-binomial"
    poisson = "poisson"
    zero_inflated_poisson = "zero-inflated-poisson"
    zero_inflated_negative_binomial = "zero-inflated-negative-binomial"
    hurdle_poisson = "hurdle-poisson"
    hurdle_negative_binomial = "hurdle-negative-binomial"
    beta_binomial = "beta-binomial"


FAMILY = typer.Option(
    "--family",
    metavar="<family>",
    rich_help_panel=_MODEL,
    help=f"Distribution of the counts: {', '.join(FamilyName)}. auto: negative-binomial; "
    "out of K beta-binomial.",
)


class Coding(StrEnum):
    """Codings of the conversation frequency."""

    monotonic = "monotonic"
    unordered = "unordered"
    linear = "linear"


CODING = typer.Option(
    "--coding",
    metavar="<coding>",
    rich_help_panel=_MODEL,
    help=f"How the conversation frequency enters: {', '.join(Coding)}.",
)


class Between(StrEnum):
    """Whether the composition of teams matters, and how it is measured."""

    no = "no"
    manifest = "manifest"
    latent = "latent"


class MissingFrequency(StrEnum):
    """What becomes of respondents who left the frequency open."""

    leave_out = "leave-out"
    sum_out = "sum-out"


class DepartmentEffect(StrEnum):
    """What varies over departments."""

    intercept = "intercept"
    frequency = "frequency"


class Template(StrEnum):
    """Codebooks to start from."""

    no_scales = "count"
    stimuli = "stimuli"
    learning_climate = "learning-climate"


CODEBOOK = typer.Option("--codebook", "-c", help="Codebook; `learnclimate init` writes one.")
SHEET = typer.Option("--sheet", help="Sheet of an Excel file; the first where left out.")
PSEUDONYMS = typer.Option(
    "--pseudonyms",
    rich_help_panel=_PROTECTION,
    help="Replace names of teams and departments by codes; this table, made where missing, "
    "resolves them. Keep it apart from the results.",
)
INVITED = typer.Option(
    "--invited",
    help="How many people were asked: a number, a CSV file of team and number, or the column that "
    "holds the number of each team. The report then tells the response.",
)
LANGUAGE = typer.Option("--language", "-l", help="Language of the report: English or Dutch.")
ENGINE = typer.Option(
    "--engine",
    rich_help_panel=_COMPUTATION,
    help="What makes the draws; auto takes the fastest that applies.",
)
DRAWS = typer.Option(
    "--draws", rich_help_panel=_COMPUTATION, metavar="<int>", min=100, help="Posterior draws."
)
SEED = typer.Option(
    "--seed",
    rich_help_panel=_COMPUTATION,
    metavar="<int>",
    min=0,
    max=2**32 - 1,
    help="The same seed gives the same draws.",
)
MINIMUM = typer.Option(
    "--minimum-group",
    rich_help_panel=_PROTECTION,
    metavar="<int>",
    min=1,
    help="Respondents a group needs to be shown; below 5 with a --reason.",
)
REASON = typer.Option(
    "--reason",
    rich_help_panel=_PROTECTION,
    help="Why groups below 5 may be shown; stands in the report.",
)
FORCE = typer.Option("--force", help="Replace a file that is no report of learnclimate.")
QUIET = typer.Option("--quiet", "-q", help="Print nothing but errors.")

MODERATOR = typer.Option(
    "--moderator",
    metavar="<column>",
    rich_help_panel=_MODEL,
    help="A covariate or scale that describes teams and shifts their level and slope; repeatable.",
)
INTERACTION = typer.Option(
    "--interaction",
    metavar="<pair>",
    rich_help_panel=_MODEL,
    help="Two frequencies, as talk:meetings: the slope of one differs by the other; repeatable.",
)
BETWEEN = typer.Option(
    "--between",
    metavar="<means>",
    rich_help_panel=_MODEL,
    help="Whether the composition of the team matters: no, or by its manifest (observed) or "
    "latent means.",
)
DEPARTMENT_EFFECT = typer.Option(
    "--department-effect",
    metavar="<effect>",
    rich_help_panel=_MODEL,
    help="What varies over departments, apart from their teams: intercept or frequency; "
    "repeatable.",
)
MISSING_FREQUENCY = typer.Option(
    "--missing-frequency",
    metavar="<how>",
    rich_help_panel=_MODEL,
    help="Respondents who answered all but the frequency: leave-out, or sum-out, which sums "
    "over their levels.",
)

POOLED = typer.Option(
    "--pooled/--no-pooled",
    rich_help_panel=_KINDS,
    help="Whether kinds are drawn towards each other.",
)

LanguageOption = Annotated[Language, LANGUAGE]
MinimumOption = Annotated[int, MINIMUM]
ReasonOption = Annotated[str | None, REASON]
SheetOption = Annotated[str | None, SHEET]
InvitedOption = Annotated[str | None, INVITED]
QuietOption = Annotated[bool, QUIET]
ForceOption = Annotated[bool, FORCE]
