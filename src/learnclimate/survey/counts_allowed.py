"""The counts that answers to the outcome allow: one each, or a range."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.survey.codebook import Codebook
from learnclimate.survey.outcome import Outcome

IntArray = npt.NDArray[np.int64]

#: Highest count of an answer that is open above, such as "6 or more".
OPEN = int(np.iinfo(np.int64).max)


def counts_allowed(frame: pd.DataFrame, codebook: Codebook) -> tuple[IntArray, IntArray]:
    """
    Tell which counts each respondent's answer allows.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    codebook : Codebook
        What was asked.

    Returns
    -------
    lowest, highest : ndarray of shape (n_respondents,), int64
        Both included, equal where the answer is the count itself; `OPEN` where it is open
        above.

    Examples
    --------
    >>> codebook = Codebook(outcome=Outcome("n", top=3), team="team")
    >>> lowest, highest = counts_allowed(pd.DataFrame({"n": [2, 3]}), codebook)
    >>> lowest.tolist(), highest[0].item(), highest[1].item() == OPEN
    ([2, 3], 2, True)
    """
    outcome, answers = codebook.asked, frame[codebook.outcome_column]
    if not outcome.bins:
        counts = answers.to_numpy(dtype=np.int64)
        if outcome.top is None:
            return counts, counts
        return counts, np.where(counts >= outcome.top, OPEN, counts)
    lowest = np.zeros(len(frame), dtype=np.int64)
    highest = np.zeros(len(frame), dtype=np.int64)
    for version, options in outcome.bins:
        rows = np.ones(len(frame), dtype=bool)
        if outcome.version is not None:
            rows = (frame[outcome.version] == version).to_numpy(dtype=bool)
        place = pd.Index([option.label for option in options]).get_indexer(
            pd.Index(answers[rows].to_numpy(dtype=object))
        )
        bounds = np.array([(o.lowest, OPEN if o.highest is None else o.highest) for o in options])
        lowest[rows], highest[rows] = bounds[place].T
    return lowest, highest


def versions_of(frame: pd.DataFrame, outcome: Outcome) -> IntArray | None:
    """
    Tell which version of the questionnaire each respondent answered.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    outcome : Outcome
        How the outcome was asked.

    Returns
    -------
    ndarray of shape (n_respondents,), int64, or None
        Place of the version among those of `outcome`; None where there is one.

    Examples
    --------
    >>> asked = {"a": ["none", "1 or more"], "b": ["none", "1 or more"]}
    >>> outcome = Outcome("n", version="form", bins=asked)
    >>> versions_of(pd.DataFrame({"form": ["b", "a"]}), outcome).tolist()
    [1, 0]
    """
    if outcome.version is None:
        return None
    places = {name: place for place, (name, _) in enumerate(outcome.bins)}
    return np.array([places[str(name)] for name in frame[outcome.version]], dtype=np.int64)


def trials_of(frame: pd.DataFrame, outcome: Outcome) -> IntArray | None:
    """
    Tell out of how many activities each respondent's are.

    Parameters
    ----------
    frame : pandas.DataFrame
        Validated answers.
    outcome : Outcome
        How the outcome was asked.

    Returns
    -------
    ndarray of shape (n_respondents,), int64, or None
        K; None where counts have no upper bound.

    Examples
    --------
    >>> trials_of(pd.DataFrame({"n": [2, 3]}), Outcome("n", trials=8)).tolist()
    [8, 8]
    """
    if outcome.trials is None:
        return None
    if isinstance(outcome.trials, str):
        return frame[outcome.trials].to_numpy(dtype=np.int64)
    return np.full(len(frame), outcome.trials, dtype=np.int64)
