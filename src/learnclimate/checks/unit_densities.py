"""How likely a factor model makes the answers of each respondent, or team, at draws of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.checks.continuous_fit import normal_respondents
from learnclimate.checks.densities_by_nodes import ByNodes, respondents_by_nodes, teams_by_nodes
from learnclimate.checks.densities_two_level import normal_teams
from learnclimate.checks.factor_predictive import patterns_by_grid
from learnclimate.checks.leave_out import Unit
from learnclimate.inference.factors.fit_record import FactorFit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: A grid over all factors has nodes enough up to so many.
_MOST_ON_A_GRID = 3


@dataclass(frozen=True, slots=True)
class UnitDensities:
    """
    Log densities of the answers, all factors integrated out.

    Attributes
    ----------
    logs : ndarray of shape (n_rows, n_draws)
        Of each unit, or of each pattern of answers.
    row : ndarray of shape (n_units,), int
        Row of each unit.
    halves : ndarray of shape (2, n_rows, n_draws) or None
        The same by two independent sets of nodes; None where integrals are exact.
    """

    logs: FloatArray
    row: IntArray
    halves: FloatArray | None = None


def unit_densities(
    fit: FactorFit, chosen: IntArray, units: tuple[Unit, ...], *, seed: int
) -> dict[Unit, UnitDensities]:
    """
    Compute how likely the answers of each respondent, or of each team, are.

    A respondent of a model of two levels is taken given the answers of the others in the team,
    as these remain where one is left out. Teams of a model of one level are strangers put
    together.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    chosen : ndarray of shape (n_draws,), int
        At which draws.
    units : tuple of {"respondent", "team"}
        Of which units.
    seed : int
        Seed of the nodes, where factors are integrated out over such.

    Returns
    -------
    dict of {"respondent", "team"} to UnitDensities
        Respondents who answered an item at least, in the order of the survey's rows; teams
        that have one.
    """
    found = _two_levels(fit, chosen, seed) if fit.model.levels == "team" else {}
    if not found:
        found = {"respondent": _one_level(fit, chosen, seed)}
        if "team" in units:
            found["team"] = _teams_of_strangers(found["respondent"], fit)
    return {unit: found[unit] for unit in units}


def _two_levels(fit: FactorFit, chosen: IntArray, seed: int) -> dict[Unit, UnitDensities]:
    if fit.model.link == "identity":
        teams, members = (_alone(logs) for logs in normal_teams(fit, chosen))
    else:
        teams, members = (_of_nodes(one) for one in teams_by_nodes(fit, chosen, seed))
    return {"respondent": members, "team": teams}


def _one_level(fit: FactorFit, chosen: IntArray, seed: int) -> UnitDensities:
    if fit.model.link == "identity":
        return _alone(normal_respondents(fit, chosen))
    if fit.design.n_factors > _MOST_ON_A_GRID:
        return _of_nodes(respondents_by_nodes(fit, chosen, seed))
    row = fit.design.patterns()[1][fit.design.answered]
    return UnitDensities(patterns_by_grid(fit, chosen), row)


def _alone(logs: FloatArray) -> UnitDensities:
    return UnitDensities(logs, np.arange(len(logs)))


def _of_nodes(found: ByNodes) -> UnitDensities:
    return UnitDensities(found.logs, np.arange(len(found.logs)), found.halves)


def _teams_of_strangers(members: UnitDensities, fit: FactorFit) -> UnitDensities:
    team = np.unique(fit.design.team[fit.design.answered], return_inverse=True)[1].ravel()

    def summed(logs: FloatArray) -> FloatArray:
        return np.stack([np.bincount(team, one[members.row]) for one in logs.T], axis=1)

    own, halves = summed(members.logs), members.halves
    both = None if halves is None else np.stack([summed(half) for half in halves])
    return UnitDensities(own, np.arange(len(own)), both)
