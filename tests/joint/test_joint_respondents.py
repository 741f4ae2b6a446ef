"""Moves of respondents' factors with parameters of items and counts: against a dense grid."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from factor_answers import ordinal_answers
from learnclimate.counts.families import Poisson
from learnclimate.counts.model import CountModel
from learnclimate.counts.prior_choice import Priors, resolve_priors
from learnclimate.counts.priors import Exponential, Normal
from learnclimate.inference import joint_respondents
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.factors.scores import parameters_of
from learnclimate.inference.fitting import fit
from learnclimate.inference.joint_coefficients import factor_coefficients
from learnclimate.inference.joint_counts import Counts
from learnclimate.inference.joint_given import given_items
from learnclimate.inference.joint_parameters import CountParameters
from learnclimate.inference.joint_respondents import moved_respondents
from learnclimate.inference.joint_value_source import Values
from learnclimate.inference.joint_values import RespondentValues
from learnclimate.joint.face_values import with_factors
from learnclimate.measurement.factor_model import FactorModel
from measurement_answers import survey_of

COUNTS, SD = np.array([0, 1, 3, 2, 4, 9, 1, 0, 5]), 0.4
SLOPE, LEVEL = Normal(0.1, 0.5), Normal(0.8, 0.5)


@pytest.fixture(scope="module")
def few_draws():
    """A factor model of three items, kept at four draws: two of them are mirror images."""
    rng = np.random.default_rng(3)
    answers = ordinal_answers(rng, 9, np.array([[0.7], [-0.5], [0.6]]))
    survey = survey_of(answers, np.repeat(np.arange(3), 3))
    survey = replace(survey, frame=survey.frame.assign(activities=COUNTS))
    fitted = fit(FactorModel("s", loading_sd=1.0), survey, draws=400, seed=1, progress=False)
    posterior = fitted.draws["posterior"].to_dataset().isel(chain=[0], draw=[0, 39, 65, 79])
    signs = np.array([1.0, -1.0, 1.0, 1.0])[None, :, None, None]
    turned = {name: posterior[name] * signs for name in ("slopes", "loadings")}
    tree = xr.DataTree.from_dict({"posterior": posterior.assign(turned)})
    return replace(fitted, draws=tree), survey


def counted(survey):
    priors = Priors(intercept=LEVEL, covariates=SLOPE, team_sd=Exponential(2))
    model = CountModel(family=Poisson(), team_effects=("intercept",), priors=priors)
    design = model.design(with_factors(survey, ("s",), np.arange(9.0)[:, None]))
    problem = CountProblem(model, design, resolve_priors(priors, design))
    found = factor_coefficients(design, problem.priors, ("s",))
    one = {"intercept": np.array([1.0]), "covariate_effects": np.array([[0.3]]),
           "team_effects": np.zeros((1, 3, 1)), "team_sd": np.array([[SD]])}  # fmt: skip
    return CountParameters(Counts(problem, ("s",), False, False, found), one, None, 0.0)


def behind(fitted, draw, nodes):
    """Density of every respondent's factor on a grid, and the probability of all answers."""
    found, density = parameters_of(fitted, np.array([draw])), []
    for row in fitted.design.categories:
        product = stats.norm.pdf(nodes)
        for item, answer in enumerate(row):
            cuts = np.concatenate([[-np.inf], found.thresholds[0, item], [np.inf]])
            away = found.loadings[0, item, 0] * nodes
            low, high = cuts[answer] - away, cuts[answer + 1] - away
            # Of the tail that is small: differences of numbers near one lose their digits.
            low, high = np.where(low > 0, -high, low), np.where(low > 0, -low, high)
            product = product * (stats.norm.cdf(high) - stats.norm.cdf(low))
        density.append(product)
    density = np.array(density)
    mass = density.sum(axis=1) * (nodes[1] - nodes[0])
    return density / mass[:, None], np.log(mass).sum()


