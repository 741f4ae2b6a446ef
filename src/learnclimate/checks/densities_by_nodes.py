"""How likely ordered answers are, factors integrated out over nodes laid around their modes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import ParameterSet, parameters_of

if TYPE_CHECKING:
    from learnclimate.inference.factors.kernels_scores import Measure

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Nodes are drawn twice over, independently, so that their error is told: so many at a time, for
#: one factor and for more.
_NODES_OF_ONE, _NODES, _HALVES = 32, 64, 2
#: Nodes come from a Student's t, whose tails are heavier than those of what is integrated.
_DF = 7.0
_LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True)
class ByNodes:
    """
    Log densities of units, each computed from two sets of nodes.

    Attributes
    ----------
    halves : ndarray of shape (2, n_units, n_draws)
        By each set.
    """

    halves: FloatArray

    @property
    def logs(self) -> FloatArray:
        """From both sets together, (n_units, n_draws)."""
        return np.asarray(np.logaddexp(self.halves[0], self.halves[1]) - np.log(2.0))


def respondents_by_nodes(fit: FactorFit, chosen: IntArray, seed: int) -> ByNodes:
    """
    Integrate the factors of a model of one level out, respondent by respondent.

    Parameters
    ----------
    fit : FactorFit
        The fit, of ordered answers.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    seed : int
        Seed of the nodes.

    Returns
    -------
    ByNodes
        Of those who answered an item at least.
    """
    found, middle = parameters_of(fit, chosen), parameters_of(fit)
    values = _values(fit)
    nothing = np.zeros((len(values), fit.design.n_factors))
    halves = np.empty((_HALVES, len(values), len(chosen)))
    rng = np.random.default_rng([fit.private_seed(seed), 41])
    for half in halves:
        nodes = _around(values, nothing, _measure(fit, middle, 0), rng)
        for place in range(len(chosen)):
            heights = _heights(values, _measure(fit, found, place), nodes)
            heights += _log_normal(nodes.at, found.correlation[place])
            half[:, place] = special.logsumexp(heights, axis=1) - np.log(heights.shape[1])
    return ByNodes(halves)


def teams_by_nodes(fit: FactorFit, chosen: IntArray, seed: int) -> tuple[ByNodes, ByNodes]:
    """
    Integrate the factors of a model of two levels out: members' first, then the teams'.

    Parameters
    ----------
    fit : FactorFit
        The fit, of ordered answers.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    seed : int
        Seed of the nodes.

    Returns
    -------
    teams : ByNodes
        Of every team of which a member answered.
    members : ByNodes
        Of every respondent who answered, given the others of the team.
    """
    found, middle = parameters_of(fit, chosen), parameters_of(fit)
    values = _values(fit)
    team = fit.design.team[fit.design.answered]
    order, start = _sorted(team)
    drawn = fit.draws["posterior"]["team_factors"].to_numpy()
    drawn = drawn.reshape(-1, *drawn.shape[2:])[:, np.unique(team)]
    centre = drawn.mean(axis=0)
    spread = np.einsum("sta,stb->tab", drawn - centre, drawn - centre) / len(drawn)
    # A member's nodes must serve wherever the team's factors may lie.
    own = middle.correlation[0] + spread.mean(axis=0)
    mean = centre[np.unique(team, return_inverse=True)[1].ravel()]
    teams = np.empty((_HALVES, len(centre), len(chosen)))
    members = np.empty((_HALVES, len(values), len(chosen)))
    rng = np.random.default_rng([fit.private_seed(seed), 43])
    for half in range(_HALVES):
        nodes = _around(values, mean, _measure(fit, middle, 0, own), rng)
        over = _student(centre, np.linalg.cholesky(spread), rng)
        for place in range(len(chosen)):
            heights = _heights(values, _measure(fit, found, place), nodes)
            given = _given_team(heights[order], nodes.at[order], found.correlation[place],
                                (over.at, start))  # fmt: skip
            total = np.add.reduceat(given, start, axis=0)
            total += _log_normal(over.at, found.between[place]) - over.log_density
            teams[half, :, place] = special.logsumexp(total, axis=1) - np.log(total.shape[1])
            weight = total - special.logsumexp(total, axis=1, keepdims=True)
            apart = np.repeat(weight, np.diff(np.append(start, len(order))), axis=0) - given
            members[half, order, place] = -special.logsumexp(apart, axis=1)
    return ByNodes(teams), ByNodes(members)


@dataclass(frozen=True, slots=True)
class _Nodes:
    """Nodes of units, (n_units, n_nodes, n_factors), and the log density they are drawn from."""

    at: FloatArray
    log_density: FloatArray


def _values(fit: FactorFit) -> FloatArray:
    given = fit.design.categories[fit.design.answered]
    return np.where(given >= 0, given.astype(float), np.nan)


def _sorted(team: IntArray) -> tuple[IntArray, IntArray]:
    order = np.argsort(team, kind="stable")
    return order, np.flatnonzero(np.diff(team[order], prepend=-1))


def _measure(
    fit: FactorFit, found: ParameterSet, place: int, covariance: FloatArray | None = None
) -> "Measure":
    from learnclimate.inference.factors.kernels_scores import Measure

    own = found.correlation[place] if covariance is None else covariance
    return Measure(
        np.ascontiguousarray(found.loadings[place]),
        np.ascontiguousarray(found.thresholds[place]),
        fit.design.n_categories - 1,
        fit.model.link == "logit",
        np.linalg.inv(own),
    )


def _around(
    values: FloatArray, mean: FloatArray, measure: "Measure", rng: np.random.Generator
) -> _Nodes:
    """Lay nodes out where each respondent's factors may lie given the answers."""
    from learnclimate.inference.factors.kernels_scores import find_modes

    modes, roots = np.empty_like(mean), np.empty((*mean.shape, mean.shape[1]))
    find_modes(values, np.ascontiguousarray(mean), measure, modes, roots)
    return _student(modes, roots, rng)


