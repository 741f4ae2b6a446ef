"""Priors: densities against scipy, derivatives against differences, draws against moments."""

import numpy as np
import pytest
from scipy import stats

from learnclimate.core.errors import ArgumentError, ArgumentTypeError
from learnclimate.counts.priors import (
    LKJ,
    Beta,
    Dirichlet,
    Exponential,
    Gamma,
    HalfNormal,
    Normal,
    Prior,
    StudentT,
)

CASES = [
    (Normal(0.5, 2.0), stats.norm(0.5, 2.0), [-3.0, 0.0, 0.5, 4.0]),
    (HalfNormal(1.5), stats.halfnorm(scale=1.5), [0.01, 0.7, 5.0]),
    (Gamma(2.5, 0.7), stats.gamma(2.5, scale=1 / 0.7), [0.01, 1.0, 8.0]),
    (Gamma(0.5, 2.0), stats.gamma(0.5, scale=0.5), [0.01, 1.0, 8.0]),
    (Exponential(2.0), stats.expon(scale=0.5), [0.01, 1.0, 8.0]),
    (Beta(2.0, 3.5), stats.beta(2.0, 3.5), [0.01, 0.4, 0.99]),
    (StudentT(3.0, -1.0, 2.5), stats.t(3.0, -1.0, 2.5), [-20.0, -1.0, 0.0, 30.0]),
]
IDS = [repr(prior) for prior, _, _ in CASES]


@pytest.mark.parametrize(("prior", "reference", "points"), CASES, ids=IDS)
class TestUnivariate:
    def test_density(self, prior, reference, points):
        np.testing.assert_allclose(prior.log_density(points), reference.logpdf(points), rtol=1e-12)

    def test_density_is_nothing_outside_the_support(self, prior, reference, points):
        outside = {"real": [], "positive": [-0.1], "unit": [-0.1, 1.1]}[prior.support]
        assert np.isneginf(prior.log_density(outside)).all()

    def test_slope_and_curvature(self, prior, reference, points):
        x = np.asarray(points)
        step = 1e-5 * np.minimum(np.maximum(np.abs(x), 0.01), 1)
        slope = (prior.log_density(x + step) - prior.log_density(x - step)) / (2 * step)
        np.testing.assert_allclose(prior.log_density_slope(x), slope, rtol=1e-4, atol=1e-6)
        curvature = (prior.log_density_slope(x + step) - prior.log_density_slope(x - step)) / (
            2 * step
        )
        np.testing.assert_allclose(prior.log_density_curvature(x), curvature, rtol=1e-4, atol=1e-6)

    def test_draws(self, prior, reference, points):
        draws = prior.sample(np.random.default_rng(3), (400, 50))
        assert draws.shape == (400, 50)
        assert stats.kstest(draws.ravel(), reference.cdf).pvalue > 0.001

    def test_a_prior_keeps_the_shape_of_a_number(self, prior, reference, points):
        for method in (prior.log_density, prior.log_density_slope, prior.log_density_curvature):
            assert np.shape(method(points[1])) == ()
            assert np.shape(method([points, points])) == (2, len(points))

    def test_a_prior_is_a_value(self, prior, reference, points):
        assert isinstance(prior, Prior)
        assert eval(repr(prior)) == prior
        assert hash(prior) == hash(eval(repr(prior)))


def test_dirichlet():
    steps = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])
    expected = [stats.dirichlet([2.5] * 3).logpdf(row) for row in steps]
    np.testing.assert_allclose(Dirichlet(2.5).log_density(steps), expected)
    draws = Dirichlet(2.5).sample(np.random.default_rng(1), 4, 20_000)
    np.testing.assert_allclose(draws.sum(axis=1), 1)
    np.testing.assert_allclose(draws.mean(axis=0), 0.25, atol=0.005)
    np.testing.assert_allclose(draws.var(axis=0), 0.25 * 0.75 / 11, rtol=0.05)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Normal(0, 0), ArgumentError, r"Normal\(sd=0\): sd must be above 0"),
        (lambda: HalfNormal(-1), ArgumentError, "sd must be above 0"),
        (lambda: Gamma(1, 0), ArgumentError, "rate must be above 0"),
        (lambda: Exponential(np.inf), ArgumentError, "give a finite number"),
        (lambda: Beta(np.nan, 1), ArgumentError, "give a finite number"),
        (lambda: StudentT(0, 0, 1), ArgumentError, "df must be above 0"),
        (lambda: Dirichlet(0), ArgumentError, "concentration must be above 0"),
        (lambda: LKJ(-2), ArgumentError, "eta must be above 0"),
        (lambda: Normal("0", 1), ArgumentTypeError, r"Normal\(mean='0'\): give mean as a number"),
        (lambda: Normal(0, True), ArgumentTypeError, "not bool"),
    ],
)
def test_numbers_that_no_prior_can_have(make, error, message):
    with pytest.raises(error, match=message):
        make()
