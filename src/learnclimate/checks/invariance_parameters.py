"""Parameters of answers taken as numbers in several groups, and which of them are shared."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.invariance_layout import LOADINGS, SHIFT, Apart, Layout

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Places of what is fixed at 0 and at 1, behind the free values.
_ZERO, _ONE = -2, -1


@dataclass(frozen=True, slots=True)
class Shared:
    """
    Which free value stands for each parameter of each group, (n_groups, n_own).

    Attributes
    ----------
    place : ndarray of shape (n_groups, n_own), int
        Loadings, intercepts, residual variances, means of factors, and their covariances (lower
        triangle), group by group: places among the free values, or `_ZERO`, `_ONE`.
    n_free : int
        How many are free.
    """

    place: IntArray
    n_free: int

    def values(self, free: FloatArray) -> FloatArray:
        """
        Give the parameters of each group.

        Parameters
        ----------
        free : ndarray of shape (n_free,)
            Free values.

        Returns
        -------
        ndarray of shape (n_groups, n_own)
            Parameters.
        """
        return np.asarray(np.concatenate([free, [0.0, 1.0]])[self.place])

    def of_free(self, own: FloatArray) -> FloatArray:
        """
        Average the parameters of groups over those that share them.

        Parameters
        ----------
        own : ndarray of shape (n_groups, n_own)
            Parameters.

        Returns
        -------
        ndarray of shape (n_free,)
            Free values.
        """
        kept = self.place >= 0
        total = np.bincount(self.place[kept], own[kept], minlength=self.n_free)
        return np.asarray(total / np.bincount(self.place[kept], minlength=self.n_free))


@dataclass(frozen=True, slots=True)
class Parts:
    """
    Where among a group's parameters the parts of a layout stand.

    Attributes
    ----------
    layout : Layout
        Which item and factor each loading belongs to.
    """

    layout: Layout

    @property
    def ends(self) -> IntArray:
        """Ends of loadings, intercepts, residual variances, means and covariances."""
        n_items, n_factors = self.layout.n_items, self.layout.n_factors
        sizes = [len(self.layout.loading_item), n_items, n_items, n_factors]
        return np.cumsum([*sizes, n_factors * (n_factors + 1) // 2])

    def shared(self, n_groups: int, level: str, apart_in: frozenset[Apart]) -> Shared:
        """
        Say which free value stands for which parameter at a level.

        Parameters
        ----------
        n_groups : int
            How many groups.
        level : {"configural", "metric", "scalar", "strict"}
            What is equal.
        apart_in : frozenset of (item, group, part)
            What has a value of its own in a group.

        Returns
        -------
        Shared
            Their places.
        """
        ends = self.ends
        equal = {"configural": 0, "metric": ends[0], "scalar": ends[1], "strict": ends[2]}[level]
        place = np.arange(n_groups * ends[-1]).reshape(n_groups, ends[-1])
        place[:, :equal] = place[0, :equal]
        for item, group, part in sorted(apart_in):
            columns = self.columns(item, part)
            place[group, columns] = group * ends[-1] + columns
        row, column = np.tril_indices(self.layout.n_factors)
        variances = ends[3] + np.flatnonzero(row == column)
        standard = slice(None) if level == "configural" else slice(1)
        place[standard, variances[:, None]] = _ONE
        place[:1, ends[2] : ends[3]] = _ZERO
        if level in ("configural", "metric"):
            place[:, ends[2] : ends[3]] = _ZERO
        known, numbered = np.unique(place, return_inverse=True)
        n_fixed = int((known < 0).sum())
        fixed = numbered.reshape(place.shape) < n_fixed
        return Shared(
            np.where(fixed, place, numbered.reshape(place.shape) - n_fixed), len(known) - n_fixed
        )

    def columns(self, item: int, part: str) -> IntArray:
        """
        List the places of an item's part.

        Parameters
        ----------
        item : int
            The item.
        part : str
            Its loadings, its level (the intercept), or its residual variance.

        Returns
        -------
        ndarray of int
            Places among a group's parameters.
        """
        if part == LOADINGS:
            return np.flatnonzero(self.layout.loading_item == item)
        return np.array([self.ends[0 if part == SHIFT else 1] + item])

    def read(self, own: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """
        Read a group's parameters.

        Parameters
        ----------
        own : ndarray of shape (n_own,)
            Parameters.

        Returns
        -------
        loadings : ndarray of shape (n_items, n_factors)
            Loadings.
        residual : ndarray of shape (n_items,)
            Residual variances.
        mean : ndarray of shape (n_factors,)
            Means of the factors.
        spread : ndarray of shape (n_factors, n_factors)
            Their covariances.
        """
        layout, ends = self.layout, self.ends
        loadings = np.zeros((layout.n_items, layout.n_factors))
        loadings[layout.loading_item, layout.loading_factor] = own[: ends[0]]
        spread = np.zeros((layout.n_factors, layout.n_factors))
        row, column = np.tril_indices(layout.n_factors)
        spread[row, column] = spread[column, row] = own[ends[3] :]
        return loadings, own[ends[1] : ends[2]], own[ends[2] : ends[3]], spread

    def moments(self, own: FloatArray) -> FloatArray:
        """
        Give the means and covariances that a group's parameters imply.

        Parameters
        ----------
        own : ndarray of shape (n_own,)
            Parameters.

        Returns
        -------
        ndarray of shape (n_moments,)
            Means, then the lower triangle of the covariances.
        """
        loadings, residual, mean, spread = self.read(own)
        row, column = np.tril_indices(self.layout.n_items)
        covariance = loadings @ spread @ loadings.T + np.diag(residual)
        means = own[self.ends[0] : self.ends[1]] + loadings @ mean
        return np.concatenate([means, covariance[row, column]])

    def slopes(self, own: FloatArray) -> FloatArray:
        """
        Differentiate the moments by a group's parameters.

        Parameters
        ----------
        own : ndarray of shape (n_own,)
            Parameters.

        Returns
        -------
        ndarray of shape (n_moments, n_own)
            Slopes.
        """
        layout, (loadings, _, mean, spread) = self.layout, self.read(own)
        row, column = np.tril_indices(layout.n_items)
        by_mean, by_cell = [], []
        told = loadings @ spread
        for item, factor in zip(layout.loading_item, layout.loading_factor, strict=True):
            one = np.zeros((layout.n_items, layout.n_items))
            one[item] += told[:, factor]
            by_cell.append(one + one.T)
            by_mean.append(np.eye(layout.n_items)[item] * mean[factor])
        unit = np.eye(layout.n_items)
        nothing = np.zeros((layout.n_items, layout.n_items))
        by_mean += [*unit, *np.zeros_like(unit), *loadings.T]
        by_cell += [nothing] * layout.n_items + [np.diag(one) for one in unit]
        by_cell += [nothing] * layout.n_factors
        for first, second in zip(*np.tril_indices(layout.n_factors), strict=True):
            both = np.outer(loadings[:, first], loadings[:, second])
            by_cell.append(both if first == second else both + both.T)
            by_mean.append(np.zeros(layout.n_items))
        cells = np.stack(by_cell)[:, row, column]
        return np.asarray(np.concatenate([np.stack(by_mean), cells], axis=1).T)


def begin_halfway(layout: Layout, moments: FloatArray) -> FloatArray:
    """
    Give parameters to start from: half of each item's variance is its factor's.

    Parameters
    ----------
    layout : Layout
        Which parameter is which.
    moments : ndarray of shape (n_moments,)
        Means, then the lower triangle of the covariances.

    Returns
    -------
    ndarray of shape (n_own,)
        Parameters of one group.
    """
    n_items, n_factors = layout.n_items, layout.n_factors
    row, column = np.tril_indices(n_items)
    variance = moments[n_items:][row == column]
    factor_row, factor_column = np.tril_indices(n_factors)
    return np.concatenate(
        [
            np.sqrt(0.5 * variance)[layout.loading_item],
            moments[:n_items],
            0.5 * variance,
            np.zeros(n_factors),
            np.where(factor_row == factor_column, 1.0, 0.3),
        ]
    )


def upright(own: FloatArray, layout: Layout) -> FloatArray:
    """
    Turn factors of which most loadings are negative.

    Parameters
    ----------
    own : ndarray of shape (n_groups, n_own)
        Parameters, with factors of mean 0.
    layout : Layout
        Which parameter is which.

    Returns
    -------
    ndarray of shape (n_groups, n_own)
        The same model.
    """
    turned = own.copy()
    row, column = np.tril_indices(layout.n_factors)
    for group in turned:
        n_loadings = len(layout.loading_item)
        total = np.bincount(layout.loading_factor, group[:n_loadings], minlength=layout.n_factors)
        sign = np.where(total < 0, -1.0, 1.0)
        group[:n_loadings] *= sign[layout.loading_factor]
        group[-len(row) :] *= sign[row] * sign[column]
    return turned
