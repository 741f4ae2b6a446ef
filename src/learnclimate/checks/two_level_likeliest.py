"""The likeliest covariances within and between teams, under a model or under none."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

from learnclimate.checks.two_level_normal import (
    Levels,
    TeamAnswers,
    information_at,
    square_of,
)
from learnclimate.checks.two_level_open import OpenTeamAnswers

FloatArray = npt.NDArray[np.float64]
#: Without gaps, or with some.
Answers = TeamAnswers | OpenTeamAnswers
#: Both covariances from parameters.
Implied = Callable[[FloatArray], Levels]

_STEP = 1e-6
_MOST_STEPS = 2000
#: Slope, in units in which the deviance bends by about 1, where the search ends.
_FLAT = 1e-5
#: What of the deviance may be left to gain where covariances count as found.
_LEFT = 1e-3
#: Least share of the variance within teams that teams begin with.
_LEAST_SHARE = 0.02


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
    found : bool
        Whether they are the likeliest nearby; the search may have ended anywhere.
    """

    levels: Levels
    deviance: float
    n_free: int
    found: bool


@dataclass(frozen=True, slots=True)
class Structure:
    """
    Both covariances from parameters: those of a structure, then roots of what is free.

    Attributes
    ----------
    implied : callable
        Both covariances from the parameters of the structure; what it gives for a free level
        does not count.
    n_own : int
        How many parameters the structure has.
    free : tuple of int
        Which levels may be any covariances: 0 within teams, 1 between teams. The lower triangles
        of their roots follow the parameters of the structure, so that none is less than nothing.
    n_items : int
        Number of items.
    """

    implied: Implied
    n_own: int
    free: tuple[int, ...]
    n_items: int

    def roots(self, theta: FloatArray) -> dict[int, FloatArray]:
        """Lay the roots of the free covariances out."""
        lower, found = np.tril_indices(self.n_items), {}
        for level, part in zip(
            self.free, np.split(theta[self.n_own :], max(1, len(self.free))), strict=False
        ):
            found[level] = np.zeros((self.n_items, self.n_items))
            found[level][lower] = part
        return found

    def levels(self, theta: FloatArray) -> Levels:
        """Give both covariances."""
        own = self.implied(theta[: self.n_own])
        found = [own.within, own.between]
        for level, root in self.roots(theta).items():
            found[level] = root @ root.T
        return Levels(*found)

    def slopes(self, theta: FloatArray) -> FloatArray:
        """Differentiate both lower triangles by the parameters."""
        row, column = np.tril_indices(self.n_items)
        half = len(row)
        found = np.zeros((2 * half, len(theta)))
        if self.n_own:
            found[:, : self.n_own] = _slopes(self.implied, theta[: self.n_own])
        for place, (level, root) in enumerate(self.roots(theta).items()):
            rows = slice(level * half, (level + 1) * half)
            first = self.n_own + place * half
            found[rows, : self.n_own] = 0
            found[rows, first : first + half] = (row[:, None] == row) * root[column][:, column] + (
                column[:, None] == row
            ) * root[row][:, column]
        return found

    def uphill(self, theta: FloatArray, score: FloatArray) -> FloatArray:
        """Give the slope of the log likelihood by the parameters, given that by the triangles."""
        lower = np.tril_indices(self.n_items)
        found, half = [], len(lower[0])
        if self.n_own:
            # What is free hangs on none of these.
            slopes = _slopes(self.implied, theta[: self.n_own])
            for level in self.free:
                slopes[level * half : (level + 1) * half] = 0
            found.append(slopes.T @ score)
        for level, root in self.roots(theta).items():
            square = square_of(score[level * half : (level + 1) * half], lower)
            found.append(((square + np.diag(np.diag(square))) @ root)[lower])
        return np.concatenate(found)


def root_of(covariance: FloatArray, unit: FloatArray) -> FloatArray:
    """
    Give the lower triangle of a root of a covariance, made more than nothing.

    Parameters
    ----------
    covariance, unit : ndarray of shape (n_items, n_items)
        The covariance, and one that is more than nothing and tells how large it may be.

    Returns
    -------
    ndarray of shape (n_items * (n_items + 1) / 2,)
        The triangle.
    """
    root = np.linalg.cholesky(unit)
    values, vectors = np.linalg.eigh(np.linalg.solve(root, np.linalg.solve(root, covariance).T))
    half = root @ vectors * np.sqrt(np.maximum(values, _LEAST_SHARE))
    return np.asarray(np.linalg.cholesky(half @ half.T)[np.tril_indices(len(unit))])


