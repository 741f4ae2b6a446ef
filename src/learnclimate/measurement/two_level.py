"""Covariances of items within and between teams: most likely values and posterior draws."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.measurement.covariance_draws import inverse_wishart
from learnclimate.measurement.resampling import jackknife_weights

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ROUNDS = 1000
#: Replicates need be no more exact than this.
_ROUGH = 1e-5
#: How much nearer an extrapolation may come to a direction in which teams do not differ.
_NEARER = 0.1
_CHAINS, _WARMUP = 8, 150
_PRIOR_SHARE = 0.02


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
    for _ in range(_ROUNDS):
        first = _em_step(moments, weighed, now)
        second = _em_step(moments, weighed, first)
        step, bend = _difference(first, now), _difference(second, first)
        if np.abs(bend).max() < tolerance * size:
            return second
        now = _em_step(moments, weighed, _extrapolated(now, step, bend - step, second))
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


def posterior_levels(
    moments: TeamMoments, at: LevelCovariances, n_draws: int, rng: np.random.Generator
) -> LevelCovariances:
    """
    Draw the covariances of both levels from their posterior, by Gibbs sampling.

    The priors are inverse-Wishart with one degree of freedom more than there are items,
    which makes every correlation equally likely, about a fiftieth of the items' variances.

    Parameters
    ----------
    moments : TeamMoments
        The answers by team.
    at : LevelCovariances
        Where to start.
    n_draws : int
        How many draws; eight chains make them.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    LevelCovariances
        One set a draw, chain by chain.

    References
    ----------
    Gelman and others (2013), Bayesian data analysis, sections 3.6 and 15.1,
    doi 10.1201/b16018.
    """
    n_items = moments.means.shape[1]
    prior = _PRIOR_SHARE * np.diag(np.diag(at.within[0] + at.between[0]))
    scatter = moments.scatters.sum(axis=0)
    within = np.repeat(at.within[:1], _CHAINS, axis=0)
    between = np.repeat(at.between[:1], _CHAINS, axis=0) + 0.1 * prior
    each = -(-n_draws // _CHAINS)
    kept_within = np.empty((_CHAINS, each, n_items, n_items))
    kept_between = np.empty_like(kept_within)
    n_respondents, n_teams = moments.sizes.sum(), len(moments.sizes)
    for round_ in range(_WARMUP + each):
        effects, centre = _drawn_effects(moments, within, between, rng)
        spread = effects.transpose(0, 2, 1) @ effects
        between = inverse_wishart(rng, prior + spread, n_items + 1.0 + n_teams, _CHAINS)
        apart = moments.means[None] - centre[:, None, :] - effects
        around = np.einsum("j,cjp,cjq->cpq", moments.sizes, apart, apart)
        within = inverse_wishart(
            rng, prior + scatter + around, n_items + 1.0 + n_respondents, _CHAINS
        )
        if round_ >= _WARMUP:
            kept_within[:, round_ - _WARMUP] = within
            kept_between[:, round_ - _WARMUP] = between
    shape = (-1, n_items, n_items)
    return LevelCovariances(
        kept_within.reshape(shape)[:n_draws], kept_between.reshape(shape)[:n_draws]
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


def _shrinkage(
    sizes: FloatArray, within: FloatArray, between: FloatArray
) -> tuple[FloatArray, FloatArray, IntArray]:
    """
    Precision of a team's mean, posterior variance of its effect, by distinct team size.

    Shapes (n_sets, n_sizes, n_items, n_items) twice, and (n_teams,).
    """
    distinct, place = np.unique(sizes, return_inverse=True)
    mean_variance = between[:, None] + within[:, None] / distinct[:, None, None]
    precision = np.linalg.inv(mean_variance)
    left = between[:, None] @ precision
    remaining = between[:, None] - left @ between[:, None]
    return precision, 0.5 * (remaining + remaining.transpose(0, 1, 3, 2)), place.astype(np.int64)


def _centres(
    moments: TeamMoments, weights: FloatArray, precision: FloatArray, place: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Generalised least squares means of the items, and their precision."""
    n_sizes = precision.shape[1]
    members = place[:, None] == np.arange(n_sizes)[None, :]
    by_size = weights @ members
    sums = np.einsum("sj,jm,jp->smp", weights, members.astype(float), moments.means, optimize=True)
    total = np.einsum("sm,smpq->spq", by_size, precision)
    right = np.einsum("smpq,smq->sp", precision, sums)
    return np.linalg.solve(total, right[:, :, None])[:, :, 0], total


def _em_step(moments: TeamMoments, weights: FloatArray, now: LevelCovariances) -> LevelCovariances:
    within, between = now.within, now.between
    precision, remaining, place = _shrinkage(moments.sizes, within, between)
    centre, _ = _centres(moments, weights, precision, place)
    apart = moments.means[None] - centre[:, None, :]
    effects = np.empty_like(apart)
    left = between[:, None] @ precision
    left_over = np.zeros_like(within)
    spread = np.zeros_like(within)
    residual = np.einsum("sj,jpq->spq", weights, moments.scatters)
    for size in range(precision.shape[1]):
        here = place == size
        effects[:, here] = apart[:, here] @ left[:, size].transpose(0, 2, 1)
        count = weights[:, here].sum(axis=1)[:, None, None]
        respondents = (weights[:, here] @ moments.sizes[here])[:, None, None]
        spread += count * remaining[:, size]
        left_over += respondents * remaining[:, size]
    spread += np.einsum("sj,sjp,sjq->spq", weights, effects, effects, optimize=True)
    rest = apart - effects
    weighed = weights * moments.sizes
    residual += np.einsum("sj,sjp,sjq->spq", weighed, rest, rest, optimize=True) + left_over
    n_teams = weights.sum(axis=1)[:, None, None]
    n_respondents = weighed.sum(axis=1)[:, None, None]
    return LevelCovariances(residual / n_respondents, spread / n_teams)


def _drawn_effects(
    moments: TeamMoments, within: FloatArray, between: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw the items' means and the teams' effects, given the covariances."""
    n_chains, n_items = within.shape[:2]
    precision, remaining, place = _shrinkage(moments.sizes, within, between)
    weights = np.ones((n_chains, len(moments.sizes)))
    centre, total = _centres(moments, weights, precision, place)
    root = np.linalg.cholesky(np.linalg.inv(total))
    centre = centre + (root @ rng.standard_normal((n_chains, n_items, 1)))[:, :, 0]
    apart = moments.means[None] - centre[:, None, :]
    left = (between[:, None] @ precision)[:, place]
    jitter = 1e-12 * np.trace(between, axis1=1, axis2=2)[:, None, None, None] * np.eye(n_items)
    spread = np.linalg.cholesky(remaining + jitter)[:, place]
    noise = rng.standard_normal(apart.shape)
    effects = np.einsum("cjpq,cjq->cjp", left, apart) + np.einsum("cjpq,cjq->cjp", spread, noise)
    return effects, centre
