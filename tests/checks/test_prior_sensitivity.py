import numpy as np
import pytest
from scipy import stats

from learnclimate.checks.left_out import marginal_log_likelihood
from learnclimate.checks.power_scaling import cumulative_distance, power_scaled, sensitivity
from learnclimate.checks.prior_components import prior_components
from learnclimate.checks.prior_sensitivity import prior_sensitivity
from learnclimate.checks.respondents import chosen_draws
from learnclimate.core.errors import FitError
from learnclimate.counts.frequency import Unordered
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors, resolve_priors
from learnclimate.counts.priors import Normal
from learnclimate.inference.fitting import fit
from learnclimate.inference.store import load_fit


@pytest.fixture(scope="module")
def sure_fit(survey):
    """A prior that says the rate ratio is 1, against answers that say it is near 4."""
    model = CountModel(priors=Priors(frequency=Normal(0, 0.1)))
    return fit(model, survey, draws=2000, seed=5, progress=False)


def test_a_prior_that_the_answers_outweigh_is_good(fitted):
    told = prior_sensitivity(fitted, progress=False)
    ratio = told.table.iloc[0]
    assert ratio["parameter"] == "rate_ratio[talk]"
    assert told.verdict in ("good", "doubtful")
    tenure = told.table.set_index("parameter").loc["covariate_effects[tenure]"]
    assert tenure["verdict"] == "good"
    assert tenure["prior"] < 0.05 < tenure["likelihood"]


def test_a_bad_prior_is_found_and_named(sure_fit):
    told = prior_sensitivity(sure_fit, progress=False)
    ratio = told.table.iloc[0]
    assert told.verdict == ratio["verdict"] == "bad"
    assert "in conflict" in told.words
    assert "the mean of the rate ratio of talk would be" in told.words
    assert told.sources.iloc[0]["prior"] == "frequency[talk]"
    # Counted half, a prior at 1 lets the rate ratio rise towards what the answers say.
    assert ratio["stronger"] < ratio["mean"] < ratio["weaker"]
    assert told.check.values["prior[rate_ratio[talk]]"] > 0.2


def test_weights_foretell_a_fit_with_the_prior_changed(survey):
    sure = CountModel(priors=Priors(frequency=Normal(0, 0.5)))
    # A normal density squared is one with its sd divided by the root of 2.
    surer = CountModel(priors=Priors(frequency=Normal(0, 0.5 / np.sqrt(2))))
    one, other = (fit(model, survey, draws=4000, seed=5, progress=False) for model in (sure, surer))
    design = one.design
    draws = chosen_draws(one, 4000, design)
    priors = prior_components(draws, design, resolve_priors(one.priors, design))
    weights, khat = power_scaled(priors["frequency[talk]"], 2.0)
    assert khat < 0.7
    effect = other.draws["posterior"]["frequency_effect"].to_numpy().ravel()
    found = weights @ draws["frequency_effect"][:, 0]
    assert found == pytest.approx(effect.mean(), abs=0.1 * effect.std())


def test_prior_and_likelihood_add_up_to_the_posterior_of_the_engine(survey):
    """Up to the change of variables, which does not depend on the prior's own parameters."""
    model = CountModel(frequency=Unordered(), team_effects=("intercept",))
    one = fit(model, survey, draws=400, seed=5, engine="marginal", progress=False)
    draws = chosen_draws(one, 400, one.design)
    components = prior_components(draws, one.design, resolve_priors(one.priors, one.design))
    assert set(components) == {
        "intercept",
        "frequency[talk]",
        "covariates[tenure]",
        "covariates[contract[temporary]]",
        "team_sd[intercept]",
        "dispersion",
    }
    likelihood = marginal_log_likelihood(one, one.design, draws)
    # theta is standard normal a priori but for the intercept, so lp is likelihood plus that.
    density = one.draws["sample_stats"]["lp"].to_numpy().ravel()
    scores = [
        stats.norm.ppf(stats.norm.cdf(draws["frequency_curve"][:, level])) for level in range(1, 5)
    ]
    for place, prior in enumerate(resolve_priors(one.priors, one.design).covariates):
        scores.append(draws["covariate_effects"][:, place] / prior.sd)
    for values, rate in ((draws["team_sd"][:, 0], 2.0), (draws["dispersion"], 0.1)):
        scores.append(stats.norm.ppf(stats.expon.cdf(values * rate)))
    log_prior = stats.norm.logpdf(np.array(scores)).sum(axis=0) + components["intercept"]
    apart = density - likelihood - log_prior
    assert apart.std() < 0.02


def test_the_distance_is_that_of_arviz():
    from arviz_stats.base import array_stats

    rng = np.random.default_rng(3)
    values, log_density = rng.gamma(3.0, size=500), rng.normal(size=500)
    scaled = [power_scaled(log_density, power)[0] for power in (0.8, 1.25)]
    theirs = array_stats.power_scale_sense(
        values[None], scaled[0][None], scaled[1][None], 0.8, 1.25
    )
    assert sensitivity(values, log_density) == pytest.approx(float(theirs), rel=0.02)


def test_the_distance_of_draws_from_themselves_is_0():
    values = np.random.default_rng(4).normal(size=50)
    assert cumulative_distance(values, np.full(50, 1 / 50)) == 0
    far = np.zeros(50)
    far[np.argmax(values)] = 1.0
    assert cumulative_distance(values, far) > 0.5


def test_an_intercept_alone_has_its_prior_at_the_means(fitted):
    design = fitted.design
    draws = chosen_draws(fitted, 100, design)
    priors = resolve_priors(fitted.priors, design)
    at_means = draws["intercept"] + draws["covariate_effects"] @ design.covariate_means
    found = prior_components(draws, design, priors)["intercept"]
    assert found == pytest.approx(priors.intercept.log_density(at_means))


def test_a_saved_fit_needs_the_survey(fitted, survey, tmp_path):
    fitted.save(tmp_path / "fit.nc")
    loaded = load_fit(tmp_path / "fit.nc")
    with pytest.raises(FitError, match="survey="):
        prior_sensitivity(loaded)
    assert prior_sensitivity(loaded, survey=survey, progress=False).draws == 2000
