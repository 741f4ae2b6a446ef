"""The commands and their options; heavy parts of the library load only when one runs."""

from pathlib import Path
from typing import Annotated

import typer

from learnclimate.cli.command_options import (
    BETWEEN,
    CODEBOOK,
    CODING,
    DEPARTMENT_EFFECT,
    DRAWS,
    ENGINE,
    FAMILY,
    INTERACTION,
    MISSING_FREQUENCY,
    MODERATOR,
    POOLED,
    PSEUDONYMS,
    SEED,
    Between,
    Coding,
    DepartmentEffect,
    Engine,
    FamilyName,
    ForceOption,
    InvitedOption,
    Language,
    LanguageOption,
    MinimumOption,
    MissingFrequency,
    QuietOption,
    ReasonOption,
    SheetOption,
    Template,
)
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


@application.command(epilog="Example: `learnclimate demo --out report.html`")
def demo(  # noqa: PLR0913 - each is an option of the command
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Path of the report (.html), or a folder for all files."),
    ] = Path("report.html"),
    language: LanguageOption = Language.en,
    engine: Annotated[Engine, ENGINE] = Engine.auto,
    draws: Annotated[int, DRAWS] = 4000,
    seed: Annotated[int, SEED] = 1,
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
    codebook: Annotated[Path, CODEBOOK],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for report, fit and tables.")],
    sheet: SheetOption = None,
    language: LanguageOption = Language.en,
    family: Annotated[FamilyName, FAMILY] = FamilyName.auto,
    coding: Annotated[Coding, CODING] = Coding.monotonic,
    moderator: Annotated[list[str] | None, MODERATOR] = None,
    interaction: Annotated[list[str] | None, INTERACTION] = None,
    between: Annotated[Between, BETWEEN] = Between.no,
    department_effect: Annotated[list[DepartmentEffect] | None, DEPARTMENT_EFFECT] = None,
    missing_frequency: Annotated[MissingFrequency, MISSING_FREQUENCY] = MissingFrequency.leave_out,
    pooled: Annotated[bool, POOLED] = True,
    engine: Annotated[Engine, ENGINE] = Engine.auto,
    draws: Annotated[int, DRAWS] = 4000,
    seed: Annotated[int, SEED] = 1,
    minimum_group: MinimumOption = 5,
    reason: ReasonOption = None,
    pseudonyms: Annotated[Path | None, PSEUDONYMS] = None,
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
    codebook: Annotated[Path, CODEBOOK],
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
    path: Annotated[
        Path, typer.Argument(help="Where to write the codebook; ends in .toml.")
    ] = Path("study.toml"),
    template: Annotated[
        Template, typer.Option("--template", "-t", help="Which scales it starts with, if any.")
    ] = Template.no_scales,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing codebook.")] = False,
) -> None:
    """Write a commented codebook to start from."""
    from learnclimate.core.files import write_atomically
    from learnclimate.survey.templates import codebook_template

    if path.suffix.lower() != ".toml":
        # Whoever gives the file with the answers would lose them with --force.
        raise FileError(
            f"{path} is no path of a codebook: init writes one, and its name ends in .toml. Run "
            "`learnclimate init study.toml`, and give the file with the answers to `fit`."
        )
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
