"""Equal-tailed posterior intervals."""

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError
from learnclimate.core.numbers import is_number

FloatArray = npt.NDArray[np.float64]


def check_interval(interval: float) -> None:
    """
    Refuse an interval probability that is none.

    Parameters
    ----------
    interval : float
        Probability of an interval.

    Raises
    ------
    ArgumentError
        If it does not lie between 0 and 1.

    Examples
    --------
    >>> check_interval(0.9)
    """
    if not is_number(interval) or not 0 < interval < 1:
        raise ArgumentError(f"interval={interval!r}: give a probability between 0 and 1, as 0.9.")


def interval_bounds(draws: FloatArray, interval: float) -> tuple[FloatArray, FloatArray]:
    """
    Bound the equal-tailed interval over the first axis.

    Parameters
    ----------
    draws : ndarray of shape (n_draws, ...)
        Draws.
    interval : float
        Its probability.

    Returns
    -------
    lower, upper : ndarray of shape (...)
        Its ends.

    Examples
    --------
    >>> interval_bounds(np.arange(101.0), 0.5)
    (np.float64(25.0), np.float64(75.0))
    """
    tail = (1 - interval) / 2
    lower, upper = np.quantile(draws, [tail, 1 - tail], axis=0)
    return lower, upper
