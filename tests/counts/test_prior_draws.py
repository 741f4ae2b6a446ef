"""Draws of the priors agree with closed forms, with each prior's own distribution, with PyMC."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from learnclimate.core.labels import POSTERIOR_DIMS
from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.counts.frequency import Unordered
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors
from learnclimate.counts.prior_draws import correlation_factors, positive_draws, prior_draws
from learnclimate.counts.priors import Dirichlet, Exponential, Normal, StudentT

N = 20_000


def drawn(model, survey, n_draws=N):
    rng = np.random.default_rng(1)
    return prior_draws(
        model.family, model.design(survey), model.resolved_priors(survey), n_draws, rng
    )


def test_variables_are_those_of_every_engine(survey):
    names = set(drawn(CountModel(), survey, 3))
    structures = {"slope_shifts", "composition_effects", "team_composition"}
    structures |= {"team_level_probability"}
    structures |= {"department_sd", "department_correlation", "department_effects"}
    zeros = {name for name in POSTERIOR_DIMS if name.startswith("zero_")}
    assert names == set(POSTERIOR_DIMS) - structures - zeros - {
        "concentration",
        "level_probability",
    }
    assert "dispersion" not in drawn(CountModel(family=Poisson()), survey, 3)


def test_each_parameter_has_its_prior(survey):
    priors = Priors(
        intercept=Normal(0.4, 0.5),
        frequency=StudentT(5, 1, 0.3),
        frequency_shape=Dirichlet(2.0),
        team_sd={"intercept": Exponential(2), "talk": Normal(-1.0, 1.0)},
    )
    model = CountModel(priors=priors)
    design = model.design(survey)
    found = drawn(model, survey)
    centre = found["intercept"] + found["covariate_effects"] @ design.covariate_means
    cases = {
        "intercept": (centre, stats.norm(0.4, 0.5)),
        "effect": (found["frequency_effect"][:, 0], stats.t(5, 1, 0.3)),
        "step": (found["frequency_shape"][:, 0, 1], stats.beta(2, 6)),
        "sd": (found["team_sd"][:, 0], stats.expon(scale=0.5)),
        "cut sd": (found["team_sd"][:, 1], stats.truncnorm(1.0, np.inf, -1.0, 1.0)),
        "dispersion": (found["dispersion"], stats.expon(scale=10)),
        "correlation": ((found["team_correlation"][:, 0, 1] + 1) / 2, stats.beta(2, 2)),
    }
    p = {name: stats.kstest(values, law.cdf).pvalue for name, (values, law) in cases.items()}
    assert min(p.values()) > 1e-3, p


def test_team_effects_have_the_sd_and_correlation_of_their_draw(survey):
    model = CountModel()
    design = model.design(survey)
    wide = replace(design, teams=np.array([f"t{i}" for i in range(4000)], dtype=object))
    rng = np.random.default_rng(2)
    found = prior_draws(NegativeBinomial(), wide, model.resolved_priors(survey), 5, rng)
    np.testing.assert_allclose(found["team_effects"].std(axis=1), found["team_sd"], rtol=0.05)
    for effects, correlation in zip(found["team_effects"], found["team_correlation"], strict=True):
        assert np.corrcoef(effects.T)[0, 1] == pytest.approx(correlation[0, 1], abs=0.05)


def test_curves_follow_their_coding(survey):
    free = drawn(CountModel(frequency=Unordered()), survey)
    assert "frequency_shape" not in free
    # Each level has the prior by itself, so that levels do not go together.
    assert abs(np.corrcoef(free["frequency_curve"][:, 1:3].T)[0, 1]) < 0.03
    steps = drawn(CountModel(), survey)
    np.testing.assert_allclose(steps["frequency_curve"][:, -1], steps["frequency_effect"][:, 0])
    assert (steps["frequency_curve"][:, 0] == 0).all()


def test_three_effects_are_correlated_as_lkj_says():
    """Each correlation of an LKJ(eta) matrix of size d is 2 Beta(b, b) - 1, b = eta - 1 + d / 2."""
    factor = correlation_factors(3, 2.0, N, np.random.default_rng(3))
    matrix = factor @ factor.transpose(0, 2, 1)
    np.testing.assert_allclose(np.diagonal(matrix, axis1=1, axis2=2), 1.0)
    for row, column in ((1, 0), (2, 0), (2, 1)):
        unit = (matrix[:, row, column] + 1) / 2
        assert stats.kstest(unit, stats.beta(2.5, 2.5).cdf).pvalue > 1e-3


def test_a_prior_far_below_zero_is_cut_off_there():
    values = positive_draws(Normal(-30.0, 1.0), 1000, np.random.default_rng(4))
    assert (values > 0).all()
    assert values.mean() == pytest.approx(1 / 30, rel=0.15)
