"""Where to look for the mode of a problem's posterior, and whether it can be used."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import FitError
from learnclimate.core.labels import level_label
from learnclimate.counts.design import CountDesign
from learnclimate.inference.engine import CountProblem, EngineError
from learnclimate.inference.marginal.parameters.moments import Moments, some_teams
from learnclimate.inference.marginal.parameters.parameter_map import ParameterMap
from learnclimate.inference.marginal.sampling.family_moments import starting_moments
from learnclimate.inference.marginal.sampling.mode import Mode, find_mode
from learnclimate.inference.marginal.sampling.target import MarginalPosterior, marginal_posterior

FloatArray = npt.NDArray[np.float64]

_NODES = 5
#: With more teams than this, the mode is sought for some of them first.
_MANY_TEAMS = 4000
_FEW_TEAMS = 1000
_SHARE = 20
#: A log rate with a wider posterior than this runs off to rates without meaning.
_WIDEST = 8.0
#: What is wider than this by its curvature is looked at closely. A silent group's posterior has
#: about the slope exp(x) - s: its curvature says sqrt(1 / s), while it spreads over sqrt(2) / s.
_LOOKED_AT = 2.0
#: Steps away from the mode, in what the curvature takes for standard deviations.
_STEPS = np.sinh(np.linspace(-4.2, 4.2, 49))
#: A prior that puts what the answers point to further out than this, as a normal score.
_FAR = 5.5


def posterior_mode(problem: CountProblem, target: MarginalPosterior) -> Mode:
    """
    Find the mode of a problem's outer posterior.

    It is sought where moments point to and, where there are many teams, for some of them
    before it is for all: the whole likelihood is then computed a few times only.

    Parameters
    ----------
    problem : CountProblem
        The problem.
    target : MarginalPosterior
        Its posterior.

    Returns
    -------
    Mode
        The mode.

    Raises
    ------
    EngineError
        If the search fails.
    """
    n_teams = problem.design.n_teams
    sizes = []
    while n_teams > _MANY_TEAMS:
        n_teams = max(n_teams // _SHARE, _FEW_TEAMS)
        sizes.append(n_teams)
    start = None
    for size in reversed(sizes):
        some = replace(problem, design=some_teams(problem.design, size))
        of_some = marginal_posterior(some)
        start = _recentred(_climbed(some, of_some, start).theta, of_some, problem.design)
    return _climbed(problem, target, start)


def refuse_unbounded(problem: CountProblem, target: MarginalPosterior, mode: Mode) -> None:
    """
    Refuse a posterior that runs off along a log rate, to rates without meaning.

    Where a group reported no activity at all, the posterior falls steeply on one side of its
    mode and hardly on the other, and its curvature at the mode tells of the steep side: what
    is wide by its curvature is followed to both sides.

    Parameters
    ----------
    problem : CountProblem
        The problem.
    target : MarginalPosterior
        Its posterior, best anchored at the mode.
    mode : Mode
        The mode of its posterior.

    Raises
    ------
    FitError
        Naming the coordinate and its prior. A covariate is judged per standard deviation, one
        of two values by their difference, so that its unit does not count.
    """
    parameters = target.parameters
    slopes = parameters.jacobian(mode.theta)
    spread = np.sqrt(np.einsum("ij,jk,ik->i", slopes, mode.covariance, slopes))
    units = _units(problem.design)
    widths = np.zeros(parameters.size)
    of_one = np.ones(parameters.size)
    for i, name in enumerate(parameters.names):
        straight = i < parameters.n_straight
        rows = [i] if straight else _level_rows(parameters, name)
        of_one[i] = float(units[i - 1]) if straight and i > 0 else 1.0
        widths[i] = of_one[i] * float(spread[rows].max(initial=0.0))
        if _LOOKED_AT < widths[i] <= _WIDEST:
            widths[i] = of_one[i] * max(_wider_side(target, mode, row) for row in rows)
    worst = int(np.argmax(widths))
    if widths[worst] > _WIDEST:
        raise FitError(
            f"The answers say next to nothing about {parameters.names[worst]!r}: its posterior "
            f"spreads over {widths[worst]:.0f} on the log rate, and rests on priors alone, its own "
            f"{parameters.parameters[worst].scale.prior!r}. Often one group reported no "
            f"activity at all. Give it a narrower prior, such as "
            f"Normal(0, {1 / of_one[worst]:.2g}), or merge groups."
        )


def _wider_side(target: MarginalPosterior, mode: Mode, row: int) -> float:
    """
    Root mean square distance from the mode to that side where it is larger.

    Of a normal posterior it is the standard deviation, and of half a normal density, which is
    what a prior leaves of an effect without bounds on one side, that of the whole. The other
    parameters follow as the curvature at the mode makes them.
    """
    slope = target.parameters.jacobian(mode.theta)[row]
    along = mode.covariance @ slope / np.sqrt(slope @ mode.covariance @ slope)
    theta = mode.theta + _STEPS[:, None] * along
    log_density = target.log_density(theta, _NODES)
    mass = np.exp(log_density - log_density.max()) * np.gradient(_STEPS)
    value = target.parameters.psi(theta)[:, row]
    square = (value - value[len(_STEPS) // 2]) ** 2
    sides = (_STEPS <= 0, _STEPS >= 0)
    return max(float(np.sqrt(mass[of] @ square[of] / mass[of].sum())) for of in sides)


def _units(design: CountDesign) -> FloatArray:
    """Differences of each covariate that are worth speaking of."""
    low, high = design.covariates.min(axis=0), design.covariates.max(axis=0)
    of_two = ((design.covariates == low) | (design.covariates == high)).all(axis=0)
    return np.where(of_two, high - low, design.covariate_sds)


def _level_rows(parameters: ParameterMap, name: str) -> list[int]:
    """Rows of psi that hold the log rate ratios which a frequency's coordinate moves most."""
    row = parameters.layout.level_effects.start
    for frequency in parameters.coding.frequencies:
        if name == f"frequency_effect[{frequency.name}]":
            return [row + frequency.n_steps]
        for level in frequency.levels[1:]:
            if name == f"frequency_curve[{level_label(frequency.name, level)}]":
                return [row + frequency.levels.index(level)]
        row += len(frequency.levels)
    return []


