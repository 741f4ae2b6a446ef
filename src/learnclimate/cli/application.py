"""The commands and their options; heavy parts of the library load only when one runs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from learnclimate.cli.guard import PlainGroup
from learnclimate.core.errors import FileError

application = typer.Typer(
    name="learnclimate",
    cls=PlainGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "How talking with colleagues about learning goes together with learning, in which "
        "teams, and how sure we are."
    ),
    epilog="Example: `learnclimate demo --out report.html`",
)


def _tell_version(*, asked: bool) -> None:
    if asked:
        from importlib import metadata

        typer.echo(f"learnclimate {metadata.version('learnclimate')}")
        raise typer.Exit


_VERSION = typer.Option(
    "--version",
    callback=lambda asked: _tell_version(asked=asked),
    is_eager=True,
    help="Tell the version and exit; `learnclimate version` tells more.",
)


@application.callback()
def options_of_all(*, version: Annotated[bool, _VERSION] = False) -> None:
    """Take the options that stand before a command."""


class Language(StrEnum):
    """Languages of the report."""

    en = "en"
    nl = "nl"


class Engine(StrEnum):
    """Engines that make the draws."""

    auto = "auto"
    marginal = "marginal"
    nuts = "nuts"


_FAMILY_HELP = "Distribution of the counts; auto: negative binomial, beta-binomial out of K."


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


class Coding(StrEnum):
    """Codings of the conversation frequency."""

    monotonic = "monotonic"
    unordered = "unordered"
    linear = "linear"


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


_CODEBOOK = typer.Option("--codebook", "-c", help="Codebook; `learnclimate init` writes one.")
_SHEET = typer.Option("--sheet", help="Sheet of an Excel file; the first where left out.")
_PSEUDONYMS = typer.Option(
    "--pseudonyms",
    help="Replace names of teams and departments by codes; this table, made where missing, "
    "resolves them. Keep it apart from the results.",
)
_INVITED = typer.Option(
    "--invited",
    help="How many people were asked: a number, a CSV file of team and number, or the column that "
    "holds the number of each team. The report then tells the response.",
)
_LANGUAGE = typer.Option("--language", "-l", help="Language of the report: English or Dutch.")
_ENGINE = typer.Option(
    "--engine", help="What makes the draws; auto takes the fastest that applies."
)
_DRAWS = typer.Option("--draws", min=100, help="Posterior draws.")
_SEED = typer.Option("--seed", min=0, max=2**32 - 1, help="The same seed gives the same draws.")
_MINIMUM = typer.Option(
    "--minimum-group", min=1, help="Respondents a group needs to be shown; below 5 with a --reason."
)
_REASON = typer.Option("--reason", help="Why groups below 5 may be shown; stands in the report.")
_FORCE = typer.Option("--force", help="Replace a file that is no report of learnclimate.")
_QUIET = typer.Option("--quiet", "-q", help="Print nothing but errors.")

_MODERATOR = typer.Option(
    "--moderator",
    help="A covariate or scale that describes teams and shifts their level and slope; repeatable.",
)
_INTERACTION = typer.Option(
    "--interaction",
    help="Two frequencies, as talk:meetings: the slope of one differs by the other; repeatable.",
)
_BETWEEN = typer.Option(
    "--between", help="Whether the composition of the team matters, by observed or latent means."
)
_DEPARTMENT_EFFECT = typer.Option(
    "--department-effect", help="What varies over departments, apart from their teams; repeatable."
)
_MISSING_FREQUENCY = typer.Option(
    "--missing-frequency",
    help="Respondents who answered all but the frequency: left out, or their level summed out.",
)

_POOLED = typer.Option(
    "--pooled/--no-pooled",
    help="Of several kinds of activity: whether they are drawn towards each other.",
)

LanguageOption = Annotated[Language, _LANGUAGE]
MinimumOption = Annotated[int, _MINIMUM]
ReasonOption = Annotated[str | None, _REASON]
SheetOption = Annotated[str | None, _SHEET]
InvitedOption = Annotated[str | None, _INVITED]
QuietOption = Annotated[bool, _QUIET]
ForceOption = Annotated[bool, _FORCE]


@application.command(epilog="Example: `learnclimate demo --out report.html`")
def demo(  # noqa: PLR0913 - each is an option of the command
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Path of the report (.html), or a folder for all files."),
    ] = Path("report.html"),
    language: LanguageOption = Language.en,
    engine: Annotated[Engine, _ENGINE] = Engine.auto,
    draws: Annotated[int, _DRAWS] = 4000,
    seed: Annotated[int, _SEED] = 1,
    force: ForceOption = False,
    quiet: QuietOption = False,
) -> None:
    """Fit the bundled example study and write its report."""
    from learnclimate.cli.options import Source, StudyOptions
    from learnclimate.cli.staging import check_report_target
    from learnclimate.cli.writing import study_to_folder, study_to_report
    from learnclimate.survey.example import INVITED_COLUMN, example_path

    options = StudyOptions(engine=engine.value, draws=draws, seed=seed)
    source = Source(example_path(), example_path("example.toml"), invited=INVITED_COLUMN)
    is_report = out.suffix.lower() in (".html", ".htm")
    write = study_to_folder
    if is_report and not out.is_dir():
        check_report_target(out, force=force)
        write = study_to_report
    write(source, out, options, language=language.value, quiet=quiet)


@application.command(
    name="fit",
    epilog="Example: `learnclimate fit responses.csv --codebook study.toml --out results/`",
)
def fit_command(  # noqa: PLR0913 - each is an option of the command
    responses: Annotated[
        Path, typer.Argument(help="The answers: .csv, .xlsx, .parquet or .sav.", show_default=False)
    ],
    codebook: Annotated[Path, _CODEBOOK],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for report, fit and tables.")],
    sheet: SheetOption = None,
    language: LanguageOption = Language.en,
    family: Annotated[FamilyName, typer.Option("--family", help=_FAMILY_HELP)] = FamilyName.auto,
    coding: Annotated[
        Coding, typer.Option("--coding", help="How the conversation frequency enters.")
    ] = Coding.monotonic,
    moderator: Annotated[list[str] | None, _MODERATOR] = None,
    interaction: Annotated[list[str] | None, _INTERACTION] = None,
    between: Annotated[Between, _BETWEEN] = Between.no,
    department_effect: Annotated[list[DepartmentEffect] | None, _DEPARTMENT_EFFECT] = None,
    missing_frequency: Annotated[MissingFrequency, _MISSING_FREQUENCY] = MissingFrequency.leave_out,
    pooled: Annotated[bool, _POOLED] = True,
    engine: Annotated[Engine, _ENGINE] = Engine.auto,
    draws: Annotated[int, _DRAWS] = 4000,
    seed: Annotated[int, _SEED] = 1,
    minimum_group: MinimumOption = 5,
    reason: ReasonOption = None,
    pseudonyms: Annotated[Path | None, _PSEUDONYMS] = None,
    invited: InvitedOption = None,
    quiet: QuietOption = False,
) -> None:
    """Fit your own study: report, fit and tables in one folder."""
    from learnclimate.cli.options import (
        Source,
        Structure,
        StudyOptions,
        disclosure_rule,
        invited_of,
        pairs_of,
    )
    from learnclimate.cli.writing import study_to_folder

    options = StudyOptions(
        engine=engine.value,
        draws=draws,
        seed=seed,
        family=family.value,
        coding=coding.value,
        structure=Structure(
            moderators=tuple(moderator or ()),
            interactions=pairs_of(interaction or ()),
            between=between.value,
            department_effects=tuple(one.value for one in department_effect or ()),
            missing_frequency=missing_frequency.value.replace("-", "_"),
        ),
        rule=disclosure_rule(minimum_group, reason),
        pooled=pooled,
    )
    source = Source(responses, codebook, sheet, pseudonyms, invited_of(invited))
    study_to_folder(source, out, options, language=language.value, quiet=quiet)


@application.command(epilog="Example: `learnclimate describe responses.csv --codebook study.toml`")
def describe(  # noqa: PLR0913 - each is an option of the command
    responses: Annotated[
        Path, typer.Argument(help="The answers: .csv, .xlsx, .parquet or .sav.", show_default=False)
    ],
    codebook: Annotated[Path, _CODEBOOK],
    sheet: SheetOption = None,
    left_out: Annotated[
        bool, typer.Option("--left-out", help="List every row left out, for whoever has the file.")
    ] = False,
    invited: InvitedOption = None,
    minimum_group: MinimumOption = 5,
    reason: ReasonOption = None,
) -> None:
    """Read a file and tell what is in it, without fitting."""
    from learnclimate.cli.options import Source, disclosure_rule, invited_of
    from learnclimate.cli.writing import read_source
    from learnclimate.core.layout import table_text

    rule = disclosure_rule(minimum_group, reason)
    survey = read_source(Source(responses, codebook, sheet, invited=invited_of(invited)))
    typer.echo(str(survey.describe(rule=rule)))
    if left_out and len(survey.ledger):
        typer.echo(f"\n{table_text(survey.ledger.fillna('').astype(str))}")


@application.command(epilog="Example: `learnclimate init study.toml --template stimuli`")
def init(
    path: Annotated[Path, typer.Argument(help="Where to write the codebook.")] = Path("study.toml"),
    template: Annotated[
        Template, typer.Option("--template", "-t", help="Which scales it starts with, if any.")
    ] = Template.no_scales,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write a commented codebook to start from."""
    from learnclimate.core.files import write_atomically
    from learnclimate.survey.templates import codebook_template

    if path.exists() and not force:
        raise FileError(f"{path} exists. Choose another path, or replace it with --force.")
    write_atomically(path, codebook_template(template.value).encode())
    typer.echo(f"Written: {path}. Put your own columns and levels in it, then run:")
    typer.echo(f"  learnclimate fit responses.csv --codebook {path} --out results/")


