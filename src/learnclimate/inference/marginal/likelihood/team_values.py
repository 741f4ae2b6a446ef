"""The log marginal likelihood team by team, for leaving teams or respondents out."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.design import CountDesign
from learnclimate.counts.model import CountModel
from learnclimate.inference.marginal.kernels.team_data import one_team
from learnclimate.inference.marginal.likelihood.constants import count_constants, rising_factorials
from learnclimate.inference.marginal.likelihood.family_preparation import needs_rows, prepare_family
from learnclimate.inference.marginal.likelihood.likelihood import TeamLikelihood, prepare
from learnclimate.inference.marginal.likelihood.sharding import by_itself, in_threads

FloatArray = npt.NDArray[np.float64]


def team_values(model: CountModel, design: CountDesign, psi: FloatArray, nodes: int) -> FloatArray:
    """
    Log marginal likelihood of every team at many points, with all constants.

    Parameters
    ----------
    model : CountModel
        The declaration; it has team effects.
    design : CountDesign
        The data; every team has a row.
    psi : ndarray of shape (S, m)
        Points, finite.
    nodes : int
        Quadrature nodes a dimension.

    Returns
    -------
    ndarray of shape (n_teams, S)
        Their sum over the teams is the value of the `TeamLikelihood`.
    """
    if needs_rows(model, design):
        return prepare_family(model, design).anchor(psi.mean(axis=0)).team_values(psi, nodes)
    likelihood = prepare(model, design, compress=False).anchor(psi.mean(axis=0))
    found = np.empty((design.n_teams, len(psi)))

    def run(team: int) -> None:
        with by_itself():
            found[team] = _alone(likelihood, team).evaluate(psi, nodes)

    in_threads(run, range(design.n_teams))
    return found + _constants(likelihood, psi)


def _alone(likelihood: TeamLikelihood, team: int) -> TeamLikelihood:
    data = one_team(likelihood.compressed.data, team)
    compressed = replace(likelihood.compressed, data=data)
    modes = likelihood.team_modes[team : team + 1]
    return replace(likelihood, compressed=compressed, team_modes=modes)


def _constants(likelihood: TeamLikelihood, psi: FloatArray) -> FloatArray:
    """Give what the kernels leave out, by team: it depends on counts and dispersion alone."""
    design, layout = likelihood.design, likelihood.layout
    order = np.argsort(design.team, kind="stable")
    edges = np.searchsorted(design.team[order], np.arange(design.n_teams + 1))
    found = np.empty((design.n_teams, len(psi)))
    parts = [
        count_constants(design.of_rows(order[edges[team] : edges[team + 1]]))
        for team in range(design.n_teams)
    ]
    found[:] = -np.array([part.log_factorials for part in parts])[:, None]
    if not layout.has_dispersion:
        return found
    log_dispersion = psi[:, layout.log_dispersion][:, 0]
    top = max(len(part.above) for part in parts)
    above = np.array([np.pad(part.above, (0, top - len(part.above))) for part in parts])
    for count in range(top):
        found += above[:, count, None] * np.log1p(count * np.exp(-log_dispersion))
    for team, part in enumerate(parts):
        if len(part.large):
            rest = replace(part, above=np.empty(0))
            found[team] += rising_factorials(rest, log_dispersion)[0]
    return found
