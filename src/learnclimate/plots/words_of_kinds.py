"""The words in the figures of several kinds of activity."""

from collections.abc import Mapping
from typing import Final

#: Every text by language and name; names stand in braces.
TEXTS_OF_KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "all kinds": "all kinds together",
        "kinds response title": "Expected count by conversation frequency, kind by kind",
        "own axes note": "Each kind has an axis of its own.",
        "kind ratios title": "What goes with talking, kind by kind",
        "kind ratios note": "Dots: medians; lines: intervals. Diamond: all kinds together.",
        "ratio of levels": "Ratio of expected counts, {high} to {low}",
        "statistic mean": "average",
        "statistic dispersion": "spread",
        "statistic share of zeros": "zeros",
        "statistic correlation": "correlation",
        "pair of kinds": "{one} and {other}",
        "of total": "Of all kinds together.",
        "of kind": "Of {kind} alone.",
    },
    "nl": {
        "all kinds": "alle soorten samen",
        "kinds response title": "Verwacht aantal naar gespreksfrequentie, per soort",
        "own axes note": "Elke soort heeft een eigen as.",
        "kind ratios title": "Wat met praten samengaat, per soort",
        "kind ratios note": "Stippen: medianen; lijnen: intervallen. Ruit: alle soorten samen.",
        "ratio of levels": "Verhouding van verwachte aantallen, {high} tot {low}",
        "statistic mean": "gemiddelde",
        "statistic dispersion": "spreiding",
        "statistic share of zeros": "nullen",
        "statistic correlation": "correlatie",
        "pair of kinds": "{one} en {other}",
        "of total": "Van alle soorten samen.",
        "of kind": "Alleen van {kind}.",
    },
}
