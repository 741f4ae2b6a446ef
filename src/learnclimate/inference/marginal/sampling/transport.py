"""A proposal close to its target: marginals by quantiles, coordinates that bend the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import interpolate, linalg, special

from learnclimate.inference.marginal.sampling.importance import WeightedDraws
from learnclimate.inference.marginal.sampling.proposal import Proposal

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Normal scores at which the quantiles of a marginal are taken.
_SCORES = np.linspace(-2.4, 2.4, 9)
#: Least slope of a marginal's quantiles, in standard deviations a score.
_LEAST_SLOPE = 0.02
#: Of normal scores, which have about unit variance.
_LEAST_VARIANCE = 1e-3
#: Degrees of freedom of the noise and share of the wide one, usually and with care for the tails.
_TAILS = ((20.0, 0.15), (6.0, 0.3))
#: Coordinates, the first ones, whose squares and products bend the later ones.
_MOST_BENDING = 6
#: Where a coordinate stops to bend others further, in standard deviations.
_SATURATED = 2.5
_MOST_LOG_SCALE = 2.0
#: Draws to fit to; prior observations that each bend is 0; Newton's steps.
_FITTED_TO, _RIDGE, _STEPS = 4096, 10.0, 5


@dataclass(frozen=True, slots=True)
class Marginals:
    """
    Quantile functions of the marginals, by normal score: cubic between knots, straight beyond.

    Attributes
    ----------
    coefficients : ndarray of shape (4, n_knots - 1, p)
        Of each cubic, the highest power first.
    """

    coefficients: FloatArray

    def values(self, scores: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Map normal scores (S, p) to quantiles and their slopes, both (S, p)."""
        step = _SCORES[1] - _SCORES[0]
        inside = np.clip(scores, _SCORES[0], _SCORES[-1])
        place = np.minimum(((inside - _SCORES[0]) / step).astype(np.int64), len(_SCORES) - 2)
        column = np.arange(scores.shape[1])
        a, b, c, d = (each[place, column] for each in self.coefficients)
        x = inside - _SCORES[place]
        slope = (3 * a * x + 2 * b) * x + c
        return ((a * x + b) * x + c) * x + d + slope * (scores - inside), slope

    def scores(self, quantiles: FloatArray) -> FloatArray:
        """Invert `values`, to about 1e-3, for points (S, p)."""
        grid = np.linspace(-8.0, 8.0, 6401)
        table, _ = self.values(np.repeat(grid[:, None], quantiles.shape[1], axis=1))
        columns = zip(quantiles.T, table.T, strict=True)
        return np.column_stack([np.interp(points, known, grid) for points, known in columns])


