"""The posterior of a two-level factor model of continuous items, factors integrated out."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from learnclimate.inference.factors.continuous import (
    ContinuousPosterior,
    continuous_posterior,
    inverse,
    log_prior_items,
)
from learnclimate.inference.factors.parameters import FactorParameters, Point, Slopes
from learnclimate.inference.factors.two_level import TeamMoments
from learnclimate.measurement.factor_design import FactorDesign
from learnclimate.measurement.factor_model import FactorDeclaration

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_LOG_ROOT_TWO_PI = 0.5 * np.log(2 * np.pi)


class _At(NamedTuple):
    """
    What the likelihood is made of, at one point.

    Loadings `behind` and `over` are those of independent factors of respondents and of teams;
    `spread`, (n_patterns, q, q), is what is left open of a respondent's factors given the
    team's, and `open_team`, (n_teams, q, q), of the team's.
    """

    behind: FloatArray
    over: FloatArray
    residual: FloatArray
    standard: FloatArray
    spread: FloatArray
    shared: FloatArray
    team_mean: FloatArray
    open_team: FloatArray


@dataclass(frozen=True, slots=True)
class ContinuousTeamPosterior:
    """
    The posterior of a factor model of continuous items whose factors vary over teams.

    Given the parameters all answers of a team are jointly normal: respondents' own factors are
    integrated out first, then the team's, in closed form both times.

    Attributes
    ----------
    single : ContinuousPosterior
        Coordinates, which hold the spread over teams as well, and the answers.
    team : ndarray of shape (n_respondents,), int
        Place of each respondent's team.
    members : sparse array of shape (n_teams, n_respondents)
        1 where a respondent belongs to a team.
    alike : sparse array of shape (n_teams, n_patterns)
        How many of a team left the same items open.
    """

    single: ContinuousPosterior
    team: IntArray
    members: Any
    alike: Any

    @property
    def parameters(self) -> FactorParameters:
        """Coordinates of loadings, correlations and spreads over teams."""
        return self.single.parameters

    @property
    def size(self) -> int:
        """How many coordinates there are."""
        return self.single.size

    @property
    def has_grid(self) -> bool:
        """Whether factors are integrated out on a grid."""
        return False

    def oriented(self, theta: FloatArray) -> FloatArray:
        """Turn points so that each factor points the way most of its items do."""
        return self.single.oriented(theta)

    def anchored(self, theta: FloatArray, finer: float = 1.0) -> "ContinuousTeamPosterior":  # noqa: ARG002 - a grid would read them
        """
        Return the posterior itself: it is exact everywhere.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            Not used.
        finer : float, default 1
            Not used.

        Returns
        -------
        ContinuousTeamPosterior
            The same.
        """
        return replace(self)

    def log_density(self, theta: FloatArray) -> FloatArray:
        """
        Log prior plus log likelihood.

        Parameters
        ----------
        theta : ndarray of shape (S, size)
            Points.

        Returns
        -------
        ndarray of shape (S,)
            With all constants but that of the unit of the answers.
        """
        point, mean, sd = self.single.parts(theta)
        found = [self._likelihood(point, place, mean, sd)[0] for place in range(len(mean))]
        total = np.array(found) + point.log_prior + log_prior_items(mean, sd)
        return np.where(np.isfinite(total), total, -np.inf)

    def value_and_gradient(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """
        Log density and its gradient.

        Parameters
        ----------
        theta : ndarray of shape (size,)
            One point.

        Returns
        -------
        value : float
            Log density.
        gradient : ndarray of shape (size,)
            By Fisher's identity.
        """
        point, mean, sd = self.single.parts(theta[None])
        value, at = self._likelihood(point, 0, mean, sd)
        value += float(point.log_prior[0] + log_prior_items(mean, sd)[0])
        data = self.single.measured
        of_team = at.team_mean[self.team]
        less_team = data.answered * (at.standard - of_team @ at.over.T)
        own = np.einsum("nab,nb->na", at.spread[data.of_respondent], less_team @ at.behind)
        left = data.answered * (less_team - own @ at.behind.T)
        by_mean = left.sum(axis=0) / at.residual
        by_log = (at.standard * left).sum(axis=0) - data.answered.sum(axis=0)
        by_behind, by_over = self._by_open_factors(at)
        # Strong loadings leave less residual, for the items' standard deviations are given.
        by_scale = (by_log / point.scale[0] ** 2)[:, None]
        by_behind += left.T @ own - by_scale * at.behind
        by_over += left.T @ of_team - by_scale * at.over
        slopes = _slopes(point, by_behind, by_over)
        n = self.parameters.size
        shared = self.parameters.gradient(theta[:n], point, slopes)
        return value, np.concatenate([shared, by_mean - mean[0], by_log + 1 - sd[0] ** 2])

    def team_moments(self, theta: FloatArray) -> TeamMoments:
        """
        Describe each team's factors given the parameters.

        Parameters
        ----------
        theta : ndarray of shape (S, size)
            Points.

        Returns
        -------
        TeamMoments
            In standard deviations within teams; nothing is skewed.
        """
        return self.moments_at(*self.single.parts(theta))

    def moments_at(self, point: Point, mean: FloatArray, sd: FloatArray) -> TeamMoments:
        """
        Describe each team's factors given the parameters.

        Parameters
        ----------
        point : Point
            Loadings, correlations and spreads; their prior is not read.
        mean, sd : ndarray of shape (S, n_items)
            Of the items, in units of the scale's length, from its middle.

        Returns
        -------
        TeamMoments
            In standard deviations within teams; nothing is skewed.
        """
        means, roots = [], []
        for place in range(len(mean)):
            _, at = self._likelihood(point, place, mean, sd)
            turned = point.team_sd[place][:, None] * point.team_factor[place]
            means.append(at.team_mean @ turned.T)
            roots.append(turned @ np.linalg.cholesky(at.open_team))
        return TeamMoments(np.array(means), np.array(roots), np.zeros(np.shape(means)))

    def _likelihood(
        self, point: Point, place: int, mean: FloatArray, sd: FloatArray
    ) -> tuple[float, _At]:
        data = self.single.measured
        behind = point.loadings[place] @ point.factor[place]
        turned = point.team_sd[place][:, None] * point.team_factor[place]
        over = point.loadings[place] @ turned
        residual = sd[place] / point.scale[place]
        standard = data.answered * (data.values - mean[place]) / residual
        eye = np.eye(behind.shape[1])
        precision = eye + _sums(data.patterns, behind, behind)
        spread, shared = inverse(precision), _sums(data.patterns, behind, over)
        through = standard @ behind
        own = np.einsum("nab,nb->na", spread[data.of_respondent], through)
        left = data.answered * (standard - own @ behind.T)
        # What each respondent tells of the team's factors, their own integrated out.
        told = _sums(data.patterns, over, over)
        told -= shared.transpose(0, 2, 1) @ spread @ shared
        by_team = self.members @ (left @ over)
        known = (self.alike @ told.reshape(len(told), -1)).reshape(-1, *eye.shape) + eye
        open_team = inverse(known)
        team_mean = np.einsum("tab,tb->ta", open_team, by_team)
        square = (standard**2).sum() - (through * own).sum() - (by_team * team_mean).sum()
        log_size = np.linalg.slogdet(precision)[1][data.of_respondent].sum()
        log_size += np.linalg.slogdet(known)[1].sum()
        constant = (data.answered @ (np.log(residual) + _LOG_ROOT_TWO_PI)).sum()
        value = float(-0.5 * (square + log_size) - constant)
        found = _At(behind, over, residual, standard, spread, shared, team_mean, open_team)
        return value, found

    def _by_open_factors(self, at: _At) -> tuple[FloatArray, FloatArray]:
        """Tell what the factors' own uncertainty adds to the slopes by both kinds of loadings."""
        data = self.single.measured
        many = np.bincount(data.of_respondent, minlength=len(data.patterns))
        size = at.open_team.shape[1:]
        team = (self.alike.T @ at.open_team.reshape(len(at.open_team), -1)).reshape(-1, *size)
        across = -(at.spread @ at.shared @ team)
        own = many[:, None, None] * at.spread
        own = own - across @ at.shared.transpose(0, 2, 1) @ at.spread
        by_item = [np.einsum("pj,pab->jab", data.patterns, one) for one in (own, across, team)]
        behind = np.einsum("jab,jb->ja", by_item[0], at.behind)
        behind += np.einsum("jab,jb->ja", by_item[1], at.over)
        over = np.einsum("jba,jb->ja", by_item[1], at.behind)
        over += np.einsum("jab,jb->ja", by_item[2], at.over)
        return -behind, -over


