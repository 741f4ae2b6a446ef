"""Which teams may be shown in answers about a scale."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.nested import suppress_teams
from learnclimate.disclosure.rule import DisclosureRule, too_small
from learnclimate.measurement.answers import ScaleAnswers
from learnclimate.measurement.rows import Row

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Said where figures were rounded.
ROUNDED = (
    "Figures of teams in which few left something open, and then of the study, are rounded: exact "
    "ones would tell how many."
)


def hidden_teams(answers: ScaleAnswers, rule: DisclosureRule) -> tuple[IntArray, BoolArray]:
    """
    Count the members that stand behind a team's figures, and mark the teams to hide.

    The fewest who answered any one item count, of the items that anyone in the team
    answered: a figure about an item is about those only. Teams that protect a small one
    from subtraction within the study or their department are hidden as well, and so are those
    that answers to other questions hide, where all respondents count: else the sizes that are
    told here would give away what is hidden there.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    rule : DisclosureRule
        What is too small.

    Returns
    -------
    members : ndarray of shape (n_teams,), int
        Who answered an item at least.
    hidden : ndarray of shape (n_teams,), bool
        Whether a team is hidden.
    """
    n_teams = len(answers.teams)
    answered = ~np.isnan(answers.values)
    by_item = np.zeros((n_teams, answered.shape[1]), dtype=np.int64)
    np.add.at(by_item, answers.team, answered.astype(np.int64))
    members = np.bincount(answers.team[answered.any(axis=1)], minlength=n_teams)
    fewest = np.where(by_item > 0, by_item, members.max(initial=1)).min(axis=1)
    behind = np.where(members > 0, np.minimum(fewest, members), 0)
    teams, departments = answers.sorted_by
    hidden = np.logical_or.reduce(
        [
            suppress_teams(sizes, rule, teams=teams, departments=departments)
            for sizes in (behind, answers.team_sizes)
        ]
    )
    # Teams in which nobody answered have nothing to hide, and nothing to show.
    return members.astype(np.int64), hidden


def teams_with_scores(
    answers: ScaleAnswers, score: FloatArray, rule: DisclosureRule
) -> tuple[BoolArray, BoolArray]:
    """
    Tell which teams may be shown in answers about scores.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    score : ndarray of shape (n_respondents,)
        Scores; not a number for who has none.
    rule : DisclosureRule
        What is too small.

    Returns
    -------
    shown, hidden : ndarray of shape (n_teams,), bool
        Teams of which enough have a score and answered each item, and those that may not be
        shown; a team in which nobody has a score is neither.
    """
    scored = np.where(np.isfinite(score)[:, None], answers.values, np.nan)
    members, hidden = hidden_teams(replace(answers, values=scored), rule)
    return ~hidden & (members > 0), hidden


def rounded_where_few(
    rows: Iterable[Row], answers: ScaleAnswers, rule: DisclosureRule, *, allowed: int | None = None
) -> list[Row]:
    """
    Round figures of teams in which few left something open, and then those of the study.

    Exact means are fractions of the number of answers they are of, and so tell it. They are
    rounded so far that any number of answers, down to half of those asked, may be behind them.

    Parameters
    ----------
    rows : iterable of Row
        Rows of the study and of teams.
    answers : ScaleAnswers
        The answers.
    rule : DisclosureRule
        How many may be told of.
    allowed : int, optional
        How many items may be open before somebody counts as missing; all but one where left out.

    Returns
    -------
    list of Row
        The same where nobody left anything open, or in each team enough did.
    """
    n_teams, n_items = len(answers.teams), len(answers.items)
    is_open = np.isnan(answers.values)
    most = n_items - 1 if allowed is None else allowed
    unscored = is_open.sum(axis=1) > most
    by_team = np.zeros((n_teams, n_items + 1), dtype=np.int64)
    np.add.at(by_team, answers.team, np.column_stack([is_open, unscored]).astype(np.int64))
    few = too_small(by_team, rule).any(axis=1)
    in_study = bool(few.any() or too_small(by_team.sum(axis=0), rule).any())
    named = dict(zip(answers.teams, few.tolist(), strict=True))
    asked = answers.asked(rule.minimum)
    found = []
    for row in rows:
        n = asked.n_respondents if row.team is None else asked.by_team[row.team]
        if in_study if row.team is None else named[row.team]:
            digits = int(np.log10(max(n // 2 * n_items, 1)))
            figures = {name: round(value, digits) for name, value in row.figures.items()}
            found.append(replace(row, figures=figures))
        else:
            found.append(row)
    return found
