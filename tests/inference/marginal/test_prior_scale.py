"""Normal scores of priors: quantiles, slopes and their inverse."""

import numpy as np
import pytest
from scipy import stats

from learnclimate.counts.priors import Beta, Exponential, Gamma, HalfNormal, Normal, StudentT
from learnclimate.inference.marginal.parameters.prior_scale import PriorScale

SCALES = [
    PriorScale(Normal(1.0, 2.0)),
    PriorScale(StudentT(3, 0.5, 2.0)),
    PriorScale(HalfNormal(1.5)),
    PriorScale(Exponential(2.0)),
    PriorScale(Gamma(0.7, 1.3)),
    PriorScale(Beta(2.0, 0.5)),
    PriorScale(Exponential(0.1), positive=True),
    PriorScale(Normal(0.5, 0.5), positive=True),
    PriorScale(StudentT(3, 0.0, 2.5), positive=True),
    PriorScale(Beta(2.0, 2.0), positive=True),
]
FROZEN = {
    0: stats.norm(1, 2),
    1: stats.t(3, 0.5, 2),
    2: stats.halfnorm(0, 1.5),
    3: stats.expon(0, 0.5),
    4: stats.gamma(0.7, 0, 1 / 1.3),
    5: stats.beta(2, 0.5),
    7: stats.truncnorm(-1, np.inf, 0.5, 0.5),
}
EACH = pytest.mark.parametrize("scale", SCALES, ids=str)


@pytest.mark.parametrize("which", list(FROZEN))
def test_values_are_the_quantiles_of_the_prior(which):
    score = np.linspace(-4, 4, 33)
    value = SCALES[which].value(score)
    wanted = np.where(
        score < 0,
        FROZEN[which].ppf(stats.norm.cdf(score)),
        FROZEN[which].isf(stats.norm.sf(score)),
    )
    np.testing.assert_allclose(value, wanted, rtol=1e-9, atol=1e-12)


@EACH
def test_slope_is_the_derivative_of_the_value(scale):
    score = np.linspace(-3, 3, 25)
    step = 1e-5
    numeric = (scale.value(score + step) - scale.value(score - step)) / (2 * step)
    np.testing.assert_allclose(scale.slope(score, scale.value(score)), numeric, rtol=1e-6)


@EACH
def test_scores_come_back(scale):
    score = np.linspace(-4, 4, 41)
    np.testing.assert_allclose(scale.score(scale.value(score)), score, rtol=1e-6, atol=1e-7)


def test_positive_quantities_stay_positive_far_out():
    for scale in SCALES[6:]:
        assert (scale.value(np.array([-30.0, -10.0])) > 0).all()
