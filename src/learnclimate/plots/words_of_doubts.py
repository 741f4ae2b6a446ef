"""The words in the figures of what can be left out, of priors and of influence."""

from collections.abc import Mapping
from typing import Final

#: Every text by language and name; numbers stand in braces.
TEXTS_OF_DOUBTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "pareto": "Pareto k of the weights",
        "respondents left out": "Respondents",
        "teams left out": "Teams",
        "left out title": "How far leaving out can be trusted",
        "left out note": "Above {limit} weights cannot be trusted; hatched bars hold such. Heights "
        "are numbers, of wide bars too; each holds at least {minimum}.",
        "fitted anew": "Fitted anew, and not drawn: {anew}.",
        "sensitivity": "Sensitivity by power-scaling",
        "sensitive to prior": "to the priors",
        "sensitive to likelihood": "to the answers",
        "sensitivity title": "What depends on the priors",
        "sensitivity note": "Sensitive where beyond the line at {limit}. Where only the priors "
        "are, they tell more than the answers; where both are, they pull apart.",
        "ratio without": "Rate ratio, highest vs lowest, without the team",
        "influence title": "Teams that move the rate ratio most",
        "influence note": "Line: with everybody, ×{ratio}. Small teams are not shown.",
        "checks title": "What the checks say",
        "checks note": "Open diamond: doubtful; filled diamond: bad; open circle: not applicable.",
        "verdict good": "good",
        "verdict doubtful": "doubtful",
        "verdict bad": "bad",
        "verdict not applicable": "not applicable",
        "statistics title": "The answers among new counts",
        "statistics": "Answers less expected, in half intervals",
        "statistics note": "Grey: where {interval} of the sets of new counts lie. Figures of too "
        "few people are not shown.",
    },
    "nl": {
        "pareto": "Pareto-k van de gewichten",
        "respondents left out": "Respondenten",
        "teams left out": "Teams",
        "left out title": "Hoe ver weglaten te vertrouwen is",
        "left out note": "Boven {limit} zijn de gewichten niet te vertrouwen; gearceerde balken "
        "tellen zulke mee. Hoogten zijn aantallen, ook van brede balken; elke balk telt er "
        "minstens {minimum}.",
        "fitted anew": "Opnieuw berekend, en niet getekend: {anew}.",
        "sensitivity": "Gevoeligheid bij zwaarder of lichter wegen",
        "sensitive to prior": "voor de priors",
        "sensitive to likelihood": "voor de antwoorden",
        "sensitivity title": "Wat van de priors afhangt",
        "sensitivity note": "Gevoelig voorbij de lijn bij {limit}. Waar alleen de priors dat zijn, "
        "zeggen ze meer dan de antwoorden; waar beide dat zijn, trekken ze uiteen.",
        "ratio without": "Verhouding, hoogste t.o.v. laagste, zonder het team",
        "influence title": "Teams die de verhouding het meest verschuiven",
        "influence note": "Lijn: met iedereen, ×{ratio}. Kleine teams worden niet getoond.",
        "checks title": "Wat de controles zeggen",
        "checks note": "Open ruit: twijfelachtig; gevulde ruit: slecht; open rondje: niet van "
        "toepassing.",
        "verdict good": "goed",
        "verdict doubtful": "twijfelachtig",
        "verdict bad": "slecht",
        "verdict not applicable": "niet van toepassing",
        "statistics title": "De antwoorden tussen nieuwe aantallen",
        "statistics": "Antwoorden min verwacht, in halve intervallen",
        "statistics note": "Grijs: waar {interval} van de reeksen nieuwe aantallen ligt. Cijfers "
        "van te weinig mensen worden niet getoond.",
    },
}
