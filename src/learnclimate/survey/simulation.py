"""Simulate a survey from a known truth."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.core.numbers import is_number, is_whole
from learnclimate.survey.codebook import Codebook, Scale
from learnclimate.survey.kinds_truth import KindsTruth, SimulatedKinds
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.simulated_counts import as_asked, simulated_counts
from learnclimate.survey.simulated_kinds import kinds_of_teams, simulated_kinds
from learnclimate.survey.survey import Survey
from learnclimate.survey.templates import stimuli_scales
from learnclimate.survey.truth import SimulatedTruth, Truth
from learnclimate.survey.validation import validated

FloatArray = npt.NDArray[np.float64]

_TEAMS_A_DEPARTMENT = 10


def simulate_survey(
    *,
    n_teams: int = 60,
    team_size: float = 12,
    truth: Truth | KindsTruth | None = None,
    seed: int,
) -> Survey:
    """
    Simulate a survey from a known truth.

    Parameters
    ----------
    n_teams : int, default 60
        Number of teams, at least 2.
    team_size : float, default 12
        Mean number of respondents in a team; teams differ in size around it.
    truth : Truth or KindsTruth, optional
        What to simulate from; the study's where left out. A `KindsTruth` gives a count of every
        kind of activity.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    Survey
        With ``survey.truth``. Columns ``team, department, talk, tenure, contract,
        activities`` (``months`` where exposure varies; the kinds in the place of
        ``activities`` where there are several) and Likert items of the three stimuli of the
        learning climate.

    Raises
    ------
    ArgumentError
        If there are fewer than 2 teams or teams of less than 1 respondent.
    ArgumentTypeError
        If a number is none.

    Examples
    --------
    >>> simulate_survey(n_teams=20, team_size=10, seed=1).frame["team"].nunique()
    20
    """
    frame, codebook, made_from = simulated_answers(
        n_teams=n_teams, team_size=team_size, truth=Truth() if truth is None else truth, seed=seed
    )
    read = validated(frame, codebook, source="a simulation")
    return Survey(read.frame, codebook, read.ledger, "a simulation", made_from)


def simulated_answers(
    *, n_teams: int, team_size: float, truth: Truth | KindsTruth, seed: int
) -> tuple[pd.DataFrame, Codebook, SimulatedTruth | SimulatedKinds]:
    """
    Simulate the raw answers, as a file would hold them.

    Parameters
    ----------
    n_teams : int
        Number of teams.
    team_size : float
        Mean number of respondents in a team.
    truth : Truth or KindsTruth
        What to simulate from.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    frame : pandas.DataFrame
        One row a respondent.
    codebook : Codebook
        Its codebook.
    made_from : SimulatedTruth or SimulatedKinds
        The truth, with the teams' own effects.

    Raises
    ------
    ArgumentError
        If there are fewer than 2 teams or teams of less than 1 respondent.
    ArgumentTypeError
        If a number is none.
    """
    _check_sizes(n_teams, team_size, seed)
    if not isinstance(truth, Truth | KindsTruth):
        raise ArgumentTypeError(f"truth={truth!r}: give a Truth, as Truth(intercept=0.5).")
    rng = np.random.default_rng(seed)
    sizes = 1 + rng.binomial(int(2 * (team_size - 1)), 0.5, n_teams)
    team = np.repeat(np.arange(n_teams), sizes)
    teams = np.array([f"T{number:0{len(str(n_teams))}d}" for number in range(1, n_teams + 1)])
    if isinstance(truth, KindsTruth):
        return _answers_of_kinds(rng, teams, team, truth)
    effects = _team_effects(rng, n_teams, truth)
    frame = _people(rng, teams, team)
    log_rate = truth.intercept + effects[team, 0]
    log_rate += truth.tenure_effect * frame["tenure"].to_numpy()
    log_rate += truth.contract_effect * (frame["contract"] == "temporary").to_numpy()
    zero_log_odds = truth.zero_intercept + truth.zero_tenure_effect * frame["tenure"].to_numpy()
    if truth.levels:
        level = _levels(rng, team, n_teams, len(truth.levels))
        curve = np.concatenate([[0.0], np.cumsum(truth.frequency_shape)])[level]
        frame["talk"] = np.array(truth.levels)[level]
        log_rate += (truth.frequency_effect + effects[team, 1]) * curve
        zero_log_odds += truth.zero_frequency_effect * curve
    exposure = np.ones(len(team))
    if truth.exposure:
        exposure = rng.integers(1, 13, len(team)) / 12
        frame["years"] = np.round(exposure, 6)
    zero_effects = None
    if truth.zeros != "none":
        zero_effects = rng.normal(size=n_teams) * truth.zero_team_sd
        zero_log_odds += zero_effects[team]
    counts = simulated_counts(rng, np.log(exposure) + log_rate, zero_log_odds, truth)
    if truth.outcome is None:
        frame["activities"] = counts
    else:
        frame = pd.concat([frame, as_asked(rng, counts, truth.outcome)], axis=1)
    scales = stimuli_scales()
    items = _items(rng, team, effects, scales)
    frame = pd.concat([frame, items], axis=1)
    codebook = Codebook(
        outcome="activities" if truth.outcome is None else truth.outcome,
        team="team",
        department="department",
        frequency="talk" if truth.levels else None,
        frequency_levels=truth.levels,
        exposure="years" if truth.exposure else None,
        covariates=("tenure", "contract"),
        scales=scales,
    )
    return frame, codebook, SimulatedTruth(truth, tuple(teams.tolist()), effects, zero_effects)


def _people(
    rng: np.random.Generator, teams: npt.NDArray[np.str_], team: npt.NDArray[np.int64]
) -> pd.DataFrame:
    """Respondents, with what describes them apart from talk and counts."""
    frame = pd.DataFrame({"team": teams[team]})
    frame["department"] = [f"D{number // _TEAMS_A_DEPARTMENT + 1}" for number in team]
    frame["tenure"] = np.round(rng.gamma(2.0, 3.0, len(team)), 1)
    frame["contract"] = np.where(rng.random(len(team)) < 0.25, "temporary", "permanent")
    return frame


def _answers_of_kinds(
    rng: np.random.Generator,
    teams: npt.NDArray[np.str_],
    team: npt.NDArray[np.int64],
    truth: KindsTruth,
) -> tuple[pd.DataFrame, Codebook, SimulatedKinds]:
    effects = kinds_of_teams(rng, len(teams), truth)
    frame = _people(rng, teams, team)
    level = _levels(rng, team, len(teams), len(truth.levels))
    frame["talk"] = np.array(truth.levels)[level]
    counts = simulated_kinds(rng, frame, (team, level), effects, truth)
    scales = stimuli_scales()
    items = _items(rng, team, effects.mean(axis=1), scales)
    codebook = Codebook(
        outcome=Outcome("activities", kinds=truth.kinds),
        team="team",
        department="department",
        frequency="talk",
        frequency_levels=truth.levels,
        covariates=("tenure", "contract"),
        scales=scales,
    )
    told = SimulatedKinds(truth, tuple(teams.tolist()), effects)
    return pd.concat([frame, counts, items], axis=1), codebook, told


def _check_sizes(n_teams: object, team_size: object, seed: object) -> None:
    for name, value in (("n_teams", n_teams), ("seed", seed)):
        if not is_whole(value):
            raise ArgumentTypeError(f"{name}={value!r}: give a whole number.")
        if value < 0:
            raise ArgumentError(f"{name}={value!r}: give a whole number of at least 0.")
    if not is_number(team_size):
        raise ArgumentTypeError(f"team_size={team_size!r}: give a number.")
    if int(n_teams) < 2 or not team_size >= 1:  # type: ignore[call-overload]
        raise ArgumentError("Simulate at least 2 teams of at least 1 respondent.")


def _team_effects(rng: np.random.Generator, n_teams: int, truth: Truth) -> FloatArray:
    standard = rng.normal(size=(n_teams, 2))
    correlation = truth.team_correlation
    second = correlation * standard[:, 0] + np.sqrt(1 - correlation**2) * standard[:, 1]
    return np.column_stack([standard[:, 0], second]) * truth.team_sd


def _levels(
    rng: np.random.Generator, team: npt.NDArray[np.int64], n_teams: int, n_levels: int
) -> npt.NDArray[np.int64]:
    """Levels that are alike within teams, as talk in a team is."""
    liking = rng.normal(size=len(team)) + 0.5 * rng.normal(size=n_teams)[team]
    cuts = np.linspace(-1.3, 1.3, n_levels - 1) if n_levels > 2 else np.zeros(1)
    return np.searchsorted(cuts, liking).astype(np.int64)


def _items(
    rng: np.random.Generator,
    team: npt.NDArray[np.int64],
    effects: FloatArray,
    scales: tuple[Scale, ...],
) -> pd.DataFrame:
    """Likert answers that go together within a scale, and with the team's level."""
    columns = {}
    spread = effects[:, 0].std()
    level = effects[:, 0] / spread if spread > 0 else effects[:, 0]
    for scale in scales:
        climate = 0.4 * level + 0.5 * rng.normal(size=len(level))
        own = climate[team] + 0.8 * rng.normal(size=len(team))
        for item in scale.items:
            answer = 0.3 + own + 0.8 * rng.normal(size=len(team))
            columns[item] = np.clip(np.rint(3 + answer), scale.minimum, scale.maximum).astype(int)
    return pd.DataFrame(columns)
