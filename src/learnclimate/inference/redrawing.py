"""Draws of all team effects at a few of a fit's draws, made anew where the fit keeps moments."""

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import FitError
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.marginal.layout import structural_layout
from learnclimate.inference.marginal.likelihood import prepare
from learnclimate.inference.marginal.team_effects import draw_team_effects
from learnclimate.inference.structural_draws import structural_draws

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Memory of the draws made anew: 256 MiB.
_MOST_BYTES = 2**28
_FEWEST = 20


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
    posterior = fit.draws["posterior"].to_dataset()
    n_chains, length = posterior["intercept"].shape
    draws = {
        str(name): np.reshape(values.to_numpy(), (n_chains * length, *values.shape[2:]))[picked]
        for name, values in posterior.data_vars.items()
    }
    psi = structural_draws(draws, fit.design, layout)
    likelihood = prepare(fit.model, fit.design).anchor(psi.mean(axis=0))
    return draw_team_effects(likelihood, psi, seed=fit.provenance.seed).effects
