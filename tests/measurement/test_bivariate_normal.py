"""The bivariate normal: against scipy's own integration and closed forms."""

import numpy as np
from scipy.stats import multivariate_normal, norm

from learnclimate.measurement.bivariate_normal import (
    bivariate_normal_cdf,
    bivariate_normal_density,
)


def test_it_agrees_with_scipy():
    rng = np.random.default_rng(1)
    first, second = 2 * rng.standard_normal((2, 200))
    rho = rng.uniform(-0.999, 0.999, 200)
    expected = [
        multivariate_normal.cdf([h, k], cov=[[1, r], [r, 1]])
        for h, k, r in zip(first, second, rho, strict=True)
    ]
    assert np.allclose(bivariate_normal_cdf(first, second, rho), expected, atol=1e-10)


def test_closed_forms_hold_at_zero():
    rho = np.linspace(-0.99, 0.99, 9)
    expected = 0.25 + np.arcsin(rho) / (2 * np.pi)
    assert np.allclose(bivariate_normal_cdf(0.0, 0.0, rho), expected, atol=1e-14)
    for bound in (-8.0, -1.3, 0.4, 8.0):
        assert np.isclose(bivariate_normal_cdf(0.0, bound, 0.0), 0.5 * norm.cdf(bound), atol=1e-14)
        assert np.isclose(bivariate_normal_cdf(bound, 0.0, 0.0), 0.5 * norm.cdf(bound), atol=1e-14)


def test_perfect_correlation_is_the_smaller_bound():
    assert np.isclose(bivariate_normal_cdf(0.3, 1.0, 1.0), norm.cdf(0.3), atol=1e-6)
    expected = norm.cdf(0.3) + norm.cdf(1.0) - 1
    assert np.isclose(bivariate_normal_cdf(0.3, 1.0, -1.0), expected, atol=1e-6)
    assert np.isclose(bivariate_normal_cdf(0.3, -1.0, -1.0), 0, atol=1e-6)


def test_the_density_is_the_slope_by_the_correlation():
    step = 1e-6
    above = bivariate_normal_cdf(0.4, -0.7, 0.3 + step)
    below = bivariate_normal_cdf(0.4, -0.7, 0.3 - step)
    assert np.isclose((above - below) / (2 * step), bivariate_normal_density(0.4, -0.7, 0.3))
