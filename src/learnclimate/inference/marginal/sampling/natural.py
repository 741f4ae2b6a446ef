"""Coordinates in which the log likelihood of structural parameters is nearly a polynomial."""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from learnclimate.counts.coding import DesignCoding
from learnclimate.inference.marginal.kernels.points import lower_triangles
from learnclimate.inference.marginal.parameters.layout import StructuralLayout
from learnclimate.inference.marginal.parameters.step_columns import StepColumns, summed_shifts

FloatArray = npt.NDArray[np.float64]

#: A variance of log rates far below this looks like none to any data.
_UNSEEN = 0.02


def natural_coordinates(
    layout: StructuralLayout,
    coding: DesignCoding,
    psi: FloatArray,
    shifts: tuple[StepColumns, ...] = (),
) -> FloatArray:
    """
    Map psi to natural coordinates, as many as there are outer parameters.

    Log rates stay as they are, those of a monotone frequency as the last one and its curve,
    which a slope may follow too. The covariance of the team effects becomes the logs of the
    variances of as many combinations of them as it has entries, and the dispersion the
    log of the variance it stands for: in these the log likelihood is smooth even where a
    variance nears 0 or a correlation nears 1, and bends less than in scores of the prior.

    Parameters
    ----------
    layout : StructuralLayout
        The layout of psi.
    coding : DesignCoding
        How the design was coded.
    psi : ndarray of shape (S, m)
        Points.
    shifts : tuple of StepColumns
        Coefficients that stand for shifts of slopes; the shifts are shown in their place.

    Returns
    -------
    ndarray of shape (S, p)
        The coordinates.
    """
    levels, curves = psi[:, layout.level_effects], psi[:, layout.slope_curves]
    straight = psi[:, : layout.coefficients.stop]
    plain = shifts[0].columns.start if shifts else layout.n_covariates
    shown = [straight[:, : 1 + plain], summed_shifts(straight[:, 1:], shifts)]
    first = 0
    for frequency in coding.frequencies:
        last = first + len(frequency.levels)
        if frequency.kind == "unordered":
            shown.append(levels[:, first + 1 : last])
        else:
            shown.append(levels[:, last - 1 : last])
        if frequency.kind == "monotonic":
            shown.append(curves[:, first + 1 : last - 1])
        first = last
    along = _directions(layout.n_team_effects) @ lower_triangles(layout, psi)
    with np.errstate(over="ignore"):
        shown.append(np.log(_UNSEEN + (along**2).sum(axis=2)))
        shown.append(np.log(_UNSEEN + np.exp(-psi[:, layout.log_dispersion])))
    # Against the lowest: ratios, since the probabilities add up to 1.
    shares = psi[:, layout.log_level_shares]
    shown.append(shares[:, 1:] - shares[:, :1])
    return np.hstack([*shown, *_of_zeros(layout, coding, psi)])


def _of_zeros(layout: StructuralLayout, coding: DesignCoding, psi: FloatArray) -> list[FloatArray]:
    """Log odds of the zero part: effects, and steps between levels instead of a curve."""
    shown = [psi[:, layout.zero_intercept.start : layout.zero_coefficients.stop]]
    if layout.zero_has_levels:
        first = layout.zero_levels.start
        for frequency in coding.frequencies:
            last = first + len(frequency.levels)
            free = frequency.kind != "linear"
            shown.append(psi[:, first + 1 if free else last - 1 : last])
            first = last
    return shown


def _directions(d: int) -> FloatArray:
    """List combinations of effects, (n, d), whose variances determine the covariance."""
    unit = np.eye(d)
    found = list(unit[:1])
    for j in range(1, d):
        found += [unit[0] + unit[j], unit[0] + unit[j] / 2]
    found += [unit[0] + unit[i] + unit[j] for i, j in combinations(range(1, d), 2)]
    return np.array(found).reshape(len(found), d)
