"""Where to look for the mode of a problem's posterior, and whether it can be used."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import FitError
from learnclimate.core.labels import level_label
from learnclimate.counts.design import CountDesign
from learnclimate.inference.engine import CountProblem, EngineError
from learnclimate.inference.marginal.mode import Mode, find_mode
from learnclimate.inference.marginal.moments import Moments, moments_of, some_teams
from learnclimate.inference.marginal.parameters import ParameterMap
from learnclimate.inference.marginal.target import MarginalPosterior, marginal_posterior

FloatArray = npt.NDArray[np.float64]

_NODES = 5
#: With more teams than this, the mode is sought for some of them first.
_MANY_TEAMS = 4000
_FEW_TEAMS = 1000
_SHARE = 20
#: A log rate with a wider posterior than this runs off to rates without meaning.
_WIDEST = 8.0
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


def refuse_unbounded(problem: CountProblem, parameters: ParameterMap, mode: Mode) -> None:
    """
    Refuse a posterior that runs off along a log rate, to rates without meaning.

    Parameters
    ----------
    problem : CountProblem
        The problem.
    parameters : ParameterMap
        Its outer parameters.
    mode : Mode
        The mode of its posterior.

    Raises
    ------
    FitError
        Naming the coordinate and its prior. A covariate is judged per standard deviation, one
        of two values by their difference, so that its unit does not count.
    """
    layout, slopes = parameters.layout, parameters.jacobian(mode.theta)
    spread = np.sqrt(np.einsum("ij,jk,ik->i", slopes, mode.covariance, slopes))
    units = _units(problem.design)
    spread[layout.coefficients] *= units
    for i, name in enumerate(parameters.names):
        rows = [i] if i <= layout.n_covariates else _level_rows(parameters, name)
        width = float(spread[rows].max(initial=0.0))
        if width > _WIDEST:
            unit = units[i - 1] if 0 < i <= layout.n_covariates else 1.0
            raise FitError(
                f"The answers say next to nothing about {name!r}: its posterior spreads over "
                f"{width:.0f} on the log rate, and rests on its prior "
                f"{parameters.parameters[i].scale.prior!r} alone. Often one group reported no "
                f"activity at all. Give it a narrower prior, such as Normal(0, {1 / unit:.2g}), or "
                "merge groups."
            )


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
    moments = moments_of(problem.design)
    try:
        return find_mode(target, target.parameters.start(moments), nodes=_NODES)
    except EngineError as error:
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
