"""What the machinery says in English, said in the language of the report."""

import re
from typing import Final

# English is what the machinery itself says; every other language is looked up here, by the
# first words of a sentence.

#: What was done about bad checks; `(first words, Dutch)`, with the numbers in their order.
_ACTIONS: Final = (
    (
        r"Quadrature with (\d+) nodes was too coarse.*?(\d+) nodes\.",
        "De kwadratuur met {0} knopen was te grof; er is opnieuw gerekend met {1} knopen.",
    ),
    (
        r"A polynomial in the place of the likelihood",
        (
            "Een benadering van de likelihood was niet nauwkeurig genoeg; de trekkingen zijn exact "
            "gewogen."
        ),
    ),
    (
        r"Draws guided by a polynomial",
        (
            "Trekkingen langs een benadering van de likelihood voldeden niet; de verdeling waaruit "
            "is getrokken, is zonder haar aangepast."
        ),
    ),
    (
        r"Kept the draws of the teams' effects",
        (
            "De trekkingen van de teamverschillen zijn bewaard: samenvattingen in hun plaats "
            "worden alleen gemaakt voor exacte aantallen onder een Poisson- of negatief-binomiale "
            "verdeling."
        ),
    ),
    (
        r"Levels were summed out with one set of probabilities",
        (
            "Voor wie de frequentie openliet, is over de antwoorden gesommeerd met één stel kansen "
            "voor allen, terwijl de antwoorden samengaan met kenmerken of met het team: een deel "
            "van de samenhang kan daaraan liggen. Vergelijk missing_frequency='leave_out'."
        ),
    ),
    (
        r"Left open:",
        (
            "Sommige soorten activiteiten zijn door een deel van de respondenten opengelaten; hun "
            "antwoorden over de andere soorten zijn meegenomen."
        ),
    ),
    (
        r"Sampled with NUTS, because every respondent has effects on several kinds",
        (
            "Er is getrokken met NUTS: de snellere rekenmethode kan verschillen tussen "
            "respondenten over meerdere soorten activiteiten niet uitintegreren."
        ),
    ),
    (
        r"Importance sampling did not reach the posterior, and NUTS",
        (
            "De gewogen trekkingen bereikten de posteriorverdeling niet, en NUTS met de "
            "teamverschillen uitgeïntegreerd is gestaakt: de trajecten werden te lang."
        ),
    ),
    (
        r"Importance sampling did not reach the posterior",
        (
            "De gewogen trekkingen bereikten de posteriorverdeling niet; er is getrokken met "
            "NUTS, met de teamverschillen nog steeds uitgeïntegreerd."
        ),
    ),
    (
        r"Kept summaries of the (\d+) teams' effects",
        (
            "Van de verschillen van de {0} teams zijn samenvattingen bewaard in plaats van "
            "trekkingen."
        ),
    ),
    (
        r"The draws of some team's effects rested on few proposals",
        (
            "De trekkingen van de verschillen van een team berustten op te weinig voorstellen; zij "
            "zijn opnieuw gemaakt, met meer voorstellen."
        ),
    ),
    (
        r"Sampled with NUTS, since",
        (
            "Er is getrokken met NUTS: de snellere rekenmethode was niet van toepassing of "
            "doorstond haar eigen controles niet."
        ),
    ),
    (
        r"(\d+) divergences: sampled again",
        "{0} divergenties: er is opnieuw getrokken, in kleinere stappen en met langer afstemmen.",
    ),
    (
        r".* out of bounds: sampled again",
        (
            "Een controle viel buiten haar grens: er is opnieuw getrokken, met twee keer zo lang "
            "afstemmen en drie keer zoveel trekkingen."
        ),
    ),
)
_UNKNOWN_ACTION: Final = "De berekening is met andere instellingen herhaald."

_SOURCES: Final = {
    "the data frame": "het dataframe",
    "a data frame": "een dataframe",
    "a simulation": "een simulatie",
}
_REASONS: Final = (
    (r"^user-missing code (.*)$", r"in de bron als ontbrekend gemerkt: code \1"),
    (r"^preview, test or spam, says (.*)$", r"voorbeeld, test of spam, volgens \1"),
    (r"^not submitted, says (.*)$", r"niet ingezonden, volgens \1"),
    (r"^not asked, says (.*)$", r"niet gevraagd, volgens \1"),
)


def action_words(action: str, language: str) -> str:
    """
    Say what was done about a bad check.

    Parameters
    ----------
    action : str
        As in `Certificate.actions`.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> action_words("7 divergences: sampled again with a target acceptance of 0.99", "nl")[:15]
    '7 divergenties:'
    """
    if language == "en":
        return action
    for pattern, told in _ACTIONS:
        found = re.match(pattern, action)
        if found is not None:
            return told.format(*found.groups())
    return _UNKNOWN_ACTION


def reason_words(reason: str, language: str) -> str:
    """
    Say why rows were left out, where the source itself gave the reason.

    Parameters
    ----------
    reason : str
        As in the ledger.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        The reason; as it stands where it is nobody's but the source's.

    Examples
    --------
    >>> reason_words("not submitted, says LimeSurvey", "nl")
    'niet ingezonden, volgens LimeSurvey'
    """
    if language == "en":
        return reason
    for pattern, told in _REASONS:
        if re.match(pattern, reason):
            return re.sub(pattern, told, reason)
    return reason


def source_words(source: str, language: str) -> str:
    """
    Name the source of a study.

    Parameters
    ----------
    source : str
        As in the provenance of a fit.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        Its name.

    Examples
    --------
    >>> source_words("the data frame", "nl"), source_words("study.csv", "nl")
    ('het dataframe', 'study.csv')
    """
    if language == "en":
        return source
    return _SOURCES.get(source, source.replace(", sheet '", ", werkblad '"))
