"""Partial invariance: which item, in which group, is better given parameters of its own."""

from dataclasses import dataclass

import numpy as np

from learnclimate.checks.invariance_distance import DistanceTest, GroupItems, Layout, distance_test

#: So many of the most strained pairs of item and group are tried at each step.
_TRIED = 6
#: A factor is compared by two items at least.
_LEAST_SHARED = 2


@dataclass(frozen=True, slots=True)
class Partial:
    """
    Equal parameters but for some items in some groups.

    Attributes
    ----------
    apart_in : tuple of (item, group)
        Places of the items that are apart, in the order in which they were found.
    test : DistanceTest
        Of all else being equal.
    """

    apart_in: tuple[tuple[int, int], ...]
    test: DistanceTest


def partial_invariance(
    groups: list[GroupItems], layout: Layout, strict: DistanceTest
) -> Partial | None:
    """
    Set items apart one by one, as long as the Bayesian information criterion gains by it.

    Parameters
    ----------
    groups : list of GroupItems
        At least two.
    layout : Layout
        Which parameter is which.
    strict : DistanceTest
        Of no item apart.

    Returns
    -------
    Partial or None
        What was found; None where no item gains.

    References
    ----------
    Byrne, Shavelson and Muthén (1989), doi 10.1037/0033-2909.105.3.456 (partial invariance).
    """
    found: list[tuple[int, int]] = []
    best = strict
    while True:
        tried = [
            (distance_test(groups, layout, "strict", frozenset([*found, pair])), pair)
            for pair in _most_strained(best, layout, found)
        ]
        if not tried:
            break
        test, pair = min(tried, key=lambda one: one[0].bic)
        if test.bic >= best.bic:
            break
        found.append(pair)
        best = test
    return Partial(tuple(found), best) if found else None


def _most_strained(
    test: DistanceTest, layout: Layout, found: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """List the pairs that lie furthest off and may be set apart, furthest first."""
    order = np.argsort(-test.strain, axis=None)
    pairs = [divmod(int(place), test.strain.shape[1]) for place in order]
    allowed = [pair for pair in pairs if pair not in found and _spared(pair, layout, found)]
    return allowed[:_TRIED]


def _spared(pair: tuple[int, int], layout: Layout, found: list[tuple[int, int]]) -> bool:
    """Tell whether the item's factors keep items enough to be compared by in the group."""
    item, group = pair
    apart = {one for one, there in found if there == group} | {item}
    shared = ~np.isin(layout.loading_item, sorted(apart))
    left = np.bincount(layout.loading_factor[shared], minlength=layout.n_factors)
    own = layout.loading_factor[layout.loading_item == item]
    return bool((left[own] >= _LEAST_SHARED).all())
