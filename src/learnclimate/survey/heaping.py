"""Heaping: whether respondents rounded their counts, to multiples of 5 or to times a month."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

#: Counts so far from a multiple of 5 are compared with it.
_REACH = 2
_UNIT = 5
#: Once, twice, three and four times a month, in a year; each with two neighbours that are as far
#: below as above and are no multiples of 5.
_MONTHLY = {12: (11, 13), 24: (22, 26), 36: (34, 38), 48: (47, 49)}
_LEAST_EXCESS = 1.3
_SURE = 0.001
#: Shares are told in tenths.
_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Heaping:
    """
    How many counts are round, and how many would be if respondents had counted.

    Attributes
    ----------
    n_counts : int
        Counts that are as large as the smallest neighbour of a round one, or larger.
    n_round : int
        How many of them are round.
    expected : float
        How many would be, going by their neighbours.
    probability : float
        Probability of as many round counts or more by chance.

    Examples
    --------
    >>> heaped_at_fives(np.array([3, 4, 5, 6, 7] * 20)).is_plain
    False
    """

    n_counts: int
    n_round: int
    expected: float
    probability: float

    @property
    def is_plain(self) -> bool:
        """Whether round counts are clearly more common than their neighbours."""
        return self.probability < _SURE and self.n_round > _LEAST_EXCESS * self.expected

    def told(self, minimum: int) -> tuple[float, float] | None:
        """
        Give what may be told of round counts: shares so coarse that they count nobody.

        How many gave a count of 3 or more, or a round one, is the number of people at counts that
        a rootogram joins since few gave them, less those that it shows.

        Parameters
        ----------
        minimum : int
            The smallest group that may be shown.

        Returns
        -------
        (given, expected) or None
            Shares of the counts, in whole tenths; None unless round counts are plainly more
            common, and a tenth of the counts holds the minimum.

        Examples
        --------
        >>> heaped_at_fives(np.array([3, 4, 5, 5, 5, 5, 6, 10, 10, 10, 12, 15] * 5)).told(5)
        (0.7, 0.2)
        """
        few = any(0 < n < minimum for n in (self.n_round, self.n_counts - self.n_round))
        if not self.is_plain or few or self.n_counts < _TENTHS * minimum:
            return None
        given, expected = (
            round(_TENTHS * n / self.n_counts) for n in (self.n_round, self.expected)
        )
        return (given / _TENTHS, expected / _TENTHS) if given > expected else None


_NONE = Heaping(0, 0, 0.0, 1.0)


def heaped_at_fives(counts: IntArray) -> Heaping:
    """
    Compare multiples of 5 with the counts on either side of them.

    Each count of 3 and more lies within 2 of one multiple of 5. Where the distribution is
    smooth, a cubic through the four neighbours tells how many are the multiple itself: about a
    fifth, fewer where the distribution falls ever more slowly, as it does in its tail, and more
    where it peaks there. The larger of that and a fifth is expected; more tells of rounding.

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
    >>> found = heaped_at_fives(rounded)
    >>> found.n_round, found.is_plain
    (40, True)
    """
    large = counts[counts >= _UNIT - _REACH]
    if len(large) == 0:
        return _NONE
    away = np.abs((large + _REACH) % _UNIT - _REACH)
    n_round, near, far = (int((away == distance).sum()) for distance in range(3))
    between, uncertainty = (4 * near - far) / 6, (16 * near + far) / 36
    expected = max(len(large) / _UNIT, between)
    # Loaded here: a wrong file is to be refused before scipy is.
    from scipy.stats import binomtest

    share = min(expected / len(large), 1.0)
    chance = binomtest(n_round, len(large), share, alternative="greater").pvalue
    unlike = _chance_above(n_round - between, n_round + uncertainty)
    return Heaping(len(large), n_round, expected, max(float(chance), unlike))


def heaped_at_months(counts: IntArray) -> Heaping:
    """
    Compare 12, 24, 36 and 48 with a neighbour on either side: who does it monthly reckons so.

    Parameters
    ----------
    counts : ndarray of shape (n_respondents,), int
        Exact counts.

    Returns
    -------
    Heaping
        The comparison, of counts of 11 and more.

    Examples
    --------
    >>> found = heaped_at_months(np.array([10, 11, 13] * 5 + [12] * 30))
    >>> found.n_round, found.expected, found.is_plain
    (30, 5.0, True)
    """
    large = counts[counts >= min(_MONTHLY[12])]
    n_round = int(np.isin(large, list(_MONTHLY)).sum())
    if n_round == 0:
        return _NONE
    beside = int(np.isin(large, np.ravel(list(_MONTHLY.values()))).sum())
    chance = _chance_above(n_round - beside / 2, n_round + beside / 4)
    return Heaping(len(large), n_round, beside / 2, chance)


def _chance_above(difference: float, variance: float) -> float:
    """Probability of a difference of numbers as large as that, where none is expected."""
    from scipy.stats import norm

    return float(norm.sf(difference / np.sqrt(variance))) if variance > 0 else 1.0
