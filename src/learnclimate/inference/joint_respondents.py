"""Moves of respondents' own factors, of the items' parameters and of coefficients, together."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import INTERCEPT
from learnclimate.inference.joint_coefficients import FactorCoefficients, log_density_of_effects
from learnclimate.inference.joint_given import GivenItems
from learnclimate.inference.joint_parameters import CountParameters
from learnclimate.inference.joint_value_source import Values
from learnclimate.inference.joint_values import RespondentValues

FloatArray = npt.NDArray[np.float64]

#: Rounds of moves between two fits of the count model, and parameters tried in each.
_ROUNDS, _TRIES = 8, 4
#: How often a factor is turned round when other parameters are tried.
_TURNED = 0.25
_DF = 7.0
#: Steps of walks, in standard deviations given the items: long ones, and short ones for
#: factors of which counts tell far more than items.
_STEPS = (0.8, 0.25)


@dataclass(frozen=True, slots=True)
class _State:
    """
    Where factors and parameters are now.

    Attributes
    ----------
    draw : int
        The draw of the items' parameters.
    given : GivenItems
        The factors' density given the items, under these.
    factors : ndarray of shape (n_respondents, n_factors)
        The factors.
    heights : ndarray of shape (n_respondents,)
        Their heights given the items.
    parameters : CountParameters
        The count model's.
    log_counts : ndarray of shape (n_respondents,)
        Log probability of every respondent's count.
    """

    draw: int
    given: GivenItems
    factors: FloatArray
    heights: FloatArray
    parameters: CountParameters
    log_counts: FloatArray

    @property
    def log_items(self) -> float:
        """Log density of all factors given the items."""
        return float(self.heights.sum()) - self.given.log_mass


def moved_respondents(
    source: RespondentValues,
    values: Values,
    parameters: CountParameters,
    rng: np.random.Generator,
) -> tuple[Values, CountParameters]:
    """
    Move respondents' factors towards what both items and counts say.

    The target is the posterior given items and counts of the factors, of the items' parameters
    (among the draws of their posterior given the items) and of the coefficients of the factors,
    all else in the count model held. Moves of four kinds: every respondent's factors by
    themselves; other parameters of the items, the factors held or carried along; all factors
    stretched or shifted, the coefficients against them, so that the counts hardly notice; and
    factors turned round with their coefficients, since loadings whose signs the items leave
    open have two mirror images that no small steps connect.

    Parameters
    ----------
    source : RespondentValues
        Where values come from.
    values : Values
        Where they are now.
    parameters : CountParameters
        The count model's parameters, drawn given the values.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    values : Values
        Where they move to.
    parameters : CountParameters
        The count model's parameters that go with these.

    References
    ----------
    Yu and Meng (2011), doi 10.1198/jcgs.2011.203main (holding the predictor while factors are
    shifted and stretched).
    """
    given, coefficients = source.given(values.draw), parameters.counts.coefficients
    at = values.factors
    state = _State(values.draw, given, at, given.heights(at), parameters, parameters.log_counts(at))
    for _ in range(_ROUNDS):
        state = _drawn_anew(state, rng)
        for step in _STEPS:
            state = _walked(state, step, rng)
        for factor in range(at.shape[1]):
            state = _stretched(state, coefficients, factor, rng)
            state = _shifted(state, coefficients, factor, rng)
            state = _shifted_by_team(state, coefficients, factor, rng)
        for _ in range(_TRIES):
            state = _other_parameters(state, source, coefficients, rng)
    return Values(state.draw, (), state.factors), state.parameters


def _drawn_anew(state: _State, rng: np.random.Generator) -> _State:
    """Propose factors from a Student's t around what the items say, by respondent."""
    size = state.factors.shape
    scores = rng.standard_normal(size) * np.sqrt(_DF / rng.chisquare(_DF, size[0]))[:, None]
    here = state.given.scores(state.factors)
    return _chosen(state, state.given.factors(scores), _log_t(here) - _log_t(scores), rng)


def _log_t(scores: FloatArray) -> FloatArray:
    square = (scores**2).sum(axis=1)
    return np.asarray(-0.5 * (_DF + scores.shape[1]) * np.log1p(square / _DF))


def _walked(state: _State, step: float, rng: np.random.Generator) -> _State:
    """Take a step at random, by respondent."""
    moves = step * rng.standard_normal(state.factors.shape)
    there = state.factors + np.einsum("nab,nb->na", state.given.roots, moves)
    return _chosen(state, there, np.zeros(len(there)), rng)


