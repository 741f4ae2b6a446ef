"""Small designs for the tests of the marginal likelihood."""

import numpy as np

from learnclimate.counts.coding import CovariateCoding, DesignCoding, FrequencyCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.model import CountModel
from learnclimate.inference.marginal.likelihood.likelihood import prepare

LEVELS = {"talk": 4, "meet": 3}


def make_design(team_effects, *, n_teams=6, team_size=5, seed=1, categorical=False):
    random = np.random.default_rng(seed)
    n = n_teams * team_size
    level = np.stack([random.integers(0, k, n) for k in LEVELS.values()], axis=1)
    covariates = random.normal(1.0, 1.0, (n, 2))
    if categorical:
        covariates = random.integers(0, 2, (n, 2)).astype(float)
    names = tuple(LEVELS)
    coding = DesignCoding(
        frequencies=tuple(
            FrequencyCoding(f, tuple(map(str, range(LEVELS[f]))), "unordered") for f in names
        ),
        covariates=(CovariateCoding("one"), CovariateCoding("two")),
        team_effects=team_effects,
    )
    exposure = random.choice([0.5, 1.0], n) if categorical else random.uniform(0.5, 2, n)
    return CountDesign(
        outcome=random.poisson(np.exp(0.3 + 0.4 * level[:, 0])),
        log_exposure=np.log(exposure),
        frequency_level=level,
        covariates=covariates,
        team=random.permutation(np.repeat(np.arange(n_teams), team_size)),
        multiplicity=np.ones(n),
        weight=np.ones(n),
        teams=np.array([f"t{i}" for i in range(n_teams)], dtype=object),
        departments=None,
        coding=coding,
    )


def make(family, team_effects, **options):
    design = make_design(team_effects, **options)
    model = CountModel(family=family, team_effects=team_effects)
    likelihood = prepare(model, design, compress=False)
    random = np.random.default_rng(7)
    layout = likelihood.layout
    psi = random.normal(0, 0.3, layout.size)
    psi[layout.slope_curves] = random.uniform(0, 1, sum(layout.n_levels))
    lower = np.tril(random.normal(0, 0.3, (3, 3))) + np.diag([0.7, 0.5, 0.4])
    d = layout.n_team_effects
    psi[layout.cholesky] = lower[np.tril_indices(d)]
    return model, design, likelihood, psi
