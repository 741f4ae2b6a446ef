"""From the sums of the derivative kernel to gradient and information by psi."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.marginal.kernels.derivatives import Directions, Sums
from learnclimate.inference.marginal.kernels.points import Groups, lower_triangles, multipliers
from learnclimate.inference.marginal.parameters.layout import StructuralLayout

FloatArray = npt.NDArray[np.float64]


def directions_at(
    layout: StructuralLayout, groups: Groups, psi: FloatArray, *, with_variance: bool
) -> Directions:
    """
    Tell the kernel how the log rate moves with psi.

    Parameters
    ----------
    layout : StructuralLayout
        The layout.
    groups : Groups
        The combinations of levels.
    psi : ndarray of shape (S, m)
        Points.
    with_variance : bool
        Whether the information is wanted.

    Returns
    -------
    Directions
        The directions.
    """
    return Directions(
        groups.level,
        groups.slope,
        multipliers(layout, groups, psi),
        lower_triangles(layout, psi),
        layout.level_effects.start,
        layout.slope_curves.start,
        layout.cholesky.start,
        layout.log_dispersion.start,
        with_variance,
    )


def empty_sums(layout: StructuralLayout, groups: Groups, n_points: int) -> Sums:
    """
    Make sums of nothing.

    Parameters
    ----------
    layout : StructuralLayout
        The layout.
    groups : Groups
        The combinations of levels.
    n_points : int
        Number of points, S.

    Returns
    -------
    Sums
        Zeros.
    """
    g, d, p = len(groups.level), layout.n_team_effects, layout.n_covariates
    shapes = [(), (g, 1 + d), (g, 1 + d, 1 + d), (g, 1 + d), (p,), (g, 1 + d, p), (p, p), (p,)]
    shapes += [(2,), (layout.size, layout.size)]
    return Sums(*(np.zeros((n_points, *shape)) for shape in shapes))


def group_directions(layout: StructuralLayout, directions: Directions) -> FloatArray:
    """
    Differentiate each group's log rate by psi, as a linear function of the team's effect.

    Parameters
    ----------
    layout : StructuralLayout
        The layout.
    directions : Directions
        How the log rate moves.

    Returns
    -------
    ndarray of shape (S, n_groups, 1 + d, m)
        The constant part, and what multiplies each entry of b.
    """
    n_points, g, d = directions.multiplier.shape
    jacobian = np.zeros((n_points, g, 1 + d, layout.size))
    jacobian[:, :, 0, layout.intercept] = 1.0
    every = np.arange(g)
    for f in range(directions.level.shape[1]):
        jacobian[:, every, 0, directions.first_level + directions.level[:, f]] = 1.0
    for entry, (k, j) in enumerate(zip(*map(np.ndarray.tolist, np.tril_indices(d)), strict=True)):
        jacobian[:, :, 1 + j, directions.first_cholesky + entry] += directions.multiplier[:, :, k]
    for k, frequency in enumerate(directions.slope.tolist()):
        if frequency >= 0:
            column = directions.first_curve + directions.level[:, frequency]
            for j in range(k + 1):
                jacobian[:, every, 1 + j, column] += directions.lower[:, k, j, None]
    return jacobian


def gradient_of(layout: StructuralLayout, directions: Directions, sums: Sums) -> FloatArray:
    """
    Gradients by psi, without the part of the dispersion that depends on counts alone.

    Parameters
    ----------
    layout : StructuralLayout
        The layout.
    directions : Directions
        How the log rate moves.
    sums : Sums
        Of all teams.

    Returns
    -------
    ndarray of shape (S, m)
        The gradients.
    """
    jacobian = group_directions(layout, directions)
    gradient: FloatArray = np.einsum("sgi,sgim->sm", sums.slope, jacobian)
    gradient[:, layout.coefficients] += sums.covariate_slope
    gradient[:, layout.log_dispersion] += sums.dispersion[:, :1][:, : int(layout.has_dispersion)]
    return gradient


def information_of(layout: StructuralLayout, directions: Directions, sums: Sums) -> FloatArray:
    """
    Information by psi at the first point (Louis), without the counts' own part.

    Parameters
    ----------
    layout : StructuralLayout
        The layout.
    directions : Directions
        How the log rate moves.
    sums : Sums
        Of all teams.

    Returns
    -------
    ndarray of shape (m, m)
        Mean of minus the second derivatives, less the variance of the first.

    References
    ----------
    Louis, T. A. (1982), doi 10.1111/j.2517-6161.1982.tb01203.x.
    """
    jacobian = group_directions(layout, directions)[0]
    below = np.tril(sums.weight[0])
    weight = below + np.tril(below, -1).transpose(0, 2, 1)
    info: FloatArray = np.einsum("gim,gij,gjn->mn", jacobian, weight, jacobian)
    coefficients, dispersion = layout.coefficients, layout.log_dispersion
    mixed = np.einsum("gim,gip->mp", jacobian, sums.covariate_mixed[0])
    info[:, coefficients] += mixed
    info[coefficients, :] += mixed.T
    info[coefficients, coefficients] += sums.covariate_square[0]
    if layout.has_dispersion:
        cross = np.einsum("gim,gi->m", jacobian, sums.cross[0])
        cross[coefficients] += sums.covariate_cross[0]
        info[:, dispersion.start] += cross
        info[dispersion.start, :] += cross
        info[dispersion, dispersion] += sums.dispersion[0, 1]
    _subtract_curvature(info, directions, sums)
    below = np.tril(sums.variance[0])
    info -= below + np.tril(below, -1).T
    return np.asarray((info + info.T) / 2)


def _subtract_curvature(info: FloatArray, directions: Directions, sums: Sums) -> None:
    """Take off the slope times the second derivative of the log rate by curve and L."""
    for k, frequency in enumerate(directions.slope):
        if frequency < 0:
            continue
        curve = directions.first_curve + directions.level[:, frequency]
        first = directions.first_cholesky + k * (k + 1) // 2
        for j in range(k + 1):
            column = np.bincount(curve, sums.slope[0, :, 1 + j], minlength=len(info))
            info[:, first + j] -= column
            info[first + j, :] -= column
