"""Unknown levels summed out: every assignment of levels enumerated, gradients, and the map."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp

import learnclimate as lc
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.likelihood.family_preparation import prepare_family
from learnclimate.inference.marginal.likelihood.likelihood import prepare
from learnclimate.inference.marginal.parameters.layout import structural_layout
from learnclimate.inference.marginal.parameters.parameter_map import parameter_map
from learnclimate.inference.marginal.sampling.target import marginal_posterior

FAMILIES = {
    "poisson": lc.Poisson(),
    "negative binomial": lc.NegativeBinomial(),
    "zero-inflated": lc.ZeroInflatedNegativeBinomial(lc.ZeroPart()),
    "hurdle": lc.HurdlePoisson(lc.ZeroPart()),
}


LEVELS = ("never", "monthly", "weekly")
MERGED = dict(zip(("never", "yearly", "quarterly", "monthly", "weekly"), "aabbc", strict=True))


def survey_with_gaps(n_missing=5, seed=5, n_teams=6):
    """Small teams, three levels, some left open."""
    whole = lc.simulate_survey(n_teams=n_teams, team_size=5, seed=seed)
    names = dict(zip("abc", LEVELS, strict=True))
    answers = whole.frame["talk"].astype(str).map(MERGED).map(names).astype(object)
    chosen = np.random.default_rng(seed).choice(len(answers), n_missing, replace=False)
    answers.iloc[chosen] = None
    book = lc.Codebook(
        outcome="activities",
        team="team",
        frequency="talk",
        frequency_levels=LEVELS,
        covariates=("tenure",),
    )
    return lc.read_survey(whole.frame.assign(talk=answers), book)


def problem_of(family=None, n_missing=5, survey=None, **options):
    model = lc.CountModel(
        family=family or lc.NegativeBinomial(), missing_frequency="sum_out", **options
    )
    design = model.design(survey or survey_with_gaps(n_missing))
    return CountProblem(model, design, resolve_priors(None, design))


def point(problem, seed=0):
    return 0.4 * np.random.default_rng(seed).standard_normal(parameter_map(problem).size)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_likelihood_is_the_sum_over_all_assignments_of_levels(family):
    problem = problem_of(family)
    design, unknown = problem.design, problem.design.unknown
    parameters = parameter_map(problem)
    psi = parameters.psi(point(problem)[None])[0]
    log_share = psi[parameters.layout.log_level_shares]
    n_levels, n_unknown = len(log_share), unknown.n_respondents
    known = replace(problem.model, missing_frequency="leave_out")
    layout = structural_layout(known, replace(design, unknown=None))
    without = np.delete(psi, np.r_[parameters.layout.log_level_shares])
    assert len(without) == layout.size
    terms = []
    for levels in product(range(n_levels), repeat=n_unknown):
        rows = np.arange(n_unknown) * n_levels + np.array(levels)
        joined = _with_rows(design, unknown, rows)
        # The covariates' means, at which the intercept is, are those of everyone throughout.
        likelihood = (
            prepare(known, joined)
            if family in (lc.Poisson(), lc.NegativeBinomial())
            else prepare_family(known, joined)
        )
        value = likelihood.anchor(without).value(without[None], 13)[0]
        terms.append(log_share[list(levels)].sum() + value)
    ours = prepare_family(problem.model, design).anchor(psi).value(psi[None], 13)[0]
    assert ours == pytest.approx(logsumexp(terms), abs=2e-6)


def _with_rows(design, unknown, rows):
    other = replace(unknown.of_rows(rows), multiplicity=np.ones(len(rows)))
    names = ("outcome", "log_exposure", "frequency_level", "covariates", "team", "weight")
    columns = {
        name: np.concatenate([getattr(design, name), getattr(other, name)])
        for name in (*names, "multiplicity")
    }
    return replace(design, **columns, asked=design.asked.followed_by(other.asked), unknown=None)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_the_gradient_is_that_of_the_value(family):
    problem = problem_of(family, n_missing=8)
    target = marginal_posterior(problem)
    theta = point(problem, 1)
    target = target.anchored(theta)
    _, gradient = target.value_and_gradient(theta, 11)
    step = 1e-5 * np.eye(len(theta))
    around = target.log_density(np.concatenate([theta + step, theta - step]), 11)
    up, down = np.split(around, 2)
    np.testing.assert_allclose(gradient, (up - down) / 2e-5, atol=2e-4)


def test_moderated_slopes_of_unknown_levels_have_the_gradient_of_their_value():
    whole = survey_with_gaps(6, n_teams=8)
    size = {team: float(place) for place, team in enumerate(whole.frame["team"].cat.categories)}
    parts = (whole.frame, whole.without_frequency)
    joined = pd.concat([part.assign(talk=part["talk"].astype(object)) for part in parts])
    joined["size"] = joined["team"].map(size).astype(float)
    levels = whole.codebook.levels_of("talk")
    book = lc.Codebook(
        outcome=whole.codebook.outcome_column,
        team="team",
        frequency="talk",
        frequency_levels=levels,
        covariates=("size",),
    )
    survey = lc.read_survey(joined, book)
    problem = problem_of(survey=survey, covariates=(), moderators=("size",))
    target = marginal_posterior(problem)
    theta = point(problem, 2)
    target = target.anchored(theta)
    _, gradient = target.value_and_gradient(theta, 11)
    step = 1e-5 * np.eye(len(theta))
    up, down = np.split(target.log_density(np.concatenate([theta + step, theta - step]), 11), 2)
    np.testing.assert_allclose(gradient, (up - down) / 2e-5, atol=2e-4)


def test_the_map_to_the_probabilities_has_the_derivatives_it_says():
    problem = problem_of(n_missing=6)
    parameters = parameter_map(problem)
    theta = point(problem, 3)
    step = 1e-6 * np.eye(len(theta))
    up, down = np.split(parameters.psi(np.concatenate([theta + step, theta - step])), 2)
    np.testing.assert_allclose(parameters.jacobian(theta), (up - down).T / 2e-6, atol=1e-6)
    share = np.exp(parameters.psi(theta[None])[:, parameters.layout.log_level_shares])
    assert share.sum() == pytest.approx(1.0)


def test_the_prior_of_the_probabilities_counts_those_who_answered():
    problem = problem_of(n_missing=6)
    parameters = parameter_map(problem)
    theta = parameters.draw_prior(np.random.default_rng(0), 40_000)
    share = np.exp(parameters.psi(theta)[:, parameters.layout.log_level_shares])
    answered = np.bincount(problem.design.frequency_level[:, 0], minlength=share.shape[1])
    expected = (1 + answered) / (1 + answered).sum()
    np.testing.assert_allclose(share.mean(axis=0), expected, atol=4 * 0.1 / 200)


@pytest.mark.parametrize(
    "name", ["negative binomial", pytest.param("hurdle", marks=pytest.mark.slow)]
)
def test_pymc_writes_the_same_mixture(name):
    from learnclimate.core.labels import POSTERIOR_DIMS
    from learnclimate.counts.pymc_model import build_from_design
    from learnclimate.inference.structural_draws import structural_draws

    problem = problem_of(FAMILIES[name], team_effects=())
    built = build_from_design(problem.model, problem.design, problem.priors)
    likelihood = prepare_family(problem.model, problem.design)
    shown = [variable for variable in POSTERIOR_DIMS if variable in built.named_vars]
    values = built.replace_rvs_by_values([built[variable] for variable in shown])
    terms = [built.logp(vars=[built["outcome"]], jacobian=False)]
    terms += built.replace_rvs_by_values([built["unknown_levels"]])
    compute = built.compile_fn([*values, *terms], inputs=built.value_vars, on_unused_input="ignore")
    start = built.initial_point()
    rng = np.random.default_rng(2)
    for _ in range(3):
        moved = {key: at + 0.3 * rng.standard_normal(np.shape(at)) for key, at in start.items()}
        *found, known, unknown = compute(moved)
        draws = {key: np.asarray(value)[None] for key, value in zip(shown, found, strict=True)}
        psi = structural_draws(draws, problem.design, likelihood.layout)
        assert likelihood.value(psi, 3)[0] == pytest.approx(float(known + unknown), abs=1e-8)
