"""What simulated counts of several kinds of activity are made from."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.names import distinct_names
from learnclimate.core.numbers import is_number
from learnclimate.core.showing import Declared

FloatArray = npt.NDArray[np.float64]

_BY_KIND = ("intercept", "frequency_effect", "tenure_effect", "contract_effect", "respondent_sd")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class KindsTruth(Declared):
    """
    The truth that simulated counts of several kinds are made from.

    Each count is Poisson about a rate whose logarithm has an intercept, a monotone curve over
    the levels, covariates, effects of the team and an effect of the respondent, all by kind.

    Attributes
    ----------
    kinds : tuple of str
        Names of the kinds, which become columns.
    intercept : tuple of float, one a kind
        Log rate at the lowest level, covariates 0, of an average respondent in an average team.
    levels : tuple of str
        Levels of the conversation frequency, lowest first; the same for all kinds.
    frequency_effect : tuple of float, one a kind
        Log rate ratio, highest against lowest level.
    frequency_shape : tuple of float
        Share of each step between levels, the same for all kinds; sums to 1.
    tenure_effect, contract_effect : tuple of float, one a kind
        Log rate ratio per year of tenure; of a temporary against a permanent contract.
    team_sd : tuple of pairs of float, one a kind
        Standard deviations of the teams' intercepts and slopes.
    team_correlation : float
        Correlation of the same effect of any two kinds; intercepts and slopes are independent.
    respondent_sd : tuple of float, one a kind
        Standard deviations of the respondents' effects.
    respondent_correlation : float
        Correlation of the respondents' effects of any two kinds.
    left_open : float
        Share of the answers to each kind that are missing, by chance.

    Raises
    ------
    ArgumentError
        If the parts contradict each other.
    ArgumentTypeError
        If a part is of the wrong type.

    Examples
    --------
    >>> [round(float(np.exp(effect)), 1) for effect in KindsTruth().frequency_effect]
    [2.2, 3.3, 4.5]
    """

    kinds: tuple[str, ...] = ("training", "trying_out", "passed_on")
    intercept: tuple[float, ...] = (-0.3, 0.1, -0.1)
    levels: tuple[str, ...] = ("never", "yearly", "quarterly", "monthly", "weekly")
    frequency_effect: tuple[float, ...] = (0.8, 1.2, 1.5)
    frequency_shape: tuple[float, ...] = (0.3, 0.3, 0.25, 0.15)
    tenure_effect: tuple[float, ...] = (-0.03, -0.01, 0.0)
    contract_effect: tuple[float, ...] = (0.2, 0.1, -0.1)
    team_sd: tuple[tuple[float, float], ...] = ((0.3, 0.25), (0.35, 0.3), (0.3, 0.3))
    team_correlation: float = 0.5
    respondent_sd: tuple[float, ...] = (0.5, 0.6, 0.7)
    respondent_correlation: float = 0.4
    left_open: float = 0.0

    def __post_init__(self) -> None:
        """Check the parts by themselves and against each other."""
        object.__setattr__(self, "kinds", distinct_names("KindsTruth(kinds=...)", self.kinds))
        if len(self.kinds) < 2:
            raise ArgumentError("KindsTruth: give two kinds or more.")
        for name in _BY_KIND:
            value = self._numbers(name)
            if len(value) != len(self.kinds):
                raise ArgumentError(
                    f"KindsTruth({name}=...): {len(self.kinds)} kinds need {len(self.kinds)} "
                    f"numbers, not {len(value)}."
                )
        self._check_levels()
        self._check_spread()

    def covariance_of_teams(self) -> FloatArray:
        """
        Give the covariance of the teams' effects.

        Returns
        -------
        ndarray of shape (2 * n_kinds, 2 * n_kinds)
            Kinds in order, the intercept and the slope of each.

        Examples
        --------
        >>> KindsTruth().covariance_of_teams().shape
        (6, 6)
        """
        sd = np.ravel(self.team_sd)
        among = np.kron(_alike(len(self.kinds), self.team_correlation), np.eye(2))
        return np.asarray(among * sd[:, None] * sd)

    def covariance_of_respondents(self) -> FloatArray:
        """
        Give the covariance of the respondents' effects.

        Returns
        -------
        ndarray of shape (n_kinds, n_kinds)
            Kinds in order.

        Examples
        --------
        >>> bool(np.isclose(KindsTruth().covariance_of_respondents()[0, 0], 0.25))
        True
        """
        sd = np.array(self.respondent_sd)
        return np.asarray(_alike(len(sd), self.respondent_correlation) * sd[:, None] * sd)

    def _numbers(self, name: str) -> tuple[float, ...]:
        value = getattr(self, name)
        if not isinstance(value, tuple | list):
            raise ArgumentTypeError(f"KindsTruth({name}={value!r}): give a tuple of numbers.")
        for number in value:
            if not is_number(number) or not math.isfinite(number):
                raise ArgumentTypeError(f"KindsTruth({name}=...): {number!r} is no finite number.")
        object.__setattr__(self, name, tuple(value))
        return tuple(value)

    def _check_levels(self) -> None:
        object.__setattr__(self, "levels", distinct_names("KindsTruth(levels=...)", self.levels))
        steps = self._numbers("frequency_shape")
        if len(self.levels) < 2 or len(steps) != len(self.levels) - 1:
            raise ArgumentError(
                "KindsTruth: give two levels or more, and one step in frequency_shape fewer."
            )
        if not np.isclose(sum(steps), 1) or min(steps) < 0:
            raise ArgumentError("KindsTruth: frequency_shape should sum to 1, no step below 0.")

    def _check_spread(self) -> None:
        pairs = np.shape(self.team_sd) == (len(self.kinds), 2)
        if not pairs or np.min(self.team_sd) < 0 or min(self.respondent_sd) < 0:
            raise ArgumentError(
                "KindsTruth: team_sd should hold a pair a kind, and no standard deviation be "
                "below 0."
            )
        for name in ("team_correlation", "respondent_correlation"):
            lowest = -1 / (len(self.kinds) - 1)
            if not lowest <= getattr(self, name) <= 1:
                raise ArgumentError(
                    f"KindsTruth({name}=...): give a number from {lowest:.3g} to 1: no "
                    f"{len(self.kinds)} kinds can go apart further."
                )
        if not 0 <= self.left_open < 1:
            raise ArgumentError("KindsTruth(left_open=...): give a share, at least 0, below 1.")


@dataclass(frozen=True, slots=True)
class SimulatedKinds:
    """
    What one simulated survey of several kinds was made from, chance included.

    Attributes
    ----------
    parameters : KindsTruth
        What was asked for.
    teams : tuple of str
        Team labels, sorted.
    team_effects : ndarray of shape (n_teams, n_kinds, 2)
        Each team's intercept and slope by kind, on the log rate.

    Examples
    --------
    >>> from learnclimate.survey.simulation import simulate_survey
    >>> simulate_survey(n_teams=8, truth=KindsTruth(), seed=1).truth.team_effects.shape
    (8, 3, 2)
    """

    parameters: KindsTruth
    teams: tuple[str, ...]
    team_effects: FloatArray


def _alike(size: int, correlation: float) -> FloatArray:
    return np.where(np.eye(size, dtype=bool), 1.0, correlation)
