"""Fit and write: the path is tried before the fit, and files appear only when all is well."""

from pathlib import Path
from typing import TYPE_CHECKING

from learnclimate.cli.options import Source, StudyOptions
from learnclimate.cli.staging import staged_folder
from learnclimate.core.errors import FileError
from learnclimate.core.files import write_atomically
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.survey.codebook_toml import read_codebook

if TYPE_CHECKING:
    from learnclimate.survey.survey import Survey

# What answers and draws need is loaded in the functions, once files and paths are known to be
# right: a wrong call is answered at once.


def read_source(source: Source) -> "Survey":
    """
    Read the files of a study.

    Parameters
    ----------
    source : Source
        Its files.

    Returns
    -------
    Survey
        The answers, with their codebook.

    Raises
    ------
    LearnClimateError
        If a file is missing or anything in it is wrong.
    """
    codebook = read_codebook(source.codebook)
    if not source.responses.exists():
        raise FileError(
            f"There is no file {source.responses}. Check the path (working folder {Path.cwd()})."
        )
    from learnclimate.survey.reading import read_survey

    return read_survey(source.responses, codebook, sheet=source.sheet, invited=source.invited)


def _fittable_survey(source: Source, options: StudyOptions) -> "Survey":
    """Read the files of a study, and refuse one that cannot be fitted."""
    survey = read_source(source)
    from learnclimate.cli.declared import refuse_unfit

    refuse_unfit(survey, options)
    if source.pseudonyms is None:
        return survey
    from learnclimate.survey.pseudonyms import pseudonymise

    return pseudonymise(survey, source.pseudonyms)


def _refuse_table_within(out: Path, source: Source) -> None:
    """Refuse a table of pseudonyms among the results, which are made to be handed on."""
    if source.pseudonyms is None or out.resolve() not in source.pseudonyms.resolve().parents:
        return
    raise FileError(
        f"--pseudonyms {source.pseudonyms}: the table would lie among the results, and tell the "
        "names to whoever gets them. Choose a path outside of --out."
    )


def study_to_report(
    source: Source, out: Path, options: StudyOptions, *, language: str, quiet: bool
) -> None:
    """
    Fit a study and write its report.

    Parameters
    ----------
    source : Source
        Files of the study.
    out : Path
        Path of the report, checked with `check_report_target`.
    options : StudyOptions
        How to fit.
    language : {"en", "nl"}
        Language of the report.
    quiet : bool
        Whether to print nothing but errors.
    """
    survey = _fittable_survey(source, options)
    from learnclimate.cli.study import answer_study
    from learnclimate.cli.terminal import Terminal
    from learnclimate.reporting.html_report import report_html

    terminal = Terminal(language, quiet=quiet)
    answers = answer_study(survey, options, terminal)
    write_atomically(out, report_html(answers, language=language).encode())
    terminal.console.print()
    terminal.written(out)


def study_to_folder(
    source: Source, out: Path, options: StudyOptions, *, language: str, quiet: bool
) -> None:
    """
    Fit a study and write report, fit and tables.

    Parameters
    ----------
    source : Source
        Files of the study.
    out : Path
        Folder of the results.
    options : StudyOptions
        How to fit.
    language : {"en", "nl"}
        Language of the report.
    quiet : bool
        Whether to print nothing but errors.
    """
    _refuse_table_within(out, source)
    with staged_folder(out) as folder:
        survey = _fittable_survey(source, options)
        from learnclimate.cli.results import write_results
        from learnclimate.cli.study import answer_study
        from learnclimate.cli.terminal import Terminal

        terminal = Terminal(language, quiet=quiet)
        answers = answer_study(survey, options, terminal)
        is_kept = write_results(answers, folder, language=language)
        written = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    terminal.console.print()
    for path in written:
        terminal.written(out / path)
    if not is_kept:
        terminal.sentences([terminal.words["not_kept"]], style="bold yellow")


def saved_fit_to_report(
    fit_file: Path, out: Path, rule: DisclosureRule, *, language: str, quiet: bool
) -> None:
    """
    Write the report of a saved fit.

    Parameters
    ----------
    fit_file : Path
        The fit.
    out : Path
        Path of the report, checked with `check_report_target`.
    rule : DisclosureRule
        Which groups are too small to show.
    language : {"en", "nl"}
        Language of the report.
    quiet : bool
        Whether to print nothing but errors.
    """
    from learnclimate.cli.terminal import Terminal
    from learnclimate.inference.joint_fit import JointFit
    from learnclimate.inference.store import load_fit
    from learnclimate.reporting.html_report import report
    from learnclimate.reporting.language import check_language

    fit, terminal = load_fit(fit_file), Terminal(language, quiet=quiet)
    if isinstance(fit, JointFit):
        terminal.sentences([terminal.words["count_of_joint"]])
        fit = fit.count
    report(fit, out, language=check_language(language), rule=rule)
    terminal.written(out)
