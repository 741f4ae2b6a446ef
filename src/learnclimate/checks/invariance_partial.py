"""Partial invariance: what of which item, in which group, is better given values of its own."""

from dataclasses import dataclass, replace
from itertools import permutations, product
from typing import Protocol

import numpy as np
import numpy.typing as npt

from learnclimate.checks.invariance_distance import (
    DistanceTest,
    configural_bic,
    distance_test,
)
from learnclimate.checks.invariance_layout import (
    LOADINGS,
    RESIDUAL,
    SHIFT,
    THRESHOLDS,
    Apart,
    GroupItems,
    Layout,
)
from learnclimate.checks.invariance_linear import Behind
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


@dataclass(frozen=True, slots=True)
class Closest:
    """
    The part of an item that accounts for most of what is not equal.

    Attributes
    ----------
    apart_in : tuple of (item, group, part)
        Which one; of two groups, the second is named.
    gain : float
        How much less chi-squared is with it apart, corrected for teams.
    df : int
        Values that it takes.
    asked : float
        The gain that the criterion asks for.
    """

    apart_in: tuple[Apart, ...]
    gain: float
    df: int
    asked: float


class Tests(Protocol):
    """
    Tests of equal measurement, whatever the answers are taken for.

    Attributes
    ----------
    layout : Layout
        Which parameter is which.
    price : float
        What a free value costs by the Bayesian information criterion.
    """

    @property
    def layout(self) -> Layout:
        """Which parameter is which."""

    @property
    def price(self) -> float:
        """What a free value costs by the Bayesian information criterion."""

    def configural_bic(self) -> float:
        """Penalty of parameters that are free in every group."""

    def parts(self, level: str) -> tuple[tuple[str, ...], ...]:
        """List what of an item may be set apart at a level."""

    def judge_level(self, level: str, apart_in: frozenset[Apart] = frozenset()) -> DistanceTest:
        """Test a level, but for what is apart."""


@dataclass(frozen=True, slots=True)
class OrderedTests:
    """
    Tests of equal measurement of ordered answers, by minimum distance.

    Attributes
    ----------
    groups : list of GroupItems
        At least two.
    layout : Layout
        Which parameter is which.
    """

    groups: list[GroupItems]
    layout: Layout

    @property
    def price(self) -> float:
        """What a free value costs by the Bayesian information criterion."""
        return float(np.log(sum(group.n_respondents for group in self.groups)))

    def configural_bic(self) -> float:
        """Penalty of parameters that are free in every group."""
        return configural_bic(self.groups)

    def parts(self, level: str) -> tuple[tuple[str, ...], ...]:
        """List what of an item may be set apart at a level."""
        return _PARTS[level]

    def judge_level(self, level: str, apart_in: frozenset[Apart] = frozenset()) -> DistanceTest:
        """Test a level, but for what is apart."""
        return distance_test(self.groups, self.layout, level, apart_in)


