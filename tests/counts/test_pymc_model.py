"""The PyMC model, held against its log density written by hand."""

import dataclasses
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from learnclimate.counts.centring import centring_weights
from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.counts.frequency import (
    Linear,
    Monotonic,
    Unordered,
    curve_from_shape,
    equal_steps_curve,
)
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors, resolve_priors
from learnclimate.counts.priors import (
    LKJ,
    Beta,
    Dirichlet,
    Exponential,
    Gamma,
    HalfNormal,
    Normal,
    StudentT,
)
from learnclimate.counts.pymc_model import build_from_design, build_model
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey

#: A prior of every kind, different by coordinate.
MIXED = Priors(
    intercept=StudentT(4, 0.3, 1.5),
    frequency={"talk": StudentT(3, 0.5, 0.8), "meet": Normal(-0.2, 0.4)},
    frequency_shape={"talk": Dirichlet(2.5)},
    covariates={"age": Normal(0, 0.1), "sex": StudentT(5, 0, 0.6)},
    team_sd={"intercept": HalfNormal(0.7), "talk": Gamma(2, 3), "meet": Normal(0.2, 0.5)},
    team_correlation=LKJ(3.5),
    dispersion=StudentT(3, 1.0, 4.0),
)


@cache
def tiny(exposure=True, frequencies=("talk", "meet")):
    """Four teams of six."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        {
            "team": np.repeat(["a", "b", "c", "d"], 6),
            "talk": rng.choice(["never", "monthly", "weekly"], 24),
            "meet": rng.choice(["no", "yes"], 24),
            "n": rng.negative_binomial(2, 0.3, 24),
            "hours": rng.uniform(0.2, 1, 24),
            "age": rng.integers(-3, 4, 24),
            "sex": rng.choice(["f", "m", "x"], 24),
        }
    )
    levels = {"talk": ["never", "monthly", "weekly"], "meet": ["no", "yes"]}
    book = Codebook(
        outcome="n",
        team="team",
        frequency=list(frequencies) or None,
        frequency_levels={name: levels[name] for name in frequencies},
        exposure="hours" if exposure else None,
        covariates=["age", "sex"],
    )
    return read_survey(frame, book)


BOTH = ("talk", "meet")
CASES = {
    "d=0, linear, Poisson": (
        CountModel(family=Poisson(), frequency=Linear(), team_effects=()),
        BOTH,
    ),
    "d=1, monotonic": (CountModel(team_effects=("intercept",)), BOTH),
    "d=1, a slope alone, unordered": (
        CountModel(frequency=Unordered(), team_effects=("talk",), covariates=("age",)),
        BOTH,
    ),
    "d=2, one frequency": (CountModel(), ("talk",)),
    "d=2, Poisson, no covariates": (CountModel(family=Poisson(), covariates=()), ("talk",)),
    "d=3, two codings, mixed priors": (
        CountModel(frequency={"talk": Monotonic(), "meet": Unordered()}),
        BOTH,
    ),
    "d=3, unordered, mixed priors": (
        CountModel(frequency={"talk": Unordered(), "meet": Linear()}, family=Poisson()),
        BOTH,
    ),
    "no frequency": (CountModel(team_effects=("intercept",)), ()),
}


def with_priors(name):
    model, frequencies = CASES[name]
    if "mixed" in name:
        dispersion = MIXED.dispersion if model.family.has_dispersion else None
        model = dataclasses.replace(model, priors=dataclasses.replace(MIXED, dispersion=dispersion))
    return model, tiny(frequencies=frequencies)


def compiled(built):
    """A function of a seed: log density, gradient, every named quantity at a random point."""
    from pytensor.compile.mode import Mode

    named = [*built.free_RVs, *built.deterministics]
    graph = [built.logp(jacobian=False), built.dlogp(), *built.replace_rvs_by_values(named)]
    # Plain Python, nothing rewritten: evaluated once, so that compiling would be the cost.
    function = built.compile_fn(graph, mode=Mode(linker="py", optimizer=None))

    def evaluate(seed=1):
        rng = np.random.default_rng(seed)
        point = {
            name: value + rng.normal(0, 0.3, np.shape(value))
            for name, value in built.initial_point().items()
        }
        log_density, gradient, *values = function(point)
        at = dict(zip([variable.name for variable in named], values, strict=True))
        return float(log_density), gradient, at

    return evaluate


def scipy_of(prior, positive=False):
    """A prior's density in scipy, renormalised where it is cut off at 0."""
    made = {
        Normal: lambda p: stats.norm(p.mean, p.sd),
        StudentT: lambda p: stats.t(p.df, p.mean, p.sd),
        HalfNormal: lambda p: stats.halfnorm(scale=p.sd),
        Exponential: lambda p: stats.expon(scale=1 / p.rate),
        Gamma: lambda p: stats.gamma(p.shape, scale=1 / p.rate),
        Beta: lambda p: stats.beta(p.a, p.b),
    }[type(prior)](prior)
    cut = np.log(made.sf(0)) if positive and prior.support == "real" else 0.0
    return lambda x: made.logpdf(x) - cut


