"""From psi to the posterior variables that every engine gives."""

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from learnclimate.counts.design import CountDesign
from learnclimate.inference.marginal.parameters.layout import StructuralLayout
from learnclimate.inference.marginal.parameters.step_columns import StepColumns, summed_shifts

FloatArray = npt.NDArray[np.float64]


def posterior_variables(
    psi: FloatArray,
    layout: StructuralLayout,
    design: CountDesign,
    shifts: tuple[StepColumns, ...] = (),
) -> dict[str, FloatArray]:
    """
    Read the posterior variables off psi; team effects excepted.

    Parameters
    ----------
    psi : ndarray of shape (S, m)
        Structural parameters.
    layout : StructuralLayout
        Their layout.
    design : CountDesign
        The data, without the columns that stand for shifts of slopes.
    shifts : tuple of StepColumns
        Those columns.

    Returns
    -------
    dict of str to ndarray of shape (S, ...)
        Those of `learnclimate.core.labels.POSTERIOR_DIMS` that the model has.
    """
    coding = design.coding
    every = psi[:, layout.coefficients]
    coefficients = every[:, : len(coding.covariate_labels)]
    found = {"intercept": psi[:, layout.intercept] - coefficients @ design.covariate_means}
    if coding.frequencies:
        found |= _frequency_variables(psi, layout, design)
    if coding.covariate_labels:
        found["covariate_effects"] = coefficients
    if shifts:
        summed, n_shifts = summed_shifts(every, shifts), len(coding.slope_shifts)
        if n_shifts:
            found["slope_shifts"] = summed[:, :n_shifts]
        if coding.composition:
            found["composition_effects"] = summed[:, n_shifts:]
    d = layout.n_team_effects
    if d:
        lower = np.zeros((len(psi), d, d))
        rows, columns = np.tril_indices(d)
        lower[:, rows, columns] = psi[:, layout.cholesky]
        # Scaled first: the square of a standard deviation near 0 has no digits left.
        largest = np.abs(lower).max(axis=2)
        lower = lower / largest[:, :, None]
        length = np.sqrt((lower**2).sum(axis=2))
        sd = largest * length
        found["team_sd"] = sd
        if d > 1:
            factor = lower / length[:, :, None]
            correlation = factor @ factor.transpose(0, 2, 1)
            correlation[:, range(d), range(d)] = 1.0
            found["team_correlation"] = correlation
    if layout.has_dispersion:
        name = "dispersion" if design.asked.trials is None else "concentration"
        found[name] = np.exp(psi[:, layout.log_dispersion.start])
    if layout.has_unknown_levels:
        found["level_probability"] = np.exp(psi[:, layout.log_level_shares])
    return found | _zero_variables(psi, layout, design)


def _zero_variables(
    psi: FloatArray, layout: StructuralLayout, design: CountDesign
) -> dict[str, FloatArray]:
    if not layout.has_zero:
        return {}
    centre, coefficients = psi[:, layout.zero_intercept.start], psi[:, layout.zero_coefficients]
    found = {
        "zero_probability": expit(centre),
        "zero_intercept": centre - coefficients @ design.zero_covariate_means,
    }
    if layout.n_zero_covariates:
        found["zero_covariate_effects"] = coefficients
    if layout.zero_has_levels:
        curve = psi[:, layout.zero_levels]
        stops = np.cumsum(layout.n_levels)
        found["zero_frequency_curve"] = curve
        found["zero_frequency_effect"] = curve[:, stops - 1]
        frequencies = design.coding.frequencies
        if any(frequency.kind == "monotonic" for frequency in frequencies):
            most = max(frequency.n_steps for frequency in frequencies)
            shape = np.zeros((len(psi), len(frequencies), most))
            for i, (stop, frequency) in enumerate(zip(stops, frequencies, strict=True)):
                own = curve[:, stop - len(frequency.levels) : stop]
                # An effect of exactly 0 leaves the steps open; equal ones stand for them.
                whole = np.where(own[:, -1:] == 0, 1.0, own[:, -1:])
                steps = np.diff(own, axis=1) / whole
                even = np.full_like(steps, 1 / frequency.n_steps)
                shape[:, i, : frequency.n_steps] = np.where(own[:, -1:] == 0, even, steps)
            found["zero_frequency_shape"] = shape
    return found


def _frequency_variables(
    psi: FloatArray, layout: StructuralLayout, design: CountDesign
) -> dict[str, FloatArray]:
    frequencies = design.coding.frequencies
    levels, curves = psi[:, layout.level_effects], psi[:, layout.slope_curves]
    stops = np.cumsum(layout.n_levels)
    found = {"frequency_curve": levels, "frequency_effect": levels[:, stops - 1]}
    if any(frequency.kind == "monotonic" for frequency in frequencies):
        most = max(frequency.n_steps for frequency in frequencies)
        shape = np.zeros((len(psi), len(frequencies), most))
        for i, (stop, frequency) in enumerate(zip(stops, frequencies, strict=True)):
            curve = curves[:, stop - len(frequency.levels) : stop]
            shape[:, i, : frequency.n_steps] = np.diff(curve, axis=1)
        found["frequency_shape"] = shape
    return found
