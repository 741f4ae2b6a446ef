"""The map from normal scores to the likelihood's parameters."""

import numpy as np
import pytest
from scipy import stats

from learnclimate.counts.coding import CovariateCoding, DesignCoding, FrequencyCoding
from learnclimate.counts.design import CountDesign
from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors, resolve_priors
from learnclimate.counts.priors import LKJ, Dirichlet, Exponential, HalfNormal, Normal, StudentT
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.parameters.moments import moments_of
from learnclimate.inference.marginal.parameters.parameter_map import parameter_map

LEVELS = ("never", "yearly", "monthly", "weekly")


def make_problem(kinds, effects, *, family=None, priors=None):
    """A problem with one frequency a kind; its data are of no account here."""
    frequencies = tuple(FrequencyCoding(f"talk{i}", LEVELS, kind) for i, kind in enumerate(kinds))
    coding = DesignCoding(frequencies, (CovariateCoding("tenure"), CovariateCoding("age")), effects)
    rng = np.random.default_rng(1)
    n = 12
    design = CountDesign(
        outcome=rng.poisson(2.0, n),
        log_exposure=np.zeros(n),
        frequency_level=rng.integers(0, 4, (n, len(kinds))),
        covariates=rng.normal(3.0, 2.0, (n, 2)),
        team=np.arange(n) % 3,
        multiplicity=np.ones(n),
        weight=np.ones(n),
        teams=np.array(["a", "b", "c"], dtype=object),
        departments=None,
        coding=coding,
    )
    model = CountModel(family=family or NegativeBinomial(), priors=priors)
    return CountProblem(model, design, resolve_priors(priors, design))


PROBLEMS = {
    "plain": make_problem(("monotonic",), ("intercept", "talk0")),
    "three effects": make_problem(
        ("monotonic", "unordered"),
        ("intercept", "talk0", "talk1"),
        priors=Priors(
            frequency={"talk0": HalfNormal(1.0)},
            frequency_shape=Dirichlet(2.5),
            team_correlation=LKJ(1.5),
            dispersion=StudentT(3, 0, 5),
        ),
    ),
    "linear, no dispersion": make_problem(("linear",), ("intercept",), family=Poisson()),
    "nothing varies": make_problem((), (), family=Poisson()),
}
EACH = pytest.mark.parametrize("name", list(PROBLEMS))


@EACH
def test_jacobian_agrees_with_finite_differences(name):
    parameters = parameter_map(PROBLEMS[name])
    theta = parameters.draw_prior(np.random.default_rng(2), 5)
    step = 1e-6
    for point in theta:
        shift = step * np.eye(parameters.size)
        above, below = parameters.psi(point + shift), parameters.psi(point - shift)
        numeric = (above - below).T / (2 * step)
        np.testing.assert_allclose(parameters.jacobian(point), numeric, atol=1e-7, rtol=1e-6)


@EACH
def test_names_are_one_a_coordinate_and_distinct(name):
    parameters = parameter_map(PROBLEMS[name])
    assert len(set(parameters.names)) == parameters.size == len(parameters.parameters)


@EACH
def test_log_prior_is_that_of_the_quantities(name):
    """By change of variables: prior of the intercept, times its units, and normal scores."""
    problem = PROBLEMS[name]
    parameters = parameter_map(problem)
    theta = parameters.draw_prior(np.random.default_rng(4), 7)
    psi = parameters.psi(theta)
    prior = problem.priors.intercept
    wanted = stats.norm.logpdf(theta[:, 1:]).sum(axis=1)
    wanted += stats.norm.logpdf(psi[:, 0], prior.mean, prior.sd) + np.log(prior.sd)
    np.testing.assert_allclose(parameters.log_prior(theta, psi), wanted)


@EACH
def test_slopes_of_the_log_prior_agree_with_differences(name):
    parameters = parameter_map(PROBLEMS[name])
    step = 1e-5

    def log_prior(theta):
        return parameters.log_prior(theta, parameters.psi(theta))

    for point in parameters.draw_prior(np.random.default_rng(4), 3):
        shift = step * np.eye(parameters.size)
        numeric = (log_prior(point + shift) - log_prior(point - shift)) / (2 * step)
        slopes = parameters.prior_slopes(point, parameters.psi(point[None])[0])
        found = slopes.own + slopes.intercept * parameters.jacobian(point)[0]
        np.testing.assert_allclose(found, numeric, atol=1e-6)


def test_the_first_coordinate_is_the_rate_of_the_average_respondent():
    problem = PROBLEMS["three effects"]
    parameters = parameter_map(problem)
    theta = parameters.draw_prior(np.random.default_rng(8), 4)
    psi, layout = parameters.psi(theta), parameters.layout
    rate = psi[:, 0]
    for f, start in enumerate((0, 4)):
        levels = psi[:, layout.level_effects][:, start : start + 4]
        rate = rate + levels[:, problem.design.frequency_level[:, f]].mean(axis=1)
    prior = problem.priors.intercept
    np.testing.assert_allclose(prior.mean + prior.sd * theta[:, 0], rate)


