"""The languages of a report: their texts, numbers, percentages and lists."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Literal

from learnclimate.core.errors import ArgumentError, FitError, nearest

Language = Literal["en", "nl"]

#: Languages a report can be written in.
LANGUAGES: tuple[Language, ...] = ("en", "nl")

_ALMOST_ONE = 0.99
_COARSE_FROM = 100.0


def check_language(language: str) -> Language:
    """
    Refuse a language that there are no texts for.

    Parameters
    ----------
    language : str
        ``"en"`` or ``"nl"``.

    Returns
    -------
    {"en", "nl"}
        The language.

    Raises
    ------
    ArgumentError
        If it is another.

    Examples
    --------
    >>> check_language("nl")
    'nl'
    """
    for known in LANGUAGES:
        if language == known:
            return known
    raise ArgumentError(f"language={language!r}: {nearest(language, LANGUAGES)}")


@cache
def texts(language: str) -> dict[str, dict[str, str]]:
    """
    Give the texts of a language.

    Parameters
    ----------
    language : {"en", "nl"}
        The language.

    Returns
    -------
    dict of str to dict of str to str
        Section to name to text; numbers stand in braces.

    Raises
    ------
    ArgumentError
        If there is no such language.

    Examples
    --------
    >>> texts("en")["page"]["title"]
    'Talking about learning'
    """
    check_language(language)
    file = resources.files("learnclimate.reporting") / "texts" / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def number(value: float, decimals: int, language: str) -> str:
    """
    Write a number as the language does.

    Parameters
    ----------
    value : float
        The number.
    decimals : int
        Decimals shown.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        With a decimal point and thousands comma, or the other way round.

    Raises
    ------
    FitError
        If the number is not finite: no sentence can state it.

    Examples
    --------
    >>> number(1234.5, 1, "en"), number(1234.5, 1, "nl")
    ('1,234.5', '1.234,5')
    >>> number(-0.0004, 2, "en")
    '0.00'
    """
    if not abs(value) < float("inf"):
        raise FitError("A quantity has no value, so it cannot be told. Check the fit's summary.")
    # Rounded first: what rounds to nothing has no sign.
    written = f"{round(value, decimals) + 0.0:,.{decimals}f}"
    if language == "nl":
        written = written.translate(str.maketrans(",.", ".,"))
    return written


def fitting_decimals(value: float, *, fine_below: float) -> int:
    """
    Choose the decimals at which positive quantities are told.

    Parameters
    ----------
    value : float
        The smallest of them.
    fine_below : float
        Below this, two decimals.

    Returns
    -------
    int
        2 below `fine_below`, 0 from 100, else 1.

    Examples
    --------
    >>> [fitting_decimals(value, fine_below=2) for value in (0.93, 3.2, 250.0)]
    [2, 1, 0]
    """
    if value < fine_below:
        return 2
    return 0 if value >= _COARSE_FROM else 1


def percentage(share: float, language: str) -> str:
    """
    Write a probability of an interval, or another exact share.

    Parameters
    ----------
    share : float
        Between 0 and 1.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        In whole percents where it is whole, else with one decimal.

    Examples
    --------
    >>> percentage(0.9, "en"), percentage(0.975, "nl")
    ('90%', '97,5%')
    """
    percents = 100 * share
    decimals = 0 if abs(percents - round(percents)) < 1e-9 else 1
    return f"{number(percents, decimals, language)}%"


def probability(value: float, language: str) -> str:
    """
    Write a posterior probability; never 0 or 100 %, which no sample can show.

    Parameters
    ----------
    value : float
        The probability.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        Whole percents, or "more than 99%" and "less than 1%".

    Examples
    --------
    >>> probability(0.834, "en"), probability(1.0, "nl")
    ('83%', 'meer dan 99%')
    """
    words = texts(language)["numbers"]
    if value > _ALMOST_ONE:
        return words["more_than"].format(share=percentage(_ALMOST_ONE, language))
    if value < 1 - _ALMOST_ONE:
        return words["less_than"].format(share=percentage(1 - _ALMOST_ONE, language))
    return f"{number(100 * value, 0, language)}%"


def quoted(label: object) -> str:
    """
    Put a label of the questionnaire between quotes.

    Parameters
    ----------
    label : object
        A column or level.

    Returns
    -------
    str
        Between single typographic quotes.

    Examples
    --------
    >>> quoted("weekly")
    '‘weekly’'
    """
    return f"‘{label}’"


def listed(parts: Sequence[str], language: str) -> str:
    """
    Join parts into a list in running text.

    Parameters
    ----------
    parts : sequence of str
        The parts.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        ``"a, b and c"``.

    Examples
    --------
    >>> listed(["a", "b", "c"], "nl")
    'a, b en c'
    """
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {texts(language)['numbers']['and']} {parts[-1]}"
