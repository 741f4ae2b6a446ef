"""The words in figures, in each language, and numbers as the language writes them."""

from collections.abc import Mapping
from typing import Final, Literal

from learnclimate.core.errors import ArgumentError, nearest
from learnclimate.plots.words_of_doubts import TEXTS_OF_DOUBTS
from learnclimate.plots.words_of_kinds import TEXTS_OF_KINDS

Language = Literal["en", "nl"]

#: Every text by language and name; numbers and names stand in braces.
_OWN: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "expected count": "Expected count",
        "expected count of": "Expected count: {outcome}",
        "frequency": "Frequency: {frequency}",
        "everyone": "all respondents",
        "model": "model: median and {interval} interval",
        "observed": "answers: mean count of those who gave this answer",
        "means note": "Means of answers: nothing else held equal.",
        "study": "Model: averaged over all respondents, all else as they answered.",
        "average_team": "Model: an average team, average respondents, per unit of exposure.",
        "new_team": "Model: a new team, average respondents, per unit of exposure.",
        "not shown": "not shown",
        "few gave": "Answers that few gave are not shown, to protect small groups.",
        "data frame": "Model: averaged over the people given, all else as they are.",
        "median and interval": "median ({interval} interval)",
        "range": "{lower} to {upper}",
        "response title": "Expected count by conversation frequency",
        "counts title": "Expected count at each answer",
        "one count title": "Expected count",
        "rootogram title": "Counts given and counts expected",
        "slope title": "Teams by how their relation differs",
        "intercept title": "Teams by their count at the lowest level",
        "level title": "Teams by their count",
        "versus": "{high} vs {low}",
        "relative": "relative to the average team",
        "relative odds": "odds of an activity, relative to the average team",
        "relative rate": "rate of the count part, relative to the average team",
        "lower": "← lower",
        "higher": "higher →",
        "slope note": "Rate ratio {contrast} in the team, divided by that in the average team.",
        "intercept note": "Count at the lowest level in the team, divided by that in "
        "the average team.",
        "level note": "Count in the team, divided by that in the average team.",
        "slope odds note": "Odds ratio {contrast} in the team, divided by that in the average "
        "team.",
        "intercept odds note": "Odds at the lowest level in the team, divided by those in the "
        "average team.",
        "level odds note": "Odds in the team, divided by those in the average team.",
        "interval note": "n: respondents. Dots: medians, larger for larger teams; lines: "
        "{interval} intervals. The fewer respondents, the more a team is drawn towards 1.",
        "clear note": "Broad and blue: interval without 1.",
        "between": "⋯ {n} teams in between ⋯",
        "between one": "⋯ 1 team in between ⋯",
        "hidden": "{n} teams are not shown, to protect small groups.",
        "some hidden": "Small groups are not shown.",
        "lowered": "Groups of {n} or more are shown, where {usual} is usual. The reason: {reason}.",
        "n": "n",
        "respondents": "Respondents (square-root scale)",
        "count": "Count",
        "count of": "Count: {outcome}",
        "given": "answers given",
        "expected": "model: expected, with {interval} interval",
        "or more": "{}+",
        "rootogram note": "Counts that few respondents gave share a bar.",
        "between labels": "Bars without a label hold the counts between their neighbours' labels.",
        "design title width": "Width of the interval, by cost",
        "design title right_teams": "Probability of finding the right teams, by cost",
        "cost": "Cost",
        "respondents simply": "Respondents",
        "width": "Upper over lower bound",
        "right_teams": "Strongest teams found",
        "team size": "{size} respondents a team",
        "goal": "goal",
        "design note width": "Medians of {n} simulated studies a design; {interval} intervals. "
        "At each point: number of teams.",
        "design note right_teams": "Means of {n} simulated studies a design, the {top} teams that "
        "look strongest; lines: ± 2 Monte Carlo errors. At each point: number of teams.",
        "band": "where 95 in 100 such bars lie if the model is true",
        "answers": "answers given",
        "share below": "Share of new counts below the answer",
        "residuals title": "Answers among new counts from the model",
        "residuals note": "Even bars: the model fits. A valley in the middle: answers differ more "
        "than the model expects; a hill: less.",
        "elpd respondent": "Log density of respondents, less the best",
        "elpd team": "Log density of teams, less the best",
        "comparison title": "How well the models predict whom they have not seen",
        "comparison note": "Lines: ± 2 standard errors. Filled: predicts worse than the best "
        "beyond doubt.",
        "as declared": "as declared",
        "rate ratio": "Rate ratio, highest vs lowest",
        "specifications title": "The rate ratio under other specifications",
        "specifications note": "Medians and 90% intervals, over the respondents. Filled: the model "
        "as declared.",
        "calibration title": "Ranks of the truth among its draws",
        "rank": "Rank of the truth, as a share of the draws",
        "too many below": "Share below, less expected",
        "as they should": "{n} quantities that rank as they should",
        "out of band": "{quantity}",
        "more out of band": "and {n} more that do not",
        "calibration note": "{n} replicates. Lines of right draws all stay in the band in 95 of "
        "100 calibrations. High on the left: the draws lie too high; high, then low: "
        "the intervals are too narrow.",
        "prior title": "What the priors held, and what the answers say",
        "prior note": "Dashed: prior. Filled: posterior, given the answers. Where the two look "
        "alike, the answers say little about it. Heights: densities.",
        "prior axis intercept": "log count",
        "prior axis intercept odds": "log odds",
        "prior axis effect": "log rate ratio",
        "prior axis effect odds": "log odds ratio",
        "prior axis team_sd": "sd of log rate ratios",
        "prior axis team_sd odds": "sd of log odds ratios",
        "prior axis dispersion": "α, without a unit",
        "expected evenly": "as many in each bar: a true model",
        "parameter intercept": "Intercept",
        "parameter frequency": "{name}: highest vs lowest",
        "parameter covariates": "{name}",
        "parameter team_sd": "Teams, sd: {name}",
        "parameter dispersion": "Dispersion α",
        "bound": "bound",
        "share of bound": "share of the bound used up (left of the line is good)",
        "certificate passed": "Certificate of the {engine} engine: passed",
        "certificate failed": "Certificate of the {engine} engine: NOT passed",
        "certificate note": "At the right: figure measured / bound. Pareto shapes (k̂) above 0.7 "
        "mean that few draws carry the weight.",
        "alone": "the team alone",
        "in model": "the team in the model",
        "shrinkage slope title": "The relation in each team, alone and in the model",
        "shrinkage intercept title": "The level of each team, alone and in the model",
        "shrinkage note": "In brackets: respondents. What a team says alone is drawn towards the "
        "average team, the more so the less it tells.",
        "agreement rwg": "rwg, 1 where all agree",
        "agreement rwg_j": "rwg(j), 1 where all agree",
        "agreement rwg_star": "r*wg, 1 where all agree",
        "agreement title": "Agreement within teams",
        "agreement note": "In brackets: respondents. Lines: {interval} intervals. Null "
        "distribution: {null}. Dashed: the customary bound of 0.7. Blue: at or above it.",
        "agreement outside": "Arrows: goes on below the axis.",
    },
    "nl": {
        "expected count": "Verwacht aantal",
        "expected count of": "Verwacht aantal: {outcome}",
        "frequency": "Frequentie: {frequency}",
        "everyone": "alle respondenten",
        "model": "model: mediaan en {interval}-interval",
        "observed": "antwoorden: gemiddeld aantal van wie dit antwoord gaf",
        "means note": "Gemiddelden van antwoorden: verder niets gelijk gehouden.",
        "study": "Model: gemiddeld over alle respondenten, al het andere zoals zij antwoordden.",
        "average_team": "Model: een gemiddeld team, gemiddelde respondenten, "
        "per eenheid blootstelling.",
        "new_team": "Model: een nieuw team, gemiddelde respondenten, per eenheid blootstelling.",
        "not shown": "niet getoond",
        "few gave": "Antwoorden die weinigen gaven, zijn niet getoond, "
        "om kleine groepen te beschermen.",
        "data frame": "Model: gemiddeld over de opgegeven mensen, al het andere zoals het is.",
        "median and interval": "mediaan ({interval}-interval)",
        "range": "{lower} tot {upper}",
        "response title": "Verwacht aantal naar gespreksfrequentie",
        "counts title": "Verwacht aantal bij elk antwoord",
        "one count title": "Verwacht aantal",
        "rootogram title": "Gegeven en verwachte aantallen",
        "slope title": "Teams naar hoe hun samenhang afwijkt",
        "intercept title": "Teams naar hun aantal op het laagste niveau",
        "level title": "Teams naar hun aantal",
        "versus": "{high} tegenover {low}",
        "relative": "vergeleken met het gemiddelde team",
        "relative odds": "odds van een activiteit, vergeleken met het gemiddelde team",
        "relative rate": "aantal in het teldeel, vergeleken met het gemiddelde team",
        "lower": "← lager",
        "higher": "hoger →",
        "slope note": "Verhouding {contrast} in het team, gedeeld door die in het gemiddelde team.",
        "intercept note": "Aantal op het laagste niveau in het team, gedeeld door dat "
        "in het gemiddelde team.",
        "level note": "Aantal in het team, gedeeld door dat in het gemiddelde team.",
        "slope odds note": "Oddsratio {contrast} in het team, gedeeld door die in het gemiddelde "
        "team.",
        "intercept odds note": "Odds op het laagste niveau in het team, gedeeld door die in het "
        "gemiddelde team.",
        "level odds note": "Odds in het team, gedeeld door die in het gemiddelde team.",
        "interval note": "n: respondenten. Stippen: medianen, groter voor grotere teams; lijnen: "
        "{interval}-intervallen. Hoe minder respondenten, hoe meer een team naar 1 toe is "
        "getrokken.",
        "clear note": "Breed en blauw: interval zonder 1.",
        "between": "⋯ {n} teams ertussenin ⋯",
        "between one": "⋯ 1 team ertussenin ⋯",
        "hidden": "{n} teams zijn niet getoond, om kleine groepen te beschermen.",
        "some hidden": "Kleine groepen zijn niet getoond.",
        "lowered": "Groepen van {n} of meer zijn getoond, waar {usual} gebruikelijk is. "
        "Reden: {reason}.",
        "n": "n",
        "respondents": "Respondenten (wortelschaal)",
        "count": "Aantal",
        "count of": "Aantal: {outcome}",
        "given": "gegeven antwoorden",
        "expected": "model: verwacht, met {interval}-interval",
        "or more": "{}+",
        "rootogram note": "Aantallen die weinig respondenten gaven, delen een staaf.",
        "between labels": "Staven zonder opschrift bevatten de aantallen tussen de opschriften "
        "ernaast.",
        "design title width": "Breedte van het interval, naar kosten",
        "design title right_teams": "Kans om de juiste teams te vinden, naar kosten",
        "cost": "Kosten",
        "respondents simply": "Respondenten",
        "width": "Bovengrens gedeeld door ondergrens",
        "right_teams": "Sterkste teams gevonden",
        "team size": "{size} respondenten per team",
        "goal": "doel",
        "design note width": "Medianen van {n} gesimuleerde studies per ontwerp; "
        "{interval}-intervallen. Bij elk punt: aantal teams.",
        "design note right_teams": "Gemiddelden van {n} gesimuleerde studies per ontwerp, de {top} "
        "teams die het sterkst lijken; lijnen: ± 2 Monte-Carlofouten. Bij elk punt: aantal teams.",
        "band": "waar 95 van de 100 zulke staven liggen als het model klopt",
        "answers": "gegeven antwoorden",
        "share below": "Deel van de nieuwe aantallen onder het antwoord",
        "residuals title": "Antwoorden tussen nieuwe aantallen uit het model",
        "residuals note": "Even hoge staven: het model past. Een dal in het midden: antwoorden "
        "verschillen meer dan het model verwacht; een heuvel: minder.",
        "elpd respondent": "Logkans van respondenten, min de beste",
        "elpd team": "Logkans van teams, min de beste",
        "comparison title": "Hoe goed de modellen voorspellen wie ze niet zagen",
        "comparison note": "Lijnen: ± 2 standaardfouten. Gevuld: voorspelt zonder twijfel "
        "slechter dan het beste.",
        "as declared": "zoals opgegeven",
        "rate ratio": "Verhouding, hoogste tegenover laagste",
        "specifications title": "De verhouding bij andere keuzes",
        "specifications note": "Medianen en 90%-intervallen, over de respondenten. Gevuld: het "
        "model zoals opgegeven.",
        "calibration title": "Rangen van de waarheid tussen haar trekkingen",
        "rank": "Rang van de waarheid, als aandeel van de trekkingen",
        "too many below": "Aandeel eronder, min verwacht",
        "as they should": "{n} grootheden met rangen zoals het hoort",
        "out of band": "{quantity}",
        "more out of band": "en nog {n} die afwijken",
        "calibration note": "{n} herhalingen. Lijnen van juiste trekkingen blijven in 95 van de "
        "100 kalibraties alle binnen de band. Links hoog: de trekkingen liggen te hoog; eerst "
        "hoog, dan laag: de intervallen zijn te smal.",
        "prior title": "Wat de priors inhielden, en wat de antwoorden zeggen",
        "prior note": "Gestreept: prior. Gevuld: posterior, gegeven de antwoorden. Waar de twee op "
        "elkaar lijken, zeggen de antwoorden er weinig over. Hoogten: dichtheden.",
        "prior axis intercept": "log van het aantal",
        "prior axis intercept odds": "log van de odds",
        "prior axis effect": "log van de verhouding",
        "prior axis effect odds": "log van de oddsratio",
        "prior axis team_sd": "sd van logs van verhoudingen",
        "prior axis team_sd odds": "sd van logs van oddsratio’s",
        "prior axis dispersion": "α, zonder eenheid",
        "expected evenly": "in elke staaf evenveel: een model dat klopt",
        "parameter intercept": "Intercept",
        "parameter frequency": "{name}: hoogste t.o.v. laagste",
        "parameter covariates": "{name}",
        "parameter team_sd": "Teams, sd: {name}",
        "parameter dispersion": "Spreiding α",
        "bound": "grens",
        "share of bound": "deel van de grens dat is verbruikt (links van de lijn is goed)",
        "certificate passed": "Certificaat, methode {engine}: geslaagd",
        "certificate failed": "Certificaat, methode {engine}: NIET geslaagd",
        "certificate note": "Rechts: gemeten waarde / grens. Paretovormen (k̂) boven 0,7 betekenen "
        "dat weinig trekkingen het gewicht dragen.",
        "alone": "het team alleen",
        "in model": "het team in het model",
        "shrinkage slope title": "Het verband in elk team, alleen en in het model",
        "shrinkage intercept title": "Het niveau van elk team, alleen en in het model",
        "shrinkage note": "Tussen haakjes: respondenten. Wat een team alleen zegt, wordt naar het "
        "gemiddelde team getrokken, sterker naarmate het minder zegt.",
        "agreement rwg": "rwg, 1 als allen het eens zijn",
        "agreement rwg_j": "rwg(j), 1 als allen het eens zijn",
        "agreement rwg_star": "r*wg, 1 als allen het eens zijn",
        "agreement title": "Overeenstemming binnen teams",
        "agreement note": "Tussen haakjes: respondenten. Lijnen: {interval}-intervallen. "
        "Nulverdeling: {null}. Gestreept: de gebruikelijke grens van 0,7. Blauw: op of boven die "
        "grens.",
        "agreement outside": "Pijlen: loopt onder de as door.",
    },
}
TEXTS = {
    language: {**own, **TEXTS_OF_DOUBTS[language], **TEXTS_OF_KINDS[language]}
    for language, own in _OWN.items()
}

