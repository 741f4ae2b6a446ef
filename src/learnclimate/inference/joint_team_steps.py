"""Steps of teams' factors that counts hardly notice, beside those of all parameters at once."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import INTERCEPT
from learnclimate.inference.joint_coefficients import FactorCoefficients
from learnclimate.inference.joint_parameters import CountParameters
from learnclimate.inference.joint_values import TeamValues

FloatArray = npt.NDArray[np.float64]

#: Rounds of steps, and draws of the items' parameters chosen among in each.
_ROUNDS, _DRAWS = 4, 24
#: Shortest and longest steps of one team's factors, in standard deviations given the items.
_SHORTEST, _LONGEST = 0.02, 1.0
#: Of steps of all teams' factors at once, in what a good step of so many would be.
_SHORT = 0.2
#: Rounds of steps against the teams' own effects, which need no counts, and how far the log of
#: their spread goes at once.
_EXCHANGES, _STRETCHES = 12, (0.3, 1.0, 2.5)


@dataclass(frozen=True, slots=True)
class TeamState:
    """
    Where teams' factors and all parameters are.

    Attributes
    ----------
    draw : int
        The draw of the items' parameters.
    at : ndarray of shape (n_teams, n_factors)
        The factors.
    parameters : CountParameters
        The count model's.
    """

    draw: int
    at: FloatArray
    parameters: CountParameters


@dataclass(frozen=True, slots=True)
class _Known:
    """A state with its log densities by team, given the items and of the counts."""

    state: TeamState
    log_items: FloatArray
    log_counts: FloatArray


def stepped_teams(source: TeamValues, state: TeamState, rng: np.random.Generator) -> TeamState:
    """
    Move teams' factors and parameters by small steps.

    Where counts are large they pin a team's rate, so that its factor stays where it is however
    little the items tell of it, and values proposed from the items alone are hardly ever taken.
    Then all factors are shifted or stretched, with intercept and coefficients against them, which
    leaves the rates; each team takes steps of many lengths; and the items' parameters are
    drawn anew given the factors.

    Parameters
    ----------
    source : TeamValues
        Where values come from.
    state : TeamState
        Where factors and parameters are now.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    TeamState
        Where they move to.

    References
    ----------
    Yu and Meng (2011), doi 10.1198/jcgs.2011.203main (holding the predictor while factors are
    shifted and stretched).
    """
    coefficients = state.parameters.counts.coefficients
    known = _known(source, state)
    for _ in range(_ROUNDS):
        known = _walked(source, known, rng)
        for factor in range(state.at.shape[1]):
            known = _stretched(source, known, coefficients, factor, rng)
            known = _shifted(source, known, coefficients, factor, rng)
        known = _other_items(source, known, rng)
    return known.state


def exchanged_teams(source: TeamValues, state: TeamState, rng: np.random.Generator) -> TeamState:
    """
    Move teams' factors against the teams' own effects, every rate held.

    What differs between teams' rates is laid to the factor or to the teams themselves. Where
    their own effects are small, factors are pinned, and where factors are, effects are: from one
    to the other leads no way that moves either alone. Here the spread of the effects is stretched
    with all of them, and each team's effect moved, the factor against these.

    Parameters
    ----------
    source : TeamValues
        Where values come from.
    state : TeamState
        Where factors and parameters are now, a draw of the teams' effects among these.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    TeamState
        Where they move to; as they were where effects and factor do not enter the rate alike.

    References
    ----------
    Yu and Meng (2011), doi 10.1198/jcgs.2011.203main (moves between two ways to write a model).
    """
    counts, one = state.parameters.counts, state.parameters.one
    names = counts.problem.design.coding.team_effects if counts.is_integrated else ()
    if INTERCEPT not in names or "team_effects" not in one:
        return state
    place = names.index(INTERCEPT)
    for _ in range(_EXCHANGES):
        for factor, each in enumerate(counts.coefficients.by_factor):
            if len(each) == 1:
                state = _effects_stretched(source, state, (factor, place), rng)
                if len(names) == 1:
                    state = _effects_moved(source, state, (factor, place), rng)
        state = _other_items_of(source, state, rng)
    return state


def _effects_stretched(
    source: TeamValues, state: TeamState, which: tuple[int, int], rng: np.random.Generator
) -> TeamState:
    """Stretch the effects and their spread, in units of which they stay what they are."""
    (factor, place), counts, one = which, state.parameters.counts, state.parameters.one
    log_stretch = float(rng.choice(_STRETCHES)) * rng.standard_normal()
    effects, sd = one["team_effects"].copy(), one["team_sd"].copy()
    apart = np.expm1(log_stretch) * effects[0, :, place]
    effects[0, :, place] += apart
    sd[0, place] *= np.exp(log_stretch)
    there = _against(state, factor, apart, {**one, "team_effects": effects, "team_sd": sd})
    prior = counts.problem.priors.team_sd[place]
    gain = (_log_items(source, there) - _log_items(source, state)).sum() + log_stretch
    gain += float(prior.log_density(sd[0, place]) - prior.log_density(one["team_sd"][0, place]))
    return there if np.log(rng.random()) < gain else state


def _effects_moved(
    source: TeamValues, state: TeamState, which: tuple[int, int], rng: np.random.Generator
) -> TeamState:
    """Move every team's effect by itself."""
    (factor, place), one = which, state.parameters.one
    effects, sd = one["team_effects"].copy(), one["team_sd"][0, place]
    before = effects[0, :, place].copy()
    apart = sd * np.exp(rng.uniform(-2.0, 0.5)) * rng.standard_normal(len(before))
    effects[0, :, place] += apart
    there = _against(state, factor, apart, {**one, "team_effects": effects})
    gain = _log_items(source, there) - _log_items(source, state)
    gain += (before**2 - effects[0, :, place] ** 2) / (2 * sd**2)
    kept = np.log(rng.random(len(gain))) < gain
    effects[0, :, place] = np.where(kept, effects[0, :, place], before)
    at = np.where(kept[:, None], there.at, state.at)
    return replace(state, at=at, parameters=there.parameters)


