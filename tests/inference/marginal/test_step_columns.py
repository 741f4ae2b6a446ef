"""Shifts of slopes in the marginal engine: the same likelihood, written as columns."""

import numpy as np
import pytest
from tests.structured import (
    TALK,
    log_rate_by_hand,
    structured_codebook,
    structured_frame,
    structured_survey,
)

from learnclimate.core.errors import ModelError
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.estimands.contrasts import rate_ratio
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.fitting import fit
from learnclimate.inference.marginal.parameters.parameter_map import parameter_map
from learnclimate.inference.marginal.parameters.step_columns import with_step_columns
from learnclimate.inference.marginal.parameters.variables import posterior_variables
from learnclimate.survey.reading import read_survey

MODEL = CountModel(
    moderators=("challenge",),
    interactions=(("talk", "meet"),),
    between=True,
    team_effects=("intercept",),
)


@pytest.fixture(scope="module")
def problem():
    survey = structured_survey()
    design = MODEL.design(survey)
    return CountProblem(MODEL, design, resolve_priors(None, design))


def test_psi_is_differentiated_by_theta(problem):
    parameters = parameter_map(problem)
    theta = np.random.default_rng(0).normal(size=parameters.size) * 0.5
    step = 1e-6
    numeric = np.stack(
        [
            (parameters.psi((theta + e)[None])[0] - parameters.psi((theta - e)[None])[0]) / 2 / step
            for e in np.eye(parameters.size) * step
        ],
        axis=1,
    )
    np.testing.assert_allclose(parameters.jacobian(theta), numeric, atol=1e-8)


def test_columns_times_tied_coefficients_are_the_log_rate(problem):
    parameters = parameter_map(problem)
    theta = np.random.default_rng(1).normal(size=(1, parameters.size)) * 0.5
    psi = parameters.psi(theta)
    widened, shifts = with_step_columns(problem)
    draws = posterior_variables(psi, parameters.layout, problem.design, shifts)
    draws["team_effects"] = np.zeros((1, problem.design.n_teams, 1))
    layout, design = parameters.layout, widened.design
    centred = design.covariates - design.covariate_means
    eta = psi[0, 0] + centred @ psi[0, layout.coefficients]
    levels = psi[0, layout.level_effects]
    eta = eta + levels[:4][design.frequency_level[:, 0]] + levels[4:][design.frequency_level[:, 1]]
    np.testing.assert_allclose(eta, log_rate_by_hand(problem.design, draws, 0))
    np.testing.assert_allclose(
        draws["slope_shifts"][0], theta[0, 3:6] * [p.sd for p in problem.priors.slope_shifts]
    )


def test_the_truth_is_recovered_and_a_moderator_chooses_the_rate_ratio():
    import pandas as pd

    survey = structured_survey(("talk",), n_teams=60, team_size=15, interaction=0.0, seed=5)
    fitted = fit(CountModel(moderators=("challenge",)), survey, draws=800, seed=1, progress=False)
    assert fitted.certificate.passed
    assert fitted.certificate.engine.startswith("marginal")
    shift = fitted.draws["posterior"]["slope_shifts"].to_numpy()
    assert abs(shift.mean() - 0.5) < 2.5 * shift.std()
    people = pd.DataFrame({"age": [0, 0], "challenge": [2.0, 4.0]})
    low, high = (
        rate_ratio(fitted, "daily", "never", population=people.iloc[[row]]).draws["rate_ratio"]
        for row in (0, 1)
    )
    np.testing.assert_allclose(np.log(high / low), 2 * shift[:, :, 0])


def test_what_goes_with_observed_composition_is_recovered():
    """Members answer alike, so that teams differ in composition; its true effect is 1.2."""
    rng = np.random.default_rng(8)
    frame = structured_frame(n_teams=60, team_size=12, seed=8)
    team = frame["team"].str[1:].astype(int).to_numpy()
    lean = rng.normal(1.5, 1.0, 60)[team] + rng.normal(0, 1.0, len(frame))
    level = np.clip(np.round(lean), 0, 3).astype(int)
    curve = np.array([0, 0.5, 0.8, 1.0])[level]
    mean = np.bincount(team, curve) / np.bincount(team)
    log_rate = 0.4 + 0.5 * curve + 1.2 * (mean[team] - curve.mean())
    log_rate += rng.normal(0, 0.25, 60)[team]
    frame["talk"], frame["n"] = np.array(TALK)[level], rng.poisson(np.exp(log_rate))
    survey = read_survey(frame, structured_codebook(("talk",)))
    model = CountModel(family=Poisson(), between=True, covariates=(), team_effects=("intercept",))
    fitted = fit(model, survey, draws=400, seed=1, progress=False)
    assert fitted.certificate.passed
    assert fitted.certificate.engine.startswith("marginal")
    posterior = fitted.draws["posterior"]
    for name, truth in (("composition_effects", 1.2), ("frequency_effect", 0.5)):
        draws = posterior[name].to_numpy()
        assert abs(draws.mean() - truth) < 2.5 * draws.std()
        # Neither 0 nor the other's truth would have passed.
        assert min(abs(draws.mean()), abs(draws.mean() - (1.7 - truth))) > 2 * draws.std()
    # What a level tells is of two members of one team: composition stays as it is.
    ratio = rate_ratio(fitted, "daily", "never", population="study").draws["rate_ratio"]
    within = posterior["frequency_effect"].to_numpy()[:, :, 0]
    np.testing.assert_allclose(np.log(ratio.to_numpy()), within)


def test_moments_instead_of_draws_of_the_teams_are_refused_aloud():
    survey = structured_survey()
    with pytest.raises(ModelError, match=r"team_draws=False. does not go with moderators"):
        fit(MODEL, survey, draws=100, seed=1, progress=False, team_draws=False)


def test_left_out_teams_are_valued_with_what_shifts_their_slopes():
    """Against quadrature over the one team effect, from log rates written out by hand."""
    from scipy import stats
    from tests.structured import fit_from_prior

    from learnclimate.checks.left_out import part_densities, teams_as_parts
    from learnclimate.counts.prediction import flattened

    survey = structured_survey()
    fitted = fit_from_prior(MODEL, survey, n_draws=2)
    design = fitted.design
    posterior = fitted.draws["posterior"].to_dataset()
    draws = flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})
    found = part_densities(fitted, design, teams_as_parts(design), draws)
    points, weights = np.polynomial.hermite_e.hermegauss(201)
    for draw in (0, 5):
        alone = {**draws, "team_effects": np.zeros_like(draws["team_effects"])}
        eta = log_rate_by_hand(design, alone, draw)
        alpha, sd = draws["dispersion"][draw], draws["team_sd"][draw, 0]
        rate = np.exp(eta + sd * points[:, None])
        density = stats.nbinom(alpha, alpha / (alpha + rate)).logpmf(design.outcome)
        for team in range(design.n_teams):
            of_team = density[:, design.team == team].sum(axis=1)
            value = np.log(weights @ np.exp(of_team - of_team.max()) / weights.sum())
            assert found[team, draw] == pytest.approx(value + of_team.max(), abs=0.01)
