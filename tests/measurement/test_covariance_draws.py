"""Sampling errors and posterior draws of functions of covariances."""

import numpy as np

from learnclimate.measurement.coefficients import alpha, omega_total
from learnclimate.measurement.covariance_draws import delta_errors, posterior_covariances
from measurement_answers import likert


def test_delta_errors_are_those_of_repeated_samples():
    rng = np.random.default_rng(1)
    estimates, errors = [], []
    for _ in range(300):
        values = likert(rng, 250, [0.7, 0.6, 0.5, 0.8])
        estimates.append(alpha(np.cov(values.T)[None])[0])
        errors.append(delta_errors(values, alpha))
    assert np.isclose(np.mean(errors), np.std(estimates), rtol=0.12)


def test_delta_errors_of_a_mean_variance_are_exact():
    values = np.random.default_rng(2).normal(size=(200, 3))

    def first_variance(matrices):
        return matrices[:, 0, 0]

    squares = (values[:, 0] - values[:, 0].mean()) ** 2
    assert np.isclose(delta_errors(values, first_variance), squares.std(ddof=1) / np.sqrt(200))


def test_posterior_centres_on_the_estimate():
    rng = np.random.default_rng(3)
    values = likert(rng, 1000, [0.7, 0.6, 0.5, 0.8])
    drawn = posterior_covariances(values, 4000, rng)
    estimate = np.cov(values.T)
    assert np.allclose(drawn.mean(axis=0), estimate, rtol=0.02)
    assert np.isclose(omega_total(drawn).mean(), omega_total(estimate[None])[0], atol=0.005)
