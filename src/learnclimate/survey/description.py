"""Describe a survey in a few tables that disclose no small group."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.layout import paragraph, table_text
from learnclimate.core.showing import html_table
from learnclimate.disclosure.recording import lowered
from learnclimate.disclosure.response import Invited, response_told
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule, suppress
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.describe_numbers import number_told
from learnclimate.survey.describe_outcome import outcome_tables, told_shares
from learnclimate.survey.hidden_groups import answers_told, teams_told
from learnclimate.survey.left_out import rows_by_reason

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, repr=False)
class SurveyDescription:
    """
    Who answered, and what, in tables.

    Attributes
    ----------
    n_respondents : int or None
        Respondents kept; None where they are fewer than may be shown.
    n_teams : int or None
        Teams among them; likewise.
    tables : tuple of (title, pandas.DataFrame)
        Response where it is known, team sizes, outcome, answers to each frequency, categories,
        numbers, rows left out. Numbers are told rounded, of people in teams that are shown.
    note : str
        That groups below the default minimum are shown, and why; empty where none are.
    minimum : int
        Fewest respondents who may be shown.

    Examples
    --------
    >>> from learnclimate.survey.example import load_example
    >>> print(dict(load_example().describe().tables)["Team sizes"].to_string(index=False))
     teams smallest median largest  teams hidden
        60        8     11      16             0
    """

    n_respondents: int | None
    n_teams: int | None
    tables: tuple[tuple[str, pd.DataFrame], ...]
    note: str = ""
    minimum: int = DEFAULT_MINIMUM

    def __str__(self) -> str:
        """Lay the tables out as text."""
        parts = [paragraph(self._heading())]
        parts += [
            f"{paragraph(title)}\n{table_text(table, where='.tables')}"
            for title, table in self.tables
        ]
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        parts = [f"<p>{html.escape(self._heading())}</p>"]
        for title, table in self.tables:
            rows = table.itertuples(index=False, name=None)
            parts.append(html_table(list(map(str, table.columns)), rows, caption=title))
        return "".join(parts)

    def _heading(self) -> str:
        counted = (
            f"Fewer than {self.minimum} respondents, too few to describe"
            if self.n_respondents is None
            else f"{self.n_respondents} respondents in {self.n_teams} teams"
        )
        return f"{counted}. {self.note}" if self.note else counted


def describe(
    frame: pd.DataFrame,
    codebook: Codebook,
    ledger: pd.DataFrame,
    rule: DisclosureRule | None = None,
    *,
    name_order: Mapping[str, Sequence[str]] | None = None,
    invited: Invited | None = None,
) -> SurveyDescription:
    """
    Describe validated answers.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    codebook : Codebook
        What was asked.
    ledger : pandas.DataFrame
        What was left out.
    rule : DisclosureRule, optional
        Which groups are too small to show.
    name_order : mapping of str to sequence of str, optional
        Pseudonyms of teams and of departments, in the order of their names.
    invited : Invited, optional
        How many people were asked.

    Returns
    -------
    SurveyDescription
        The tables.

    Examples
    --------
    >>> from learnclimate.survey.example import load_example
    >>> survey = load_example()
    >>> described = describe(survey.frame, survey.codebook, survey.ledger, DisclosureRule(10))
    >>> dict(described.tables)["Team sizes"]["teams hidden"].item()
    16
    """
    rule = rule or DisclosureRule()
    tables: list[tuple[str, pd.DataFrame]] = []
    if len(frame) >= rule.minimum:
        teams = teams_told(frame, codebook, rule, name_order or {})
        if invited is not None:
            tables.append(("Response", _response(invited, teams, rule)))
        tables.append(("Team sizes", _team_sizes(teams)))
        if codebook.outcome is None:
            tables.append(("Scales", _scales(codebook)))
        else:
            tables += outcome_tables(frame, codebook, rule, name_order)
        tables += _tables(frame, codebook, rule, teams)
        default = DisclosureRule()
        # At a raised minimum nothing is told of numbers that the default hides.
        raised = rule.minimum > default.minimum
        everywhere = teams_told(frame, codebook, default, name_order or {}) if raised else teams
        tables += _numbers(frame, codebook, rule, (teams, everywhere))
    if len(ledger):
        tables.append(("Left out", _left_out(ledger, rule)))
    told = lowered(rule)
    if 0 < len(frame) < rule.minimum:
        return SurveyDescription(None, None, tuple(tables), told, rule.minimum)
    n_teams = frame[codebook.team].nunique()
    return SurveyDescription(len(frame), n_teams, tuple(tables), told, rule.minimum)


def _left_out(ledger: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Rows left out by question and reason; reasons of few rows told together."""
    table = rows_by_reason(ledger).astype({"rows": object})
    order = table["column"] + ": " + table["reason"]
    hidden = suppress(table["rows"].to_numpy(dtype=np.int64), rule, order=order)
    if not hidden.any():
        return table
    few = table[hidden]
    rows = int(few["rows"].sum())
    together = {
        "column": ", ".join(dict.fromkeys(few["column"])),
        "reason": "; ".join(dict.fromkeys(few["reason"])),
        "rows": f"fewer than {rule.minimum}" if rows < rule.minimum else rows,
    }
    return pd.concat([table[~hidden], pd.DataFrame([together])], ignore_index=True)


