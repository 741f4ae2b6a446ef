"""From psi to the parameters that the kernels read."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.coding import DesignCoding
from learnclimate.inference.marginal.parameters.layout import StructuralLayout

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LARGEST_ZETA = 25.0
_LARGEST_LOG_DISPERSION = 120.0


class Points(NamedTuple):
    """
    Structural parameters as the kernels read them.

    Attributes
    ----------
    base : ndarray of shape (S, n_groups)
        Log rate of each group at the covariates' means.
    zeta : ndarray of shape (S, n_groups, d)
        What a team's standard normal effect adds to the log rate.
    coefficients : ndarray of shape (S, n_covariates)
        Coefficients of the covariates.
    log_dispersion : ndarray of shape (S,)
        log φ; 0 where the family has none.
    """

    base: FloatArray
    zeta: FloatArray
    coefficients: FloatArray
    log_dispersion: FloatArray


@dataclass(frozen=True, slots=True)
class Groups:
    """
    The combinations of frequency levels that occur.

    Attributes
    ----------
    level : ndarray of shape (n_groups, n_frequencies)
        Position of each group's level among the flattened levels of all frequencies.
    slope : ndarray of shape (d,)
        Frequency whose slope each team effect is; -1 for the intercept.
    """

    level: IntArray
    slope: IntArray


def groups_of(coding: DesignCoding, levels: IntArray) -> Groups:
    """
    Describe the combinations of levels.

    Parameters
    ----------
    coding : DesignCoding
        How the design was coded.
    levels : ndarray of shape (n_groups, n_frequencies)
        Level of each frequency in each combination.

    Returns
    -------
    Groups
        The combinations.
    """
    sizes = [len(frequency.levels) for frequency in coding.frequencies]
    offsets = np.cumsum([0, *sizes])[:-1]
    slope = [
        -1 if name == INTERCEPT else coding.frequency_names.index(name)
        for name in coding.team_effects
    ]
    return Groups(
        np.ascontiguousarray(levels + offsets, dtype=np.int64), np.array(slope, dtype=np.int64)
    )


def lower_triangles(layout: StructuralLayout, psi: FloatArray) -> FloatArray:
    """
    Unpack L of every psi.

    Parameters
    ----------
    layout : StructuralLayout
        The layout.
    psi : ndarray of shape (S, m)
        Points.

    Returns
    -------
    ndarray of shape (S, d, d)
        ``L = diag(sd) chol(correlation)``.
    """
    d = layout.n_team_effects
    lower = np.zeros((len(psi), d, d))
    rows, columns = np.tril_indices(d)
    lower[:, rows, columns] = psi[:, layout.cholesky]
    return lower


def multipliers(layout: StructuralLayout, groups: Groups, psi: FloatArray) -> FloatArray:
    """
    Look up what each team effect is multiplied by in each group.

    Parameters
    ----------
    layout : StructuralLayout
        The layout.
    groups : Groups
        The combinations of levels.
    psi : ndarray of shape (S, m)
        Points.

    Returns
    -------
    ndarray of shape (S, n_groups, d)
        1 for the intercept, the slope curve at the group's level for a slope.
    """
    z = np.ones((len(psi), len(groups.level), layout.n_team_effects))
    curves = psi[:, layout.slope_curves]
    for k, frequency in enumerate(groups.slope):
        if frequency >= 0:
            z[:, :, k] = curves[:, groups.level[:, frequency]]
    return z


def points_at(layout: StructuralLayout, groups: Groups, psi: FloatArray) -> Points:
    """
    Translate psi into what the kernels read.

    Parameters
    ----------
    layout : StructuralLayout
        The layout.
    groups : Groups
        The combinations of levels.
    psi : ndarray of shape (S, m)
        Points, finite.

    Returns
    -------
    Points
        The parameters; team effects of absurd size are shortened so that no rate overflows.
    """
    levels = psi[:, layout.level_effects]
    base = psi[:, layout.intercept, None] + levels[:, groups.level].sum(axis=2)
    zeta = multipliers(layout, groups, psi) @ lower_triangles(layout, psi)
    length = np.sqrt((zeta**2).sum(axis=2, keepdims=True))
    zeta = zeta * (_LARGEST_ZETA / np.maximum(length, _LARGEST_ZETA))
    log_dispersion = (
        psi[:, layout.log_dispersion][:, 0] if layout.has_dispersion else np.zeros(len(psi))
    )
    return Points(
        np.ascontiguousarray(base),
        np.ascontiguousarray(zeta),
        np.ascontiguousarray(psi[:, layout.coefficients]),
        np.clip(log_dispersion, -_LARGEST_LOG_DISPERSION, _LARGEST_LOG_DISPERSION),
    )
