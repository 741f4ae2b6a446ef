"""What simulated answers are made from."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.numbers import is_number
from learnclimate.core.showing import Declared
from learnclimate.survey.outcome import Outcome

_NUMBERS = (
    "intercept",
    "frequency_effect",
    "tenure_effect",
    "contract_effect",
    "team_correlation",
    "zero_intercept",
    "zero_frequency_effect",
    "zero_tenure_effect",
    "zero_team_sd",
)

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Truth(Declared):
    """
    The truth a simulated survey is made from; defaults mirror the study.

    Attributes
    ----------
    intercept : float
        Log expected count per unit of exposure, lowest level, covariates 0, average team.
    levels : tuple of str
        Levels of the conversation frequency, lowest first; empty for a study without.
    frequency_effect : float
        Log rate ratio, highest against lowest level.
    frequency_shape : tuple of float
        Share of each step between levels; sums to 1.
    tenure_effect : float
        Log rate ratio per year of tenure.
    contract_effect : float
        Log rate ratio of a temporary against a permanent contract.
    team_sd : tuple of float
        Standard deviations of the teams' intercepts and slopes.
    team_correlation : float
        Their correlation.
    dispersion : float or None
        α of the negative binomial, φ of the beta-binomial; None for Poisson counts or the
        binomial.
    exposure : bool
        Whether respondents differ in exposure (months of service in the year).

    zeros : {"none", "inflated", "hurdle"}
        Whether there is a zero part, and of which kind.
    zero_intercept : float
        Its log odds, lowest level, tenure 0, average team.
    zero_frequency_effect : float
        Log odds ratio of a zero, highest against lowest level, in the same shares.
    zero_tenure_effect : float
        Log odds ratio of a zero per year of tenure.
    zero_team_sd : float
        Standard deviation of the log odds over teams, independent of their other effects.
    outcome : Outcome or None
        How the count is asked, under the name ``activities``; None for an open number. Where
        it is out of K, `intercept` and the effects are of log odds, and there is no exposure.

    Raises
    ------
    ArgumentError
        If the parts contradict each other.
    ArgumentTypeError
        If a part is of the wrong type.

    Examples
    --------
    >>> round(float(np.exp(Truth().frequency_effect)), 2)
    3.8
    """

    intercept: float = 0.55
    levels: tuple[str, ...] = ("never", "yearly", "quarterly", "monthly", "weekly")
    frequency_effect: float = 1.335
    frequency_shape: tuple[float, ...] = (0.3, 0.3, 0.25, 0.15)
    tenure_effect: float = -0.02
    contract_effect: float = 0.15
    team_sd: tuple[float, float] = (0.35, 0.3)
    team_correlation: float = -0.2
    dispersion: float | None = 3.0
    exposure: bool = False
    zeros: Literal["none", "inflated", "hurdle"] = "none"
    zero_intercept: float = -1.0
    zero_frequency_effect: float = -1.0
    zero_tenure_effect: float = 0.0
    zero_team_sd: float = 0.0
    outcome: Outcome | None = None

    def __post_init__(self) -> None:
        """Check the parts by themselves and against each other."""
        self._check_kinds()
        self._check_values()

    def _check_kinds(self) -> None:
        """Refuse parts of the wrong type."""
        for name in _NUMBERS:
            self._check_numbers(name, (getattr(self, name),))
        if self.outcome is not None and not isinstance(self.outcome, Outcome):
            raise ArgumentTypeError(f"Truth(outcome={self.outcome!r}): give an Outcome, or None.")
        for name, size in (("team_sd", 2), ("frequency_shape", None), ("levels", None)):
            value = getattr(self, name)
            if not isinstance(value, tuple | list) or len(value) != (size or len(value)):
                some = "two numbers" if size else "several"
                raise ArgumentTypeError(f"Truth({name}={value!r}): give a tuple of {some}.")
            object.__setattr__(self, name, tuple(value))
        self._check_numbers("team_sd", self.team_sd)
        self._check_numbers("frequency_shape", self.frequency_shape)
        self._check_numbers("dispersion", () if self.dispersion is None else (self.dispersion,))
        if not isinstance(self.exposure, bool):
            raise ArgumentTypeError(f"Truth(exposure={self.exposure!r}): give True or False.")

    def _check_values(self) -> None:
        """Refuse parts that contradict each other."""
        if len(set(map(str, self.levels))) < len(self.levels) or len(self.levels) == 1:
            raise ArgumentError("Truth: levels should be distinct, and two or more, or none.")
        if self.levels and len(self.frequency_shape) != len(self.levels) - 1:
            raise ArgumentError(
                f"Truth: {len(self.levels)} levels need {len(self.levels) - 1} steps in "
                f"frequency_shape, not {len(self.frequency_shape)}."
            )
        if self.levels and not np.isclose(sum(self.frequency_shape), 1):
            raise ArgumentError("Truth: frequency_shape should sum to 1.")
        if self.levels and min(self.frequency_shape) < 0:
            raise ArgumentError("Truth: no step in frequency_shape should be below 0.")
        if min(self.team_sd) < 0 or not -1 <= self.team_correlation <= 1:
            raise ArgumentError("Truth: team_sd should be at least 0, the correlation within ±1.")
        if self.dispersion is not None and self.dispersion <= 0:
            raise ArgumentError("Truth: dispersion should be above 0, or None for Poisson counts.")

        self._check_asked()

    def _check_asked(self) -> None:
        """Refuse a zero part or a way of asking that contradicts the rest."""
        if self.zeros not in ("none", "inflated", "hurdle"):
            raise ArgumentError(
                f"Truth(zeros={self.zeros!r}): give 'none', 'inflated' or 'hurdle'."
            )
        if self.zero_team_sd < 0:
            raise ArgumentError("Truth: zero_team_sd should be at least 0.")
        if self.outcome is None:
            return
        if self.outcome.name != "activities" or isinstance(self.outcome.trials, str):
            raise ArgumentError(
                "Truth(outcome=...): name the outcome 'activities', and give trials as a number."
            )
        if self.outcome.trials is not None and (self.zeros != "none" or self.exposure):
            raise ArgumentError("Truth: a count out of K has no zero part and no exposure.")

    def _check_numbers(self, name: str, values: tuple[object, ...]) -> None:
        """Refuse what is no number, or not a finite one."""
        for value in values:
            if not is_number(value):
                raise ArgumentTypeError(f"Truth({name}=...): {value!r} is not a number.")
            if not math.isfinite(value):
                raise ArgumentError(f"Truth({name}=...): give a finite number, not {value!r}.")


@dataclass(frozen=True, slots=True)
class SimulatedTruth:
    """
    What one simulated survey was made from, chance included.

    Attributes
    ----------
    parameters : Truth
        What was asked for.
    teams : tuple of str
        Team labels, sorted.
    team_effects : ndarray of shape (n_teams, 2)
        Each team's intercept and slope, on the log rate.
    zero_team_effects : ndarray of shape (n_teams,), or None
        Each team's effect on the log odds of the zero part, where there is one.

    Examples
    --------
    >>> from learnclimate.survey.example import load_example
    >>> load_example().truth.team_effects.shape
    (60, 2)
    """

    parameters: Truth
    teams: tuple[str, ...]
    team_effects: FloatArray
    zero_team_effects: FloatArray | None = None
