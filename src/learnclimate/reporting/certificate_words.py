"""What each check of a computation found, with the same figures in every language."""

import math
import re
from typing import Final

from learnclimate.inference.certificate import CertificateCheck
from learnclimate.reporting.language import number, texts

_NUMBER: Final = r"(-?[\d.]*\d(?:e[+-]\d+)?)"

#: What engines say of each check, with # for a figure, and the names of these figures. The texts
#: bear the name of the check, and the number of the pattern where there are several.
_PATTERNS: Final[dict[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "R-hat": (("the chains agree up to #", ("value",)),),
    "effective sample size": (("rests on # independent", ("value",)),),
    "divergences": (("# trajectories met", ("value",)),),
    "energy": (("with a fraction of #", ("value",)),),
    "trajectory length": (("#% of the trajectories", ("value",)),),
    "quadrature": (
        (
            "with # nodes instead of # a dimension, .* most # posterior sd",
            ("more", "nodes", "value"),
        ),
    ),
    "surrogate": (
        (
            "fitted to # evaluations of the likelihood; at # fresh ones it is off by #",
            ("evaluations", "fresh", "value"),
        ),
    ),
    "importance tails": (("Pareto shape # .below # is safe", ("value", "limit")),),
    "importance efficiency": (("# weighted draws are worth #% of", ("size", "value")),),
    "agreement of scrambles": (("differ by at most # standard errors", ("value",)),),
    "team effects": (
        (
            "among # teams looked at, .* Pareto shape is #; a draw rests on # even .*least # are",
            ("teams", "value", "proposals", "enough"),
        ),
        (
            "summarised by quadrature at # draws .* error of a team's mean is at most # of",
            ("points", "value"),
        ),
    ),
    "standardised answers": (("computed at # draws .* misses has # of", ("points", "value")),),
    "factor model": (),
    "count models": (("# of the # fits", ("value", "fits")),),
    "mixing of values": (("over # sets of values, .* within # posterior", ("sets", "value")),),
    "items given the count": (("the sets rest on # of the draws", ("value",)),),
}


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
    >>> check = CertificateCheck("R-hat", "good", 1.002, 1.01, "the chains agree up to 1.002")
    >>> check_words(check, "nl")[1]
    'De ketens komen met elkaar overeen tot op 1,002; 1 is volmaakt, tot 1,01 is goed.'
    """
    names, words = texts(language)["certificate_names"], texts(language)["certificate_words"]
    name = names.get(check.name, check.name)
    if check.name == "factor model":
        return name, words[f"factor model {'good' if check.verdict == 'good' else 'bad'}"]
    if check.verdict == "not applicable":
        return name, words["no teams"]
    if not math.isfinite(check.value):
        return name, words["not computed"]
    patterns = _PATTERNS.get(check.name, ())
    for place, (pattern, figures) in enumerate(patterns):
        found = re.search(pattern.replace("#", _NUMBER), check.words)
        if found is not None:
            text = check.name if place == 0 else f"{check.name} {place + 1}"
            told = {
                figure: _told(part, check, language)
                for figure, part in zip(figures, found.groups(), strict=True)
            }
            bounds = {
                "bound": _bound(check.bound, language),
                "percent": _bound(100 * check.bound, language),
            }
            return name, words[text].format(**bounds, **told)
    if language == "en":
        return name, check.words[:1].upper() + check.words[1:].removesuffix(".") + "."
    value, bound = _bound(check.value, language), _bound(check.bound, language)
    return name, words["unknown"].format(value=value, bound=bound)


def _told(written: str, check: CertificateCheck, language: str) -> str:
    """Write a figure of an engine's sentence as the language does, with its own decimals."""
    value = float(written)
    plain = written if "e" not in written else f"{value:.10f}".rstrip("0")
    decimals = len(plain.partition(".")[2])
    if value == 0 and decimals:
        if check.value == 0:
            return "0"
        least = number(10.0**-decimals, decimals, language)
        return texts(language)["numbers"]["less_than"].format(share=least)
    return number(value, decimals, language)


def _bound(value: float, language: str) -> str:
    """Write a bound in as few figures as tell it."""
    written = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    plain = written if "e" not in written else f"{value:.10f}".rstrip("0")
    return number(value, len(plain.partition(".")[2]), language)
