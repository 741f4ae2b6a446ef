"""Checks in the words of a reader: names, verdicts and findings, in both languages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from learnclimate.checks.fit_check import TAKEN_AT_LOWEST
from learnclimate.checks.verdict import Check
from learnclimate.inference.certificate import Certificate
from learnclimate.reporting.certificate_words import check_words
from learnclimate.reporting.language import number, texts

#: Name of the check that stands for the whole certificate.
CERTIFICATE = "certificate"

#: Checks that are told without figures, and the first part of the names of their texts.
_IN_WORDS = {
    "level means": "levels",
    "residuals": "residuals",
    "residuals by group": "groups",
    "prior sensitivity": "sensitivity",
    "influence": "influence",
    "leave one out": "left_out",
    "leave one team out": "left_out",
}
_MARKS = {"good": "good", "doubtful": "doubtful", "bad": "bad", "not applicable": "unsuitable"}


@dataclass(frozen=True, slots=True)
class CheckTold:
    """
    A check as a row of a table.

    Attributes
    ----------
    name, verdict, words : str
        What was checked, the outcome, and what it says.
    mark : str
        The outcome as a class of the style sheet.
    name_language, words_language : str
        Languages of name and words; a check without texts in the language is told in English.
    """

    name: str
    verdict: str
    words: str
    mark: str
    name_language: str
    words_language: str


def checks_told(checks: Sequence[Check], *, language: str) -> list[CheckTold]:
    """
    Tell the checks of the model against the answers.

    Parameters
    ----------
    checks : sequence of Check
        From `check_fit`.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of CheckTold
        One row a check; a check without texts in the language keeps its English words.
    """
    words = texts(language)
    told = []
    for check in checks:
        name = words["check_names"].get(check.name)
        found = _words(check, language) if name is not None else None
        told.append(
            CheckTold(
                name=name or check.name,
                verdict=words["verdicts"][check.verdict],
                words=found or check.words,
                mark=_MARKS[check.verdict],
                name_language=language if name else "en",
                words_language=language if found else "en",
            )
        )
    return told


def certificate_told(certificate: Certificate, *, language: str) -> list[CheckTold]:
    """
    Tell the checks of the computation.

    Parameters
    ----------
    certificate : Certificate
        The certificate of a fit.
    language : {"en", "nl"}
        The language.

    Returns
    -------
    list of CheckTold
        One row a check.
    """
    verdicts = texts(language)["verdicts"]
    told = []
    for check in certificate.checks:
        name, words = check_words(check, language)
        verdict, mark = verdicts[check.verdict], _MARKS[check.verdict]
        told.append(CheckTold(name, verdict, words, mark, language, language))
    return told


def _words(check: Check, language: str) -> str | None:
    words = texts(language)["check_words"]
    if check.verdict == "not applicable":
        return words["not applicable"]
    if check.name == CERTIFICATE:
        return words["certificate_good" if check.verdict == "good" else "certificate_bad"]
    if check.name in _IN_WORDS:
        outcome = "good" if check.verdict == "good" else "other"
        return words[f"{_IN_WORDS[check.name]}_{outcome}"]
    bounds = [check.values.get(name, math.nan) for name in ("lower", "upper")]
    if check.name not in words or not all(math.isfinite(bound) for bound in bounds):
        return None
    observed = check.values.get("observed")
    decimals = figure_decimals([*bounds, *([] if observed is None else [observed])])
    sentence = words["withheld" if observed is None else "found"].format(
        what=words[check.name] + (words["of_options"] if TAKEN_AT_LOWEST in check.values else ""),
        observed="" if observed is None else number(observed, decimals, language),
        lower=number(bounds[0], decimals, language),
        upper=number(bounds[1], decimals, language),
    )
    if check.verdict != "good":
        return f"{sentence} {words['mind']}"
    small = observed is not None and not bounds[0] <= observed <= bounds[1]
    return f"{sentence} {words['small']}" if small else sentence


def figure_decimals(values: Sequence[float]) -> int:
    """
    Choose decimals that keep three figures of the largest.

    Parameters
    ----------
    values : sequence of float
        The figures told together.

    Returns
    -------
    int
        The decimals.

    Examples
    --------
    >>> figure_decimals([0.2, 0.31]), figure_decimals([3.0, 12.0])
    (3, 1)
    """
    largest = max(abs(value) for value in values)
    return 3 if largest < 1 else 2 if largest < 10 else 1
