"""Truths of a factor model drawn from its priors, answers under them, and how likely these are."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.counts.prior_draws import correlation_factors
from learnclimate.inference.factors.scores import ParameterSet, parameter_set
from learnclimate.inference.factors.variables import factor_signs, padded
from learnclimate.measurement.factor_design import LOGIT_SCALE, FactorDesign
from learnclimate.measurement.factor_model import FactorDeclaration

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Draws = Mapping[str, FloatArray]

#: Values of the factors over which the probability of answers is averaged.
_POINTS = 64
_SMALLEST = 1e-300


def factor_truth(
    model: FactorDeclaration, design: FactorDesign, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """
    Draw the variables of a factor model once from its priors.

    Parameters
    ----------
    model : FactorModel or GradedResponse
        The declaration.
    design : FactorDesign
        Items and teams; the answers are not read.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    dict of str to ndarray of shape (1, ...)
        Variables of the posterior, each factor turned the way most of its items point.
    """
    n_items, n_factors = len(design.items), design.n_factors
    raw = np.zeros((1, n_items, n_factors))
    own = design.loading_sd * rng.standard_normal(len(design.loading_item))
    raw[:, design.loading_item, design.loading_factor] = own
    draw = partial(correlation_factors, n_factors, model.correlation_concentration, 1, rng)
    correlation = _product(draw())
    spread, found = np.ones((1, n_factors)), {}
    if model.levels == "team":
        sd = model.team_sd * np.abs(rng.standard_normal((1, n_factors)))
        root = draw()
        spread = np.sqrt(1 + sd**2)
        team = (rng.standard_normal((1, len(design.teams), n_factors)) @ root[0].T) * sd[0]
        found = {"team_factor_sd": sd, "team_factors": team}
        found |= {"team_factor_correlation": _product(root), "factor_icc": sd**2 / (1 + sd**2)}
    unit = LOGIT_SCALE if model.link == "logit" else 1.0
    found |= {"slopes": raw * unit, "factor_correlation": correlation}
    if model.link != "identity":
        found["thresholds"] = _thresholds(design, rng)
    scale = parameter_set(found.__getitem__, model).scale
    found["loadings"] = raw * spread[:, None, :] / scale[:, :, None]
    if model.link == "identity":
        length = (design.n_categories - 1).astype(float)
        middle = design.minimum + length / 2
        found["item_means"] = (middle + length * rng.standard_normal(n_items))[None]
        found["residual_sd"] = length * np.abs(rng.standard_normal(n_items)) / scale
    return _turned(found, factor_signs(found["loadings"], design))


def _product(root: FloatArray) -> FloatArray:
    return np.asarray(root @ root.transpose(0, 2, 1))


def _thresholds(design: FactorDesign, rng: np.random.Generator) -> FloatArray:
    """Thresholds of shares that are uniform over all that sum to 1, as (1, n_items, most cuts)."""
    parts = [np.cumsum(rng.dirichlet(np.ones(n)))[:-1] for n in design.n_categories]
    below = np.clip(np.concatenate(parts), _SMALLEST, 1 - 1e-16)
    return padded(special.ndtri(below)[None], design.n_categories)


def _turned(found: Draws, signs: FloatArray) -> dict[str, FloatArray]:
    """Turn factors round by their signs, (1, n_factors)."""
    both = signs[:, :, None] * signs[:, None, :]
    by_factor = {"loadings", "slopes", "team_factors"}
    by_pair = {"factor_correlation", "team_factor_correlation"}
    turned = {name: found[name] * signs[:, None, :] for name in by_factor & set(found)}
    return {**found, **turned} | {name: found[name] * both for name in by_pair & set(found)}


def factors_under(
    truth: Draws, model: FactorDeclaration, design: FactorDesign, rng: np.random.Generator
) -> FloatArray:
    """
    Draw the respondents' factors.

    Parameters
    ----------
    truth : mapping of str to ndarray of shape (1, ...)
        Variables of the posterior.
    model : FactorModel or GradedResponse
        The declaration.
    design : FactorDesign
        Respondents and teams.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_respondents, n_factors)
        In standard deviations within teams; those of the team included.
    """
    root = np.linalg.cholesky(parameter_set(truth.__getitem__, model).correlation[0])
    own = rng.standard_normal((len(design.team), design.n_factors)) @ root.T
    return np.asarray(own + _team_part(truth, 0, model, design))


def answers_under(
    truth: Draws,
    factors: FloatArray,
    model: FactorDeclaration,
    design: FactorDesign,
    rng: np.random.Generator,
) -> FactorDesign:
    """
    Draw an answer to every item that was answered.

    Parameters
    ----------
    truth : mapping of str to ndarray of shape (1, ...)
        Variables of the posterior.
    factors : ndarray of shape (n_respondents, n_factors)
        The respondents' factors.
    model : FactorModel or GradedResponse
        The declaration.
    design : FactorDesign
        Tells who answered what.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    FactorDesign
        With the answers drawn.
    """
    found = parameter_set(truth.__getitem__, model)
    size = (len(factors), len(design.items))
    noise = rng.logistic(size=size) / LOGIT_SCALE
    if model.link != "logit":
        noise = rng.standard_normal(size)
    behind = factors @ found.loadings[0].T + noise
    given = design.categories >= 0
    if model.link == "identity":
        numbers = truth["item_means"][0] + truth["residual_sd"][0] * behind
        return replace(design, measured=np.where(given, numbers, np.nan))
    above = behind[:, :, None] > found.thresholds[0]
    categories = np.where(given, above.sum(axis=2), -1)
    return replace(design, categories=categories, open_beside=None)


def log_probability(draws: Draws, model: FactorDeclaration, design: FactorDesign) -> FloatArray:
    """
    Log probability of all answers, the respondents' own factors averaged out over fixed points.

    The average is rough, yet the same function of parameters and answers for the truth and for
    every draw, which is all that ranks need.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Variables of the posterior.
    model : FactorModel or GradedResponse
        The declaration.
    design : FactorDesign
        The answers.

    Returns
    -------
    ndarray of shape (n_draws,)
        Log probabilities.
    """
    from scipy.stats import qmc

    points = qmc.MultivariateNormalQMC(np.zeros(design.n_factors), rng=0).random(_POINTS)
    found = parameter_set(draws.__getitem__, model)
    roots = np.linalg.cholesky(found.correlation)
    logs = np.empty(len(roots))
    for one, root in enumerate(roots):
        team = _team_part(draws, one, model, design)
        factors = team[:, None] + points @ root.T
        behind = factors @ found.loadings[one].T
        if model.link == "identity":
            density = _log_normal(draws, one, behind, design)
        else:
            density = _log_ordered(found, one, behind, model, design)
        logs[one] = np.logaddexp.reduce(density, axis=1).sum()
    return logs


def _team_part(
    draws: Draws, one: int, model: FactorDeclaration, design: FactorDesign
) -> FloatArray:
    if model.levels != "team":
        return np.zeros((len(design.team), design.n_factors))
    return np.asarray(draws["team_factors"][one][design.team])


def _log_normal(draws: Draws, one: int, behind: FloatArray, design: FactorDesign) -> FloatArray:
    sd = draws["residual_sd"][one]
    standard = (design.numbers - draws["item_means"][one]) / sd
    density = -0.5 * (standard[:, None] - behind) ** 2 - np.log(sd)
    return np.asarray(np.nansum(density, axis=2))


def _log_ordered(
    found: ParameterSet,
    one: int,
    behind: FloatArray,
    model: FactorDeclaration,
    design: FactorDesign,
) -> FloatArray:
    """Log probability of each respondent's answers at each point, (n_respondents, n_points)."""
    reach = special.expit if model.link == "logit" else special.ndtr
    unit = LOGIT_SCALE if model.link == "logit" else 1.0
    total = np.zeros(behind.shape[:2])
    for item, n in enumerate(design.n_categories):
        cuts = found.thresholds[one, item, : n - 1]
        edges = np.concatenate([[-np.inf], cuts, [np.inf]])
        answer = design.categories[:, item]
        given = answer >= 0
        low, high = edges[answer], edges[answer + 1]
        away = behind[:, :, item]
        between = reach(unit * (high[:, None] - away)) - reach(unit * (low[:, None] - away))
        total += np.where(given[:, None], np.log(np.maximum(between, _SMALLEST)), 0.0)
    return total
