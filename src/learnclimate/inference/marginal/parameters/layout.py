"""The structural parameters that the marginal likelihood sees, as one flat vector."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.model import CountModel

FloatArray = npt.NDArray[np.float64]


class FrequencyPlace(NamedTuple):
    """Where one frequency lies in theta and in psi."""

    levels: slice
    curve: slice
    effects: slice
    sticks: slice


@dataclass(frozen=True, slots=True)
class StructuralLayout:
    """
    Where each structural parameter lies in the flat vector psi.

    In order: the intercept (at the covariates' means), one coefficient a centred
    covariate, the log rate ratio of every level of every frequency against its lowest
    (``frequency_curve``, flattened; 0 at each lowest level), the curve from 0 to 1 that
    multiplies a varying slope (flattened likewise), the rows of the lower triangle of
    ``L = diag(sd) chol(correlation)``, and the log of the dispersion α; the log probabilities
    of the levels, where some are unknown; of a zero part its intercept, coefficients and log
    odds ratios of the levels.

    Attributes
    ----------
    n_covariates : int
        Columns of the covariates.
    n_levels : tuple of int
        Number of levels of each frequency.
    n_team_effects : int
        Dimension of a team's effect.
    has_dispersion : bool
        Whether the family has a dispersion.
    has_zero : bool
        Whether the family has a zero part.
    n_zero_covariates : int
        Columns of its covariates.
    zero_has_levels : bool
        Whether it depends on the frequencies.
    has_unknown_levels : bool
        Whether levels that were not answered are summed out.
    """

    n_covariates: int
    n_levels: tuple[int, ...]
    n_team_effects: int
    has_dispersion: bool
    has_zero: bool = False
    n_zero_covariates: int = 0
    zero_has_levels: bool = False
    has_unknown_levels: bool = False

    @property
    def intercept(self) -> int:
        """Position of the intercept."""
        return 0

    @property
    def coefficients(self) -> slice:
        """Positions of the covariates' coefficients."""
        return slice(1, 1 + self.n_covariates)

    @property
    def level_effects(self) -> slice:
        """Positions of the log rate ratios of the levels."""
        start = self.coefficients.stop
        return slice(start, start + sum(self.n_levels))

    @property
    def slope_curves(self) -> slice:
        """Positions of the curves that multiply varying slopes."""
        start = self.level_effects.stop
        return slice(start, start + sum(self.n_levels))

    @property
    def cholesky(self) -> slice:
        """Positions of the lower triangle of L, row by row."""
        start = self.slope_curves.stop
        return slice(start, start + self.n_team_effects * (self.n_team_effects + 1) // 2)

    @property
    def log_dispersion(self) -> slice:
        """Position of log α; empty where the family has none."""
        start = self.cholesky.stop
        return slice(start, start + int(self.has_dispersion))

    @property
    def log_level_shares(self) -> slice:
        """Positions of the log probabilities of the levels; empty where all are known."""
        start = self.log_dispersion.stop
        return slice(start, start + self.has_unknown_levels * sum(self.n_levels))

    @property
    def zero_intercept(self) -> slice:
        """Position of the zero part's log odds; empty where the family has none."""
        start = self.log_level_shares.stop
        return slice(start, start + int(self.has_zero))

    @property
    def zero_coefficients(self) -> slice:
        """Positions of the coefficients of the zero part's covariates."""
        start = self.zero_intercept.stop
        return slice(start, start + self.n_zero_covariates)

    @property
    def zero_levels(self) -> slice:
        """Positions of the zero part's log odds ratios of the levels."""
        start = self.zero_coefficients.stop
        return slice(start, start + self.zero_has_levels * sum(self.n_levels))

    @property
    def size(self) -> int:
        """Length of psi."""
        return self.zero_levels.stop


def structural_layout(model: CountModel, design: CountDesign) -> StructuralLayout:
    """
    Lay out the structural parameters of a model.

    Parameters
    ----------
    model : CountModel
        The declaration.
    design : CountDesign
        Its design.

    Returns
    -------
    StructuralLayout
        The layout.
    """
    coding = design.coding
    return StructuralLayout(
        n_covariates=len(coding.covariate_labels),
        n_levels=tuple(len(frequency.levels) for frequency in coding.frequencies),
        n_team_effects=len(coding.team_effects),
        has_dispersion=model.family.has_dispersion,
        has_zero=coding.zero is not None,
        n_zero_covariates=0 if coding.zero is None else len(coding.zero.covariate_labels),
        zero_has_levels=coding.zero is not None and coding.zero.frequency,
        has_unknown_levels=design.unknown is not None,
    )


def level_shares(design: CountDesign) -> FloatArray:
    """
    Tell the share of the respondents at each level, one frequency after the other.

    Parameters
    ----------
    design : CountDesign
        The design.

    Returns
    -------
    ndarray of shape (sum of the numbers of levels,)
        Adding up to 1 for each frequency.
    """
    times = design.multiplicity
    counts = [
        np.bincount(design.frequency_level[:, f], times, minlength=len(frequency.levels))
        for f, frequency in enumerate(design.coding.frequencies)
    ]
    return np.concatenate([np.empty(0), *counts]) / times.sum()
