"""What the machinery says in English, said in the language of the report."""

import math
import re
from typing import Final

from learnclimate.inference.certificate import CertificateCheck
from learnclimate.reporting.language import number

# English is what the machinery itself says; every other language is looked up here, by the
# name of a check and by the first words of a sentence.

_CHECKS: Final = {
    "R-hat": (
        "R-hat",
        "De ketens komen met elkaar overeen tot op {value}; 1 is volmaakt, tot {bound} is goed.",
    ),
    "effective sample size": (
        "effectieve steekproefgrootte",
        (
            "De minst zekere grootheid berust op evenveel informatie als {value} onafhankelijke "
            "trekkingen; ten minste {bound} is goed."
        ),
    ),
    "divergences": (
        "divergenties",
        "Aantal trajecten dat een te sterke kromming tegenkwam: {value}; goed is {bound}.",
    ),
    "energy": (
        "energie",
        "De ketens doorlopen de energieën met een BFMI van {value}; ten minste {bound} is goed.",
    ),
    "trajectory length": (
        "lengte van de trajecten",
        "Het deel van de trajecten dat is afgebroken, is {value}; ten hoogste {bound} is goed.",
    ),
    "quadrature": (
        "kwadratuur",
        (
            "Met meer knopen zouden gemiddelden hooguit {value} posterior-standaarddeviatie "
            "verschuiven; minder dan {bound} is goed."
        ),
    ),
    "importance tails": (
        "staarten van de gewichten",
        "De Paretovorm van de grootste gewichten is {value}; minder dan {bound} is goed.",
    ),
    "importance efficiency": (
        "doelmatigheid van de gewichten",
        (
            "De gewogen trekkingen zijn evenveel waard als {value} keer zoveel "
            "onafhankelijke trekkingen; meer dan {bound} is goed."
        ),
    ),
    "agreement of scrambles": (
        "overeenstemming van de helften",
        (
            "Onafhankelijke helften van de trekkingen verschillen hooguit {value} standaardfouten; "
            "minder dan {bound} is goed."
        ),
    ),
    "team effects": (
        "teamverschillen",
        (
            "De onnauwkeurigheid van de teamverschillen, waar zij het grootst is, is {value}; "
            "minder dan {bound} is goed."
        ),
    ),
    "standardised answers": (
        "gemiddelden over de respondenten",
        (
            "Wat de berekening van deze gemiddelden mist, is {value} posterior-standaarddeviatie; "
            "minder dan {bound} is goed."
        ),
    ),
}
_SIZE: Final = "effective sample size"
_NOT_APPLICABLE: Final = "Dit onderdeel komt in deze berekening niet voor."
_UNKNOWN_CHECK: Final = "Gemeten is {value}; de grens is {bound}."

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


def check_words(check: CertificateCheck, language: str) -> tuple[str, str]:
    """
    Name a check of the computation and say what it found.

    Parameters
    ----------
    check : CertificateCheck
        The check.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    name, words : str
        Of a check that has no texts in the language, its own name, and its figures.

    Examples
    --------
    >>> check_words(CertificateCheck("R-hat", "good", 1.002, 1.01, "the chains agree"), "nl")[0]
    'R-hat'
    """
    if language == "en":
        return check.name, check.words[:1].upper() + check.words[1:].removesuffix(".") + "."
    name, words = _CHECKS.get(check.name, (check.name, _UNKNOWN_CHECK))
    if not math.isfinite(check.value):
        return name, _NOT_APPLICABLE
    # A size is counted in draws, of which there are no parts.
    value = float(round(check.value)) if check.name == _SIZE else check.value
    figures = {"value": _figure(value, language), "bound": _figure(check.bound, language)}
    return name, words.format(**figures)


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


def _figure(value: float, language: str) -> str:
    """Write a figure of a check with the decimals that it needs."""
    if abs(value - round(value)) < 1e-12:
        return number(value, 0, language)
    size = math.floor(math.log10(abs(value)))
    return number(value, min(6, max(2, 1 - size)), language)
