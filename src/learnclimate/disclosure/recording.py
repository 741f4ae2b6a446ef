"""A minimum below the default is recorded, with its reason, in every answer that it let through."""

from typing import Protocol

import pandas as pd

from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule


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