@dataclass(frozen=True, slots=True)
class Bend:
    """
    How the mean and the log scale of each coordinate follow from those before it.

    Attributes
    ----------
    straight, product : ndarray of shape (p, p + 1) and (p, n_products)
        Coefficients of the mean: constant and saturated coordinates; their products.
    log_scale : ndarray of shape (p, p + 1 + n_bending)
        Coefficients of the log scale: constant, saturated coordinates, squares of the first.
    """

    straight: FloatArray
    product: FloatArray
    log_scale: FloatArray

    def followed(self, noise: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Turn noise (S, p) into coordinates (S, p), with the log volume (S,) of the change."""
        n, p = noise.shape
        bending = _n_bending(p)
        found = np.empty_like(noise)
        plain, product = _blank_features(n, p)
        log_volume = np.zeros(n)
        for j in range(p):
            squares = plain[:, 1 : 1 + min(j, bending)] ** 2
            at = self.log_scale[j]
            log_scale = plain[:, : j + 1] @ at[: j + 1]
            log_scale += squares @ at[p + 1 : p + 1 + squares.shape[1]]
            log_scale = np.clip(log_scale, -_MOST_LOG_SCALE, _MOST_LOG_SCALE)
            known = _n_products(min(j, bending))
            mean = plain[:, : j + 1] @ self.straight[j, : j + 1]
            mean += product[:, :known] @ self.product[j, :known]
            found[:, j] = mean + np.exp(log_scale) * noise[:, j]
            log_volume += log_scale
            _add_features(plain, product, found[:, j], j)
        return found, log_volume


@dataclass(frozen=True, slots=True)
class Transport:
    """
    A multivariate t with a wider one mixed in, carried to where its target lies.

    Attributes
    ----------
    noise : Proposal
        The mixture, uncorrelated.
    bend : Bend
        From noise to white coordinates.
    centre : ndarray of shape (p,)
        Mean of the normal scores.
    factor : ndarray of shape (p, p)
        Lower triangular: white coordinates to normal scores, in the order of `order`.
    marginals : Marginals
        From normal scores to points.
    order : ndarray of shape (p,)
        Which coordinate of a point comes first, second, ...

    References
    ----------
    Marzouk and others (2016), "Sampling via measure transport: an introduction",
    doi 10.1007/978-3-319-11259-6_23-1.
    """

    noise: Proposal
    bend: Bend
    centre: FloatArray
    factor: FloatArray
    marginals: Marginals
    order: IntArray

    @property
    def uniforms(self) -> int:
        """How many uniform numbers make one draw."""
        return self.noise.uniforms

    def drawn(self, uniform: FloatArray) -> tuple[FloatArray, FloatArray]:
        """
        Turn uniform numbers into draws.

        Parameters
        ----------
        uniform : ndarray of shape (S, p + 2)
            Points of the unit cube.

        Returns
        -------
        theta : ndarray of shape (S, p)
            Draws.
        log_density : ndarray of shape (S,)
            Their log density, normalised.
        """
        noise, log_density = self.noise.drawn(uniform)
        theta, log_volume = self.carried(noise)
        return theta, log_density - log_volume

    def carried(self, noise: FloatArray) -> tuple[FloatArray, FloatArray]:
        """
        Carry noise to where the target lies.

        Parameters
        ----------
        noise : ndarray of shape (S, p)
            Points.

        Returns
        -------
        theta : ndarray of shape (S, p)
            Their images.
        log_volume : ndarray of shape (S,)
            Log of the determinant of the derivatives there.
        """
        white, log_volume = self.bend.followed(noise)
        quantiles, slope = self.marginals.values(self.centre + white @ self.factor.T)
        log_volume = log_volume + np.log(np.diag(self.factor)).sum() + np.log(slope).sum(axis=1)
        theta = np.empty_like(quantiles)
        theta[:, self.order] = quantiles
        return theta, log_volume


def fitted_transport(
    pool: WeightedDraws, first: Sequence[int], *, seed: int, careful: bool = False
) -> Transport:
    """
    Fit a transport to weighted draws.

    Parameters
    ----------
    pool : WeightedDraws
        The draws.
    first : sequence of int
        Coordinates that bend the others: they come first.
    seed : int
        Seed of the draws that are fitted to.
    careful : bool, default False
        Whether the tails are to be heavier than usual.

    Returns
    -------
    Transport
        The transport.
    """
    p = pool.theta.shape[2]
    order = np.array([*first, *(k for k in range(p) if k not in set(first))], dtype=np.int64)
    theta = pool.theta.reshape(-1, p)[:, order]
    weight = np.exp(pool.log_weight).ravel()
    marginals = _fitted_marginals(theta, weight)
    counts = np.random.default_rng([seed, 3]).multinomial(_FITTED_TO, weight / weight.sum())
    chosen = np.flatnonzero(counts)
    weight = counts[chosen] / _FITTED_TO
    scores = marginals.scores(theta[chosen])
    centre = weight @ scores
    covariance = ((scores - centre) * weight[:, None]).T @ (scores - centre)
    # Of few heavy draws the correlations are noise.
    worth = 1 / float(weight @ weight)
    covariance *= worth / (worth + 2 * p)
    covariance[np.diag_indices(p)] *= 1 + 2 * p / worth
    covariance[np.diag_indices(p)] += _LEAST_VARIANCE
    factor = np.linalg.cholesky(covariance)
    white = linalg.solve_triangular(factor, (scores - centre).T, lower=True).T
    nothing = np.zeros(p)
    df, wide = _TAILS[careful]
    spread = np.sqrt((df - 2) / df) * np.eye(p)
    noise = Proposal(nothing, np.ones(p), nothing, nothing, spread, df=df, wide=wide)
    return Transport(noise, _fitted_bend(white, weight), centre, factor, marginals, order)


def _fitted_marginals(theta: FloatArray, weight: FloatArray) -> Marginals:
    wanted = special.ndtr(_SCORES)
    mean = weight @ theta
    sd = np.sqrt(weight @ (theta - mean) ** 2)
    least = _LEAST_SLOPE * sd * (_SCORES[1] - _SCORES[0])
    knots = np.empty((len(_SCORES), theta.shape[1]))
    for j, column in enumerate(theta.T):
        order = np.argsort(column, kind="stable")
        below = np.cumsum(weight[order]) - 0.5 * weight[order]
        knots[:, j] = np.interp(wanted, below, column[order])
    steps = np.maximum(np.diff(knots, axis=0), least)
    knots = np.concatenate([knots[:1], knots[0] + np.cumsum(steps, axis=0)])
    found = interpolate.PchipInterpolator(_SCORES, knots).c
    return Marginals(_rising(np.ascontiguousarray(found), least))


def _rising(coefficients: FloatArray, least: FloatArray) -> FloatArray:
    """Add a slope so small that it moves nothing, so that no density is infinite."""
    step = _SCORES[1] - _SCORES[0]
    added = 0.5 * least / step
    coefficients[2] += added
    coefficients[3] += added * (np.arange(len(_SCORES) - 1) * step)[:, None]
    return coefficients


def _fitted_bend(white: FloatArray, weight: FloatArray) -> Bend:
    n, p = white.shape
    bending = _n_bending(p)
    plain, product = _blank_features(n, p)
    for j in range(p):
        _add_features(plain, product, white[:, j], j)
    worth = float(1 / (weight @ weight))
    of_mean = np.hstack([plain, product])
    gram = worth * (of_mean * weight[:, None]).T @ of_mean
    aim = worth * (of_mean * weight[:, None]).T @ white
    of_scale = np.hstack([plain, plain[:, 1 : 1 + bending] ** 2])
    straight, products = np.zeros((p, p + 1)), np.zeros((p, product.shape[1]))
    log_scale = np.zeros((p, of_scale.shape[1]))
    for j in range(p):
        earlier, first = np.arange(j + 1), min(j, bending)
        own = np.concatenate([earlier, p + 1 + np.arange(_n_products(first))])
        found = np.linalg.solve(gram[np.ix_(own, own)] + _ridge(len(own)), aim[own, j])
        straight[j, : j + 1], products[j, : len(own) - j - 1] = np.split(found, [j + 1])
        rest = white[:, j] - of_mean[:, own] @ found
        own = np.concatenate([earlier, p + 1 + np.arange(first)])
        log_scale[j, own] = _fitted_log_scale(of_scale[:, own], rest, weight, worth)
    return Bend(straight, products, log_scale)


def _fitted_log_scale(
    features: FloatArray, rest: FloatArray, weight: FloatArray, worth: float
) -> FloatArray:
    """Maximise a normal likelihood by the coefficients of the log scale, by Newton's steps."""
    ridge = _ridge(features.shape[1])
    found = np.zeros(features.shape[1])
    found[0] = 0.5 * np.log(max(float(weight @ rest**2), _LEAST_VARIANCE))
    for _ in range(_STEPS):
        log_scale = np.clip(features @ found, -_MOST_LOG_SCALE, _MOST_LOG_SCALE)
        square = rest**2 * np.exp(-2 * log_scale)
        slope = worth * features.T @ (weight * (square - 1)) - ridge @ found
        curvature = 2 * np.clip(square, 0.2, 4.0) * weight
        information = worth * (features * curvature[:, None]).T @ features + ridge
        found = found + np.linalg.solve(information, slope)
    return found


def _ridge(size: int) -> FloatArray:
    """Prior information on coefficients, the constant's next to none."""
    found = np.full(size, _RIDGE)
    found[0] = 1e-9
    return np.diag(found)


def _blank_features(n: int, p: int) -> tuple[FloatArray, FloatArray]:
    plain = np.ones((n, p + 1))
    return plain, np.empty((n, _n_products(_n_bending(p))))


def _add_features(plain: FloatArray, product: FloatArray, column: FloatArray, j: int) -> None:
    """Write the features of coordinate j: saturated, and its products with those before."""
    plain[:, j + 1] = column / np.sqrt(1 + (column / _SATURATED) ** 2)
    if j < _n_bending(len(plain[0]) - 1):
        start = _n_products(j)
        product[:, start : start + j + 1] = plain[:, 1 : j + 2] * plain[:, j + 1 : j + 2]


def _n_bending(p: int) -> int:
    return min(p, _MOST_BENDING)


@lru_cache
def _n_products(n: int) -> int:
    return n * (n + 1) // 2
