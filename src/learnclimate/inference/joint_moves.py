"""Moves of values of factors towards what items and counts say."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.joint_parameters import CountParameters
from learnclimate.inference.joint_value_source import Values, ValueSource

FloatArray = npt.NDArray[np.float64]

#: Rounds of moves between two fits of the count model, and parameters tried in each.
_ROUNDS, _TRIES = 8, 3
#: How often a factor is turned round when other parameters are tried.
_TURNED = 0.25


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
) -> tuple[Values, CountParameters]:
    """
    Move values towards what both items and counts say.

    Factors are a function of the items' parameters and of noise. The noise of a unit is drawn
    anew and kept by how likely it makes the unit's counts; the parameters, a draw of their
    posterior given the items, by how likely they make all counts, the noise held; and the count
    model's parameters where they can be, factors now and then turned round with their
    coefficients. Together these are steps whose target is the posterior
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
    values : Values
        Where they move to.
    parameters : CountParameters
        The count model's parameters that go with these.
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
            values, parameters, now = _with_other_parameters(source, values, (parameters, now), rng)
        parameters, now = parameters.moved(values.factors, now, rng)
    return values, parameters


def _with_other_parameters(
    source: ValueSource,
    values: Values,
    counted: tuple[CountParameters, FloatArray],
    rng: np.random.Generator,
) -> tuple[Values, CountParameters, FloatArray]:
    """
    Try another draw of the items' parameters, now and then with a factor turned round.

    Loadings whose signs the items leave open have two mirror images, and so has a factor's
    relation to the counts; no small steps connect them.
    """
    parameters, now = counted
    draw, signs = int(rng.integers(source.n_draws)), np.ones(values.factors.shape[1])
    if rng.random() < _TURNED:
        signs[rng.integers(len(signs))] = -1.0
    noise = source.turned(values.noise, signs)
    factors = source.values(draw, noise)
    there, log_prior = parameters.turned(signs)
    then = there.log_counts(factors)
    if np.log(rng.random()) < (then - now).sum() + log_prior:
        return Values(draw, noise, factors), there, then
    return values, parameters, now


def _where(
    accepted: npt.NDArray[np.bool_], one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]
) -> npt.NDArray[np.generic]:
    return np.where(accepted.reshape(-1, *[1] * (one.ndim - 1)), one, other)
