"""What every check gives back: a verdict, its numbers, and a sentence."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from learnclimate.core.layout import paragraph
from learnclimate.core.showing import MOST_ROWS, html_of, html_table

Verdict = Literal["good", "doubtful", "bad", "not applicable"]

#: From the gravest to the one that says nothing.
VERDICTS: tuple[Verdict, ...] = ("bad", "doubtful", "good", "not applicable")

_IMPROBABLE, _RARE = 0.01, 0.05
_NOT_THOROUGH = (
    "Whether single teams, respondents or the priors make the answer was not looked at: "
    "check_fit(fit, thorough=True)."
)
_NOTICEABLE, _SLIGHT = 0.05, 0.02

#: Probability of the interval outside of which a difference that matters is not good.
JUDGED_INTERVAL = 1 - _RARE


class Judged:
    """What ends in a verdict and a table: a notebook shows both."""

    __slots__ = ()

    verdict: Verdict
    words: str
    table: pd.DataFrame

    def _repr_html_(self) -> str:
        name = re.sub("(?<!^)(?=[A-Z])", " ", type(self).__name__).capitalize()
        caption = f"{name}: {self.verdict}. {self.words}"
        more = max(0, len(self.table) - MOST_ROWS)
        note = f"<p>{more} more rows in .table.</p>" if more else ""
        return html_of(caption, self.table) + note


@dataclass(frozen=True, slots=True, repr=False)
class Check:
    """
    One thing that was checked.

    Attributes
    ----------
    name : str
        What was checked, for example ``"certificate"`` or ``"share of zeros"``.
    verdict : {"good", "doubtful", "bad", "not applicable"}
        The outcome.
    words : str
        A sentence that says what was found and, where it is not good, what to do.
    values : mapping of str to float
        The figures behind the verdict; empty where not applicable, and without those
        that would tell the answer of fewer respondents than the disclosure rule allows.

    Examples
    --------
    >>> print(Check("share of zeros", "good", "The share of zeros is as expected."))
    [good] share of zeros: The share of zeros is as expected.
    """

    name: str
    verdict: Verdict
    words: str
    values: Mapping[str, float] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        row = [(self.name, self.verdict, self.words)]
        return html_table(["check", "verdict", "in words"], row, caption="A check")

    def __str__(self) -> str:
        """Give the verdict, the name and the sentence in a line."""
        return paragraph(f"[{self.verdict}] {self.name}: {self.words}", rest="  ")

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)


@dataclass(frozen=True, slots=True, repr=False)
class CheckReport:
    """
    Checks of a fit, ordered by what matters first.

    Attributes
    ----------
    checks : tuple of Check
        The checks, the certificate of the draws first.
    note : str
        That groups below the default minimum are shown, and why; empty where none are.

    Examples
    --------
    >>> report = CheckReport(
    ...     (
    ...         Check("certificate", "good", "The draws passed their 5 checks."),
    ...         Check("share of zeros", "doubtful", "There are more zeros than expected."),
    ...     )
    ... )
    >>> report.verdict
    'doubtful'
    >>> report["certificate"].verdict
    'good'
    >>> print(report)
    Checks: doubtful. Read the answers with reservations about: share of zeros.
      [good] certificate: The draws passed their 5 checks.
      [doubtful] share of zeros: There are more zeros than expected.
    """

    checks: tuple[Check, ...]
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict of all checks."""
        return worst(check.verdict for check in self.checks)

    @property
    def words(self) -> str:
        """The outcome in a sentence."""
        return f"{_overall(self.checks)} {self.note}".rstrip()

    @property
    def table(self) -> pd.DataFrame:
        """The checks in a table with the columns ``check, verdict, words``."""
        return pd.DataFrame(
            [(check.name, check.verdict, check.words) for check in self.checks],
            columns=["check", "verdict", "words"],
        )

    def __getitem__(self, name: str) -> Check:
        """
        Give one check by name.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Check
            The check.

        Raises
        ------
        KeyError
            If there is no check of that name.
        """
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(name)

    def __str__(self) -> str:
        """Lay the report out in lines, the outcome first."""
        lines = [paragraph(f"Checks: {self.verdict}. {self.words}")]
        told = [f"[{check.verdict}] {check.name}: {check.words}" for check in self.checks]
        return "\n".join([*lines, *(paragraph(one, first="  ", rest="    ") for one in told)])

    def __repr__(self) -> str:
        """Show the text."""
        return str(self)

    def _repr_html_(self) -> str:
        rows = [(check.name, check.verdict, check.words) for check in self.checks]
        caption = f"Checks: {self.verdict}. {self.words}"
        return html_table(["check", "verdict", "in words"], rows, caption=caption)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """
    Give the gravest of several verdicts.

    Parameters
    ----------
    verdicts : iterable of str
        Verdicts.

    Returns
    -------
    str
        The gravest; ``"not applicable"`` where there are none.

    Examples
    --------
    >>> worst(["good", "doubtful", "not applicable"])
    'doubtful'
    """
    return min(verdicts, key=VERDICTS.index, default="not applicable")


def judge(probability: float, size: float) -> Verdict:
    """
    Judge a difference between answers and predictions.

    With very many respondents any model is found wanting by probabilities alone, so a
    difference must also be large enough to matter.

    Parameters
    ----------
    probability : float
        Posterior predictive probability of a difference at least this large.
    size : float
        The difference, as a share of what is expected.

    Returns
    -------
    {"good", "doubtful", "bad"}
        Bad: probability below 0.01 and size at least 0.05. Good: probability at least
        0.05 or size below 0.02. Doubtful otherwise.

    Examples
    --------
    >>> judge(0.4, 0.3), judge(0.001, 0.3), judge(0.001, 0.001)
    ('good', 'bad', 'good')
    """
    if probability >= _RARE or size < _SLIGHT:
        return "good"
    return "bad" if probability < _IMPROBABLE and size >= _NOTICEABLE else "doubtful"


def _overall(checks: tuple[Check, ...]) -> str:
    named = {
        verdict: ", ".join(check.name for check in checks if check.verdict == verdict)
        for verdict in VERDICTS
    }
    if named["bad"]:
        return f"Do not rely on this fit before this is solved: {named['bad']}."
    if named["doubtful"]:
        return f"Read the answers with reservations about: {named['doubtful']}."
    if not named["good"]:
        return "Nothing could be checked."
    if named["not applicable"]:
        return f"What could be checked is good; not checked: {named['not applicable']}."
    trusted = "The draws can be trusted, and the model reproduces the answers that were given."
    names = {check.name for check in checks}
    if "residuals" in names and "influence" not in names:
        return f"{trusted} {_NOT_THOROUGH}"
    return trusted
