"""What lies behind a test of equal measurement, about its solution."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from learnclimate.checks.invariance_layout import RESIDUAL, SHIFT, THRESHOLDS, Apart, Layout
from learnclimate.checks.invariance_robust import Scatter

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Linear:
    """
    A minimum distance about its solution.

    Attributes
    ----------
    residual : ndarray of shape (n_values,)
        What is left, in units in which values are independent with a variance of 1.
    basis : ndarray of shape (n_values, df)
        Directions that no common parameter can take up.
    moved : ndarray of shape (n_values, n_values)
        Columns tell how the residuals move with each value.
    expected : ndarray of shape (n_values,)
        The values that equal measurement lets expect.
    item, group : ndarray of shape (n_values,), int
        What each value belongs to.
    is_threshold : ndarray of shape (n_values,), bool
        Whether it is a threshold, else a loading.
    is_count : ndarray of shape (n_values,), bool
        Whether it is a count of those beyond a threshold that few passed.
    standing : tuple of ndarray of shape (n_groups, n_factors)
        Standard deviations and means of the groups' factors.
    scatter : Scatter or None
        What teams do to the residuals; None where respondents are independent.
    """

    residual: FloatArray
    basis: FloatArray
    moved: FloatArray
    expected: FloatArray
    item: IntArray
    group: IntArray
    is_threshold: BoolArray
    is_count: BoolArray
    standing: tuple[FloatArray, FloatArray]
    scatter: Scatter | None

    @property
    def n_groups(self) -> int:
        """How many groups there are."""
        return int(self.group.max()) + 1

    def columns(self, layout: Layout, step: tuple[Apart, ...]) -> FloatArray:
        """
        Tell how the residuals move with what a step sets apart.

        Parameters
        ----------
        layout : Layout
            Which parameter is which.
        step : tuple of (item, group, part)
            What is set apart.

        Returns
        -------
        ndarray of shape (n_values, n_directions)
            Columns.
        """
        columns = [np.zeros((len(self.residual), 0))]
        for item, group, part in step:
            own = (self.item == item) & (self.group == group)
            cuts = own & self.is_threshold
            if part == SHIFT:
                columns.append(self.moved @ (cuts & ~self.is_count).astype(float)[:, None])
            elif part == RESIDUAL:
                columns.append(self.moved @ np.where(own, self.expected, 0.0)[:, None])
            elif part == THRESHOLDS:
                columns.append(self.moved[:, cuts])
            else:
                columns.append(self.moved @ self._by_loading(layout, (item, group)))
        return np.concatenate(columns, axis=1)

    def _by_loading(self, layout: Layout, place: tuple[int, int]) -> FloatArray:
        """Tell how values change with an item's loadings: beside a mean, thresholds too."""
        item, group = place
        own = (self.item == item) & (self.group == group)
        factors = layout.loading_factor[layout.loading_item == item]
        spread, mean = (values[group, factors] for values in self.standing)
        change = np.zeros((len(own), len(factors)))
        change[own & ~self.is_threshold] = np.diag(spread)
        change[own & self.is_threshold & ~self.is_count] = -mean
        return change


class Behind(Protocol):
    """
    What lies behind a test of equal measurement, whatever the answers are taken for.

    Attributes
    ----------
    residual : ndarray of shape (n_values,)
        What is left, in units in which values are independent with a variance of 1.
    basis : ndarray of shape (n_values, df)
        Directions that are tested.
    scatter : Scatter or None
        What teams do to the residuals; None where respondents are independent.
    n_groups : int
        How many groups there are.
    """

    @property
    def residual(self) -> FloatArray:
        """What is left, whitened."""

    @property
    def basis(self) -> FloatArray:
        """Directions that are tested."""

    @property
    def scatter(self) -> Scatter | None:
        """What teams do to the residuals."""

    @property
    def n_groups(self) -> int:
        """How many groups there are."""

    def columns(self, layout: Layout, step: tuple[Apart, ...]) -> FloatArray:
        """Tell how the residuals move with what a step sets apart."""
