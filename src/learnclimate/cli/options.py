"""How a study is fitted and told: what the options of a command come to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from learnclimate.core.errors import ArgumentError, FileError
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule


@dataclass(frozen=True, slots=True)
class Source:
    """
    Files of a study.

    Attributes
    ----------
    responses : Path
        The answers.
    codebook : Path
        The codebook.
    sheet : str or None
        Sheet of an Excel file; the first where None.
    pseudonyms : Path or None
        Table of pseudonyms for teams and departments; their names are used where None.
    invited : int, str, dict or None
        How many people were asked, as `read_survey` takes it.
    """

    responses: Path
    codebook: Path
    sheet: str | None = None
    pseudonyms: Path | None = None
    invited: int | str | dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """
    What a model holds besides family and coding; as the fields of `CountModel`.

    Attributes
    ----------
    moderators : tuple of str
        What describes teams.
    interactions : tuple of pairs of str
        Frequencies that go together.
    between : str
        ``"no"``, ``"manifest"`` or ``"latent"``.
    department_effects : tuple of str
        What varies over departments.
    missing_frequency : str
        ``"leave_out"`` or ``"sum_out"``.
    """

    moderators: tuple[str, ...] = ()
    interactions: tuple[tuple[str, str], ...] = ()
    between: str = "no"
    department_effects: tuple[str, ...] = ()
    missing_frequency: str = "leave_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOptions:
    """
    How a study is fitted and told.

    Attributes
    ----------
    engine : str
        The engine.
    draws : int
        Posterior draws.
    seed : int
        Seed of every random number.
    family : str
        ``"auto"``, ``"negative-binomial"``, ``"poisson"`` and so on; see `FamilyName`.
    coding : str
        ``"monotonic"``, ``"unordered"`` or ``"linear"``.
    structure : Structure
        What else the model holds.
    rule : DisclosureRule
        Which groups are too small to show.
    pooled : bool
        Of several kinds of activity: whether they are pooled.
    """

    engine: Literal["auto", "marginal", "nuts"]
    draws: int
    seed: int
    family: str = "auto"
    coding: str = "monotonic"
    structure: Structure = field(default_factory=Structure)
    rule: DisclosureRule = field(default_factory=DisclosureRule)
    pooled: bool = True


def pairs_of(written: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """
    Read pairs of frequencies.

    Parameters
    ----------
    written : sequence of str
        Each as ``"talk:meetings"``.

    Returns
    -------
    tuple of pairs of str
        The pairs.

    Raises
    ------
    ArgumentError
        If one is no pair; in the words of the command.
    """
    found = []
    for pair in written:
        first, colon, second = pair.partition(":")
        if not (colon and first.strip() and second.strip()) or ":" in second:
            raise ArgumentError(
                f"--interaction {pair!r}: give two frequencies with a colon between them, such as "
                "--interaction talk:meetings."
            )
        found.append((first.strip(), second.strip()))
    return tuple(found)


def invited_of(written: str | None) -> int | str | dict[str, object] | None:
    """
    Read how many people were asked: a number, a file of numbers by team, or a column's name.

    Parameters
    ----------
    written : str or None
        What follows ``--invited``.

    Returns
    -------
    int, str, dict or None
        As `read_survey` takes it.

    Raises
    ------
    ArgumentError
        If a file has not two columns, team and number.
    FileError
        If it cannot be read.
    """
    if written is None or written.strip().isdecimal():
        return None if written is None else int(written)
    path = Path(written)
    if path.suffix.lower() not in (".csv", ".txt", ".tsv"):
        return written
    if not path.exists():
        raise FileError(f"--invited: there is no file {path}. Check the path.")
    from learnclimate.survey.csv_file import csv_answers
    from learnclimate.survey.csv_text import open_csv

    text = open_csv(path)
    if len(text.header) != 2:
        raise ArgumentError(
            f"--invited {path}: give a file of two columns, the team and how many of it were "
            f"asked; this one has {len(text.header)}."
        )
    table = csv_answers(text, as_text=text.header[:1]).frame
    pairs = table.itertuples(index=False, name=None)
    return _by_team([(str(team).strip(), people) for team, people in pairs], path)


def _by_team(pairs: list[tuple[str, object]], path: Path) -> dict[str, object]:
    teams = [team for team, _ in pairs]
    for team in teams:
        if teams.count(team) > 1:
            raise ArgumentError(f"--invited {path}: team {team!r} stands there twice.")
    return dict(pairs)


def disclosure_rule(minimum: int, reason: str | None) -> DisclosureRule:
    """
    Make the rule that a command asks for.

    Parameters
    ----------
    minimum : int
        Smallest group shown.
    reason : str or None
        Why it is below the usual minimum.

    Returns
    -------
    DisclosureRule
        The rule.

    Raises
    ------
    ArgumentError
        If the minimum is below the usual one without a reason; in the words of the command.
    """
    if minimum < DEFAULT_MINIMUM and not (reason or "").strip():
        raise ArgumentError(
            f"--minimum-group {minimum}: below {DEFAULT_MINIMUM}, say why it is allowed: "
            f"--minimum-group {minimum} --reason 'public data'."
        )
    return DisclosureRule(minimum, reason)