def partial_invariance(tests: Tests, level: str, equal: DistanceTest) -> Partial | None:
    """
    Set items apart step by step, as long as an extended information criterion gains by it.

    A step frees parts of an item in a group: its loadings, its level (one shift of all
    thresholds), its residual spread, its thresholds each, or two of these. Each step pays the
    Bayesian information criterion's price for its values, and for having been chosen among
    all others: with more items and groups, more would look striking by chance.

    Parameters
    ----------
    tests : Tests
        Of the groups.
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
    while True:
        tried = _tried(best, tests, level, found)
        if not tried:
            break
        step, test = min(
            ((one.apart_in, _priced(best, test, one)) for one, test in tried),
            key=lambda one: one[1].bic,
        )
        if test.bic >= best.bic:
            break
        found += step
        best = test
    return Partial(tuple(found), best) if found else None


def closest_part(tests: Tests, level: str, equal: DistanceTest) -> Closest | None:
    """
    Find what accounts for most of a level's misfit, whether or not the criterion asks for more.

    Parameters
    ----------
    tests : Tests
        Of the groups.
    level : {"metric", "strict"}
        What is equal but for that part.
    equal : DistanceTest
        Of no item apart.

    Returns
    -------
    Closest or None
        The part that comes closest to what the criterion asks for; None where there are too
        few items to set one apart.
    """
    tried = [one for one, _ in _tried(equal, tests, level, [])]
    return max(tried, key=lambda one: one.gain - one.asked) if tried else None


def _tried(
    best: DistanceTest, tests: Tests, level: str, found: list[Apart]
) -> list[tuple[Closest, DistanceTest]]:
    """Fit the steps that promise most, and tell what each gains."""
    layout, n_groups = tests.layout, best.linear.n_groups
    places = layout.n_items * (1 if n_groups == 2 else n_groups)
    # Gamma of the extended criterion is 1: one among so many is as likely as none, a priori.
    choice = float(2 * np.log(places * len(tests.parts(level))))
    tried = []
    for step in _promising(best.linear, tests, level, found):
        test = tests.judge_level(level, frozenset([*found, *step]))
        gain = _gain(best.linear, layout, step, max(best.distance - test.distance, 0.0))
        df = best.df - test.df
        tried.append((Closest(step, gain, df, df * tests.price + choice), test))
    return tried


def _priced(best: DistanceTest, test: DistanceTest, step: Closest) -> DistanceTest:
    """Give a test the criterion of the one before it, less what the step gains."""
    return replace(test, bic=best.bic - step.gain + step.asked)


def _gain(
    linear: Behind, layout: Layout, step: tuple[Apart, ...], distance: float | None = None
) -> float:
    """
    Judge what a step gains, part after part: in the order that makes least of it.

    Two parts judged as one would seem to gain more than the one that differs: of few teams the
    scatter in one direction is less sure than that in two, and a large gain counts for less.
    """
    found = []
    for order in permutations(step):
        before, sizes, judge = linear.basis[:, :0], [], []
        for last in range(1, len(order) + 1):
            whole = _directions(linear, layout, order[:last])
            left, size, _ = np.linalg.svd(whole - before @ (before.T @ whole), full_matrices=False)
            own, before = left[:, size > 0.5], whole
            sizes.append(float(((own.T @ linear.residual) ** 2).sum()))
            judge.append(own)
        total = sum(sizes) if distance is None else distance
        shares = np.array(sizes) / max(sum(sizes), _NOTHING)
        found.append(
            sum(
                judged(float(share * total), own, linear.scatter).statistic
                for share, own in zip(shares, judge, strict=True)
                if own.shape[1]
            )
        )
    return min(found)


def _promising(
    linear: Behind, tests: Tests, level: str, found: list[Apart]
) -> list[tuple[Apart, ...]]:
    """List the steps that would gain most if all were linear, the largest gain first."""
    layout = tests.layout
    there = range(1, 2) if linear.n_groups == 2 else range(linear.n_groups)
    steps = []
    for item, group, parts in product(range(layout.n_items), there, tests.parts(level)):
        step = tuple((item, group, part) for part in parts)
        if set(step) & set(found):
            continue
        if not _spared((item, group), layout, found):
            continue
        directions = _directions(linear, layout, step)
        if directions.shape[1]:
            gain = _gain(linear, layout, step)
            steps.append((gain - tests.price * directions.shape[1], step))
    steps.sort(key=lambda one: -one[0])
    return [step for _, step in steps[:_TRIED]]


def _directions(linear: Behind, layout: Layout, step: tuple[Apart, ...]) -> FloatArray:
    """Give orthonormal directions of the residuals that a step would take up."""
    along = linear.basis.T @ linear.columns(layout, step)
    if not along.size:
        return linear.basis[:, :0]
    left, size, _ = np.linalg.svd(along, full_matrices=False)
    return np.asarray(linear.basis @ left[:, size > _NOTHING * max(size[0], _NOTHING)])


def _spared(place: tuple[int, int], layout: Layout, found: list[Apart]) -> bool:
    """Tell whether the item's factors keep items enough to be compared by in the group."""
    item, group = place
    apart = {one for one, there, _ in found if there == group} | {item}
    shared = ~np.isin(layout.loading_item, sorted(apart))
    left = np.bincount(layout.loading_factor[shared], minlength=layout.n_factors)
    own = layout.loading_factor[layout.loading_item == item]
    return bool((left[own] >= _LEAST_SHARED).all())
