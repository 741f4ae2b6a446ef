"""How likely means and covariances make answers taken as numbers, gaps and all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg

from learnclimate.checks.two_level_normal import normal_information
from learnclimate.core.errors import SurveyError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_MOST_STEPS, _HALVINGS = 200, 30
#: Twice the log likelihood that a further step would gain, where scoring stops.
_GAIN = 1e-9
_TINY = 1e-10


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Respondents who answered the same items: how many, and their moments."""

    known: BoolArray
    rows: BoolArray
    n: int
    mean: FloatArray
    covariance: FloatArray


@dataclass(frozen=True, slots=True)
class GroupAnswers:
    """
    The answers of a group, as numbers.

    Attributes
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers of those who answered an item at least; not a number where left open.
    team : ndarray of shape (n_respondents,), int
        Team of each.
    patterns : tuple
        Those who answered the same items, put together.
    """

    values: FloatArray
    team: IntArray
    patterns: tuple[_Pattern, ...]

    @property
    def n_moments(self) -> int:
        """How many means and covariances there are."""
        n_items = int(self.values.shape[1])
        return n_items * (n_items + 3) // 2


def group_answers(values: FloatArray, team: IntArray) -> GroupAnswers:
    """
    Put respondents together who answered the same items.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers; not a number where left open.
    team : ndarray of shape (n_respondents,), int
        Team of each.

    Returns
    -------
    GroupAnswers
        Without those who answered nothing.
    """
    known = np.isfinite(values)
    kept = known.any(axis=1)
    values, team, known = values[kept], team[kept], known[kept]
    masks, place = np.unique(known, axis=0, return_inverse=True)
    patterns = []
    for number, mask in enumerate(masks):
        rows = place.ravel() == number
        own = values[rows][:, mask]
        away = own - own.mean(axis=0)
        patterns.append(_Pattern(mask, rows, len(own), own.mean(axis=0), away.T @ away / len(own)))
    return GroupAnswers(values, team, tuple(patterns))


@dataclass(frozen=True, slots=True)
class AtMoments:
    """
    How likely means and covariances make the answers of a group.

    Attributes
    ----------
    deviance : float
        Minus twice the log likelihood; infinite where covariances are none.
    score : ndarray of shape (n_moments,)
        Slope of the log likelihood by means, then the lower triangle of the covariances.
    information : ndarray of shape (n_moments, n_moments)
        As expected, given which items each answered.
    """

    deviance: float
    score: FloatArray
    information: FloatArray


def at_moments(answers: GroupAnswers, moments: FloatArray) -> AtMoments:
    """
    Tell how likely moments make the answers of a group.

    Parameters
    ----------
    answers : GroupAnswers
        The answers.
    moments : ndarray of shape (n_moments,)
        Means, then the lower triangle of the covariances.

    Returns
    -------
    AtMoments
        Deviance, score and information.
    """
    n_items = answers.values.shape[1]
    mean, covariance = unpacked(moments, n_items)
    deviance, by_mean = 0.0, np.zeros(n_items)
    by_covariance = np.zeros((n_items, n_items))
    information = np.zeros((len(moments), len(moments)))
    for one in answers.patterns:
        own = np.ix_(one.known, one.known)
        sign, log_size = np.linalg.slogdet(covariance[own])
        if sign <= 0 or np.linalg.eigvalsh(covariance[own])[0] <= _TINY:
            return AtMoments(np.inf, np.zeros(len(moments)), information)
        inverse = np.linalg.inv(covariance[own])
        away = one.mean - mean[one.known]
        square = one.covariance + np.outer(away, away)
        constant = len(away) * np.log(2 * np.pi)
        deviance += one.n * (log_size + float((inverse * square).sum()) + constant)
        by_mean[one.known] += one.n * inverse @ away
        by_covariance[own] += 0.5 * one.n * (inverse @ square @ inverse - inverse)
        whole = np.zeros((n_items, n_items))
        whole[own] = inverse
        information[:n_items, :n_items] += one.n * whole
        information[n_items:, n_items:] += one.n * normal_information(whole)
    return AtMoments(deviance, _flat(by_mean, by_covariance), information)


