"""Equal measurement of answers taken as numbers: likeliest parameters, level by level."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg

from learnclimate.checks.invariance_configural import StructureTest
from learnclimate.checks.invariance_distance import DistanceTest
from learnclimate.checks.invariance_layout import (
    LOADINGS,
    RESIDUAL,
    SHIFT,
    Apart,
    GroupItems,
    Layout,
)
from learnclimate.checks.invariance_parameters import Parts, Shared, begin_halfway, upright
from learnclimate.checks.invariance_robust import KNOWN, Scatter, judged
from learnclimate.checks.normal_moments import (
    GroupAnswers,
    at_moments,
    most_likely,
    pulls_of_teams,
    saturated,
)

FloatArray = npt.NDArray[np.float64]

_RANK = 1e-8
_PARTS = ((LOADINGS,), (SHIFT,), (RESIDUAL,), (LOADINGS, SHIFT), (LOADINGS, RESIDUAL))
_NEVER_SINGULAR = 1e-12


@dataclass(frozen=True, slots=True)
class NormalLinear:
    """
    What lies behind a test of equal measurement, about its solution.

    Attributes
    ----------
    residual : ndarray of shape (n_values,)
        Moments that are left, in units in which they are independent with a variance of 1.
    basis : ndarray of shape (n_values, df)
        Directions that are tested.
    n_groups : int
        How many groups.
    scatter : Scatter or None
        What teams do to the residuals; None where respondents are independent.
    moved : tuple of ndarray of shape (n_values, n_own)
        How residuals move with each parameter of each group.
    """

    residual: FloatArray
    basis: FloatArray
    n_groups: int
    scatter: Scatter | None
    moved: tuple[FloatArray, ...]

    def columns(self, layout: Layout, step: tuple[Apart, ...]) -> FloatArray:
        """
        Tell how the residuals move with what a step sets apart.

        Parameters
        ----------
        layout : Layout
            Which parameter is which.
        step : tuple of (item, group, part)
            What is set apart.

        Returns
        -------
        ndarray of shape (n_values, n_directions)
            Columns.
        """
        parts = Parts(layout)
        return np.concatenate(
            [self.moved[group][:, parts.columns(item, part)] for item, group, part in step], axis=1
        )


@dataclass(frozen=True, slots=True)
class NormalTests:
    """
    Tests of equal measurement of several groups, of answers taken as numbers.

    Attributes
    ----------
    layout : Layout
        Which parameter is which; of an item, one intercept in the place of thresholds.
    answers : tuple of GroupAnswers
        Group by group.
    told : tuple of int
        Respondents of each group, as they may be told.
    free : tuple of (ndarray, float)
        Likeliest means and covariances of each group, and minus twice their log likelihood.
    configural : tuple of (ndarray, float)
        Parameters of each group's own, (n_groups, n_own), and the same.
    n_teams : int
        Teams of the study; 0 where respondents are taken to be independent.
    """

    layout: Layout
    answers: tuple[GroupAnswers, ...]
    told: tuple[int, ...]
    free: tuple[tuple[FloatArray, float], ...]
    configural: tuple[FloatArray, float]
    n_teams: int

    def parts(self, level: str) -> tuple[tuple[str, ...], ...]:
        """List what of an item may be set apart at a level."""
        return ((LOADINGS,),) if level == "metric" else _PARTS

    @property
    def price(self) -> float:
        """What a free value costs by the Bayesian information criterion."""
        return float(np.log(sum(self.told)))

    def configural_bic(self) -> float:
        """Penalty of parameters that are free in every group, as `DistanceTest.bic`."""
        shared = Parts(self.layout).shared(len(self.answers), "configural", frozenset())
        return shared.n_free * self.price

    def structure(self) -> StructureTest | None:
        """Hold the structure against all moments; None where it leaves nothing to test."""
        own, deviance = self.configural
        whitened, reached, _ = self._around(own)
        basis = _beyond(reached, np.eye(len(reached)))
        if not basis.shape[1]:
            return None
        distance = deviance - sum(one for _, one in self.free)
        told = judged(distance, basis, self._scatter(whitened))
        return StructureTest(told.statistic, basis.shape[1], told.p_value, distance)

    def judge_level(self, level: str, apart_in: frozenset[Apart] = frozenset()) -> DistanceTest:
        """
        Test whether groups share parameters, by the likelihood ratio.

        Parameters
        ----------
        level : {"metric", "scalar", "strict"}
            What is equal: loadings; intercepts too; residual variances too.
        apart_in : frozenset of (item, group, part), default none
            What has a value of its own in a group.

        Returns
        -------
        DistanceTest
            Against parameters that are free in every group (configural).
        """
        parts = Parts(self.layout)
        shared = parts.shared(len(self.answers), level, apart_in)
        free, deviance = _fitted(parts, self.answers, shared, self.configural[0])
        own = shared.values(free)
        whitened, reached, residual = self._around(own)
        spread = np.zeros((own.size, shared.n_free))
        kept = shared.place.ravel() >= 0
        spread[np.flatnonzero(kept), shared.place.ravel()[kept]] = 1.0
        basis = _beyond(reached @ spread, reached)
        distance = max(deviance - self.configural[1], 0.0)
        scatter = self._scatter(whitened)
        told = judged(distance, basis, scatter)
        n_own = own.shape[1]
        linear = NormalLinear(
            residual,
            basis,
            len(own),
            scatter,
            tuple(reached[:, group * n_own :][:, :n_own] for group in range(len(own))),
        )
        return DistanceTest(
            told.statistic,
            basis.shape[1],
            told.p_value,
            told.statistic + shared.n_free * self.price,
            distance,
            linear,
        )

    def _around(self, own: FloatArray) -> tuple[list[FloatArray], FloatArray, FloatArray]:
        """Give roots of the information, whitened slopes by all parameters, and residuals."""
        parts, roots, left = Parts(self.layout), [], []
        for answers, values, (moments, _) in zip(self.answers, own, self.free, strict=True):
            implied = parts.moments(values)
            root = np.linalg.cholesky(at_moments(answers, implied).information).T
            roots.append(root)
            left.append(root @ (moments - implied))
        slopes = [root @ parts.slopes(values) for root, values in zip(roots, own, strict=True)]
        return roots, linalg.block_diag(*slopes), np.concatenate(left)

    def _scatter(self, roots: list[FloatArray]) -> Scatter | None:
        """Tell what teams do to whitened moments; teams in several groups count once."""
        if not self.n_teams:
            return None
        moved = [
            root @ (_few(answers) * pulls_of_teams(answers, moments, self.n_teams)).T
            for root, answers, (moments, _) in zip(roots, self.answers, self.free, strict=True)
        ]
        pulls = np.concatenate(moved)
        there = [np.abs(own).max(axis=0) > 0 for own in moved]
        if np.sum(there, axis=0).max() > 1:
            return Scatter(pulls, np.zeros(self.n_teams, dtype=np.int64))
        block = np.full(self.n_teams, KNOWN)
        for group, own in enumerate(there):
            block[own] = group
        return Scatter(pulls[:, block != KNOWN], block[block != KNOWN])


def normal_tests(
    answers: Sequence[GroupAnswers], layout: Layout, told: Sequence[int], n_teams: int
) -> NormalTests:
    """
    Fit every group by itself, and make ready to test what groups share.

    Parameters
    ----------
    answers : sequence of GroupAnswers
        Group by group.
    layout : Layout
        Which parameter is which.
    told : sequence of int
        Respondents of each group, as they may be told.
    n_teams : int
        Teams of the study; 0 to take respondents for independent.

    Returns
    -------
    NormalTests
        Tests.

    Raises
    ------
    SurveyError
        If no likeliest parameters are found.

    References
    ----------
    Jöreskog (1971), doi 10.1007/BF02291366 (several groups).
    Satorra (2000), doi 10.1007/978-1-4615-4603-0_17 (scaled difference tests).
    Yuan and Bentler (2000), doi 10.1111/0081-1750.00078 (missing answers).
    """
    parts = Parts(layout)
    free = tuple(saturated(own) for own in answers)
    begin = np.stack([begin_halfway(layout, at) for at, _ in free])
    shared = parts.shared(len(answers), "configural", frozenset())
    found, deviance = _fitted(parts, answers, shared, begin)
    own = upright(shared.values(found), layout)
    return NormalTests(layout, tuple(answers), tuple(told), free, (own, deviance), n_teams)


def _fitted(
    parts: Parts, answers: Sequence[GroupAnswers], shared: Shared, begin: FloatArray
) -> tuple[FloatArray, float]:
    kept = shared.place >= 0

    def implied(free: FloatArray) -> FloatArray:
        return np.stack([parts.moments(own) for own in shared.values(free)])

    def slopes(free: FloatArray) -> FloatArray:
        found = []
        for own, place, there in zip(shared.values(free), shared.place, kept, strict=True):
            whole = np.zeros((answers[0].n_moments, shared.n_free))
            np.add.at(whole.T, place[there], parts.slopes(own).T[there])
            found.append(whole)
        return np.concatenate(found)

    return most_likely(answers, implied, slopes, shared.of_free(begin))


def _beyond(inner: FloatArray, outer: FloatArray) -> FloatArray:
    """Give an orthonormal basis of what `outer` spans beyond `inner`."""
    left, size, _ = np.linalg.svd(outer / _length(outer), full_matrices=False)
    whole = left[:, size > _RANK * size[0]]
    along = whole.T @ (inner / _length(inner))
    left, size, _ = np.linalg.svd(along, full_matrices=True)
    rank = int((size > _RANK * size[0]).sum())
    return np.asarray(whole @ left[:, rank:])


def _length(columns: FloatArray) -> FloatArray:
    return np.asarray(np.maximum(np.linalg.norm(columns, axis=0), _NEVER_SINGULAR))


def _few(answers: GroupAnswers) -> float:
    n_teams = len(np.unique(answers.team))
    return float(np.sqrt(n_teams / max(n_teams - 1, 1)))


def group_items(tests: NormalTests, rng: np.random.Generator, n_draws: int) -> list[GroupItems]:
    """
    Give each group's own loadings and intercepts, with their uncertainty, to be aligned.

    Parameters
    ----------
    tests : NormalTests
        The groups.
    rng : numpy.random.Generator
        Where draws come from.
    n_draws : int
        How many.

    Returns
    -------
    list of GroupItems
        In answer points; minus the intercepts stand for thresholds.
    """
    parts, layout = Parts(tests.layout), tests.layout
    ends, found = parts.ends, []
    shared = parts.shared(1, "configural", frozenset())
    is_free = shared.place[0] >= 0
    for own, answers, (moments, _), told in zip(
        tests.configural[0], tests.answers, tests.free, tests.told, strict=True
    ):
        slopes = parts.slopes(own)[:, is_free]
        information = at_moments(answers, parts.moments(own)).information
        covariance = np.linalg.pinv(slopes.T @ information @ slopes, hermitian=True)
        sign = np.where(np.arange(ends[1]) < ends[0], 1.0, -1.0)
        away = rng.multivariate_normal(
            np.zeros(len(covariance)), covariance, n_draws, method="eigh"
        )
        values = sign * (own[: ends[1]] + away[:, : ends[1]])
        pulls = None
        if tests.n_teams:
            by_team = pulls_of_teams(answers, moments, tests.n_teams) @ information @ slopes
            pulls = _few(answers) * sign * (by_team @ covariance)[:, : ends[1]]
        spread = parts.read(own)[3]
        found.append(
            GroupItems(
                values[:, : ends[0]],
                values[:, ends[0] :],
                np.ones(layout.n_items, dtype=bool),
                told,
                correlation=spread if layout.n_factors > 1 else None,
                pulls=pulls,
            )
        )
    return found
