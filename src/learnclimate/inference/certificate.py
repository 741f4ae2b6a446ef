"""`Certificate`: whether the draws can be trusted, check by check, and what was done about it."""

from dataclasses import dataclass
from typing import Literal

from learnclimate.core.layout import paragraph
from learnclimate.core.showing import html_table

Verdict = Literal["good", "bad", "not applicable"]


@dataclass(frozen=True, slots=True)
class CertificateCheck:
    """
    One check of the machinery that made the draws.

    Attributes
    ----------
    name : str
        What was checked, for example ``"R-hat"`` or ``"quadrature"``.
    verdict : {"good", "bad", "not applicable"}
        The outcome.
    value : float
        The measured figure; not a number where not applicable.
    bound : float
        What it was held against.
    words : str
        A sentence that says what the figure means.
    """

    name: str
    verdict: Verdict
    value: float
    bound: float
    words: str


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """
    What vouches for the draws of a fit.

    Attributes
    ----------
    engine : str
        The engine whose draws these are: ``"marginal"``, ``"marginal NUTS"``, ``"nuts"``,
        ``"Gibbs"`` (factors and items in turn) or ``"joint"``.
    checks : tuple of CertificateCheck
        The checks of the run that was kept.
    actions : tuple of str
        What was tried, in order, each a sentence: remedies and escalations.

    References
    ----------
    Rabe-Hesketh, Skrondal and Pickles (2005), doi 10.1016/j.jeconom.2004.08.017 (quadrature).
    Vehtari and others (2024), Pareto smoothed importance sampling, Journal of Machine
    Learning Research 25(72), 1-58, doi 10.48550/arXiv.1507.02646 (weights).
    Vehtari and others (2021), doi 10.1214/20-BA1221 (chains).

    Examples
    --------
    >>> check = CertificateCheck("R-hat", "good", 1.003, 1.01, "the worst R-hat is 1.003")
    >>> certificate = Certificate("nuts", (check,))
    >>> certificate.passed
    True
    >>> print(certificate)
    Certificate (nuts engine): passed
      [good] R-hat: the worst R-hat is 1.003
    """

    engine: str
    checks: tuple[CertificateCheck, ...]
    actions: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no check came out bad."""
        return all(check.verdict != "bad" for check in self.checks)

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        verdict = "passed" if self.passed else "NOT PASSED: do not rely on these draws"
        rows: list[tuple[str, str, str]] = [
            (check.name, check.verdict, check.words) for check in self.checks
        ]
        rows += [("done about it", "", action) for action in self.actions]
        caption = f"Certificate ({self.engine} engine): {verdict}"
        return html_table(["check", "verdict", "in words"], rows, caption=caption)

    def __str__(self) -> str:
        """Lay the certificate out in lines: the verdict first, then checks, then actions."""
        verdict = "passed" if self.passed else "NOT PASSED: do not rely on these draws"
        told = [f"[{check.verdict}] {check.name}: {check.words}" for check in self.checks]
        told += [f"- {action}" for action in self.actions]
        lines = [paragraph(f"Certificate ({self.engine} engine): {verdict}")]
        return "\n".join([*lines, *(paragraph(one, first="  ", rest="    ") for one in told)])
