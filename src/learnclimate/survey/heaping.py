"""Heaping: whether respondents rounded their counts to multiples of 5 and 10."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

#: Counts so far from a multiple are compared with it.
_REACH = 2
_UNIT = 5
_LEAST_EXCESS = 1.3
_SURE = 0.001


@dataclass(frozen=True, slots=True)
class Heaping:
    """
    How many counts are round, and how many would be if respondents had counted.

    Attributes
    ----------
    n_counts : int
        Counts of 3 and more, each within 2 of one multiple of 5.
    n_round : int
        How many of them are multiples of 5.
    n_tens : int
        How many are multiples of 10.
    expected : float
        How many would be multiples of 5 at most, if all five neighbours were as common.
    probability : float
        Probability of as many multiples of 5 or more by chance.

    Examples
    --------
    >>> heaping_of(np.array([3, 4, 5, 6, 7] * 20)).is_plain
    False
    """

    n_counts: int
    n_round: int
    n_tens: int
    expected: float
    probability: float

    @property
    def is_plain(self) -> bool:
        """Whether round counts are clearly more common than their neighbours."""
        return self.probability < _SURE and self.n_round > _LEAST_EXCESS * self.expected


def heaping_of(counts: IntArray) -> Heaping:
    """
    Compare multiples of 5 with the counts on either side of them.

    Each count of 3 and more lies within 2 of one multiple of 5. Where the distribution is
    smooth, about a fifth of those are the multiple itself; where it falls ever more slowly, as
    distributions of counts do in their tail, fewer. More than that tells of rounding.

    Parameters
    ----------
    counts : ndarray of shape (n_respondents,), int
        Exact counts.

    Returns
    -------
    Heaping
        The comparison.

    References
    ----------
    Roberts and Brewer (2001), doi 10.1080/02664760120074960 (measures of heaping).

    Examples
    --------
    >>> rounded = np.array([3, 4, 5, 5, 5, 5, 6, 10, 10, 10, 12, 15] * 5)
    >>> found = heaping_of(rounded)
    >>> found.n_round, found.n_tens, found.is_plain
    (40, 15, True)
    """
    large = counts[counts >= _UNIT - _REACH]
    is_round = large % _UNIT == 0
    n_counts, n_round = len(large), int(is_round.sum())
    if n_counts == 0:
        return Heaping(0, 0, 0, 0.0, 1.0)
    # Loaded here: a wrong file is to be refused before scipy is.
    from scipy.stats import binomtest

    chance = binomtest(n_round, n_counts, 1 / _UNIT, alternative="greater").pvalue
    n_tens = int((large % (2 * _UNIT) == 0).sum())
    return Heaping(n_counts, n_round, n_tens, n_counts / _UNIT, float(chance))
