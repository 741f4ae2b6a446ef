"""Draws of all team effects at a few of a fit's draws, made anew where the fit keeps moments."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import FitError
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.disclosure.private_seed import private_seed
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.marginal.engine import MarginalEngine
from learnclimate.inference.marginal.likelihood.family_preparation import needs_rows, prepare_family
from learnclimate.inference.marginal.likelihood.likelihood import prepare
from learnclimate.inference.marginal.parameters.layout import structural_layout
from learnclimate.inference.marginal.parameters.step_columns import with_step_draws
from learnclimate.inference.marginal.teams.family_effects import draw_family_effects
from learnclimate.inference.marginal.teams.team_effects import draw_team_effects
from learnclimate.inference.private_seed import answers_of
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


def redrawn_team_effects(
    fit: Fit, picked: IntArray, *, teams: IntArray | None = None
) -> FloatArray:
    """
    Draw the effects of teams at some of a fit's draws.

    Parameters
    ----------
    fit : Fit
        A fit that still holds its respondents.
    picked : ndarray of shape (n_picked,)
        Which draws, the chains behind one another.
    teams : ndarray of shape (n_chosen,), int, optional
        Which teams, in rising order; all where left out.

    Returns
    -------
    ndarray of shape (n_picked, n_chosen, n_team_effects)
        From their distribution given the other parameters at each draw.

    Raises
    ------
    FitError
        If the fit holds no respondents, or is one that the marginal engine cannot make.
    """
    if fit.design is None:
        raise FitError(
            "This fit keeps moments of its teams' effects and holds no respondents to draw them "
            "anew from. Save it with include_respondents=True, or fit with team_draws=True."
        )
    problem = CountProblem(fit.model, fit.design, resolve_priors(fit.priors, fit.design))
    obstacle = MarginalEngine().obstacle(problem)
    if obstacle is not None:
        raise FitError(
            "This fit lacks the effects of some teams, and the marginal engine cannot draw them "
            f"anew: {obstacle}. Check the fit before saving it, or save it with "
            "include_respondents=True."
        )
    posterior = fit.draws["posterior"].to_dataset()
    n_chains, length = posterior["intercept"].shape
    draws: Mapping[str, FloatArray] = {
        str(name): np.reshape(values.to_numpy(), (n_chains * length, *values.shape[2:]))[picked]
        for name, values in posterior.data_vars.items()
    }
    # Slopes that are shifted, and composition, are columns of what the likelihood reads.
    design, draws = with_step_draws(problem, draws)
    seed = private_seed(fit.provenance.seed, *answers_of(fit.design))
    if teams is not None:
        design = design.of_teams(teams)
        # Every set of teams gets random numbers of its own.
        seed = int(np.random.SeedSequence([seed, int(teams[0])]).generate_state(1)[0])
    psi = structural_draws(draws, design, structural_layout(fit.model, design))
    if needs_rows(fit.model, design):
        rowwise = prepare_family(fit.model, design).anchor(psi.mean(axis=0))
        return draw_family_effects(rowwise, psi, seed=seed).effects
    likelihood = prepare(fit.model, design).anchor(psi.mean(axis=0))
    return draw_team_effects(likelihood, psi, seed=seed).effects
