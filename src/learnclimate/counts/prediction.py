"""From posterior draws to log rates and counts, in numpy."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from learnclimate.core.labels import INTERCEPT
from learnclimate.counts.coding import DesignCoding
from learnclimate.counts.frequency import curve_from_shape, equal_steps_curve
from learnclimate.counts.slope_shifts import ShiftedPeople

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def level_slices(coding: DesignCoding) -> tuple[slice, ...]:
    """
    Tell where each frequency's levels lie in the flattened dim ``frequency_level``.

    Parameters
    ----------
    coding : DesignCoding
        How the design was coded.

    Returns
    -------
    tuple of slice
        One a frequency.

    Examples
    --------
    >>> from learnclimate.counts.model import CountModel
    >>> from learnclimate.survey.example import load_example
    >>> level_slices(CountModel().design(load_example()).coding)
    (slice(0, 5, None),)
    """
    ends = np.cumsum([0, *(len(frequency.levels) for frequency in coding.frequencies)])
    return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))


def slope_curves(coding: DesignCoding, shape: FloatArray | None, n_draws: int) -> FloatArray:
    """
    Give the curves from 0 to 1 that multiply the teams' slopes.

    Parameters
    ----------
    coding : DesignCoding
        How the design was coded.
    shape : ndarray of shape (n_draws, n_frequencies, n_steps) or None
        Draws of ``frequency_shape``; None where no frequency is monotone.
    n_draws : int
        Number of draws.

    Returns
    -------
    ndarray of shape (n_draws, n_levels)
        Flattened over the frequencies.
    """
    curves = []
    for position, frequency in enumerate(coding.frequencies):
        n_levels = len(frequency.levels)
        if frequency.kind == "monotonic" and shape is not None:
            curves.append(curve_from_shape(shape[:, position, : frequency.n_steps]))
        else:
            curves.append(np.broadcast_to(equal_steps_curve(n_levels), (n_draws, n_levels)))
    return np.concatenate(curves, axis=1) if curves else np.empty((n_draws, 0))


def team_multipliers(coding: DesignCoding, curves: FloatArray, levels: IntArray) -> FloatArray:
    """
    Give what multiplies each team effect, for people at given levels.

    Parameters
    ----------
    coding : DesignCoding
        How the design was coded.
    curves : ndarray of shape (n_draws, n_levels)
        As `slope_curves` gives them.
    levels : ndarray of shape (n_people, n_frequencies), int
        Level indices.

    Returns
    -------
    ndarray of shape (n_draws, n_people, n_varying_effects)
        By ``coding.varying_effects``: 1 for the intercept, the curve at the person's level
        for a slope.
    """
    multipliers = np.ones((len(curves), len(levels), len(coding.varying_effects)))
    where = dict(zip(coding.frequency_names, level_slices(coding), strict=True))
    for column, name in enumerate(coding.varying_effects):
        if name != INTERCEPT:
            position = coding.frequency_names.index(name)
            multipliers[:, :, column] = curves[:, where[name]][:, levels[:, position]]
    return multipliers


def slope_shift_part(
    coding: DesignCoding, effects: FloatArray, curves: FloatArray, people: ShiftedPeople
) -> FloatArray:
    """
    Add up what the shifts of slopes add to people's log rates.

    Parameters
    ----------
    coding : DesignCoding
        How the design was coded.
    effects : ndarray of shape (n_draws, n_slope_shifts)
        Draws of ``slope_shifts``.
    curves : ndarray of shape (n_draws, n_levels)
        As `slope_curves` gives them.
    people : ShiftedPeople
        The people.

    Returns
    -------
    ndarray of shape (n_draws, n_people)
        Zeros where nothing is shifted.
    """
    found = np.zeros((len(effects), len(people.levels)))
    where = dict(zip(coding.frequency_names, level_slices(coding), strict=True))
    place = {name: position for position, name in enumerate(coding.frequency_names)}
    for column, shift in enumerate(coding.slope_shifts):
        levels = people.levels[:, place[shift.frequency]]
        part = effects[:, [column]] * curves[:, where[shift.frequency]][:, levels]
        if shift.centre is None:
            part *= curves[:, where[shift.by]][:, people.levels[:, place[shift.by]]]
        else:
            value = people.covariates[:, coding.covariate_labels.index(shift.by)]
            part *= value - shift.centre
        found += part
    return found


def draw_counts(
    rng: np.random.Generator, expected: FloatArray, dispersion: FloatArray | None
) -> IntArray:
    """
    Draw counts about their expectation.

    Parameters
    ----------
    rng : numpy.random.Generator
        Random numbers.
    expected : ndarray of shape (n_draws, ...)
        Expected counts.
    dispersion : ndarray of shape (n_draws,) or None
        α of a negative binomial; None for Poisson counts.

    Returns
    -------
    ndarray of the shape of `expected`, int
        Counts.

    Examples
    --------
    >>> draw_counts(np.random.default_rng(1), np.array([[2.0, 50.0]]), None).shape
    (1, 2)
    """
    if dispersion is not None:
        alpha = dispersion.reshape(-1, *([1] * (expected.ndim - 1)))
        expected = expected * rng.standard_gamma(np.broadcast_to(alpha, expected.shape)) / alpha
    # numpy's Poisson refuses means near the end of int64; nobody learns that often.
    return np.asarray(rng.poisson(np.minimum(expected, 1e15)), dtype=np.int64)


def flattened(posterior: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """
    Put the chains behind one another.

    Parameters
    ----------
    posterior : mapping of str to ndarray of shape (n_chains, n_draws, ...)
        Draws.

    Returns
    -------
    dict of str to ndarray of shape (n_chains * n_draws, ...)
        The same draws.

    Examples
    --------
    >>> flattened({"dispersion": np.ones((4, 1000))})["dispersion"].shape
    (4000,)
    """
    # By number, not -1: a file in which no team may be shown holds draws of no team.
    return {
        name: np.reshape(values, (np.shape(values)[0] * np.shape(values)[1], *np.shape(values)[2:]))
        for name, values in posterior.items()
    }
