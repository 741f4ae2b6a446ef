"""`MarginalEngine`: team effects integrated out, outer parameters sampled and certified."""

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import FitError
from learnclimate.inference.certificate import Certificate, CertificateCheck
from learnclimate.inference.engine import CountProblem, EngineDraws, SamplingOptions
from learnclimate.inference.marginal.certificate_checks import TEAMS, team_check
from learnclimate.inference.marginal.mode import Mode, find_mode
from learnclimate.inference.marginal.outer import OuterDraws, OuterSettings, sample_and_certify
from learnclimate.inference.marginal.parameters import ParameterMap
from learnclimate.inference.marginal.proposal import symmetric_proposal
from learnclimate.inference.marginal.target import MarginalPosterior, marginal_posterior
from learnclimate.inference.marginal.team_effects import draw_team_effects
from learnclimate.inference.marginal.variables import posterior_variables
from learnclimate.inference.progress import working

FloatArray = npt.NDArray[np.float64]

_CHAINS = 4
_MOST_TEAM_EFFECTS = 3
_MOST_PARAMETERS = 60
_MODE_NODES = 5
#: A log rate with a wider posterior than this runs off to rates without meaning.
_WIDEST = 20.0
_MORE_PROPOSALS = 64


class MarginalEngine:
    """Quadrature over the teams, importance sampling over the rest, and a certificate."""

    name = "marginal"

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
        n_effects = len(problem.design.coding.team_effects)
        if n_effects > _MOST_TEAM_EFFECTS:
            return (
                f"{n_effects} team effects are too many to integrate out "
                f"(at most {_MOST_TEAM_EFFECTS})"
            )
        if problem.model.family.name not in ("poisson", "negative_binomial"):
            return f"the family {problem.model.family!r} is not among those it integrates"
        n_parameters = marginal_posterior(problem).parameters.size
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
        FitError
            If the posterior has no mode, or its data are separated.
        """
        with working("Finding the mode", shown=options.progress):
            target = marginal_posterior(problem, options.executor)
            start = target.parameters.start(np.log(max(problem.design.mean_rate, 1e-3)))
            mode = find_mode(target, start, nodes=_MODE_NODES)
            _refuse_separated(target.parameters, mode)
            target = target.anchored(mode.theta)
        settings = OuterSettings(draws=options.draws, seed=options.seed)
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
    variables = posterior_variables(psi, layout, problem.design)
    checks, actions = outer.checks, outer.actions
    if layout.n_team_effects:
        effects, check, action = _team_effects(target, psi, options.seed)
        variables["team_effects"] = effects
        checks, actions = (*checks, check), (*actions, *action)
    n_draws = options.draws // _CHAINS
    return EngineDraws(
        posterior={
            name: np.ascontiguousarray(values).reshape((_CHAINS, n_draws, *values.shape[1:]))
            for name, values in variables.items()
        },
        sample_stats={"lp": outer.log_target, "log_weight": outer.log_weight},
        certificate=Certificate(outer.engine, checks, actions),
        constants={"log_evidence": outer.log_evidence, "nodes": float(outer.nodes)},
    )


def _team_effects(
    target: MarginalPosterior, psi: FloatArray, seed: int
) -> tuple[FloatArray, CertificateCheck, tuple[str, ...]]:
    """Draw the team effects; with more proposals where a team's weights are uneven."""
    drawn = draw_team_effects(target.likelihood, psi, seed=seed)
    check = team_check(drawn.khat)
    if check.verdict != "bad":
        return drawn.effects, check, ()
    drawn = draw_team_effects(target.likelihood, psi, seed=seed + 1, proposals=_MORE_PROPOSALS)
    again = team_check(drawn.khat)
    words = (
        f"The draws of some team's effects rested on few proposals ({TEAMS}, Pareto shape "
        f"{check.value:.2f}): drew them again from {_MORE_PROPOSALS} proposals each."
    )
    return drawn.effects, again, (words,)


def _refuse_separated(parameters: ParameterMap, mode: Mode) -> None:
    """Refuse a posterior that runs off along a log rate, naming the coordinate."""
    values = parameters.quantities(mode.theta[None])[0]
    spread = np.sqrt(np.diag(mode.covariance))
    for i, parameter in enumerate(parameters.parameters):
        if not parameter.name.startswith(("intercept", "covariate_effects", "frequency_")):
            continue
        slope = float(parameter.scale.slope(mode.theta[i], values[i]))
        if slope * spread[i] > _WIDEST:
            raise FitError(
                f"The answers say next to nothing about {parameter.name!r}: its posterior spreads "
                f"over {slope * spread[i]:.0f} on the log rate, and rests on its prior "
                f"{parameter.scale.prior!r} alone. Often one group reported no activity at all. "
                "Give it a narrower prior, such as Normal(0, 1), or merge groups."
            )
