"""Draws of respondents' factors, made anew from a fit's draws of the parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.measurement.factor_design import LOGIT_SCALE
from learnclimate.measurement.factor_model import FactorDeclaration

if TYPE_CHECKING:
    from learnclimate.inference.factors.kernels_scores import Measure

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ScoreNoise = tuple[FloatArray, FloatArray, FloatArray]

#: Metropolis steps from independent proposals, of which nearly all are accepted.
_STEPS = 6
_DF = 7.0


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """
    The parameters of a fitted factor model at some of its draws.

    Attributes
    ----------
    loadings : ndarray of shape (n, n_items, n_factors)
        In residual standard deviations, on the scale of a probit.
    thresholds : ndarray of shape (n, n_items, most cuts)
        In residual standard deviations; not a number beyond an item's last.
    correlation : ndarray of shape (n, n_factors, n_factors)
        Of the factors, within teams.
    between : ndarray of shape (n, n_factors, n_factors)
        Covariances of the factors over teams; 0 for one level.
    scale : ndarray of shape (n, n_items)
        Standard deviation of what lies behind the answers, in residual ones.
    """

    loadings: FloatArray
    thresholds: FloatArray
    correlation: FloatArray
    between: FloatArray
    scale: FloatArray


def parameters_of(fit: FactorFit, draws: IntArray | None = None) -> ParameterSet:
    """
    Read the parameters at some draws.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    draws : ndarray of shape (n,), int, optional
        Which draws, counted through the chains; the posterior mean alone where left out.

    Returns
    -------
    ParameterSet
        Parameters.
    """
    posterior = fit.draws["posterior"]

    def taken(name: str) -> FloatArray:
        values = posterior[name].to_numpy()
        flat = values.reshape(-1, *values.shape[2:])
        return np.asarray(flat.mean(axis=0, keepdims=True) if draws is None else flat[draws])

    return parameter_set(taken, fit.model)


def parameter_set(taken: Callable[[str], FloatArray], model: FactorDeclaration) -> ParameterSet:
    """
    Turn variables of the posterior into the parameters that answers are drawn from.

    Parameters
    ----------
    taken : callable
        Gives a variable by name, (n, ...).
    model : FactorModel or GradedResponse
        The declaration.

    Returns
    -------
    ParameterSet
        Parameters.
    """
    unit = LOGIT_SCALE if model.link == "logit" else 1.0
    loadings = taken("slopes") / unit
    n, _, n_factors = loadings.shape
    correlation = np.broadcast_to(np.eye(n_factors), (n, n_factors, n_factors))
    if n_factors > 1:
        correlation = taken("factor_correlation")
    between = np.zeros((n, n_factors, n_factors))
    if model.levels == "team":
        sd = taken("team_factor_sd")
        between = sd[:, :, None] * sd[:, None, :]
        if n_factors > 1:
            between = between * taken("team_factor_correlation")
    square = np.einsum("sja,sab,sjb->sj", loadings, correlation + between, loadings)
    scale = np.sqrt(1 + square)
    thresholds = np.zeros((n, loadings.shape[1], 1))
    if model.link != "identity":
        thresholds = taken("thresholds") * scale[:, :, None]
    return ParameterSet(loadings, thresholds, correlation, between, scale)


def score_draws(fit: FactorFit, draws: IntArray, *, seed: int) -> FloatArray:
    """
    Draw every respondent's factors at some of a fit's draws.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    draws : ndarray of shape (n,), int
        Which draws, counted through the chains.
    seed : int
        Seed.

    Returns
    -------
    ndarray of shape (n, n_respondents, n_factors)
        In standard deviations within teams; those of the team included. Who answered
        nothing has the draws of anyone in the team.
    """
    scores = np.empty((len(draws), len(fit.design.categories), fit.design.n_factors))
    rng = np.random.default_rng([fit.private_seed(seed), 11])
    for place, draw in enumerate(draws):
        scores[place] = scores_under(fit, int(draw), score_noise(fit, rng))
    return scores


def score_noise(fit: FactorFit, rng: np.random.Generator) -> ScoreNoise:
    """
    Draw the random numbers from which factors are made.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    tuple of ndarray
        Normal numbers (n_respondents, n_steps, n_factors), scales of a Student's t
        (n_respondents, n_steps) and uniform numbers (n_respondents, n_steps).
    """
    n_respondents, n_factors = len(fit.design.categories), fit.design.n_factors
    return (
        rng.standard_normal((n_respondents, _STEPS, n_factors)),
        np.sqrt(_DF / rng.chisquare(_DF, (n_respondents, _STEPS))),
        rng.random((n_respondents, _STEPS)),
    )


def scores_under(fit: FactorFit, draw: int, noise: ScoreNoise) -> FloatArray:
    """
    Make every respondent's factors from random numbers, under one draw of the parameters.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    draw : int
        Which draw, counted through the chains.
    noise : tuple of ndarray
        See `score_noise`. The same noise under a draw close by gives factors close by.

    Returns
    -------
    ndarray of shape (n_respondents, n_factors)
        In standard deviations within teams; those of the team included.
    """
    from learnclimate.inference.factors.kernels_scores import draw_scores

    scores = np.empty((len(fit.design.categories), fit.design.n_factors))
    draw_scores(*answers_and_measure(fit, draw), noise, scores)
    return scores


def answers_and_measure(fit: FactorFit, draw: int) -> tuple[FloatArray, FloatArray, "Measure"]:
    """
    Bring together what every respondent's factors depend on, under one draw of the parameters.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    draw : int
        Which draw, counted through the chains.

    Returns
    -------
    values : ndarray of shape (n_respondents, n_items)
        Answers, not a number where left open.
    mean : ndarray of shape (n_respondents, n_factors)
        Prior means of the factors: those of the team.
    measure : Measure
        What the items tell.
    """
    from learnclimate.inference.factors.kernels_scores import Measure

    found = parameters_of(fit, np.array([draw]))
    continuous = fit.model.link == "identity"
    n_items = len(fit.design.items)
    n_cuts = np.zeros(n_items, dtype=np.int64) if continuous else fit.design.n_categories - 1
    measure = Measure(
        np.ascontiguousarray(found.loadings[0]),
        np.ascontiguousarray(found.thresholds[0]),
        n_cuts,
        fit.model.link == "logit",
        np.linalg.inv(found.correlation[0]),
    )
    return _values(fit, draw), _team_means(fit, draw), measure


def _values(fit: FactorFit, draw: int) -> FloatArray:
    if fit.model.link == "identity":
        mean, sd = (_at(fit, name, draw) for name in ("item_means", "residual_sd"))
        return np.asarray((fit.design.numbers - mean) / sd)
    given = fit.design.categories
    return np.where(given >= 0, given.astype(float), np.nan)


def _team_means(fit: FactorFit, draw: int) -> FloatArray:
    design = fit.design
    if fit.model.levels != "team":
        return np.zeros((len(design.categories), design.n_factors))
    return np.ascontiguousarray(_at(fit, "team_factors", draw)[design.team])


def _at(fit: FactorFit, name: str, draw: int) -> FloatArray:
    values = fit.draws["posterior"][name].to_numpy()
    return np.asarray(values.reshape(-1, *values.shape[2:])[draw])