def _sums(patterns: FloatArray, one: FloatArray, other: FloatArray) -> FloatArray:
    """Sum products of loadings over the items of each pattern."""
    both = one[:, :, None] * other[:, None, :]
    return np.asarray((patterns @ both.reshape(len(both), -1)).reshape(-1, *both.shape[1:]))


def _slopes(point: Point, by_behind: FloatArray, by_over: FloatArray) -> Slopes:
    """Carry slopes by the loadings of independent factors on to their parts."""
    factor, team_factor, sd = point.factor[0], point.team_factor[0], point.team_sd[0]
    by_turned = point.loadings[0].T @ by_over
    return Slopes(
        loading=by_behind @ factor.T + by_over @ (sd[:, None] * team_factor).T,
        factor=point.loadings[0].T @ by_behind,
        team_sd=(by_turned * team_factor).sum(axis=1),
        team_factor=sd[:, None] * by_turned,
        threshold=np.zeros(0),
    )


def continuous_team_posterior(
    model: FactorDeclaration, design: FactorDesign
) -> ContinuousTeamPosterior:
    """
    Set up the posterior of the parameters.

    Parameters
    ----------
    model : FactorModel
        The declaration.
    design : FactorDesign
        The answers.

    Returns
    -------
    ContinuousTeamPosterior
        Ready to be evaluated.
    """
    team = design.team[design.answered]
    single, n_teams = continuous_posterior(model, design), len(design.teams)
    data, each = single.measured, np.arange(len(team))
    members = sparse.csr_array((np.ones(len(team)), (team, each)), (n_teams, len(team)))
    shape = (len(team), len(data.patterns))
    of_pattern = sparse.csr_array((np.ones(len(team)), (each, data.of_respondent)), shape)
    return ContinuousTeamPosterior(single, team, members, (members @ of_pattern).tocsr())
