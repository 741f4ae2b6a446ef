"""Which columns a codebook names; a source must have each of them once."""

from collections.abc import Iterable

from learnclimate.core.errors import SurveyError, nearest
from learnclimate.survey.codebook import Codebook

#: Columns that a message names at most.
_MOST_NAMED = 10


def required_columns(codebook: Codebook) -> dict[str, str]:
    """
    List the columns that a respondent must have answered.

    Parameters
    ----------
    codebook : Codebook
        What was asked.

    Returns
    -------
    dict of str to str
        Role of each.

    Examples
    --------
    >>> required_columns(Codebook(outcome="n", team="unit", respondent="id"))
    {'unit': 'team', 'n': 'outcome'}
    """
    columns = {codebook.team: "team"} | codebook.outcome_columns
    columns |= dict.fromkeys(codebook.frequency_columns, "frequency")
    optional = {"department": codebook.department, "exposure": codebook.exposure}
    optional["weight"] = codebook.weight
    columns |= {column: role for role, column in optional.items() if column is not None}
    return columns | {
        column: "covariate" for column in codebook.covariates if column not in columns
    }


def columns_of(codebook: Codebook) -> dict[str, str]:
    """
    List every column that a codebook names.

    Parameters
    ----------
    codebook : Codebook
        What was asked.

    Returns
    -------
    dict of str to str
        Role of each column, the outcome after the team.

    Examples
    --------
    >>> columns_of(Codebook(outcome="n", team="unit"))
    {'unit': 'team', 'n': 'outcome'}
    """
    columns = required_columns(codebook) | dict.fromkeys(codebook.items, "item")
    return columns | ({codebook.respondent: "respondent"} if codebook.respondent else {})


def code_columns(codebook: Codebook) -> frozenset[str]:
    """
    List the columns whose answers are names and codes, even where they look like numbers.

    Parameters
    ----------
    codebook : Codebook
        What was asked.

    Returns
    -------
    frozenset of str
        Team, department, respondent, frequencies and answer options of the outcome.

    Examples
    --------
    >>> sorted(code_columns(Codebook(outcome="n", team="unit", respondent="id")))
    ['id', 'unit']
    """
    named = [codebook.team, codebook.department, codebook.respondent, *codebook.frequency_columns]
    if codebook.outcome is not None and not codebook.asked.is_exact:
        # "3" beside "4-6" or "10+" is a label, too.
        named += [codebook.asked.name, codebook.asked.version]
    return frozenset(column for column in named if column is not None)


def require_columns(present: Iterable[object], codebook: Codebook, source: str) -> None:
    """
    Refuse a source that lacks a column of the codebook, or has it twice.

    Parameters
    ----------
    present : iterable of object
        Names of the columns there are.
    codebook : Codebook
        What was asked.
    source : str
        Where the answers came from, for messages.

    Raises
    ------
    SurveyError
        Naming the column, with the nearest there is.

    Examples
    --------
    >>> require_columns(["n", "units"], Codebook(outcome="n", team="unit"), "a file")
    Traceback (most recent call last):
    ...
    learnclimate.core.errors.SurveyError: There is no column 'unit' (team) in a file. Did ...
    """
    given = list(present)
    named = columns_of(codebook)
    absent = {column: role for column, role in named.items() if column not in given}
    if len(absent) > 1:
        raise SurveyError(_several_absent(absent, given, source))
    for column, role in named.items():
        if column in absent:
            raise SurveyError(
                f"There is no column {column!r} ({role}) in {source}. {nearest(column, given)}"
            )
        if [str(name) for name in given].count(column) > 1:
            raise SurveyError(f"Two columns are named {column!r} in {source}. Rename one.")


def _several_absent(absent: dict[str, str], given: list[object], source: str) -> str:
    """Name the columns that are not there, each with the one that may be meant."""
    told = []
    for column, role in list(absent.items())[:_MOST_NAMED]:
        near = nearest(column, given)
        told.append(f"{column!r} ({role}{f'; {near}' if near.startswith('Did') else ''})")
    more = f" and {len(absent) - _MOST_NAMED} more" * (len(absent) > _MOST_NAMED)
    there = ", ".join(repr(str(name)) for name in given[:_MOST_NAMED])
    return (
        f"{len(absent)} columns of the codebook are not in {source}: {', '.join(told)}{more}. "
        f"Its columns are {there}{', …' * (len(given) > _MOST_NAMED)}."
    )
