"""
Simulation-based calibration of the marginal engine.

The truth comes from the priors, the data from the truth, the draws from the engine; then the rank
of the truth among its draws is uniform for every quantity, of the parameters and of the data
alike (Talts and others 2018, arXiv 1804.06788; Modrák and others 2023, doi 10.1214/23-BA1404).
Truth and data are made here with numpy alone: nothing of the package but its design and its
engine is used. The last tests hold what the first ones would say of wrong posteriors.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import special, stats

from learnclimate.counts.coding import CovariateCoding, DesignCoding, FrequencyCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors, resolve_priors
from learnclimate.counts.priors import LKJ, Dirichlet, Exponential, Gamma, Normal
from learnclimate.inference.engine import CountProblem, EngineError, SamplingOptions
from learnclimate.inference.marginal.engine import MarginalEngine
from learnclimate.inference.marginal.likelihood.likelihood import prepare
from uniformity import uniformity_p_value

FALSE_ALARM = 1e-3
#: Draws are made 400 at a time, and every fourth is ranked: copies of one draw lie side by side.
DRAWS, THIN = 400, 4
SIZES = np.array([2, 3, 4, 5, 7, 12, 9, 6, 2, 3, 8, 4, 10, 2, 5, 3, 6, 11, 4, 2, 7, 3, 5, 12, 8])
#: Teams whose effects are ranked: of 2, 12 and 7 respondents.
RANKED_TEAMS = (0, 5, 4)
N_LEVELS = 4
PRIORS = Priors(
    intercept=Normal(0.4, 0.5),
    frequency=Normal(0.8, 0.5),
    frequency_shape=Dirichlet(2.0),
    covariates=Normal(0.0, 0.3),
    team_sd=Exponential(2.0),
    team_correlation=LKJ(2.0),
    dispersion=Gamma(3.0, 1.0),
)
FAMILIES = {"poisson": Poisson(), "negative_binomial": NegativeBinomial()}
#: A prior that a family does not use is refused.
PRIORS_OF = {"poisson": replace(PRIORS, dispersion=None), "negative_binomial": PRIORS}
OUTER = (
    "intercept", "frequency_effect", "step 1", "step 2", "step 3", "covariate", "sd of intercept",
    "sd of slope", "correlation", "dispersion",
)  # fmt: skip
OF_TEAMS = tuple(f"team {team} {name}" for team in RANKED_TEAMS for name in ("intercept", "slope"))
OF_DATA = ("log marginal likelihood", "log likelihood")


def design_without_counts():
    """25 teams of 2 to 12; levels and covariate drawn once, the same in every replicate."""
    random = np.random.default_rng(20261125)
    n = SIZES.sum()
    return CountDesign(
        outcome=np.zeros(n, dtype=np.int64),
        log_exposure=np.zeros(n),
        frequency_level=random.integers(0, N_LEVELS, (n, 1)),
        covariates=random.normal(1.0, 1.0, (n, 1)),
        team=np.repeat(np.arange(len(SIZES)), SIZES),
        multiplicity=np.ones(n),
        weight=np.ones(n),
        teams=np.array([f"t{i:02d}" for i in range(len(SIZES))], dtype=object),
        departments=None,
        coding=DesignCoding(
            frequencies=(
                FrequencyCoding("talk", tuple(str(i) for i in range(N_LEVELS)), "monotonic"),
            ),
            covariates=(CovariateCoding("tenure"),),
            team_effects=("intercept", "talk"),
        ),
    )


DESIGN = design_without_counts()


def draw_truth(random, size):
    """Draws from the prior, one row each; `intercept` is at the covariates' means."""
    sd = random.exponential(1 / PRIORS.team_sd.rate, (size, 2))
    eta = PRIORS.team_correlation.eta
    correlation = 2 * random.beta(eta, eta, size) - 1
    standard = random.standard_normal((size, len(SIZES), 2))
    second = correlation[:, None] * standard[..., 0]
    second = second + np.sqrt(1 - correlation[:, None] ** 2) * standard[..., 1]
    steps = np.full(N_LEVELS - 1, PRIORS.frequency_shape.concentration)
    return {
        "intercept": random.normal(PRIORS.intercept.mean, PRIORS.intercept.sd, size),
        "effect": random.normal(PRIORS.frequency.mean, PRIORS.frequency.sd, size),
        "steps": random.dirichlet(steps, size),
        "covariate": random.normal(0.0, PRIORS.covariates.sd, size),
        "sd": sd,
        "correlation": correlation,
        "dispersion": random.gamma(PRIORS.dispersion.shape, 1 / PRIORS.dispersion.rate, size),
        "teams": np.stack([standard[..., 0], second], axis=-1) * sd[:, None, :],
    }