def log_prior(design, priors, family, at):
    """Log prior density of everything but the team effects."""
    total = scipy_of(priors.intercept)(at["intercept_at_means"])
    for position, frequency in enumerate(design.coding.frequencies):
        prior = scipy_of(priors.frequency[position])
        if frequency.kind == "unordered":
            total += prior(at[f"levels_of_{frequency.name}"]).sum()
            continue
        total += prior(at[f"effect_of_{frequency.name}"])
        if frequency.kind == "monotonic" and frequency.n_steps > 1:
            concentration = np.full(
                frequency.n_steps, priors.frequency_shape[position].concentration
            )
            total += stats.dirichlet(concentration).logpdf(at[f"steps_of_{frequency.name}"])
    for position, prior in enumerate(priors.covariates):
        total += scipy_of(prior)(at["covariate_effects"][position])
    for position, prior in enumerate(priors.team_sd):
        total += scipy_of(prior, positive=True)(at["team_sd"][position])
    if family.has_dispersion:
        total += scipy_of(priors.dispersion, positive=True)(at["dispersion"])
    return total


def log_density_of_team_effects(design, at):
    """Multivariate normal density of the effects, in terms of the variables that are sampled."""
    names = design.coding.team_effects
    if not names:
        return 0.0
    correlation = at.get("team_correlation", np.ones((1, 1)))
    factor = np.linalg.cholesky(correlation)
    covariance = correlation * np.outer(at["team_sd"], at["team_sd"])
    total = stats.multivariate_normal(np.zeros(len(names)), covariance).logpdf(at["team_effects"])
    stretch = np.log(at["team_sd"]) * (1 - centring_weights(design)) + np.log(np.diag(factor))
    return np.sum(total) + stretch.sum()


def log_density_of_partial_correlations(design, priors, at):
    size = len(design.coding.team_effects)
    if size < 2:
        return 0.0
    columns = np.tril_indices(size, -1)[1]
    shape = priors.team_correlation.eta + (size - 2 - columns) / 2
    return stats.beta(shape, shape).logpdf(at["team_partial_correlation_unit"]).sum()


def log_rate(design, at):
    """The linear predictor, by the definitions that the package publishes."""
    coding = design.coding
    eta = design.log_exposure + at["intercept"]
    if coding.covariates:
        eta = eta + design.covariates @ at["covariate_effects"]
    start, curves = 0, {}
    for position, frequency in enumerate(coding.frequencies):
        level = design.frequency_level[:, position]
        effects = at["frequency_curve"][start : start + len(frequency.levels)]
        assert effects[0] == 0
        assert effects[-1] == pytest.approx(at["frequency_effect"][position])
        eta = eta + effects[level]
        curve = equal_steps_curve(len(frequency.levels))
        if frequency.kind == "monotonic":
            curve = curve_from_shape(at["frequency_shape"][position, : frequency.n_steps])
            np.testing.assert_allclose(effects, curve * at["frequency_effect"][position])
            assert (at["frequency_shape"][position, frequency.n_steps :] == 0).all()
        curves[frequency.name] = curve[level]
        start += len(frequency.levels)
    for column, name in enumerate(coding.team_effects):
        scale = 1.0 if name == "intercept" else curves[name]
        eta = eta + at["team_effects"][design.team, column] * scale
    return eta


def log_likelihood(design, family, at):
    mu = np.exp(log_rate(design, at))
    if not family.has_dispersion:
        return design.multiplicity @ stats.poisson(mu).logpmf(design.outcome)
    alpha = at["dispersion"]
    counts = stats.nbinom(alpha, alpha / (alpha + mu))
    return design.multiplicity @ counts.logpmf(design.outcome)


def by_hand(design, priors, family, at):
    return (
        log_prior(design, priors, family, at)
        + log_density_of_team_effects(design, at)
        + log_density_of_partial_correlations(design, priors, at)
        + log_likelihood(design, family, at)
    )


