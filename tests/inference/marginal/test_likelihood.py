"""The marginal likelihood against brute force, and its derivatives against differences."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, special, stats

from learnclimate.core.errors import ArgumentError, ModelError
from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.counts.model import CountModel
from learnclimate.inference.marginal.likelihood import sharding
from learnclimate.inference.marginal.likelihood.likelihood import prepare
from marginal_designs import make

FAMILIES = [Poisson(), NegativeBinomial()]
EFFECTS = [(), ("intercept",), ("talk",), ("intercept", "talk"), ("intercept", "talk", "meet")]


def log_rates(likelihood, psi):
    """Log rate at the average team, and multipliers of the standard normal effects."""
    layout, design = likelihood.layout, likelihood.design
    level, curve = psi[layout.level_effects], psi[layout.slope_curves]
    eta = design.log_exposure + psi[0]
    eta = eta + (design.covariates - design.covariate_means) @ psi[layout.coefficients]
    z = []
    for f, first in enumerate(np.cumsum([0, *layout.n_levels])[:-1]):
        eta = eta + level[first + design.frequency_level[:, f]]
    for name in design.coding.team_effects:
        if name == "intercept":
            z.append(np.ones(design.n_rows))
        else:
            f = design.coding.frequency_names.index(name)
            first = np.cumsum([0, *layout.n_levels])[f]
            z.append(curve[first + design.frequency_level[:, f]])
    d = layout.n_team_effects
    lower = np.zeros((d, d))
    lower[np.tril_indices(d)] = psi[layout.cholesky]
    return eta, np.array(z).reshape(d, design.n_rows).T @ lower


def log_mass(likelihood, psi, y, eta):
    mu = np.exp(eta)
    if not likelihood.layout.has_dispersion:
        return stats.poisson.logpmf(y, mu)
    alpha = np.exp(psi[likelihood.layout.log_dispersion][0])
    return stats.nbinom.logpmf(y, alpha, alpha / (alpha + mu))


def brute_force(likelihood, psi):
    """Sum over teams of the log of the integral over the team's effect."""
    design, d = likelihood.design, likelihood.layout.n_team_effects
    eta, zeta = log_rates(likelihood, psi)
    times = design.multiplicity
    total = 0.0
    for team in range(design.n_teams):
        rows = design.team == team

        def joint(*b, rows=rows):
            shift = zeta[rows] @ np.array(b)
            mass = log_mass(likelihood, psi, design.outcome[rows], eta[rows] + shift)
            return np.exp(times[rows] @ mass + stats.norm.logpdf(b).sum())

        if d == 0:
            total += np.log(joint())
        else:
            box = [(-8, 8)] * d
            found = integrate.nquad(joint, box, opts={"epsabs": 0, "epsrel": 1e-9})[0]
            total += np.log(found)
    return total


