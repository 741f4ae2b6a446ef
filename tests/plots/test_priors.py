"""Prior against posterior: the right numbers, and nothing that tells of few respondents."""

import numpy as np
import pytest

from learnclimate.core.errors import ArgumentTypeError
from learnclimate.inference.store import load_fit
from learnclimate.plots import prior_posterior


def panels(figure):
    return {axes.get_title(loc="left"): axes for axes in figure.axes if axes.get_visible()}


def test_each_parameter_has_its_panel(synthetic_fit, texts_of):
    found = panels(prior_posterior(synthetic_fit))
    assert list(found) == [
        "Intercept",
        "talk: highest vs lowest",
        "tenure",
        "contract: temporary",
        "Teams, sd: intercept",
        "Teams, sd: talk",
        "Dispersion α",
    ]
    units = [axes.get_xlabel() for axes in found.values()]
    assert units == [
        "log count",
        *["log rate ratio"] * 3,
        *["sd of log rate ratios"] * 2,
        "α, without a unit",
    ]
    assert "Gestreept: prior" in texts_of(prior_posterior(synthetic_fit, language="nl"))


def test_the_curves_lie_where_the_draws_and_the_prior_do(synthetic_fit):
    axes = panels(prior_posterior(synthetic_fit))["talk: highest vs lowest"]
    prior, posterior = axes.lines
    draws = synthetic_fit.draws["posterior"]["frequency_effect"].to_numpy()
    top = posterior.get_xdata()[np.argmax(posterior.get_ydata())]
    assert abs(top - draws.mean()) < draws.std()
    at = np.interp(0.0, prior.get_xdata(), prior.get_ydata())
    assert at == pytest.approx(1 / np.sqrt(2 * np.pi), rel=0.1)


def test_the_intercept_is_the_one_its_prior_is_about(synthetic_fit):
    axes = panels(prior_posterior(synthetic_fit))["Intercept"]
    posterior = synthetic_fit.draws["posterior"]
    means = synthetic_fit.draws["constant_data"]["covariate_means"].to_numpy()
    centred = posterior["intercept"].to_numpy() + posterior["covariate_effects"].to_numpy() @ means
    curve = axes.lines[1]
    top = curve.get_xdata()[np.argmax(curve.get_ydata())]
    assert abs(top - centred.mean()) < centred.std()


def test_a_hidden_level_takes_its_parameters_along(rare_lowest_fit):
    found = panels(prior_posterior(rare_lowest_fit))
    assert "Intercept" not in found
    assert "talk: highest vs lowest" not in found
    assert "tenure" in found


def test_a_file_lays_no_prior_beside_another_contrast(rare_lowest_fit, synthetic_fit, tmp_path):
    rare_lowest_fit.save(tmp_path / "rare.nc")
    found = panels(prior_posterior(load_fit(tmp_path / "rare.nc")))
    assert "tenure" in found
    assert not [name for name in found if "sd" in name]
    # Before it is saved the model is still written from the levels that were asked.
    assert "Teams, sd: talk" in panels(prior_posterior(rare_lowest_fit))
    synthetic_fit.save(tmp_path / "usual.nc")
    assert "Teams, sd: talk" in panels(prior_posterior(load_fit(tmp_path / "usual.nc")))


def test_what_is_no_fit_is_refused():
    with pytest.raises(ArgumentTypeError, match="give a Fit"):
        prior_posterior("fit.nc")