def test_an_intercept_whose_prior_has_an_end_stays_a_score():
    priors = Priors(intercept=Exponential(1.0))
    parameters = parameter_map(make_problem(("monotonic",), ("intercept",), priors=priors))
    theta = parameters.draw_prior(np.random.default_rng(9), 500)
    psi = parameters.psi(theta)
    assert (psi[:, 0] > 0).all()
    wanted = stats.norm.logpdf(theta).sum(axis=1)
    np.testing.assert_allclose(parameters.log_prior(theta, psi), wanted)


def test_draws_of_the_prior_have_the_priors_moments():
    parameters = parameter_map(PROBLEMS["three effects"])
    layout = parameters.layout
    psi = parameters.psi(parameters.draw_prior(np.random.default_rng(5), 200_000))
    steps = np.diff(psi[:, layout.slope_curves][:, :4], axis=1)
    np.testing.assert_allclose(steps.mean(axis=0), 1 / 3, atol=0.003)
    # variance of a step of a symmetric Dirichlet(2.5) with 3 steps: (1/3)(2/3)/(7.5 + 1)
    np.testing.assert_allclose(steps.var(axis=0), 2 / 9 / 8.5, rtol=0.02)
    lower = np.zeros((len(psi), 3, 3))
    lower[:, *np.tril_indices(3)] = psi[:, layout.cholesky]
    covariance = lower @ lower.transpose(0, 2, 1)
    sd = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    assert sd.mean(axis=0) == pytest.approx([0.5, 0.5, 0.5], rel=0.02)
    for row, column in [(1, 0), (2, 0), (2, 1)]:
        r = covariance[:, row, column] / sd[:, row] / sd[:, column]
        # each marginal of an LKJ(eta) of size d is a beta with shapes eta - 1 + d / 2
        b = 1.5 - 1 + 3 / 2
        assert stats.kstest(r[:20_000], stats.beta(b, b, -1, 2).cdf).pvalue > 1e-3
    dispersion = np.exp(psi[:20_000, layout.log_dispersion][:, 0])
    assert stats.kstest(dispersion / 5, lambda x: 2 * stats.t(3).cdf(x) - 1).pvalue > 1e-3


def test_levels_follow_the_codings():
    for kind in ("monotonic", "unordered", "linear"):
        parameters = parameter_map(make_problem((kind,), ("intercept",)))
        layout = parameters.layout
        psi = parameters.psi(parameters.draw_prior(np.random.default_rng(6), 1))[0]
        levels, curve = psi[layout.level_effects], psi[layout.slope_curves]
        assert levels[0] == curve[0] == 0
        assert curve[-1] == 1
        if kind == "unordered":
            np.testing.assert_allclose(curve, [0, 1 / 3, 2 / 3, 1])
        else:
            np.testing.assert_allclose(levels, levels[-1] * curve)


def test_a_positive_prior_on_an_effect_keeps_it_positive():
    priors = Priors(frequency=HalfNormal(1.0), covariates={"age": Exponential(1.0)})
    parameters = parameter_map(make_problem(("linear",), ("intercept",), priors=priors))
    psi = parameters.psi(parameters.draw_prior(np.random.default_rng(7), 1000))
    assert (psi[:, parameters.layout.level_effects][:, 1:] > 0).all()
    assert (psi[:, parameters.layout.coefficients][:, 1] > 0).all()
    assert (psi[:, parameters.layout.coefficients][:, 0] < 0).any()


def test_start_is_where_the_moments_point_to():
    """Every estimate comes back from its score, whatever the prior."""
    problem = PROBLEMS["three effects"]
    parameters, moments = parameter_map(problem), moments_of(problem.design)
    layout = parameters.layout
    psi = parameters.psi(parameters.start(moments)[None])[0]
    assert psi[layout.intercept] == pytest.approx(moments.intercept)
    np.testing.assert_allclose(psi[layout.slope_curves], np.concatenate(moments.shapes))
    # a half-normal prior cannot follow a falling curve
    top = moments.curves[0][-1] if moments.curves[0][-1] > 0 else 0.6744898
    assert psi[layout.level_effects][3] == pytest.approx(top)
    np.testing.assert_allclose(psi[layout.level_effects][4:], moments.curves[1], rtol=1e-6)
    lower = np.zeros((3, 3))
    lower[np.tril_indices(3)] = psi[layout.cholesky]
    np.testing.assert_allclose(np.sqrt((lower**2).sum(axis=1)), moments.team_sd)
    for row in (1, 2):
        correlation = lower[row, 0] / moments.team_sd[row]
        assert correlation == pytest.approx(moments.team_correlation[row, 0])
    assert np.exp(psi[layout.log_dispersion][0]) == pytest.approx(moments.dispersion)


@pytest.mark.parametrize(
    "prior", [Normal(50.0, 1.0), Normal(0.0, 1e6), StudentT(3, 0, 1e-3)], ids=str
)
def test_start_is_finite_under_any_prior(prior):
    problem = make_problem(("linear",), ("intercept",), priors=Priors(intercept=prior))
    parameters = parameter_map(problem)
    start = parameters.start(moments_of(problem.design))
    assert np.isfinite(start).all()
    assert np.isfinite(parameters.psi(start[None])).all()
