"""The polynomial in the place of the likelihood, and the coordinates it is fitted in."""

import numpy as np
import pytest

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.families import NegativeBinomial
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.marginal.parameters.parameter_map import parameter_map
from learnclimate.inference.marginal.sampling.natural import natural_coordinates
from learnclimate.inference.marginal.sampling.surrogate import fit_surrogate, frame_of
from marginal_designs import make, make_design


def plain(theta):
    """Identity, under a standard normal prior."""
    return theta, -0.5 * (theta**2).sum(axis=1)


def cubic(theta):
    """A log likelihood of two parameters that bends, with its own prior."""
    x, y = theta.T
    return -3 * (x - 0.5) ** 2 - 4 * y**2 + x * y - 0.4 * x**2 * y + 0.2 * y**3


def cubic_posterior(theta):
    return cubic(theta) + plain(theta)[1]


MODE = np.array([0.43, 0.03])
FACTOR = np.linalg.cholesky(np.linalg.inv([[7.0, -1.0], [-1.0, 9.0]]))


def within(fitted, theta):
    """Points that lie as near as the polynomial is followed."""
    white, _ = fitted.frame.white(theta)
    return theta[(white**2).sum(axis=1) < fitted.radius**2]


def test_a_cubic_is_found_from_few_evaluations():
    random = np.random.default_rng(1)
    theta = MODE + random.standard_normal((60, 2)) @ FACTOR.T * 2
    fitted = fit_surrogate(frame_of(plain, MODE, FACTOR), theta, cubic_posterior(theta))
    new = within(fitted, MODE + random.standard_normal((200, 2)) @ FACTOR.T)
    error = fitted(new) - cubic_posterior(new)
    assert len(new) > 150
    assert np.abs(error).max() < 0.02


def test_few_evaluations_are_filled_in_by_the_normal_approximation():
    def normal(theta):
        return -0.5 * (np.linalg.solve(FACTOR, (theta - MODE).T) ** 2).sum(axis=0)

    frame = frame_of(plain, MODE, FACTOR)
    some = MODE + 2 * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]) @ FACTOR.T
    fitted = fit_surrogate(frame, some, normal(some))
    new = within(fitted, MODE + np.random.default_rng(2).standard_normal((50, 2)) @ FACTOR.T)
    assert len(new) > 30
    # The mode is known to two digits here, so its slope is not quite 0.
    assert fitted(new) == pytest.approx(normal(new), abs=0.1)


def test_it_falls_beyond_its_evaluations():
    theta = MODE + np.random.default_rng(3).standard_normal((40, 2)) @ FACTOR.T
    fitted = fit_surrogate(frame_of(plain, MODE, FACTOR), theta, cubic_posterior(theta))
    far = MODE + np.outer([2.0, 5.0, 20.0, 1e3], [1.0, 3.0])
    assert (np.diff(fitted(far)) < 0).all()


def test_points_without_density_do_no_harm():
    random = np.random.default_rng(4)
    theta = MODE + random.standard_normal((80, 2)) @ FACTOR.T * 2
    density = cubic_posterior(theta)
    density[::7] = -np.inf
    fitted = fit_surrogate(frame_of(plain, MODE, FACTOR), theta, density)
    new = MODE + random.standard_normal((100, 2)) @ FACTOR.T
    assert np.std(fitted(new) - cubic_posterior(new)) < 0.02


@pytest.mark.parametrize(
    "effects", [(), (INTERCEPT,), (INTERCEPT, "talk"), (INTERCEPT, "talk", "meet")]
)
def test_natural_coordinates_are_as_many_as_parameters_and_tell_them_apart(effects):
    design = make_design(effects)
    model = CountModel(family=NegativeBinomial(), team_effects=effects)
    problem = CountProblem(model, design, resolve_priors(None, design))
    parameters = parameter_map(problem)
    theta = np.random.default_rng(5).normal(0, 0.5, parameters.size)
    steps = 1e-5 * np.eye(parameters.size)

    def natural(points):
        psi = parameters.psi(points)
        return natural_coordinates(parameters.layout, parameters.coding, psi)

    slopes = (natural(theta + steps) - natural(theta - steps)) / 2e-5
    assert slopes.shape == (parameters.size, parameters.size)
    assert np.linalg.matrix_rank(slopes, tol=1e-6) == parameters.size


def test_natural_coordinates_hold_at_the_edges():
    _, _, likelihood, psi = make(NegativeBinomial(), (INTERCEPT, "talk"))
    layout = likelihood.layout
    coding = likelihood.design.coding
    psi[layout.cholesky] = 0.0
    psi[layout.log_dispersion] = 800.0
    assert np.isfinite(natural_coordinates(layout, coding, psi[None])).all()


def test_evaluations_none_of_which_is_finite_are_told():
    with pytest.raises(FloatingPointError, match="finite density"):
        fit_surrogate(frame_of(plain, MODE, FACTOR), np.zeros((5, 2)), np.full(5, -np.inf))


def test_an_evaluation_far_out_does_not_drown_the_others():
    """As where team sds may be almost 0: their score runs far out at hardly any cost."""
    random = np.random.default_rng(1)
    theta = MODE + random.standard_normal((200, 2)) @ FACTOR.T * 2
    theta[:20] = MODE + 1e3 * random.standard_normal((20, 2)) @ FACTOR.T
    # They are not far below the others, and no cubic.
    values = np.append(np.full(20, -9.0), cubic_posterior(theta[20:]))
    fitted = fit_surrogate(frame_of(plain, MODE, FACTOR), theta, values, reach=0.8)
    assert np.isfinite(fitted(theta)).all()
