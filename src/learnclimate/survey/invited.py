"""How many people were asked: for the whole study, by team, or in a column of the answers."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, SurveyError, nearest
from learnclimate.core.numbers import is_number, whole_number
from learnclimate.disclosure.response import Invited
from learnclimate.survey.answers import labels_of, numbers_of
from learnclimate.survey.codebook import Codebook

#: Respondents by team.
Sizes = Mapping[str, int]


def checked_invited(
    invited: object, answers: pd.DataFrame, codebook: Codebook, sizes: Sizes
) -> Invited:
    """
    Check how many people were asked against who answered.

    Parameters
    ----------
    invited : int, str, or mapping or Series of team to int
        A number for the study; the name of a column that holds the number of the respondent's
        team; or numbers by team, those included in which nobody answered.
    answers : pandas.DataFrame
        Answers as they were read, with all columns.
    codebook : Codebook
        What was asked.
    sizes : mapping of str to int
        People of each team who answered.

    Returns
    -------
    Invited
        The numbers.

    Raises
    ------
    ArgumentError
        If a number is no whole number of 1 or more, a team has none, or fewer were asked
        than answered.
    ArgumentTypeError
        If `invited` is none of these.
    SurveyError
        If there is no such column, or it gives a team two numbers.

    Examples
    --------
    >>> book = Codebook(outcome="n", team="team")
    >>> checked_invited({"a": 12, "b": 9}, pd.DataFrame(), book, {"a": 7})
    Invited(total=21, by_team=(('a', 12),), silent_teams=1, silent=9, withheld_below=None)
    """
    if isinstance(invited, str):
        return _of_teams(_from_column(answers, invited, codebook), sizes)
    if isinstance(invited, pd.Series | Mapping):
        return _of_teams(_from_pairs(invited), sizes)
    if not is_number(invited):
        raise ArgumentTypeError(
            f"invited={invited!r}: give the number of people who were asked, a mapping of team to "
            "number, or the name of a column that holds the number of each team."
        )
    total, answered = _people(invited, "invited"), sum(sizes.values())
    if total < answered:
        raise ArgumentError(
            f"invited={total}: more people answered, {answered}. Give all who were asked, those "
            "who did not answer included."
        )
    return Invited(total)


def _people(value: Any, where: str) -> int:
    """Read a number of people."""
    number = whole_number(value)
    if number is not None and number >= 1:
        return number
    share = " Give people, not a share." if is_number(value) and 0 < value < 1 else ""
    raise ArgumentError(f"{where}={value!r} is no whole number of 1 or more.{share}")


def _from_pairs(invited: Any) -> dict[str, int]:
    """Read numbers by team."""
    labels = labels_of(pd.Series(list(invited.keys()), dtype=object)).tolist()
    values = list(invited.values) if isinstance(invited, pd.Series) else list(invited.values())
    found: dict[str, int] = {}
    for team, value in zip(labels, values, strict=True):
        if team is None:
            raise ArgumentError(f"invited: a number ({value!r}) has no team. Name it.")
        if team in found:
            raise ArgumentError(f"invited names team {team!r} twice. Give each team one number.")
        found[team] = _people(value, f"invited[{team!r}]")
    return found


def _from_column(answers: pd.DataFrame, column: str, codebook: Codebook) -> dict[str, int]:
    """Read the number of each team from a column, in which respondents of a team agree."""
    if column not in answers.columns:
        raise SurveyError(
            f"invited={column!r}: there is no such column. {nearest(column, answers.columns)}"
        )
    pairs = pd.DataFrame(
        {"team": labels_of(answers[codebook.team]), "people": numbers_of(answers[column])}
    ).dropna()
    found: dict[str, int] = {}
    for team, numbers in pairs.groupby("team", sort=True)["people"]:
        several = numbers.unique()
        if len(several) > 1:
            raise SurveyError(
                f"Column {column!r} gives team {team!r} several numbers of people asked: "
                f"{', '.join(f'{one:g}' for one in several[:5])}. Give all its rows the same one."
            )
        found[str(team)] = _people(float(several[0]), f"Column {column!r}, team {team!r}: invited")
    return found


def _of_teams(people: Mapping[str, int], sizes: Sizes) -> Invited:
    """Compare the numbers asked with those who answered, team by team."""
    if not people:
        raise ArgumentError("invited holds no numbers. Leave it out, or name the teams.")
    for team, answered in sizes.items():
        if team not in people:
            raise ArgumentError(
                f"invited has no number for team {team!r}, of which people answered. "
                f"{nearest(team, people)} Or give one number for the whole study."
            )
        if people[team] < answered:
            raise ArgumentError(
                f"invited[{team!r}]={people[team]}: more people of this team answered. Give all "
                "who were asked."
            )
    silent = {team: number for team, number in people.items() if team not in sizes}
    by_team = tuple((team, number) for team, number in people.items() if team in sizes)
    return Invited(sum(people.values()), by_team, len(silent), sum(silent.values()))
