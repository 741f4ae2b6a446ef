"""Which teams may be shown in answers about a scale."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.nested import suppress_teams
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.answers import ScaleAnswers

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


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
    hidden = suppress_teams(behind, rule, teams=teams, departments=departments)
    hidden |= answers.hidden_by_size(rule)
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
