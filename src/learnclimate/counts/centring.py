"""How far to centre each team effect, so that NUTS moves well whatever the team sizes."""

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
    information = _team_information(design)
    variance = _between_team_variance(design)
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


def _team_information(design: CountDesign) -> FloatArray:
    """Information of each team about each of its effects, given the others."""
    weight = _respondent_information(design)
    n_teams = design.n_teams
    total = np.bincount(design.team, weight, minlength=n_teams)
    columns = []
    for effect in design.coding.team_effects:
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
    """Rough variance of the teams' log rates beyond what sampling alone gives."""
    n_teams = design.n_teams
    counts = np.bincount(
        design.team, design.multiplicity * design.typical_outcome, minlength=n_teams
    )
    exposure = np.exp(design.log_exposure) * design.multiplicity
    if design.asked.trials is not None:
        exposure = exposure * design.asked.trials
    expected = design.mean_rate * np.bincount(design.team, exposure, minlength=n_teams)
    log_ratio = np.log((counts + 0.5) / (expected + 0.5))
    information = np.bincount(design.team, _respondent_information(design), minlength=n_teams)
    share = information / information.sum()
    spread = float((share * (log_ratio - (share * log_ratio).sum()) ** 2).sum())
    sampling = float((share / (information + 0.5)).sum())
    return max(spread - sampling, _LEAST_SD**2)
