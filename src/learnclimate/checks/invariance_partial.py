"""Partial invariance: what of which item, in which group, is better given values of its own."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from learnclimate.checks.invariance_distance import DistanceTest, Linear, distance_test
from learnclimate.checks.invariance_layout import (
    LOADINGS,
    RESIDUAL,
    SHIFT,
    THRESHOLDS,
    Apart,
    GroupItems,
    Layout,
)
from learnclimate.checks.invariance_robust import judged

FloatArray = npt.NDArray[np.float64]

#: So many of the candidates that promise most are fitted at each step.
_TRIED = 4
#: A factor is compared by two items at least.
_LEAST_SHARED = 2
_PARTS = {
    "metric": ((LOADINGS,),),
    "strict": (
        (LOADINGS,),
        (SHIFT,),
        (RESIDUAL,),
        (LOADINGS, RESIDUAL),
        (THRESHOLDS,),
        (LOADINGS, THRESHOLDS),
    ),
}
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Partial:
    """
    Equal parameters but for parts of some items in some groups.

    Attributes
    ----------
    apart_in : tuple of (item, group, part)
        What is apart, in the order in which it was found; of two groups, the second is named.
    test : DistanceTest
        Of all else being equal; its criterion counts how many such parts there were to
        choose from.
    """

    apart_in: tuple[Apart, ...]
    test: DistanceTest


def partial_invariance(
    groups: list[GroupItems], layout: Layout, level: str, equal: DistanceTest
) -> Partial | None:
    """
    Set items apart step by step, as long as an extended information criterion gains by it.

    A step frees parts of an item in a group: its loadings, its level (one shift of all
    thresholds), its residual spread, its thresholds each, or two of these. Each step pays the
    Bayesian information criterion's price for its values, and for having been chosen among
    all others: with more items and groups, more would look striking by chance.

    Parameters
    ----------
    groups : list of GroupItems
        At least two.
    layout : Layout
        Which parameter is which.
    level : {"metric", "strict"}
        What is equal but for the parts that are found: of loadings alone, no other part is.
    equal : DistanceTest
        Of no item apart.

    Returns
    -------
    Partial or None
        What was found; None where nothing gains.

    References
    ----------
    Byrne, Shavelson and Muthén (1989), doi 10.1037/0033-2909.105.3.456 (partial invariance).
    Chen and Chen (2008), doi 10.1093/biomet/asn034 (extended criterion).
    """
    found: list[Apart] = []
    best = equal
    price = float(np.log(sum(group.n_respondents for group in groups)))
    places = layout.n_items * (1 if len(groups) == 2 else len(groups))
    # Gamma of the extended criterion is 1: one among so many is as likely as none, a priori.
    choice = float(2 * np.log(places * len(_PARTS[level])))
    while True:
        tried = []
        for step in _promising(best.linear, layout, found, (level, price)):
            test = distance_test(groups, layout, level, frozenset([*found, *step]))
            tried.append((_priced(best, test, layout, (step, choice, price)), step))
        if not tried:
            break
        test, step = min(tried, key=lambda one: one[0].bic)
        if test.bic >= best.bic:
            break
        found += step
        best = test
    return Partial(tuple(found), best) if found else None


def _priced(
    best: DistanceTest,
    test: DistanceTest,
    layout: Layout,
    step: tuple[tuple[Apart, ...], float, float],
) -> DistanceTest:
    """Give a test the criterion of the one before it, less what the step gains."""
    apart, choice, price = step
    directions = _directions(best.linear, layout, apart)
    gain = judged(max(best.distance - test.distance, 0.0), directions, best.linear.scatter)
    lost = (best.df - test.df) * price + choice
    return replace(test, bic=best.bic - gain.statistic + lost)


def _promising(
    linear: Linear, layout: Layout, found: list[Apart], how: tuple[str, float]
) -> list[tuple[Apart, ...]]:
    """List the steps that would gain most if all were linear, the largest gain first."""
    level, price = how
    n_groups = int(linear.group.max()) + 1
    there = range(1, 2) if n_groups == 2 else range(n_groups)
    steps = []
    for item, group, parts in product(range(layout.n_items), there, _PARTS[level]):
        step = tuple((item, group, part) for part in parts)
        if set(step) & set(found):
            continue
        if not _spared((item, group), layout, found):
            continue
        directions = _directions(linear, layout, step)
        if directions.shape[1]:
            size = float(((directions.T @ linear.residual) ** 2).sum())
            gain = judged(size, directions, linear.scatter).statistic
            steps.append((gain - price * directions.shape[1], step))
    steps.sort(key=lambda one: -one[0])
    return [step for _, step in steps[:_TRIED]]


def _directions(linear: Linear, layout: Layout, step: tuple[Apart, ...]) -> FloatArray:
    """Give orthonormal directions of the residuals that a step would take up."""
    columns = [np.zeros((len(linear.residual), 0))]
    for item, group, part in step:
        own = (linear.item == item) & (linear.group == group)
        cuts = own & linear.is_threshold
        if part == SHIFT:
            columns.append(linear.moved @ (cuts & ~linear.is_count).astype(float)[:, None])
        elif part == RESIDUAL:
            columns.append(linear.moved @ np.where(own, linear.expected, 0.0)[:, None])
        elif part == THRESHOLDS:
            columns.append(linear.moved[:, cuts])
        else:
            columns.append(linear.moved @ _by_loading(linear, layout, (item, group)))
    along = linear.basis.T @ np.concatenate(columns, axis=1)
    if not along.size:
        return linear.basis[:, :0]
    left, size, _ = np.linalg.svd(along, full_matrices=False)
    return np.asarray(linear.basis @ left[:, size > _NOTHING * max(size[0], _NOTHING)])


def _by_loading(linear: Linear, layout: Layout, place: tuple[int, int]) -> FloatArray:
    """Tell how values change with an item's loadings: where the mean is not 0, thresholds too."""
    item, group = place
    own = (linear.item == item) & (linear.group == group)
    factors = layout.loading_factor[layout.loading_item == item]
    spread, mean = (values[group, factors] for values in linear.standing)
    change = np.zeros((len(own), len(factors)))
    change[own & ~linear.is_threshold] = np.diag(spread)
    change[own & linear.is_threshold & ~linear.is_count] = -mean
    return change


def _spared(place: tuple[int, int], layout: Layout, found: list[Apart]) -> bool:
    """Tell whether the item's factors keep items enough to be compared by in the group."""
    item, group = place
    apart = {one for one, there, _ in found if there == group} | {item}
    shared = ~np.isin(layout.loading_item, sorted(apart))
    left = np.bincount(layout.loading_factor[shared], minlength=layout.n_factors)
    own = layout.loading_factor[layout.loading_item == item]
    return bool((left[own] >= _LEAST_SHARED).all())
