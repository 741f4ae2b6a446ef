"""Pairs of items whose crossed table follows from their shares and one coefficient."""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from learnclimate.disclosure.rounding import step_that_hides
from learnclimate.disclosure.rule import rule_of, too_small

FloatArray = npt.NDArray[np.float64]

#: A table with so many cells free, its margins known, follows from one coefficient or two, however
#: these are rounded; and one with so many from a coefficient with all its digits.
_FREE, _FREE_IN_DIGITS = 2, 9
#: Decimals of figures about single teams where the former may follow.
TEAM_DIGITS = 1
#: Of fewer items a coefficient of all is about three pairs at most, and there are more of these
#: coefficients than pairs.
ITEMS_FOR_COEFFICIENTS = 4

FEW_CROSSED = (
    "Few gave one answer to one item and one to another, and of items with so few answers "
    "coefficients and shares would tell how many: "
)
ROUNDED_PAIRS = f"{FEW_CROSSED}correlations are told in steps, and neither error nor interval."
NO_COEFFICIENTS = f"{FEW_CROSSED}what items have in common is not told. Use scales of more items."


def few_crossed(
    values: FloatArray, minimum: int, *, in_digits: bool = False, of_any_size: bool = False
) -> bool:
    """
    Say whether exact coefficients would tell that few gave two answers together.

    The shares of both items are the margins of their crossed table. Where both have two answers,
    their correlation, or alpha, tells the whole table to the person.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers; not a number where left open.
    minimum : int
        Fewest respondents who may be told of.
    in_digits : bool, default False
        Whether coefficients would tell it with all their digits alone.
    of_any_size : bool, default False
        Whether polychoric correlations would, with all their digits: where one is known its
        score is an equation in the cells with coefficients that no fraction ties together, and
        lattice reduction finds the one table of whole numbers that solves it.

    Returns
    -------
    bool
        True where a table of two items with two answers, or of one with two and one with three,
        has a cell of few; in digits, one of two items with up to four answers; or any.

    References
    ----------
    Lenstra, Lenstra and Lovász (1982), doi 10.1007/BF01457454 (lattice reduction).

    Examples
    --------
    >>> answers = np.repeat([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [20, 3, 20], axis=0)
    >>> few_crossed(answers, 5), few_crossed(answers, 3)
    (True, False)
    """
    rule = rule_of(minimum)
    most = _FREE_IN_DIGITS if in_digits else _FREE
    tables = _small_tables(values, np.inf if of_any_size else most)
    return any(bool(too_small(table, rule).any()) for _, table in tables)


def step_of_correlations(values: FloatArray) -> float:
    """
    Give the step in which correlations of items with few answers do not tell their table.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers; not a number where left open.

    Returns
    -------
    float
        So coarse that a cell is known to five people.

    Examples
    --------
    >>> answers = np.repeat([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [60, 3, 60], axis=0)
    >>> step_of_correlations(answers)
    0.2
    """
    spreads = [spread for spread, _ in _small_tables(values, _FREE)]
    return step_that_hides(int(len(values) * min(spreads, default=1.0)))


def hides_coefficients(values: FloatArray, minimum: int) -> bool:
    """
    Say whether what the items of a scale have in common may not be told at all.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers; not a number where left open.
    minimum : int
        Fewest respondents who may be told of.

    Returns
    -------
    bool
        True where few gave two answers together and the items are so few that several
        coefficients, each rounded, are about one pair.
    """
    return values.shape[1] < ITEMS_FOR_COEFFICIENTS and few_crossed(values, minimum)


def _small_tables(values: FloatArray, most: float) -> list[tuple[float, npt.NDArray[np.int64]]]:
    """Give the tables with few cells free, and the product of the two standard deviations."""
    given = [np.unique(column[~np.isnan(column)]) for column in values.T]
    found = []
    for one, other in combinations(range(values.shape[1]), 2):
        codes, others = given[one], given[other]
        if not 0 < (len(codes) - 1) * (len(others) - 1) <= most:
            continue
        first = values[:, one, None] == codes
        second = values[:, other, None] == others
        table = first.T.astype(np.int64) @ second.astype(np.int64)
        spread = float(np.nanstd(values[:, one]) * np.nanstd(values[:, other]))
        found.append((spread, table))
    return found
