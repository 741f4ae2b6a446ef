"""Screens for careless answers: long strings, straight lines and odd patterns."""

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: Probability that who answers as the others do is marked as an odd pattern.
_ODD = 0.001


def longest_strings(raw: FloatArray) -> IntArray:
    """
    Length of each respondent's longest run of the same answer.

    Parameters
    ----------
    raw : ndarray of shape (n_respondents, n_items)
        Answers as given, in the order asked; a missing one ends a run.

    Returns
    -------
    ndarray of shape (n_respondents,), int64
        Lengths; 0 for who answered nothing.

    References
    ----------
    Johnson (2005), Journal of Research in Personality 39, 103-129,
    doi 10.1016/j.jrp.2004.09.009.

    Examples
    --------
    >>> longest_strings(np.array([[3.0, 3.0, 3.0, 2.0], [1.0, np.nan, 1.0, 2.0]])).tolist()
    [3, 1]
    """
    current = np.zeros(len(raw), dtype=np.int64)
    longest = np.zeros(len(raw), dtype=np.int64)
    for place in range(raw.shape[1]):
        answered = ~np.isnan(raw[:, place])
        same = answered & (raw[:, place] == raw[:, place - 1]) if place else np.zeros_like(answered)
        current = np.where(same, current + 1, answered.astype(np.int64))
        longest = np.maximum(longest, current)
    return longest


def straight_lines(raw: FloatArray) -> BoolArray:
    """
    Mark who gave one answer to every item.

    Parameters
    ----------
    raw : ndarray of shape (n_respondents, n_items)
        Answers as given.

    Returns
    -------
    ndarray of shape (n_respondents,), bool
        Whether all items were answered, and alike.
    """
    return np.asarray((raw == raw[:, :1]).all(axis=1))


def odd_patterns(values: FloatArray) -> BoolArray:
    """
    Mark patterns of answers that lie far from all others, by Mahalanobis distance.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers; rows with a missing one are not marked.

    Returns
    -------
    ndarray of shape (n_respondents,), bool
        Whether the squared distance is beyond the 0.999 quantile of the chi-square
        distribution.

    References
    ----------
    Meade and Craig (2012), Psychological Methods 17, 437-455, doi 10.1037/a0028085.
    """
    whole = ~np.isnan(values).any(axis=1)
    marked = np.zeros(len(values), dtype=bool)
    complete = values[whole]
    n_items = values.shape[1]
    if len(complete) <= n_items + 1:
        return marked
    apart = complete - complete.mean(axis=0)
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(complete.T)))
    distance = ((apart @ inverse) * apart).sum(axis=1)
    marked[whole] = distance > chdtri(n_items, _ODD)
    return marked
