"""Where the mode is looked for, and what is refused in plain words."""

from dataclasses import replace

import numpy as np
import pytest

import test_calibration_marginal as calibration
from learnclimate.core.errors import FitError
from learnclimate.counts.families import NegativeBinomial, Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors, resolve_priors
from learnclimate.counts.priors import (
    LKJ,
    Dirichlet,
    Exponential,
    Gamma,
    HalfNormal,
    Normal,
    StudentT,
)
from learnclimate.inference.engine import CountProblem, EngineError
from learnclimate.inference.fitting import fit
from learnclimate.inference.marginal.sampling import mode_search
from learnclimate.inference.marginal.sampling.mode import Mode
from learnclimate.inference.marginal.sampling.mode_search import posterior_mode, refuse_unbounded
from learnclimate.inference.marginal.sampling.target import marginal_posterior
from learnclimate.survey.reading import read_survey
from learnclimate.survey.simulation import simulate_survey
from marginal_problems import problem_of, simulated

PRIORS = {
    "wide intercept": Priors(intercept=Normal(0, 1e6)),
    "wide frequency": Priors(frequency=Normal(0, 1e6)),
    "wide covariates": Priors(covariates=Normal(0, 1e6)),
    "wide team sds": Priors(team_sd=HalfNormal(1e4)),
    "wide dispersion": Priors(dispersion=HalfNormal(1e4)),
    "far dispersion": Priors(dispersion=Exponential(1e3)),
    "team sds almost surely 0": Priors(team_sd=Gamma(0.01, 0.01)),
    "team sds cut far out": Priors(team_sd=Normal(-50, 0.1)),
    "heavy tails": Priors(intercept=StudentT(1, 0, 10), frequency=StudentT(1, 0, 10)),
    "spiky shapes": Priors(team_correlation=LKJ(0.3), frequency_shape=Dirichlet(0.1)),
    "narrow frequency": Priors(frequency=Normal(0, 1e-6)),
}


@pytest.mark.parametrize("name", list(PRIORS))
def test_the_mode_is_found_under_extreme_priors(name):
    problem = simulated(priors=PRIORS[name])
    target = marginal_posterior(problem)
    mode = posterior_mode(problem, target)
    assert mode.evaluations < 40
    assert np.isfinite(mode.theta).all()
    refuse_unbounded(problem, target, mode)


@pytest.mark.parametrize(
    ("priors", "name"),
    [
        (Priors(intercept=Normal(50, 1)), "'intercept'"),
        (Priors(frequency=Normal(50, 1)), r"'frequency_effect\[talk\]'"),
    ],
)
def test_a_prior_that_contradicts_the_answers_is_named(priors, name):
    problem = simulated(priors=priors)
    with pytest.raises(FitError, match=rf"Normal\(mean=50, sd=1\) of {name} contradicts"):
        posterior_mode(problem, marginal_posterior(problem))


def test_a_few_huge_teams_are_no_contradiction():
    """
    Truth and data of the declared model: slopes of sd 7 give counts up to 6e10.

    Their mean points to an intercept 30 prior sds out, which the team effects explain. The
    curvature is lost to rounding there, so that another engine may try.
    """
    random = np.random.default_rng([206, len("poisson")])
    truth = calibration.draw_truth(random, 1) | {"dispersion": np.full(1, np.inf)}
    counts = calibration.draw_counts(random, truth)[0]
    assert counts.max() > 1e10
    model = CountModel(family=Poisson(), priors=calibration.PRIORS_OF["poisson"])
    design = replace(calibration.DESIGN, outcome=counts)
    problem = CountProblem(model, design, resolve_priors(model.priors, design))
    with pytest.raises(EngineError, match="did not end"):
        posterior_mode(problem, marginal_posterior(problem))


def test_many_teams_need_few_evaluations_of_all(monkeypatch):
    """Some teams first; the whole likelihood a few times only."""
    problem = simulated(n_teams=1200, family=Poisson())
    target = marginal_posterior(problem)
    whole = posterior_mode(problem, target)
    monkeypatch.setattr(mode_search, "_MANY_TEAMS", 500)
    monkeypatch.setattr(mode_search, "_FEW_TEAMS", 300)
    found = posterior_mode(problem, target)
    assert found.evaluations <= whole.evaluations + 2
    apart = found.theta - whole.theta
    assert np.sqrt(apart @ np.linalg.solve(whole.covariance, apart)) < 0.05


def test_the_reported_failures_are_mended():
    """Both sizes at which the search used to spend all its steps at the mode itself."""
    problem = simulated(1000, 12, 4, family=Poisson(), covariates=())
    assert posterior_mode(problem, marginal_posterior(problem)).evaluations <= 8


@pytest.fixture(scope="module")
def silent_level():
    """Nobody at the highest level reported any activity."""
    made = simulate_survey(n_teams=30, team_size=8, seed=2)
    frame = made.frame.copy()
    frame.loc[frame["talk"] == "weekly", "activities"] = 0
    return read_survey(frame, made.codebook)


def unordered(survey, prior):
    from learnclimate.counts.frequency import Unordered

    return problem_of(survey, frequency=Unordered(), priors=Priors(frequency=prior))


