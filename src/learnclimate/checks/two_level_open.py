"""Covariances within and between teams: how likely they make answers with gaps."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.two_level_normal import At, Levels, half_of, team_answers

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OpenTeamAnswers:
    """
    Answers of members of teams, some left open: asked as `TeamAnswers` are.

    Attributes
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers; 0 where left open.
    known : ndarray of shape (n_respondents, n_items), bool
        Which were given; one at least of each respondent.
    team : ndarray of shape (n_respondents,), int
        Team of each, from 0 up.
    patterns : tuple of tuple
        Which items, and rows of those who answered these.
    """

    values: FloatArray
    known: BoolArray
    team: IntArray
    patterns: tuple[tuple[BoolArray, IntArray], ...]

    @property
    def n(self) -> int:
        """Respondents."""
        return len(self.values)

    @property
    def n_items(self) -> int:
        """How many items there are."""
        return int(self.values.shape[1])

    @property
    def size(self) -> FloatArray:
        """Members of each team, (n_teams,)."""
        return np.bincount(self.team).astype(float)

    def start(self) -> Levels:
        """Estimate both covariances by mean squares, open answers at the mean of their team."""
        n_teams = int(self.team.max()) + 1
        total, given = np.zeros((2, n_teams, self.n_items))
        np.add.at(total, self.team, self.values)
        np.add.at(given, self.team, self.known.astype(float))
        overall = total.sum(axis=0) / given.sum(axis=0)
        mean = np.where(given > 0, total / np.maximum(given, 1), overall)
        filled = np.where(self.known, self.values, mean[self.team])
        return team_answers(filled, self.team).start()

    def deviance(self, levels: Levels) -> float:
        """Give minus twice the log likelihood at the likeliest means; infinite out of bounds."""
        found = self.at(levels)
        return np.inf if found is None else found.deviance

    def at(self, levels: Levels) -> At | None:
        """
        Tell how likely covariances make the answers, at the likeliest means.

        Parameters
        ----------
        levels : Levels
            The covariances.

        Returns
        -------
        At or None
            Nothing where they are out of bounds.
        """
        if np.linalg.eigvalsh(levels.within)[0] <= 0:
            return None
        n_items = self.n_items
        inverses = np.zeros((len(self.patterns), n_items, n_items))
        log_size = 0.0
        for place, (known, rows) in enumerate(self.patterns):
            own = np.ix_(known, known)
            inverses[place][own] = np.linalg.inv(levels.within[own])
            log_size += len(rows) * np.linalg.slogdet(levels.within[own])[1]
        teams = self._teams(levels, inverses)
        if teams is None:
            return None
        left, slope, deviance = self._at_means(teams, inverses)
        deviance += log_size + self.known.sum() * np.log(2 * np.pi)
        by_between = np.einsum("ta,tb->ab", slope, slope) - teams.information.sum(axis=0)
        moved = (
            left
            - np.einsum("tab,tb->ta", teams.spread, teams.pull(left, self, inverses))[self.team]
        )
        by_within = np.zeros((n_items, n_items))
        for inverse, (_, rows) in zip(inverses, self.patterns, strict=True):
            square = moved[rows].T @ moved[rows] + teams.spread[self.team[rows]].sum(axis=0)
            by_within += inverse @ square @ inverse - len(rows) * inverse
        score = np.concatenate([half_of(by_within), half_of(by_between)])
        return At(float(deviance), score)

    def _teams(self, levels: Levels, inverses: FloatArray) -> "_Teams | None":
        """Tell what members' answers tell of the levels of their teams."""
        n_teams = int(self.team.max()) + 1
        told = np.zeros((n_teams, self.n_items, self.n_items))
        for inverse, (_, rows) in zip(inverses, self.patterns, strict=True):
            told += np.bincount(self.team[rows], minlength=n_teams)[:, None, None] * inverse
        middle = np.eye(self.n_items) + levels.between @ told
        sign, log_size = np.linalg.slogdet(middle)
        if (sign <= 0).any():
            return None
        spread = np.linalg.solve(middle, np.broadcast_to(levels.between, told.shape))
        information = told - told @ spread @ told
        return _Teams(told, spread, information, float(log_size.sum()))

    def _at_means(
        self, teams: "_Teams", inverses: FloatArray
    ) -> tuple[FloatArray, FloatArray, float]:
        """Take the likeliest means off; give the slope by each team's level, and the deviance."""
        pull = teams.pull(self.values, self, inverses)
        less = np.eye(self.n_items) - teams.told @ teams.spread
        whole = teams.information.sum(axis=0)
        mean = np.linalg.solve(whole, np.einsum("tab,tb->a", less, pull))
        left = np.where(self.known, self.values - mean, 0.0)
        pull = pull - teams.told @ mean
        deviance = teams.log_size - float(np.einsum("ta,tab,tb->", pull, teams.spread, pull))
        for inverse, (_, rows) in zip(inverses, self.patterns, strict=True):
            deviance += float(((left[rows] @ inverse) * left[rows]).sum())
        return left, np.einsum("tab,tb->ta", less, pull), deviance


@dataclass(frozen=True, slots=True)
class _Teams:
    """
    What members' answers tell of the levels of their teams.

    Attributes
    ----------
    told : ndarray of shape (n_teams, n_items, n_items)
        Information on a team's levels, were nothing known of them before.
    spread : ndarray of shape (n_teams, n_items, n_items)
        Covariances of these levels, given the answers.
    information : ndarray of shape (n_teams, n_items, n_items)
        On the means of all answers.
    log_size : float
        What teams add to the log determinant.
    """

    told: FloatArray
    spread: FloatArray
    information: FloatArray
    log_size: float

    def pull(self, apart: FloatArray, answers: OpenTeamAnswers, inverses: FloatArray) -> FloatArray:
        """Sum what members' answers, less what is expected, say of their team's levels."""
        found = np.zeros(self.told.shape[:2])
        for inverse, (_, rows) in zip(inverses, answers.patterns, strict=True):
            np.add.at(found, answers.team[rows], apart[rows] @ inverse)
        return found


def open_team_answers(values: FloatArray, team: IntArray) -> OpenTeamAnswers:
    """
    Put respondents together who answered the same items.

    Parameters
    ----------
    values : ndarray of shape (n_respondents, n_items)
        Answers of those who answered an item at least; not a number where left open.
    team : ndarray of shape (n_respondents,), int
        Team of each.

    Returns
    -------
    OpenTeamAnswers
        The answers.
    """
    known = np.isfinite(values)
    masks, place = np.unique(known, axis=0, return_inverse=True)
    patterns = tuple(
        (mask, np.flatnonzero(place.ravel() == number)) for number, mask in enumerate(masks)
    )
    own = np.unique(team, return_inverse=True)[1].ravel()
    return OpenTeamAnswers(np.where(known, values, 0.0), known, own, patterns)
