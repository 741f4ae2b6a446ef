"""Names of checks in figures, in the language of the reader; in English they are the library's."""

from collections.abc import Mapping
from typing import Final

#: Of the checks of a computation.
OF_CERTIFICATES: Final[Mapping[str, str]] = {
    "R-hat": "R-hat",
    "effective sample size": "effectieve steekproefgrootte",
    "divergences": "divergenties",
    "energy": "energie",
    "trajectory length": "lengte van de trajecten",
    "quadrature": "kwadratuur",
    "importance tails": "staarten van de gewichten",
    "importance efficiency": "doelmatigheid van de gewichten",
    "agreement of scrambles": "overeenstemming van de helften",
    "team effects": "teamverschillen",
    "standardised answers": "gemiddelden over de respondenten",
}
#: Of the checks of a joint model's computation, of which there is no report.
OF_JOINT_MODELS: Final[Mapping[str, str]] = {
    "factor model": "factormodel",
    "count models": "modellen van de aantallen",
    "mixing of values": "menging van waarden",
    "items given the count": "items gegeven het aantal",
}
#: Of the checks of a model against the answers.
OF_MODELS: Final[Mapping[str, str]] = {
    "certificate": "berekening",
    "distribution": "verdeling",
    "dispersion": "spreiding",
    "share of zeros": "nullen",
    "highest counts": "hoogste aantallen",
    "team share": "verschillen tussen teams",
    "mean": "gemiddelde",
    "correlation": "soorten samen",
    "level means": "gemiddelde per antwoord",
    "residuals": "antwoorden tussen voorspellingen",
    "residuals by group": "groepen",
    "prior sensitivity": "rol van de priors",
    "influence": "afzonderlijke teams en mensen",
    "leave one out": "respondenten voorspellen",
    "leave one team out": "teams voorspellen",
}


def check_name(name: str, language: str) -> str:
    """
    Name a check.

    Parameters
    ----------
    name : str
        Its name in the library.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        Its name for a reader; that of the library where there is no other.

    Examples
    --------
    >>> check_name("quadrature", "nl"), check_name("quadrature", "en")
    ('kwadratuur', 'quadrature')
    """
    if language == "en":
        return name
    return {**OF_CERTIFICATES, **OF_JOINT_MODELS, **OF_MODELS}.get(name, name)
