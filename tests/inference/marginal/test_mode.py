"""The mode: few evaluations, the same one from anywhere, whatever the size of the data."""

from dataclasses import dataclass

import numpy as np
import pytest

from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.inference.engine import EngineError
from learnclimate.inference.marginal.parameters.moments import moments_of
from learnclimate.inference.marginal.sampling.mode import find_mode
from learnclimate.inference.marginal.sampling.target import LocalShape, marginal_posterior
from marginal_problems import problem_of, simulated, survey_of_two_frequencies

EFFECTS = {1: ("intercept",), 2: ("intercept", "frequency"), 3: ("intercept", "frequency")}


@dataclass(frozen=True)
class Curve:
    """A density given by functions of theta."""

    value: object
    gradient: object
    information: object
    names: tuple = ("a", "b")

    def anchored(self, theta):
        return self

    def local(self, theta, nodes):
        none = np.zeros((len(theta), len(theta)))
        with np.errstate(all="ignore"):
            return LocalShape(
                float(self.value(theta)), self.gradient(theta), self.information(theta), none
            )


@pytest.fixture(scope="module", params=[1, 2, 3], ids="{} effects".format)
def problem(request):
    def make(family):
        options = {"family": family, "team_effects": EFFECTS[request.param]}
        if request.param == 3:
            return problem_of(survey_of_two_frequencies(), **options)
        return simulated(**options)

    return make


@pytest.mark.parametrize("family", [Poisson(), NegativeBinomial()], ids=["poisson", "negbin"])
def test_every_start_ends_at_the_same_mode(problem, family):
    asked = problem(family)
    target = marginal_posterior(asked)
    start = target.parameters.start(moments_of(asked.design))
    wanted = find_mode(target, start, nodes=5)
    assert wanted.evaluations <= 12
    rng = np.random.default_rng(1)
    for _ in range(2):
        found = find_mode(target, start + rng.standard_normal(len(start)), nodes=5)
        apart = found.theta - wanted.theta
        # In posterior standard deviations, over all coordinates together.
        assert np.sqrt(apart @ np.linalg.solve(wanted.covariance, apart)) < 0.05


def test_the_gradient_vanishes_at_the_mode():
    asked = simulated()
    target = marginal_posterior(asked)
    mode = find_mode(target, target.parameters.start(moments_of(asked.design)), nodes=7)
    here = target.anchored(mode.theta).local(mode.theta, 7)
    assert np.sqrt(here.gradient @ mode.covariance @ here.gradient) < 0.02


def test_a_gradient_that_disagrees_with_the_values_does_not_stall():
    """As that of an integral does with its quadrature: the old search spent all its steps."""
    off = np.array([1e-3, -1e-3])
    curve = Curve(
        value=lambda x: -5e3 * ((x - off) ** 2).sum(),
        gradient=lambda x: -1e4 * x,
        information=lambda _: 1e4 * np.eye(2),
    )
    mode = find_mode(curve, np.array([0.4, -0.3]), nodes=5)
    assert mode.evaluations <= 5
    assert np.abs(mode.theta).max() < 2e-3


def test_a_saddle_is_left_upwards():
    """Two modes at ±1 along the first coordinate, a saddle between them."""
    curve = Curve(
        value=lambda x: x[0] ** 2 / 2 - x[0] ** 4 / 4 - x[1] ** 2 / 2,
        gradient=lambda x: np.array([x[0] - x[0] ** 3, -x[1]]),
        information=lambda x: np.diag([3 * x[0] ** 2 - 1, 1.0]),
    )
    mode = find_mode(curve, np.array([0.2, 0.5]), nodes=5)
    assert mode.theta == pytest.approx([1.0, 0.0], abs=0.1)


def test_steps_into_overflow_are_taken_back():
    curve = Curve(
        value=lambda x: 2e3 * x[0] - np.exp(700 * x[0]) - x[1] ** 2,
        gradient=lambda x: np.array([2e3 - 700 * np.exp(700 * x[0]), -2 * x[1]]),
        information=lambda x: np.diag([490_000 * np.exp(700 * x[0]), 2.0]),
    )
    mode = find_mode(curve, np.array([-0.02, 0.0]), nodes=5)
    assert mode.theta[0] == pytest.approx(np.log(2e3 / 700) / 700, abs=1e-4)


def test_a_density_without_a_mode_is_told_apart():
    curve = Curve(
        value=lambda x: x[0] - x[1] ** 2,
        gradient=lambda x: np.array([1.0, -2 * x[1]]),
        information=lambda _: np.diag([0.0, 2.0]),
    )
    with pytest.raises(EngineError, match="still rises along 'a'"):
        find_mode(curve, np.zeros(2), nodes=5)


def test_a_start_out_of_reach_is_told():
    curve = Curve(lambda _: -np.inf, lambda x: x, lambda x: np.eye(len(x)))
    with pytest.raises(EngineError, match="no finite density"):
        find_mode(curve, np.zeros(2), nodes=5)
