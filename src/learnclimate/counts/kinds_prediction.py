"""From draws of a model of several kinds to log rates and counts of single people, in numpy."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.prediction import draw_counts, level_slices, slope_curves

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Persons:
    """
    One person a draw.

    Attributes
    ----------
    log_exposure : ndarray of shape (n_draws,)
        Log exposure.
    covariates : ndarray of shape (n_draws, n_covariate_labels)
        On their own scale.
    levels : ndarray of shape (n_draws, n_frequencies), int
        Levels of the frequencies.
    team_effects : ndarray of shape (n_draws, n_kinds, n_team_effects)
        Effects of the person's team.
    """

    log_exposure: FloatArray
    covariates: FloatArray
    levels: IntArray
    team_effects: FloatArray


def predicted_kinds(
    draws: Mapping[str, FloatArray],
    coding: DesignCoding,
    persons: Persons,
    position: int | None,
    rng: np.random.Generator,
) -> IntArray:
    """
    Draw the counts of each draw's own person, had they answered each level.

    The person's own effects on the kinds are drawn once, and go together as the draw says.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, n_kinds, ...)
        Draws, chains behind one another.
    coding : DesignCoding
        How answers were coded.
    persons : Persons
        One a draw.
    position : int or None
        The frequency asked about; None for the levels that the persons have.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_levels, n_kinds), int
        Counts; a single level where `position` is None.
    """
    own = respondent_effects(draws, rng)
    slices = level_slices(coding)
    n_levels = 1 if position is None else slices[position].stop - slices[position].start
    counts = []
    for level in range(n_levels):
        levels = persons.levels
        if position is not None:
            levels = levels.copy()
            levels[:, position] = level
        log_rate = own + log_rates(draws, coding, replace(persons, levels=levels))
        counts.append(draw_counts(rng, np.exp(log_rate), None))
    return np.stack(counts, axis=1)


def log_rates(
    draws: Mapping[str, FloatArray], coding: DesignCoding, persons: Persons
) -> FloatArray:
    """
    Give the log rates of each draw's own person, their own effects left aside.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, n_kinds, ...)
        Draws, chains behind one another.
    coding : DesignCoding
        How answers were coded.
    persons : Persons
        One a draw.

    Returns
    -------
    ndarray of shape (n_draws, n_kinds)
        Log rates.
    """
    fixed = draws["intercept"] + persons.log_exposure[:, None]
    if coding.covariates:
        fixed = fixed + np.einsum("skc,sc->sk", draws["covariate_effects"], persons.covariates)
    return fixed + _at_levels(draws, coding, persons.team_effects, persons.levels)


def respondent_effects(draws: Mapping[str, FloatArray], rng: np.random.Generator) -> FloatArray:
    """
    Draw the effects of a respondent on all kinds, one respondent a draw.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        With ``respondent_sd`` and ``respondent_correlation``.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_kinds)
        On the log rate.
    """
    sd, correlation = draws["respondent_sd"], draws["respondent_correlation"]
    return np.asarray(sd * _correlated(correlation, rng))


def new_team_effects(draws: Mapping[str, FloatArray], rng: np.random.Generator) -> FloatArray:
    """
    Draw the effects of a new team on all kinds, one team a draw.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        With ``team_sd`` and ``team_correlation``, if anything varies over teams.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    ndarray of shape (n_draws, n_kinds, n_team_effects)
        On the log rate; no effects where nothing varies over teams.
    """
    if "team_sd" not in draws:
        return np.zeros((*draws["intercept"].shape, 0))
    sd = draws["team_sd"]
    return np.asarray(sd * _correlated(draws["team_correlation"], rng).reshape(sd.shape))


def _correlated(correlation: FloatArray, rng: np.random.Generator) -> FloatArray:
    standard = rng.standard_normal(correlation.shape[:2])
    # Eigenvalues, not a Cholesky factor: a correlation may round to 1.
    values, vectors = np.linalg.eigh(correlation)
    spread = np.sqrt(np.clip(values, 0, None)) * standard
    return np.asarray(np.einsum("sef,sf->se", vectors, spread))


def _at_levels(
    draws: Mapping[str, FloatArray], coding: DesignCoding, effects: FloatArray, levels: IntArray
) -> FloatArray:
    """Add up what levels and team add to the log rates, (n_draws, n_kinds)."""
    rows, found = np.arange(len(levels)), np.zeros(draws["intercept"].shape)
    slices = level_slices(coding)
    for column, where in enumerate(slices):
        found += draws["frequency_curve"][:, :, where][rows, :, levels[:, column]]
    for place, name in enumerate(coding.team_effects):
        if name == INTERCEPT:
            found += effects[:, :, place]
            continue
        column = coding.frequency_names.index(name)
        for kind in range(found.shape[1]):
            shape = draws.get("frequency_shape")
            own = None if shape is None else shape[:, kind]
            curve = slope_curves(coding, own, len(rows))[:, slices[column]]
            found[:, kind] += effects[:, kind, place] * curve[rows, levels[:, column]]
    return found
