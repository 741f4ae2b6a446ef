"""Further families with moderators, interactions and composition, in the marginal engine."""

import numpy as np
import pytest
from scipy.special import logsumexp
from tests.structured import structured_family_survey

from learnclimate.counts.distributions import distribution_of, log_probability_between
from learnclimate.counts.families import (
    BetaBinomial,
    HurdleNegativeBinomial,
    NegativeBinomial,
    ZeroInflatedPoisson,
    ZeroPart,
)
from learnclimate.counts.model import CountModel
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.parameters.parameter_map import parameter_map
from learnclimate.inference.marginal.parameters.step_columns import with_step_columns
from learnclimate.inference.marginal.parameters.variables import posterior_variables
from learnclimate.inference.marginal.sampling.target import marginal_posterior
from learnclimate.survey.outcome import Outcome

BINS = Outcome("n", bins=["none", "1-2", "3-5", "6 or more"])
CASES = {
    "hurdle": (HurdleNegativeBinomial(ZeroPart(covariates=("age",))), "n"),
    "out of nine": (BetaBinomial(), Outcome("n", trials=9)),
    "options": (NegativeBinomial(), BINS),
    "options and inflated": (ZeroInflatedPoisson(ZeroPart(frequency=False)), BINS),
}


def problem_of(name):
    family, outcome = CASES[name]
    model = CountModel(
        family=family,
        moderators=("challenge",),
        interactions=(("talk", "meet"),),
        between=True,
        team_effects=("intercept",),
    )
    survey = structured_family_survey(outcome, n_teams=5, team_size=7)
    design = model.design(survey)
    return CountProblem(model, design, model.resolved_priors(survey))


def summed_over_teams(problem, psi, layout, nodes=80):
    """Sum each team's probability over a dense grid of its one effect, row by row."""
    design, family = problem.design, problem.model.family
    _, shifts = with_step_columns(problem)
    drawn = posterior_variables(psi[None], layout, design, shifts)
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    many = {name: np.repeat(values, nodes, axis=0) for name, values in drawn.items()}
    effects = (points * drawn["team_sd"][0, 0])[:, None, None]
    many["team_effects"] = np.repeat(effects, design.n_teams, axis=1)
    at = places_of_rows(many, design, np.arange(design.n_rows))
    distribution = distribution_of(family)
    if design.asked.highest is None:
        rows = distribution.log_density(design.outcome, at)
    else:
        rows = log_probability_between(distribution, design.outcome, design.asked.highest, at)
    of_teams = [rows[:, design.team == team].sum(axis=1) for team in range(design.n_teams)]
    weight = np.log(weights / weights.sum())
    return sum(logsumexp(of_team + weight) for of_team in of_teams)


@pytest.mark.parametrize("name", CASES)
def test_value_is_the_integral_and_its_gradient_the_slope(name):
    problem = problem_of(name)
    parameters = parameter_map(problem)
    theta = 0.4 * np.random.default_rng(1).standard_normal((1, parameters.size))
    psi = parameters.psi(theta)
    likelihood = marginal_posterior(problem).likelihood
    found = likelihood.value(psi, 21)
    assert found[0] == pytest.approx(
        summed_over_teams(problem, psi[0], parameters.layout), abs=1e-6
    )
    _, gradient = likelihood.value_and_gradient_many(psi, 21)
    step = 1e-4 * np.eye(parameters.size)
    up, down = (likelihood.value(parameters.psi(theta + way * step), 21) for way in (1, -1))
    np.testing.assert_allclose(
        parameters.jacobian(theta[0]).T @ gradient[0], (up - down) / 2e-4, atol=1e-5
    )