def _chosen(
    state: _State, factors: FloatArray, log_ratio: FloatArray, rng: np.random.Generator
) -> _State:
    """Keep each respondent's proposal or give it up; `log_ratio` is that of the proposals."""
    heights, log_counts = state.given.heights(factors), state.parameters.log_counts(factors)
    gain = heights - state.heights + log_counts - state.log_counts + log_ratio
    kept = np.log(rng.random(len(gain))) < gain
    return replace(
        state,
        factors=np.where(kept[:, None], factors, state.factors),
        heights=np.where(kept, heights, state.heights),
        log_counts=np.where(kept, log_counts, state.log_counts),
    )


def _stretched(
    state: _State, coefficients: FactorCoefficients, factor: int, rng: np.random.Generator
) -> _State:
    """Stretch a factor for all, and shrink its coefficients."""
    n = len(state.factors)
    log_stretch = 1.7 / np.sqrt(2 * n) * rng.standard_normal()
    factors = state.factors.copy()
    factors[:, factor] *= np.exp(log_stretch)
    one = coefficients.stretched(state.parameters.one, factor, log_stretch)
    log_volume = log_stretch * (n - len(coefficients.by_factor[factor]))
    return _all_or_none(state, _at(state, factors, one), coefficients, log_volume, rng)


def _shifted(
    state: _State, coefficients: FactorCoefficients, factor: int, rng: np.random.Generator
) -> _State:
    """Shift a factor for all, and the intercept against it."""
    shift = 1.7 / np.sqrt(len(state.factors)) * rng.standard_normal()
    factors = state.factors.copy()
    factors[:, factor] += shift
    one = coefficients.shifted(state.parameters.one, factor, shift)
    return _all_or_none(state, _at(state, factors, one), coefficients, 0.0, rng)


def _shifted_by_team(
    state: _State, coefficients: FactorCoefficients, factor: int, rng: np.random.Generator
) -> _State:
    """Shift a factor for a team, and the team's own effect against it: every team by itself."""
    design, one = state.parameters.counts.problem.design, state.parameters.one
    names = design.coding.team_effects
    if INTERCEPT not in names:
        return state
    size = np.maximum(np.bincount(design.team, minlength=design.n_teams), 1)
    shift = 1.7 / np.sqrt(size) * rng.standard_normal(design.n_teams)
    factors = state.factors.copy()
    factors[:, factor] += shift[design.team]
    effects = one["team_effects"].copy()
    effects[0, :, names.index(INTERCEPT)] -= coefficients.of_level(one, factor) * shift
    there = _at(state, factors, {**one, "team_effects": effects})
    gain = there.heights - state.heights + there.log_counts - state.log_counts
    by_team = np.bincount(design.team, gain, minlength=design.n_teams)
    by_team += log_density_of_effects(there.parameters.one) - log_density_of_effects(one)
    kept = np.log(rng.random(design.n_teams)) < by_team
    chosen = np.where(kept[:, None], effects[0], one["team_effects"][0])[None]
    parameters = replace(state.parameters, one={**one, "team_effects": chosen})
    rows = kept[design.team]
    return replace(
        state,
        factors=np.where(rows[:, None], factors, state.factors),
        heights=np.where(rows, there.heights, state.heights),
        parameters=parameters,
        log_counts=np.where(rows, there.log_counts, state.log_counts),
    )


def _other_parameters(
    state: _State,
    source: RespondentValues,
    coefficients: FactorCoefficients,
    rng: np.random.Generator,
) -> _State:
    """Try another draw of the items' parameters, now and then with a factor turned round."""
    draw = int(rng.integers(source.n_draws))
    signs = np.ones(state.factors.shape[1])
    if rng.random() < _TURNED:
        signs[rng.integers(len(signs))] = -1.0
    given, log_volume = source.given(draw), 0.0
    if rng.random() < 0.5:
        factors = state.factors * signs
    else:
        factors = given.factors(state.given.scores(state.factors) * signs)
        log_volume = given.log_size - state.given.log_size
    there = replace(state, draw=draw, given=given)
    there = _at(there, factors, coefficients.turned(state.parameters.one, signs))
    return _all_or_none(state, there, coefficients, log_volume, rng)


def _at(state: _State, factors: FloatArray, one: dict[str, FloatArray]) -> _State:
    parameters = replace(state.parameters, one=one)
    return replace(
        state,
        factors=factors,
        heights=state.given.heights(factors),
        parameters=parameters,
        log_counts=parameters.log_counts(factors),
    )


def _all_or_none(
    state: _State,
    there: _State,
    coefficients: FactorCoefficients,
    log_volume: float,
    rng: np.random.Generator,
) -> _State:
    """Move everything at once, or nothing."""
    gain = there.log_items - state.log_items + log_volume
    gain += float((there.log_counts - state.log_counts).sum())
    gain += coefficients.log_prior(there.parameters.one)
    gain -= coefficients.log_prior(state.parameters.one)
    return there if np.log(rng.random()) < gain else state
