"""Simulation-based calibration of the marginal engine under every further family."""

from dataclasses import replace

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.counts.asked_rows import AskedRows
from learnclimate.counts.coding import CovariateCoding, DesignCoding, FrequencyCoding, ZeroCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import distribution_of
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.prior_draws import prior_draws
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.inference.engine import CountProblem, SamplingOptions
from learnclimate.inference.marginal.engine import MarginalEngine
from learnclimate.survey.counts_allowed import OPEN
from uniformity import uniformity_p_value

FALSE_ALARM = 1e-3
DRAWS, THIN = 400, 4
N_TEAMS, TEAM_SIZE, TRIALS = 10, 6, 7
STARTS = np.array([0, 1, 3, 6])
ZERO = lc.ZeroPart(covariates=("tenure",))
CASES = {
    "zero_inflated_poisson": lc.ZeroInflatedPoisson(ZERO),
    "zero_inflated_negative_binomial": lc.ZeroInflatedNegativeBinomial(ZERO),
    "hurdle_poisson": lc.HurdlePoisson(ZERO),
    "hurdle_negative_binomial": lc.HurdleNegativeBinomial(ZERO),
    "beta_binomial": lc.BetaBinomial(),
    "binned": lc.NegativeBinomial(),
}
PRIORS = lc.Priors(
    intercept=lc.Normal(0.8, 0.5),
    frequency=lc.Normal(0.5, 0.5),
    covariates=lc.Normal(0.0, 0.3),
    team_sd=lc.Exponential(2.0),
    dispersion=lc.Gamma(3.0, 1.0),
)


def design_of(name):
    """Levels and covariate drawn once, the same in every replicate; counts come later."""
    random = np.random.default_rng(20261125)
    n = N_TEAMS * TEAM_SIZE
    tenure = random.normal(1.0, 1.0, (n, 1))
    coded = (CovariateCoding("tenure"),)
    zero = None if CASES[name].zeros == "none" else ZeroCoding(coded, True, False)
    return CountDesign(
        outcome=np.zeros(n, dtype=np.int64),
        log_exposure=np.zeros(n),
        frequency_level=random.integers(0, 3, (n, 1)),
        covariates=tenure,
        team=np.repeat(np.arange(N_TEAMS), TEAM_SIZE),
        multiplicity=np.ones(n),
        weight=np.ones(n),
        teams=np.array([f"t{i}" for i in range(N_TEAMS)], dtype=object),
        departments=None,
        coding=DesignCoding(
            frequencies=(FrequencyCoding("talk", ("a", "b", "c"), "linear"),),
            covariates=coded,
            team_effects=("intercept",),
            zero=zero,
            trials=TRIALS if CASES[name].out_of_trials else None,
        ),
        asked=AskedRows(
            trials=np.full(n, TRIALS) if CASES[name].out_of_trials else None,
            zero_covariates=None if zero is None else tenure,
        ),
    )


def with_counts(name, design, truth, random):
    at = places_of_rows(truth, design, np.arange(design.n_rows))
    counts = distribution_of(CASES[name]).draw(random, at)[0]
    if name != "binned":
        return replace(design, outcome=counts)
    place = np.searchsorted(STARTS, counts, side="right") - 1
    highest = np.append(STARTS[1:] - 1, OPEN)[place]
    return replace(design, outcome=STARTS[place], asked=replace(design.asked, highest=highest))


def scalars(draws):
    """Every element of the variables that a model is about, and of a few teams."""
    found = {}
    for name, values in draws.items():
        if name in ("frequency_curve", "zero_frequency_curve", "zero_probability"):
            continue
        flat = values.reshape(len(values), -1)[:, :3]
        found |= {f"{name} {i}": flat[:, i] for i in range(flat.shape[1])}
    return found


def ranks(name, replicates, seed):
    design, family = design_of(name), CASES[name]
    # A prior that a family does not use is refused.
    stated = PRIORS if family.has_dispersion else replace(PRIORS, dispersion=None)
    model = lc.CountModel(
        family=family, frequency=lc.Linear(), team_effects=("intercept",), priors=stated
    )
    priors = resolve_priors(PRIORS, design)
    found = {}
    for replicate in range(replicates):
        random = np.random.default_rng([seed, replicate])
        truth = prior_draws(family, design, priors, 1, random)
        problem = CountProblem(model, with_counts(name, design, truth, random), priors)
        options = SamplingOptions(draws=DRAWS, seed=replicate, progress=False)
        drawn = MarginalEngine().run(problem, options)
        thinned = {
            key: values[:, ::THIN].reshape(-1, *values.shape[2:])
            for key, values in drawn.posterior.items()
        }
        theirs = scalars(truth)
        for key, values in scalars(thinned).items():
            rank = (values < theirs[key]).sum() + random.random()
            found.setdefault(key, []).append(rank / (len(values) + 1))
    return found


def assert_uniform(found):
    values = {key: uniformity_p_value(np.array(each)) for key, each in found.items()}
    worst = min(values, key=values.get)
    assert values[worst] > FALSE_ALARM / len(values), (worst, values[worst])


def test_ranks_of_a_few_replicates():
    assert_uniform(ranks("hurdle_negative_binomial", 12, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_ranks_are_uniform(name):
    assert_uniform(ranks(name, 100, seed=2))
