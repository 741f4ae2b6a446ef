"""From a survey to design arrays: what every engine and every estimand reads."""

from collections.abc import Callable
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
    hidden_from : ndarray of shape (n_teams,), int, or None
        Under pseudonyms, from which minimum on each team is hidden, as under its name.
    n_uncentred : int
        How many of the last covariates an engine added for itself; their means count as 0.
    factors : tuple of str
        Covariates that are drawn values of factors, with mean 0 by definition.
    unknown : CountDesign or None
        Respondents who left the frequency open and whose level is to be summed out: for each a
        row for every level, one behind the other, that share the respondent equally in their
        multiplicities. The other arrays hold those who answered; both are among the teams.

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
    hidden_from: IntArray | None = None
    n_uncentred: int = 0
    factors: tuple[str, ...] = ()
    unknown: "CountDesign | None" = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.outcome)

    def __repr__(self) -> str:
        """Tell the size; the rows stay in the arrays."""
        return f"<CountDesign of {self.n_respondents} respondents in {self.n_teams} teams>"

    @property
    def n_teams(self) -> int:
        """Number of teams."""
        return len(self.teams)

    @property
    def n_respondents(self) -> int:
        """Number of respondents, those whose level is unknown among them."""
        others = 0 if self.unknown is None else self.unknown.n_respondents
        return round(float(self.multiplicity.sum())) + others

    @property
    def department_names(self) -> tuple[str, ...]:
        """Labels of the departments, sorted; empty without."""
        if self.departments is None:
            return ()
        return tuple(sorted({str(name) for name in self.departments}))

    @property
    def department_codes(self) -> IntArray:
        """Each team's place among `department_names`, shape (n_teams,)."""
        places = {name: place for place, name in enumerate(self.department_names)}
        named = self.departments if self.departments is not None else ()
        return np.array([places[str(name)] for name in named], dtype=np.int64)

    @property
    def team_sizes(self) -> IntArray:
        """Respondents of each team, shape (n_teams,)."""
        others = 0 if self.unknown is None else self.unknown.team_sizes
        return self.answered_sizes + others

    @property
    def answered_sizes(self) -> IntArray:
        """Respondents of each team but for those whose level is unknown, shape (n_teams,)."""
        sizes = np.bincount(self.team, weights=self.multiplicity, minlength=self.n_teams)
        return np.rint(sizes).astype(np.int64)

    @property
    def covariate_means(self) -> FloatArray:
        """Mean of each covariate, 0 for factors, over respondents: shape (n_covariate_labels,)."""
        if self.n_rows == 0:
            return np.zeros(self.covariates.shape[1])
        values, times = self._of_everyone(lambda part: part.covariates)
        means = np.average(values, axis=0, weights=times)
        means[len(means) - self.n_uncentred :] = 0.0
        for place, label in enumerate(self.coding.covariate_labels):
            if label in self.factors:
                means[place] = 0.0
        return np.asarray(means)

    @property
    def covariate_sds(self) -> FloatArray:
        """Standard deviation of each covariate, shape (n_covariate_labels,)."""
        values, times = self._of_everyone(lambda part: part.covariates)
        return np.sqrt(np.average((values - self.covariate_means) ** 2, axis=0, weights=times))

    @property
    def zero_covariate_means(self) -> FloatArray:
        """Mean of each covariate of the zero part, shape (n_zero_covariate_labels,)."""
        if self.asked.zero_covariates is None:
            return np.zeros(0)
        values, times = self._of_everyone(lambda part: part.asked.zero_covariates)
        return np.average(values, axis=0, weights=times)

    @property
    def zero_covariate_sds(self) -> FloatArray:
        """Standard deviation of each covariate of the zero part, shape likewise."""
        if self.asked.zero_covariates is None:
            return np.zeros(0)
        values, times = self._of_everyone(lambda part: part.asked.zero_covariates)
        return np.sqrt(np.average((values - self.zero_covariate_means) ** 2, axis=0, weights=times))

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

    def of_teams(self, teams: IntArray) -> "CountDesign":
        """
        Give the design of some of its teams, all their rows and no others.

        Parameters
        ----------
        teams : ndarray of shape (n_chosen,), int
            Which teams, in rising order.

        Returns
        -------
        CountDesign
            Their rows in the order of this design; teams are numbered anew.
        """
        rows = np.flatnonzero(np.isin(self.team, teams))
        departments = None if self.departments is None else self.departments[teams]
        minimums = None if self.hidden_from is None else self.hidden_from[teams]
        return replace(
            self.of_rows(rows),
            team=np.searchsorted(teams, self.team[rows]),
            teams=self.teams[teams],
            departments=departments,
            hidden_from=minimums,
            unknown=None if self.unknown is None else self.unknown.of_teams(teams),
        )

    def _of_everyone(
        self, columns: Callable[["CountDesign"], FloatArray | None]
    ) -> tuple[FloatArray, FloatArray]:
        """Give some columns with multiplicities; of those too whose level is unknown."""
        parts = [self] if self.unknown is None else [self, self.unknown]
        found = [values for values in map(columns, parts) if values is not None]
        if len(parts) == 1:
            return found[0], self.multiplicity
        return np.concatenate(found), np.concatenate([part.multiplicity for part in parts])