def _climbed(problem: CountProblem, target: MarginalPosterior, start: FloatArray | None) -> Mode:
    if start is not None:
        return find_mode(target, start, nodes=_NODES)
    moments = starting_moments(problem.model.family, problem.design)
    try:
        return find_mode(target, target.parameters.start(moments), nodes=_NODES)
    except EngineError as error:
        if moments.far_apart:
            # A few huge teams made the moments: they accuse no prior.
            return find_mode(target, np.zeros(target.parameters.size), nodes=_NODES)
        words = _contradiction(target.parameters, moments)
        if words is None:
            raise
        raise FitError(words) from error


def _contradiction(parameters: ParameterMap, moments: Moments) -> str | None:
    """Name a prior that lies far from all that the answers say, if there is one."""
    quantities = parameters.pointed_to(moments)
    scores = parameters.scores_of(quantities)
    worst = int(np.argmax(np.abs(scores)))
    if abs(scores[worst]) < _FAR:
        return None
    parameter, found = parameters.parameters[worst], quantities[worst]
    return (
        f"The prior {parameter.scale.prior!r} of {parameter.name!r} contradicts the answers, which "
        f"point to about {found:.2g}, and no posterior between the two could be found. Give a "
        f"prior that allows for {found:.2g}: CountModel(priors=Priors(...))."
    )


def _recentred(theta: FloatArray, of_some: MarginalPosterior, design: CountDesign) -> FloatArray:
    """Move an intercept from the covariates' means in some teams to those in all."""
    parameters, some = of_some.parameters, of_some.likelihood.design
    coefficients = parameters.psi(theta[None])[0, parameters.layout.coefficients]
    moved = theta.copy()
    slope = parameters.jacobian(theta)[0, 0]
    moved[0] += coefficients @ (design.covariate_means - some.covariate_means) / slope
    return moved if np.isfinite(moved[0]) else theta
