"""Coefficients of reliability: against psych, semTools and Rcsdp, and closed forms."""

import numpy as np
import pytest

from learnclimate.measurement.coefficients import (
    alpha,
    bifactor_omegas,
    coefficients_for,
    greatest_lower_bound,
    lambda_two,
    omega_least_squares,
    omega_total,
)
from learnclimate.measurement.factor_extraction import extracted
from learnclimate.measurement.greatest_lower_bound import error_variances
from learnclimate.measurement.oblimin import rotated
from measurement_answers import keyed


def one_factor(loadings, uniqueness):
    return np.outer(loadings, loadings) + np.diag(uniqueness)


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["three", "five", "nine", "ten"])
def test_they_agree_with_independent_programs(reliability_reference, name):
    theirs = reliability_reference["sets"][name]
    covariance = np.cov(keyed(reliability_reference, theirs["items"]).T)[None]
    assert abs(alpha(covariance)[0] - theirs["alpha"]) < 1e-10
    assert abs(omega_total(covariance)[0] - theirs["omega"]) < 1e-6
    assert abs(greatest_lower_bound(covariance)[0] - theirs["glb"]) < 1e-6
    if "omega_h" in theirs:
        # psych stops its search for the uniquenesses at about 1e-5.
        hierarchical, total = bifactor_omegas(covariance)
        assert abs(hierarchical[0] - theirs["omega_h"]) < 2e-6
        assert abs(total[0] - theirs["omega_tot"]) < 2e-6


def test_one_factor_is_recovered_by_both_methods():
    loadings, uniqueness = np.array([0.9, 0.7, 0.5, 0.4]), np.array([0.2, 0.5, 0.9, 0.3])
    covariance = one_factor(loadings, uniqueness)[None]
    expected = loadings.sum() ** 2 / (loadings.sum() ** 2 + uniqueness.sum())
    assert np.isclose(omega_total(covariance)[0], expected, atol=1e-7)
    assert np.isclose(omega_least_squares(covariance)[0], expected, atol=1e-6)


def test_a_hierarchy_is_recovered():
    general = np.array([0.6, 0.5, 0.4])
    pattern = np.kron(np.eye(3), np.array([[0.8], [0.7], [0.6]]))
    between = np.outer(general, general) + np.diag(1 - general**2)
    matrix = pattern @ between @ pattern.T
    uniqueness = 1 - np.diag(matrix)
    matrix += np.diag(uniqueness)
    hierarchical, total = bifactor_omegas(matrix[None])
    assert np.isclose(hierarchical[0], (pattern @ general).sum() ** 2 / matrix.sum(), atol=1e-5)
    assert np.isclose(total[0], 1 - uniqueness.sum() / matrix.sum(), atol=1e-6)


def test_rotation_keeps_what_the_factors_explain():
    rng = np.random.default_rng(1)
    loadings = rng.normal(size=(5, 9, 3))
    pattern, between = rotated(loadings)
    explained = pattern @ between @ pattern.transpose(0, 2, 1)
    assert np.allclose(explained, loadings @ loadings.transpose(0, 2, 1), atol=1e-8)
    assert np.allclose(np.einsum("mii->mi", between), 1)


def test_the_bound_leaves_covariances_and_cannot_be_raised():
    rng = np.random.default_rng(2)
    for _ in range(20):
        covariance = np.cov(rng.normal(size=(5, 40)) + rng.normal(size=40))
        errors = error_variances(covariance[None])[0]
        rest = covariance - np.diag(errors)
        values = np.linalg.eigvalsh(rest)
        assert errors.min() >= 0
        assert values[0] > -1e-8
        # The dual: a positive semidefinite matrix with ones or more on the diagonal, null on
        # the rest, proves that no larger sum is possible.
        weight = 1e-9 * np.trace(covariance) / 5
        dual = weight * np.linalg.inv(rest)
        assert np.diag(dual).min() > 1 - 1e-4
        assert np.isclose((dual * covariance).sum(), errors.sum(), atol=1e-5)


def test_nothing_passes_one_and_order_holds():
    rng = np.random.default_rng(3)
    roots = rng.normal(size=(300, 6, 7))
    covariances = roots @ roots.transpose(0, 2, 1)
    for name, coefficient in coefficients_for(6).items():
        values = coefficient(covariances)
        assert np.isfinite(values).all(), name
        assert values.max() <= 1 + 1e-9, name
    assert (greatest_lower_bound(covariances) > alpha(covariances) - 1e-9).all()


def test_a_heywood_case_stays_inside():
    matrix = np.array([[1, 0.9, 0.9], [0.9, 1, 0.5], [0.9, 0.5, 1.0]])
    loadings, uniqueness = extracted(matrix[None], 1, "likelihood")
    assert uniqueness.min() >= 0.005
    assert omega_total(matrix[None])[0] < 1
    assert np.isfinite(loadings).all()


def test_guttmans_second_bound_lies_between_alpha_and_the_greatest():
    rng = np.random.default_rng(4)
    values = rng.standard_normal((50, 40, 6)) + rng.standard_normal((50, 40, 1))
    covariances = np.stack([np.cov(one.T) for one in values])
    second = lambda_two(covariances)
    assert (second >= alpha(covariances) - 1e-12).all()
    assert (second <= greatest_lower_bound(covariances) + 1e-7).all()
    # Of parallel items all three are the same.
    parallel = np.full((1, 5, 5), 0.4) + 0.6 * np.eye(5)
    assert lambda_two(parallel)[0] == pytest.approx(alpha(parallel)[0], abs=1e-12)
