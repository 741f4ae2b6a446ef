"""What answers look like where nobody agrees: the yardsticks of agreement."""

from collections.abc import Mapping, Sequence

import numpy as np

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, nearest

#: Shares of the answers, lowest first, by name and for five categories.
_SKEWED = {
    "slight_skew": (0.05, 0.15, 0.20, 0.35, 0.25),
    "moderate_skew": (0.00, 0.10, 0.15, 0.40, 0.35),
    "heavy_skew": (0.00, 0.00, 0.10, 0.40, 0.50),
}
UNIFORM = "uniform"

Nulls = Sequence[str] | Mapping[str, Sequence[float]]


def null_variances(nulls: Nulls | None, n_categories: int) -> dict[str, float]:
    """
    Variances of the answers under the null distributions that were asked for.

    Parameters
    ----------
    nulls : sequence of str, mapping of str to sequence of float, or None
        Names of distributions (``uniform``; for five categories also ``slight_skew``,
        ``moderate_skew`` and ``heavy_skew``), or shares of the answers by name, lowest
        first. None for all that exist by name.
    n_categories : int
        How many answers an item offers.

    Returns
    -------
    dict of str to float
        Variances, of answers one apart.

    Raises
    ------
    ArgumentError
        If a name is unknown, or shares are not one a category, negative, not of sum 1, or
        of a single category.
    ArgumentTypeError
        If it is neither names nor shares.

    References
    ----------
    LeBreton and Senter (2008), Organizational Research Methods 11, 815-852,
    doi 10.1177/1094428106296642 (table 2).

    Examples
    --------
    >>> {name: round(value, 2) for name, value in null_variances(None, 5).items()}
    {'uniform': 2.0, 'slight_skew': 1.34, 'moderate_skew': 0.9, 'heavy_skew': 0.44}
    """
    known: dict[str, Sequence[float]] = {UNIFORM: (1 / n_categories,) * n_categories}
    if n_categories == 5:
        known |= _SKEWED
    if nulls is None:
        chosen: Mapping[str, Sequence[float]] = known
    elif isinstance(nulls, Mapping):
        chosen = nulls
    elif isinstance(nulls, Sequence) and not isinstance(nulls, str):
        chosen = {name: _named(name, known, n_categories) for name in nulls}
    else:
        raise ArgumentTypeError(
            f"nulls={nulls!r}: give names, as ['uniform'], or shares of the answers by name."
        )
    if not chosen:
        raise ArgumentError("nulls is empty. Name at least one null distribution.")
    return {str(name): _variance(name, shares, n_categories) for name, shares in chosen.items()}


def _named(
    name: object, known: Mapping[str, Sequence[float]], n_categories: int
) -> Sequence[float]:
    if name in _SKEWED and n_categories != 5:
        raise ArgumentError(
            f"nulls: {name!r} is defined for five answers, and this scale offers {n_categories}. "
            "Give the shares of the answers instead: nulls={'skewed': [...]}."
        )
    if not isinstance(name, str) or name not in known:
        raise ArgumentError(f"There is no null distribution {name!r}. {nearest(name, known)}")
    return known[name]


def _variance(name: object, shares: object, n_categories: int) -> float:
    try:
        given = np.asarray(shares, dtype=float)
    except (TypeError, ValueError):
        given = np.empty(0)
    if given.shape != (n_categories,):
        raise ArgumentError(
            f"nulls: {name!r} should give {n_categories} shares, one for each answer from the "
            "lowest on."
        )
    if not (np.all(given >= 0) and np.isclose(given.sum(), 1, atol=1e-6)):
        raise ArgumentError(f"nulls: the shares of {name!r} should be at least 0 and sum to 1.")
    places = np.arange(n_categories)
    mean = given @ places
    variance = float(given @ (places - mean) ** 2)
    if variance <= 0:
        raise ArgumentError(
            f"nulls: all of {name!r} lies on one answer, so that nothing could differ from it. "
            "Spread it over two answers at least."
        )
    return variance