def from_engine(posterior):
    """The engine's draws, thinned, under the names of `draw_truth`."""
    flat = {
        name: values[:, ::THIN].reshape(-1, *values.shape[2:]) for name, values in posterior.items()
    }
    slope = flat["covariate_effects"][:, 0]
    return {
        "intercept": flat["intercept"] + slope * DESIGN.covariate_means[0],
        "effect": flat["frequency_effect"][:, 0],
        "steps": flat["frequency_shape"][:, 0],
        "covariate": slope,
        "sd": flat["team_sd"],
        "correlation": flat["team_correlation"][:, 0, 1],
        "dispersion": flat.get("dispersion", np.full(len(slope), np.inf)),
        "teams": flat["team_effects"],
    }


def log_rates(draws):
    """Log expected count of every respondent, shape (S, n)."""
    curve = np.pad(np.cumsum(draws["steps"], axis=1), ((0, 0), (1, 0)))
    curve = curve[:, DESIGN.frequency_level[:, 0]]
    effects = draws["teams"][:, DESIGN.team]
    covariate = DESIGN.covariates[:, 0] - DESIGN.covariate_means[0]
    return (
        draws["intercept"][:, None]
        + curve * (draws["effect"][:, None] + effects[..., 1])
        + effects[..., 0]
        + draws["covariate"][:, None] * covariate
    )


def draw_counts(random, draws):
    rate = np.exp(log_rates(draws))
    if np.isfinite(draws["dispersion"]).all():
        alpha = draws["dispersion"][:, None]
        rate = random.gamma(alpha, rate / alpha)
    return random.poisson(rate)


def log_likelihood(counts, draws):
    """Log density of all counts given parameters and team effects, shape (S,)."""
    log_rate = log_rates(draws)
    if np.isinf(draws["dispersion"]).all():
        return (counts * log_rate - np.exp(log_rate) - special.gammaln(counts + 1)).sum(axis=1)
    alpha = draws["dispersion"][:, None]
    chance = 1 / (1 + np.exp(log_rate) / alpha)
    return stats.nbinom.logpmf(counts, alpha, chance).sum(axis=1)


def psi_of(draws, layout):
    """The parameters as the likelihood reads them, laid out here anew."""
    psi = np.zeros((len(draws["intercept"]), layout.size))
    psi[:, layout.intercept] = draws["intercept"]
    psi[:, layout.coefficients] = draws["covariate"][:, None]
    curve = np.pad(np.cumsum(draws["steps"], axis=1), ((0, 0), (1, 0)))
    psi[:, layout.level_effects] = curve * draws["effect"][:, None]
    psi[:, layout.slope_curves] = curve
    first, second = draws["sd"].T
    correlation = draws["correlation"]
    rest = np.sqrt(np.maximum(1 - correlation**2, 0.0))
    psi[:, layout.cholesky] = np.stack([first, second * correlation, second * rest], axis=1)
    if layout.has_dispersion:
        psi[:, layout.log_dispersion] = np.log(draws["dispersion"])[:, None]
    return psi


def quantities(draws, counts, likelihood):
    """All that is ranked, shape (S, n_quantities)."""
    return np.column_stack(
        [
            draws["intercept"],
            draws["effect"],
            draws["steps"],
            draws["covariate"],
            draws["sd"],
            draws["correlation"],
            draws["dispersion"],
            draws["teams"][:, RANKED_TEAMS].reshape(len(draws["intercept"]), -1),
            likelihood.value(psi_of(draws, likelihood.layout), 9),
            log_likelihood(counts, draws),
        ]
    )


def one_replicate(family, seed):
    """Ranks of one truth among the engine's draws, and among four wrong sets of draws."""
    random = np.random.default_rng([seed, len(family)])
    truth = draw_truth(random, 1)
    if family == "poisson":
        truth["dispersion"] = np.full(1, np.inf)
    counts = draw_counts(random, truth)[0]
    model = CountModel(family=FAMILIES[family], priors=PRIORS_OF[family])
    design = replace(DESIGN, outcome=counts)
    problem = CountProblem(model, design, resolve_priors(PRIORS, design))
    options = SamplingOptions(draws=DRAWS, seed=seed, progress=False)
    drawn = MarginalEngine().run(problem, options)
    draws = from_engine(drawn.posterior)
    likelihood = prepare(model, design)
    likelihood = likelihood.anchor(psi_of(draws, likelihood.layout).mean(axis=0))
    size = DRAWS // THIN
    prior = draw_truth(random, size)
    variants = {
        "engine": draws,
        "sd inflated": draws | {"sd": 1.25 * draws["sd"]},
        "sd half again": draws | {"sd": 1.5 * draws["sd"]},
        "teams narrow": draws | {"teams": (draws["teams"] + draws["teams"].mean(axis=0)) / 2},
        "teams unrelated": draws | {"teams": draws["teams"][random.permutation(size)]},
        "prior": prior | {"dispersion": prior["dispersion"] * truth["dispersion"] ** 0},
    }
    true = quantities(truth, counts, likelihood)
    below = {
        name: (quantities(each, counts, likelihood) < true).sum(axis=0)
        for name, each in variants.items()
    }
    between = random.random(true.shape[1])
    return {name: (rank + between) / (size + 1) for name, rank in below.items()}, drawn.certificate


