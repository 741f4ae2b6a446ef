"""`item_analysis`: how each item of a scale behaves, and whether answers look careless."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, LearnClimateWarning
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule, suppress
from learnclimate.measurement.answers import (
    ScaleAnswers,
    require_complete,
    require_items,
    require_variation,
    scale_answers,
)
from learnclimate.measurement.careless import longest_strings, odd_patterns, straight_lines
from learnclimate.measurement.coefficients import alpha
from learnclimate.measurement.crossed_items import NO_COEFFICIENTS, hides_coefficients
from learnclimate.measurement.item_rows import distribution_rows, share_rows
from learnclimate.measurement.item_statistics import (
    item_rest_correlations,
    keyed_signs,
    weighted_covariances,
)
from learnclimate.measurement.not_counted import not_counted
from learnclimate.measurement.resampling import bayesian_bootstrap_weights
from learnclimate.measurement.rows import (
    INDEPENDENT,
    Row,
    Sampling,
    checked_sampling,
    draws_dataset,
    laid_out,
    posterior_figures,
)
from learnclimate.measurement.scores import missing_note
from learnclimate.survey.answers import PACKAGE
from learnclimate.survey.codebook import Scale
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Probability of going against the others from which an item is named.
_ALARM = 0.95
#: A run counts as long from half of the items on, but never below this.
_SHORTEST_RUN = 4
_BLOCK = 4_000_000


def item_analysis(  # noqa: PLR0913 - options by name, each one a question of method
    survey: Survey,
    scale: Scale | str,
    *,
    long_string: int | None = None,
    draws: int = 1000,
    seed: int = 1,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> Result:
    """
    Describe each item of a scale, and screen for wrong keys and careless answers.

    By item: ``item_mean`` and ``item_sd``; ``category_share`` of each answer (with
    ``share_at_minimum`` and ``share_at_maximum``, floor and ceiling); ``share_missing``;
    ``item_rest_correlation``, with the mean of the other items; ``alpha_if_dropped``. Of
    respondents: ``share_long_string``, ``share_straight_line`` and ``share_odd_pattern``.

    An item that goes against the majority of the others with a probability above 0.95 is
    named in a warning: it may be keyed the other way round. Of two items, or as many on one
    side as on the other, both sides are named: there is no majority.

    Parameters
    ----------
    survey : Survey
        The answers.
    scale : Scale or str
        A scale, or the name of one in the codebook. Reverse-keyed items are turned round;
        long strings and straight lines are sought in the answers as given.
    long_string : int, optional
        From how many same answers in a row a string counts as long, over all items of the
        codebook in its order; half of them where left out, four at least.
    draws : int, default 1000
        Draws of the Bayesian bootstrap over respondents.
    seed : int, default 1
        Seed of the random numbers.
    interval : float, default 0.9
        Probability of the intervals.
    rule : DisclosureRule, optional
        Answers that fewer gave are not shown; below 5 where left out.

    Returns
    -------
    Result
        ``contrast`` names the item, and for shares of answers the answer: ``q1 = 3`` (as
        turned round). ``mean`` is the figure of the answers themselves; shares have the
        posterior interval under Jeffreys' prior, other figures that of the Bayesian
        bootstrap. ``probability`` of an item-rest correlation is that of its lying above 0.
        Answers that few gave, and those that protect them from subtraction, are
        suppressed, and taken for their middle in the mean and sd of the item, which would
        give them away else; an answer that nobody gave is shown with a share of 0 and named in a
        note. ``draws`` holds ``item_rest_correlation`` and ``alpha_if_dropped`` by ``item``.

    Raises
    ------
    ArgumentError
        If the scale is unknown or has fewer than two items, or a number is out of range.
    ArgumentTypeError
        If an argument has the wrong type.
    SurveyError
        If an answer lies outside the scale, an item was answered by nobody or always
        alike, or too few answered every item.

    References
    ----------
    Meade and Craig (2012), Identifying careless responses in survey data, Psychological
    Methods 17, 437-455, doi 10.1037/a0028085.

    Examples
    --------
    >>> import learnclimate as lc
    >>> found = lc.item_analysis(lc.load_example(), "challenging_work").summary
    >>> found.loc[found["estimand"] == "item_rest_correlation", "mean"].round(2).tolist()
    [0.66, 0.67, 0.68]
    """
    options = checked_sampling(draws, seed, interval, rule)
    answers = scale_answers(survey, scale)
    options = options.private(survey)
    require_items(answers, 2, "an item analysis")
    require_variation(answers)
    complete = require_complete(answers, options.rule.minimum)
    told = answers.discretion(options.rule.minimum)
    sampled = _sampled(complete, options)
    hides = hides_coefficients(answers.values, options.rule.minimum)
    suspects = _against_the_others(complete, options, answers.items)
    rows = []
    for place in range(len(answers.items)):
        rows += distribution_rows(answers, place, options, told)
        together = _together_rows(answers, complete, place, sampled, interval)
        rows += [replace(row, figures={}, suppressed=True) if hides else row for row in together]
    careless, notes = _careless_rows(survey, answers, long_string, options)
    by_item = {"item": answers.items}
    found = laid_out(
        rows + careless,
        draws_dataset(sampled, by_item),
        interval=interval,
        discretion=told,
        statement="the item goes together with the others: its item-rest correlation is above 0",
        notes=[
            missing_note(answers, options.rule.minimum),
            *not_counted(survey, options.rule.minimum),
            *_empty_notes(answers),
            *suspects,
            *notes,
            *([NO_COEFFICIENTS] if hides else []),
            INDEPENDENT,
        ],
    )
    for words in suspects:
        warnings.warn(LearnClimateWarning(words), skip_file_prefixes=(PACKAGE,), stacklevel=2)
    return recorded(found, options.rule)


def _sampled(complete: FloatArray, options: Sampling) -> dict[str, FloatArray]:
    """Draws of what items share with the others, by item."""
    rng = options.generator()
    n_items = complete.shape[1]
    correlations, dropped = [], []
    width = max(1, _BLOCK // len(complete))
    for start in range(0, options.draws, width):
        n_sets = min(width, options.draws - start)
        weights = bayesian_bootstrap_weights(rng, n_sets, len(complete))
        covariances = weighted_covariances(complete, weights)
        correlations.append(item_rest_correlations(covariances))
        dropped.append(_alphas_without(covariances))
    found = {"item_rest_correlation": np.concatenate(correlations)}
    if n_items > 2:
        found["alpha_if_dropped"] = np.concatenate(dropped)
    return found


def _alphas_without(covariances: FloatArray) -> FloatArray:
    """Alpha of the other items, (n_sets, n_items); not a number where one is left."""
    n_items = covariances.shape[1]
    if n_items < 3:
        return np.full(covariances.shape[:2], np.nan)
    places = np.arange(n_items)
    each = [
        alpha(covariances[:, places != place][:, :, places != place]) for place in range(n_items)
    ]
    return np.stack(each, axis=1)


def _against_the_others(
    complete: FloatArray, options: Sampling, items: tuple[str, ...]
) -> list[str]:
    """Name items that may be keyed the other way round."""
    signs = keyed_signs(np.cov(complete.T))
    if (signs > 0).all():
        return []
    rng = options.generator()
    n_sets = min(options.draws, max(200, _BLOCK // len(complete)))
    weights = bayesian_bootstrap_weights(rng, n_sets, len(complete))
    covariances = weighted_covariances(complete, weights)
    found = item_rest_correlations(covariances, signs)
    probability = np.nanmean(found < 0, axis=0)
    named = [
        item
        for item, sign, against in zip(items, signs, probability, strict=True)
        if sign < 0 and against > _ALARM
    ]
    if named and signs.sum() == 0:
        return [_against_each_other(named, [i for i, s in zip(items, signs, strict=True) if s > 0])]
    return [
        f"Item {item!r} goes against the others. If it is worded the other way round, name it in "
        "the scale's reverse; if it already is, take it out there."
        for item in named
    ]


def _against_each_other(one: list[str], other: list[str]) -> str:
    """Name both sides where no majority tells which of them is keyed the other way round."""
    first, second = (" and ".join(map(repr, side)) for side in (one, other))
    return (
        f"Items {first} and {second} go against each other. "
        if len(one) == len(other) == 1
        else f"Items {first} go against {second}. "
    ) + (
        "One side may be worded the other way round; which, the answers do not tell. Read the "
        "items: name those worded so in the scale's reverse, or take them out where they stand "
        "there already."
    )


def _together_rows(
    answers: ScaleAnswers,
    complete: FloatArray,
    place: int,
    sampled: dict[str, FloatArray],
    interval: float,
) -> list[Row]:
    covariance = np.cov(complete.T)[None]
    whole = {
        "item_rest_correlation": item_rest_correlations(covariance),
        "alpha_if_dropped": _alphas_without(covariance),
    }
    scales = {
        "item_rest_correlation": "correlation",
        "alpha_if_dropped": "share of the variance of the scores",
    }
    rows = []
    for name, values in whole.items():
        figures: dict[str, float] = {}
        if name in sampled:
            above = 0.0 if name == "item_rest_correlation" else None
            figures = posterior_figures(sampled[name][:, place], interval, above)
            figures["mean"] = float(values[0, place])
        rows.append(
            Row(
                estimand=name,
                scale=scales[name],
                contrast=answers.items[place],
                figures=figures,
                n_respondents=len(complete),
            )
        )
    return rows


def _careless_rows(
    survey: Survey, answers: ScaleAnswers, long_string: object, options: Sampling
) -> tuple[list[Row], list[str]]:
    asked = [item for item in survey.codebook.items if item in survey.frame]
    if not set(answers.items) <= set(asked):
        asked = list(answers.items)
    everything = survey.frame[asked].to_numpy(dtype=float, na_value=np.nan)
    runs = longest_strings(everything)
    least = _checked_run(long_string, len(asked))
    lengths = told_lengths(runs, _checked_run(None, len(asked)), options.rule)
    rows = []
    marked = {
        "share_long_string": runs >= least,
        "share_straight_line": straight_lines(answers.raw),
        "share_odd_pattern": odd_patterns(answers.values),
    }
    for name, marks in marked.items():
        counts = np.array([int(marks.sum()), int((~marks).sum())])
        hidden = suppress(counts, options.rule)
        if name == "share_long_string":
            hidden |= min(least, int(runs.max(initial=0)) + 1) not in lengths
        elif name == "share_straight_line":
            # Who gave one answer to all of a longer scale did so to a shorter one within it.
            hidden |= not stands_alone(survey, answers.items)
        rows += share_rows([name], ["respondents"], counts, hidden, options)
    note = (
        f"A string is long from {least} same answers in a row on, of {len(asked)} items in the "
        "order of the codebook."
    )
    return rows, [note]


def told_lengths(runs: IntArray, usual: int, rule: DisclosureRule) -> set[int]:
    """
    Find from which lengths on strings may be counted: between any two of them lie no few.

    Shares of strings of at least so many and of at least one more tell how many are just as
    long. So the usual length is told, and others as far as enough respondents lie between.

    Parameters
    ----------
    runs : ndarray of shape (n_respondents,), int
        The longest string of each.
    usual : int
        The length that is taken where none is asked for.
    rule : DisclosureRule
        How many are enough.

    Returns
    -------
    set of int
        Up to one beyond the longest string, which nobody has.
    """
    least = [int((runs >= length).sum()) for length in range(int(runs.max(initial=0)) + 2)]
    end = len(least) - 1
    usual = min(usual, end)
    told = {usual if least[usual] == 0 or least[usual] >= rule.minimum else end}
    for length in range(min(told) - 1, -1, -1):
        if least[length] - least[min(told)] >= rule.minimum:
            told.add(length)
    for length in range(max(told) + 1, end + 1):
        few = 0 < least[length] < rule.minimum
        if not few and least[max(told)] - least[length] >= rule.minimum:
            told.add(length)
    return told


def stands_alone(survey: Survey, items: Sequence[str]) -> bool:
    """
    Say whether items are a scale of the codebook, and no other scale has any of them.

    Parameters
    ----------
    survey : Survey
        The answers.
    items : sequence of str
        Columns.

    Returns
    -------
    bool
        Whether numbers about these items have no others beside them to be subtracted from.
    """
    sharing = [one for one in survey.codebook.scales if set(one.items) & set(items)]
    return len(sharing) == 1 and set(sharing[0].items) == set(items)


def _checked_run(long_string: object, n_asked: int) -> int:
    if long_string is None:
        return max(_SHORTEST_RUN, -(-n_asked // 2))
    if isinstance(long_string, bool) or not isinstance(long_string, int | np.integer):
        raise ArgumentTypeError(f"long_string={long_string!r}: give a whole number.")
    if long_string < 2:
        raise ArgumentError(f"long_string={long_string!r}: a string has two answers at least.")
    return int(long_string)


def _empty_notes(answers: ScaleAnswers) -> list[str]:
    notes = []
    for place, item in enumerate(answers.items):
        empty = [
            str(code)
            for code in range(answers.scale.minimum, answers.scale.maximum + 1)
            if not (answers.values[:, place] == code).any()
        ]
        if empty:
            notes.append(f"Nobody answered {' or '.join(empty)} to {item!r}, as turned round.")
    return notes