@pytest.mark.parametrize("name", CASES)
def test_log_density_equals_that_written_by_hand(name):
    model, survey = with_priors(name)
    design = model.design(survey)
    log_density, gradient, at = compiled(build_model(model, survey))()
    priors = resolve_priors(model.priors, design)
    assert log_density == pytest.approx(by_hand(design, priors, model.family, at), rel=1e-8)
    assert np.isfinite(gradient).all()
    assert (gradient != 0).any()


@pytest.mark.parametrize("family", [Poisson(), NegativeBinomial()], ids=["Poisson", "NB"])
def test_cells_weigh_as_their_respondents(family):
    model = CountModel(family=family, team_effects=("intercept",), covariates=())
    design = model.design(tiny(exposure=False, frequencies=("meet",)))
    times = np.random.default_rng(1).integers(1, 4, design.n_rows)
    cells = dataclasses.replace(design, multiplicity=times.astype(float))
    priors = resolve_priors(None, cells)
    log_density, _, at = compiled(build_from_design(model, cells, priors))()
    assert log_density == pytest.approx(by_hand(cells, priors, family, at), rel=1e-8)


def test_the_correlation_matrix_follows_the_lkj_distribution():
    """Density of a 3 x 3 matrix: proportional to its determinant to the power eta - 1."""
    model, survey = with_priors("d=3, two codings, mixed priors")
    evaluate = compiled(build_model(model, survey))
    design = model.design(survey)
    priors = resolve_priors(model.priors, design)
    constants = []
    for seed in range(3):
        at = evaluate(seed)[2]
        unit = at["team_partial_correlation_unit"]
        first, second, _ = 2 * unit - 1
        # From unit partial correlations (21, 31, 32) to correlations.
        log_jacobian = 3 * np.log(2) + 0.5 * np.log((1 - first**2) * (1 - second**2))
        log_density = log_density_of_partial_correlations(design, priors, at) - log_jacobian
        log_determinant = np.linalg.slogdet(at["team_correlation"])[1]
        constants.append(log_density - (priors.team_correlation.eta - 1) * log_determinant)
        np.testing.assert_allclose(np.diag(at["team_correlation"]), 1)
    np.testing.assert_allclose(constants, constants[0])


class TestNames:
    def test_dims_and_coords(self):
        model, survey = with_priors("d=3, two codings, mixed priors")
        built = build_model(model, survey)
        assert list(built.coords["team"]) == ["a", "b", "c", "d"]
        assert list(built.coords["team_effect"]) == ["intercept", "talk", "meet"]
        assert list(built.coords["frequency"]) == ["talk", "meet"]
        assert list(built.coords["frequency_step"]) == [1, 2]
        assert list(built.coords["frequency_level"]) == [
            "talk[never]",
            "talk[monthly]",
            "talk[weekly]",
            "meet[no]",
            "meet[yes]",
        ]
        assert list(built.coords["covariate"]) == ["age", "sex[m]", "sex[x]"]
        assert len(built.coords["respondent"]) == 24
        assert built.named_vars_to_dims["team_effects"] == ("team", "team_effect")
        assert built.named_vars_to_dims["frequency_shape"] == ("frequency", "frequency_step")
        assert built.named_vars_to_dims["outcome"] == ("respondent",)

    def test_what_the_model_lacks_has_no_name(self):
        built = build_model(*with_priors("d=1, a slope alone, unordered"))
        assert "frequency_shape" not in built.named_vars
        assert "team_correlation" not in built.named_vars
        built = build_model(*with_priors("no frequency"))
        assert not {"frequency_effect", "frequency_curve"} & set(built.named_vars)
        assert "frequency" not in built.coords
        built = build_model(*with_priors("d=0, linear, Poisson"))
        assert not {"team_sd", "team_effects", "dispersion"} & set(built.named_vars)
        assert "team" not in built.coords

    def test_it_is_a_plain_model_to_extend(self):
        import pymc as pm

        with CountModel().build(tiny(frequencies=("talk",))) as built:
            doubled = pm.Deterministic("doubled", 2 * built["frequency_effect"], dims="frequency")
        assert built["doubled"] is doubled


def test_an_index_out_of_range_is_refused_before_it_reads_stray_memory():
    model = CountModel()
    design = model.design(tiny())
    beyond = dataclasses.replace(design, team=design.team + 1)
    with pytest.raises(IndexError, match=r"outside 0\.\.3"):
        build_from_design(model, beyond, resolve_priors(None, design))
