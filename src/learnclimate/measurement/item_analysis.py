"""`item_analysis`: how each item of a scale behaves, and whether answers look careless."""

import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import LearnClimateWarning
from learnclimate.core.result import Result
from learnclimate.disclosure.recording import recorded
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.answers import (
    ScaleAnswers,
    require_complete,
    require_items,
    require_variation,
    scale_answers,
)
from learnclimate.measurement.careless_rows import careless_answers
from learnclimate.measurement.coefficients import alpha
from learnclimate.measurement.crossed_items import NO_COEFFICIENTS, hides_coefficients
from learnclimate.measurement.item_rows import distribution_rows
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
_BLOCK = 4_000_000


@dataclass(frozen=True, slots=True, repr=False)
class ItemAnalysis(Result):
    """
    How the items of a scale behave: a `Result`, and marks of answers that may be careless.

    Attributes
    ----------
    summary : pandas.DataFrame
        A row a figure, by item; of respondents only shares.
    draws : xarray.Dataset
        ``item_rest_correlation`` and ``alpha_if_dropped`` by ``item``.
    respondents : pandas.DataFrame
        Of each respondent ``longest_string`` (same answers in a row, over all items of the
        codebook) and the marks ``long_string``, ``straight_line`` and ``odd_pattern``, with the
        index of ``survey.frame``. As confidential as the answers themselves: it is not shown, and
        nothing saves it.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.load_example()
    >>> marks = lc.item_analysis(survey, "leadership_of_learning", draws=100).respondents
    >>> marks.columns.tolist()
    ['longest_string', 'long_string', 'straight_line', 'odd_pattern']
    >>> careful = lc.read_survey(survey.frame[~marks["odd_pattern"]], survey.codebook)
    """

    respondents: pd.DataFrame


def item_analysis(  # noqa: PLR0913 - options by name, each one a question of method
    survey: Survey,
    scale: Scale | str,
    *,
    long_string: int | None = None,
    draws: int = 1000,
    seed: int = 1,
    interval: float = 0.9,
    rule: DisclosureRule | None = None,
) -> ItemAnalysis:
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
    ItemAnalysis
        A `Result`. ``contrast`` names the item, and for shares of answers the answer: ``q1 = 3``
        (as turned round). ``mean`` is the figure of the answers themselves; shares have the
        posterior interval under Jeffreys' prior, other figures that of the Bayesian
        bootstrap. ``probability`` of an item-rest correlation is that of its lying above 0.
        Answers that few gave, and those that protect them from subtraction, are
        suppressed, and taken for their middle in the mean and sd of the item, which would
        give them away else; an answer that nobody gave is shown with a share of 0 and named in a
        note. ``draws`` holds ``item_rest_correlation`` and ``alpha_if_dropped`` by ``item``;
        ``.respondents`` marks whose answers may be careless, so that you can see what changes
        without them.

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
    careless = careless_answers(survey, answers, long_string, options)
    by_item = {"item": answers.items}
    found = laid_out(
        rows + careless.rows,
        draws_dataset(sampled, by_item),
        interval=interval,
        discretion=told,
        statement="the item goes together with the others: its item-rest correlation is above 0",
        notes=[
            missing_note(answers, options.rule.minimum),
            *not_counted(survey, options.rule.minimum),
            *_empty_notes(answers),
            *suspects,
            careless.note,
            *([NO_COEFFICIENTS] if hides else []),
            INDEPENDENT,
        ],
    )
    for words in suspects:
        warnings.warn(LearnClimateWarning(words), skip_file_prefixes=(PACKAGE,), stacklevel=2)
    return recorded(ItemAnalysis(found.summary, found.draws, careless.respondents), options.rule)


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


def _empty_notes(answers: ScaleAnswers) -> list[str]:
    notes = []
    for item, counts in zip(answers.items, answers.counts(), strict=True):
        empty = [str(answers.scale.minimum + place) for place in np.flatnonzero(counts == 0)]
        if empty:
            turned = ", as turned round" if item in answers.scale.reverse else ""
            notes.append(f"Nobody answered {' or '.join(empty)} to {item!r}{turned}.")
    return notes