def pulls_of_teams(answers: GroupAnswers, moments: FloatArray, n_teams: int) -> FloatArray:
    """
    Tell how far each team moves the likeliest means and covariances of its group.

    Parameters
    ----------
    answers : GroupAnswers
        The answers.
    moments : ndarray of shape (n_moments,)
        The likeliest, where nothing is taken to be equal.
    n_teams : int
        Teams of the study.

    Returns
    -------
    ndarray of shape (n_teams, n_moments)
        Rows of 0 for teams elsewhere.
    """
    n_items = answers.values.shape[1]
    mean, covariance = unpacked(moments, n_items)
    scores = np.zeros((n_teams, len(moments)))
    for one in answers.patterns:
        own = np.ix_(one.known, one.known)
        inverse = np.linalg.inv(covariance[own])
        told = (answers.values[one.rows][:, one.known] - mean[one.known]) @ inverse
        by_mean = np.zeros((one.n, n_items))
        by_mean[:, one.known] = told
        by_covariance = np.zeros((one.n, n_items, n_items))
        by_covariance[:, own[0], own[1]] = 0.5 * (told[:, :, None] * told[:, None, :] - inverse)
        np.add.at(scores, answers.team[one.rows], _flat(by_mean, by_covariance))
    information = at_moments(answers, moments).information
    return np.asarray(np.linalg.solve(information, scores.T).T)


def most_likely(
    groups: Sequence[GroupAnswers],
    implied: Callable[[FloatArray], FloatArray],
    slopes: Callable[[FloatArray], FloatArray],
    begin: FloatArray,
) -> tuple[FloatArray, float]:
    """
    Find the likeliest parameters by Fisher scoring, steps halved until they gain.

    Parameters
    ----------
    groups : sequence of GroupAnswers
        The answers.
    implied : callable
        From parameters to moments, (n_groups, n_moments).
    slopes : callable
        From parameters to their slopes, (n_groups * n_moments, n_free).
    begin : ndarray of shape (n_free,)
        Where to start.

    Returns
    -------
    free : ndarray of shape (n_free,)
        The likeliest parameters.
    deviance : float
        Minus twice their log likelihood.

    Raises
    ------
    SurveyError
        If none are found.

    References
    ----------
    Jöreskog (1971), doi 10.1007/BF02291366 (several groups at once).
    """

    def there(free: FloatArray) -> list[AtMoments]:
        return [at_moments(own, at) for own, at in zip(groups, implied(free), strict=True)]

    free, found = begin, there(begin)
    for _ in range(_MOST_STEPS):
        slope = slopes(free)
        score = slope.T @ np.concatenate([at.score for at in found])
        information = slope.T @ linalg.block_diag(*[at.information for at in found]) @ slope
        step = np.linalg.lstsq(information, score, rcond=_TINY)[0]
        if float(score @ step) < _GAIN:
            return free, _deviance(found)
        for _ in range(_HALVINGS):
            next_ = there(free + step)
            if _deviance(next_) < _deviance(found):
                break
            step = 0.5 * step
        else:
            return free, _deviance(found)
        free, found = free + step, next_
    raise SurveyError(
        "No likeliest parameters were found for answers taken as numbers: an item may go together "
        "with the others too little, or with one of them too closely. Take the answers as ordered "
        "(ordinal=True), or leave such an item out."
    )


def saturated(answers: GroupAnswers) -> tuple[FloatArray, float]:
    """
    Find the likeliest means and covariances where nothing is taken to be equal.

    Parameters
    ----------
    answers : GroupAnswers
        The answers.

    Returns
    -------
    moments : ndarray of shape (n_moments,)
        Means, then the lower triangle of the covariances.
    deviance : float
        Minus twice their log likelihood.
    """
    begin = _flat(np.nanmean(answers.values, axis=0), np.diag(np.nanvar(answers.values, axis=0)))
    whole = [one for one in answers.patterns if one.known.all()]
    if len(answers.patterns) == 1 and whole:
        begin = _flat(whole[0].mean, whole[0].covariance, doubled=False)
    same = np.eye(len(begin))
    return most_likely([answers], lambda free: free[None], lambda _: same, begin)


def unpacked(moments: FloatArray, n_items: int) -> tuple[FloatArray, FloatArray]:
    """
    Read means and covariances.

    Parameters
    ----------
    moments : ndarray of shape (n_moments,)
        Means, then the lower triangle of the covariances.
    n_items : int
        How many items.

    Returns
    -------
    mean : ndarray of shape (n_items,)
        Means.
    covariance : ndarray of shape (n_items, n_items)
        Covariances.
    """
    covariance = np.zeros((n_items, n_items))
    row, column = np.tril_indices(n_items)
    covariance[row, column] = covariance[column, row] = moments[n_items:]
    return moments[:n_items], covariance


def _flat(by_mean: FloatArray, by_covariance: FloatArray, *, doubled: bool = True) -> FloatArray:
    """Lay slopes out: one off the diagonal stands for two cells."""
    row, column = np.tril_indices(by_covariance.shape[-1])
    cells = by_covariance[..., row, column]
    if doubled:
        cells = np.where(row == column, 1.0, 2.0) * cells
    return np.concatenate([by_mean, cells], axis=-1)


def _deviance(found: Sequence[AtMoments]) -> float:
    return sum(at.deviance for at in found)
