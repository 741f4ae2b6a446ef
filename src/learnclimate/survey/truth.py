"""What simulated answers are made from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.core.errors import ArgumentError

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
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
        α of the negative binomial; None for Poisson counts.
    exposure : bool
        Whether respondents differ in exposure (months of service in the year).

    Raises
    ------
    ArgumentError
        If the parts contradict each other.

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

    def __post_init__(self) -> None:
        """Check the parts against each other."""
        if self.levels and len(self.frequency_shape) != len(self.levels) - 1:
            raise ArgumentError(
                f"Truth: {len(self.levels)} levels need {len(self.levels) - 1} steps in "
                f"frequency_shape, not {len(self.frequency_shape)}."
            )
        if self.levels and not np.isclose(sum(self.frequency_shape), 1):
            raise ArgumentError("Truth: frequency_shape should sum to 1.")
        if min(self.team_sd) < 0 or not -1 <= self.team_correlation <= 1:
            raise ArgumentError("Truth: team_sd should be at least 0, the correlation within ±1.")
        if self.dispersion is not None and self.dispersion <= 0:
            raise ArgumentError("Truth: dispersion should be above 0, or None for Poisson counts.")


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

    Examples
    --------
    >>> from learnclimate.survey.example import load_example
    >>> load_example().truth.team_effects.shape
    (60, 2)
    """

    parameters: Truth
    teams: tuple[str, ...]
    team_effects: FloatArray
