"""What priors mean, said in the language of the report."""

from typing import Final

_HEADINGS: Final = {"coordinate": "geldt voor", "meaning": "betekenis"}
_OF_ONE_COUNT: Final = {
    "intercept": "logaritme van het verwachte aantal per eenheid (bij k van K: van de odds), "
    "laagste antwoord, kenmerken op hun gemiddelde",
    "frequency": "logaritme van de verhouding (bij k van K: van odds) van een antwoord tot het "
    "laagste (bij een monotone samenhang: van het hoogste)",
    "frequency_shape": "aandeel van elke stap in de samenhang met de frequentie",
    "covariates": "logaritme van de verhouding (bij k van K: van odds) per eenheid van het kenmerk",
    "team_sd": "standaarddeviatie van een teamverschil, op de schaal van de logaritme "
    "(bij k van K: van de log-odds)",
    "team_correlation": "correlaties van de teamverschillen",
    "level_probability": "kansen op de antwoorden, waar sommigen de frequentie niet invulden",
    "dispersion": "spreiding α, Var(y) = gemiddelde + gemiddelde² / α (bij k van K: concentratie)",
    "zero": "logaritme van de kansverhouding (odds) van een nul uit het nuldeel",
    "slope_shifts": "logaritme van de verhouding (bij k van K: van odds) van het hoogste tot het "
    "laagste antwoord, per eenheid van wat de samenhang verschuift",
    "composition": "logaritme van de verhouding (bij k van K: van odds) van een team dat geheel "
    "het hoogste antwoord geeft tot een dat geheel het laagste geeft, bij gelijk eigen antwoord",
    "department_sd": "standaarddeviatie van een afdelingsverschil, op de schaal van de logaritme "
    "(bij k van K: van de log-odds)",
    "department_correlation": "correlaties van de afdelingsverschillen",
}
_OF_KINDS: Final = {
    "intercept": "logaritme van het verwachte aantal waar de soorten omheen liggen, laagste "
    "antwoord, kenmerken op hun gemiddelde, gemiddeld team en gemiddelde respondent",
    "intercept_sd": "standaarddeviatie van de soorten daaromheen",
    "frequency": "logaritme van de verhouding van het hoogste tot het laagste antwoord, waar "
    "de soorten omheen liggen",
    "frequency_sd": "standaarddeviatie van de soorten daaromheen",
    "frequency_shape": "aandeel van elke stap in de samenhang met de frequentie, waar de soorten "
    "omheen liggen",
    "frequency_shape_sd": "standaarddeviatie van de soorten daaromheen, op de schaal van de "
    "logaritme",
    "covariates": "logaritme van de verhouding per standaarddeviatie van het kenmerk, waar de "
    "soorten omheen liggen",
    "covariates_sd": "standaarddeviatie van de soorten daaromheen",
    "team_sd": "standaarddeviatie van een teamverschil in een soort, op de schaal van de logaritme",
    "team_correlation": "correlaties van de teamverschillen in alle soorten",
    "respondent_sd": "standaarddeviatie van de verschillen tussen respondenten in een soort, op de "
    "schaal van de logaritme",
    "respondent_correlation": "correlaties van de verschillen tussen respondenten in de soorten",
}
_OF_EACH_KIND: Final = {
    "intercept": "logaritme van het verwachte aantal van elke soort, laagste antwoord, kenmerken "
    "op hun gemiddelde, gemiddeld team en gemiddelde respondent",
    "frequency": "logaritme van de verhouding van het hoogste tot het laagste antwoord, van elke "
    "soort",
    "frequency_shape": "aandeel van elke stap in de samenhang met de frequentie, van elke soort",
    "covariates": "logaritme van de verhouding per standaarddeviatie van het kenmerk, van elke "
    "soort",
}


def prior_words(
    headings: tuple[str, ...], rows: tuple[tuple[str, ...], ...], language: str, *, of_kinds: bool
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """
    Say the headings and meanings of a table of priors.

    Parameters
    ----------
    headings : tuple of str
        ``parameter``, perhaps ``coordinate``, ``prior`` and ``meaning``.
    rows : tuple of tuple of str
        Its rows; parameters and priors bear the names of the library in every language.
    language : {"en", "nl"}
        The language.
    of_kinds : bool
        Whether they are those of a model of several kinds.

    Returns
    -------
    headings, rows
        The same, in the language.
    """
    if language == "en":
        return headings, rows
    meanings = _OF_KINDS if of_kinds else _OF_ONE_COUNT
    if of_kinds and "intercept_sd" not in {row[0] for row in rows}:
        # Of kinds that are not pooled there is no common value.
        meanings = meanings | _OF_EACH_KIND
    told = tuple((*row[:-1], meanings.get(row[0], row[-1])) for row in rows)
    return tuple(_HEADINGS.get(heading, heading) for heading in headings), told
