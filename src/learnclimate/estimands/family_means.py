"""Expected and predicted counts of families whose mean is no exponential of the predictor."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.distributions import At, distribution_of
from learnclimate.counts.prediction import slope_shift_part, team_multipliers
from learnclimate.counts.slope_shifts import ShiftedPeople
from learnclimate.counts.team_averages import mean_over_teams
from learnclimate.estimands.count_draws import CountDraws
from learnclimate.estimands.population import NO_DEPARTMENT, NO_TEAM, People

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Elements of the largest temporary array.
_BLOCK = 2_000_000


@dataclass(frozen=True, slots=True)
class Somebody:
    """
    People in whose counts an answer is interested; ``levels`` is an index a frequency.

    Attributes
    ----------
    predictor, zero_log_odds : ndarray of shape (n_draws, n_people), the latter or None
        Without the levels' and the teams' part.
    levels : ndarray of shape (n_people, n_frequencies), int
        Their levels.
    team : ndarray of shape (n_people,), int
        Their team, or `NO_TEAM`.
    trials : ndarray of shape (n_people,), int, or None
        Out of how many.
    department : ndarray of shape (n_people,), int
        Their department where they are in a new team of one, else `NO_DEPARTMENT`.
    covariates : ndarray of shape (n_people, n_covariate_labels)
        What may shift slopes.
    """

    predictor: FloatArray
    zero_log_odds: FloatArray | None
    levels: IntArray
    team: IntArray
    trials: IntArray | None
    department: IntArray
    covariates: FloatArray


def typical_person(
    draws: CountDraws, covariates: FloatArray, zero_covariates: FloatArray
) -> Somebody:
    """
    Describe a typical person, exposure 1, at the lowest level shown of every frequency.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    covariates : ndarray of shape (n_covariate_labels,)
        Covariates of the person.
    zero_covariates : ndarray of shape (n_zero_covariate_labels,)
        Covariates of the zero part.

    Returns
    -------
    Somebody
        One person.
    """
    zero = draws.zero
    log_odds = None
    if zero is not None:
        log_odds = (zero.intercept + zero.covariate_effects @ zero_covariates)[:, None]
    trials = draws.coding.trials
    return Somebody(
        (draws.intercept + draws.covariate_effects @ covariates)[:, None],
        log_odds,
        draws.base_levels[None, :],
        np.array([NO_TEAM]),
        None if trials is None else np.array([trials]),
        np.array([NO_DEPARTMENT]),
        covariates[None, :],
    )


def people_of(draws: CountDraws, people: People) -> Somebody:
    """
    Describe the people of a population.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    people : People
        The population.

    Returns
    -------
    Somebody
        Its people.
    """
    zero = draws.zero
    predictor = draws.covariate_effects @ people.covariates.T
    predictor += draws.intercept[:, None] + people.log_exposure
    log_odds = None
    if zero is not None:
        log_odds = zero.covariate_effects @ people.zero_covariates.T + zero.intercept[:, None]
    return Somebody(
        predictor,
        log_odds,
        people.levels,
        people.team,
        people.trials,
        people.department,
        people.covariates,
    )


def expected_at(draws: CountDraws, somebody: Somebody, *, new_team: bool) -> FloatArray:
    """
    Give the expected counts of people.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    somebody : Somebody
        The people.
    new_team : bool
        Whether to average over the distribution of teams for those who are in none; else
        their team effects are 0.

    Returns
    -------
    ndarray of shape (n_draws, n_people)
        Expected counts.
    """
    at, variance, zero_variance = place_of(draws, somebody, new_team=new_team)
    distribution = distribution_of(draws.family)
    if not new_team:
        return distribution.mean(at)
    return mean_over_teams(distribution, at, variance, zero_variance)


def predicted_at(
    draws: CountDraws, somebody: Somebody, rng: np.random.Generator, *, new_team: bool
) -> IntArray:
    """
    Draw the counts of people.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    somebody : Somebody
        The people.
    rng : numpy.random.Generator
        Random numbers.
    new_team : bool
        Whether those who are in no team are put into a new one, alike for all of them; else
        their team effects are 0.

    Returns
    -------
    ndarray of shape (n_draws, n_people), int
        Counts.
    """
    at, variance, zero_variance = place_of(draws, somebody, new_team=new_team)
    if new_team:
        # One standard normal a draw, scaled to each level's own variance, is right for each
        # level by itself, which is all that an answer by level tells.
        standard = rng.standard_normal((draws.n_draws, 1))
        zero_standard = rng.standard_normal((draws.n_draws, 1))
        log_odds = at.zero_log_odds
        if log_odds is not None:
            log_odds = log_odds + zero_standard * np.sqrt(zero_variance)
        predictor = at.predictor + standard * np.sqrt(variance)
        at = At(predictor, at.dispersion, log_odds, at.trials)
    return distribution_of(draws.family).draw(rng, at)


def standardised(draws: CountDraws, people: People, position: int | None) -> FloatArray:
    """
    Average the expected counts of a population, had everybody answered each level.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    people : People
        The population.
    position : int or None
        The frequency asked about.

    Returns
    -------
    ndarray of shape (n_draws, n_levels)
        Weighted means.
    """
    step = max(1, _BLOCK // people.n_people)
    parts = []
    for start in range(0, draws.n_draws, step):
        some = draws.block(slice(start, start + step))
        somebody = people_of(some, people)
        columns = [
            expected_at(some, at_level(somebody, position, level), new_team=True) @ people.share
            for level in range(n_levels_of(draws, position))
        ]
        parts.append(np.stack(columns, axis=1))
    return np.concatenate(parts)


def n_levels_of(draws: CountDraws, position: int | None) -> int:
    """
    Count the levels of the frequency asked about.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    position : int or None
        The frequency.

    Returns
    -------
    int
        1 without one.
    """
    return 1 if position is None else len(draws.coding.frequencies[position].levels)


def at_level(somebody: Somebody, position: int | None, level: int) -> Somebody:
    """
    Put people at one level of a frequency.

    Parameters
    ----------
    somebody : Somebody
        The people.
    position : int or None
        The frequency; None leaves them as they are.
    level : int
        The level.

    Returns
    -------
    Somebody
        The same people.
    """
    if position is None:
        return somebody
    levels = somebody.levels.copy()
    levels[:, position] = level
    return replace(somebody, levels=levels)


def picked_people(somebody: Somebody, picked: IntArray) -> Somebody:
    """
    Take one person for every draw, as the only one.

    Parameters
    ----------
    somebody : Somebody
        The people.
    picked : ndarray of shape (n_draws,), int
        Who.

    Returns
    -------
    Somebody
        With arrays of one column; levels and teams differ between draws, which
        `predicted_each` reads.
    """
    each = np.arange(len(picked))
    log_odds = somebody.zero_log_odds
    return Somebody(
        somebody.predictor[each, picked][:, None],
        None if log_odds is None else log_odds[each, picked][:, None],
        somebody.levels[picked],
        somebody.team[picked],
        None if somebody.trials is None else somebody.trials[picked][:, None],
        somebody.department[picked],
        somebody.covariates[picked],
    )


def predicted_each(
    draws: CountDraws, person: Somebody, position: int | None, rng: np.random.Generator
) -> IntArray:
    """
    Draw the count of each draw's own person, at each level of a frequency.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    person : Somebody
        As `picked_people` gives them.
    position : int or None
        The frequency asked about.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_levels), int
        Counts.
    """
    from learnclimate.estimands.prediction import effects_of_each, shifts_of_each, team_part

    rows, known = np.arange(draws.n_draws), person.team != NO_TEAM
    effects = effects_of_each(draws, person.team, person.department, rng)
    predictor = person.predictor + team_part(draws, effects, person.levels, position)
    predictor += shifts_of_each(draws, person.levels, person.covariates, position)
    log_odds = person.zero_log_odds
    zero = draws.zero
    if zero is not None and log_odds is not None:
        own = rng.standard_normal(draws.n_draws) * np.sqrt(zero.team_variance)
        if zero.team_effects.shape[1]:
            own[known] = zero.team_effects[rows[known], person.team[known]]
        log_odds = np.repeat(log_odds + own[:, None], predictor.shape[1], axis=1)
    predictor += _level_part(draws, draws.curve, person.levels, position)
    if zero is not None and log_odds is not None:
        log_odds += _level_part(draws, zero.curve, person.levels, position)
    dispersion = None if draws.dispersion is None else draws.dispersion[:, None]
    return distribution_of(draws.family).draw(
        rng, At(predictor, dispersion, log_odds, person.trials)
    )


def _level_part(
    draws: CountDraws, curve: FloatArray, levels: IntArray, position: int | None
) -> FloatArray:
    """Add up what each draw's person has by level, at all levels of the one asked about."""
    total = np.zeros((draws.n_draws, n_levels_of(draws, position)))
    for column in range(levels.shape[1]):
        at = curve[:, draws.levels_of(column)]
        own = at[np.arange(draws.n_draws), levels[:, column]][:, None]
        total += at if column == position else own
    return total


