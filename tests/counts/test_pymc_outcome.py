"""Likelihoods in PyMC against the numpy distributions, which are held against closed forms."""

import dataclasses
from functools import cache

import numpy as np
import pytest

import learnclimate as lc
from learnclimate.counts.distributions import distribution_of, log_probability_between
from learnclimate.counts.families import (
    BetaBinomial,
    HurdleNegativeBinomial,
    HurdlePoisson,
    NegativeBinomial,
    Poisson,
    ZeroInflatedNegativeBinomial,
    ZeroInflatedPoisson,
    ZeroPart,
    shape_variable,
)
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors, resolve_priors
from learnclimate.counts.priors import Exponential, Normal
from learnclimate.counts.pymc_model import build_from_design
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.truth import Truth

BINS = Outcome("activities", bins=["none", "1-2", "3-5", "6 or more"])
VERSIONS = Outcome(
    "activities",
    version="wave",
    bins={"a": ["none", "1-2", "3+"], "b": ["none", "1-4", "5-9", "10+"]},
)
ZERO = ZeroPart(covariates=("tenure", "contract"), team_intercept=True)
ALL = {
    "poisson": (Poisson(), None),
    "zero-inflated Poisson": (ZeroInflatedPoisson(ZERO), None),
    "zero-inflated negative binomial": (ZeroInflatedNegativeBinomial(ZERO), None),
    "hurdle Poisson": (HurdlePoisson(ZERO), None),
    "hurdle negative binomial": (HurdleNegativeBinomial(ZERO), None),
    "plain zero part": (HurdleNegativeBinomial(ZeroPart(frequency=False)), None),
    "beta-binomial": (BetaBinomial(), Outcome("activities", trials=9)),
    "binned Poisson": (Poisson(), BINS),
    "binned negative binomial": (NegativeBinomial(), VERSIONS),
    "top-coded zero-inflated": (ZeroInflatedPoisson(ZERO), Outcome("activities", top=4)),
    "binned zero-inflated": (ZeroInflatedNegativeBinomial(ZERO), BINS),
    "binned hurdle": (HurdleNegativeBinomial(ZERO), VERSIONS),
}


@cache
def survey_of(outcome):
    zeros = "none" if outcome is not None and outcome.trials else "inflated"
    truth = Truth(outcome=outcome, zeros=zeros, intercept=0.3)
    return lc.simulate_survey(n_teams=5, team_size=14, seed=4, truth=truth)


def built(family, outcome, cells=False):
    priors = Priors(
        zero={"intercept": Normal(0.1, 1.1), "talk": Normal(0.2, 0.7), "team_sd": Exponential(3)}
        if getattr(family, "zero", None) == ZERO
        else None
    )
    model = CountModel(family=family, team_effects=("intercept",), priors=priors)
    design = model.design(survey_of(outcome))
    if cells:
        rng = np.random.default_rng(2)
        design = dataclasses.replace(
            design, multiplicity=rng.integers(1, 4, design.n_rows).astype(float)
        )
    return design, build_from_design(model, design, resolve_priors(priors, design))


@cache
def compiled(name, cells):
    """Design, and a function of a seed: log density of the answers, gradient, named quantities."""
    from pytensor.compile.mode import Mode

    family, outcome = ALL[name]
    design, pymc_model = built(family, outcome, cells)
    named = [*pymc_model.free_RVs, *pymc_model.deterministics]
    graph = [pymc_model.logp(vars=pymc_model.observed_RVs), pymc_model.dlogp()]
    graph += pymc_model.replace_rvs_by_values(named)
    # Plain Python, nothing rewritten: evaluated a few times, so that compiling would be the cost.
    function = pymc_model.compile_fn(graph, mode=Mode(linker="py", optimizer=None))

    def evaluate(seed, spread):
        rng = np.random.default_rng(seed)
        point = {
            name: value + rng.normal(0, spread, np.shape(value))
            for name, value in pymc_model.initial_point().items()
        }
        log_density, gradient, *values = function(point)
        names = [variable.name for variable in named]
        draws = {name: value[None] for name, value in zip(names, values, strict=True)}
        return float(log_density), gradient, draws

    return design, evaluate


def expected_log_density(family, design, draws):
    at = places_of_rows(draws, design, np.arange(design.n_rows))
    assert (shape_variable(family) is None) == (at.dispersion is None)
    distribution = distribution_of(family)
    if design.asked.highest is None:
        found = distribution.log_density(design.outcome, at)
    else:
        found = log_probability_between(distribution, design.outcome, design.asked.highest, at)
    return (design.multiplicity * found).sum()


#: The rest takes a minute of building graphs.
QUICK = ("hurdle negative binomial", "beta-binomial", "binned zero-inflated")
CASES = [
    pytest.param(name, cells, marks=[] if name in QUICK and not cells else [pytest.mark.slow])
    for name in ALL
    for cells in (False, True)
]


@pytest.mark.parametrize(("name", "cells"), CASES)
def test_the_likelihood_is_that_of_the_numpy_distribution(name, cells):
    design, evaluate = compiled(name, cells)
    for seed in range(3):
        log_density, _, draws = evaluate(seed, 0.4)
        wanted = expected_log_density(ALL[name][0], design, draws)
        np.testing.assert_allclose(log_density, wanted, rtol=1e-8)


@pytest.mark.parametrize(
    "name", [pytest.param(p.values[0], marks=p.marks) for p in CASES if not p.values[1]]
)
def test_gradients_stay_finite_far_out(name):
    _, evaluate = compiled(name, False)
    for seed in range(5):
        assert np.isfinite(evaluate(seed, 3.0)[1]).all()


def test_indices_and_bounds_are_checked():
    design, _ = built(Poisson(), BINS)
    bad = dataclasses.replace(
        design, asked=dataclasses.replace(design.asked, highest=design.outcome - 1)
    )
    model = CountModel(family=Poisson(), team_effects=("intercept",))
    with pytest.raises(IndexError, match="above its own bound"):
        build_from_design(model, bad, resolve_priors(None, bad))


def test_dims_of_the_zero_part_are_named():
    _, pymc_model = built(ZeroInflatedPoisson(ZERO), None)
    dims = pymc_model.named_vars_to_dims
    assert dims["zero_covariate_effects"] == ("zero_covariate",)
    assert dims["zero_team_effects"] == ("team",)
    assert dims["zero_frequency_curve"] == ("frequency_level",)
    assert pymc_model.coords["zero_covariate"] == ("tenure", "contract[temporary]")
