"""How far to centre effects of teams and departments, so that NUTS moves well at any size."""

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.design import CountDesign
from learnclimate.counts.frequency import equal_steps_curve

FloatArray = npt.NDArray[np.float64]

#: Floor of the guessed standard deviation of team effects, on the log rate.
_LEAST_SD = 0.1
#: Weights below this are set to 0: a little centring makes chains stick where a standard
#: deviation is near 0.
_LEAST_WEIGHT = 0.75


def centring_weights(design: CountDesign) -> FloatArray:
    """
    Weight of the centred parametrisation, for every team and team effect.

    A team effect with prior variance v about which the team's own counts hold
    information i is best sampled with weight ``i v / (1 + i v)``: 0 (non-centred)
    for a team that says nothing, towards 1 (centred) for one that says a lot. Weights
    below three quarters are set to 0, since some centring already makes the chains stick
    where a standard deviation is near 0. Variance and information are guessed from
    moments; a poor guess costs speed, never correctness.

    Parameters
    ----------
    design : CountDesign
        The data.

    Returns
    -------
    ndarray of shape (n_teams, n_team_effects)
        Weights between 0 and 1.

    References
    ----------
    Papaspiliopoulos, Roberts and Sköld (2007), doi 10.1214/088342307000000014.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> from learnclimate.survey.simulation import simulate_survey
    >>> large = simulate_survey(n_teams=5, team_size=400, seed=1)
    >>> bool((centring_weights(CountModel().design(large))[:, 0] > 0.8).all())
    True
    """
    information = _team_information(design, design.coding.team_effects)
    return _weights(information, _between_team_variance(design))


def department_centring_weights(design: CountDesign) -> FloatArray:
    """
    Weight of the centred parametrisation, for every department and department effect.

    As `centring_weights`: what a department's own counts tell of its effect is what its teams
    tell, each of which departs from the department by an effect of its own.

    Parameters
    ----------
    design : CountDesign
        The data.

    Returns
    -------
    ndarray of shape (n_departments, n_department_effects)
        Weights between 0 and 1.
    """
    coding, codes = design.coding, design.department_codes
    n_departments = len(design.department_names)
    of_teams = _team_information(design, coding.department_effects)
    apart = [name in coding.team_effects for name in coding.department_effects]
    between = _between_team_variance(design) * np.array(apart, dtype=np.float64)
    by_team = of_teams / (1 + of_teams * between)
    information = np.zeros((n_departments, by_team.shape[1]))
    np.add.at(information, codes, by_team)
    log_ratio, _ = _log_ratios(design)
    weight = _team_information(design, (INTERCEPT,))[:, 0]
    weight = weight / (1 + weight * _between_team_variance(design))
    total = np.bincount(codes, weight, minlength=n_departments)
    means = np.bincount(codes, weight * log_ratio, minlength=n_departments) / total
    return _weights(information, _excess(means, total))


def _weights(information: FloatArray, variance: float) -> FloatArray:
    weights = information * variance / (1 + information * variance)
    return np.where(weights < _LEAST_WEIGHT, 0.0, weights)


def _respondent_information(design: CountDesign) -> FloatArray:
    """Information of each row about its own log rate: mean / (1 + mean / dispersion)."""
    counts, times = design.typical_outcome, design.multiplicity
    mean = max(float(np.average(counts, weights=times)), 1e-3)
    variance = float(np.average((counts - mean) ** 2, weights=times))
    inverse_dispersion = max(variance - mean, 0.0) / mean**2
    if design.asked.trials is not None:
        # Of log odds: trials × share × (1 - share), less where alike respondents differ.
        binomial = design.asked.trials * design.mean_rate * (1 - design.mean_rate)
        return np.asarray(times * binomial * min(float(np.average(binomial)) / variance, 1.0))
    expected = design.mean_rate * np.exp(design.log_exposure)
    return np.asarray(times * expected / (1 + expected * inverse_dispersion))


def _team_information(design: CountDesign, effects: tuple[str, ...]) -> FloatArray:
    """Information of each team about each of some effects, given the others."""
    weight = _respondent_information(design)
    n_teams = design.n_teams
    total = np.bincount(design.team, weight, minlength=n_teams)
    columns = []
    for effect in effects:
        if effect == INTERCEPT:
            columns.append(total)
            continue
        index = design.coding.frequency_names.index(effect)
        levels = design.coding.frequencies[index].levels
        curve = equal_steps_curve(len(levels))[design.frequency_level[:, index]]
        first = np.bincount(design.team, weight * curve, minlength=n_teams)
        second = np.bincount(design.team, weight * curve**2, minlength=n_teams)
        columns.append(np.maximum(second - first**2 / np.maximum(total, 1e-12), 0.0))
    return np.stack(columns, axis=1)


def _between_team_variance(design: CountDesign) -> float:
    """Rough variance of the teams' log rates, within departments where these have effects too."""
    log_ratio, information = _log_ratios(design)
    if design.coding.department_effects:
        codes = design.department_codes
        total = np.bincount(codes, information)
        means = np.bincount(codes, information * log_ratio) / np.maximum(total, 1e-12)
        log_ratio = log_ratio - means[codes]
    return _excess(log_ratio, information)


def _log_ratios(design: CountDesign) -> tuple[FloatArray, FloatArray]:
    """Log of what each team counted over what is expected of it, and the information in it."""
    n_teams = design.n_teams
    counts = np.bincount(
        design.team, design.multiplicity * design.typical_outcome, minlength=n_teams
    )
    exposure = np.exp(design.log_exposure) * design.multiplicity
    if design.asked.trials is not None:
        exposure = exposure * design.asked.trials
    expected = design.mean_rate * np.bincount(design.team, exposure, minlength=n_teams)
    log_ratio = np.log((counts + 0.5) / (expected + 0.5))
    return log_ratio, np.bincount(design.team, _respondent_information(design), minlength=n_teams)


def _excess(values: FloatArray, information: FloatArray) -> float:
    """Variance of values beyond what sampling alone gives."""
    share = information / information.sum()
    spread = float((share * (values - (share * values).sum()) ** 2).sum())
    sampling = float((share / (information + 0.5)).sum())
    return max(spread - sampling, _LEAST_SD**2)