def dense_grid(likelihood, psi, n=41):
    """As `brute_force`, by the trapezium rule, which is exact enough for smooth tails."""
    design, d = likelihood.design, likelihood.layout.n_team_effects
    axis = np.linspace(-7, 7, n)
    b = np.stack(np.meshgrid(*[axis] * d, indexing="ij"), axis=-1).reshape(-1, d)
    eta, zeta = log_rates(likelihood, psi)
    total = 0.0
    for team in range(design.n_teams):
        rows = design.team == team
        shift = zeta[rows] @ b.T
        mass = log_mass(likelihood, psi, design.outcome[rows, None], eta[rows, None] + shift)
        logs = design.multiplicity[rows] @ mass + stats.norm.logpdf(b).sum(axis=1)
        total += np.logaddexp.reduce(logs) + d * np.log(axis[1] - axis[0])
    return total


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("team_effects", [(), ("intercept",), ("talk",)])
def test_value_is_the_integral_in_one_dimension(family, team_effects):
    _, _, likelihood, psi = make(family, team_effects)
    found = likelihood.anchor(psi).value(psi[None], 15)[0]
    assert found == pytest.approx(brute_force(likelihood, psi), abs=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("team_effects", EFFECTS[3:])
def test_value_is_the_integral_in_several_dimensions(family, team_effects):
    _, _, likelihood, psi = make(family, team_effects)
    found = likelihood.anchor(psi).value(psi[None], 15)[0]
    assert found == pytest.approx(dense_grid(likelihood, psi), abs=1e-6)


@pytest.mark.parametrize("log_dispersion", [np.log(1e-3), np.log(0.3), np.log(1e6), np.log(1e12)])
def test_value_for_any_dispersion(log_dispersion):
    _, _, likelihood, psi = make(NegativeBinomial(), ("intercept",))
    psi[likelihood.layout.log_dispersion] = log_dispersion
    if log_dispersion < 20:
        found = likelihood.anchor(psi).value(psi[None], 21)[0]
        assert found == pytest.approx(brute_force(likelihood, psi), abs=2e-6)
        return
    _, _, limit, _ = make(Poisson(), ("intercept",))
    expected = limit.anchor(psi[:-1]).value(psi[None, :-1], 15)[0]
    assert likelihood.anchor(psi).value(psi[None], 15)[0] == pytest.approx(expected, abs=1e-6)


def test_counts_above_the_histogram():
    model, design, _, psi = make(NegativeBinomial(), ())
    outcome = design.outcome.copy()
    outcome[:3] = [4096, 4097, 30_000]
    likelihood = prepare(model, replace(design, outcome=outcome))
    for log_dispersion in (-2.0, 1.0, 9.0):
        psi[likelihood.layout.log_dispersion] = log_dispersion
        eta, _ = log_rates(likelihood, psi)
        expected = log_mass(likelihood, psi, outcome, eta).sum()
        assert likelihood.value(psi[None], 1)[0] == pytest.approx(expected, rel=1e-11)
        found = likelihood.value_and_gradient(psi, 1)
        step = np.zeros_like(psi)
        step[-1] = 1e-4
        up, down = (likelihood.value_and_gradient(psi + k * step, 1) for k in (1, -1))
        assert found.gradient[-1] == pytest.approx((up.value - down.value) / 2e-4, rel=1e-5)
        second = -(up.gradient[-1] - down.gradient[-1]) / 2e-4
        assert found.information[-1, -1] == pytest.approx(second, rel=1e-5, abs=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("team_effects", EFFECTS)
def test_gradient_and_information_are_those_of_the_value(family, team_effects):
    _, _, likelihood, psi = make(family, team_effects)
    likelihood = likelihood.anchor(psi)
    nodes = 13
    found = likelihood.value_and_gradient(psi, nodes)
    step = 1e-5 * np.eye(len(psi))
    around = np.concatenate([psi + step, psi - step])
    values, gradients = likelihood.value_and_gradient_many(around, nodes)
    assert np.allclose(values, likelihood.value(around, nodes), rtol=0, atol=1e-10)
    m = len(psi)
    slope = (values[:m] - values[m:]) / 2e-5
    assert np.allclose(found.gradient, slope, rtol=1e-5, atol=2e-5)
    curvature = -(gradients[:m] - gradients[m:]) / 2e-5
    assert np.allclose(found.information, curvature, rtol=1e-4, atol=5e-4)
    assert np.array_equal(found.information, found.information.T)
    assert found.value == pytest.approx(likelihood.value(psi[None], nodes)[0], abs=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_multiplicity_stands_for_equal_rows(family):
    model, design, likelihood, psi = make(family, ("intercept", "talk"))
    twice = np.concatenate([np.arange(design.n_rows), [0, 0, 3]])
    rows = {
        name: getattr(design, name)[twice]
        for name in ("outcome", "log_exposure", "frequency_level", "covariates", "team", "weight")
    }
    long = replace(design, **rows, multiplicity=np.ones(len(twice)))
    times = np.ones(design.n_rows)
    times[[0, 3]] = [3, 2]
    short = replace(design, multiplicity=times)
    values = [prepare(model, d, compress=False).value(psi[None], 7)[0] for d in (long, short)]
    assert values[0] == pytest.approx(values[1], abs=1e-10)
    assert abs(values[0] - likelihood.value(psi[None], 7)[0]) > 0.1


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [30.0, 300.0, 1e4, 1e300])
def test_extreme_points_never_give_nan(family, size):
    _, _, likelihood, psi = make(family, ("intercept", "talk", "meet"))
    likelihood = likelihood.anchor(psi)
    random = np.random.default_rng(0)
    points = np.sign(random.normal(size=(40, len(psi)))) * size
    with np.errstate(over="ignore", invalid="ignore"):
        values = likelihood.value(points, 5)
    assert not np.isnan(values).any()
    assert (values < 0).all()


def test_points_that_are_no_numbers_have_no_density():
    _, _, likelihood, psi = make(NegativeBinomial(), ("intercept",))
    points = np.tile(psi, (3, 1))
    points[0, 0], points[2, 1] = np.nan, np.inf
    values = likelihood.value(points, 7)
    assert list(np.isfinite(values)) == [False, True, False]
    assert values[0] == -np.inf


def test_more_newton_steps_change_nothing_at_the_anchor():
    _, _, likelihood, psi = make(NegativeBinomial(), ("intercept", "talk"))
    likelihood = likelihood.anchor(psi)
    more = replace(likelihood, newton_steps=50)
    assert likelihood.value(psi[None], 7)[0] == pytest.approx(more.value(psi[None], 7)[0], abs=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_values_far_from_the_anchor_are_those_of_an_anchor_there(family):
    """Teams with large counts have sharp modes, which move as far as the parameters do."""
    model, design, likelihood, psi = make(family, ("intercept", "talk"), n_teams=30)
    random = np.random.default_rng(2)
    scale = random.lognormal(5, 2, design.n_teams)[design.team]
    design = replace(design, outcome=random.poisson(scale * (1 + design.outcome)))
    psi = psi.copy()
    psi[0] = 5.0
    psi[likelihood.layout.cholesky] = [2.0, 0.5, 1.0]
    likelihood = prepare(model, design).anchor(psi)
    points = np.tile(psi, (20, 1))
    points[:, 0] += random.normal(0, 0.5, 20)
    points[:, likelihood.layout.cholesky] *= random.lognormal(0, 0.3, (20, 3))
    here = np.array([likelihood.anchor(point).value(point[None], 7)[0] for point in points])
    # Newton's steps end a hundredth of a standard deviation from the mode, which moves the
    # error of the quadrature by a few hundredths of itself.
    error = np.abs(here - likelihood.value(points, 21)).max()
    assert likelihood.value(points, 7) == pytest.approx(here, abs=0.05 * error + 1e-6)


def test_values_do_not_depend_on_the_number_of_threads(monkeypatch):
    _, _, likelihood, psi = make(NegativeBinomial(), ("intercept",), n_teams=40)
    points = psi + np.random.default_rng(0).normal(0, 0.1, (200, len(psi)))
    monkeypatch.setattr(sharding, "_ROWS_A_SHARE", 60)
    monkeypatch.setattr(sharding, "_ROWS_TIMES_POINTS", 1000)
    found = []
    for n_threads in (1, 5):
        monkeypatch.setattr(sharding, "available_processors", lambda n=n_threads: n)
        found.append(likelihood.value(points, 7))
        found.append(likelihood.value_and_gradient(psi, 7).information)
    assert np.array_equal(found[0], found[2])
    assert np.array_equal(found[1], found[3])


def test_indices_out_of_bounds_are_refused():
    model, design, _, _ = make(Poisson(), ("intercept",))
    outside = design.frequency_level.copy()
    outside[0, 0] = 99
    for bad in (
        replace(design, frequency_level=outside),
        replace(design, team=design.team + 1),
        replace(design, team=design.team - 1),
    ):
        with pytest.raises(ModelError, match="out of bounds"):
            prepare(model, bad)


def test_a_number_of_nodes_out_of_range_is_refused():
    _, _, likelihood, psi = make(Poisson(), ("intercept",))
    with pytest.raises(ArgumentError, match="number of nodes"):
        likelihood.value(psi[None], 0)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("correlation", [-0.999, 0.999])
@pytest.mark.parametrize("sd", [0.05, 0.8, 3.0])
def test_value_far_from_the_anchor(family, correlation, sd):
    _, _, likelihood, psi = make(family, ("intercept", "talk"))
    anchored = likelihood.anchor(psi)
    far = psi.copy()
    far[likelihood.layout.intercept] += 1.5
    lower = [sd, sd * correlation, sd * np.sqrt(1 - correlation**2)]
    far[likelihood.layout.cholesky] = lower
    found = anchored.value(far[None], 21)[0]
    assert found == pytest.approx(dense_grid(likelihood, far, n=301), abs=1e-4)
    near = likelihood.anchor(far).value(far[None], 21)[0]
    assert found == pytest.approx(near, abs=1e-5)


def test_modes_are_found_from_anywhere():
    _, _, likelihood, psi = make(Poisson(), ("intercept", "talk"))
    psi[likelihood.layout.cholesky] = [3.0, 2.9, 0.1]
    right = likelihood.anchor(psi).team_modes
    random = np.random.default_rng(3)
    for _ in range(10):
        lost = replace(likelihood, team_modes=random.normal(0, 4, right.shape), newton_steps=200)
        assert lost.value(psi[None], 1)[0] == pytest.approx(
            likelihood.anchor(psi).value(psi[None], 1)[0], abs=1e-8
        )


@pytest.mark.parametrize("respondents", [1, 3, 40])
@pytest.mark.parametrize("log_dispersion", [-2.0, 1.0, np.log(9.9e4), np.log(1.1e5)])
def test_value_at_extreme_rates_and_counts(log_dispersion, respondents):
    """Rates from e^-40 to e^40, and a dispersion at which hardly any is left."""
    _, design, likelihood, psi = make(NegativeBinomial(), (), n_teams=3, team_size=120)
    random = np.random.default_rng(5)
    design = replace(
        design,
        outcome=random.choice([0, 1, 2, 3, 7, 15, 16, 40], design.n_rows),
        log_exposure=random.uniform(-40, 40, design.n_rows),
        multiplicity=np.full(design.n_rows, float(respondents)),
    )
    likelihood = prepare(CountModel(team_effects=()), design, compress=False)
    psi = psi.copy()
    psi[likelihood.layout.log_dispersion] = log_dispersion
    mu = np.exp(log_rates(likelihood, psi)[0])
    alpha = np.exp(log_dispersion)
    # scipy's own log mass loses digits where the mean is tiny.
    y = design.outcome
    rising = special.gammaln(y + alpha) - special.gammaln(alpha) - special.gammaln(y + 1.0)
    expected = rising + y * np.log(mu / alpha) - (y + alpha) * np.log1p(mu / alpha)
    found = likelihood.value(psi[None], 1)[0]
    assert found == pytest.approx(respondents * expected.sum(), rel=1e-9)
