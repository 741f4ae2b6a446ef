import numpy as np
import pytest

from learnclimate.counts.families import Poisson
from learnclimate.counts.frequency import Linear, Unordered
from learnclimate.inference.marginal.parameters.parameter_map import parameter_map
from learnclimate.inference.marginal.parameters.variables import posterior_variables
from learnclimate.inference.structural_draws import structural_draws
from marginal_problems import simulated


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"frequency": Unordered(), "covariates": ()},
        {"frequency": Linear(), "family": Poisson()},
        {"team_effects": ("intercept",)},
        {"team_effects": ()},
    ],
)
def test_the_way_from_parameters_to_variables_leads_back(options):
    problem = simulated(n_teams=8, **options)
    parameters = parameter_map(problem)
    psi = parameters.psi(parameters.draw_prior(np.random.default_rng(3), 20))
    variables = posterior_variables(psi, parameters.layout, problem.design)
    back = structural_draws(variables, problem.design, parameters.layout)
    assert back == pytest.approx(psi, rel=1e-6, abs=1e-8)
