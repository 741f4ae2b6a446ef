"""Pairs of ordered answers, of one respondent and of two members of a team: implied, and told."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.inference.factors.grid import even_grid
from learnclimate.measurement.bivariate_normal import bivariate_normal_cdf
from learnclimate.measurement.factor_design import LOGIT_SCALE

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_SPACING = 0.2
_LEAST_SIMULATED, _SIMULATED_PER_MOMENT = 10_000, 40


@dataclass(frozen=True, slots=True)
class Clustered:
    """
    Ordered answers of members of teams: normal variables behind them, cut by thresholds.

    Attributes
    ----------
    own, shared : ndarray of shape (n_items, any)
        Loadings on independent standard normal variables of the respondent, and of the team, in
        residual standard deviations.
    thresholds : ndarray of shape (n_cuts,)
        In residual standard deviations, item after item.
    item_of_cut : ndarray of shape (n_cuts,), int
        Item of each threshold.
    logit : bool
        Whether residuals are logistic; there may then be one variable of either kind.
    """

    own: FloatArray
    shared: FloatArray
    thresholds: FloatArray
    item_of_cut: IntArray
    logit: bool

    @property
    def n_items(self) -> int:
        """How many items there are."""
        return len(self.own)

    def moments(self) -> FloatArray:
        """
        Give the expected moments.

        Returns
        -------
        ndarray of shape (n_cuts + n_items * n_items,)
            Shares above each threshold; mean products of two items of a respondent, pair by pair
            of the lower triangle; and of two members of a team, the diagonal too.
        """
        return self._by_nodes() if self.logit else self._by_normals()

    def _by_normals(self) -> FloatArray:
        shared = self.shared @ self.shared.T
        total = self.own @ self.own.T + shared
        sd = np.sqrt(1 + np.diag(total))
        cuts = self.thresholds / sd[self.item_of_cut]
        scale = np.outer(sd, sd)
        row, column = np.tril_indices(self.n_items, -1)
        own = self._products(cuts, (total / scale)[row, column], (row, column))
        row, column = np.tril_indices(self.n_items)
        team = self._products(cuts, (shared / scale)[row, column], (row, column))
        return np.concatenate([special.ndtr(-cuts), own, team])

    def _products(
        self, cuts: FloatArray, correlation: FloatArray, pairs: tuple[IntArray, IntArray]
    ) -> FloatArray:
        """Mean products of two items' answers: sums over both items' thresholds."""
        most = int(np.bincount(self.item_of_cut).max())
        padded = np.full((self.n_items, most), 40.0)
        first = np.concatenate([[True], np.diff(self.item_of_cut) > 0])
        place = np.arange(len(first)) - np.maximum.accumulate(
            np.where(first, np.arange(len(first)), 0)
        )
        padded[self.item_of_cut, place] = cuts
        one, other = -padded[pairs[0]], -padded[pairs[1]]
        found = bivariate_normal_cdf(one[:, :, None], other[:, None, :], correlation[:, None, None])
        return np.asarray(found.sum(axis=(1, 2)))

    def _by_nodes(self) -> FloatArray:
        """One variable of either kind, on a grid each."""
        side = even_grid(1, _SPACING)
        node, weight = side.nodes[:, 0], np.exp(side.log_weight)
        weight = weight / weight.sum()
        away = self.own[:, 0, None, None] * node[:, None] + self.shared[:, 0, None, None] * node
        reach = special.expit(
            LOGIT_SCALE * (away[self.item_of_cut] - self.thresholds[:, None, None])
        )
        starts = np.flatnonzero(np.concatenate([[True], np.diff(self.item_of_cut) > 0]))
        mean = np.add.reduceat(reach, starts, axis=0)
        both = np.einsum("amt,bmt,m,t->ab", mean, mean, weight, weight, optimize=True)
        given_team = np.einsum("amt,m->at", mean, weight)
        team = (given_team * weight) @ given_team.T
        below, lower = np.tril_indices(self.n_items, -1), np.tril_indices(self.n_items)
        shares = np.einsum("cmt,m,t->c", reach, weight, weight)
        return np.concatenate([shares, both[below], team[lower]])

    def covariance(self, team: IntArray, rng: np.random.Generator) -> FloatArray:
        """
        Give the covariances of the moments of a study, times its respondents, by simulated teams.

        Parameters
        ----------
        team : ndarray of shape (n_respondents,), int
            Team of each respondent.
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        ndarray of shape (n_moments, n_moments)
            Covariances; teams are independent, and their members are not.
        """
        expected, n_teams = self.moments(), int(team.max()) + 1
        wanted = max(_LEAST_SIMULATED, _SIMULATED_PER_MOMENT * len(expected))
        n_studies = int(np.ceil(wanted / n_teams))
        total = np.zeros((len(expected), len(expected)))
        for _ in range(n_studies):
            made = team_moments(self.replicate(team, rng), team, self.item_of_cut)
            apart = made.sums - made.weight * expected
            total += apart.T @ apart
        weight = made.weight.sum(axis=0)
        covariance = len(team) * total / n_studies / np.outer(weight, weight)
        # Of an answer that next to nobody gives, few teams tell; a share varies by this at least.
        share = expected[: len(self.thresholds)]
        at = np.arange(len(share))
        covariance[at, at] = np.maximum(covariance[at, at], share * (1 - share))
        # The inverse of covariances of so many teams is too large by so much, on average.
        teams = n_studies * n_teams
        return np.asarray(covariance * teams / (teams - len(expected) - 2))

    def replicate(self, team: IntArray, rng: np.random.Generator) -> FloatArray:
        """
        Draw answers of new respondents in new teams.

        Parameters
        ----------
        team : ndarray of shape (n_respondents,), int
            Team of each respondent.
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        ndarray of shape (n_respondents, n_items)
            Answers from 0 up.
        """
        n, n_teams = len(team), int(team.max()) + 1
        behind = rng.standard_normal((n, self.own.shape[1])) @ self.own.T
        behind += (rng.standard_normal((n_teams, self.shared.shape[1])) @ self.shared.T)[team]
        if self.logit:
            behind += rng.logistic(size=behind.shape) / LOGIT_SCALE
        else:
            behind += rng.standard_normal(behind.shape)
        above = behind[:, self.item_of_cut] > self.thresholds
        starts = np.flatnonzero(np.concatenate([[True], np.diff(self.item_of_cut) > 0]))
        return np.add.reduceat(above.astype(float), starts, axis=1)


@dataclass(frozen=True, slots=True)
class TeamMoments:
    """
    Sums of a team's answers and of products of two.

    Attributes
    ----------
    sums, weight : ndarray of shape (n_teams, n_moments)
        Sums, and what they are to be divided by to make a mean. Of pairs of members every
        respondent weighs the same, however large the team.
    """

    sums: FloatArray
    weight: FloatArray

    @property
    def moments(self) -> FloatArray:
        """Means over the study, (n_moments,)."""
        return np.asarray(self.sums.sum(axis=0) / self.weight.sum(axis=0))


def team_moments(answers: FloatArray, team: IntArray, item_of_cut: IntArray) -> TeamMoments:
    """
    Sum answers up by team, in the order of `Clustered.moments`.

    Parameters
    ----------
    answers : ndarray of shape (n_respondents, n_items)
        Answers from 0 up, without gaps.
    team : ndarray of shape (n_respondents,), int
        Team of each respondent; every team from 0 up has one.
    item_of_cut : ndarray of shape (n_cuts,), int
        Item of each threshold.

    Returns
    -------
    TeamMoments
        Sums and weights.
    """
    order = np.argsort(team, kind="stable")
    size = np.bincount(team)
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    first = np.concatenate([[True], np.diff(item_of_cut) > 0])
    place = np.arange(len(first))
    level = place - np.maximum.accumulate(np.where(first, place, 0)) + 1
    row, column = np.tril_indices(answers.shape[1])
    given = answers[order]
    above = (given[:, item_of_cut] >= level).astype(float)
    products = np.add.reduceat(given[:, row] * given[:, column], start, axis=0)
    total = np.add.reduceat(given, start, axis=0)
    others = np.maximum(size - 1, 1)[:, None]
    pairs = (total[:, row] * total[:, column] - products) / others
    sums = np.concatenate(
        [np.add.reduceat(above, start, axis=0), products[:, row != column], pairs], axis=1
    )
    weight = np.repeat(size[:, None].astype(float), sums.shape[1], axis=1)
    weight[size == 1, -len(row) :] = 0.0
    return TeamMoments(sums, weight)
