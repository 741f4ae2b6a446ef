"""How many evaluations of the likelihood a fit may cost, by the size of its data."""

from dataclasses import dataclass

import numpy as np

from learnclimate.inference.marginal.importance import SCRAMBLES

#: Up to this many rows or cells, every draw that is kept is weighed exactly.
_CHEAP_ROWS = 4_000
#: Rows times evaluations that a round of trial draws may cost.
_ROWS_TIMES_POINTS = 3e7
_FEWEST, _FIRST, _FIRST_OF_CHEAP = 64, 256, 512
#: Draws that a surrogate weighs; where the exact weights of 4,000 picks are cheap, four times as
#: many, so that few of the picks weigh more than the others.
LEAST_POOL, _MOST_POOL = 16_384, 65_536
_POOL_PER_DRAW = 16
_MOST_DEAR_DRAWS = 1024
_DEAR_ROWS = 50_000
#: Multiples of exact draws that are weighed where fewer did not do.
_AGAIN = (1, 2, 4)
#: Error of a surrogate (sd) that guides well, and that may stand in for the likelihood.
_GUIDE, _CLOSE = 0.7, 0.03


@dataclass(frozen=True, slots=True)
class Plan:
    """
    How many points to evaluate.

    Attributes
    ----------
    first : int
        Points from which the first surrogate is learned.
    trials : tuple of int
        Fresh points of each further round that judges a surrogate.
    exact : tuple of int
        Draws to weigh exactly, where that is cheap, or where the trials failed.
    checked : int
        Draws at which the quadrature is checked.
    aim : float
        Error of the surrogate (sd) that ends the trials early.
    cheap : bool
        Whether every draw that is kept is weighed exactly, guided by the surrogate only.
    pool : int
        Draws that the surrogate weighs.
    even : float
        Relative effective sample size of exact weights at which a surrogate guides well.
    """

    first: int
    trials: tuple[int, ...]
    exact: tuple[int, ...]
    checked: int
    aim: float
    cheap: bool
    pool: int = LEAST_POOL
    even: float = 0.5


def plan_for(rows: int, parameters: int, draws: int) -> Plan:
    """
    Plan the evaluations of a fit.

    Parameters
    ----------
    rows : int
        Rows or cells of the data.
    parameters : int
        Outer parameters.
    draws : int
        Posterior draws wanted.

    Returns
    -------
    Plan
        The plan; it depends on the arguments alone, not on the speed of the machine.

    Examples
    --------
    >>> plan_for(720, 11, 4000).cheap
    True
    """
    affordable = int(np.clip(_ROWS_TIMES_POINTS / rows, _FEWEST, _FIRST))
    cheap = rows <= _CHEAP_ROWS
    rich = cheap and draws >= _FIRST_OF_CHEAP
    first = _whole(max(_FIRST_OF_CHEAP if rich else affordable, 4 * parameters))
    most = _MOST_POOL if cheap else LEAST_POOL
    wanted = draws if rows <= _DEAR_ROWS else min(draws, _MOST_DEAR_DRAWS)
    return Plan(
        first=first,
        trials=(first, first, 2 * first, 2 * first),
        exact=tuple(_whole(times * max(wanted, _FIRST)) for times in _AGAIN),
        checked=min(affordable, 128),
        aim=_GUIDE if cheap else _CLOSE,
        cheap=cheap,
        pool=int(np.clip(_whole(_POOL_PER_DRAW * draws), LEAST_POOL, most)),
    )


def _whole(points: int) -> int:
    """Round up so that every scramble gets whole nets of 16 points."""
    net = 16 * SCRAMBLES
    return net * -(-points // net)
