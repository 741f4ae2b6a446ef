"""Numbers written as text: decimal commas, and what looks like a number but is none."""

import pandas as pd

_DECIMAL_COMMA = r"^[-+]?\d+,\d+$"
#: May be one thousand and something, or one and something.
_EITHER = r"^[-+]?[1-9]\d{0,2},\d{3}$"
#: Digits with the marks and units that people put around them.
_LIKE_A_NUMBER = r"^[-+~<>≈€$£]*\s*\d[\d.,'’\s]*(?:[eE][-+]?\d+)?\s*(?:[%+€$£]|[^\W\d]{1,8}\.?)?$"


def with_decimal_points(texts: pd.Series, *, is_told: bool = False) -> pd.Series:
    """
    Write decimal commas as decimal points, where all commas are decimal commas.

    Parameters
    ----------
    texts : pandas.Series of str
        Distinct answers to one question, trimmed; missing ones are left alone.
    is_told : bool, default False
        Whether the source is known to write decimal commas, as a file is that parts fields
        by semicolons; otherwise ``1,234`` throughout might as well be thousands.

    Returns
    -------
    pandas.Series
        With decimal points; unchanged where a comma is something else.

    Examples
    --------
    >>> with_decimal_points(pd.Series(["2,5", "10"])).tolist()
    ['2.5', '10']
    >>> with_decimal_points(pd.Series(["1,234", "10"])).tolist()
    ['1,234', '10']
    """
    filled = texts.dropna().astype(str)
    with_comma = filled[filled.str.contains(",", regex=False)]
    if with_comma.empty or not with_comma.str.match(_DECIMAL_COMMA).all():
        return texts
    if not is_told and with_comma.str.match(_EITHER).all():
        return texts
    return texts.where(texts.isna(), texts.astype(str).str.replace(",", ".", regex=False))


def look_like_numbers(texts: pd.Series) -> pd.Series:
    """
    Mark answers that a person would take for a number.

    Parameters
    ----------
    texts : pandas.Series of str
        Answers.

    Returns
    -------
    pandas.Series of bool
        True for ``1.234,5``, ``1 000``, ``12%`` and ``3 years``, for example.

    Examples
    --------
    >>> look_like_numbers(pd.Series(["1.234,5", "3 years", "1-2", "team 3"])).tolist()
    [True, True, False, False]
    """
    return texts.astype(str).str.strip().str.match(_LIKE_A_NUMBER)
