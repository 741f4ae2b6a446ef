"""How far the members of one team agree, item by item: closed forms and weighted replicates."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_TINY, _FAR = 1e-300, 50.0
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Spread:
    """
    How the answers of one team are spread, averaged over its items.

    Attributes
    ----------
    variance : ndarray of shape (n_sets,)
        Mean of the items' variances.
    about_mean, about_median : ndarray of shape (n_sets,)
        Mean of the items' average deviations.
    n_items : int
        Items that two members or more answered; the others tell nothing of agreement.
    """

    variance: FloatArray
    about_mean: FloatArray
    about_median: FloatArray
    n_items: int


def team_spread(values: FloatArray, weights: FloatArray | None = None) -> Spread:
    """
    Measure how the answers of one team are spread.

    Each item is measured among those who answered it, with its own number of them.

    Parameters
    ----------
    values : ndarray of shape (n_members, n_items)
        Answers; not a number where missing.
    weights : ndarray of shape (n_sets, n_members), optional
        Weights, with mean 1, as of a Bayesian bootstrap. Variances are then scaled so that
        their mean over such weights is that of the answers.

    Returns
    -------
    Spread
        Not a number where no item was answered by two.

    Examples
    --------
    >>> team_spread(np.array([[1.0, 4.0], [3.0, np.nan]])).variance.tolist()
    [2.0]
    """
    usable = [column[~np.isnan(column)] for column in values.T]
    answered = [~np.isnan(column) for column in values.T]
    pairs = [pair for pair in zip(usable, answered, strict=True) if len(pair[0]) > 1]
    n_sets = 1 if weights is None else len(weights)
    if not pairs:
        nothing = np.full(n_sets, np.nan)
        return Spread(nothing, nothing, nothing, 0)
    each = [
        _item_spread(given, None if weights is None else weights[:, where])
        for given, where in pairs
    ]
    variance, about_mean, about_median = (
        np.mean([item[place] for item in each], axis=0) for place in range(3)
    )
    return Spread(variance, about_mean, about_median, len(pairs))


def turned(
    drawn: Spread, observed: Spread, n_members: int, reach: float, rng: np.random.Generator
) -> Spread:
    """
    Turn draws of a team's spread about the observed one, on the scale of logarithms.

    Members weighed anew scatter about the members as these do about those that they stand
    for: where the draws lie too low, so may the observed spread, and the truth is higher
    (the basic bootstrap). They scatter a little less, which is made up for; and how far they
    scatter is itself told by few members, which Student's t makes up for.

    Parameters
    ----------
    drawn : Spread
        Draws of the Bayesian bootstrap.
    observed : Spread
        The answers' own.
    n_members : int
        Members of the team.
    reach : float
        Distance of the highest answer from the lowest.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    Spread
        Draws; none is larger than the answers allow, and all are 0 where all agree.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap methods and their application, section 5.2,
    doi 10.1017/CBO9780511802843.
    """
    df = max(n_members - 1, 1)
    stretch = np.sqrt((n_members + 1) / rng.chisquare(df, len(drawn.variance)))

    def about(draws: FloatArray, value: FloatArray, most: float) -> FloatArray:
        if not value[0] > 0:
            return np.asarray(np.where(np.isnan(draws), np.nan, 0.0 * draws + value[0]))
        ratio = np.log(value[0]) - np.log(np.maximum(draws, _TINY))
        ratio = ratio.mean() + stretch * (ratio - ratio.mean())
        return np.asarray(np.minimum(value[0] * np.exp(np.minimum(ratio, _FAR)), most))

    largest = reach**2 / 4 * n_members / df
    return Spread(
        about(drawn.variance, observed.variance, largest),
        about(drawn.about_mean, observed.about_mean, reach / 2),
        about(drawn.about_median, observed.about_median, reach / 2),
        drawn.n_items,
    )


def _item_spread(
    given: FloatArray, weights: FloatArray | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    n_given = len(given)
    if weights is None:
        shares, correction = np.full((1, n_given), 1 / n_given), n_given / (n_given - 1)
    else:
        # The variance under Dirichlet shares is n/(n+1) of that with divisor n, on average.
        shares = weights / weights.sum(axis=1, keepdims=True)
        correction = (n_given + 1) / (n_given - 1)
    mean = shares @ given
    apart = given[None, :] - mean[:, None]
    variance = (shares * apart**2).sum(axis=1) * correction
    middle = _weighted_medians(given, shares)
    return (
        variance,
        (shares * np.abs(apart)).sum(axis=1),
        (shares * np.abs(given[None, :] - middle[:, None])).sum(axis=1),
    )


def _weighted_medians(given: FloatArray, shares: FloatArray) -> FloatArray:
    order = np.argsort(given, kind="stable")
    sorted_, reached = given[order], np.cumsum(shares[:, order], axis=1)
    last = len(given) - 1
    low = np.minimum((reached < 0.5 - 1e-12).sum(axis=1), last)
    high = np.minimum((reached <= 0.5 + 1e-12).sum(axis=1), last)
    return np.asarray(0.5 * (sorted_[low] + sorted_[high]))


def within_group_agreement(ratio: FloatArray, n_items: int) -> FloatArray:
    """
    Agreement rwg(j), or rwg where there is one item, without truncation.

    Parameters
    ----------
    ratio : ndarray
        Observed over expected variance.
    n_items : int
        Items.

    Returns
    -------
    ndarray
        1 where all agree, 0 where answers are spread as under the null distribution,
        below 0 where more; not a number where the formula has no meaning, that is where
        ``ratio`` is ``n_items / (n_items - 1)`` or more.

    References
    ----------
    James, Demaree and Wolf (1984), Journal of Applied Psychology 69, 85-98,
    doi 10.1037/0021-9010.69.1.85.

    Examples
    --------
    >>> within_group_agreement(np.array([0.0, 0.5, 1.0, 1.25, 2.0]), 4).round(3).tolist()
    [1.0, 0.8, 0.0, -4.0, nan]
    """
    common = n_items * (1 - ratio)
    below = common + ratio
    defined = below > 1e-12
    return np.asarray(np.where(defined, common / np.where(defined, below, 1.0), np.nan))


def linear_agreement(ratio: FloatArray) -> FloatArray:
    """
    Agreement r*wg(j): 1 less the ratio of the variances, whatever the number of items.

    Parameters
    ----------
    ratio : ndarray
        Observed over expected variance.

    Returns
    -------
    ndarray
        1 where all agree; below 0 where answers are spread more than under the null.

    References
    ----------
    Lindell, Brandt and Whitney (1999), Applied Psychological Measurement 23, 127-135,
    doi 10.1177/01466219922031257.
    """
    return np.asarray(1 - ratio)
