"""How likely continuous answers of teams and members are, factors integrated out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import ParameterSet, parameters_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LOG_TWO_PI = float(np.log(2 * np.pi))


def normal_teams(fit: FactorFit, chosen: IntArray) -> tuple[FloatArray, FloatArray]:
    """
    Integrate the factors of a two-level model of continuous items out, in closed form.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws.

    Returns
    -------
    teams : ndarray of shape (n_teams, n_draws)
        Log density of the answers of every team of which a member answered.
    members : ndarray of shape (n_respondents, n_draws)
        Of every respondent who answered, given the others of the team.
    """
    design = fit.design
    values = design.numbers[design.answered]
    team = np.unique(design.team[design.answered], return_inverse=True)[1].ravel()
    found, posterior = parameters_of(fit, chosen), fit.draws["posterior"]
    mean, sd = (
        posterior[name].to_numpy().reshape(-1, len(design.items))[chosen]
        for name in ("item_means", "residual_sd")
    )
    teams = np.empty((int(team.max()) + 1, len(chosen)))
    members = np.empty((len(values), len(chosen)))
    for place in range(len(chosen)):
        own = _members(values - mean[place], sd[place], found, place)
        teams[:, place], members[:, place] = _integrated(own, team, len(teams))
    return teams, members


@dataclass(frozen=True, slots=True)
class _Members:
    """
    What members' answers tell of their team's factors, their own integrated out.

    Attributes
    ----------
    log_density : ndarray of shape (n,)
        Where the team's factors are 0.
    slope : ndarray of shape (n, n_factors)
        By the team's factors, in their independent standard coordinates.
    information : ndarray of shape (n, n_factors, n_factors)
        Of these.
    """

    log_density: FloatArray
    slope: FloatArray
    information: FloatArray


def _members(apart: FloatArray, sd: FloatArray, found: ParameterSet, place: int) -> _Members:
    """Take answers less their means, (n, n_items), NaN where open."""
    loadings = found.loadings[place] * sd[:, None]
    over = loadings @ _root(found.between[place])
    within = loadings @ found.correlation[place] @ loadings.T + np.diag(sd**2)
    known = np.isfinite(apart)
    patterns, of_member = np.unique(known, axis=0, return_inverse=True)
    n_factors = over.shape[1]
    told = _Members(np.empty(len(apart)), np.empty((len(apart), n_factors)),
                    np.empty((len(apart), n_factors, n_factors)))  # fmt: skip
    for one, pattern in enumerate(patterns):
        rows = np.flatnonzero(of_member.ravel() == one)
        root = np.linalg.cholesky(within[np.ix_(pattern, pattern)])
        standard = np.linalg.solve(root, apart[np.ix_(rows, pattern)].T).T
        turned = np.linalg.solve(root, over[pattern])
        constant = np.log(np.diag(root)).sum() + 0.5 * pattern.sum() * _LOG_TWO_PI
        told.log_density[rows] = -0.5 * (standard**2).sum(axis=1) - constant
        told.slope[rows] = standard @ turned
        told.information[rows] = turned.T @ turned
    return told


def _integrated(own: _Members, team: IntArray, n_teams: int) -> tuple[FloatArray, FloatArray]:
    n_factors = own.slope.shape[1]
    density = np.bincount(team, own.log_density, minlength=n_teams)
    slope, known = np.zeros((n_teams, n_factors)), np.zeros((n_teams, n_factors, n_factors))
    np.add.at(slope, team, own.slope)
    np.add.at(known, team, own.information)
    gained = _gained(slope, known)
    without = _gained(slope[team] - own.slope, known[team] - own.information)
    return density + gained, own.log_density + gained[team] - without


def _gained(slope: FloatArray, information: FloatArray) -> FloatArray:
    """Log of the average over standard normal factors of exp(slope'z - z'information z / 2)."""
    precision = information + np.eye(slope.shape[1])
    solved = np.linalg.solve(precision, slope[..., None])[..., 0]
    return np.asarray(0.5 * (slope * solved).sum(axis=-1) - 0.5 * np.linalg.slogdet(precision)[1])


def _root(covariance: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
