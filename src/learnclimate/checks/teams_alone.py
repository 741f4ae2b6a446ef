"""What each team would say alone, told no finer than its mean is."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from learnclimate.checks.told_sums import leaves_a_sum, steps_of_means
from learnclimate.core import labels
from learnclimate.core.errors import FitError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import At, distribution_of, log_probability_between
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.counts.prediction import flattened, slope_curves, team_multipliers
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.disclosure.rounding import no_finer, to_step
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.fit_record import Fit

FloatArray = npt.NDArray[np.float64]

#: Standard deviation of the prior that keeps a team finite whose answers tell no slope.
_WIDE = 2.0
_STEPS = 30
#: By how much the predictor is moved to tell the slope of a log density.
_APART = 1e-3
_SETTLED = 1e-6
#: In so many steps of 1 an estimate of a team alone is told. Exact ones are equations about whole
#: numbers of people and of what they counted, and tell both, person by person.
_STEPS_OF_ONE = 10


def alone_effects(
    fit: Fit, teams: list[str], effect: str, *, rule: DisclosureRule | None = None
) -> FloatArray:
    """
    Estimate a team effect from each team's own answers, all else at its posterior mean.

    Parameters
    ----------
    fit : Fit
        A fit with respondents.
    teams : list of str
        The teams.
    effect : str
        Which effect.
    rule : DisclosureRule, optional
        Which teams are too small to show.

    Returns
    -------
    ndarray of shape (n_teams,)
        Modes under independent normal priors of sd 2, on the scale of the predictor, in tenths.
        Where the checks tell means of teams in steps, no finer than these.
    """
    design, coding = fit.design, fit.coding
    if design is None:
        raise FitError("This fit holds no respondents.")
    posterior = fit.draws["posterior"].to_dataset()
    draws = flattened({str(name): values.to_numpy() for name, values in posterior.items()})
    mean = {name: values.mean(axis=0, keepdims=True) for name, values in draws.items()}
    mean["team_effects"] = np.zeros_like(mean["team_effects"])
    curves = slope_curves(coding, mean.get("frequency_shape"), 1)
    column = coding.team_effects.index(effect)
    distribution = distribution_of(fit.model.family)
    found = np.empty(len(teams))
    for place, team in enumerate(teams):
        rows = np.flatnonzero(
            design.team == int(np.flatnonzero(design.teams.astype(str) == team)[0])
        )
        at = places_of_rows(mean, design, rows)
        lowest, highest = design.outcome[rows], design.asked.highest
        log_density = partial(
            log_probability_between,
            distribution,
            lowest,
            lowest if highest is None else highest[rows],
        )
        multipliers = team_multipliers(coding, curves, design.frequency_level[rows])[0]
        found[place] = _mode(log_density, at, multipliers, design.multiplicity[rows])[column]
    least, told, most = _sums_told(design, teams, rule or DisclosureRule())
    if effect == labels.INTERCEPT:
        # As of a team that counted what is told of it.
        found = found + told
    steps = np.maximum(1 / _STEPS_OF_ONE, [no_finer(max(one, 1e-3)) for one in most - least])
    return np.array([to_step(*one) for one in zip(found.tolist(), steps.tolist(), strict=True)])


def _sums_told(
    design: CountDesign, teams: list[str], rule: DisclosureRule
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Give the logs of the least, the middle and the greatest sum that may be behind a told mean.

    The middle one less that of the true sum; all nothing where means are told as they are.
    """
    if not leaves_a_sum(design, rule):
        return np.zeros(len(teams)), np.zeros(len(teams)), np.zeros(len(teams))
    people = design.team_sizes.astype(float)
    steps = steps_of_means(people, ~hidden_teams_of(design, rule), guarded=True)
    weights = design.outcome * design.multiplicity
    places = [int(np.flatnonzero(design.teams.astype(str) == team)[0]) for team in teams]
    people, steps = people[places], steps[places]
    sums = np.bincount(design.team, weights, design.n_teams)[places]
    mean = np.array([to_step(*one) for one in zip((sums / people).tolist(), steps, strict=True)])
    bounds = [np.maximum(mean + part * steps, 0) * people for part in (-0.5, 0.0, 0.5)]
    least, told, most = (np.log(one + 0.5) for one in bounds)
    return least, told - np.log(sums + 0.5), most


def _mode(
    log_density: Callable[[At], FloatArray], at: At, multipliers: FloatArray, weight: FloatArray
) -> FloatArray:
    """Newton steps to the mode of one team's effects, each at most 1 long."""
    effects = np.zeros(multipliers.shape[1])
    for _ in range(_STEPS):
        shift = np.clip(multipliers @ effects, -20, 20)
        below, here, above = (
            log_density(replace(at, predictor=at.predictor + shift + apart))[0]
            for apart in (-_APART, 0.0, _APART)
        )
        slope = weight * (above - below) / (2 * _APART)
        # Zeros of a zero part may curve upwards; a step then leans on the prior.
        bend = weight * np.maximum((2 * here - above - below) / _APART**2, 0.0)
        score = multipliers.T @ slope - effects / _WIDE**2
        curvature = (multipliers * bend[:, None]).T @ multipliers
        step = np.linalg.solve(curvature + np.eye(len(effects)) / _WIDE**2, score)
        effects = effects + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < _SETTLED:
            break
    return effects
