"""Describe a survey in a few tables that disclose no small group."""

import html
from dataclasses import dataclass

import numpy as np
import pandas as pd

from learnclimate.disclosure.rule import DisclosureRule, suppress
from learnclimate.survey.codebook import Codebook


@dataclass(frozen=True, slots=True)
class SurveyDescription:
    """
    Who answered, and what, in tables.

    Attributes
    ----------
    n_respondents : int
        Respondents kept.
    n_teams : int
        Teams among them.
    tables : tuple of (title, pandas.DataFrame)
        Team sizes, outcome, answers to each frequency, categories, rows left out.
    """

    n_respondents: int
    n_teams: int
    tables: tuple[tuple[str, pd.DataFrame], ...]

    def __str__(self) -> str:
        """Lay the tables out as text."""
        parts = [f"{self.n_respondents} respondents in {self.n_teams} teams"]
        parts += [f"{title}\n{table.to_string(index=False)}" for title, table in self.tables]
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        parts = [f"<p>{self.n_respondents} respondents in {self.n_teams} teams</p>"]
        parts += [
            f"<p><b>{html.escape(title)}</b></p>{table.to_html(index=False)}"
            for title, table in self.tables
        ]
        return "".join(parts)


def describe(
    frame: pd.DataFrame,
    codebook: Codebook,
    ledger: pd.DataFrame,
    rule: DisclosureRule | None = None,
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

    Returns
    -------
    SurveyDescription
        The tables.
    """
    rule = rule or DisclosureRule()
    sizes = frame[codebook.team].value_counts().to_numpy()
    outcome = frame[codebook.outcome].to_numpy(dtype=float)
    tables = [
        ("Team sizes", _spread(sizes, rule)),
        (
            f"Outcome: {codebook.outcome}",
            pd.DataFrame(
                {
                    "mean": [round(float(outcome.mean()), 2)],
                    "variance": [
                        round(float(outcome.var(ddof=1)), 2) if len(outcome) > 1 else None
                    ],
                    "share of zeros": [round(float((outcome == 0).mean()), 3)],
                }
            ),
        ),
    ]
    for column in codebook.frequency_columns:
        tables.append((f"Frequency: {column}", _shares(frame[column], rule)))
    for column in codebook.covariates:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            tables.append((f"Covariate: {column}", _shares(frame[column], rule)))
    if len(ledger):
        reasons = ledger.groupby(["column", "reason"], sort=False)["row"].nunique()
        tables.append(("Left out", reasons.rename("rows").reset_index()))
    return SurveyDescription(len(frame), len(sizes), tuple(tables))


def _spread(sizes: np.ndarray, rule: DisclosureRule) -> pd.DataFrame:
    """Team sizes, with the smallest told only as 'below the minimum'."""
    smallest = int(sizes.min())
    least = f"below {rule.minimum}" if smallest < rule.minimum else str(smallest)
    return pd.DataFrame(
        {
            "teams": [len(sizes)],
            "smallest": [least],
            "median": [float(np.median(sizes))],
            "largest": [int(sizes.max())],
            f"teams below {rule.minimum}": [int((sizes < rule.minimum).sum())],
        }
    )


def _shares(answers: pd.Series, rule: DisclosureRule) -> pd.DataFrame:
    counts = answers.value_counts(sort=False)
    hidden = suppress(counts.to_numpy(), rule)
    shown = [
        "hidden" if hide else str(int(count)) for count, hide in zip(counts, hidden, strict=True)
    ]
    shares = [
        "" if hide else f"{count / len(answers):.1%}"
        for count, hide in zip(counts, hidden, strict=True)
    ]
    return pd.DataFrame({"answer": counts.index.astype(str), "respondents": shown, "share": shares})
