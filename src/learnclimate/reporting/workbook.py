"""All tables of a study in one Excel workbook."""

from collections.abc import Mapping, Sequence
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from learnclimate.core.files import write_atomically
from learnclimate.core.result import RESULT_COLUMNS
from learnclimate.inference.small_groups import hidden_teams
from learnclimate.reporting.answers import Answers
from learnclimate.reporting.facts import left_out_rows, size_classes

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_WIDEST = 60
#: Room for the button that filters a column.
_FILTER_WIDTH = 4
_DECIMALS = "0.000"
#: What begins a formula in a spreadsheet; a tab or a return lets one begin behind it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


_SHEETS: Final[Mapping[str, str]] = {
    "expected_counts": "Expected number of activities at each answer",
    "rate_ratios": "Expected numbers divided by that at the lowest answer",
    "kind_comparison": "Ratio of one kind of activity divided by that of another",
    "e_values": "How strongly something not asked would have to go with talking and with learning",
    "reporting_bias": "The ratio, were numbers overstated by those who gave the highest answer",
    "variance_shares": "How much of the differences between respondents lies between teams",
    "team_effects": "How far each team lies from the average team, on the log scale",
    "team_ranks": "Rank of each team, and the probability of being among the top ones",
    "checks": "Whether the model reproduces the answers",
    "checks_by_kind": "The answers against new ones from the model, by kind of activity",
    "computation": "Whether the computation can be trusted",
    "team_sizes": "Teams by number of respondents",
    "left_out": "Rows of the source that the analysis leaves out; reasons of few rows together",
    "priors": "What was assumed before the answers were read",
    "origin": "Source, versions and seed",
}
_COLUMNS_TOLD: Final[Mapping[str, str]] = {
    "about": "The frequency that was asked, or what differs between teams",
    "mean": "Mean of the posterior draws",
    "sd": "Their standard deviation",
    "median": "Their median",
    "lower": "Where the {interval} interval begins",
    "upper": "Where the {interval} interval ends",
    "probability": "That the ratio is above 1, the effect above 0, or the team among the top",
    "n_respondents": "Respondents that the row is about",
    "suppressed": "Whether the row is hidden, to protect groups of fewer than {minimum}",
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
    file = BytesIO()
    with pd.ExcelWriter(file, engine="openpyxl") as writer:
        writer.book.properties.title = f"learnclimate: {answers.fit.provenance.source}"
        writer.book.properties.creator = f"learnclimate {metadata.version('learnclimate')}"
        for name, table in workbook_sheets(answers).items():
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
    last = {"priors": answers.fit.priors.table(), "origin": origin}
    sheets = {**results, **checks, **who, **last}
    return {**sheets, "notes": _notes([*sheets], answers)}


def _notes(sheets: Sequence[str], answers: Answers) -> pd.DataFrame:
    """Say what each sheet holds, and what the columns of results mean."""
    rows = [("sheet", name, _SHEETS[name]) for name in sheets]
    rows += [("column of results", name, told) for name, told in _COLUMNS_TOLD.items()]
    told = {"interval": f"{answers.interval:.0%}", "minimum": answers.rule.minimum}
    return pd.DataFrame(
        [(kind, name, words.format(**told)) for kind, name, words in rows],
        columns=["kind", "name", "what it is"],
    )


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
    rows: list[tuple[str, str, int | str]] = [(one.column, one.reason, one.rows) for one in told]
    if not rows and answers.fit.provenance.n_left_out != 0:
        minimum = max(answers.rule.minimum, answers.fit.provenance.n_left_out_below or 0)
        rows = [("", "too few to tell why", f"fewer than {minimum}")]
    return pd.DataFrame(rows, columns=["column", "reason", "rows"])