def replicates(family, size):
    """
    Ranks and certificate of each replicate that the engine did not hand on to another one.

    Whether it does is a function of the counts alone, given which truths and draws are alike too:
    to leave such replicates out favours nothing. More than one in a hundred would be a fault.
    """
    found, handed_on = [], []
    for seed in range(size):
        try:
            found.append(one_replicate(family, seed))
        except EngineError as error:
            handed_on.append((seed, str(error)))
    assert len(handed_on) <= size / 100, handed_on
    return found


@cache
def calibrated(family, size):
    """Each set of draws' normalised ranks, shape (size, n_quantities), and the certificates."""
    names = [
        *(name for name in OUTER if not (family == "poisson" and name == "dispersion")),
        *OF_TEAMS,
        *OF_DATA,
    ]
    kept = [i for i, name in enumerate((*OUTER, *OF_TEAMS, *OF_DATA)) if name in names]
    found, certificates = zip(*replicates(family, size), strict=True)
    ranks = {name: np.array([each[name] for each in found])[:, kept] for name in found[0]}
    return names, ranks, certificates


def p_values(names, ranks):
    """By quantity, of uniformity and, the ranks folded at the middle, of the right width."""
    sides = dict(zip(names, ranks.T, strict=True))
    sides |= {f"width of {name}": np.abs(2 * column - 1) for name, column in sides.items()}
    return {name: uniformity_p_value(column) for name, column in sides.items()}


def rejected(names, ranks):
    """Quantities whose ranks are not uniform; all of them together err once in a thousand."""
    found = p_values(names, ranks)
    return {name: p for name, p in found.items() if p * len(found) < FALSE_ALARM}


def sizes(*small):
    return [
        pytest.param(family, size, marks=[pytest.mark.slow] if size not in small else [])
        for family in FAMILIES
        for size in (100, 500)
    ]


@pytest.mark.parametrize(("family", "size"), sizes(100))
def test_truths_rank_uniformly_among_their_draws(family, size):
    names, ranks, _ = calibrated(family, size)
    assert not rejected(names, ranks["engine"])


@pytest.mark.parametrize(("family", "size"), sizes(100))
def test_the_certificate_passes_on_every_replicate(family, size):
    _, _, certificates = calibrated(family, size)
    failed = [str(certificate) for certificate in certificates if not certificate.passed]
    assert not failed


#: Wrong draws, and a quantity that tells.
WRONG = {
    # Standard deviations a quarter too large, and by half.
    "sd inflated": "sd of intercept",
    "sd half again": "sd of intercept",
    # Team effects of half their spread.
    "teams narrow": "width of team 5 intercept",
    # Team effects that belong to other draws of the parameters: each ranks rightly by itself.
    "teams unrelated": "log likelihood",
    # Draws that never saw the data: every parameter ranks uniformly, only the data's density tells.
    "prior": "log marginal likelihood",
}


#: Too small to be told for sure by 100 counts of teams with a dispersion of their own.
HIDDEN = ("teams unrelated", "sd inflated")


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(("family", "size"), sizes(100))
def test_wrong_draws_are_rejected(family, size, wrong):
    if wrong in HIDDEN and (family, size) == ("negative_binomial", 100):
        pytest.skip("seen among 500 replicates only: a dispersion hides what one team adds")
    names, ranks, _ = calibrated(family, size)
    assert WRONG[wrong] in rejected(names, ranks[wrong])


@pytest.mark.parametrize(("family", "size"), sizes(100))
def test_draws_of_the_prior_are_told_by_the_data_alone(family, size):
    names, ranks, _ = calibrated(family, size)
    assert set(rejected(names, ranks["prior"])) <= {*OF_DATA, *(f"width of {n}" for n in OF_DATA)}
