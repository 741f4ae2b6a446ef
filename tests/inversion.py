"""An attacker who knows the rule: every study that would have been told in the same way."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence

import numpy as np

Sizes = tuple[int, ...]
#: What is told of a study: which groups are hidden, and all else.
Telling = Callable[[Sizes], tuple[Sequence[bool], Hashable]]


def given_away(
    n_groups: int, tell: Telling, *, largest: int, minimum: int, smallest: int = 1
) -> Iterator[tuple[Sizes, int]]:
    """
    Give the studies in which the attacker works out how many a small group holds, and the group.

    All studies of so many groups are told, sizes from `smallest` to `largest`. Those that are
    told alike are what the attacker has to choose from. Where the hidden groups may hold more
    than was tried, nothing is said: there the attacker may find still more.
    """
    alike = defaultdict(list)
    for sizes in itertools.product(range(smallest, largest + 1), repeat=n_groups):
        hidden, told = tell(sizes)
        together = sum(size for size, hide in zip(sizes, hidden, strict=True) if hide)
        if any(hidden) and together <= largest + (sum(hidden) - 1) * smallest:
            alike[tuple(map(bool, hidden)), told].append(sizes)
    for (hidden, _), studies in alike.items():
        found = np.array(studies)
        for group in np.flatnonzero(hidden):
            known = set(found[:, group].tolist())
            if len(known) == 1 and 0 < min(known) < minimum:
                yield from ((study, int(group)) for study in studies)
                break
