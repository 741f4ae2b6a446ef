"""Mean scores of a scale, and by which rule they are made."""

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.measurement.answers import ScaleAnswers
from learnclimate.measurement.discretion import Discretion

FloatArray = npt.NDArray[np.float64]


def allowed_missing(answers: ScaleAnswers, missing_allowed: object) -> int:
    """
    Check how many items may be open.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    missing_allowed : object
        How many, or None for half of the items.

    Returns
    -------
    int
        How many.

    Raises
    ------
    ArgumentError
        If it is below 0, or not below the number of items.
    ArgumentTypeError
        If it is no whole number.
    """
    n_items = len(answers.items)
    if missing_allowed is None:
        return n_items // 2
    if isinstance(missing_allowed, bool) or not isinstance(missing_allowed, int | np.integer):
        raise ArgumentTypeError(f"missing_allowed={missing_allowed!r}: give a whole number.")
    if not 0 <= missing_allowed < n_items:
        raise ArgumentError(
            f"missing_allowed={missing_allowed}: scale {answers.scale.name!r} has {n_items} "
            f"items. Give a number from 0 to {n_items - 1}."
        )
    return int(missing_allowed)


def mean_scores(answers: ScaleAnswers, allowed: int) -> FloatArray:
    """
    Average each respondent's answers, reverse-keyed items turned round.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    allowed : int
        How many items may be open.

    Returns
    -------
    ndarray of shape (n_respondents,)
        Means of the items that were answered; not a number where more were left open.
    """
    answered = ~np.isnan(answers.values)
    count = answered.sum(axis=1)
    total = np.where(answered, answers.values, 0.0).sum(axis=1)
    enough = count >= len(answers.items) - allowed
    return np.asarray(np.where(enough, total / np.maximum(count, 1), np.nan))


def scoring_rules(answers: ScaleAnswers, allowed: int, discretion: Discretion) -> tuple[str, ...]:
    """
    State the rules by which scores were made.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    allowed : int
        How many items may be open.
    discretion : Discretion
        What may be told of who answered.

    Returns
    -------
    tuple of str
        Sentences.
    """
    scale, n_items = answers.scale, len(answers.items)
    turned = ", ".join(scale.reverse)
    open_ = int((~np.isfinite(mean_scores(answers, allowed))).sum())
    reverse = (
        f"Reverse-keyed and turned round ({scale.minimum + scale.maximum} less the answer): "
        f"{turned}."
        if turned
        else "No item is reverse-keyed."
    )
    missing = (
        f"Up to {allowed} of them may be left open; " if allowed else "None may be left open; "
    ) + f"{discretion.open_words(open_)} left more open, and have no score."
    told = (
        f"The score is the mean of the {n_items} items of {scale.name!r} that were answered, from "
        f"{scale.minimum} to {scale.maximum}."
        if n_items > 1
        else f"The score is the answer to the one item of {scale.name!r}, from {scale.minimum} to "
        f"{scale.maximum}."
    )
    return told, reverse, missing


def missing_note(answers: ScaleAnswers, minimum: int) -> str:
    """
    Say how many respondents were used because they answered every item.

    Parameters
    ----------
    answers : ScaleAnswers
        The answers.
    minimum : int
        Fewest who may be told of.

    Returns
    -------
    str
        A sentence.
    """
    n_all, n_used = len(answers.values), len(answers.complete)
    if not answers.discretion(minimum).tells(n_used):
        return (
            f"Of {n_all} respondents not all were used, but those who answered "
            f"every item of {answers.scale.name!r}. How many is not told, nor is n_respondents."
        )
    return (
        f"{n_used} of {n_all} respondents were used: those who answered every item of "
        f"{answers.scale.name!r}."
    )
