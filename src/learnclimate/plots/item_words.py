"""The words in figures of items, in each language."""

from collections.abc import Mapping
from typing import Final

from learnclimate.plots.words import words

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "factor level": "Level of the factor, in its standard deviations",
        "across": "Across",
        "item curves title": "Probability of each answer",
        "item curves note": "Lines: medians, darker for higher answers; bands: {interval} "
        "intervals. Reverse-keyed items are turned round.",
        "shared start": "All names begin with ‘{start}’, left out here.",
        "most information": "Most information of each item, at any level",
        "items drawn": "Of the items, the {most} that tell most are named.",
        "information": "Information",
        "information title": "How much the answers tell at each level",
        "all items": "all items",
        "single items": "single items",
        "information note": "Band, and lines below: {interval} intervals. The standard "
        "error of a score is one over the root of the information.",
    },
    "nl": {
        "factor level": "Niveau van de factor, in standaarddeviaties",
        "across": "Horizontaal",
        "item curves title": "Kans op elk antwoord",
        "item curves note": "Lijnen: medianen, donkerder voor hogere antwoorden; banden: "
        "{interval}-intervallen. Omgekeerd gestelde items zijn omgedraaid.",
        "shared start": "Alle namen beginnen met ‘{start}’, hier weggelaten.",
        "most information": "Meeste informatie van elk item, op enig niveau",
        "items drawn": "Genoemd zijn de {most} items die het meest zeggen.",
        "information": "Informatie",
        "information title": "Hoeveel de antwoorden zeggen op elk niveau",
        "all items": "alle items",
        "single items": "losse items",
        "information note": "Band, en lijnen onderaan: {interval}-intervallen. De "
        "standaardfout van een score is één gedeeld door de wortel van de informatie.",
    },
}


def item_words(language: str) -> Mapping[str, str]:
    """
    Give the words of a language.

    Parameters
    ----------
    language : str
        The language.

    Returns
    -------
    mapping of str to str
        Texts by name.

    Raises
    ------
    ArgumentError
        If there is no such language.

    Examples
    --------
    >>> item_words("nl")["information"]
    'Informatie'
    """
    words(language)
    return _TEXTS[language]
