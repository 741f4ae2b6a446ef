"""From replicates to an answer: what each design reaches, and which is the cheapest that does."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from learnclimate.checks.kept_work import Record
from learnclimate.checks.verdict import Verdict

#: Width, probability of the right teams, assurance, number of teams to find.
Goal = tuple[float | None, float | None, float, int]


def tabled(
    grid: Sequence[tuple[int, float]],
    replicates: int,
    records: Mapping[str, Record],
    costs: Sequence[float],
) -> pd.DataFrame:
    """
    Summarise the replicates of each design.

    Parameters
    ----------
    grid : sequence of (int, float)
        Numbers of teams and team sizes.
    replicates : int
        How many replicates each design has.
    records : mapping of str to dict
        As `learnclimate.checks.design_run.replicate` gives them.
    costs : sequence of two floats
        Cost of a team, and of a respondent.

    Returns
    -------
    pandas.DataFrame
        One row a design, the cheapest first.
    """
    rows = []
    for n_teams, size in grid:
        names = [f"{n_teams} {size:g} {i}" for i in range(replicates)]
        done = pd.DataFrame([records[name] for name in names if not records[name]["failed"]])
        done = done.reindex(columns=["width", "held", "above", "right", "n_respondents"])
        right = done["right"].astype(float)
        some = len(done) > 0
        rows.append(
            {
                "n_teams": n_teams,
                "team_size": size,
                "n_respondents": round(n_teams * size),
                "cost": costs[0] * n_teams + costs[1] * n_teams * size,
                "width": done["width"].astype(float).median() if some else np.nan,
                "width_80": done["width"].astype(float).quantile(0.8) if some else np.nan,
                "above": done["above"].astype(float).mean(),
                "coverage": done["held"].astype(float).mean(),
                "right_teams": right.mean(),
                "right_teams_error": _error_of(right),
                "replicates": len(done),
                "widths": done["width"].astype(float).to_numpy(),
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values(["cost", "n_teams"], kind="stable", ignore_index=True)


def _error_of(shares: pd.Series) -> float:
    """Give the standard error of a mean share, with one more success and failure."""
    if shares.empty:
        return np.nan
    # So that no error is 0, or unknown, where all replicates agree or there is but one.
    more = np.append(shares.to_numpy(), [0.0, 1.0])
    return float(more.std() / np.sqrt(len(shares)))


def judged(
    table: pd.DataFrame, goal: Goal, records: Mapping[str, Record]
) -> tuple[pd.DataFrame, Verdict, str]:
    """
    Find the cheapest design that reaches the goal.

    Parameters
    ----------
    table : pandas.DataFrame
        As `tabled` gives it.
    goal : tuple
        Width, probability of the right teams, assurance, number of teams to find; the
        first two None where they do not matter.
    records : mapping of str to dict
        The replicates; tell how many failed.

    Returns
    -------
    table : pandas.DataFrame
        With ``assurance``, ``by_chance`` and ``reaches``.
    verdict : {"good", "doubtful", "bad", "not applicable"}
        Whether a design reaches the goal.
    words : str
        The answer in sentences.
    """
    width, right, assurance, top = goal
    n = table["replicates"].clip(lower=1)
    reached = [np.nan if width is None else (w <= width).mean() for w in table["widths"]]
    table = table.drop(columns="widths").assign(
        assurance=reached,
        by_chance=np.minimum(top / table["n_teams"], 1.0),
    )
    # One more success and failure, so that no error is 0 where all replicates agree.
    share = (table["assurance"] * n + 1) / (n + 2)
    table["assurance_error"] = np.sqrt(share * (1 - share) / n)
    reaches = pd.Series(data=True, index=table.index)
    surely = pd.Series(data=True, index=table.index)
    if width is not None:
        reaches &= table["assurance"] >= assurance
        surely &= table["assurance"] - table["assurance_error"] >= assurance
    if right is not None:
        reaches &= table["right_teams"] >= right
        surely &= table["right_teams"] - table["right_teams_error"] >= right
    table["reaches"] = reaches & (table["replicates"] > 0)
    verdict, words = _told(table, goal, surely, _perhaps(table, goal))
    return table, verdict, f"{words} {_lost(records)}".strip()


def _perhaps(table: pd.DataFrame, goal: Goal) -> pd.Series:
    """Whether each design reaches the goal or misses it by less than a standard error."""
    width, right, assurance, _ = goal
    perhaps = table["replicates"] > 0
    if width is not None:
        perhaps &= table["assurance"] + table["assurance_error"] >= assurance
    if right is not None:
        perhaps &= table["right_teams"] + table["right_teams_error"] >= right
    return perhaps


def _told(
    table: pd.DataFrame, goal: Goal, surely: pd.Series, perhaps: pd.Series
) -> tuple[Verdict, str]:
    width, right, assurance, top = goal
    if width is None and right is None:
        return "not applicable", (
            "No goal was given: read the table, or give goal=DesignGoal(width=1.5)."
        )
    parts = []
    if width is not None:
        parts.append(
            f"an interval whose upper bound is at most {width:g} times the lower, with a "
            f"probability of {assurance:.0%}"
        )
    if right is not None:
        parts.append(f"a probability of {right:.0%} that one of the {top} strongest teams is found")
    wanted = " and ".join(parts)
    if not table["reaches"].any() and perhaps.any():
        most = table.loc[perhaps, "replicates"].max()
        replicates = "replicate" if most == 1 else "replicates"
        return "doubtful", (
            f"No design of the grid is seen to reach {wanted}, but {most:.0f} {replicates} cannot "
            "tell all of them from it: simulate more."
        )
    if not table["reaches"].any():
        return "bad", f"No design of the grid reaches {wanted}. Try more teams, or larger ones."
    first = int(np.flatnonzero(table["reaches"].to_numpy())[0])
    best = table.iloc[first]
    size = f"{best['n_teams']:.0f} teams of {best['team_size']:g} respondents"
    words = f"{size} (cost {best['cost']:g}) are the cheapest design that reaches {wanted}."
    if right is not None:
        words += f" Choosing as many teams blindly finds each with {best['by_chance']:.0%}."
        if right <= best["by_chance"]:
            return "doubtful", f"{words} The goal asks no more: set right_teams higher."
    if surely.iloc[first]:
        return "good", words
    return "doubtful", f"{words} It does so narrowly: simulate more replicates to be sure."


def _lost(records: Mapping[str, Record]) -> str:
    failed = sum(bool(record["failed"]) for record in records.values())
    uncertified = sum(not r["passed"] and not r["failed"] for r in records.values())
    words = ""
    if failed:
        why = next(str(record["failed"]) for record in records.values() if record["failed"])
        words = f"{failed} of {len(records)} studies could not be fitted and are left out: {why}"
    if uncertified:
        words += f" The certificate did not pass in {uncertified} of {len(records)}."
    return words.strip()
