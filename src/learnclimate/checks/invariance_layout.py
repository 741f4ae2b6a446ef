"""What groups share: the item parameters that equal measurement lets each of them show."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.invariance_tails import Tail

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

#: What of an item may be apart in a group: its loadings; its thresholds, each by itself, or all
#: of them by one shift; what it shares with no other item.
LOADINGS, THRESHOLDS, SHIFT, RESIDUAL = "loading", "thresholds", "level", "residual spread"

Apart = tuple[int, int, str]
"""Item, group and part: what has a value of its own."""


@dataclass(frozen=True, slots=True)
class GroupItems:
    """
    The item parameters of one group, fitted by itself, its factors standardised.

    Attributes
    ----------
    loadings : ndarray of shape (n_draws, n_loadings)
        Free loadings, in residual standard deviations.
    thresholds : ndarray of shape (n_draws, n_cuts)
        In residual standard deviations.
    known : ndarray of shape (n_cuts,), bool
        Whether somebody in the group answered on either side of a threshold.
    n_respondents : int
        Size of the group.
    tails : tuple of Tail, default none
        Thresholds beyond which few or none answered, which are compared by their numbers.
    correlation : ndarray of shape (n_factors, n_factors), optional
        Of the group's factors, where there are several.
    pulls : ndarray of shape (n_teams, n_loadings + n_cuts), optional
        How far each team of the study moves the parameters; 0 of a team elsewhere. Where left
        out, respondents are independent.
    """

    loadings: FloatArray
    thresholds: FloatArray
    known: BoolArray
    n_respondents: int
    tails: tuple[Tail, ...] = ()
    correlation: FloatArray | None = None
    pulls: FloatArray | None = None

    @property
    def n_values(self) -> int:
        """How many parameters the answers tell of."""
        told = self.known.copy()
        told[[tail.cut for tail in self.tails]] = True
        return int(self.loadings.shape[1] + told.sum())


@dataclass(frozen=True, slots=True)
class Layout:
    """
    Which item and factor each parameter belongs to.

    Attributes
    ----------
    loading_item, loading_factor : ndarray of shape (n_loadings,), int
        Of each loading.
    item_of_cut : ndarray of shape (n_cuts,), int
        Of each threshold.
    n_items, n_factors : int
        Size.
    """

    loading_item: IntArray
    loading_factor: IntArray
    item_of_cut: IntArray
    n_items: int
    n_factors: int


def heights(
    part: tuple[FloatArray, FloatArray], layout: Layout, correlation: FloatArray | None
) -> FloatArray:
    """
    Put thresholds into standard deviations of what lies behind the answers.

    Parameters
    ----------
    part : tuple of ndarray
        Loadings (n_loadings,) and thresholds (n_cuts,), in residual standard deviations.
    layout : Layout
        Which is which.
    correlation : ndarray of shape (n_factors, n_factors) or None
        Of the factors; None for one.

    Returns
    -------
    ndarray of shape (n_cuts,)
        Thresholds.
    """
    loadings, thresholds = part
    by_factor = np.zeros((layout.n_items, layout.n_factors))
    by_factor[layout.loading_item, layout.loading_factor] = loadings
    turned = by_factor if correlation is None else by_factor @ correlation
    scale = np.sqrt(1 + (turned * by_factor).sum(axis=1))
    return np.asarray(thresholds / scale[layout.item_of_cut])


def expected(
    free: FloatArray, layout: Layout, level: str, groups: tuple[int, list[Apart]]
) -> list[tuple[FloatArray, FloatArray]]:
    """
    Unfold common parameters into those of each group.

    Parameters
    ----------
    free : ndarray of shape (n_free,)
        Loadings, thresholds unless only loadings are compared, then group by group from the
        second on log spreads and means of the factors and log residual spreads; then what is
        apart, a value each.
    layout : Layout
        Which parameter is which.
    level : {"metric", "scalar", "strict"}
        What is equal.
    groups : tuple of (int, list of Apart)
        How many there are, and what is apart, as `single_values` lists it.

    Returns
    -------
    list of (ndarray, ndarray)
        Loadings and thresholds of each group.
    """
    n_groups, apart = groups
    n_loadings, n_cuts = len(layout.loading_item), len(layout.item_of_cut)
    loadings, rest = free[:n_loadings], free[n_loadings:]
    thresholds = np.zeros(n_cuts)
    if level != "metric":
        thresholds, rest = rest[:n_cuts], rest[n_cuts:]
    per_group = values_a_group(layout, level)
    extra = rest[(n_groups - 1) * per_group :]
    found = []
    for group in range(n_groups):
        own = np.zeros(per_group) if group == 0 else rest[(group - 1) * per_group :][:per_group]
        spread = np.exp(own[: layout.n_factors])
        mean, residual = np.zeros(layout.n_factors), np.ones(layout.n_items)
        if level != "metric":
            mean = own[layout.n_factors : 2 * layout.n_factors]
        if level == "scalar":
            residual = np.exp(own[2 * layout.n_factors :])
        shift, own_loadings = np.zeros(layout.n_items), loadings.copy()
        for value, (place, there, part) in zip(extra, apart, strict=True):
            if there != group:
                continue
            if part == LOADINGS:
                own_loadings[place] += value
            elif part == RESIDUAL:
                residual[place] *= np.exp(value)
            else:
                shift[place] += value
        slopes, cuts = transformed(own_loadings, thresholds, layout, (spread, mean, residual))
        found.append((slopes, cuts + shift[layout.item_of_cut]))
    return found


def standing_of(
    free: FloatArray, layout: Layout, level: str, n_groups: int
) -> tuple[FloatArray, FloatArray]:
    """
    Read standard deviations and means of the groups' factors.

    Parameters
    ----------
    free : ndarray of shape (n_free,)
        As `expected` takes it.
    layout : Layout
        Which parameter is which.
    level : {"metric", "scalar", "strict"}
        What is equal.
    n_groups : int
        How many groups.

    Returns
    -------
    spread, mean : ndarray of shape (n_groups, n_factors)
        Those of the first group are 1 and 0; means are 0 where loadings alone are compared.
    """
    spread, mean = np.ones((n_groups, layout.n_factors)), np.zeros((n_groups, layout.n_factors))
    first = len(layout.loading_item) + (0 if level == "metric" else len(layout.item_of_cut))
    per_group = values_a_group(layout, level)
    own = free[first : first + (n_groups - 1) * per_group].reshape(n_groups - 1, per_group)
    spread[1:] = np.exp(own[:, : layout.n_factors])
    if level != "metric":
        mean[1:] = own[:, layout.n_factors : 2 * layout.n_factors]
    return spread, mean


def single_values(apart_in: frozenset[Apart], layout: Layout) -> list[Apart]:
    """
    List what is apart by a value of its own, and not by being left out of what is compared.

    Parameters
    ----------
    apart_in : frozenset of (item, group, part)
        What is apart.
    layout : Layout
        Which parameter is which.

    Returns
    -------
    list of (place, group, part)
        Loadings one by one, by their own places; levels and residual spreads by items.
    """
    found = []
    for item, group, part in sorted(apart_in):
        if part == LOADINGS:
            places = np.flatnonzero(layout.loading_item == item)
            found += [(int(place), group, part) for place in places]
        elif part != THRESHOLDS:
            found.append((item, group, part))
    return found


def values_a_group(layout: Layout, level: str) -> int:
    """
    Count what a level leaves to each group but the first.

    Parameters
    ----------
    layout : Layout
        Which parameter is which.
    level : {"metric", "scalar", "strict"}
        What is equal.

    Returns
    -------
    int
        Values.
    """
    per_group = layout.n_factors * (1 if level == "metric" else 2)
    return per_group + (layout.n_items if level == "scalar" else 0)


def transformed(
    loadings: FloatArray,
    thresholds: FloatArray,
    layout: Layout,
    group: tuple[FloatArray, FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """
    Turn common parameters into those that a group would show with standardised factors.

    Parameters
    ----------
    loadings : ndarray of shape (n_loadings,)
        Common loadings.
    thresholds : ndarray of shape (n_cuts,)
        Common thresholds.
    layout : Layout
        Which is which.
    group : tuple of ndarray
        Standard deviations and means of the group's factors, and residual standard
        deviations of its items.

    Returns
    -------
    loadings, thresholds : ndarray
        Of the group.
    """
    spread, mean, residual = group
    own = loadings * spread[layout.loading_factor] / residual[layout.loading_item]
    shift = np.bincount(
        layout.loading_item, loadings * mean[layout.loading_factor], minlength=layout.n_items
    )
    return own, (thresholds - shift[layout.item_of_cut]) / residual[layout.item_of_cut]


def start(groups: list[GroupItems], layout: Layout, level: str, n_apart: int) -> FloatArray:
    """
    Take the first group's parameters for all, to start from.

    Parameters
    ----------
    groups : list of GroupItems
        The groups.
    layout : Layout
        Which parameter is which.
    level : {"metric", "scalar", "strict"}
        What is equal.
    n_apart : int
        How many values are apart.

    Returns
    -------
    ndarray of shape (n_free,)
        As `expected` takes it.
    """
    first = groups[0]
    parts = [first.loadings.mean(axis=0)]
    if level != "metric":
        parts.append(first.thresholds.mean(axis=0))
    others = values_a_group(layout, level) * (len(groups) - 1)
    return np.concatenate([*parts, np.zeros(others + n_apart)])
