"""Refuse covariates with categories so small that the model would tell of a few people."""

import pandas as pd

from learnclimate.core.errors import ModelError
from learnclimate.disclosure.rule import DEFAULT_MINIMUM, DisclosureRule
from learnclimate.survey.hidden_groups import answers_told

#: Categories that a message names; more would bury its remedy.
_NAMED = 5
#: Numbers with no more values than this are codes of categories: how many gave each is solved for
#: from their mean, their spread, which the default prior tells, and the number of respondents.
_MOST_CODES = 3


def refuse_small_categories(frame: pd.DataFrame, covariates: tuple[str, ...]) -> None:
    """
    Refuse covariates with a category that too few respondents gave.

    The default prior of an indicator tells how many share the category, and its
    coefficient what they answered, in every table and every saved fit. A number with two
    values is an indicator as well, and of one with three the mean and the spread tell how
    many gave each.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    covariates : tuple of str
        Columns that enter the model.

    Raises
    ------
    ModelError
        Naming every such covariate and its small categories, but not their sizes.

    Examples
    --------
    >>> refuse_small_categories(pd.DataFrame({"contract": ["fixed"] * 9 + ["flex"]}), ("contract",))
    Traceback (most recent call last):
    ...
    learnclimate.core.errors.ModelError: Covariate 'contract': fewer than 5 respondents ...
    """
    small = {name: _small_categories(frame[name]) for name in covariates}
    found = {name: categories for name, categories in small.items() if categories}
    if not found:
        return
    told = "; ".join(f"covariate {name!r}: {_told(found[name])}" for name in found)
    raise ModelError(
        f"C{told[1:]}. The model would tell of these few alone. Leave the covariate out of "
        "covariates, in the codebook or as CountModel(covariates=...)"
        f"{''.join(_together(name, frame[name]) for name in found)}."
    )


def _together(name: str, column: pd.Series) -> str:
    """Say which categories may be put together: those that `describe` hides, all of them."""
    if pd.api.types.is_numeric_dtype(column):
        return ""
    told = answers_told(column, DisclosureRule())
    hidden = told.index[told["hidden"]].tolist()
    if len(hidden) == (told["respondents"] > 0).sum():
        return ""
    return (
        f"; or merge in the file the categories of {name!r} that are hidden together, all of "
        f"them and no others ({', '.join(map(repr, hidden))}), since any other new table beside "
        "the old one would tell how many gave each"
    )


def _small_categories(column: pd.Series) -> list[str]:
    sizes = column.value_counts()
    sizes = sizes[sizes > 0]
    if pd.api.types.is_numeric_dtype(column) and len(sizes) > _MOST_CODES:
        return []
    return sorted(str(category) for category in sizes.index[sizes < DEFAULT_MINIMUM])


def _told(categories: list[str]) -> str:
    named = ", ".join(map(repr, categories[:_NAMED]))
    others = len(categories) - _NAMED
    more = f" and {others} other categories" if others > 1 else " and 1 other category"
    each = " each" if len(categories) > 1 else ""
    return (
        f"fewer than {DEFAULT_MINIMUM} respondents{each} gave {named}{more if others > 0 else ''}"
    )
