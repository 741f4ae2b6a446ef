"""A minimum below the default is recorded, with its reason, in every answer that it let through."""

import re
from typing import Protocol

import pandas as pd

from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule

_NOTE = re.compile(
    r"Groups of (\w+) or more respondents are shown, fewer than \d+\. The reason given: (.+)\.",
    re.DOTALL,
)


class _Summarised(Protocol):
    """What has a long table with attributes."""

    @property
    def summary(self) -> pd.DataFrame: ...


def recorded[Answer: _Summarised](answer: Answer, rule: DisclosureRule | None) -> Answer:
    """
    Record in an answer that groups below the default minimum are shown, and why.

    Parameters
    ----------
    answer : Result or the like
        What has a ``summary``; its ``attrs`` get ``smallest_group`` and ``reason``, and one note
        more, which is shown with the table. Nothing is added at the default minimum or above.
    rule : DisclosureRule or None
        The rule that was obeyed; None for the default.

    Returns
    -------
    Result or the like
        The same answer.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> answer = SimpleNamespace(summary=pd.DataFrame())
    >>> recorded(answer, DisclosureRule(3, reason="public data")).summary.attrs["notes"]
    ('Groups of 3 or more respondents are shown, fewer than 5. The reason given: public data.',)
    """
    note = lowered(rule)
    if rule is None or not note:
        return answer
    about = answer.summary.attrs
    about |= {"smallest_group": rule.minimum, "reason": str(rule.reason).strip()}
    # An answer that was made from another has the note already.
    about["notes"] = tuple(dict.fromkeys((*about.get("notes", ()), note)))
    return answer


def lowered(rule: DisclosureRule | None) -> str:
    """
    Say that groups below the default minimum are shown, and why.

    Parameters
    ----------
    rule : DisclosureRule or None
        The rule that is obeyed; None for the default.

    Returns
    -------
    str
        Two sentences; empty at the default minimum or above.

    Examples
    --------
    >>> lowered(DisclosureRule(1, reason="made-up answers"))
    'Groups of one or more respondents are shown, fewer than 5. The reason given: made-up answers.'
    >>> lowered(DisclosureRule(8))
    ''
    """
    if rule is None or rule.minimum >= DEFAULT_MINIMUM:
        return ""
    smallest = "one" if rule.minimum == 1 else str(rule.minimum)
    return (
        f"Groups of {smallest} or more respondents are shown, fewer than {DEFAULT_MINIMUM}. "
        f"The reason given: {str(rule.reason).strip().rstrip('.')}."
    )


def rule_behind(answer: object, asked: DisclosureRule | None) -> DisclosureRule | None:
    """
    Tell which rule let an answer through, or a figure drawn of it.

    Parameters
    ----------
    answer : object
        A Result, which keeps what `recorded` wrote; a check, which has `lowered` in its note; or
        what was asked itself, such as a fit.
    asked : DisclosureRule or None
        The rule it was asked with, where it was not answered before.

    Returns
    -------
    DisclosureRule or None
        One below the default minimum; None at the default and above.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> rule = DisclosureRule(1, reason="made-up answers")
    >>> rule_behind(SimpleNamespace(note=lowered(rule)), None) == rule
    True
    >>> rule_behind(SimpleNamespace(note=""), DisclosureRule(8))
    """
    about = getattr(getattr(answer, "summary", None), "attrs", {})
    if "smallest_group" in about:
        return DisclosureRule(about["smallest_group"], reason=about["reason"])
    found = _NOTE.search(str(getattr(answer, "note", "")))
    if found is not None:
        minimum = 1 if found[1] == "one" else int(found[1])
        return DisclosureRule(minimum, reason=found[2])
    return asked if lowered(asked) else None
