"""Rate ratios and counts of a fit of several kinds, by kind and for the total."""

import numpy as np
import numpy.typing as npt

from learnclimate.core import kind_labels as kinds
from learnclimate.core import labels
from learnclimate.core.result import Result
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.answer import Rows, answered, chained, draws_dataset
from learnclimate.estimands.arguments import chosen_levels
from learnclimate.estimands.groups import WITHHELD
from learnclimate.estimands.kind_answers import (
    KindsQuestion,
    ask_kinds,
    expected_by_kind,
    predicted_by_kind,
)
from learnclimate.estimands.population import People
from learnclimate.estimands.question import notes_on, numbers_behind
from learnclimate.estimands.wording import (
    EXPECTED_COUNT,
    PREDICTED_COUNT,
    RATE_RATIO,
    SCALES,
    versus,
)
from learnclimate.inference.kinds_fit import KindsFit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_BEHIND = (
    "n_respondents: of the kind that fewest of them answered, or all where few left a kind open."
)


def of_kind_words(kind: str, words: str) -> str:
    """
    Write what a row is about, as in the column ``contrast``.

    Parameters
    ----------
    kind : str
        The kind, or the total.
    words : str
        The contrast or level.

    Returns
    -------
    str
        Both.

    Examples
    --------
    >>> of_kind_words("training", "weekly vs never")
    'training: weekly vs never'
    """
    return f"{kind}: {words}"


def ratios_by_kind(
    question: KindsQuestion, high: object, low: object
) -> tuple[FloatArray, str, int]:
    """
    Give the rate ratio of every kind and of the total.

    Parameters
    ----------
    question : KindsQuestion
        The question.
    high, low : object
        The two levels.

    Returns
    -------
    ratios : ndarray of shape (n_draws, n_kinds + 1)
        The total last.
    words : str
        The contrast of the levels.
    n_respondents : int
        Who gave either; `WITHHELD` where that may not be shown, and so nothing may.
    """
    first = question.first
    coding = question.fit.coding.frequencies[first.position or 0]
    above, below = chosen_levels(coding, high, low)
    counts = expected_by_kind(question)
    numbers = _numbers(question)[[above, below]]
    together = WITHHELD
    if not (numbers == WITHHELD).any():
        of_people = isinstance(first.population, People)
        together = int(numbers[0] if of_people else numbers.sum())
    ratios = counts[:, :, above] / counts[:, :, below]
    return ratios, versus(coding.levels[above], coding.levels[below]), together


def _numbers(question: KindsQuestion) -> npt.NDArray[np.int64]:
    """Tell how many gave each level: all who did where few left a kind open."""
    first, design = question.first, question.fit.design
    numbers = numbers_behind(first)
    if design is None or first.position is None or isinstance(first.population, People):
        return numbers
    level = design.people.frequency_level[:, first.position]
    told = design.told_sizes(level, len(numbers), first.rule.minimum)
    return np.where(numbers == WITHHELD, WITHHELD, told)


def kind_rate_ratios(
    fit: KindsFit,
    levels: tuple[object, object],
    population: object,
    frequency: str | None,
    *,
    interval: float,
    rule: DisclosureRule,
) -> Result:
    """
    Answer `rate_ratio` for a fit of several kinds.

    Parameters
    ----------
    fit : KindsFit
        The fit.
    levels : tuple
        The high and the low level.
    population : object
        Who it is about.
    frequency : str or None
        Which frequency.
    interval : float
        Probability of the interval.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    Result
        One row a kind, and one for the total.
    """
    question = ask_kinds(fit, population, frequency, rule)
    ratios, words, together = ratios_by_kind(question, *levels)
    shown = np.full(len(question.names), together != WITHHELD)
    ratios = ratios[:, shown]
    rows = Rows(
        estimand=RATE_RATIO,
        scale=SCALES[RATE_RATIO],
        population=question.first.population_name,
        contrast=[of_kind_words(name, words) for name in question.names],
        team=[None] * len(shown),
        n_respondents=np.full(len(shown), together),
        shown=shown,
        statement="the rate ratio is above 1",
        notes=_notes(question),
    )
    values = chained(fit, ratios)
    names = [name for name, visible in zip(question.names, shown, strict=True) if visible]
    draws = draws_dataset(fit, {RATE_RATIO: values}, {kinds.KIND: names})
    return answered(rows, values, (ratios > 1).mean(axis=0), interval=interval, draws=draws)


def kind_counts(
    fit: KindsFit,
    population: object,
    frequency: str | None,
    *,
    interval: float,
    rule: DisclosureRule,
    seed: int | None = None,
) -> Result:
    """
    Answer `expected_counts`, or with a seed `predicted_counts`, for a fit of several kinds.

    Parameters
    ----------
    fit : KindsFit
        The fit.
    population : object
        Who it is about.
    frequency : str or None
        Which frequency.
    interval : float
        Probability of the interval.
    rule : DisclosureRule
        Which groups are too small to show.
    seed : int, optional
        Seed of predicted counts; expected ones where left out.

    Returns
    -------
    Result
        One row a kind and level, the total last.
    """
    question = ask_kinds(fit, population, frequency, rule)
    estimand = EXPECTED_COUNT if seed is None else PREDICTED_COUNT
    counts: npt.NDArray[np.number] = (
        expected_by_kind(question) if seed is None else predicted_by_kind(question, seed)
    )
    frequency_coding = question.first.frequency
    levels = () if frequency_coding is None else frequency_coding.levels
    numbers = _numbers(question)
    visible = numbers != WITHHELD
    names = question.names
    rows = Rows(
        estimand=estimand,
        scale=SCALES[estimand],
        population=question.first.population_name,
        contrast=[of_kind_words(name, level) for name in names for level in levels],
        team=[None] * (len(names) * len(levels)),
        n_respondents=np.tile(numbers, len(names)),
        shown=np.tile(visible, len(names)),
        notes=_notes(question),
    )
    told = chained(fit, counts[:, :, visible])
    flat = told.reshape(*told.shape[:2], -1)
    asked = "" if frequency_coding is None else frequency_coding.name
    shown = [
        labels.level_label(asked, level)
        for level, seen in zip(levels, visible, strict=True)
        if seen
    ]
    draws = draws_dataset(
        fit, {estimand: told}, {kinds.KIND: list(names), labels.FREQUENCY_LEVEL: shown}
    )
    return answered(rows, flat, None, interval=interval, draws=draws)


def _notes(question: KindsQuestion) -> tuple[str, ...]:
    notes = notes_on(question.first, numbers_behind(question.first))
    of_people = isinstance(question.first.population, People)
    return notes if of_people else (*notes, _BEHIND)
