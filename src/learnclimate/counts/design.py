"""From a survey to design arrays: what every engine and every estimand reads."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.asked_rows import AskedRows, typical_counts
from learnclimate.counts.coding import DesignCoding

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CountDesign:
    """
    A survey in numbers, one row a respondent (or a cell of alike respondents).

    Attributes
    ----------
    outcome : ndarray of shape (n_rows,), int64
        Counts; the lowest count of an answer that allows several.
    log_exposure : ndarray of shape (n_rows,)
        Log exposure; 0 without one.
    frequency_level : ndarray of shape (n_rows, n_frequencies), int64
        Level index, 0 the lowest.
    covariates : ndarray of shape (n_rows, n_covariate_labels)
        On their own scale, not centred.
    team : ndarray of shape (n_rows,), int64
        Index into `teams`.
    multiplicity : ndarray of shape (n_rows,)
        How many respondents a row stands for; ones unless the rows are cells.
    weight : ndarray of shape (n_rows,)
        Sampling weight of each respondent of the row, for standardised answers only.
    teams : ndarray of shape (n_teams,), str
        Team labels, sorted.
    departments : ndarray of shape (n_teams,), str, or None
        Each team's department.
    coding : DesignCoding
        How the arrays were coded.
    asked : AskedRows
        What rows hold beyond a count: ranges of counts, numbers of trials, covariates of the
        zero part.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> from learnclimate.survey.example import load_example
    >>> design = CountModel().design(load_example())
    >>> design.n_teams
    60
    >>> design.coding.frequency_names
    ('talk',)
    """

    outcome: IntArray
    log_exposure: FloatArray
    frequency_level: IntArray
    covariates: FloatArray
    team: IntArray
    multiplicity: FloatArray
    weight: FloatArray
    teams: npt.NDArray[np.object_]
    departments: npt.NDArray[np.object_] | None
    coding: DesignCoding
    asked: AskedRows = field(default_factory=AskedRows)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.outcome)

    @property
    def n_teams(self) -> int:
        """Number of teams."""
        return len(self.teams)

    @property
    def n_respondents(self) -> int:
        """Number of respondents behind the rows."""
        return round(float(self.multiplicity.sum()))

    @property
    def team_sizes(self) -> IntArray:
        """Respondents of each team, shape (n_teams,)."""
        sizes = np.bincount(self.team, weights=self.multiplicity, minlength=self.n_teams)
        return np.rint(sizes).astype(np.int64)

    @property
    def covariate_means(self) -> FloatArray:
        """Mean of each covariate over the respondents, shape (n_covariate_labels,)."""
        if self.n_rows == 0:
            return np.zeros(self.covariates.shape[1])
        return np.average(self.covariates, axis=0, weights=self.multiplicity)

    @property
    def covariate_sds(self) -> FloatArray:
        """Standard deviation of each covariate, shape (n_covariate_labels,)."""
        centred = self.covariates - self.covariate_means
        return np.sqrt(np.average(centred**2, axis=0, weights=self.multiplicity))

    @property
    def zero_covariate_means(self) -> FloatArray:
        """Mean of each covariate of the zero part, shape (n_zero_covariate_labels,)."""
        if self.asked.zero_covariates is None:
            return np.zeros(0)
        return np.average(self.asked.zero_covariates, axis=0, weights=self.multiplicity)

    @property
    def zero_covariate_sds(self) -> FloatArray:
        """Standard deviation of each covariate of the zero part, shape likewise."""
        if self.asked.zero_covariates is None:
            return np.zeros(0)
        centred = self.asked.zero_covariates - self.zero_covariate_means
        return np.sqrt(np.average(centred**2, axis=0, weights=self.multiplicity))

    @property
    def typical_outcome(self) -> FloatArray:
        """Counts, roughly where answers allow several, shape (n_rows,)."""
        return typical_counts(self.outcome, self.asked.highest)

    @property
    def mean_rate(self) -> float:
        """Mean count per unit of exposure; share of the trials where these bound the counts."""
        total = float((self.multiplicity * self.typical_outcome).sum())
        if self.asked.trials is not None:
            return total / float((self.multiplicity * self.asked.trials).sum())
        return total / float((self.multiplicity * np.exp(self.log_exposure)).sum())

    def of_rows(self, rows: IntArray) -> "CountDesign":
        """
        Give the design of some of its rows, all teams kept.

        Parameters
        ----------
        rows : ndarray of shape (n_chosen,), int
            Which rows; one may come several times.

        Returns
        -------
        CountDesign
            The rows in that order, coded as before.
        """
        return replace(
            self,
            outcome=self.outcome[rows],
            log_exposure=self.log_exposure[rows],
            frequency_level=self.frequency_level[rows],
            covariates=self.covariates[rows],
            team=self.team[rows],
            multiplicity=self.multiplicity[rows],
            weight=self.weight[rows],
            asked=self.asked.take(rows),
        )
