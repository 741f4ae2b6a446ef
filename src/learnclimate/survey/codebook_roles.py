"""Which column of a codebook has which role: none has two, and a count's parts need a count."""

from typing import TYPE_CHECKING

from learnclimate.core.errors import CodebookError
from learnclimate.core.labels import INTERCEPT

if TYPE_CHECKING:
    from learnclimate.survey.codebook import Codebook

#: Parts that only a count has a use for.
_OF_COUNTS = ("frequency", "exposure", "weight")


def refuse_without_count(codebook: "Codebook") -> None:
    """
    Refuse a codebook without outcome that has no scales either, or parts that belong to a count.

    Parameters
    ----------
    codebook : Codebook
        What was asked.

    Raises
    ------
    CodebookError
        Naming what is missing or too much.
    """
    if codebook.outcome is not None:
        return
    for part in _OF_COUNTS:
        if getattr(codebook, part):
            raise CodebookError(
                f"Codebook({part}=...) belongs to a count, and outcome is missing. Name the column "
                "of the count, Codebook(outcome=...); or, in a study of scales alone, leave it out "
                "(a column to compare by goes under covariates)."
            )
    if not codebook.scales:
        raise CodebookError(
            "A codebook needs an outcome, scales, or both. Name the column of the count, "
            "Codebook(outcome=...), or the scales, Codebook(scales=[Scale(name, items)])."
        )


def refuse_two_roles(codebook: "Codebook") -> None:
    """
    Refuse a column that has two roles, and two scales of one name.

    Parameters
    ----------
    codebook : Codebook
        What was asked.

    Raises
    ------
    CodebookError
        Naming the column and its roles.
    """
    roles: dict[str, str] = {}
    named: list[tuple[str, str]] = [("team", codebook.team)]
    if codebook.outcome is not None:
        own = codebook.outcome_column
        named.insert(0, ("outcome", own))
        named += [(role, one) for one, role in codebook.outcome_columns.items() if one != own]
    for role in ("department", "exposure", "weight", "respondent"):
        column = getattr(codebook, role)
        if column is not None:
            named.append((role, column))
    named += [("frequency", column) for column in codebook.frequency_columns]
    named += [("covariate", column) for column in codebook.covariates]
    named += [
        (f"item of {scale.name!r}", item) for scale in codebook.scales for item in scale.items
    ]
    for role, column in named:
        other = roles.get(column)
        # A department or an item may be adjusted for as well.
        also_covariate = role == "department" or role.startswith("item")
        also_covariate = also_covariate or other in ("department", "questionnaire version")
        if other is not None and not (also_covariate and "covariate" in (role, other)):
            raise CodebookError(f"Column {column!r} has two roles, {other} and {role}. Choose one.")
        roles[column] = role
    if INTERCEPT in codebook.frequency_columns:
        raise CodebookError(
            f"A frequency cannot be called {INTERCEPT!r}, the name of a team effect. Rename it."
        )
    names = [scale.name for scale in codebook.scales]
    for name in names:
        if names.count(name) > 1:
            raise CodebookError(f"Two scales are named {name!r}. Rename one.")
