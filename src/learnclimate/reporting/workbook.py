"""All tables of a study in one Excel workbook."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from learnclimate.core.files import write_atomically
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.inference.small_groups import hidden_teams
from learnclimate.reporting.answers import Answers
from learnclimate.reporting.facts import left_out_rows, size_classes

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_WIDEST = 60
#: What begins a formula in a spreadsheet; a tab or a return lets one begin behind it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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


def write_workbook(answers: Answers, path: str | Path) -> None:
    """
    Write all tables of a study in one Excel workbook.

    Parameters
    ----------
    answers : Answers
        What the fit answered.
    path : path
        Where to write; an existing file is replaced.

    Raises
    ------
    FileError
        If the file cannot be written; nothing is left behind.
    """
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    file = BytesIO()
    with pd.ExcelWriter(file, engine="openpyxl") as writer:
        for name, table in workbook_sheets(answers).items():
            table.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
            sheet = writer.sheets[name]
            _keep_text(sheet)
            for position, column in enumerate(table.columns, start=1):
                cells = [str(column), *map(str, table[column])]
                width = min(_WIDEST, 2 + max(map(len, cells)))
                sheet.column_dimensions[get_column_letter(position)].width = width
                sheet.cell(1, position).font = Font(bold=True)
    write_atomically(Path(path), file.getvalue())


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


def workbook_sheets(answers: Answers) -> dict[str, pd.DataFrame]:
    """
    Lay out the sheets of a workbook: results, checks, who answered, priors, and the origin.

    Headings are in English in every language: they are the library's own names, so that sheets
    read back are what its functions return.

    Parameters
    ----------
    answers : Answers
        What the fit answered.

    Returns
    -------
    dict of str to pandas.DataFrame
        Sheet name to table, in order.
    """
    told = answers.fit.provenance
    about = {
        "source": told.source,
        "respondents": told.n_respondents,
        "teams": told.n_teams,
        "interval": answers.interval,
        "smallest group shown": answers.rule.minimum,
        "reason for a smaller group": answers.rule.reason or "",
        "pseudonymised": ", ".join(told.pseudonymised),
        "engine": answers.fit.certificate.engine,
        "certificate passed": answers.fit.certificate.passed,
        "draws": told.draws,
        "seed": told.seed,
        "data hash": told.data_hash,
        "created": told.created,
        **{f"version of {name}": version for name, version in told.versions.items()},
    }
    origin = pd.DataFrame({"item": list(about), "value": list(about.values())})
    results = {
        name: table[["about", *RESULT_COLUMNS]] for name, table in result_tables(answers).items()
    }
    checks = {"checks": answers.checks.table, "computation": _computation(answers)}
    if answers.predictive is not None:
        checks["checks_by_kind"] = answers.predictive.statistics
    who = {"team_sizes": _team_sizes(answers), "left_out": _left_out(answers)}
    return {**results, **checks, **who, "priors": answers.fit.priors.table(), "origin": origin}


def _computation(answers: Answers) -> pd.DataFrame:
    checks = answers.fit.certificate.checks
    columns = ("name", "verdict", "value", "bound", "words")
    return pd.DataFrame([{name: getattr(one, name) for name in columns} for one in checks])


def _team_sizes(answers: Answers) -> pd.DataFrame:
    """Teams by classes of size, as in the report."""
    fit, rule = answers.fit, answers.rule
    sizes = fit.draws["constant_data"]["team_size"].to_numpy()[~hidden_teams(fit.draws, rule)]
    classes = size_classes(sizes, fit.provenance.n_teams, rule, language="en")
    return pd.DataFrame(classes, columns=["respondents in the team", "teams"])


def _left_out(answers: Answers) -> pd.DataFrame:
    """Rows left out by reason, few told together, as in the report."""
    told = left_out_rows(answers.fit.provenance.left_out, answers.rule, language="en")
    rows = [(one.column, one.reason, one.rows) for one in told]
    return pd.DataFrame(rows, columns=["column", "reason", "rows"])
