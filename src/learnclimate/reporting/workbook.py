"""All tables of a study in one Excel workbook."""

from collections.abc import Sequence
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from learnclimate.core.files import write_atomically
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.disclosure.recording import lowered
from learnclimate.inference.drawn_anew import told_certificate
from learnclimate.inference.provenance import told_fingerprint
from learnclimate.inference.response import response_of
from learnclimate.inference.small_groups import hidden_teams
from learnclimate.reporting.answers import Answers
from learnclimate.reporting.certificate_words import check_words
from learnclimate.reporting.checks_of_kinds import kinds_checks_told
from learnclimate.reporting.checks_told import checks_told
from learnclimate.reporting.facts import left_out_rows, size_classes
from learnclimate.reporting.language import percentage
from learnclimate.reporting.machine_words import source_words
from learnclimate.reporting.method import engine_name
from learnclimate.reporting.tables import prior_table
from learnclimate.reporting.workbook_words import in_language, notes, sheet_name

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_WIDEST = 60
#: Room for the button that filters a column.
_FILTER_WIDTH = 4
_DECIMALS = "0.000"
#: What begins a formula in a spreadsheet; a tab or a return lets one begin behind it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FEW: Final = {
    "en": ("too few to tell why", "fewer than {minimum}"),
    "nl": ("te weinig om te zeggen waarom", "minder dan {minimum}"),
}


def result_tables(answers: Answers) -> dict[str, pd.DataFrame]:
    """
    Gather results in one table an estimand, without the teams that are not shown.

    Parameters
    ----------
    answers : Answers
        What the fit answered.

    Returns
    -------
    dict of str to pandas.DataFrame
        Name to table; the columns of `Result.summary` after ``about``, which names the
        frequency or the team effect.
    """
    parts: dict[str, list[pd.DataFrame]] = {}
    for table, about, result in answers.results:
        summary = result.summary
        is_hidden_team = summary["suppressed"].astype(bool) & summary["team"].notna()
        shown = summary[~is_hidden_team].copy()
        shown.insert(0, "about", about)
        parts.setdefault(table, []).append(shown)
    return {table: pd.concat(rows, ignore_index=True) for table, rows in parts.items()}


def write_workbook(answers: Answers, path: str | Path, *, language: str = "en") -> None:
    """
    Write all tables of a study in one Excel workbook.

    Parameters
    ----------
    answers : Answers
        What the fit answered.
    path : path
        Where to write; an existing file is replaced.
    language : {"en", "nl"}, default "en"
        The language.

    Raises
    ------
    FileError
        If the file cannot be written; nothing is left behind.
    """
    file = BytesIO()
    with pd.ExcelWriter(file, engine="openpyxl") as writer:
        source = source_words(answers.fit.provenance.source, language)
        writer.book.properties.title = f"learnclimate: {source}"
        writer.book.properties.creator = f"learnclimate {metadata.version('learnclimate')}"
        for name, table in workbook_sheets(answers, language=language).items():
            table.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
            sheet = writer.sheets[name]
            _keep_text(sheet)
            sheet.auto_filter.ref = sheet.dimensions
            for column in sheet.iter_cols():
                _lay_out(column)
    write_atomically(Path(path), file.getvalue())


def _lay_out(column: "Sequence[Cell]") -> None:
    """Make a column as wide as what it shows; numbers are shown short and kept whole."""
    from openpyxl.styles import Alignment, Font

    width = len(str(column[0].value)) + _FILTER_WIDTH
    for cell in column[1:]:
        shown = "" if cell.value is None else str(cell.value)
        if isinstance(cell.value, float):
            cell.number_format = _DECIMALS
            shown = f"{cell.value:.3f}"
        cell.alignment = Alignment(vertical="top", wrap_text=len(shown) > _WIDEST)
        width = max(width, 2 + len(shown))
    sheet = column[0].parent
    sheet.column_dimensions[column[0].column_letter].width = min(_WIDEST, width)
    column[0].font = Font(bold=True)


def spreadsheet_safe(table: pd.DataFrame) -> pd.DataFrame:
    """
    Put an apostrophe before text that a spreadsheet would take for a formula.

    A CSV file has no types, so that a team named ``=1+1`` would be worked out by the
    program that opens it.

    Parameters
    ----------
    table : pandas.DataFrame
        A table that will be written as text.

    Returns
    -------
    pandas.DataFrame
        The same table; numbers are left as they are.

    References
    ----------
    OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection.

    Examples
    --------
    >>> spreadsheet_safe(pd.DataFrame({"team": ["=1+1", "North"], "mean": [-1.0, 1.0]}))
        team  mean
    0  '=1+1  -1.0
    1  North   1.0
    """

    def safe(cell: object) -> object:
        return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell

    return table.map(safe)


def _keep_text(sheet: "Worksheet") -> None:
    """Make text of what openpyxl took for formulas and errors, for the next editor as well."""
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and cell.value.startswith((*_FORMULA_STARTS, "#")):
                cell.data_type, cell.quotePrefix = "s", True


