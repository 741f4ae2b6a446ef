"""From posterior variables back to the structural parameters of the marginal likelihood."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.prediction import slope_curves
from learnclimate.inference.marginal.parameters.layout import StructuralLayout

FloatArray = npt.NDArray[np.float64]

#: Keeps a correlation of 1 factorisable.
_JITTER = 1e-12


def structural_draws(
    draws: Mapping[str, FloatArray], design: CountDesign, layout: StructuralLayout
) -> FloatArray:
    """
    Lay out posterior variables as the marginal likelihood of a design reads them.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (S, ...)
        Posterior variables, of any engine.
    design : CountDesign
        The data whose likelihood is meant: its means of the covariates are the place of
        the intercept.
    layout : StructuralLayout
        Where each parameter goes.

    Returns
    -------
    ndarray of shape (S, m)
        One row a draw.
    """
    n_draws = len(draws["intercept"])
    psi = np.zeros((n_draws, layout.size))
    psi[:, layout.intercept] = draws["intercept"]
    if layout.n_covariates:
        psi[:, layout.coefficients] = draws["covariate_effects"]
        psi[:, layout.intercept] += draws["covariate_effects"] @ design.covariate_means
    if layout.n_levels:
        psi[:, layout.level_effects] = draws["frequency_curve"]
        shape = draws.get("frequency_shape")
        psi[:, layout.slope_curves] = slope_curves(design.coding, shape, n_draws)
    d = layout.n_team_effects
    if d:
        correlation = draws.get("team_correlation", np.ones((n_draws, d, d)))
        factor = np.linalg.cholesky(correlation + _JITTER * np.eye(d))
        lower = draws["team_sd"][:, :, None] * factor
        rows, columns = np.tril_indices(d)
        psi[:, layout.cholesky] = lower[:, rows, columns]
    if layout.has_dispersion:
        name = "dispersion" if "dispersion" in draws else "concentration"
        psi[:, layout.log_dispersion] = np.log(draws[name])[:, None]
    if layout.has_unknown_levels:
        psi[:, layout.log_level_shares] = np.log(draws["level_probability"])
    if layout.has_zero:
        effects = draws.get("zero_covariate_effects", np.empty((n_draws, 0)))
        centre = draws["zero_intercept"] + effects @ design.zero_covariate_means
        psi[:, layout.zero_intercept] = centre[:, None]
        psi[:, layout.zero_coefficients] = effects
    if layout.zero_has_levels:
        psi[:, layout.zero_levels] = draws["zero_frequency_curve"]
    return psi