def place_of(
    draws: CountDraws, somebody: Somebody, *, new_team: bool
) -> tuple[At, FloatArray, FloatArray]:
    """
    Tell where the distribution of people's counts lies.

    Parameters
    ----------
    draws : CountDraws
        Posterior draws.
    somebody : Somebody
        The people.
    new_team : bool
        Whether those who are in no team are in a new one; else their team effects are 0.

    Returns
    -------
    at : At
        Arrays of shape (n_draws, n_people), at team effects of 0 for those in a new team.
    variance, zero_variance : ndarray of shape (n_draws, n_people)
        Variance over new teams of the predictor and of the log odds of the zero part.
    """
    predictor = somebody.predictor.copy()
    zero, log_odds = draws.zero, somebody.zero_log_odds
    log_odds = None if log_odds is None else log_odds.copy()
    for column in range(somebody.levels.shape[1]):
        levels = draws.levels_of(column)
        predictor += draws.curve[:, levels][:, somebody.levels[:, column]]
        if zero is not None and log_odds is not None:
            log_odds += zero.curve[:, levels][:, somebody.levels[:, column]]
    if draws.coding.slope_shifts:
        shifted = ShiftedPeople(somebody.levels, somebody.covariates)
        predictor += slope_shift_part(draws.coding, draws.slope_shifts, draws.slope_curve, shifted)
    known = somebody.team != NO_TEAM
    multipliers = team_multipliers(draws.coding, draws.slope_curve, somebody.levels)
    variance = np.zeros(predictor.shape)
    zero_variance = np.zeros(predictor.shape)
    if new_team:
        variance = np.einsum("npe,npe->np", multipliers @ draws.team_covariance, multipliers)
        variance[:, known] = 0.0
        placed = somebody.department != NO_DEPARTMENT
        own = multipliers[:, placed]
        variance[:, placed] = np.einsum("npe,npe->np", own @ draws.own_covariance, own)
        of_department = draws.department_effects[:, somebody.department[placed]]
        predictor[:, placed] += np.einsum("npe,npe->np", of_department, own)
    if known.any() and draws.team_effects.shape[2]:
        effects = draws.team_effects[:, somebody.team[known]]
        predictor[:, known] += np.einsum("npe,npe->np", effects, multipliers[:, known])
    if zero is not None and log_odds is not None:
        if new_team:
            zero_variance[:, ~known] = zero.team_variance[:, None]
        if known.any() and zero.team_effects.shape[1]:
            log_odds[:, known] += zero.team_effects[:, somebody.team[known]]
    dispersion = None if draws.dispersion is None else draws.dispersion[:, None]
    return At(predictor, dispersion, log_odds, somebody.trials), variance, zero_variance