def workbook_sheets(answers: Answers, *, language: str = "en") -> dict[str, pd.DataFrame]:
    """
    Lay out the sheets of a workbook: results, checks, who answered, priors, and the origin.

    In English, headings are the library's own names, so that sheets read back are what its
    functions return.

    Parameters
    ----------
    answers : Answers
        What the fit answered.
    language : {"en", "nl"}, default "en"
        The language.

    Returns
    -------
    dict of str to pandas.DataFrame
        Sheet name to table, in order.
    """
    sheets = {
        name: in_language(table[["about", *RESULT_COLUMNS]], language)
        for name, table in result_tables(answers).items()
    }
    sheets |= _checks(answers, language)
    response = _response(answers)
    if response is not None:
        sheets["response"] = in_language(response, language)
    sheets["team_sizes"] = in_language(_team_sizes(answers, language), language)
    sheets["left_out"] = in_language(_left_out(answers, language), language)
    sheets["priors"] = _priors(answers, language)
    sheets["origin"] = in_language(_origin(answers, language), language)
    figures = {
        "interval": percentage(answers.interval, language),
        "minimum": answers.rule.minimum,
    }
    told = notes([*sheets], figures, language)
    return {sheet_name(name, language): table for name, table in {**sheets, "notes": told}.items()}


def _checks(answers: Answers, language: str) -> dict[str, pd.DataFrame]:
    """Lay out the checks of model and computation, in Dutch in the words of the report."""
    # With the digits of a saved fit: all of them are a function of the answers.
    certificate, predictive = told_certificate(answers.fit.certificate), answers.predictive
    columns = ("name", "verdict", "value", "bound", "words")
    computation = pd.DataFrame(
        [{name: getattr(one, name) for name in columns} for one in certificate.checks]
    )
    words = [check_words(one, language) for one in certificate.checks]
    computation = computation.assign(words=[told for _, told in words])
    model = answers.checks.table
    if language != "en":
        about = answers.checks.checks
        told = (
            checks_told(about, language=language)
            if predictive is None
            else kinds_checks_told(about, predictive, language=language)
        )
        rows = [(one.name, one.verdict, one.words) for one in told]
        model = pd.DataFrame(rows, columns=["check", "verdict", "words"])
        computation = computation.assign(name=[name for name, _ in words])
    sheets = {
        "checks": in_language(model, language),
        "computation": in_language(computation, language),
    }
    if predictive is not None:
        sheets["checks_by_kind"] = in_language(predictive.statistics, language)
    return sheets


def _priors(answers: Answers, language: str) -> pd.DataFrame:
    """Priors as their own table, or as the report tells them."""
    if language == "en":
        return answers.fit.priors.table()
    told = prior_table(answers.fit.priors, language=language)
    return pd.DataFrame(list(told.rows), columns=[column.name for column in told.columns])


def _origin(answers: Answers, language: str) -> pd.DataFrame:
    told = answers.fit.provenance
    about = {
        "source": source_words(told.source, language),
        "respondents": told.n_respondents,
        "teams": told.n_teams,
        "interval": answers.interval,
        "smallest group shown": answers.rule.minimum,
        "reason for a smaller group": (answers.rule.reason or "") if lowered(answers.rule) else "",
        "pseudonymised": ", ".join(told.pseudonymised),
        "engine": engine_name(answers.fit.certificate.engine, language),
        "certificate passed": answers.fit.certificate.passed,
        "draws": told.draws,
        "seed": told.seed,
        "data hash": told_fingerprint(told.data_hash),
        "created": told.created,
        **{f"version of {name}": version for name, version in told.versions.items()},
    }
    return pd.DataFrame({"item": list(about), "value": list(about.values())})


def _response(answers: Answers) -> pd.DataFrame | None:
    """People asked and respondents, of the study and of the teams that may be told."""
    told = response_of(answers.fit.provenance, answers.fit.draws, answers.rule)
    if told is None or told.invited is None:
        return None
    rows = [("whole study", told.invited, told.respondents), *told.teams]
    table = pd.DataFrame(rows, columns=["team", "asked", "respondents"])
    return table.assign(response=table["respondents"] / table["asked"])


def _team_sizes(answers: Answers, language: str) -> pd.DataFrame:
    """Teams by classes of size, as in the report."""
    fit, rule = answers.fit, answers.rule
    sizes = fit.draws["constant_data"]["team_size"].to_numpy()[~hidden_teams(fit.draws, rule)]
    classes = size_classes(sizes, fit.provenance.n_teams, rule, language=language)
    return pd.DataFrame(classes, columns=["respondents in the team", "teams"])


def _left_out(answers: Answers, language: str) -> pd.DataFrame:
    """Rows left out by reason, few told together, as in the report."""
    told = left_out_rows(answers.fit.provenance.left_out, answers.rule, language=language)
    rows: list[tuple[str, str, int | str]] = [(one.column, one.reason, one.rows) for one in told]
    if not rows and answers.fit.provenance.n_left_out != 0:
        minimum = max(answers.rule.minimum, answers.fit.provenance.n_left_out_below or 0)
        few, below = _FEW[language]
        rows = [("", few, below.format(minimum=minimum))]
    return pd.DataFrame(rows, columns=["column", "reason", "rows"])
