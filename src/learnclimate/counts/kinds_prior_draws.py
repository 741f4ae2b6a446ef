"""Draws from the priors of a model of several kinds, in numpy."""

import numpy as np
import numpy.typing as npt

from learnclimate.counts.frequency import curve_from_shape
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.counts.kinds_priors import KindsPriors
from learnclimate.counts.prior_choice import ScalarPrior
from learnclimate.counts.prior_draws import correlation_factors, positive_draws
from learnclimate.counts.priors import LKJ, Dirichlet, Exponential, Normal

FloatArray = npt.NDArray[np.float64]


def kinds_prior_draws(
    design: KindsDesign, priors: KindsPriors, n_draws: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """
    Draw the posterior variables of a model of several kinds from their priors.

    Parameters
    ----------
    design : KindsDesign
        Tells the coordinates, teams and means of the covariates; its counts are not read.
    priors : KindsPriors
        A prior for every parameter, as `resolve_kinds_priors` gives them.
    n_draws : int
        Number of draws.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    dict of str to ndarray of shape (n_draws, ...)
        What counts are drawn from: the variables by kind, those of teams and respondents.

    Examples
    --------
    >>> import learnclimate as lc
    >>> survey = lc.simulate_survey(n_teams=8, truth=lc.KindsTruth(), seed=1)
    >>> design, priors = lc.KindsModel().design(survey), lc.KindsModel().priors_for(survey)
    >>> kinds_prior_draws(design, priors, 10, np.random.default_rng(1))["team_effects"].shape
    (10, 8, 3, 2)
    """
    coding, n_kinds = design.people.coding, design.n_kinds
    n_frequencies = len(coding.frequencies)
    size = (n_draws, n_kinds)
    at_means = _by_kind(priors.intercept, priors.intercept_sd, (*size, 1), rng)[:, :, 0]
    drawn = {"intercept": at_means}
    if coding.covariates:
        scale, means = design.people.covariate_sds, design.people.covariate_means
        wide = (*size, len(scale))
        effects = _by_kind(priors.covariates, priors.covariates_sd, wide, rng) / scale
        drawn = {"intercept": at_means - effects @ means, "covariate_effects": effects}
    slopes = _by_kind(priors.frequency, priors.frequency_sd, (*size, n_frequencies), rng)
    drawn["frequency_effect"] = slopes
    most = max(one.n_steps for one in coding.frequencies)
    shapes, curves = np.zeros((*size, n_frequencies, most)), []
    for position, frequency in enumerate(coding.frequencies):
        n_steps = frequency.n_steps
        steps = np.full((*size, n_steps), 1 / n_steps)
        if frequency.kind == "monotonic" and n_steps > 1:
            steps = _steps(priors, (*size, n_steps), rng)
        shapes[:, :, position, :n_steps] = steps
        curve = curve_from_shape(steps.reshape(-1, n_steps)).reshape(*size, n_steps + 1)
        curves.append(curve * slopes[:, :, [position]])
    drawn |= {"frequency_shape": shapes, "frequency_curve": np.concatenate(curves, axis=2)}
    return drawn | _teams(design, priors, n_draws, rng) | _respondents(priors, size, rng)


def _by_kind(
    prior: Normal | None,
    spread: ScalarPrior | None,
    size: tuple[int, int, int],
    rng: np.random.Generator,
) -> FloatArray:
    n_draws, n_kinds, n_columns = size
    prior = prior or Normal(0.0, 1.0)
    if spread is None:
        return prior.sample(rng, size)
    common = prior.sample(rng, (n_draws, 1, n_columns))
    sd = positive_draws(spread, n_draws * n_columns, rng).reshape(n_draws, 1, n_columns)
    return np.asarray(common + sd * rng.standard_normal((n_draws, n_kinds, n_columns)))


def _steps(priors: KindsPriors, size: tuple[int, int, int], rng: np.random.Generator) -> FloatArray:
    n_draws, n_kinds, n_steps = size
    prior = priors.frequency_shape or Dirichlet(1.0)
    if priors.frequency_shape_sd is None:
        return prior.sample(rng, n_steps, n_draws * n_kinds).reshape(size)
    common = prior.sample(rng, n_steps, n_draws)[:, None]
    sd = positive_draws(priors.frequency_shape_sd, n_draws, rng)[:, None, None]
    weights = np.log(common) + sd * rng.standard_normal(size)
    weights = np.exp(weights - weights.max(axis=2, keepdims=True))
    return np.asarray(weights / weights.sum(axis=2, keepdims=True))


def _teams(
    design: KindsDesign, priors: KindsPriors, n_draws: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    effects, n_teams = design.people.coding.team_effects, design.people.n_teams
    if not effects:
        return {}
    shape = (n_draws, design.n_kinds, len(effects))
    sd = positive_draws(priors.team_sd or Exponential(2.0), int(np.prod(shape)), rng).reshape(shape)
    eta = (priors.team_correlation or LKJ(2.0)).eta
    factor = correlation_factors(shape[1] * shape[2], eta, n_draws, rng)
    standard = rng.standard_normal((n_draws, n_teams, factor.shape[1]))
    shaped = (standard @ factor.transpose(0, 2, 1)).reshape(n_draws, n_teams, *shape[1:])
    return {
        "team_sd": sd,
        "team_correlation": factor @ factor.transpose(0, 2, 1),
        "team_effects": shaped * sd[:, None],
    }


def _respondents(
    priors: KindsPriors, size: tuple[int, int], rng: np.random.Generator
) -> dict[str, FloatArray]:
    n_draws, n_kinds = size
    prior = priors.respondent_sd or Exponential(1.0)
    eta = (priors.respondent_correlation or LKJ(2.0)).eta
    factor = correlation_factors(n_kinds, eta, n_draws, rng)
    return {
        "respondent_sd": positive_draws(prior, n_draws * n_kinds, rng).reshape(size),
        "respondent_correlation": factor @ factor.transpose(0, 2, 1),
    }
