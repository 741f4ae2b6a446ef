"""Draws of all team effects at a few of a fit's draws, made anew where the fit keeps moments."""

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import FitError
from learnclimate.counts.prediction import slope_curves
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.marginal.layout import StructuralLayout, structural_layout
from learnclimate.inference.marginal.likelihood import prepare
from learnclimate.inference.marginal.team_effects import draw_team_effects

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Memory of the draws made anew: 256 MiB.
_MOST_BYTES = 2**28
_FEWEST = 20
#: Keeps a correlation of 1 factorisable.
_JITTER = 1e-12


def most_redrawn(fit: Fit) -> int:
    """
    Tell at how many draws the effects of all teams fit in memory.

    Parameters
    ----------
    fit : Fit
        A fit that keeps moments.

    Returns
    -------
    int
        At least 20.
    """
    one = 8 * fit.provenance.n_teams * len(fit.coding.team_effects)
    return max(_FEWEST, _MOST_BYTES // one)


def redrawn_team_effects(fit: Fit, picked: IntArray) -> FloatArray:
    """
    Draw the effects of all teams at some of a fit's draws.

    Parameters
    ----------
    fit : Fit
        A fit that still holds its respondents.
    picked : ndarray of shape (n_picked,)
        Which draws, the chains behind one another.

    Returns
    -------
    ndarray of shape (n_picked, n_teams, n_team_effects)
        From their distribution given the other parameters at each draw.

    Raises
    ------
    FitError
        If the fit holds no respondents.
    """
    if fit.design is None:
        raise FitError(
            "This fit keeps moments of its teams' effects and holds no respondents to draw them "
            "anew from. Save it with include_respondents=True, or fit with team_draws=True."
        )
    layout = structural_layout(fit.model, fit.design)
    psi = _psi(fit, layout, picked)
    likelihood = prepare(fit.model, fit.design).anchor(psi.mean(axis=0))
    return draw_team_effects(likelihood, psi, seed=fit.provenance.seed).effects


def _psi(fit: Fit, layout: StructuralLayout, picked: IntArray) -> FloatArray:
    """Structural parameters at some draws of the posterior variables."""
    posterior = fit.draws["posterior"].to_dataset()
    n_chains, length = posterior["intercept"].shape
    draws = {
        str(name): np.reshape(values.to_numpy(), (n_chains * length, *values.shape[2:]))[picked]
        for name, values in posterior.data_vars.items()
    }
    psi = np.zeros((len(picked), layout.size))
    psi[:, layout.intercept] = draws["intercept"]
    if layout.n_covariates and fit.design is not None:
        psi[:, layout.coefficients] = draws["covariate_effects"]
        psi[:, layout.intercept] += draws["covariate_effects"] @ fit.design.covariate_means
    if layout.n_levels:
        psi[:, layout.level_effects] = draws["frequency_curve"]
        shape = draws.get("frequency_shape")
        psi[:, layout.slope_curves] = slope_curves(fit.coding, shape, len(picked))
    d = layout.n_team_effects
    correlation = draws.get("team_correlation", np.ones((len(picked), d, d)))
    factor = np.linalg.cholesky(correlation + _JITTER * np.eye(d))
    lower = draws["team_sd"][:, :, None] * factor
    rows, columns = np.tril_indices(d)
    psi[:, layout.cholesky] = lower[:, rows, columns]
    if layout.has_dispersion:
        psi[:, layout.log_dispersion] = np.log(draws["dispersion"])[:, None]
    return psi
