"""Fit a factor model with its factors integrated out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ModelError
from learnclimate.inference.engine import EngineDraws, SamplingOptions
from learnclimate.inference.factors.continuous import (
    ContinuousPosterior,
    continuous_posterior,
    continuous_variables,
    start_of_items,
)
from learnclimate.inference.factors.continuous_two_level import (
    ContinuousTeamPosterior,
    continuous_team_posterior,
)
from learnclimate.inference.factors.grid import even_grid, whole_runs
from learnclimate.inference.factors.mode import Mode, find_mode
from learnclimate.inference.factors.ordinal import OrdinalPosterior, answers_of
from learnclimate.inference.factors.parameters import FactorParameters, factor_parameters
from learnclimate.inference.factors.sampling import ParameterDraws, sample_parameters
from learnclimate.inference.factors.separable import SeparablePosterior, parts_of
from learnclimate.inference.factors.two_level import (
    TeamMoments,
    TwoLevelPosterior,
    members_of,
)
from learnclimate.inference.factors.variables import ordinal_variables
from learnclimate.measurement.factor_design import FactorDesign
from learnclimate.measurement.factor_model import FactorDeclaration

FloatArray = npt.NDArray[np.float64]

_MOST_FACTORS = 3
_MOST_AT_TWO_LEVELS = 2
_MOMENTS_BLOCK = 256


@dataclass(frozen=True, slots=True)
class FactorProblem:
    """
    A factor model brought together with its answers.

    Attributes
    ----------
    model : FactorModel or GradedResponse
        The declaration.
    design : FactorDesign
        The answers.
    """

    model: FactorDeclaration
    design: FactorDesign


def obstacle(problem: FactorProblem) -> str | None:
    """
    Say why factors cannot be integrated out on a grid.

    Parameters
    ----------
    problem : FactorProblem
        The problem.

    Returns
    -------
    str or None
        The reason; None where they can.
    """
    n_factors = problem.design.n_factors
    if problem.model.link == "identity":
        return None
    if problem.model.levels == "team" and n_factors > _MOST_AT_TWO_LEVELS:
        return (
            f"{n_factors} factors at two levels are more than the {_MOST_AT_TWO_LEVELS} that can "
            "be integrated out"
        )
    if n_factors > _MOST_FACTORS:
        return f"{n_factors} factors are more than the {_MOST_FACTORS} that can be integrated out"
    if n_factors == _MOST_FACTORS and problem.model.cross_loadings is not None:
        return f"{n_factors} factors with cross-loadings are too many to integrate out"
    return None


def is_slow_grid(problem: FactorProblem) -> bool:
    """
    Say whether the grid of the factors is so large that chains on it take minutes.

    Parameters
    ----------
    problem : FactorProblem
        The problem.

    Returns
    -------
    bool
        True of three factors, and of two with a team level, whose answers are categories.
    """
    most = 1 if problem.model.levels == "team" else 2
    return problem.model.link != "identity" and problem.design.n_factors > most


def run_marginal(
    problem: FactorProblem, *, draws: int, seed: int, insist: bool = True
) -> EngineDraws:
    """
    Sample the parameters with the factors integrated out, and certify the draws.

    Parameters
    ----------
    problem : FactorProblem
        The problem.
    draws : int
        Draws in total, a multiple of 4.
    seed : int
        Seed.
    insist : bool, default True
        See `sample_parameters`.

    Returns
    -------
    EngineDraws
        The draws.

    Raises
    ------
    ModelError
        If the factors cannot be integrated out.
    EngineError
        If no mode is found.
    """
    reason = obstacle(problem)
    if reason is not None:
        raise ModelError(f"The marginal engine does not apply: {reason}. Use engine='auto'.")
    mode = posterior_mode(problem)
    drawn = sample_parameters(mode, draws=draws, seed=seed, insist=insist)
    posterior = _variables(problem, mode, drawn.theta)
    if isinstance(mode.target, TwoLevelPosterior | ContinuousTeamPosterior):
        posterior["team_factors"] = _team_factors(mode.target, drawn, posterior["slopes"], seed)
    stats = {"log_weight": drawn.log_weight, "lp": drawn.log_target}
    return EngineDraws(
        posterior, stats, drawn.certificate, constants={"log_evidence": drawn.log_evidence}
    )


class MarginalFactors:
    """The marginal engine of factor models, as an engine beside others."""

    name = "marginal"

    def obstacle(self, problem: FactorProblem) -> str | None:
        """
        Say why factors cannot be integrated out on a grid.

        Parameters
        ----------
        problem : FactorProblem
            The problem.

        Returns
        -------
        str or None
            The reason; None where they can.
        """
        return obstacle(problem)

    def run(self, problem: FactorProblem, options: SamplingOptions) -> EngineDraws:
        """
        Sample the parameters with the factors integrated out.

        Parameters
        ----------
        problem : FactorProblem
            The problem.
        options : SamplingOptions
            Draws and seed.

        Returns
        -------
        EngineDraws
            The draws.
        """
        return run_marginal(problem, draws=options.draws, seed=options.seed)


def _variables(problem: FactorProblem, mode: Mode, theta: FloatArray) -> dict[str, FloatArray]:
    if isinstance(mode.target, ContinuousPosterior):
        return continuous_variables(mode.target, problem.design, theta)
    if isinstance(mode.target, ContinuousTeamPosterior):
        return continuous_variables(mode.target.single, problem.design, theta)
    logit = problem.model.link == "logit"
    return ordinal_variables(_parameters(problem), problem.design, theta, logit=logit)


def posterior_mode(problem: FactorProblem) -> Mode:
    """
    Find the mode of the parameters' posterior, factors integrated out.

    Parameters
    ----------
    problem : FactorProblem
        The problem.

    Returns
    -------
    Mode
        The mode.
    """
    if problem.model.link == "identity":
        one_level = continuous_posterior(problem.model, problem.design)
        start, unit = _start(problem, one_level.parameters)
        items = start_of_items(one_level)
        widths = np.full(len(items), unit[0])
        continuous: ContinuousPosterior | ContinuousTeamPosterior = one_level
        if problem.model.levels == "team":
            continuous = continuous_team_posterior(problem.model, problem.design)
        return find_mode(continuous, np.concatenate([start, items]), np.concatenate([unit, widths]))
    target = factor_posterior(problem)
    start, unit = _start(problem, target.parameters)
    return find_mode(target, start, unit)


def factor_posterior(
    problem: FactorProblem,
) -> OrdinalPosterior | SeparablePosterior | TwoLevelPosterior:
    """
    Set up the posterior of the parameters of an ordinal factor model.

    Parameters
    ----------
    problem : FactorProblem
        The problem.

    Returns
    -------
    OrdinalPosterior, SeparablePosterior or TwoLevelPosterior
        To be anchored before it is evaluated.
    """
    design = problem.design
    parameters = _parameters(problem)
    answers = answers_of(design, logit=problem.model.link == "logit")
    grid = even_grid(1, 1.0)
    runs = whole_runs(len(answers.rows), len(grid.nodes))
    if problem.model.levels == "team":
        members = members_of(answers, design.team)
        return TwoLevelPosterior(parameters, answers, members, grid, grid, runs)
    if design.n_factors > 1 and problem.model.cross_loadings is None:
        parts, of_pattern = parts_of(answers, design.own_factor)
        nowhere = np.zeros((len(of_pattern), design.n_factors - 1, 2), dtype=np.int64)
        return SeparablePosterior(parameters, answers, parts, of_pattern, (), nowhere)
    return OrdinalPosterior(parameters, answers, grid, runs, np.zeros(0, dtype=np.int64))


def _parameters(problem: FactorProblem) -> FactorParameters:
    return factor_parameters(problem.model, problem.design)


def _start(problem: FactorProblem, parameters: FactorParameters) -> tuple[FloatArray, FloatArray]:
    """Start at loadings of .7 with each item's sign in what its scale shares."""
    design = problem.design
    own, between, teams, over, _ = parameters.parts
    start, unit = np.zeros(parameters.size), np.ones(parameters.size)
    is_own = design.loading_factor == design.own_factor[design.loading_item]
    start[own] = np.where(is_own, 0.88 * item_signs(design)[design.loading_item], 0.0)
    start[between] = start[over] = 0.3
    n = max(int(design.answered.sum()), 1)
    unit[: between.stop] = min(1.0, 1.8 / np.sqrt(n))
    unit[teams] = unit[over] = 0.3
    return start, unit


