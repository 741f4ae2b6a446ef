"""How a study is fitted and told: what the options of a command come to."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from learnclimate.core.errors import ArgumentError
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
    """

    responses: Path
    codebook: Path
    sheet: str | None = None
    pseudonyms: Path | None = None


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
    rule : DisclosureRule
        Which groups are too small to show.
    """

    engine: Literal["auto", "marginal", "nuts"]
    draws: int
    seed: int
    family: str = "auto"
    coding: str = "monotonic"
    rule: DisclosureRule = field(default_factory=DisclosureRule)


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
