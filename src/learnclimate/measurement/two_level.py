"""Covariances of items within and between teams: most likely values and draws."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.measurement.resampling import bayesian_bootstrap_weights, jackknife_weights

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ROUNDS = 1000
#: Replicates need be no more exact than this.
_ROUGH = 1e-5
#: How much nearer an extrapolation may come to a direction in which teams do not differ.
_NEARER = 0.1
#: Share of the items' mean variance that is added where a root is taken.
_HAIR = 1e-10
#: Numbers held at once for each array of a block of draws.
_BLOCK = 500_000


@dataclass(frozen=True, slots=True)
class TeamMoments:
    """
    All that a two-level normal model reads of the answers.

    Attributes
    ----------
    means : ndarray of shape (n_teams, n_items)
        Means of the teams.
    sizes : ndarray of shape (n_teams,)
        Respondents of the teams, at least 1.
    scatters : ndarray of shape (n_teams, n_items, n_items)
        Sums of products of deviations from the team's means.
    """

    means: FloatArray
    sizes: FloatArray
    scatters: FloatArray


@dataclass(frozen=True, slots=True)
class LevelCovariances:
    """
    Covariances of items at the two levels.

    Attributes
    ----------
    within, between : ndarray of shape (n_sets, n_items, n_items)
        Among respondents of a team, and among the teams' own levels.
    """

    within: FloatArray
    between: FloatArray


def team_moments(values: FloatArray, team: IntArray) -> TeamMoments:
    """
    Sum the answers up by team.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Complete answers.
    team : ndarray of shape (n_respondents,), int
        Each respondent's team, from 0; teams without respondents are left out.

    Returns
    -------
    TeamMoments
        By team.
    """
    _, place = np.unique(team, return_inverse=True)
    sizes = np.bincount(place).astype(float)
    means = np.zeros((len(sizes), values.shape[1]))
    np.add.at(means, place, values)
    means /= sizes[:, None]
    deviations = values - means[place]
    scatters = np.zeros((len(sizes), values.shape[1], values.shape[1]))
    np.add.at(scatters, place, deviations[:, :, None] * deviations[:, None, :])
    return TeamMoments(means, sizes, scatters)


def most_likely(
    moments: TeamMoments,
    weights: FloatArray | None = None,
    start: LevelCovariances | None = None,
    tolerance: float = 1e-8,
) -> LevelCovariances:
    """
    Maximise the two-level normal likelihood over unrestricted covariances, by EM.

    Extrapolation speeds the steps up, since EM crawls where teams hardly differ in some
    direction.

    Parameters
    ----------
    moments : TeamMoments
        The answers by team.
    weights : ndarray of shape (n_sets, n_teams), optional
        Weights of the teams; all 1 where left out.
    start : LevelCovariances, optional
        Where to start.
    tolerance : float
        Steps smaller than this share of the items' variances end the search.

    Returns
    -------
    LevelCovariances
        One set a row of weights.

    References
    ----------
    Muthén (1994), Multilevel covariance structure analysis, Sociological Methods and
    Research 22, 376-398, doi 10.1177/0049124194022003006; Varadhan and Roland (2008),
    Scandinavian Journal of Statistics 35, 335-353, doi 10.1111/j.1467-9469.2007.00585.x.
    """
    weighed = np.ones((1, len(moments.sizes))) if weights is None else weights
    now = _begin(moments, len(weighed)) if start is None else _repeated(start, len(weighed))
    size = float(np.trace(now.within[0] + now.between[0])) / moments.means.shape[1]
    active = np.arange(len(weighed))
    for _ in range(_ROUNDS):
        here = LevelCovariances(now.within[active], now.between[active])
        first = _em_step(moments, weighed[active], here)
        second = _em_step(moments, weighed[active], first)
        step, bend = _difference(first, here), _difference(second, first)
        going = np.abs(bend).max(axis=(1, 2, 3)) >= tolerance * size
        further = _extrapolated(here, step, bend - step, second)
        pick = going[:, None, None]
        now.within[active] = np.where(pick, further.within, second.within)
        now.between[active] = np.where(pick, further.between, second.between)
        active = active[going]
        if not len(active):
            break
    return now


def jackknifed(
    moments: TeamMoments, at: LevelCovariances, rng: np.random.Generator
) -> LevelCovariances:
    """
    Estimate anew with each group of teams left out.

    Parameters
    ----------
    moments : TeamMoments
        The answers by team.
    at : LevelCovariances
        The estimates with all teams, where to start.
    rng : numpy.random.Generator
        Random numbers, which put the teams into groups.

    Returns
    -------
    LevelCovariances
        One set a group.
    """
    return most_likely(moments, jackknife_weights(rng, len(moments.sizes)), at, _ROUGH)


def bootstrapped(
    moments: TeamMoments, at: LevelCovariances, n_draws: int, rng: np.random.Generator
) -> LevelCovariances:
    """
    Draw the covariances by the Bayesian bootstrap over teams.

    Each draw is the most likely pair of matrices with teams weighed anew. Conjugate priors
    are of no use here: with few teams they pull the covariances between teams to nothing.

    Parameters
    ----------
    moments : TeamMoments
        The answers by team.
    at : LevelCovariances
        The estimates with all teams, where to start.
    n_draws : int
        How many draws.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    LevelCovariances
        One set a draw.
    """
    weights = bayesian_bootstrap_weights(rng, n_draws, len(moments.sizes))
    width = max(1, _BLOCK // moments.means.size)
    parts = [
        most_likely(moments, weights[start : start + width], at, _ROUGH)
        for start in range(0, n_draws, width)
    ]
    return LevelCovariances(
        np.concatenate([part.within for part in parts]),
        np.concatenate([part.between for part in parts]),
    )


def _begin(moments: TeamMoments, n_sets: int) -> LevelCovariances:
    n_respondents, n_teams = moments.sizes.sum(), len(moments.sizes)
    pooled = moments.scatters.sum(axis=0) / max(n_respondents - n_teams, 1)
    total = np.atleast_2d(np.cov(moments.means.T))
    between = 0.5 * np.diag(np.diag(total)) + 0.25 * total
    return _repeated(LevelCovariances(pooled[None], between[None]), n_sets)


def _repeated(start: LevelCovariances, n_sets: int) -> LevelCovariances:
    return LevelCovariances(
        np.repeat(start.within[:1], n_sets, axis=0), np.repeat(start.between[:1], n_sets, axis=0)
    )


def _difference(later: LevelCovariances, earlier: LevelCovariances) -> FloatArray:
    """Stack the changes at both levels, (n_sets, 2, n_items, n_items)."""
    return np.stack([later.within - earlier.within, later.between - earlier.between], axis=1)


def _extrapolated(
    now: LevelCovariances, step: FloatArray, bend: FloatArray, floor: LevelCovariances
) -> LevelCovariances:
    """Follow the steps further than they go, but stay among covariance matrices."""
    lengths = [np.sqrt((part**2).sum(axis=(1, 2, 3))) for part in (step, bend)]
    reach = np.maximum(lengths[0] / np.maximum(lengths[1], 1e-300), 1.0)[:, None, None, None]
    moved = 2 * reach * step + reach**2 * bend
    return LevelCovariances(
        _lifted(now.within + moved[:, 0], floor.within),
        _lifted(now.between + moved[:, 1], floor.between),
    )


def _lifted(matrices: FloatArray, floor: FloatArray) -> FloatArray:
    """Lift eigenvalues to a share of the smallest of another matrix."""
    least = _NEARER * np.linalg.eigvalsh(floor)[:, :1]
    values, vectors = np.linalg.eigh(matrices)
    values = np.maximum(values, np.maximum(least, 1e-12))
    return np.asarray((vectors * values[:, None, :]) @ vectors.transpose(0, 2, 1))


def _em_step(moments: TeamMoments, weights: FloatArray, now: LevelCovariances) -> LevelCovariances:
    """
    Take one step, in coordinates in which neither level's items go together.

    There every team's precision is diagonal, so that teams of many sizes cost no more than
    teams of one.
    """
    to, back, ratio = _uncorrelated(now)
    sizes = moments.sizes[None, :, None]
    weighed = weights[:, :, None]
    levels = moments.means[None] @ to
    variance = ratio[:, None, :] + 1 / sizes
    precision = weighed / variance
    centre = (precision * levels).sum(axis=1) / precision.sum(axis=1)
    apart = levels - centre[:, None, :]
    effects = ratio[:, None, :] / variance * apart
    remaining = weighed * ratio[:, None, :] / (sizes * variance)
    between = _products(effects, weighed, remaining)
    within = _products(apart - effects, weighed * sizes, remaining * sizes)
    n_items = moments.means.shape[1]
    scatter = (weights @ moments.scatters.reshape(len(moments.sizes), -1)).reshape(
        -1, n_items, n_items
    )
    n_teams = weights.sum(axis=1)[:, None, None]
    n_respondents = (weights @ moments.sizes)[:, None, None]
    turned = back.transpose(0, 2, 1)
    return LevelCovariances(
        (scatter + back @ within @ turned) / n_respondents, back @ between @ turned / n_teams
    )


def _uncorrelated(now: LevelCovariances) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Find coordinates in which the items do not go together, and vary by 1 within teams.

    The way there and the way back, (n_sets, n_items, n_items) each, and the variances
    between teams, (n_sets, n_items).
    """
    # Items that tell one another within teams, be it in a replicate alone, leave no root.
    mean = np.einsum("sii->s", now.within)[:, None, None] / now.within.shape[1]
    root = np.linalg.cholesky(now.within + _HAIR * mean * np.eye(now.within.shape[1]))
    inverse = np.linalg.inv(root)
    ratio, vectors = np.linalg.eigh(inverse @ now.between @ inverse.transpose(0, 2, 1))
    to = inverse.transpose(0, 2, 1) @ vectors
    return to, root @ vectors, np.maximum(ratio, 0.0)


def _products(values: FloatArray, weights: FloatArray, diagonal: FloatArray) -> FloatArray:
    """Weighted sums over teams of products of the values, with more on the diagonal."""
    found = (weights * values).transpose(0, 2, 1) @ values
    place = np.arange(values.shape[2])
    found[:, place, place] += diagonal.sum(axis=1)
    return np.asarray(found)
