"""The words of the workbook: names of sheets, headings, cells and notes, in each language."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

#: What each sheet holds, by the name of the sheet in English.
_NOTES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "expected_counts": "Expected number of activities at each answer",
        "rate_ratios": "Expected numbers divided by that at the lowest answer",
        "kind_comparison": "Ratio of one kind of activity divided by that of another",
        "e_values": "How strongly something not asked would have to go with talking and with "
        "learning",
        "reporting_bias": "The ratio, were numbers overstated by those who gave the highest answer",
        "variance_shares": "How much of the differences between respondents lies between teams",
        "team_effects": "How far each team lies from the average team, on the log scale",
        "team_ranks": "Rank of each team, and the probability of being among the top ones",
        "checks": "Whether the model reproduces the answers",
        "checks_by_kind": "The answers against new ones from the model, by kind of activity",
        "computation": "Whether the computation can be trusted",
        "response": "People who were asked and respondents, of the study and of each team that may "
        "be told",
        "team_sizes": "Teams by number of respondents",
        "left_out": "Rows of the source that the analysis leaves out; reasons of few rows together",
        "priors": "What was assumed before the answers were read",
        "origin": "Source, versions and seed",
    },
    "nl": {
        "expected_counts": "Verwacht aantal activiteiten bij elk antwoord",
        "rate_ratios": "Verwachte aantallen, gedeeld door dat bij het laagste antwoord",
        "kind_comparison": "Verhouding van de ene soort activiteit, gedeeld door die van de andere",
        "e_values": "Hoe sterk iets waarnaar niet is gevraagd met praten en met leren zou moeten "
        "samenhangen",
        "reporting_bias": "De verhouding, als wie het hoogste antwoord gaf zijn aantal te hoog "
        "opgaf",
        "variance_shares": "Hoeveel van de verschillen tussen respondenten tussen teams ligt",
        "team_effects": "Hoe ver elk team van het gemiddelde team ligt, op de logaritmische schaal",
        "team_ranks": "Rang van elk team, en de kans om bij de hoogste te horen",
        "checks": "Of het model de antwoorden weergeeft",
        "checks_by_kind": "De antwoorden naast nieuwe uit het model, per soort activiteit",
        "computation": "Of de berekening te vertrouwen is",
        "response": "Mensen die de vragenlijst kregen en respondenten, van het onderzoek en van "
        "elk team dat mag worden genoemd",
        "team_sizes": "Teams naar aantal respondenten",
        "left_out": "Rijen van de bron die niet in de analyse zitten; redenen van weinig rijen "
        "samen",
        "priors": "Wat is aangenomen voordat de antwoorden waren gelezen",
        "origin": "Bron, versies en startgetal",
    },
}
#: What the columns of results mean.
_COLUMNS_TOLD: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "about": "The frequency that was asked, or what differs between teams",
        "mean": "Mean of the posterior draws",
        "sd": "Their standard deviation",
        "median": "Their median",
        "lower": "Where the {interval} interval begins",
        "upper": "Where the {interval} interval ends",
        "probability": "That the ratio is above 1, the effect above 0, or the team among the top",
        "n_respondents": "Respondents that the row is about",
        "suppressed": "Whether the row is hidden, to protect groups of fewer than {minimum}",
    },
    "nl": {
        "about": "De frequentie waarnaar is gevraagd, of wat tussen teams verschilt",
        "mean": "Gemiddelde van de trekkingen uit de posteriorverdeling",
        "sd": "Standaarddeviatie daarvan",
        "median": "Mediaan daarvan",
        "lower": "Waar het {interval}-interval begint",
        "upper": "Waar het {interval}-interval eindigt",
        "probability": "Kans dat de verhouding groter is dan 1, het verschil groter dan 0, of het "
        "team bij de hoogste hoort",
        "n_respondents": "Respondenten waarover de rij gaat",
        "suppressed": "Of de rij verborgen is, om groepen van minder dan {minimum} te beschermen",
    },
}
_SHEETS_NL: Final = {
    "expected_counts": "verwachte_aantallen",
    "rate_ratios": "verhoudingen",
    "kind_comparison": "soorten_vergeleken",
    "e_values": "e_waarden",
    "reporting_bias": "antwoordstijl",
    "variance_shares": "aandelen_variantie",
    "team_effects": "teamverschillen",
    "team_ranks": "rangen_van_teams",
    "checks": "controles",
    "checks_by_kind": "controles_per_soort",
    "computation": "berekening",
    "response": "respons",
    "team_sizes": "teamgrootten",
    "left_out": "weggelaten",
    "priors": "priors",
    "origin": "herkomst",
    "notes": "toelichting",
}
_HEADINGS_NL: Final = {
    "about": "betreft",
    "estimand": "grootheid",
    "contrast": "vergelijking",
    "population": "populatie",
    "team": "team",
    "scale": "schaal",
    "mean": "gemiddelde",
    "sd": "standaarddeviatie",
    "median": "mediaan",
    "lower": "ondergrens",
    "upper": "bovengrens",
    "probability": "kans",
    "n_respondents": "respondenten",
    "suppressed": "verborgen",
    "check": "controle",
    "verdict": "oordeel",
    "words": "uitleg",
    "name": "naam",
    "value": "waarde",
    "bound": "grens",
    "statistic": "maat",
    "kind": "soort",
    "observed": "waargenomen",
    "hidden": "verborgen",
    "asked": "vragenlijst gekregen",
    "respondents": "respondenten",
    "response": "respons",
    "respondents in the team": "respondenten in het team",
    "teams": "teams",
    "column": "vraag",
    "reason": "reden",
    "rows": "rijen",
    "item": "onderdeel",
    "what it is": "wat het is",
}
_CELLS_NL: Final[Mapping[str, Mapping[str, str]]] = {
    "estimand": {
        "rate_ratio": "verhouding",
        "expected_count": "verwacht aantal",
        "team_effect": "teamverschil",
        "team_rank": "rang van het team",
        "e_value": "e-waarde",
        "adjusted_rate_ratio": "bijgestelde verhouding",
        "tipping_overstatement": "overschatting waarbij de verhouding wegvalt",
        "team_share": "aandeel van teams",
        "team_share_log": "aandeel van teams (logaritme)",
        "slope_share": "aandeel van samenhangen",
        "median_rate_ratio": "mediaan van de verhouding van twee teams",
        "rate_ratio_of_kinds": "verhouding tussen soorten",
        "kind_rank": "rang van de soort",
    },
    "population": {
        "study": "dit onderzoek",
        "new_team": "nieuw team",
        "average_team": "gemiddeld team",
    },
    "scale": {
        "expected count": "verwacht aantal",
        "rate ratio": "verhouding",
        "odds ratio": "verhouding van odds",
        "log rate": "logaritme van het verwachte aantal",
        "log rate ratio": "logaritme van de verhouding",
        "log odds": "log-odds",
        "log odds ratio": "logaritme van de verhouding van odds",
        "rank": "rang",
        "rate ratio of a confounder": "verhouding waarmee iets anders zou moeten samenhangen",
        "factor by which counts are overstated": "factor waarmee aantallen zijn overschat",
        "share of the variance of counts": "aandeel van de variantie van de aantallen",
        "share of the variance of log rates": "aandeel van de variantie van de logaritmen",
        "share of the variance of log odds": "aandeel van de variantie van de log-odds",
        "share of the variance between teams": "aandeel van de variantie tussen teams",
        "rate ratio of two teams": "verhouding van twee teams",
        "ratio of odds of two teams": "verhouding van de odds van twee teams",
        "ratio of rate ratios": "verhouding van verhoudingen",
    },
    "about": {"intercept": "niveau"},
    "verdict": {
        "good": "goed",
        "doubtful": "twijfelachtig",
        "bad": "slecht",
        "not applicable": "niet van toepassing",
    },
    "statistic": {
        "mean": "gemiddelde",
        "dispersion": "spreiding",
        "share of zeros": "aandeel nullen",
        "correlation": "correlatie",
    },
    "item": {
        "source": "bron",
        "respondents": "respondenten",
        "teams": "teams",
        "asked": "vragenlijst gekregen",
        "interval": "kans van elk interval",
        "smallest group shown": "kleinste groep die wordt getoond",
        "reason for a smaller group": "reden voor een kleinere groep",
        "pseudonymised": "namen vervangen in",
        "engine": "rekenmethode",
        "certificate passed": "certificaat geslaagd",
        "draws": "trekkingen",
        "seed": "startgetal (seed)",
        "data hash": "vingerafdruk van de gecodeerde antwoorden",
        "created": "berekend op",
    },
    "team": {"whole study": "hele onderzoek"},
    "kind": {"total": "alle soorten samen"},
}
_PHRASES_NL: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "contrast": (
        (r"\bteam vs average team$", "team tegenover gemiddeld team"),
        (r" vs ", " tegenover "),
        (r", counts overstated by (\d+)\.(\d+)$", r", aantallen overschat met factor \1,\2"),
        (r", counts overstated by ", ", aantallen overschat met factor "),
        (r"^total: ", "alle soorten samen: "),
    ),
    "kind": ((r" and ", " en "),),
    "item": ((r"^version of ", "versie van "),),
}


def sheet_name(sheet: str, language: str) -> str:
    """
    Name a sheet.

    Parameters
    ----------
    sheet : str
        Its name in English.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> sheet_name("rate_ratios", "nl")
    'verhoudingen'
    """
    return sheet if language == "en" else _SHEETS_NL[sheet]


def heading(column: str, language: str) -> str:
    """
    Name a column.

    Parameters
    ----------
    column : str
        Its name in English.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        The name.

    Examples
    --------
    >>> heading("lower", "nl")
    'ondergrens'
    """
    return column if language == "en" else _HEADINGS_NL.get(column, column)


def in_language(table: pd.DataFrame, language: str) -> pd.DataFrame:
    """
    Say headings, and the words of the library in the cells, in a language.

    Parameters
    ----------
    table : pandas.DataFrame
        In English.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    pandas.DataFrame
        Names of teams, columns and answers are the user's, and stay.

    Examples
    --------
    >>> row = pd.DataFrame({"estimand": ["rate_ratio"], "contrast": ["weekly vs never"]})
    >>> in_language(row, "nl").to_dict("records")
    [{'grootheid': 'verhouding', 'vergelijking': 'weekly tegenover never'}]
    """
    if language == "en":
        return table
    told = table.copy()
    for column in table.columns:
        words, phrases = _CELLS_NL.get(column, {}), _PHRASES_NL.get(column, ())
        if words or phrases:
            cells = [_cell(value, words, phrases) for value in table[column]]
            told[column] = pd.Series(cells, index=table.index, dtype=object)
    return told.rename(columns=_HEADINGS_NL)


def _cell(value: object, words: Mapping[str, str], phrases: tuple[tuple[str, str], ...]) -> object:
    if not isinstance(value, str):
        return value
    told = words.get(value)
    if told is not None:
        return told
    told = value
    for pattern, said in phrases:
        told = re.sub(pattern, said, told)
    return told


def notes(sheets: Sequence[str], figures: Mapping[str, object], language: str) -> pd.DataFrame:
    """
    Say what each sheet holds, and what the columns of results mean.

    Parameters
    ----------
    sheets : sequence of str
        Names of the sheets in English.
    figures : mapping
        ``interval`` and ``minimum``, as they are told.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    pandas.DataFrame
        Columns ``kind``, ``name`` and ``what it is``, said in the language.
    """
    of_sheet, of_column = {
        "en": ("sheet", "column of results"),
        "nl": ("blad", "kolom van uitkomsten"),
    }[language]
    rows = [(of_sheet, sheet_name(name, language), _NOTES[language][name]) for name in sheets]
    rows += [
        (of_column, heading(name, language), told) for name, told in _COLUMNS_TOLD[language].items()
    ]
    columns = (
        ["kind", "name", "what it is"] if language == "en" else ["soort", "naam", "wat het is"]
    )
    return pd.DataFrame(
        [(kind, name, words.format(**figures)) for kind, name, words in rows], columns=columns
    )