def _scales(codebook: Codebook) -> pd.DataFrame:
    """List what was asked; answers are for `item_analysis`, which guards items together."""
    rows = [
        (one.name, len(one.items), f"{one.minimum} to {one.maximum}", len(one.reverse))
        for one in codebook.scales
    ]
    return pd.DataFrame(rows, columns=["scale", "items", "answers", "reversed"])


def _tables(
    frame: pd.DataFrame, codebook: Codebook, rule: DisclosureRule, teams: pd.DataFrame
) -> list[tuple[str, pd.DataFrame]]:
    """Lay out the tables of frequencies and categories of a survey that is large enough."""
    tables = [
        (f"Frequency: {column}", _shares(frame[column], rule))
        for column in codebook.frequency_columns
    ]
    for column in codebook.covariates:
        if column == codebook.department:
            # What is told of departments goes with what is told of their teams.
            whole = teams.groupby("department", sort=False)[["respondents", "is_open"]]
            told = whole.agg({"respondents": "sum", "is_open": "first"})
            labels, sizes = list(map(str, told.index)), told["respondents"].to_numpy()
            table = told_shares(labels, sizes, told["is_open"].to_numpy())
            tables.append((f"Covariate: {column}", table))
        elif not pd.api.types.is_numeric_dtype(frame[column]):
            tables.append((f"Covariate: {column}", _shares(frame[column], rule)))
    return tables


def _numbers(
    frame: pd.DataFrame,
    codebook: Codebook,
    rule: DisclosureRule,
    teams: tuple[pd.DataFrame, pd.DataFrame],
) -> list[tuple[str, pd.DataFrame]]:
    """Lay out covariates that are numbers, of teams as they are shown and as the default does."""
    numeric = [
        column
        for column in codebook.covariates
        if column != codebook.department and pd.api.types.is_numeric_dtype(frame[column])
    ]
    if not numeric:
        return []
    shown, usually = (
        frame[codebook.team].isin(told.index[~told["hidden"].to_numpy()]) for told in teams
    )
    rows = [
        number_told(column, frame.loc[shown, column], rule, frame.loc[usually, column])
        for column in numeric
    ]
    return [("Covariates that are numbers", pd.DataFrame(rows))]


def _team_sizes(teams: pd.DataFrame) -> pd.DataFrame:
    """Sizes of the teams that are large enough, and how many are not shown."""
    sizes, hidden = teams["respondents"].to_numpy(), teams["hidden"].to_numpy()
    shown = sizes[~hidden]
    told = (
        [f"{value:g}" for value in (shown.min(), np.median(shown), shown.max())]
        if len(shown)
        else ["hidden"] * 3
    )
    return pd.DataFrame(
        {
            "teams": [len(sizes)],
            "smallest": told[:1],
            "median": told[1:2],
            "largest": told[2:],
            "teams hidden": [int(hidden.sum())],
        }
    )


def _response(invited: Invited, teams: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Respondents among those who were asked, in all and over the teams that may be shown."""
    shown = teams.loc[~teams["hidden"], "respondents"]
    told = response_told(
        invited.among(set(map(str, teams.index))),
        {str(team): int(size) for team, size in shown.items()},
        int(teams["respondents"].sum()),
        rule,
        some_hidden=bool(teams["hidden"].any()),
    )
    few = f"all but fewer than {told.missing_below}"
    row: dict[str, object] = {
        "asked": "not told" if told.invited is None else told.invited,
        "respondents": told.respondents,
        "response": few if told.share is None else f"{told.share:.0%}",
    }
    shares = np.array(told.team_shares)
    if len(shares) > 1:
        spread = {"lowest": shares.min(), "median": np.median(shares), "highest": shares.max()}
        row |= {f"{name} of {len(shares)} teams": f"{one:.0%}" for name, one in spread.items()}
    if told.silent_teams:
        row["teams without respondents"] = told.silent_teams
    return pd.DataFrame([row])


def _shares(answers: pd.Series, rule: DisclosureRule) -> pd.DataFrame:
    """Answers to one question, small groups and what would give them away hidden."""
    told = answers_told(answers, rule)
    return told_shares(list(told.index), told["respondents"].to_numpy(), told["hidden"].to_numpy())
