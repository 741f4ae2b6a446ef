"""Who is missing from figures about scales: people left out for want of an answer about counts."""

from collections.abc import Iterable

from learnclimate.disclosure.rule import DEFAULT_MINIMUM
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.left_out import rows_by_reason
from learnclimate.survey.survey import Survey

_MOST_NAMED = 4


def not_counted(survey: Survey, minimum: int = DEFAULT_MINIMUM) -> tuple[str, ...]:
    """
    Say who is not among the respondents, though what they lack is no answer about scales.

    Parameters
    ----------
    survey : Survey
        The answers.
    minimum : int, optional
        Fewest who may be told of.

    Returns
    -------
    tuple of str
        A sentence with the remedy; none where nobody is missing for it.

    Examples
    --------
    >>> from learnclimate.survey.example import load_example
    >>> print(not_counted(load_example())[0][:25])
    17 people who left 'talk'
    """
    reasons = rows_by_reason(survey.ledger)
    rows = zip(reasons["column"], reasons["rows"], strict=True)
    return not_counted_of(rows, survey.codebook, minimum)


def not_counted_of(
    left_out: Iterable[tuple[object, ...]],
    codebook: Codebook,
    minimum: int = DEFAULT_MINIMUM,
) -> tuple[str, ...]:
    """
    Say who is not among the respondents, from what is told of the rows that were left out.

    Parameters
    ----------
    left_out : iterable of (column, ..., number of rows)
        The rows, each under one column, as the provenance of a fit tells them; under several
        columns where few were told together.
    codebook : Codebook
        What was asked.
    minimum : int, optional
        Fewest who may be told of.

    Returns
    -------
    tuple of str
        A sentence with the remedy; none where nobody is missing for it.
    """
    of_counts = {*codebook.outcome_columns, *codebook.frequency_columns, *codebook.covariates}
    of_counts |= {name for name in (codebook.exposure, codebook.weight) if name is not None}
    of_counts -= {codebook.department}
    everyone = [(str(column).split(", "), rows) for column, *_, rows in left_out]
    found = [columns for columns, _ in everyone if {*columns} <= of_counts]
    if not found:
        return ()
    who = "Some people"
    if len(found) == len(everyone):
        # All rows left out: `describe` tells as many. Of some of them, the number less what it
        # tells of the others would be that of a reason of few.
        known = [rows if isinstance(rows, int) else 0 for _, rows in everyone]
        n_people = sum(known) if all(known) else 0
        who = f"{n_people} people" if n_people >= minimum else f"Fewer than {minimum} people"
    names = list(dict.fromkeys(name for columns in found for name in columns))
    columns = " or ".join(map(repr, names[:_MOST_NAMED])) + " or others" * (
        len(names) > _MOST_NAMED
    )
    told = (
        f"{who} who left {columns} open are not counted here: a survey holds those who gave every "
        "answer that its codebook needs, whatever they answered to items. To count all who "
        "answered the items, read the answers with a codebook of team and scales alone, "
        "Codebook(team=..., scales=[...]). Tell figures of one of the two: the one less the other "
        "would tell of these few."
    )
    return (told,)
