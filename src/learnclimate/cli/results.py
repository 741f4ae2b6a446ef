"""The files of a study: report, fit and tables."""

from pathlib import Path

from learnclimate.disclosure.recording import lowered
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.inference.small_groups import hidden_levels
from learnclimate.reporting.answers import Answers
from learnclimate.reporting.html_report import report_html
from learnclimate.reporting.workbook import result_tables, spreadsheet_safe, write_workbook
from learnclimate.reporting.write_up import written_up


def write_results(answers: Answers, folder: Path, *, language: str) -> bool:
    """
    Write everything about a study in a folder.

    Parameters
    ----------
    answers : Answers
        What the fit answered.
    folder : Path
        An existing folder.
    language : {"en", "nl"}
        Language of report, workbook and write-up; the CSV files are for programs, in English.

    Returns
    -------
    bool
        Whether the fit is among the files: it is not, where it would tell of a few respondents.

    Raises
    ------
    FileError
        If a file cannot be written.
    """
    fit = answers.fit
    # A fit of several kinds cannot be saved without telling of an answer that few gave.
    is_kept = not (isinstance(fit, KindsFit) and hidden_levels(fit.draws, answers.rule).any())
    if is_kept:
        fit.save(folder / "fit.nc", rule=answers.rule)
    tables = folder / "tables"
    tables.mkdir()
    rule = answers.rule
    about = {"smallest_group": rule.minimum, "reason": rule.reason} if lowered(rule) else {}
    for name, table in result_tables(answers).items():
        safe = spreadsheet_safe(table.assign(**about))
        safe.to_csv(tables / f"{name}.csv", index=False, lineterminator="\n")
    write_workbook(answers, folder / "tables.xlsx", language=language)
    told = report_html(answers, language=language)
    (folder / "report.html").write_text(told, encoding="utf-8")
    paper = written_up(answers, language=language)
    (folder / "write_up.txt").write_text(f"{paper}\n", encoding="utf-8")
    (folder / "references.bib").write_text(f"{paper.bibtex}\n", encoding="utf-8")
    return is_kept
