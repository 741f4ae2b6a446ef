"""How many evaluations of the likelihood a fit may cost, by the size of its data."""

from dataclasses import dataclass

import numpy as np

from learnclimate.inference.marginal.sampling.importance import SCRAMBLES

#: Up to this many rows or cells, every draw that is kept is weighed exactly.
_CHEAP_ROWS = 4_000
#: Rows times evaluations that a round of trial draws may cost.
_ROWS_TIMES_POINTS = 3e7
_FEWEST, _FIRST, _FIRST_OF_CHEAP = 64, 256, 768
#: Draws that a surrogate weighs: where 4,000 picks are weighed exactly so many that few of the
#: picks weigh more than the others.
_LEAST_POOL, _MOST_POOL, _POOL_PER_DRAW, _DEAR_POOL = 4096, 65_536, 4, 16_384
#: Rounds of as many exact draws as are wanted, each guided by all that is known before it.
_TRIALS = 5
_MOST_DEAR_DRAWS = 1024
_DEAR_ROWS, _DEAREST_ROWS = 50_000, 300_000
#: Multiples of exact draws that are weighed where fewer did not do; however few are wanted, of so
#: many, since weights are too few to be judged before they are uneven, and NUTS takes a minute.
_AGAIN = (1, 2, 4)
_FEWEST_AGAIN = 1024


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
        Error of a surrogate (sd) that stands in for the likelihood, and ends the trials.
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
    cheap: bool
    pool: int
    even: float = 0.5
    aim: float = 0.04


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
    rich = cheap and draws >= 512
    first = _whole(max(_FIRST_OF_CHEAP if rich else affordable, 4 * parameters))
    wanted = draws if rows <= _DEAR_ROWS else min(draws, _MOST_DEAR_DRAWS)
    # The more rows, the closer to normal the posterior is: a surrogate is good at once.
    fresh = first // 2 if rows > _DEAREST_ROWS else first
    once = _whole(max(wanted, _FIRST))
    exact = (once, *(_whole(times * max(wanted, _FEWEST_AGAIN)) for times in _AGAIN[1:]))
    pool = int(np.clip(_whole(_POOL_PER_DRAW * draws), _LEAST_POOL, _MOST_POOL))
    return Plan(
        first=first,
        trials=exact[:1] * _TRIALS if cheap else (fresh, first, 2 * first, 2 * first),
        exact=exact,
        checked=min(affordable, 128),
        cheap=cheap,
        pool=pool if cheap else _DEAR_POOL,
    )


def _whole(points: int) -> int:
    """Round up so that every scramble gets whole nets of 16 points."""
    net = 16 * SCRAMBLES
    return net * -(-points // net)