def saturated_fit(answers: Answers) -> LevelsFit:
    """
    Find the likeliest covariances, whatever they are.

    Parameters
    ----------
    answers : TeamAnswers or OpenTeamAnswers
        The answers.

    Returns
    -------
    LevelsFit
        Of all covariances at both levels.
    """
    start, n_items = answers.start(), answers.n_items
    unit = start.within + 1e-6 * np.eye(n_items) * np.trace(start.within) / n_items
    begun = np.concatenate([root_of(unit, unit), root_of(start.between, unit)])
    structure = Structure(lambda _: start, 0, (0, 1), n_items)
    return fit_levels(answers, structure, begun)


def independent_levels(answers: Answers) -> LevelsFit:
    """
    Find the likeliest variances of items that go together with nothing at either level.

    Parameters
    ----------
    answers : TeamAnswers or OpenTeamAnswers
        The answers.

    Returns
    -------
    LevelsFit
        Of all variances at both levels.
    """
    start, n_items = answers.start(), answers.n_items

    def implied(theta: FloatArray) -> Levels:
        return Levels(np.diag(theta[:n_items] ** 2), np.diag(theta[n_items:] ** 2))

    within, between = np.diag(start.within), np.diag(start.between)
    begun = np.sqrt(np.concatenate([within, np.maximum(between, _LEAST_SHARE * within)]))
    return fit_levels(answers, Structure(implied, 2 * n_items, (), n_items), begun)


def fit_levels(answers: Answers, structure: Structure, start: FloatArray) -> LevelsFit:
    """
    Find the likeliest parameters.

    Parameters
    ----------
    answers : TeamAnswers or OpenTeamAnswers
        The answers.
    structure : Structure
        Both covariances from parameters.
    start : ndarray of shape (n_parameters,)
        Where to begin, within bounds.

    Returns
    -------
    LevelsFit
        The likeliest; its free parameters are those that move the covariances.

    References
    ----------
    Nocedal and Wright (2006), doi 10.1007/978-0-387-40065-5 (quasi-Newton steps, in units of
    the information at the start).
    """
    begun = structure.levels(start)
    slopes = structure.slopes(start)
    size = np.linalg.norm(slopes, axis=0)
    rank = int(np.linalg.matrix_rank(slopes / np.where(size > 0, size, 1.0), rtol=1e-6))
    at = answers.at(begun)
    if at is None:
        return LevelsFit(begun, np.inf, rank, found=False)
    unit = _units(2 * slopes.T @ information_at(answers.n, answers.size, begun) @ slopes)
    # Out of bounds: worse than the start, by more than the search can take for a gain.
    worse = at.deviance + 1e3 * (1 + abs(at.deviance))

    def down(moved: FloatArray) -> tuple[float, FloatArray]:
        theta = start + unit @ moved
        here = answers.at(structure.levels(theta))
        if here is None:
            return worse, np.zeros_like(moved)
        return here.deviance, -2 * unit.T @ structure.uphill(theta, here.score)

    ended = optimize.minimize(
        down,
        np.zeros(len(start)),
        jac=True,
        method="BFGS",
        options={"gtol": _FLAT, "maxiter": _MOST_STEPS},
    )
    left = 0.5 * float(ended.jac @ ended.hess_inv @ ended.jac)
    found = structure.levels(start + unit @ ended.x)
    return LevelsFit(found, float(ended.fun), rank, found=bool(0 <= left < _LEFT))


def _units(information: FloatArray) -> FloatArray:
    """Give steps in which the deviance bends alike in every direction, as far as is known."""
    scale = 1 / np.sqrt(np.maximum(np.diag(information), 1e-8 * np.diag(information).max()))
    values, vectors = np.linalg.eigh(scale[:, None] * information * scale)
    return np.asarray(scale[:, None] * vectors / np.sqrt(np.maximum(values, 1e-3 * values[-1])))


def _slopes(implied: Implied, theta: FloatArray) -> FloatArray:
    """Differentiate both lower triangles by the parameters."""
    columns = []
    for place in range(len(theta)):
        ahead, behind = theta.copy(), theta.copy()
        ahead[place] += _STEP
        behind[place] -= _STEP
        columns.append((implied(ahead).flat() - implied(behind).flat()) / (2 * _STEP))
    return np.stack(columns, axis=1)
