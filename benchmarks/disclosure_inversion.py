"""How often who knows the disclosure rule can tell a hidden size: the rule against the one before.

Made-up studies of 2 to 25 teams in up to 5 departments, sizes Poisson around gamma means. Of each,
every study is enumerated that has the same shown teams and totals; those that the rule would have
told in the same way are what an attacker must choose from. At two minimums he holds both tables.

Run: python -m benchmarks.disclosure_inversion
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from math import comb, prod

import numpy as np

from learnclimate.disclosure.nested import suppress_hierarchy
from learnclimate.disclosure.rule import DisclosureRule, is_protected, too_small

Marks = tuple[np.ndarray, np.ndarray]
Mark = Callable[[np.ndarray, np.ndarray, DisclosureRule], Marks]
_MOST = 4000


def next_smallest(sizes: np.ndarray, parents: np.ndarray, rule: DisclosureRule) -> Marks:
    """Mark by the rule before: what protects is the next smallest team, or department."""
    hidden = np.zeros(len(sizes), dtype=bool)
    for parent in np.unique(parents):
        inside = np.flatnonzero(parents == parent)
        own = too_small(sizes[inside], rule)
        for team in np.argsort(sizes[inside], kind="stable") if own.any() else ():
            if is_protected(sizes[inside][own], rule):
                break
            own[team] = True
        hidden[inside] = own
    n = parents.max() + 1
    totals = np.bincount(parents, weights=sizes)
    is_open = np.array(
        [
            len(own) > 0 and not is_protected(own, rule)
            for own in (sizes[hidden & (parents == p)] for p in range(n))
        ]
    )
    while is_open.any() and not is_protected(sizes[hidden & is_open[parents]], rule):
        left = np.flatnonzero(~is_open)
        if not len(left):
            break
        holds = np.bincount(parents, weights=hidden, minlength=n)[left] > 0
        opened = left[np.lexsort([totals[left], ~holds])[0]]
        is_open[opened] = True
        inside = np.flatnonzero(parents == opened)
        if not hidden[inside].any():
            hidden[inside[np.argmin(sizes[inside])]] = True
    return hidden, is_open[parents]


def by_place(sizes: np.ndarray, parents: np.ndarray, rule: DisclosureRule) -> Marks:
    """Mark by the library's rule."""
    return suppress_hierarchy(sizes, parents, rule)


def splits(total: int, n_parts: int) -> Iterator[tuple[int, ...]]:
    """All ways to share so many people among so many teams, none empty."""
    for cuts in itertools.combinations(range(1, total), n_parts - 1):
        yield tuple(np.diff([0, *cuts, total]).tolist())


def told_alike(
    mark: Mark, sizes: np.ndarray, parents: np.ndarray, rules: Sequence[DisclosureRule]
) -> np.ndarray | None:
    """
    Hidden sizes of all studies told as this one; None where none are hidden, or too many.

    Tables at several minimums hide the more the larger it is: the first tells all sizes and
    totals that are told, the others which they hide.
    """
    marks = [mark(sizes, parents, rule) for rule in rules]
    hidden, is_open = marks[0]
    if not hidden.any() or hidden.all():
        return None
    known = [np.flatnonzero(hidden & ~is_open & (parents == p)) for p in np.unique(parents)]
    sums = [part for part in (np.flatnonzero(hidden & is_open), *known) if len(part)]
    if prod(comb(int(sizes[part].sum()) - 1, len(part) - 1) for part in sums) > _MOST:
        return None
    found = []
    for shares in itertools.product(*(splits(int(sizes[p].sum()), len(p)) for p in sums)):
        other = sizes.copy()
        for part, share in zip(sums, shares, strict=True):
            other[part] = share
        alike = (
            np.array_equal(mark(other, parents, rule), told)
            for rule, told in zip(rules, marks, strict=True)
        )
        if all(alike):
            found.append(other[hidden])
    return np.array(found)


def measure(
    mark: Mark, rules: Sequence[DisclosureRule], *, most_departments: int, n_studies: int
) -> str:
    """Shares of studies in which a small team's size is told, or that there is one of a size."""
    rule = rules[0]
    rng = np.random.default_rng(3)
    told = known = hidden = n = 0
    while n < n_studies:
        n_departments = rng.integers(1, most_departments + 1)
        teams = rng.choice([1, 1, 2, 3, 4] if most_departments > 1 else [3, 6, 14], n_departments)
        parents = np.repeat(np.arange(n_departments), teams)
        means = rng.choice([1.2, 2.0, 3.0]) * rule.minimum * rng.gamma(3, 1 / 3, len(parents))
        found = told_alike(mark, np.maximum(1, rng.poisson(means)), parents, rules)
        if found is None:
            continue
        n += 1
        hidden += found.shape[1]
        for values, count in ((found, "told"), (np.sort(found, axis=1), "known")):
            small = any(len(set(v)) == 1 and v[0] < rule.minimum for v in values.T.tolist())
            told += small and count == "told"
            known += small and count == "known"
    shares = f"size of a team told {told / n:.1%}, sizes but not whose {known / n:.1%}"
    return f"{shares}, teams hidden {hidden / n:.2f}"


if __name__ == "__main__":
    for minimums in ((5,), (10,), (3,), (5, 6), (5, 8), (5, 10)):
        some = [DisclosureRule(minimum, reason="measured") for minimum in minimums]
        # The rule before took no notice of other minimums, so that its tables are not nested.
        marks = (next_smallest, by_place) if len(some) == 1 else (by_place,)
        for most, layout in ((1, "teams"), (5, "teams in departments")):
            for mark in marks:
                told = measure(mark, some, most_departments=most, n_studies=400)
                print(f"minimum {minimums}, {layout}, {mark.__name__}: {told}", flush=True)
