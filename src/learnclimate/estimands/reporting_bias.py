"""How far a style of answering that colours two answers alike can make up a rate ratio."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: Log rates per standard deviation of the frequency answer beyond which nothing is sought.
_FURTHEST = 20.0
_BISECTIONS = 60


def overstatement_factor(tilt: FloatArray, spans: FloatArray) -> FloatArray:
    """
    Give the rate ratio of two levels that a style of answering makes by itself.

    For a standard normal frequency answer ``f`` and reported counts in proportion to
    ``exp(tilt f)``, the mean over a level that spans ``(a, b)`` is
    ``exp(tilt² / 2) [Φ(b - tilt) - Φ(a - tilt)] / [Φ(b) - Φ(a)]``; the ratio of two such means.

    Parameters
    ----------
    tilt : ndarray
        Log of what multiplies counts, a standard deviation of the frequency answer further up.
    spans : ndarray of shape (2, 2)
        Where the high and the low level begin and end.

    Returns
    -------
    ndarray of the shape of `tilt`
        Factors; above 1 where the tilt is above 0 and the high level lies above the low one.

    Examples
    --------
    >>> halves = np.array([[0.0, np.inf], [-np.inf, 0.0]])
    >>> overstatement_factor(np.array([0.0, 1.0]), halves).round(3).tolist()
    [1.0, 5.303]
    """
    log_means = [_log_mass(tilt, span) - _log_mass(np.zeros(1), span) for span in spans]
    return np.asarray(np.exp(log_means[0] - log_means[1]))


def tipping_overstatement(ratio: FloatArray, spans: FloatArray) -> FloatArray:
    """
    Find the tilt at which a style of answering makes up a whole rate ratio.

    Parameters
    ----------
    ratio : ndarray
        Rate ratios of the high against the low level.
    spans : ndarray of shape (2, 2)
        Where the two levels begin and end.

    Returns
    -------
    ndarray of the shape of `ratio`
        Tilts; within ±20.

    Examples
    --------
    >>> halves = np.array([[0.0, np.inf], [-np.inf, 0.0]])
    >>> tipping_overstatement(np.array([5.303]), halves).round(3).tolist()
    [1.0]
    """
    # The factor grows with the tilt where the high level lies above the low one, else it falls.
    direction = 1.0 if spans[0, 0] >= spans[1, 1] else -1.0
    low, high = np.full(ratio.shape, -_FURTHEST), np.full(ratio.shape, _FURTHEST)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        below = direction * (overstatement_factor(middle, spans) - ratio) < 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)


def _log_mass(tilt: FloatArray, span: FloatArray) -> FloatArray:
    """Log of Φ(b - tilt) - Φ(a - tilt), from the tail where it has its digits."""
    from scipy.special import log_ndtr

    begin, end = span[0] - tilt, span[1] - tilt
    # Left of 0 from the lower tail, right of it mirrored.
    mirrored = begin > 0
    near = np.where(mirrored, -begin, end)
    far = np.where(mirrored, -end, begin)
    with np.errstate(divide="ignore"):
        less = log_ndtr(far) - log_ndtr(near)
        return np.asarray(log_ndtr(near) + np.log1p(-np.exp(np.minimum(less, 0.0))))
