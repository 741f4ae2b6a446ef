"""Covariances within and between teams: how likely they make the answers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Levels:
    """
    Covariances of the items.

    Attributes
    ----------
    within, between : ndarray of shape (n_items, n_items)
        Of respondents in a team, and of teams. Neither is less than nothing: were the latter let
        be, teams of different sizes would have no likeliest covariances. The few largest teams
        can then be made as likely as one wants, by a variance of their means that is nearly 0.
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
        found = self.at(levels)
        return np.inf if found is None else found.deviance

    def at(self, levels: Levels) -> "At | None":
        """Tell how likely covariances make the answers; nothing out of bounds."""
        return at_levels(self, levels)


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
class At:
    """
    How likely covariances make answers.

    Attributes
    ----------
    deviance : float
        Minus twice the log likelihood.
    score : ndarray of shape (n_items * (n_items + 1),)
        Slope of the log likelihood by both lower triangles.
    """

    deviance: float
    score: FloatArray


def at_levels(answers: TeamAnswers, levels: Levels) -> At | None:
    """
    Tell how likely covariances make the answers, at the likeliest means.

    Parameters
    ----------
    answers : TeamAnswers
        The answers.
    levels : Levels
        The covariances.

    Returns
    -------
    At or None
        Nothing where they are out of bounds.
    """
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
    score = np.concatenate([half_of(by_within), half_of(by_between)])
    return At(float(deviance), score)


def information_at(n: int, sizes_of_teams: FloatArray, levels: Levels) -> FloatArray:
    """
    Give the information on both lower triangles.

    Parameters
    ----------
    n : int
        Respondents.
    sizes_of_teams : ndarray of shape (n_teams,)
        Members of each team.
    levels : Levels
        The covariances.

    Returns
    -------
    ndarray of shape (n_items * (n_items + 1), n_items * (n_items + 1))
        As expected under the covariances, of answers without gaps.
    """
    sizes, many = np.unique(sizes_of_teams, return_counts=True)
    inside = (n - len(sizes_of_teams)) * normal_information(np.linalg.inv(levels.within))
    blocks = np.zeros((3, *inside.shape))
    for size, count in zip(sizes, many, strict=True):
        told = count * normal_information(np.linalg.inv(levels.within + size * levels.between))
        blocks += np.stack([told, size * told, size**2 * told])
    return np.block([[inside + blocks[0], blocks[1]], [blocks[1], blocks[2]]])


def half_of(slope: FloatArray) -> FloatArray:
    """
    Lay a symmetric slope out by its lower triangle.

    Parameters
    ----------
    slope : ndarray of shape (n_items, n_items)
        Twice the slope by every cell.

    Returns
    -------
    ndarray of shape (n_items * (n_items + 1) / 2,)
        One off the diagonal stands for two cells.
    """
    row, column = np.tril_indices(len(slope))
    return np.asarray(np.where(row == column, 0.5, 1.0) * slope[row, column])


def normal_information(inverse: FloatArray) -> FloatArray:
    """
    Give the information on a lower triangle of covariances from one normal vector.

    Parameters
    ----------
    inverse : ndarray of shape (n_items, n_items)
        Inverse of the covariances; 0 where an item was left open.

    Returns
    -------
    ndarray of shape (n_items * (n_items + 1) / 2, n_items * (n_items + 1) / 2)
        As expected under these covariances.

    Examples
    --------
    >>> normal_information(np.array([[0.5]])).round(3).tolist()
    [[0.125]]
    """
    row, column = np.tril_indices(len(inverse))
    first = inverse[np.ix_(row, row)] * inverse[np.ix_(column, column)]
    second = inverse[np.ix_(row, column)] * inverse[np.ix_(column, row)]
    times = np.where(row == column, np.sqrt(0.5), np.sqrt(2.0))
    return np.asarray(0.5 * np.outer(times, times) * (first + second))


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
