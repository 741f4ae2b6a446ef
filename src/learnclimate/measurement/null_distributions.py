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
#: Of six to eleven answers, variances are published, not shares: columns as in `_SKEWED`.
_VARIANCES = {
    6: (1.85, 1.26, 0.69),
    7: (2.90, 2.14, 1.39),
    8: (3.47, 2.79, 2.35),
    9: (5.66, 4.73, 3.16),
    10: (6.30, 5.09, 3.46),
    11: (7.31, 6.32, 4.02),
}
#: Numbers of answers for which skewed distributions are known by name.
SKEWED_FOR = (5, *_VARIANCES)
UNIFORM = "uniform"

Nulls = Sequence[str] | Mapping[str, Sequence[float]]


def null_variances(nulls: Nulls | None, n_categories: int) -> dict[str, float]:
    """
    Variances of the answers under the null distributions that were asked for.

    Parameters
    ----------
    nulls : sequence of str, mapping of str to sequence of float, or None
        Names of distributions (``uniform``; for five to eleven categories also
        ``slight_skew``, ``moderate_skew`` and ``heavy_skew``), or shares of the answers by name,
        lowest first. None for all that exist by name.
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
    doi 10.1177/1094428106296642 (table 2, to two decimals as there for six answers and more; the
    same numbers stand in the first author's R package WGA).

    Examples
    --------
    >>> {name: round(value, 2) for name, value in null_variances(None, 5).items()}
    {'uniform': 2.0, 'slight_skew': 1.34, 'moderate_skew': 0.9, 'heavy_skew': 0.44}
    >>> null_variances(["heavy_skew"], 7)
    {'heavy_skew': 1.39}
    """
    known = _known(n_categories)
    if nulls is None:
        chosen = known
    elif isinstance(nulls, Mapping):
        chosen = {
            str(name): _variance(name, shares, n_categories) for name, shares in nulls.items()
        }
    elif isinstance(nulls, Sequence) and not isinstance(nulls, str):
        chosen = {name: _named(name, known, n_categories) for name in nulls}
    else:
        raise ArgumentTypeError(
            f"nulls={nulls!r}: give names, as ['uniform'], or shares of the answers by name."
        )
    if not chosen:
        raise ArgumentError("nulls is empty. Name at least one null distribution.")
    return chosen


def _known(n_categories: int) -> dict[str, float]:
    """Variances under every distribution that has a name for so many answers."""
    found = {UNIFORM: _variance(UNIFORM, (1 / n_categories,) * n_categories, n_categories)}
    if n_categories == 5:
        found |= {name: _variance(name, shares, 5) for name, shares in _SKEWED.items()}
    elif n_categories in _VARIANCES:
        found |= dict(zip(_SKEWED, _VARIANCES[n_categories], strict=True))
    return found


def _named(name: object, known: Mapping[str, float], n_categories: int) -> float:
    if isinstance(name, str) and name in _SKEWED and name not in known:
        raise ArgumentError(
            f"nulls: {name!r} is defined for {SKEWED_FOR[0]} to {SKEWED_FOR[-1]} answers, and this "
            f"scale offers {n_categories}. Give the shares of the answers instead: "
            "nulls={'skewed': [...]}."
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
