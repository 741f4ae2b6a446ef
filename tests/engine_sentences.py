"""Checks of computations in the very words of the engines, with figures that are made up."""

import numpy as np

from learnclimate.inference.certificate import CertificateCheck
from learnclimate.inference.marginal.sampling import certificate_checks as marginal
from learnclimate.inference.marginal.sampling.approximation import surrogate_check
from learnclimate.inference.marginal.sampling.importance import WeightedDraws
from learnclimate.inference.remedies import NutsDiagnostics
from learnclimate.inference.remedies import certificate_checks as nuts_checks


def weighted_draws(seed=1):
    """Draws of two scrambles with uneven weights."""
    rng = np.random.default_rng(seed)
    log_ratio = rng.normal(scale=0.3, size=(2, 1024))
    log_weight = log_ratio - np.logaddexp.reduce(log_ratio, axis=None)
    return WeightedDraws(
        theta=rng.normal(size=(2, 1024, 3)),
        log_target=log_ratio,
        log_ratio=log_ratio,
        log_weight=log_weight,
        khat=0.2613,
    )


def every_check(n=1):
    """One of every sentence that an engine of counts says of its computation."""
    rng = np.random.default_rng(n)
    return (
        marginal.quadrature_check(rng.normal(scale=0.003, size=200), 3 + n),
        marginal.quadrature_check(np.zeros(0), 3),
        surrogate_check(0.0123 * n, 1200 + n, 210 + n),
        *marginal.importance_checks(weighted_draws(n)),
        marginal.team_check(np.array([0.0, 0.31, 0.52]) / n, np.array([7.6, 9.0, 12.0]) + n),
        marginal.team_check(np.zeros(4), np.array([1.6, 9.0, 12.0, 3.0])),
        marginal.team_check(np.full(4, np.nan), np.full(4, np.nan)),
        marginal.summary_check(0.013 * n, 200 + n, 4000),
        marginal.study_check(0.0041 * n, 128 + n),
        *nuts_checks(NutsDiagnostics(1.0024, 4471.3 * n, 4620.0, 0, 0.0, 0.83)),
        *nuts_checks(NutsDiagnostics(1.2, 30.0, 20.0, 7, 0.05, 0.1)),
        CertificateCheck("factor model", "good", 0.0, 0.0, "the factor model's own certificate"),
        CertificateCheck("factor model", "bad", 1.0, 0.0, "the factor model's own certificate"),
        CertificateCheck(
            "count models", "bad", 2.0, 0.0, "2 of the 34 fits of the count model did not pass"
        ),
        CertificateCheck(
            "mixing of values", "good", 0.0722, 0.33,
            "over 1034 sets of values, means are known to within 0.07 posterior standard "
            "deviations",
        ),
        CertificateCheck(
            "items given the count", "good", 32.0, 10.0,
            "the sets rest on 32 of the draws of loadings and thresholds given the items",
        ),
    )  # fmt: skip
