"""Covariances within and between teams, most likely under a model or under none: chi-squared."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
#: Both covariances from parameters.
Implied = Callable[[FloatArray], "Levels"]

_STEP = 1e-6
_MOST_STEPS = 200
_CLOSE = 1e-10


@dataclass(frozen=True, slots=True)
class Levels:
    """
    Covariances of the items.

    Attributes
    ----------
    within, between : ndarray of shape (n_items, n_items)
        Of respondents in a team, and of teams. The latter may be estimated to be less than
        nothing, as any component of variance: so its test has the distribution it claims where
        the truth lies on the edge, as it does where items have no level of their own in a team.
    """

    within: FloatArray
    between: FloatArray

    def flat(self) -> FloatArray:
        """Give the lower triangles, within then between."""
        lower = np.tril_indices(len(self.within))
        return np.concatenate([self.within[lower], self.between[lower]])


@dataclass(frozen=True, slots=True)
class TeamAnswers:
    """
    What of complete answers the likelihood hangs on.

    Attributes
    ----------
    n : int
        Respondents.
    products : ndarray of shape (n_items, n_items)
        Summed products of answers less their team's mean.
    means : ndarray of shape (n_teams, n_items)
        Means of the teams.
    size : ndarray of shape (n_teams,)
        Members of each.
    """

    n: int
    products: FloatArray
    means: FloatArray
    size: FloatArray

    @property
    def n_items(self) -> int:
        """How many items there are."""
        return int(self.means.shape[1])

    def start(self) -> Levels:
        """Estimate both covariances by mean squares."""
        n_teams = len(self.size)
        within = self.products / (self.n - n_teams)
        apart = self.means - self.size @ self.means / self.n
        square = (self.size[:, None] * apart).T @ apart / (n_teams - 1)
        usual = (self.n - (self.size**2).sum() / self.n) / (n_teams - 1)
        return Levels(within, (square - within) / usual)

    def deviance(self, levels: Levels) -> float:
        """Give minus twice the log likelihood at the likeliest means; infinite out of bounds."""
        found = _at(self, levels)
        return np.inf if found is None else found.deviance


def team_answers(values: FloatArray, team: IntArray) -> TeamAnswers:
    """
    Sum answers up by team.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers without gaps.
    team : ndarray of shape (n_respondents,), int
        Team of each respondent.

    Returns
    -------
    TeamAnswers
        Sums.
    """
    _, place = np.unique(team, return_inverse=True)
    size = np.bincount(place.ravel()).astype(float)
    total = np.zeros((len(size), values.shape[1]))
    np.add.at(total, place.ravel(), values)
    means = total / size[:, None]
    left = values - means[place.ravel()]
    return TeamAnswers(len(values), left.T @ left, means, size)


@dataclass(frozen=True, slots=True)
class _At:
    """Deviance, its slope (minus half of it) and information by both lower triangles."""

    deviance: float
    score: FloatArray
    information: FloatArray


def _at(answers: TeamAnswers, levels: Levels) -> _At | None:
    n_teams = len(answers.size)
    sizes, of_team = np.unique(answers.size, return_inverse=True)
    many = np.bincount(of_team).astype(float)
    if np.linalg.eigvalsh(levels.within)[0] <= 0:
        return None
    whole = levels.within + sizes[:, None, None] * levels.between
    if np.linalg.eigvalsh(whole)[:, 0].min() <= 0:
        return None
    own, inverse = np.linalg.inv(levels.within), np.linalg.inv(whole)
    weight = np.einsum("k,kab->ab", many * sizes, inverse)
    sums = np.zeros((len(sizes), answers.n_items))
    np.add.at(sums, of_team, answers.means)
    centre = np.linalg.solve(weight, np.einsum("k,kab,kb->a", sizes, inverse, sums))
    apart = answers.means - centre
    squares = np.stack([apart[of_team == k].T @ apart[of_team == k] for k in range(len(sizes))])
    n_within = answers.n - n_teams
    deviance = n_within * np.linalg.slogdet(levels.within)[1] + (own * answers.products).sum()
    deviance += many @ np.linalg.slogdet(whole)[1]
    deviance += np.einsum("k,kab,kab->", sizes, inverse, squares)
    deviance += answers.n * answers.n_items * np.log(2 * np.pi)
    left = sizes[:, None, None] * squares - many[:, None, None] * whole
    by_size = inverse @ left @ inverse
    by_within = own @ (answers.products - n_within * levels.within) @ own + by_size.sum(axis=0)
    by_between = np.einsum("k,kab->ab", sizes, by_size)
    inside = n_within * _information(own)
    blocks = np.zeros((3, *inside.shape))
    for size, count, one in zip(sizes, many, inverse, strict=True):
        told = count * _information(one)
        blocks += np.stack([told, size * told, size**2 * told])
    information = np.block([[inside + blocks[0], blocks[1]], [blocks[1], blocks[2]]])
    score = np.concatenate([_half(by_within), _half(by_between)])
    return _At(float(deviance), score, information)


def _half(slope: FloatArray) -> FloatArray:
    row, column = np.tril_indices(len(slope))
    return np.asarray(np.where(row == column, 0.5, 1.0) * slope[row, column])


def _information(inverse: FloatArray) -> FloatArray:
    """Information on a lower triangle from one normal vector, given the inverse covariance."""
    row, column = np.tril_indices(len(inverse))
    first = inverse[np.ix_(row, row)] * inverse[np.ix_(column, column)]
    second = inverse[np.ix_(row, column)] * inverse[np.ix_(column, row)]
    times = np.where(row == column, np.sqrt(0.5), np.sqrt(2.0))
    return np.asarray(0.5 * np.outer(times, times) * (first + second))


@dataclass(frozen=True, slots=True)
class LevelsFit:
    """
    Covariances that make the answers most likely.

    Attributes
    ----------
    levels : Levels
        The covariances.
    deviance : float
        Minus twice the log likelihood.
    n_free : int
        How many parameters they have.
    """

    levels: Levels
    deviance: float
    n_free: int


def saturated_fit(answers: TeamAnswers) -> LevelsFit:
    """
    Find the likeliest covariances, whatever they are.

    Parameters
    ----------
    answers : TeamAnswers
        The answers.

    Returns
    -------
    LevelsFit
        Of all covariances at both levels.
    """
    start = answers.start()
    lower = np.tril_indices(answers.n_items)
    half = len(lower[0])

    def implied(theta: FloatArray) -> Levels:
        return Levels(square_of(theta[:half], lower), square_of(theta[half:], lower))

    # Estimates by mean squares may lie out of bounds in small teams.
    share = 1.0
    while answers.deviance(Levels(start.within, share * start.between)) == np.inf:
        share *= 0.5
    return fit_levels(answers, implied, Levels(start.within, share * start.between).flat())


def independent_levels(answers: TeamAnswers) -> LevelsFit:
    """
    Find the likeliest variances of items that go together with nothing at either level.

    Parameters
    ----------
    answers : TeamAnswers
        The answers.

    Returns
    -------
    LevelsFit
        Of all variances at both levels.
    """
    start, n_items = answers.start(), answers.n_items

    def implied(theta: FloatArray) -> Levels:
        return Levels(np.diag(theta[:n_items]), np.diag(theta[n_items:]))

    between = np.maximum(np.diag(start.between), 0.01 * np.diag(start.within))
    return fit_levels(answers, implied, np.concatenate([np.diag(start.within), between]))


def fit_levels(answers: TeamAnswers, implied: Implied, start: FloatArray) -> LevelsFit:
    """
    Find the likeliest parameters by Fisher scoring.

    Parameters
    ----------
    answers : TeamAnswers
        The answers.
    implied : callable
        Both covariances from parameters.
    start : ndarray of shape (n_parameters,)
        Where to begin, within bounds.

    Returns
    -------
    LevelsFit
        The likeliest; its free parameters are those that move the covariances.

    References
    ----------
    Longford (1987), doi 10.1093/biomet/74.4.817 (Fisher scoring of models with random effects).
    """
    theta = start.astype(float).copy()
    slopes = _slopes(implied, theta)
    for _ in range(_MOST_STEPS):
        at = _at(answers, implied(theta))
        if at is None:
            break
        step = np.linalg.pinv(slopes.T @ at.information @ slopes, hermitian=True, rtol=1e-11)
        step = step @ (slopes.T @ at.score)
        moved = _shortened(answers, implied, theta, step)
        gained = at.deviance - answers.deviance(implied(moved))
        theta, slopes = moved, _slopes(implied, moved)
        if gained < _CLOSE * max(1.0, abs(at.deviance)):
            break
    size = np.linalg.norm(slopes, axis=0)
    rank = int(np.linalg.matrix_rank(slopes / np.where(size > 0, size, 1.0), rtol=1e-6))
    return LevelsFit(implied(theta), answers.deviance(implied(theta)), rank)


def _shortened(
    answers: TeamAnswers, implied: Implied, theta: FloatArray, step: FloatArray
) -> FloatArray:
    """Halve a step until it leads no further down."""
    before = answers.deviance(implied(theta))
    for _ in range(40):
        if answers.deviance(implied(theta + step)) <= before:
            return theta + step
        step = step / 2
    return theta


def _slopes(implied: Implied, theta: FloatArray) -> FloatArray:
    """Differentiate both lower triangles by the parameters."""
    columns = []
    for place in range(len(theta)):
        ahead, behind = theta.copy(), theta.copy()
        ahead[place] += _STEP
        behind[place] -= _STEP
        columns.append((implied(ahead).flat() - implied(behind).flat()) / (2 * _STEP))
    return np.stack(columns, axis=1)


def square_of(flat: FloatArray, lower: tuple[IntArray, ...]) -> FloatArray:
    """
    Lay a lower triangle out as a symmetric matrix.

    Parameters
    ----------
    flat : ndarray of shape (n,)
        The triangle.
    lower : tuple of ndarray
        Rows and columns of each number.

    Returns
    -------
    ndarray of shape (n_rows, n_rows)
        The matrix.
    """
    n = int(lower[0][-1]) + 1
    found = np.zeros((n, n))
    found[lower] = flat
    found.T[lower] = flat
    return found
