"""Counts of a simulated survey, by the recipe of each family, and as they were asked."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.survey.outcome import Outcome
from learnclimate.survey.truth import Truth

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def simulated_counts(
    rng: np.random.Generator, predictor: FloatArray, zero_log_odds: FloatArray, truth: Truth
) -> IntArray:
    """
    Draw counts step by step, as the story of the family goes.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random numbers.
    predictor : ndarray of shape (n,)
        Log expected count of the count part; log odds where counts are out of K.
    zero_log_odds : ndarray of shape (n,)
        Log odds of a zero of the zero part; not read where there is none.
    truth : Truth
        The family.

    Returns
    -------
    ndarray of shape (n,), int
        Counts.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> simulated_counts(rng, np.zeros(3), np.zeros(3), Truth(zeros="hurdle")).shape
    (3,)
    """
    trials = None if truth.outcome is None else truth.outcome.trials
    if trials is not None:
        share = 1 / (1 + np.exp(-predictor))
        if truth.dispersion is not None:
            share = rng.beta(share * truth.dispersion, (1 - share) * truth.dispersion)
        return rng.binomial(int(trials), share)
    expected = np.exp(predictor)
    counts = _counted(rng, expected, truth.dispersion)
    if truth.zeros == "none":
        return counts
    if truth.zeros == "hurdle":
        # Who has any activity counts until there is one.
        while (none := counts == 0).any():
            counts[none] = _counted(rng, expected[none], truth.dispersion)
    is_zero = rng.random(len(counts)) < 1 / (1 + np.exp(-zero_log_odds))
    return np.where(is_zero, 0, counts)


def as_asked(rng: np.random.Generator, counts: IntArray, outcome: Outcome) -> pd.DataFrame:
    """
    Turn counts into the answers of a questionnaire.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random numbers: versions, and which activities are ticked.
    counts : ndarray of shape (n,), int
        Counts.
    outcome : Outcome
        How they are asked.

    Returns
    -------
    pandas.DataFrame
        The columns of the outcome.

    Examples
    --------
    >>> asked = Outcome("n", bins=["none", "1-2", "3 or more"])
    >>> as_asked(np.random.default_rng(1), np.array([0, 2, 9]), asked)["n"].tolist()
    ['none', '1-2', '3 or more']
    """
    if outcome.bins:
        names = [name for name, _ in outcome.bins]
        version = rng.integers(len(names), size=len(counts))
        labels = np.empty(len(counts), dtype=object)
        for place, (_, options) in enumerate(outcome.bins):
            starts = np.array([option.lowest for option in options])
            chosen = np.searchsorted(starts, counts, side="right") - 1
            told = np.array([option.label for option in options], dtype=object)[chosen]
            labels = np.where(version == place, told, labels)
        frame = pd.DataFrame({outcome.name: labels})
        if outcome.version is not None:
            frame[outcome.version] = np.array(names, dtype=object)[version]
        return frame
    if outcome.checklist:
        order = rng.random((len(counts), len(outcome.checklist))).argsort(axis=1).argsort(axis=1)
        return pd.DataFrame(
            (order < counts[:, None]).astype(np.int64), columns=list(outcome.checklist)
        )
    if outcome.top is not None:
        counts = np.minimum(counts, outcome.top)
    return pd.DataFrame({outcome.name: counts})


def _counted(rng: np.random.Generator, expected: FloatArray, dispersion: float | None) -> IntArray:
    if dispersion is not None:
        expected = expected * rng.gamma(dispersion, 1 / dispersion, len(expected))
    return rng.poisson(expected)