def test_an_effect_without_bounds_is_named(silent_level):
    problem = unordered(silent_level, Normal(0, 1e4))
    target = marginal_posterior(problem)
    with pytest.raises(FitError, match=r"next to nothing about 'frequency_curve\[.*weekly"):
        refuse_unbounded(problem, target, posterior_mode(problem, target))
    usual = unordered(silent_level, Normal(0, 1))
    target = marginal_posterior(usual)
    refuse_unbounded(usual, target, posterior_mode(usual, target))


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(("width", "refused"), [(4.0, False), (12.0, True)])
def test_the_unit_of_a_covariate_does_not_change_the_verdict(unit, width, refused):
    """Euros, thousands or millions: the log rate over a standard deviation is what counts."""
    problem = simulated(12, 8)
    design = replace(problem.design, covariates=problem.design.covariates * unit)
    sd = float(design.covariate_sds[0])
    priors = replace(problem.priors, covariates=(Normal(0.0, width / sd), Normal(0.0, 1 / unit)))
    asked = replace(problem, design=design, priors=priors)
    target = marginal_posterior(asked)
    size = target.parameters.size
    # A posterior that is no narrower than the priors.
    mode = Mode(np.zeros(size), np.eye(size), 1)
    if not refused:
        refuse_unbounded(asked, target, mode)
        return
    with pytest.raises(FitError, match=r"covariate_effects\[tenure\].*spreads over 12") as told:
        refuse_unbounded(asked, target, mode)
    assert f"Normal(0, {1 / sd:.2g})" in str(told.value)


def with_covariate(values, n_teams=30):
    """A survey with one covariate, computed from the answers."""
    made = simulate_survey(n_teams=n_teams, team_size=8, seed=2)
    frame = made.frame[["team", "talk", "activities"]].copy()
    frame["new"] = values(frame)
    levels = {"talk": made.codebook.levels_of("talk")}
    codebook = type(made.codebook)(
        outcome="activities", team="team", frequency=("talk",),
        frequency_levels=levels, covariates=("new",),
    )  # fmt: skip
    return read_survey(frame, codebook)


def silent(frame):
    return (frame["activities"] == 0).astype(float)


@pytest.mark.parametrize("family", [Poisson(), NegativeBinomial()])
@pytest.mark.parametrize("effects", [("intercept",), ("intercept", "frequency")])
def test_a_covariate_that_marks_the_silent_is_refused(family, effects):
    """The posterior falls steeply on one side of its mode only, where its curvature is."""
    model = CountModel(
        family=family, team_effects=effects, priors=Priors(covariates=Normal(0, 1e6))
    )
    with pytest.raises(FitError, match=r"'covariate_effects\[new\]'.*on priors alone"):
        fit(model, with_covariate(silent), draws=100, seed=1, progress=False)


@pytest.mark.parametrize("prior", [Normal(0, 1e6), None], ids=["wide", "usual"])
def test_a_covariate_in_large_units_is_not_refused(prior):
    def large(frame):
        return 1e5 * np.random.default_rng(1).normal(3.0, 1.0, len(frame))

    priors = Priors() if prior is None else Priors(covariates=prior)
    problem = problem_of(with_covariate(large), priors=priors)
    target = marginal_posterior(problem)
    refuse_unbounded(problem, target, posterior_mode(problem, target))


def test_a_silent_group_under_the_usual_priors_is_not_refused():
    problem = problem_of(with_covariate(silent))
    target = marginal_posterior(problem)
    refuse_unbounded(problem, target, posterior_mode(problem, target))


def test_the_wider_side_is_what_the_posterior_says():
    """Against the density along the two coordinates that trade off, on a dense grid."""
    problem = problem_of(
        with_covariate(silent), team_effects=(), family=Poisson(),
        priors=Priors(covariates=Normal(0, 1e6)),
    )  # fmt: skip
    target = marginal_posterior(problem)
    mode = posterior_mode(problem, target)
    row = list(target.names).index("covariate_effects[new]")
    found = mode_search._wider_side(target.anchored(mode.theta), mode, row)
    # The other coordinates keep their values, but for the intercept, which is at the
    # covariate's mean: with the log rate of all others held, the posterior is this.
    silent_rows = problem.design.covariates[:, 0] == 1
    share = silent_rows.mean()
    psi = target.parameters.psi(mode.theta[None])[0]
    rest = target.parameters.layout.level_effects
    rate = np.exp(psi[0] - share * psi[1] + psi[rest][problem.design.frequency_level[:, 0]])
    slope = np.linspace(psi[1] - 120, psi[1] + 6, 40_001)
    intercept = psi[0] - share * psi[1] + share * slope
    prior = problem.priors.intercept
    log_density = -rate[silent_rows].sum() * np.exp(slope)
    log_density = log_density - 0.5 * ((intercept - prior.mean) / prior.sd) ** 2
    left = slope < psi[1]
    mass = np.exp(log_density - log_density.max())[left]
    expected = np.sqrt(mass @ (slope[left] - psi[1]) ** 2 / mass.sum())
    assert found == pytest.approx(expected, rel=0.1)