def _against(
    state: TeamState, factor: int, apart: FloatArray, one: dict[str, FloatArray]
) -> TeamState:
    """Move a factor so that effects that move by `apart` leave the rates."""
    at = state.at.copy()
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        at[:, factor] -= apart / state.parameters.counts.coefficients.of_level(one, factor)
    return replace(state, at=at, parameters=replace(state.parameters, one=one))


def _log_items(source: TeamValues, state: TeamState) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):
        found = source.densities(np.array([state.draw])).log_density(state.at[None])[0, 0]
    return np.where(np.isfinite(found), found, -np.inf)


def _other_items_of(source: TeamValues, state: TeamState, rng: np.random.Generator) -> TeamState:
    nothing = np.zeros(len(state.at))
    return _other_items(source, _Known(state, nothing, nothing), rng).state


def _known(source: TeamValues, state: TeamState) -> _Known:
    densities = source.densities(np.array([state.draw]))
    log_items = densities.log_density(state.at[None])[0, 0]
    parameters = state.parameters
    log_counts = parameters.counts.log_probabilities(parameters.one, state.at[None])[0, :, 0]
    return _Known(state, log_items, log_counts)


def _walked(source: TeamValues, known: _Known, rng: np.random.Generator) -> _Known:
    """Let every team take a step by itself."""
    state = known.state
    root = source.densities(np.array([state.draw])).root[0]
    length = np.exp(rng.uniform(np.log(_SHORTEST), np.log(_LONGEST), len(state.at)))
    moves = length[:, None] * rng.standard_normal(state.at.shape)
    at = state.at + np.einsum("tab,tb->ta", root, moves)
    there = _known(source, replace(state, at=at))
    gain = there.log_items - known.log_items + there.log_counts - known.log_counts
    kept = np.log(rng.random(len(gain))) < gain
    return _Known(
        replace(state, at=np.where(kept[:, None], at, state.at)),
        np.where(kept, there.log_items, known.log_items),
        np.where(kept, there.log_counts, known.log_counts),
    )


def _length(n_teams: int, rng: np.random.Generator) -> float:
    """Give the length of a step of all teams: a good one for so many, or a short one."""
    return float(rng.choice([1.0, _SHORT]) * 1.7 / np.sqrt(n_teams))


def _stretched(
    source: TeamValues,
    known: _Known,
    coefficients: FactorCoefficients,
    factor: int,
    rng: np.random.Generator,
) -> _Known:
    """Stretch a factor for all teams, and shrink its coefficients."""
    state = known.state
    log_stretch = _length(2 * len(state.at), rng) * rng.standard_normal()
    at = state.at.copy()
    at[:, factor] *= np.exp(log_stretch)
    one = coefficients.stretched(state.parameters.one, factor, log_stretch)
    log_volume = log_stretch * (len(at) - len(coefficients.by_factor[factor]))
    return _all_or_none(known, _there(source, state, at, one), log_volume, rng)


def _shifted(
    source: TeamValues,
    known: _Known,
    coefficients: FactorCoefficients,
    factor: int,
    rng: np.random.Generator,
) -> _Known:
    """Shift a factor for all teams, and the intercept against it."""
    state = known.state
    shift = _length(len(state.at), rng) * rng.standard_normal()
    at = state.at.copy()
    at[:, factor] += shift
    one = coefficients.shifted(state.parameters.one, factor, shift)
    return _all_or_none(known, _there(source, state, at, one), 0.0, rng)


def _there(
    source: TeamValues, state: TeamState, at: FloatArray, one: dict[str, FloatArray]
) -> _Known:
    parameters = replace(state.parameters, one=one)
    return _known(source, replace(state, at=at, parameters=parameters))


def _all_or_none(
    known: _Known, there: _Known, log_volume: float, rng: np.random.Generator
) -> _Known:
    """Move everything at once, or nothing."""
    before, after = known.state.parameters, there.state.parameters
    log_prior = before.counts.coefficients.log_prior
    gain = float((there.log_items - known.log_items + there.log_counts - known.log_counts).sum())
    gain += log_volume + log_prior(after.one) - log_prior(before.one)
    return there if np.log(rng.random()) < gain else known


def _other_items(source: TeamValues, known: _Known, rng: np.random.Generator) -> _Known:
    """Choose among draws of the items' parameters by how likely they make the factors."""
    state = known.state
    draws = np.append(state.draw, rng.integers(source.n_draws, size=_DRAWS))
    by_team = source.densities(draws).log_density(state.at[None])[:, 0]
    chosen = int(np.argmax(by_team.sum(axis=1) + rng.gumbel(size=len(draws))))
    return replace(known, state=replace(state, draw=int(draws[chosen])), log_items=by_team[chosen])
