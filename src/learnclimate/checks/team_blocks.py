"""The draws of a fit for some teams at a time, so that memory is bounded whatever their number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.checks.respondents import lacks_teams, spread_evenly
from learnclimate.core import labels
from learnclimate.counts.design import CountDesign
from learnclimate.counts.team_totals import TeamSetting, team_setting
from learnclimate.inference.fit_record import Fit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Elements of the draws of team effects held at once: 64 MiB of floats.
_MOST = 8_000_000


@dataclass(frozen=True, slots=True)
class TeamBlock:
    """
    Some teams, with all their respondents and the draws that tell of them.

    Attributes
    ----------
    design : CountDesign
        These teams alone, numbered anew.
    rows : ndarray of shape (n_chosen,), int
        Where its rows stand in the whole design.
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables, the chains behind one another; those of teams for these alone.
    setting : TeamSetting
        Where these teams stand among all.
    """

    design: CountDesign
    rows: IntArray
    draws: Mapping[str, FloatArray]
    setting: TeamSetting


def whole_block(design: CountDesign, draws: Mapping[str, FloatArray]) -> TeamBlock:
    """
    Take all teams at once.

    Parameters
    ----------
    design : CountDesign
        The respondents.
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Posterior variables.

    Returns
    -------
    TeamBlock
        The one block.
    """
    return TeamBlock(design, np.arange(design.n_rows), draws, team_setting(design))


def team_blocks(fit: Fit, n_draws: int, design: CountDesign) -> Iterator[TeamBlock]:
    """
    Go through the teams of a fit, some at a time, at the same draws.

    Parameters
    ----------
    fit : Fit
        The fit.
    n_draws : int
        How many draws, spread evenly over all chains; fewer where the fit has fewer.
    design : CountDesign
        Its respondents.

    Yields
    ------
    TeamBlock
        All teams in one block where they are few. Where the fit keeps moments of the teams'
        effects, or a file of it lacks small teams, effects are drawn anew, block by block.
    """
    picked = spread_evenly(fit, n_draws)
    posterior = fit.draws["posterior"]
    of_teams = [
        str(name) for name, variable in posterior.data_vars.items() if labels.TEAM in variable.dims
    ]
    place = np.unravel_index(picked, posterior["intercept"].shape)
    shared: dict[str, FloatArray] = {
        str(name): np.asarray(variable.to_numpy()[place], dtype=float)
        for name, variable in posterior.data_vars.items()
        if name not in of_teams
    }
    anew = lacks_teams(fit, design)
    setting, whole = team_setting(design), replace(fit, design=design)
    for teams in _in_turn(design.n_teams, len(picked) * max(1, len(design.coding.varying_effects))):
        if anew:
            own = {labels.TEAM_EFFECTS: _drawn_anew(whole, picked, teams)}
        else:
            where = (place[0][:, None], place[1][:, None], teams)
            own = {name: posterior[name].to_numpy()[where] for name in of_teams}
        rows = np.flatnonzero(np.isin(design.team, teams))
        yield TeamBlock(design.of_teams(teams), rows, shared | own, _of_teams(setting, teams))


def _in_turn(n_teams: int, elements: int) -> list[IntArray]:
    """Cut the teams into sets of as many as fit in memory."""
    size = max(1, _MOST // elements)
    return [np.arange(at, min(at + size, n_teams)) for at in range(0, n_teams, size)]


def _drawn_anew(fit: Fit, picked: IntArray, teams: IntArray) -> FloatArray:
    from learnclimate.inference.redrawing import redrawn_team_effects

    whole = len(teams) == fit.provenance.n_teams
    return redrawn_team_effects(fit, picked, teams=None if whole else teams)


def _of_teams(setting: TeamSetting, teams: IntArray) -> TeamSetting:
    department = setting.department
    return TeamSetting(
        department=department[teams] if len(department) else department,
        moderators=setting.moderators[teams],
        composition=setting.composition[teams],
    )
