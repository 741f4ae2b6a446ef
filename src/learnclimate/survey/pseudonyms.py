"""`pseudonymise`: team and department names replaced by codes, which a table of yours resolves."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pandas as pd

from learnclimate.core.errors import ArgumentTypeError, FileError
from learnclimate.core.files import checked_path, write_atomically
from learnclimate.disclosure.pseudonyms import draw_pseudonyms
from learnclimate.disclosure.response import Invited
from learnclimate.survey.survey import Survey

_COLUMNS = ("role", "name", "pseudonym")
_PREFIXES = {"team": "T-", "department": "D-"}

Pseudonyms = dict[str, dict[str, str]]


def pseudonymise(survey: Survey, table: str | Path) -> Survey:
    """
    Replace the names of teams and departments by codes drawn by chance.

    The codes are kept in a table, so that a team has the same code whenever the table is
    given again; names that it does not hold are added to it. Neither fit nor report holds
    the table: keep it as you keep the answers.

    Parameters
    ----------
    survey : Survey
        The answers.
    table : path
        A CSV file with the columns ``role, name, pseudonym``; made where there is none.

    Returns
    -------
    Survey
        The same answers under pseudonyms, sorted by pseudonym wherever teams are sorted.
        Its ``pseudonymised`` names the columns, and so does every fit and report. How many
        people of each team were asked is forgotten, which would tell its name; of the whole
        study it is kept.

    Raises
    ------
    ArgumentTypeError
        If `survey` is no survey, or `table` no path.
    FileError
        If the table cannot be read or written, or gives one code to two names.

    Examples
    --------
    >>> import tempfile
    >>> from learnclimate.survey.simulation import simulate_survey
    >>> survey = simulate_survey(n_teams=20, team_size=8, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = pseudonymise(survey, f"{folder}/names.csv")
    ...     again = pseudonymise(survey, f"{folder}/names.csv")
    >>> "team" in first.pseudonymised
    True
    >>> first.frame["team"].cat.categories[0].startswith("T-")
    True
    >>> bool((first.frame["team"] == again.frame["team"]).all())
    True
    """
    if not isinstance(survey, Survey):
        raise ArgumentTypeError(
            f"pseudonymise(survey=...): {type(survey).__name__} is not a Survey. Read the answers "
            "first: survey = read_survey(answers, codebook)."
        )
    path = checked_path(table, "pseudonymise(table=...)")
    known = _read(path) if path.exists() else {role: {} for role in _PREFIXES}
    codebook, frame, aside = survey.codebook, survey.frame, survey.without_frequency
    found, columns, orders = dict(known), [], dict(survey.name_order)
    for role, column in (("team", codebook.team), ("department", codebook.department)):
        if column is None or column in survey.pseudonymised:
            continue
        names = {str(name) for name in frame[column].cat.categories}
        if aside is not None:
            names |= {str(name) for name in aside[column].cat.categories}
        found[role] = draw_pseudonyms(sorted(names), _PREFIXES[role], known[role])
        frame = frame.assign(**{column: _renamed(frame[column], found[role])})
        if aside is not None:
            aside = aside.assign(**{column: _renamed(aside[column], found[role])})
        columns.append(column)
        orders[column] = tuple(found[role][name] for name in sorted(names))
    if found != known:
        _write(path, found)
    truth = survey.truth
    if truth is not None and codebook.team in columns:
        truth = replace(truth, teams=tuple(found["team"].get(team, team) for team in truth.teams))
    told = (*survey.pseudonymised, *columns)
    return replace(
        survey,
        frame=frame,
        truth=truth,
        pseudonymised=told,
        without_frequency=aside,
        name_order=orders,
        invited=_without_teams(survey.invited) if codebook.team in columns else survey.invited,
    )


def _without_teams(invited: Invited | None) -> Invited | None:
    """Forget how many people each team has: that would tell its name to who knows the teams."""
    return None if invited is None else replace(invited, by_team=())


def _renamed(labels: pd.Series, codes: dict[str, str]) -> pd.Series:
    """Give codes for labels; categories sorted anew, since their order would tell the names."""
    renamed = labels.cat.rename_categories(
        {name: codes[str(name)] for name in labels.cat.categories}
    )
    return renamed.cat.reorder_categories(sorted(renamed.cat.categories))


def _read(path: Path) -> Pseudonyms:
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"The table of pseudonyms {path} cannot be read: {error}.") from error
    if not rows or tuple(rows[0]) != _COLUMNS:
        raise FileError(
            f"{path} is no table of pseudonyms: its first line should be {','.join(_COLUMNS)}. "
            "Give the file that pseudonymise wrote, or a path where there is none."
        )
    known: Pseudonyms = {role: {} for role in _PREFIXES}
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        if len(row) != len(_COLUMNS) or row[0] not in known or not row[2]:
            raise FileError(
                f"{path}, line {number}: give a role ({', '.join(known)}), a name and a pseudonym."
            )
        role, name, code = row
        if name in known[role] or code in known[role].values():
            raise FileError(
                f"{path}, line {number}: {name!r} or {code!r} stands there twice for a {role}. "
                "One name has one pseudonym."
            )
        known[role][name] = code
    return known


def _write(path: Path, found: Pseudonyms) -> None:
    """Write the table, sorted by pseudonym: an order of names would tell where new ones came."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for role, codes in found.items():
        by_code = sorted((code, name) for name, code in codes.items())
        writer.writerows((role, name, code) for code, name in by_code)
    write_atomically(path, text.getvalue().encode())
    # Who can read the table can tell who everybody is.
    path.chmod(0o600)