_FINE_BELOW, _COARSE_FROM = 1.0, 100.0


def words(language: str) -> Mapping[str, str]:
    """
    Give the texts of a language.

    Parameters
    ----------
    language : {"en", "nl"}
        The language.

    Returns
    -------
    mapping of str to str
        Name to text.

    Raises
    ------
    ArgumentError
        If there are no texts in it.

    Examples
    --------
    >>> words("nl")["expected count"]
    'Verwacht aantal'
    """
    if language not in TEXTS:
        raise ArgumentError(f"language={language!r}: {nearest(language, TEXTS)}")
    return TEXTS[language]


def number(value: float, language: str, decimals: int | None = None) -> str:
    """
    Write a number as the language does.

    Parameters
    ----------
    value : float
        The number.
    language : {"en", "nl"}
        The language.
    decimals : int, optional
        Decimals shown; as `fitting_decimals` chooses where left out.

    Returns
    -------
    str
        With a decimal point, or a decimal comma.

    Examples
    --------
    >>> number(2.345, "en"), number(0.345, "nl"), number(1234.5, "nl")
    ('2.3', '0,34', '1.234')
    """
    if decimals is None:
        decimals = fitting_decimals(value)
    written = f"{round(value, decimals) + 0.0:,.{decimals}f}"
    # A minus as printers set it, as wide as a plus.
    written = written.replace("-", "\N{MINUS SIGN}")
    return written.translate(str.maketrans(",.", ".,")) if language == "nl" else written


def fitting_decimals(value: float) -> int:
    """
    Choose the decimals of a number.

    Parameters
    ----------
    value : float
        The number.

    Returns
    -------
    int
        2 below 1, 0 from 100, else 1.

    Examples
    --------
    >>> fitting_decimals(0.5), fitting_decimals(3.2), fitting_decimals(250.0)
    (2, 1, 0)
    """
    if abs(value) < _FINE_BELOW:
        return 2
    return 0 if abs(value) >= _COARSE_FROM else 1


def percentage(share: float, language: str) -> str:
    """
    Write a share in percents.

    Parameters
    ----------
    share : float
        Between 0 and 1.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    str
        Whole percents where the share is whole, else one decimal.

    Examples
    --------
    >>> percentage(0.9, "en"), percentage(0.975, "nl")
    ('90%', '97,5%')
    """
    whole = abs(100 * share - round(100 * share)) < 1e-9
    return f"{number(100 * share, language, 0 if whole else 1)}%"
