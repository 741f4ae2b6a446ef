"""Moves of values of factors towards what items and counts say."""

import numpy as np
import numpy.typing as npt

from learnclimate.inference.joint_parameters import CountParameters
from learnclimate.inference.joint_value_source import Values, ValueSource
from learnclimate.inference.joint_values import KeptTeamValues

#: Rounds of moves between two fits of the count model: after eight, teams far off were still there.
_ROUNDS = 24


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


def moved_kept_teams(
    source: KeptTeamValues, values: Values, parameters: CountParameters, rng: np.random.Generator
) -> tuple[Values, CountParameters]:
    """
    Move teams' factors, kept with draws of the items' parameters, towards what counts say.

    A draw of the items' parameters is taken as the items have it, whatever the counts. Values of
    a team are then proposed from draws alike and kept by how likely they make the team's counts;
    the count model's parameters move where they can.

    Parameters
    ----------
    source : KeptTeamValues
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
    draw, kept, at = int(rng.integers(source.n_draws)), values.noise, values.factors
    now = parameters.log_counts(at)
    for _ in range(_ROUNDS):
        noise = source.noise(rng)
        factors = source.values(draw, noise)
        then = parameters.log_counts(factors)
        accepted = np.log(rng.random(len(now))) < then - now
        now = np.where(accepted, then, now)
        kept = tuple(_where(accepted, *pair) for pair in zip(noise, kept, strict=True))
        at = np.where(accepted[source.unit][:, None], factors, at)
        parameters, now = parameters.moved(at, now, rng)
    return Values(draw, kept, at), parameters


def _where(
    accepted: npt.NDArray[np.bool_], one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]
) -> npt.NDArray[np.generic]:
    return np.where(accepted.reshape(-1, *[1] * (one.ndim - 1)), one, other)