def item_signs(design: FactorDesign) -> FloatArray:
    """
    Guess the sign of every item's loading on its own factor.

    Parameters
    ----------
    design : FactorDesign
        The answers.

    Returns
    -------
    ndarray of shape (n_items,)
        1, or -1 for an item that goes against most of its scale.
    """
    answered, values = design.categories >= 0, design.numbers
    centred = np.where(answered, values - np.nanmean(values, axis=0), 0.0)
    signs = np.ones(len(design.items))
    for factor in range(design.n_factors):
        own = np.flatnonzero(design.own_factor == factor)
        # The leading direction tells which items go together; most of them point up.
        direction = np.linalg.eigh(centred[:, own].T @ centred[:, own])[1][:, -1]
        signs[own] = np.where(direction * np.sign(direction.sum() or 1.0) < 0, -1.0, 1.0)
    return signs


def _team_factors(
    target: TwoLevelPosterior | ContinuousTeamPosterior,
    drawn: ParameterDraws,
    slopes: FloatArray,
    seed: int,
) -> FloatArray:
    """
    Draw the teams' factors given the parameters.

    Given these they are nearly normal; their means, covariances and skewnesses are exact, by
    quadrature. Of continuous items they are normal.
    """
    theta = drawn.theta.reshape(-1, drawn.theta.shape[2])
    distinct, place = np.unique(theta, axis=0, return_inverse=True)
    found = [
        target.team_moments(distinct[first : first + _MOMENTS_BLOCK])
        for first in range(0, len(distinct), _MOMENTS_BLOCK)
    ]
    moments = TeamMoments(*(
        np.concatenate([getattr(each, name) for each in found])[place.ravel()]
        for name in ("mean", "root", "skewness")
    ))  # fmt: skip
    rng = np.random.default_rng([seed, 7])
    factors = moments.factors(rng.standard_normal(moments.mean.shape))
    # The same mirror images as those of the loadings.
    raw = target.parameters.point(theta).loadings
    told = slopes.reshape(len(theta), *slopes.shape[2:])
    signs = np.where((raw * told).sum(axis=1) < 0, -1.0, 1.0)
    factors = factors * signs[:, None, :]
    return np.asarray(factors.reshape(*drawn.theta.shape[:2], *factors.shape[1:]))
