"""Agreement far below 0, told so that it does not tell how many few left something open."""

from dataclasses import replace

import numpy as np

from learnclimate.disclosure.rounding import to_step, unit_above
from learnclimate.measurement.discretion import Discretion
from learnclimate.measurement.rows import Row


def told_coarsely(row: Row, discretion: Discretion) -> Row:
    """
    Round figures far below 0 of a team in which few left something open.

    There a small change of the variance is a large one of rwg(j), by its square: told to the same
    decimals, it would tell the variance so finely that the number of answers follows. What is
    then no figure any more is missing, as beyond the pole of the formula.

    Parameters
    ----------
    row : Row
        A row of `agreement`.
    discretion : Discretion
        What may be told of who answered.

    Returns
    -------
    Row
        The same where it is not of such a team.

    Examples
    --------
    >>> few = Discretion(asked=100, digits=1, group_digits={"north": 1})
    >>> row = Row(estimand="rwg_j", scale="s", team="north", figures={"mean": -12.34})
    >>> dict(told_coarsely(row, few).figures)
    {'mean': -20.0}
    """
    if str(row.team) not in discretion.group_digits:
        return row
    decimals = discretion.decimals(str(row.team))
    digits = 2 if decimals is None else decimals

    def told(value: float) -> float:
        if not np.isfinite(value) or abs(value) <= 1:
            return value
        step = unit_above(value**2 * 10.0**-digits)
        rounded = to_step(value, step)
        return rounded if abs(rounded) > abs(value) / 2 else np.nan

    least = min((one for one in row.figures.values() if np.isfinite(one)), default=0.0)
    if least >= -1:
        return row
    return replace(row, figures={name: told(value) for name, value in row.figures.items()})
