"""A file's draws of teams have the distribution of the fit's, also where teams hardly differ."""

import numpy as np
import pytest
import xarray as xr

from learnclimate.inference.drawn_anew import secret_numbers, with_moved_draws

BOTH = ("chain", "draw")
N_DRAWS, N_TEAMS = 4000, 60


def known_posterior(seed):
    """
    Draws of teams' slopes whose standard deviation may be 0, as exact as draws can be.

    Given the standard deviation, a slope is normal: the prior is, and so is what a team tells.
    """
    rng = np.random.default_rng(seed)
    shape = (4, N_DRAWS // 4)
    sd = np.abs(0.2 * rng.standard_normal((*shape, 1)))
    intercept = rng.normal(0.6, 0.1, shape)
    of_teams = np.random.default_rng(0)
    told = of_teams.uniform(2, 30, N_TEAMS)
    seen = 0.3 * of_teams.standard_normal(N_TEAMS)
    precision = 1 / sd[..., None] ** 2 + told[:, None]
    left = seen[:, None] - (intercept[..., None, None] - 0.6)
    mean = told[:, None] * left / precision
    slopes = mean + rng.standard_normal(mean.shape) / np.sqrt(precision)
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(
                {
                    "intercept": (BOTH, intercept),
                    "team_sd": ((*BOTH, "team_effect"), sd),
                    "team_effects": ((*BOTH, "team", "team_effect"), slopes),
                }
            ),
            "sample_stats": xr.Dataset({"lp": (BOTH, intercept)}),
        }
    )


def quantiles(draws):
    """5, 25, 50, 75 and 95 % of each team."""
    own = draws["posterior"]["team_effects"].to_numpy().reshape(N_DRAWS, N_TEAMS)
    return np.quantile(own, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)


def apart(one, other):
    """How far the quantiles of teams lie apart, on average, in standard deviations of a team."""
    own = one["posterior"]["team_effects"].to_numpy().reshape(N_DRAWS, N_TEAMS)
    return np.abs(quantiles(one) - quantiles(other)).mean(axis=1) / own.std(axis=0).mean()


@pytest.fixture(scope="module")
def draws():
    return known_posterior(1)


def test_quantiles_of_teams_are_those_of_other_draws(draws):
    """A file's figures differ from the fit's by about as much as other draws would."""
    moved = with_moved_draws(draws, secret_numbers(draws), lambda arrays: {})
    by_chance = apart(draws, known_posterior(2))
    assert (apart(draws, moved) < 1.5 * by_chance).all()
    # Noise of one size, whatever the standard deviation, moves what lies near 0 away from it.
    own = draws["posterior"]["team_effects"]
    noise = np.random.default_rng(3).standard_normal(own.shape)
    filled = own.mean(BOTH) + np.sqrt(0.75) * (own - own.mean(BOTH))
    filled = filled + 0.5 * own.std(BOTH) * own.copy(data=noise)
    control = xr.DataTree.from_dict(
        {"posterior": draws["posterior"].to_dataset().assign(team_effects=filled)}
    )
    assert apart(draws, control)[1:4].max() > 3 * by_chance.max()


def test_a_small_standard_deviation_keeps_small_effects(draws):
    """What a draw says of all teams and what it says of one belong together."""
    moved = with_moved_draws(draws, secret_numbers(draws), lambda arrays: {})
    sizes = []
    for one in (draws, moved):
        sd = one["posterior"]["team_sd"].to_numpy().reshape(N_DRAWS)
        own = one["posterior"]["team_effects"].to_numpy().reshape(N_DRAWS, N_TEAMS)
        few = sd < np.quantile(sd, 0.1)
        sizes.append(own[few].std() / own.std())
    assert sizes[0] < 0.2
    assert abs(sizes[1] / sizes[0] - 1) < 0.1


def test_no_draw_of_a_team_can_be_told_from_the_file(draws):
    """Half of a team's spread, given the parameters, is new, whatever the standard deviation."""
    moved = with_moved_draws(draws, secret_numbers(draws), lambda arrays: {})
    sd = draws["posterior"]["team_sd"].to_numpy()[..., None, :]
    units = [
        (one["posterior"]["team_effects"].to_numpy() / sd).reshape(N_DRAWS, N_TEAMS)
        for one in (draws, moved)
    ]
    kept = [np.corrcoef(*pair)[0, 1] for pair in zip(units[0].T, units[1].T, strict=True)]
    assert max(kept) < 0.93
