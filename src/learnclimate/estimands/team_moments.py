"""Team effects and ranks from the moments that a fit keeps for very many teams."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from learnclimate.core import labels
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.team_summary import (
    moments_of,
    probability_above,
    quantiles,
    simulated,
)

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
RankArray = npt.NDArray[np.int32]

_CHAINS = 4
_MOST_DRAWS = 1000
_FEWEST_DRAWS = 100
#: Ranks kept at once: 256 MiB of 32-bit numbers.
_MOST_RANKS = 2**26

INTERVALS_NOTE = (
    "This fit keeps moments of the teams' effects instead of draws: intervals and probabilities "
    "are those of the shifted gamma distribution with the same mean, sd and skewness."
)


def effect_figures(
    fit: Fit, effect: str, shown: BoolArray, interval: float
) -> tuple[dict[str, FloatArray], xr.Dataset]:
    """
    Summarise one effect of the teams shown.

    Parameters
    ----------
    fit : Fit
        A fit that keeps moments.
    effect : str
        Name of the effect.
    shown : ndarray of shape (n_teams,), bool
        Which teams.
    interval : float
        Probability of the equal-tailed interval.

    Returns
    -------
    figures : dict of str to ndarray of shape (n_shown,)
        ``mean, sd, median, lower, upper``, and ``probability`` of lying above 0.
    moments : xarray.Dataset
        ``team_effect_mean``, ``team_effect_sd`` and ``team_effect_skewness`` by ``team``.
    """
    mean, sd, skewness = moments_of(fit.draws, effect, shown)
    tail = (1 - interval) / 2
    figures = {"mean": mean, "sd": sd, "probability": probability_above(mean, sd, skewness)}
    for name, p in (("median", 0.5), ("lower", tail), ("upper", 1 - tail)):
        figures[name] = quantiles(mean, sd, skewness, p)
    kept = {"mean": mean, "sd": sd, "skewness": skewness}
    teams = fit.draws["constant_data"][labels.TEAM].to_numpy()[shown].astype(str)
    variables = {f"team_effect_{name}": (labels.TEAM, values) for name, values in kept.items()}
    return figures, xr.Dataset(variables, coords={labels.TEAM: teams})


def simulated_ranks(fit: Fit, effect: str, shown: BoolArray) -> RankArray:
    """
    Rank the teams shown in draws that are simulated from their moments.

    Given the other parameters the teams are independent; what those parameters share out
    moves all teams alike, and with very many teams hardly at all. The draws of the teams
    are therefore made independently of each other.

    Parameters
    ----------
    fit : Fit
        A fit that keeps moments.
    effect : str
        Name of the effect.
    shown : ndarray of shape (n_teams,), bool
        Which teams.

    Returns
    -------
    ndarray of shape (4, n_draws, n_shown), int32
        Ranks, 1 for the highest; as many draws as keep memory below 256 MiB, in all
        100 to 1000.
    """
    moments = moments_of(fit.draws, effect, shown)
    n_teams = len(moments[0])
    total = int(np.clip(_MOST_RANKS // max(n_teams, 1), _FEWEST_DRAWS, _MOST_DRAWS))
    n_draws = total // _CHAINS
    rng = np.random.default_rng([fit.provenance.seed, 3])
    ranks = np.empty((_CHAINS * n_draws, n_teams), dtype=np.int32)
    places = np.arange(1, n_teams + 1, dtype=np.int32)
    for row in ranks:
        row[np.argsort(-simulated(*moments, rng))] = places
    return ranks.reshape(_CHAINS, n_draws, n_teams)


def ranks_note(n_draws: int) -> str:
    """
    Say how ranks were reached, and how sure their probabilities are.

    Parameters
    ----------
    n_draws : int
        Draws that were simulated.

    Returns
    -------
    str
        A sentence.
    """
    return (
        "This fit keeps moments of the teams' effects instead of draws: teams were ranked in "
        f"{n_draws} draws simulated from them, so that a probability has a Monte Carlo error of "
        f"at most {0.5 / np.sqrt(n_draws):.3f}."
    )


def ranks_dataset(ranks: RankArray, teams: list[str]) -> xr.Dataset:
    """
    Name the dims of simulated ranks.

    Parameters
    ----------
    ranks : ndarray of shape (4, n_draws, n_shown), int32
        Ranks.
    teams : list of str
        Labels of the teams.

    Returns
    -------
    xarray.Dataset
        With ``team_rank``.
    """
    index = {labels.CHAIN: np.arange(len(ranks)), labels.DRAW: np.arange(ranks.shape[1])}
    dims = (labels.CHAIN, labels.DRAW, labels.TEAM)
    return xr.Dataset(
        {"team_rank": (dims, ranks)}, coords=index | {labels.TEAM: np.array(teams, dtype=str)}
    )
