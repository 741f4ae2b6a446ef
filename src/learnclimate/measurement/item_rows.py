"""Rows about the distribution of an item, small groups hidden."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import beta

from learnclimate.disclosure.rounding import step_that_hides, to_step
from learnclimate.disclosure.rule import DisclosureRule, suppress, suppress_neighbours
from learnclimate.measurement.answers import ScaleAnswers
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.rows import Row, Sampling

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FEW_BLURRED = (
    "Of answers to an item that fewer than {minimum} gave, and what is hidden beside them, these "
    "figures take the middle: else they would tell how many gave each."
)


def distribution_rows(
    answers: ScaleAnswers, place: int, options: Sampling, discretion: Discretion
) -> list[Row]:
    """
    Describe the distribution of one item, and how many left it open.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    place : int
        Which item.
    options : Sampling
        Interval and disclosure rule.
    discretion : Discretion
        What may be told of who answered.

    Returns
    -------
    list of Row
        Mean, standard deviation, shares.
    """
    item = answers.items[place]
    given = answers.values[:, place][~np.isnan(answers.values[:, place])]
    n_all, n_given = len(answers.values), len(given)
    codes = answers.scale.minimum + np.arange(answers.n_categories)
    counts = (given[:, None] == codes).sum(axis=0)
    # Thresholds of factor models tell cumulative shares: what protects an answer lies beside it.
    hidden = suppress_neighbours(counts, options.rule)
    told = blurred(given, codes, hidden)
    mean = float(told.mean())
    spread = float(told.std(ddof=1)) if n_given > 1 else np.nan
    n_told, counts_told = n_given, counts.astype(np.float64)
    if not discretion.tells(n_given):
        # All else is made of these, not of the answers: each further cut would tell more of them.
        step, n_told = step_that_hides(n_all), n_all
        mean, spread = to_step(mean, step), to_step(spread, step)
        counts_told = np.array([to_step(count / max(n_given, 1), step) * n_all for count in counts])
    error = spread / np.sqrt(n_told)
    reach = float(ndtri(0.5 + options.interval / 2)) * error
    rows = [
        Row(
            estimand="item_mean",
            scale="answer",
            contrast=item,
            figures={"mean": mean, "sd": error, "lower": mean - reach, "upper": mean + reach},
            n_respondents=n_given,
            guarded=True,
        ),
        Row(
            estimand="item_sd",
            scale="answer",
            contrast=item,
            figures={"mean": spread},
            n_respondents=n_given,
            guarded=True,
        ),
    ]
    if n_given < options.rule.minimum:
        rows = [_hidden(row) for row in rows]
    missing = np.array([n_all - n_given, n_given])
    # Of few in one team, the study's number less those of the other teams would tell.
    hide_missing = suppress(missing, options.rule) | (not discretion.tells(n_given))
    rows += share_rows(["share_missing"], [item], missing, hide_missing, options)
    names = ["category_share"] * len(codes)
    contrasts = [f"{item} = {code}" for code in codes]
    shares = [
        replace(row, n_respondents=n_given)
        for row in share_rows(names, contrasts, counts_told, hidden, options, total=n_told)
    ]
    # Floor and ceiling are the same shares under another name.
    ends = (("share_at_minimum", 0), ("share_at_maximum", -1))
    named = [replace(shares[end], estimand=name, contrast=item) for name, end in ends]
    found = [*rows, *shares, *named]
    return found if discretion.tells(n_given) else [_to_hundredths(row) for row in found]


def blurred(given: FloatArray, codes: IntArray, hidden: BoolArray) -> FloatArray:
    """
    Put answers that may not be shown in the middle of those hidden side by side with them.

    Mean and standard deviation then tell nothing of how many gave each of them: at most how many
    gave those of one side together, who protect each other (`suppress_neighbours`) and whom
    thresholds tell of too. One middle for both ends of a scale would lie between them, and make a
    standard deviation of seven answers two fifths too small.

    Parameters
    ----------
    given : ndarray of shape (n_answers,)
        Answers.
    codes : ndarray of shape (n_categories,), int
        The answers an item offers.
    hidden : ndarray of shape (n_categories,), bool
        Which are hidden.

    Returns
    -------
    ndarray of shape (n_answers,)
        Answers, the same where none is hidden.

    Examples
    --------
    >>> hidden = np.array([True, True, False])
    >>> blurred(np.array([1.0, 2.0, 3.0]), np.array([1, 2, 3]), hidden).tolist()
    [1.5, 1.5, 3.0]
    """
    if not hidden.any():
        return given
    told = given.copy()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], hidden, [False]]).astype(np.int8)))
    for start, end in edges.reshape(-1, 2).tolist():
        run = codes[start:end]
        told[np.isin(given, run)] = run.mean()
    return told


def few_blurred(answers: ScaleAnswers, rule: DisclosureRule) -> ScaleAnswers:
    """
    Put the answers to each item that may not be shown in the middle of all such answers.

    Means of scores of these are the means of the items as `distribution_rows` tells them: of
    answers as given, the one less the others would tell how many gave a hidden answer.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    rule : DisclosureRule
        How many may be shown.

    Returns
    -------
    ScaleAnswers
        The same where no answer is hidden.
    """
    codes = answers.scale.minimum + np.arange(answers.n_categories)
    columns = []
    for column in answers.values.T:
        counts = (column[:, None] == codes).sum(axis=0)
        columns.append(blurred(column, codes, suppress_neighbours(counts, rule)))
    return replace(answers, values=np.stack(columns, axis=1))


def _hidden(row: Row) -> Row:
    return Row(estimand=row.estimand, scale=row.scale, contrast=row.contrast, suppressed=True)


def _to_hundredths(row: Row) -> Row:
    """Round what was made of rounded figures; an error that is not 0 is not told as 0."""
    figures = {name: round(value, 2) for name, value in row.figures.items()}
    if row.figures.get("sd", 0.0) > 0:
        figures["sd"] = max(figures["sd"], 0.01)
    return replace(row, figures=figures)


def share_rows(
    names: list[str],
    contrasts: list[str],
    counts: npt.NDArray[np.integer] | FloatArray,
    hidden: BoolArray,
    options: Sampling,
    *,
    total: int | None = None,
) -> list[Row]:
    """
    Give the first shares of a set of counts that sum to all.

    Parameters
    ----------
    names, contrasts : list of str
        Estimand and contrast of each row.
    counts : ndarray of shape (n_counts,), int
        The counts; there may be more of them than rows.
    hidden : ndarray of shape (n_counts,), bool
        Which may not be shown.
    options : Sampling
        The interval.
    total : int, optional
        What the counts are shares of; by default their sum.

    Returns
    -------
    list of Row
        One a name.
    """
    total = int(counts.sum()) if total is None else total
    rows = []
    for name, contrast, count, hide in zip(names, contrasts, counts, hidden, strict=False):
        tail = (1 - options.interval) / 2
        # Jeffreys' prior of the counts, seen from one of them.
        posterior = beta(count + 0.5, total - count + 0.5 * (len(counts) - 1))
        figures = {
            "mean": count / total if total else np.nan,
            "sd": float(posterior.std()),
            "median": float(posterior.median()),
            "lower": float(posterior.ppf(tail)) if count else 0.0,
            "upper": float(posterior.ppf(1 - tail)) if count < total else 1.0,
        }
        rows.append(
            Row(
                estimand=name,
                scale="share of respondents",
                contrast=contrast,
                figures=figures,
                n_respondents=total,
                suppressed=bool(hide),
                guarded=True,
            )
        )
    return rows
