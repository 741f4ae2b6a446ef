"""Reading templates of sentences back from what is told."""

import re
import string
from dataclasses import dataclass

from learnclimate.reporting.language import texts


def flat(language):
    return {
        (section, name): text
        for section, entries in texts(language).items()
        for name, text in entries.items()
    }


def fields_of(template):
    return [field for _, field, _, _ in string.Formatter().parse(template) if field]


def pattern_of(template):
    """A pattern that reads back what stands in the place of each name in braces."""
    parts, seen = [], set()
    for literal, field, _, _ in string.Formatter().parse(template):
        parts.append(re.escape(literal))
        if field in seen:
            parts.append(f"(?P={field})")
        elif field:
            # What stands in braces is never two sentences.
            parts.append(rf"(?P<{field}>(?:(?!\. ).)+?)")
            seen.add(field)
    return re.compile("".join(parts))


def read_back(told, language):
    """The number that a text states, and how far rounding may have moved it."""
    plain = told.rstrip("%")
    plain = plain.replace(".", "").replace(",", ".") if language == "nl" else plain.replace(",", "")
    decimals = len(plain.partition(".")[2])
    return float(plain), 0.5 * 10.0**-decimals + 1e-9


def agrees(told, exact, language):
    """Whether a text states a value: words as they are, numbers as they are rounded."""
    if isinstance(exact, str):
        return told == exact
    if isinstance(exact, Probability):
        return told in exact.written(language)
    stated, slack = read_back(told, language)
    return abs(stated - exact) <= slack


@dataclass(frozen=True)
class Probability:
    """A posterior probability, of which certainty is never told."""

    value: float

    def written(self, language):
        more, less = (("more than 99%", "less than 1%"), ("meer dan 99%", "minder dan 1%"))[
            language == "nl"
        ]
        if self.value > 0.99:
            return [more]
        if self.value < 0.01:
            return [less]
        return [f"{round(100 * self.value)}%"]