def test_heights_and_their_integral_are_those_of_a_dense_grid(few_draws):
    fitted, _ = few_draws
    nodes = np.linspace(-8, 8, 801)
    for draw in range(4):
        density, log_mass = behind(fitted, draw, nodes)
        given = given_items(fitted, draw)
        constant = 0.5 * np.log(2 * np.pi) * 9
        assert given.log_mass == pytest.approx(log_mass + constant, abs=1e-4)
        at = nodes[[300, 400, 430]]
        told = np.array([given.heights(np.full((9, 1), one)) for one in at]).T
        right = np.log(density[:, [300, 400, 430]])
        np.testing.assert_allclose(told - told[:, :1], right - right[:, :1], atol=1e-8)
        factors = np.random.default_rng(1).standard_normal((9, 1))
        np.testing.assert_allclose(given.factors(given.scores(factors)), factors, atol=1e-12)


def on_a_grid(fitted):
    """Posterior of draw, intercept and slope: factors and teams' effects integrated out."""
    nodes, step = np.linspace(-6, 6, 241), 0.1
    places, slopes = np.arange(-1.5, 3.6, step), np.linspace(-1.8, 1.8, 91)
    inner = np.arange(12, len(places) - 12)
    own = stats.norm.pdf(step * np.arange(-12, 13), 0, SD)
    log = np.empty((4, len(inner), len(slopes)))
    for draw in range(4):
        density, _ = behind(fitted, draw, nodes)
        rate = np.exp(places[:, None, None] + slopes[:, None] * nodes)
        total = np.zeros((len(inner), len(slopes)))
        for team in range(3):
            product = np.ones((len(places), len(slopes)))
            for one in range(3 * team, 3 * team + 3):
                product = product * (stats.poisson.pmf(COUNTS[one], rate) @ density[one])
            total += np.log(sum(w * product[inner + k - 12] for k, w in enumerate(own)))
        log[draw] = total
    log += LEVEL.log_density(places[inner])[:, None] + SLOPE.log_density(slopes)
    weight = np.exp(log - log.max())
    return weight / weight.sum(), places[inner], slopes


@pytest.mark.parametrize(
    ("n_steps", "loose"), [(1500, 2.5), pytest.param(12_000, 1.0, marks=pytest.mark.slow)]
)
def test_moves_have_the_posterior_of_slope_intercept_and_loadings_as_their_target(
    few_draws, monkeypatch, n_steps, loose
):
    """Mirror images among them: the slope is below 0 as often as it should be."""
    fitted, survey = few_draws
    weight, places, slopes = on_a_grid(fitted)
    monkeypatch.setattr(joint_respondents, "_ROUNDS", 1)
    rng, parameters = np.random.default_rng(7), counted(survey)
    values, kept, source = Values(0, (), np.zeros((9, 1))), [], RespondentValues(fitted)
    for _ in range(n_steps):
        values, parameters = moved_respondents(source, values, parameters, rng)
        one = parameters.one
        kept.append((values.draw, one["intercept"][0], one["covariate_effects"][0, 0]))
    draw, intercept, slope = np.array(kept).T
    told = np.bincount(draw.astype(int), minlength=4) / n_steps
    by_draw, by_slope = weight.sum(axis=(1, 2)), weight.sum(axis=(0, 1))
    # Tolerances are about three standard errors of the longer run, by 20 batches.
    np.testing.assert_allclose(told, by_draw, atol=0.05 * loose)
    # Of the items alone each draw would have a quarter.
    assert np.abs(by_draw - 0.25).max() > 0.2
    below = by_slope[slopes < 0].sum()
    assert 0.2 < below < 0.3
    assert np.mean(slope < 0) == pytest.approx(below, abs=0.065 * loose)
    assert slope.mean() == pytest.approx(by_slope @ slopes, abs=0.1 * loose)
    assert (slope**2).mean() == pytest.approx(by_slope @ slopes**2, abs=0.11 * loose)
    assert intercept.mean() == pytest.approx(weight.sum(axis=(0, 2)) @ places, abs=0.09 * loose)
