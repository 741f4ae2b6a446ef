"""How a study is fitted and told: what the options of a command come to."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from learnclimate.disclosure.rule import DisclosureRule


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
    """

    responses: Path
    codebook: Path
    sheet: str | None = None


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
        ``"negative-binomial"`` or ``"poisson"``.
    coding : str
        ``"monotonic"``, ``"unordered"`` or ``"linear"``.
    rule : DisclosureRule
        Which groups are too small to show.
    """

    engine: Literal["auto", "marginal", "nuts"]
    draws: int
    seed: int
    family: str = "negative-binomial"
    coding: str = "monotonic"
    rule: DisclosureRule = field(default_factory=DisclosureRule)
