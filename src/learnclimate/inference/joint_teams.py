"""Moves of teams' factors, of the items' parameters and of the count model's, all at once."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.inference.joint_parameters import CountParameters, Draws, drawn
from learnclimate.inference.joint_team_steps import TeamState, exchanged_teams, stepped_teams
from learnclimate.inference.joint_value_source import Values
from learnclimate.inference.joint_values import TeamValues

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Values of a team's factors chosen among, draws of the items' parameters they are proposed
#: from, draws of these that are chosen among, and parameters of the count model.
_POINTS, _SOURCES, _DRAWS, _CANDIDATES = 24, 24, 64, 16


@dataclass(frozen=True, slots=True)
class Ensemble:
    """
    Values of every team's factors, of which one is the team's.

    Attributes
    ----------
    factors : ndarray of shape (n_points, n_teams, n_factors)
        The values; those at hand come first.
    log_proposed : ndarray of shape (n_points, n_teams)
        Log density that they were proposed with.
    """

    factors: FloatArray
    log_proposed: FloatArray


def moved_teams(
    source: TeamValues, values: Values, parameters: CountParameters, rng: np.random.Generator
) -> tuple[Values, CountParameters]:
    """
    Move teams' factors and all parameters towards what items and counts say.

    To the factors at hand others are added, for every team by itself; then draws of the items'
    parameters and of the count model's are chosen by how likely they make everything with a
    team's factors *any* of these, and last each team's factors. So the parameters take steps as
    if factors were integrated out, however closely the two go together: where teams hardly differ
    in what the items measure, a slope and the factors it belongs to move as one. Steps that
    leave the rates come before and after (`exchanged_teams`, `stepped_teams`).

    Parameters
    ----------
    source : TeamValues
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
    Neal (2011), arXiv:1101.0387 (ensembles of states); Andrieu, Doucet and Holenstein (2010),
    doi 10.1111/j.1467-9868.2009.00736.x.
    """
    first = np.unique(source.unit, return_index=True)[1]
    state = TeamState(values.draw, values.factors[first], parameters)
    state = exchanged_teams(source, state, rng)
    at, draw, parameters = state.at, state.draw, state.parameters
    ensemble = _ensemble(source, at, rng)
    draws = np.append(draw, rng.integers(source.n_draws, size=_DRAWS))
    log_items = source.densities(draws).log_density(ensemble.factors)
    log_items -= ensemble.log_proposed
    candidates, log_proposed = _candidates(parameters, rng)
    log_counts = parameters.counts.log_probabilities(candidates, ensemble.factors)
    which, chosen = _chosen_pair(log_items, log_counts, log_proposed, rng)
    log_points = log_items[chosen] + log_counts[:, :, which]
    point = np.argmax(log_points + rng.gumbel(size=log_points.shape), axis=0)
    at, draw = ensemble.factors[point, np.arange(len(at))], int(draws[chosen])
    parameters = replace(parameters, one=drawn(candidates, np.array([which])))
    state = stepped_teams(source, TeamState(draw, at, parameters), rng)
    return Values(state.draw, (), state.at[source.unit]), state.parameters


def _ensemble(source: TeamValues, at: FloatArray, rng: np.random.Generator) -> Ensemble:
    """Add values to those at hand, each given the items under some draw of their parameters."""
    densities = source.densities(rng.integers(source.n_draws, size=_SOURCES))
    scores = rng.standard_normal((_POINTS - 1, *at.shape))
    place = rng.integers(_SOURCES, size=scores.shape[:2])
    factors = np.concatenate([at[None], densities.factors(place, scores)])
    log_proposed = special.logsumexp(densities.log_density(factors), axis=0) - np.log(_SOURCES)
    return Ensemble(factors, np.asarray(log_proposed))


def _candidates(parameters: CountParameters, rng: np.random.Generator) -> tuple[Draws, FloatArray]:
    """
    Propose parameters beside those at hand; with the log density of each, prior left out.

    Half of the proposals are turned round in one factor: weak loadings leave signs open.
    """
    pool, one = parameters.pool, parameters.one
    if pool is None:
        return one, np.zeros(1)
    found = parameters.counts.coefficients
    n_factors = len(found.by_factor)
    places = rng.integers(len(pool.log_proposed), size=_CANDIDATES)
    each = [drawn(pool.draws, np.array([place])) for place in places]
    for place in np.flatnonzero(rng.random(_CANDIDATES) < 0.5):
        each[place] = found.turned(each[place], _signs(n_factors, int(rng.integers(n_factors))))
    each = [{name: one[name] for name in each[0]}, *each]
    candidates = {name: np.concatenate([some[name] for some in each]) for name in each[0]}
    log_density = [np.log(0.5) + pool.log_density(parameters.counts, candidates)]
    prior = _log_priors(parameters, each)
    for factor in range(n_factors):
        turned = [found.turned(some, _signs(n_factors, factor)) for some in each]
        together = {name: np.concatenate([some[name] for some in turned]) for name in turned[0]}
        density = pool.log_density(parameters.counts, together)
        density += _log_priors(parameters, turned) - prior
        log_density.append(np.log(0.5 / n_factors) + density)
    return candidates, np.asarray(special.logsumexp(log_density, axis=0))


def _signs(n_factors: int, turned: int) -> FloatArray:
    return np.where(np.arange(n_factors) == turned, -1.0, 1.0)


def _log_priors(parameters: CountParameters, each: list[dict[str, FloatArray]]) -> FloatArray:
    found = parameters.counts.coefficients
    return np.array([found.log_prior(one) for one in each])


def _chosen_pair(
    log_items: FloatArray,
    log_counts: FloatArray,
    log_proposed: FloatArray,
    rng: np.random.Generator,
) -> tuple[int, int]:
    """
    Choose the count model's parameters and the items' together, each team's factors summed out.

    Arrays are of shape (n_draws, n_points, n_teams), (n_points, n_teams, n_candidates) and
    (n_candidates,).
    """
    of_items, of_counts = log_items.max(axis=1), log_counts.max(axis=0)
    items = np.exp(log_items - of_items[:, None]).transpose(2, 0, 1)
    counts = np.exp(log_counts - of_counts).transpose(1, 0, 2)
    with np.errstate(divide="ignore"):
        total = np.log(items @ counts).sum(axis=0)
    total += of_items.sum(axis=1)[:, None] + of_counts.sum(axis=0) - log_proposed
    place = int(np.argmax(total + rng.gumbel(size=total.shape)))
    chosen, which = np.unravel_index(place, total.shape)
    return int(which), int(chosen)