def _student(centre: FloatArray, root: FloatArray, rng: np.random.Generator) -> _Nodes:
    """
    Spread nodes evenly over a Student's t of every unit, moved by chance from unit to unit.

    Errors of units are then independent, so that those of sums are known.
    """
    from scipy.stats import qmc

    n_units, n_factors = centre.shape
    points = qmc.Sobol(n_factors + 1, scramble=True, rng=rng).random(
        _NODES_OF_ONE if n_factors == 1 else _NODES
    )
    moved = (points + rng.random((n_units, 1, n_factors + 1))) % 1.0
    normal = special.ndtri(np.clip(moved[..., :-1], 1e-12, 1 - 1e-12))
    stretch = np.sqrt(_DF / special.chdtri(_DF, np.clip(moved[..., -1], 1e-12, 1 - 1e-12)))
    score = normal * stretch[..., None]
    log_root = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    square = (score**2).sum(axis=2)
    constant = special.gammaln((_DF + n_factors) / 2) - special.gammaln(_DF / 2)
    constant -= n_factors / 2 * np.log(_DF * np.pi)
    log_density = constant - (_DF + n_factors) / 2 * np.log1p(square / _DF) - log_root[:, None]
    return _Nodes(centre[:, None] + np.einsum("uab,unb->una", root, score), log_density)


def _heights(values: FloatArray, measure: "Measure", nodes: _Nodes) -> FloatArray:
    """Log probability of the answers at every node, over the density the node is drawn from."""
    from learnclimate.inference.factors.kernels_scores import find_answer_heights

    heights = np.empty(nodes.at.shape[:2])
    find_answer_heights(values, measure, nodes.at, heights)
    return np.asarray(heights - nodes.log_density)


def _log_normal(at: FloatArray, covariance: FloatArray) -> FloatArray:
    root = np.linalg.cholesky(covariance)
    standard = at @ np.linalg.inv(root).T
    constant = np.log(np.diag(root)).sum() + 0.5 * len(root) * _LOG_TWO_PI
    return np.asarray(-0.5 * (standard**2).sum(axis=-1) - constant)


def _given_team(
    heights: FloatArray, at: FloatArray, covariance: FloatArray, teams: tuple[FloatArray, IntArray]
) -> FloatArray:
    """Log probability of each member's answers given the team's nodes, (n, n_team_nodes)."""
    over, start = teams
    root = np.linalg.cholesky(covariance)
    standard, centre = at @ np.linalg.inv(root).T, over @ np.linalg.inv(root).T
    constant = np.log(np.diag(root)).sum() + 0.5 * len(root) * _LOG_TWO_PI + np.log(at.shape[1])
    base = heights - 0.5 * (standard**2).sum(axis=2)
    found = np.empty((len(at), over.shape[1]))
    ends = np.append(start[1:], len(at))
    for team, (first, last) in enumerate(zip(start, ends, strict=True)):
        apart = standard[first:last] @ centre[team].T
        apart += base[first:last, :, None] - 0.5 * (centre[team] ** 2).sum(axis=1)
        largest = apart.max(axis=1)
        summed = np.exp(apart - largest[:, None]).sum(axis=1)
        found[first:last] = np.log(summed) + largest
    return np.asarray(found - constant)
