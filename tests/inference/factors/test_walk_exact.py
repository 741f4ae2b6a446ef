"""
Sweeps and answers in turn: parameters keep their prior, if every move leaves the posterior alone.

Draws of the parameters given the answers, and of the answers given the parameters, alternate
(Geweke 2004, doi 10.1198/016214504000001132). Whatever the sweeps do wrong, however little, adds
up until the parameters no longer follow the prior they began with; nothing needs to be fitted, no
chain to come home.
"""

import numpy as np
import pytest
from scipy import special, stats

from learnclimate.inference.factors.kernels_walk import sweep
from learnclimate.inference.factors.kernels_walk_state import (
    N_MOVES,
    WalkData,
    WalkState,
    correlations_at,
)
from learnclimate.measurement.factor_design import LOGIT_SCALE

PEOPLE, TEAMS, FACTORS, ITEMS, CUTS = 24, 6, 3, 6, 2
LOADING_SD, TEAM_SD, CONCENTRATION = 0.8, 0.6, 2.0
CHAINS, SWEEPS, EVERY = 40, 120, 3
# Of six items a category has few answers every other time: those moves are tested too.
FEW = 5


def begun(rng, *, by_team, logit):
    """A state drawn from the prior, and room for answers."""
    loads = np.zeros((ITEMS, FACTORS), dtype=bool)
    loads[np.arange(ITEMS), np.arange(ITEMS) // 2] = True
    column = np.tril_indices(FACTORS, -1)[1]
    shapes = CONCENTRATION + (FACTORS - 2 - column) / 2
    data = WalkData(
        answers=np.zeros((ITEMS, PEOPLE), dtype=np.int64),
        values=np.zeros((PEOPLE, ITEMS)),
        team=np.arange(PEOPLE) % TEAMS,
        n_cuts=np.full(ITEMS, CUTS),
        tied=np.zeros((ITEMS, CUTS), dtype=bool),
        loads=loads,
        loading_sd=np.full(loads.shape, LOADING_SD),
        shapes=shapes,
        team_scale=TEAM_SD if by_team else 0.0,
        logit=logit,
    )
    within, over = (2 * rng.beta(shapes, shapes) - 1 for _ in range(2))
    sd = TEAM_SD * np.abs(rng.standard_normal(FACTORS)) if by_team else np.zeros(FACTORS)
    state = WalkState(
        factors=np.zeros((PEOPLE, FACTORS)),
        of_teams=np.zeros((TEAMS, FACTORS)),
        loadings=loads * LOADING_SD * rng.standard_normal(loads.shape),
        cuts=np.zeros((ITEMS, CUTS)),
        within=np.arctanh(within),
        over=np.arctanh(over),
        log_sd=np.log(sd) if by_team else np.zeros(FACTORS),
        log_step=np.full((N_MOVES, ITEMS), -0.5),
    )
    root, root_over = (np.linalg.cholesky(matrix) for matrix in both(state))
    state.of_teams[:] = rng.standard_normal((TEAMS, FACTORS)) @ root_over.T * sd
    own = rng.standard_normal((PEOPLE, FACTORS)) @ root.T
    state.factors[:] = state.of_teams[data.team] + own
    below = np.cumsum(rng.dirichlet(np.ones(CUTS + 1), ITEMS), axis=1)[:, :-1]
    state.cuts[:] = special.ndtri(below) * behind(state, by_team)[:, None]
    return state, data


def both(state):
    """Correlations within teams and over teams."""
    return [correlations_at(values, FACTORS) for values in (state.within, state.over)]


def behind(state, by_team):
    """Standard deviation of what lies behind each item's answers."""
    within, over = both(state)
    sd = np.exp(state.log_sd) * by_team
    total = within + over * np.outer(sd, sd)
    return np.sqrt(1 + np.einsum("ja,ab,jb->j", state.loadings, total, state.loadings))


def answer(state, data, rng):
    """Draw all answers anew, in place."""
    shape = (PEOPLE, ITEMS)
    noise = rng.logistic(size=shape) / LOGIT_SCALE if data.logit else rng.standard_normal(shape)
    latent = state.factors @ state.loadings.T + noise
    data.values[:] = (latent[:, :, None] > state.cuts).sum(axis=2)
    data.answers[:] = data.values.T
    is_rare = np.array([np.bincount(each, minlength=CUTS + 1) < FEW for each in data.answers])
    data.tied[:, 1] = is_rare.any(axis=1)


def by_their_prior(state, data):
    """What is uniform on (0, 1) under the prior: every parameter by its distribution function."""
    by_team = data.team_scale > 0
    within, over = (np.linalg.cholesky(matrix) for matrix in both(state))
    below = special.ndtr(state.cuts / behind(state, by_team)[:, None])
    own = np.linalg.solve(within, (state.factors - state.of_teams[data.team]).T)
    found = {
        "loadings": stats.norm.cdf(state.loadings[data.loads] / LOADING_SD),
        "first shares": stats.beta.cdf(below[:, 0], 1, CUTS),
        "middle shares": stats.beta.cdf(below[:, 1] - below[:, 0], 1, CUTS),
        "last shares": stats.beta.cdf(below[:, 1], CUTS, 1),
        "correlations": stats.beta.cdf((np.tanh(state.within) + 1) / 2, data.shapes, data.shapes),
        "people": stats.norm.cdf(own[:, :3].ravel()),
        "spread of people": stats.chi2.cdf([(own**2).sum()], own.size),
    }
    if by_team:
        sd = np.exp(state.log_sd)
        teams = np.linalg.solve(over, (state.of_teams / sd).T)
        shapes = data.shapes
        found |= {
            "spreads over teams": 2 * stats.norm.cdf(sd / TEAM_SD) - 1,
            "correlations over teams": stats.beta.cdf(
                (np.tanh(state.over) + 1) / 2, shapes, shapes
            ),
            "teams": stats.norm.cdf(teams[:, :2].ravel()),
            "spread of teams": stats.chi2.cdf([(teams**2).sum()], teams.size),
        }
    return found


def walked(*, by_team, logit, sweeps=SWEEPS):
    """Sweeps and answers in turn: by variable, (n_chains, n_draws, ...)."""
    chains = []
    for chain in range(CHAINS):
        rng = np.random.default_rng([chain, by_team, logit])
        state, data = begun(rng, by_team=by_team, logit=logit)
        mean, kept = np.empty_like(state.factors), []
        for place in range(sweeps):
            answer(state, data, rng)
            sweep(state, data, mean, 0.0, rng)
            if place % EVERY == 0:
                kept.append(by_their_prior(state, data))
        chains.append({name: np.array([each[name] for each in kept]) for name in kept[0]})
    return {name: np.stack([chain[name] for chain in chains]) for name in chains[0]}


def scores(found):
    """
    p-values of means and spreads of each element, and over all elements, by variable.

    Chains are independent and begin with the prior, so that their averages have a Student's t.
    """
    standard = {}
    for name, values in found.items():
        of_chains = [part.mean(axis=1) for part in (values - 0.5, (values - 0.5) ** 2 - 1 / 12)]
        each = np.concatenate([*of_chains, *(part.mean(axis=1)[:, None] for part in of_chains)], 1)
        standard[name] = stats.ttest_1samp(each, 0.0).pvalue
    return standard


def assert_uniform(found):
    p_values = scores(found)
    together = np.concatenate(list(p_values.values()))
    assert together.min() > 0.001 / len(together), p_values
    assert 0.01 < np.mean(together < 0.1) < 0.25


@pytest.fixture(scope="module")
def two_levels():
    return walked(by_team=True, logit=False)


def test_every_move_leaves_the_posterior_of_two_levels_alone(two_levels):
    assert_uniform(two_levels)


def test_another_prior_than_that_of_the_sweeps_is_found_out(two_levels):
    """Spreads over teams with a scale of 0.6 are not those of a scale of 0.45."""
    sd = TEAM_SD * stats.norm.ppf((two_levels["spreads over teams"] + 1) / 2)
    found = scores({"other": 2 * stats.norm.cdf(sd / 0.45) - 1})
    assert found["other"].min() < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(("by_team", "logit"), [(False, False), (True, True), (False, True)])
def test_every_move_leaves_the_posterior_of_other_models_alone(by_team, logit):
    assert_uniform(walked(by_team=by_team, logit=logit, sweeps=400))
