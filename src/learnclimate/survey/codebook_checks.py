"""Checks of the parts of a codebook: a check returns the clean value."""

import math
import unicodedata
from collections.abc import Mapping, Sequence, Sized
from pathlib import Path

from learnclimate.core.errors import ArgumentTypeError, CodebookError, nearest


def checked_name(where: str, value: object) -> str:
    """
    Check a column name.

    Parameters
    ----------
    where : str
        What it is for, for messages.
    value : object
        What was given.

    Returns
    -------
    str
        The name.

    Raises
    ------
    CodebookError
        If it is empty.
    ArgumentTypeError
        If it is no text.

    Examples
    --------
    >>> checked_name("Codebook(team=...)", "team")
    'team'
    """
    if not isinstance(value, str):
        raise ArgumentTypeError(f"{where}: give a column name, not {value!r}.")
    if not value.strip():
        raise CodebookError(f"{where}: the name is empty. Give the name of a column.")
    return value


def checked_names(where: str, values: object) -> tuple[str, ...]:
    """
    Check a list of column names, none of which may come twice.

    Parameters
    ----------
    where : str
        What they are for, for messages.
    values : object
        What was given.

    Returns
    -------
    tuple of str
        The names.

    Raises
    ------
    CodebookError
        If a name is empty or comes twice.
    ArgumentTypeError
        If it is no list of text.

    Examples
    --------
    >>> checked_names("Codebook(covariates=...)", ["age", "tenure"])
    ('age', 'tenure')
    """
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise ArgumentTypeError(f"{where}: give a list of names, not {values!r}.")
    names = tuple(checked_name(where, value) for value in values)
    for name in names:
        if names.count(name) > 1:
            raise CodebookError(f"{where}: {name!r} is named twice.")
    return names


def checked_columns(where: str, value: object) -> tuple[str, ...]:
    """
    Check one column name, several, or none.

    Parameters
    ----------
    where : str
        What they are for, for messages.
    value : object
        What was given.

    Returns
    -------
    tuple of str
        The names; empty for None.

    Raises
    ------
    CodebookError
        If a name is empty or comes twice.
    ArgumentTypeError
        If it is neither text nor a list of text.

    Examples
    --------
    >>> checked_columns("Codebook(frequency=...)", "talk")
    ('talk',)
    """
    if value is None:
        return ()
    return (checked_name(where, value),) if isinstance(value, str) else checked_names(where, value)


def checked_path(where: str, value: object) -> Path:
    """
    Check a path.

    Parameters
    ----------
    where : str
        What it is for, for messages.
    value : object
        What was given.

    Returns
    -------
    Path
        The path.

    Raises
    ------
    ArgumentTypeError
        If it is none.

    Examples
    --------
    >>> checked_path("Codebook.from_toml(path)", "study.toml").name
    'study.toml'
    """
    if not isinstance(value, str | Path):
        raise ArgumentTypeError(f"{where}: give a path, such as 'study.toml', not {value!r}.")
    return Path(value)


def checked_levels(
    columns: tuple[str, ...], given: Sequence[str] | Mapping[str, Sequence[str]]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """
    Check the levels of every frequency.

    Parameters
    ----------
    columns : tuple of str
        The frequency columns.
    given : sequence of str, or mapping of column to sequence
        The levels, lowest first.

    Returns
    -------
    tuple of (str, tuple of str)
        Each column with its levels.

    Raises
    ------
    CodebookError
        If levels are missing, have no order, come twice, or belong to no frequency.
    ArgumentTypeError
        If levels are no list.

    Examples
    --------
    >>> checked_levels(("talk",), ["no", "yes"])
    (('talk', ('no', 'yes')),)
    """
    if isinstance(given, set | frozenset):
        raise CodebookError(
            "frequency_levels is a set, which has no order. Give a list, lowest level first."
        )
    if not columns:
        if given is not None and not (isinstance(given, Sized) and len(given) == 0):
            raise CodebookError("frequency_levels are given, but no frequency. Name its column.")
        return ()
    if isinstance(given, tuple) and given and all(isinstance(each, tuple) for each in given):
        # As a codebook keeps them: `dataclasses.replace` hands them back.
        given = dict(given)
    if not isinstance(given, Mapping):
        if len(columns) > 1:
            raise CodebookError(
                f"There are {len(columns)} frequencies: give frequency_levels as a mapping of "
                "column to levels."
            )
        given = {columns[0]: given}
    for column in given:
        if column not in columns:
            raise CodebookError(
                f"frequency_levels names {column!r}, which is no frequency. "
                f"{nearest(column, columns)}"
            )
    return tuple((column, _levels_of_one(column, given.get(column, ()))) for column in columns)


def _levels_of_one(column: str, given: object) -> tuple[str, ...]:
    where = f"frequency_levels of {column!r}"
    if isinstance(given, set | frozenset):
        raise CodebookError(
            f"{where} is a set, which has no order. Give a list, lowest level first."
        )
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise ArgumentTypeError(f"{where}: give a list of levels, lowest first, not {given!r}.")
    levels = tuple(_level(where, level) for level in given)
    if len(levels) == 0:
        raise CodebookError(f"{where} are missing. List them in order, lowest first.")
    if len(levels) == 1:
        raise CodebookError(f"{where}: one level ({levels[0]!r}) cannot be compared. List all.")
    for level in levels:
        if levels.count(level) > 1:
            raise CodebookError(f"{where}: {level!r} is listed twice.")
    return levels


def _level(where: str, given: object) -> str:
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if isinstance(given, float) and not math.isfinite(given):
        given = None
    if not isinstance(given, str | int | float) or not str(given).strip():
        raise CodebookError(f"{where}: {given!r} is no level. Write each as it stands in the data.")
    return unicodedata.normalize("NFC", str(given)).strip()
