"""Teams' factors and all parameters moved at once: against a grid, one by one and in copies."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from learnclimate.inference import joint_teams
from learnclimate.inference.joint_parameters import CountParameters
from learnclimate.inference.joint_team_density import TeamDensities
from learnclimate.inference.joint_teams import moved_teams
from learnclimate.inference.joint_value_source import Values

MEAN = np.array([[-0.8, 0.3, 0.1, 0.9], [0.0, 0.0, 0.0, 0.0], [0.9, -0.2, 0.0, -0.8]])
SD = np.array([0.4, 1.0, 0.5])
SEEN, ERROR = np.array([0.9, -0.3, 0.1, -1.2]), 0.5
PRIOR, PROPOSED = norm(0.4, 1.0), norm(0.3, 1.1)


def densities(draws, skewness=0.0):
    mean = MEAN[draws][:, :, None]
    root = np.broadcast_to(SD[draws][:, None, None, None], (*mean.shape, 1))
    return TeamDensities(mean, root, np.full(mean.shape, skewness))


class Counts:
    """Normal numbers in the place of counts: a slope times a team's factor, and an error."""

    def log_probabilities(self, draws, of_teams):
        return norm.logpdf(SEEN[:, None], draws["slope"] * of_teams, ERROR)

    @property
    def coefficients(self):
        return SimpleNamespace(
            by_factor=((None,),),
            turned=lambda one, signs: {"slope": one["slope"] * signs[0]},
            log_prior=lambda one: float(PRIOR.logpdf(one["slope"][0])),
        )


def pool(rng):
    draws = {"slope": PROPOSED.rvs(400, random_state=rng)}

    def log_density(counts, draws):
        return PROPOSED.logpdf(draws["slope"]) - PRIOR.logpdf(draws["slope"])

    return SimpleNamespace(draws=draws, log_proposed=np.zeros(400), log_density=log_density)


def on_a_grid():
    """Weight of each draw, and mean and sd of the slope, factors integrated out."""
    slope = np.linspace(-4, 5, 901)
    spread = np.sqrt((slope[:, None] * SD) ** 2 + ERROR**2)
    log = norm.logpdf(SEEN, slope[:, None, None] * MEAN, spread[..., None]).sum(axis=2)
    log += PRIOR.logpdf(slope)[:, None]
    weight = np.exp(log - logsumexp(log))
    mean = weight.sum(axis=1) @ slope
    return weight.sum(axis=0), mean, np.sqrt(weight.sum(axis=1) @ (slope - mean) ** 2)


def test_the_target_of_all_moves_at_once_is_the_posterior_given_items_and_counts(monkeypatch):
    """Without the steps before and after, which have tests of their own."""
    for name in ("exchanged_teams", "stepped_teams"):
        monkeypatch.setattr(joint_teams, name, lambda _source, state, _rng: state)
    rng = np.random.default_rng(4)
    source = SimpleNamespace(n_draws=3, unit=np.arange(4), densities=densities)
    values = Values(1, (), np.zeros((4, 1)))
    parameters = CountParameters(Counts(), {"slope": np.array([1.0])}, pool(rng), 0.0)
    draws, slopes, factors = [], [], []
    for _ in range(2500):
        values, parameters = moved_teams(source, values, parameters, rng)
        draws.append(values.draw)
        slopes.append(parameters.one["slope"][0])
        factors.append(values.factors[0, 0])
    weight, mean, sd = on_a_grid()
    np.testing.assert_allclose(np.bincount(draws, minlength=3) / 2500, weight, atol=0.06)
    # Draws from the items alone would be a third each.
    assert np.abs(weight - 1 / 3).max() > 0.15
    assert np.mean(slopes) == pytest.approx(mean, abs=0.15 * sd)
    assert np.std(slopes) == pytest.approx(sd, rel=0.12)
    # A factor and its slope go together as they do in what was seen.
    assert np.mean(np.array(slopes) * factors) == pytest.approx(SEEN[0], abs=0.3)


def test_a_skewed_density_is_that_of_the_values_drawn_from_it():
    rng, team = np.random.default_rng(5), np.zeros((40_000, 4), dtype=int)
    found = densities(np.array([0]), skewness=0.4)
    drawn = found.factors(team, rng.standard_normal((40_000, 4, 1)))[:, 0, 0]
    grid = np.linspace(-4, 3, 701)
    at = np.broadcast_to(grid[:, None, None], (701, 4, 1))
    density = np.exp(found.log_density(at)[0, :, 0])
    density /= density.sum() * (grid[1] - grid[0])
    told, edges = np.histogram(drawn, bins=np.linspace(-2, 0.8, 29), density=True)
    middle = (edges[1:] + edges[:-1]) / 2
    np.testing.assert_allclose(told, np.interp(middle, grid, density), atol=0.04)