@application.command(epilog="Example: `learnclimate report results/fit.nc --out report.html -l nl`")
def report(  # noqa: PLR0913 - each is an option of the command
    fit_file: Annotated[
        Path, typer.Argument(metavar="FIT.nc", help="A saved fit.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Path of the report.")] = Path(
        "report.html"
    ),
    language: LanguageOption = Language.en,
    minimum_group: MinimumOption = 5,
    reason: ReasonOption = None,
    force: ForceOption = False,
    quiet: QuietOption = False,
) -> None:
    """Write the report of a saved fit."""
    from learnclimate.cli.options import disclosure_rule
    from learnclimate.cli.staging import check_report_target
    from learnclimate.cli.writing import saved_fit_to_report

    rule = disclosure_rule(minimum_group, reason)
    check_report_target(out, force=force)
    saved_fit_to_report(fit_file, out, rule, language=language.value, quiet=quiet)


@application.command(
    epilog="Example: `learnclimate check results/fit.nc --responses responses.csv`"
)
def check(  # noqa: PLR0913 - each is an option of the command
    fit_file: Annotated[
        Path, typer.Argument(metavar="FIT.nc", help="A saved fit.", show_default=False)
    ],
    responses: Annotated[
        Path | None,
        typer.Option("--responses", "-r", help="The answers it was fitted to; a fit holds none."),
    ] = None,
    sheet: SheetOption = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Add priors, single teams and predictions.")
    ] = False,
    language: LanguageOption = Language.en,
    minimum_group: MinimumOption = 5,
    reason: ReasonOption = None,
) -> None:
    """Check a saved fit against the answers; exit code 1 where a check is bad."""
    from learnclimate.cli.checking import check_saved_fit
    from learnclimate.cli.options import disclosure_rule

    rule = disclosure_rule(minimum_group, reason)
    verdict = check_saved_fit(
        fit_file, responses, rule, thorough=thorough, language=language.value, sheet=sheet
    )
    if verdict == "bad":
        raise typer.Exit(1)


@application.command(epilog="Example: `learnclimate cite --bibtex`")
def cite(
    bibtex: Annotated[bool, typer.Option("--bibtex", help="As a BibTeX entry.")] = False,
) -> None:
    """Tell how to cite learnclimate."""
    from learnclimate.reporting import references

    typer.echo(references.bibtex() if bibtex else references.citation())


@application.command(epilog="Example: `learnclimate version`")
def version() -> None:
    """Tell the versions of learnclimate and of what it computes with."""
    from importlib import metadata

    for package in ("learnclimate", "pymc", "nutpie", "numpy"):
        typer.echo(f"{package} {metadata.version(package)}")


def run() -> None:
    """Run the command line."""
    from learnclimate.cli.streams import make_streams_last

    make_streams_last()
    application()
