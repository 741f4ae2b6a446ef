"""Steps of teams' factors that leave the rates: against grids on which factors are summed out."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from learnclimate.counts.priors import Exponential, Normal
from learnclimate.inference import joint_team_steps
from learnclimate.inference.joint_coefficients import Coefficient, FactorCoefficients
from learnclimate.inference.joint_parameters import CountParameters
from learnclimate.inference.joint_team_density import TeamDensities
from learnclimate.inference.joint_team_steps import TeamState, exchanged_teams, stepped_teams

MEAN = np.array([[-0.8, 0.3, 0.1, 0.9], [0.0, 0.0, 0.0, 0.0], [0.9, -0.2, 0.0, -0.8]])
SD = np.array([0.4, 1.0, 0.5])
SEEN, ERROR = np.array([1.4, 0.3, 0.6, -0.6]), 0.1
SLOPE, LEVEL, SPREAD = Normal(0.4, 1.0), Normal(0.2, 0.7), Exponential(2.0)


def densities(draws):
    mean = MEAN[draws][:, :, None]
    root = np.broadcast_to(SD[draws][:, None, None, None], (*mean.shape, 1))
    return TeamDensities(mean, root, np.zeros(mean.shape))


SOURCE = SimpleNamespace(n_draws=3, unit=np.arange(4), densities=densities)


class Counts:
    """Normal numbers in the place of counts, of which a team's factor tells nearly everything."""

    is_integrated = True
    coefficients = FactorCoefficients(
        ((Coefficient("covariate_effects", 0, SLOPE),),), LEVEL, np.zeros(1)
    )
    problem = SimpleNamespace(
        design=SimpleNamespace(coding=SimpleNamespace(team_effects=("intercept",))),
        priors=SimpleNamespace(team_sd=(SPREAD,)),
    )

    def log_probabilities(self, draws, of_teams):
        mean = draws["intercept"] + draws["covariate_effects"][:, 0] * of_teams
        return norm.logpdf(SEEN[:, None], mean, ERROR)


def start(**more):
    one = {"intercept": np.zeros(1), "covariate_effects": np.ones((1, 1)), **more}
    return TeamState(1, SEEN[:, None].copy(), CountParameters(Counts(), one, None, 0.0))


def chain(move, state, n, rng, read):
    found = []
    for _ in range(n):
        state = move(SOURCE, state, rng)
        found.append((state.draw, *read(state)))
    return np.array(found)


def settled(log, axes):
    """Weights of draws, and means and sds over the axes of a grid."""
    weight = np.exp(log - logsumexp(log))
    told = []
    for axis, values in enumerate(axes):
        own = weight.sum(axis=tuple(at for at in range(log.ndim) if at != axis))
        mean = own @ values
        told.append((mean, np.sqrt(own @ (values - mean) ** 2)))
    return weight.sum(axis=tuple(range(log.ndim - 1))), told


def same(found, weight, told):
    shares = np.bincount(found[:, 0].astype(int), minlength=3) / len(found)
    np.testing.assert_allclose(shares, weight, atol=0.06)
    for values, (mean, sd) in zip(found.T[1:], told, strict=True):
        assert values.mean() == pytest.approx(mean, abs=0.15 * sd)
        assert values.std() == pytest.approx(sd, rel=0.15)


def test_steps_have_the_posterior_of_level_slope_and_items_as_their_target():
    """Stretches keep the sign of the slope: the target is its positive half."""
    level, slope = np.linspace(-3, 3, 121), np.linspace(0.01, 4, 160)
    spread = np.sqrt((slope[:, None] * SD) ** 2 + ERROR**2)
    mean = level[:, None, None, None] + slope[:, None, None] * MEAN
    log = norm.logpdf(SEEN, mean, spread[..., None]).sum(axis=-1)
    log += LEVEL.log_density(level)[:, None, None] + SLOPE.log_density(slope)[:, None]

    def read(state):
        one = state.parameters.one
        return one["intercept"][0], one["covariate_effects"][0, 0]

    found = chain(stepped_teams, start(), 1500, np.random.default_rng(3), read)
    same(found, *settled(log, (level, slope)))


def test_steps_of_teams_alone_would_hardly_move_level_and_slope(monkeypatch):
    """What the test above could not see: were stretches and shifts left out, it would fail."""
    monkeypatch.setattr(joint_team_steps, "_shifted", lambda _source, known, *_: known)
    monkeypatch.setattr(joint_team_steps, "_stretched", lambda _source, known, *_: known)
    state = start()
    for _ in range(20):
        state = stepped_teams(SOURCE, state, np.random.default_rng(3))
    assert state.parameters.one["intercept"][0] == 0.0


def test_exchanges_have_the_posterior_of_spread_and_items_given_the_rates_as_their_target():
    """Rates are held: a factor and a team's own effect share what they are."""
    spread = np.exp(np.linspace(np.log(1e-3), np.log(5), 400))
    total = np.sqrt(SD**2 + spread[:, None] ** 2)
    log = norm.logpdf(SEEN, MEAN, total[..., None]).sum(axis=-1)
    log += (SPREAD.log_density(spread) + np.log(spread))[:, None]
    effects = SEEN[None, :, None] * 0.1
    state = start(team_sd=np.full((1, 1), 0.05), team_effects=effects)
    state = TeamState(1, (SEEN * 0.9)[:, None], state.parameters)

    def read(state):
        one = state.parameters.one
        rate = state.at[:, 0] + one["team_effects"][0, :, 0]
        np.testing.assert_allclose(rate, SEEN, atol=1e-9)
        return (one["team_sd"][0, 0],)

    found = chain(exchanged_teams, state, 800, np.random.default_rng(5), read)
    same(found, *settled(log, (spread,)))


def test_nothing_is_exchanged_where_no_effect_goes_with_the_factor():
    state = start()
    assert exchanged_teams(SOURCE, state, np.random.default_rng(1)) is state
