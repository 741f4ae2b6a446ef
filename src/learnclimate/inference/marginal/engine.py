"""`MarginalEngine`: team effects integrated out, outer parameters sampled and certified."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ModelError
from learnclimate.inference.certificate import Certificate
from learnclimate.inference.engine import (
    CountProblem,
    EngineDraws,
    EngineError,
    SamplingOptions,
)
from learnclimate.inference.marginal.kernels.compilation import first_words
from learnclimate.inference.marginal.likelihood.family_preparation import needs_rows
from learnclimate.inference.marginal.likelihood.sharding import one_blas_thread
from learnclimate.inference.marginal.parameters.parameter_map import parameter_map
from learnclimate.inference.marginal.parameters.variables import posterior_variables
from learnclimate.inference.marginal.sampling.mode_search import posterior_mode, refuse_unbounded
from learnclimate.inference.marginal.sampling.outer import (
    OuterDraws,
    OuterSettings,
    sample_and_certify,
)
from learnclimate.inference.marginal.sampling.proposal import symmetric_proposal
from learnclimate.inference.marginal.sampling.target import MarginalPosterior, marginal_posterior
from learnclimate.inference.marginal.teams.team_answers import team_answers
from learnclimate.inference.progress import working

FloatArray = npt.NDArray[np.float64]

_CHAINS = 4
_MOST_TEAM_EFFECTS = 3
_MOST_PARAMETERS = 60


class MarginalEngine:
    """
    Quadrature over the teams, importance sampling over the rest, and a certificate.

    Parameters
    ----------
    by_nuts : bool, default True
        Whether the outer parameters are sampled by NUTS where importance sampling does not
        reach their posterior. Without, such draws come back at once, with a certificate that
        did not pass.
    """

    name = "marginal"
    _by_nuts = True

    def __init__(self, *, by_nuts: bool = True) -> None:
        self._by_nuts = by_nuts

    def obstacle(self, problem: CountProblem) -> str | None:
        """
        Say why the engine does not apply.

        Parameters
        ----------
        problem : CountProblem
            The problem.

        Returns
        -------
        str or None
            The reason in words; None where the engine applies.
        """
        coding = problem.design.coding
        if coding.department_effects:
            return "it does not integrate department effects out"
        if coding.latent_composition:
            return "latent means of the teams are parameters that it does not integrate out"
        n_effects = len(coding.team_effects)
        if n_effects > _MOST_TEAM_EFFECTS:
            return (
                f"{n_effects} team effects are too many to integrate out "
                f"(at most {_MOST_TEAM_EFFECTS})"
            )
        zero = problem.design.coding.zero
        if zero is not None and zero.team_intercept:
            return "team effects on both parts of a family with a zero part are not integrated out"
        n_parameters = parameter_map(problem).size
        if n_parameters > _MOST_PARAMETERS:
            return (
                f"{n_parameters} parameters besides the team effects are too many for importance "
                f"sampling (at most {_MOST_PARAMETERS})"
            )
        return None

    def run(self, problem: CountProblem, options: SamplingOptions) -> EngineDraws:
        """
        Sample the posterior and certify the draws.

        Parameters
        ----------
        problem : CountProblem
            The problem.
        options : SamplingOptions
            How to sample.

        Returns
        -------
        EngineDraws
            The draws, with ``log_weight`` and ``lp`` among the sample statistics and
            ``log_evidence`` and ``nodes`` among the constants.

        Raises
        ------
        EngineError
            If the search for the mode or the arithmetic fails; another engine may succeed.
        FitError
            If the data leave an effect without bounds.
        """
        try:
            with (
                one_blas_thread(),
                np.errstate(over="ignore", invalid="ignore", divide="ignore"),
            ):
                return _drawn(problem, options, by_nuts=self._by_nuts)
        except (FloatingPointError, np.linalg.LinAlgError) as error:
            # No wider: any other error is a mistake of ours, which a detour would hide.
            raise EngineError(
                f"The marginal engine's arithmetic broke down ({error}): data or priors lie far "
                "out. Use engine='nuts', or look at model.priors_for(survey)."
            ) from error


def _drawn(problem: CountProblem, options: SamplingOptions, *, by_nuts: bool) -> EngineDraws:
    rows = needs_rows(problem.model, problem.design)
    with working(first_words("Finding the mode", needs_rows=rows), shown=options.progress):
        target = marginal_posterior(problem, options.executor)
        mode = posterior_mode(problem, target)
        target = target.anchored(mode.theta)
        refuse_unbounded(problem, target, mode)
    settings = OuterSettings(draws=options.draws, seed=options.seed, by_nuts=by_nuts)
    proposal = symmetric_proposal(mode.theta, mode.covariance)
    with working("Sampling the outer parameters", shown=options.progress):
        outer = sample_and_certify(target, proposal, settings)
    with working("Drawing the team effects", shown=options.progress):
        return _assembled(problem, target, outer, options)


def _assembled(
    problem: CountProblem, target: MarginalPosterior, outer: OuterDraws, options: SamplingOptions
) -> EngineDraws:
    """Bring outer draws and team effects into the form of every engine."""
    psi = target.parameters.psi(outer.theta.reshape(-1, outer.theta.shape[2]))
    layout = target.parameters.layout
    shifts = target.parameters.shifts
    variables = posterior_variables(psi, layout, problem.design, shifts)
    if shifts:
        options = _with_team_draws(options)
    teams = team_answers(target.likelihood, psi, outer.nodes, options, target.workers)
    target.workers.release()
    if teams.effects is not None:
        variables["team_effects"] = teams.effects
    standardised = teams.standardised
    return EngineDraws(
        posterior=_by_chain(variables),
        sample_stats={"lp": outer.log_target, "log_weight": outer.log_weight},
        certificate=Certificate(
            outer.engine, (*outer.checks, *teams.checks), (*outer.actions, *teams.actions)
        ),
        constants={"log_evidence": outer.log_evidence, "nodes": float(outer.nodes)},
        team_summary=teams.summary,
        standardised=None if standardised is None else _by_chain(standardised),
    )


def _with_team_draws(options: SamplingOptions) -> SamplingOptions:
    """Keep the draws of the team effects: their moments do not tell of people at other levels."""
    if options.team_draws is False:
        raise ModelError(
            "fit(team_draws=False) does not go with moderators, interactions or between: answers "
            "rest on the draws of the team effects. Leave team_draws out."
        )
    return replace(options, team_draws=True)


def _by_chain(variables: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    return {
        name: np.ascontiguousarray(values).reshape((_CHAINS, -1, *values.shape[1:]))
        for name, values in variables.items()
    }
