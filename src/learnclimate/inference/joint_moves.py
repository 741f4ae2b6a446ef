"""Moves of values of factors towards what items and counts say."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.inference.joint_parameters import CountParameters
from learnclimate.inference.joint_values import Noise, ValueSource

FloatArray = npt.NDArray[np.float64]

#: Rounds of moves between two fits of the count model, and parameters tried in each.
_ROUNDS, _TRIES = 8, 2


@dataclass(frozen=True, slots=True)
class Values:
    """
    Values of the factors, and what they were made from.

    Attributes
    ----------
    draw : int
        The draw of the items' parameters.
    noise : tuple of ndarray
        The noise of every unit.
    factors : ndarray of shape (n_respondents, n_factors)
        The values.
    """

    draw: int
    noise: Noise
    factors: FloatArray


def values_from_items(source: ValueSource, rng: np.random.Generator) -> Values:
    """
    Draw values that know of the items alone.

    Parameters
    ----------
    source : ValueSource
        Where they come from.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    Values
        The values.
    """
    draw, noise = int(rng.integers(source.n_draws)), source.noise(rng)
    return Values(draw, noise, source.values(draw, noise))


def moved_values(
    source: ValueSource, values: Values, parameters: CountParameters, rng: np.random.Generator
) -> Values:
    """
    Move values towards what both items and counts say.

    Factors are a function of the items' parameters and of noise. The noise of a unit is drawn
    anew and kept by how likely it makes the unit's counts; the parameters, a draw of their
    posterior given the items, by how likely they make all counts, the noise held; and the count
    model's parameters where they can be. Together these are steps whose target is the posterior
    given items and counts.

    Parameters
    ----------
    source : ValueSource
        Where values come from.
    values : Values
        Where they are now.
    parameters : CountParameters
        The count model's parameters, drawn given the values.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    Values
        Where they move to.
    """
    if not source.is_smooth:
        values = Values(int(rng.integers(source.n_draws)), values.noise, values.factors)
    now = parameters.log_counts(values.factors)
    for _ in range(_ROUNDS):
        noise = source.noise(rng)
        factors = source.values(values.draw, noise)
        then = parameters.log_counts(factors)
        accepted = np.log(rng.random(len(now))) < then - now
        now = np.where(accepted, then, now)
        values = Values(
            values.draw,
            tuple(_where(accepted, *pair) for pair in zip(noise, values.noise, strict=True)),
            np.where(accepted[source.unit][:, None], factors, values.factors),
        )
        for _ in range(_TRIES if source.is_smooth else 0):
            draw = int(rng.integers(source.n_draws))
            factors = source.values(draw, values.noise)
            then = parameters.log_counts(factors)
            if np.log(rng.random()) < (then - now).sum():
                values, now = Values(draw, values.noise, factors), then
        parameters, now = parameters.moved(values.factors, now, rng)
    return values


def _where(
    accepted: npt.NDArray[np.bool_], one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]
) -> npt.NDArray[np.generic]:
    return np.where(accepted.reshape(-1, *[1] * (one.ndim - 1)), one, other)
