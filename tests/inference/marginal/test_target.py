"""The outer posterior: derivatives against differences, and its reach."""

import numpy as np
import pytest

from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.priors import Exponential, Gamma, StudentT
from learnclimate.inference.marginal.parameters.moments import moments_of
from learnclimate.inference.marginal.sampling.target import marginal_posterior
from marginal_problems import problem_of, simulated, survey_of_two_frequencies

#: So many nodes that the quadrature's error is below that of the differences.
NODES = 15
PROBLEMS = {
    "poisson, 1 effect": lambda: simulated(12, 6, family=Poisson(), team_effects=("intercept",)),
    "negative binomial, 2 effects": lambda: simulated(12, 6),
    "negative binomial, 3 effects": lambda: problem_of(survey_of_two_frequencies(n_teams=6)),
    "heavy-tailed intercept, no team effects": lambda: simulated(
        12, 6, team_effects=(), priors=Priors(intercept=StudentT(3, 0.0, 1.0))
    ),
    "intercept above 0": lambda: simulated(12, 6, priors=Priors(intercept=Exponential(1.0))),
}


def differences(function, at, step):
    """Central differences, one row a coordinate."""
    shifts = step * np.eye(len(at))
    return np.array([(function(at + s) - function(at - s)) / (2 * step) for s in shifts])


@pytest.fixture(scope="module", params=list(PROBLEMS))
def found(request):
    problem = PROBLEMS[request.param]()
    target = marginal_posterior(problem)
    start = target.parameters.start(moments_of(problem.design))
    theta = start + 0.3 * np.random.default_rng(3).standard_normal(len(start))
    return target.anchored(theta), theta


def test_gradient_agrees_with_differences_of_the_value(found):
    target, theta = found
    gradient = target.local(theta, NODES).gradient
    numeric = differences(lambda x: target.log_density(x[None], NODES)[0], theta, 1e-4)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-4, atol=1e-3)
    value, again = target.value_and_gradient(theta, NODES)
    np.testing.assert_allclose(again, gradient, rtol=1e-9, atol=1e-9)
    assert value == pytest.approx(target.local(theta, NODES).value, rel=1e-12)


def test_information_agrees_with_differences_of_the_gradient(found):
    """The curvature of the map to psi included, which is computed apart."""
    target, theta = found
    here = target.local(theta, NODES)
    numeric = -differences(lambda x: target.local(x, NODES).gradient, theta, 1e-4)
    scale = np.sqrt(np.outer(*2 * [np.abs(np.diag(numeric)) + 1]))
    assert np.abs((here.information - here.bend - numeric) / scale).max() < 2e-3


def test_points_out_of_reach_have_no_density_and_make_no_noise():
    """Warnings are errors in these tests."""
    priors = Priors(team_sd=Gamma(0.01, 0.01), dispersion=Gamma(0.01, 0.01))
    target = marginal_posterior(simulated(8, 5, priors=priors, family=NegativeBinomial()))
    p = target.parameters.size
    far = np.concatenate([60.0 * np.eye(p), -60.0 * np.eye(p), np.full((1, p), 1e5)])
    values = target.log_density(far, 3)
    assert not np.isnan(values).any()
    assert (values < np.inf).all()
    for point in far:
        target.local(point, 3)
        target.value_and_gradient(point, 3)


def test_the_intercept_is_centred_on_the_average_respondent():
    """Its rate and the frequency effect hardly trade off, as intercept and effect would."""
    problem = simulated(100, 12, family=Poisson(), team_effects=())
    target = marginal_posterior(problem)
    theta = target.parameters.start(moments_of(problem.design))
    information = target.local(theta, 1).information
    names = target.names
    effect = names.index("frequency_effect[talk]")
    correlation = information[0, effect] / np.sqrt(information[0, 0] * information[effect, effect])
    assert abs(correlation) < 0.6
