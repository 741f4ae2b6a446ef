"""How well a respondent or a team is predicted by a posterior that did not see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from learnclimate.checks.densities import (
    answered_levels,
    log_density_of_rows,
    unknown_log_density,
)
from learnclimate.core.errors import FitError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.prediction import flattened
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.inference.engine import CountProblem, SamplingOptions
from learnclimate.inference.fit_record import Fit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Draws = Mapping[str, FloatArray]

_REFIT_DRAWS = 2000
#: Elements of the largest temporary array: 16 MiB of floats.
_BLOCK = 2_000_000
_FEWEST_NODES = 9
#: Nodes a dimension where there are three team effects.
_NODES_OF_THREE = 7


@dataclass(frozen=True, slots=True)
class Part:
    """
    What is left out: some rows of one team.

    Attributes
    ----------
    rows : ndarray of int
        The rows that are left out.
    rest : ndarray of int
        The other rows of their team.
    team : int
        The team.
    is_team : bool
        Whether the whole team is left out, those of its members too whose level is unknown.
    """

    rows: IntArray
    rest: IntArray
    team: int
    is_team: bool = False


def teams_as_parts(design: CountDesign) -> list[Part]:
    """
    List the teams, each as a whole.

    Parameters
    ----------
    design : CountDesign
        The respondents.

    Returns
    -------
    list of Part
        In the order of the teams.
    """
    nobody = np.empty(0, dtype=np.int64)
    of_team = enumerate(_rows_by_team(design))
    return [Part(rows, nobody, team, is_team=True) for team, rows in of_team]


def respondents_as_parts(design: CountDesign, rows: IntArray) -> list[Part]:
    """
    List some respondents, each with the others of their team.

    Parameters
    ----------
    design : CountDesign
        The respondents, one a row.
    rows : ndarray of int
        Which.

    Returns
    -------
    list of Part
        In that order.
    """
    members = _rows_by_team(design)
    teams = design.team[rows]
    return [
        Part(np.array([row]), members[team][members[team] != row], int(team))
        for row, team in zip(rows, teams, strict=True)
    ]


def integration_obstacle(fit: Fit, design: CountDesign) -> str | None:
    """
    Say why the teams' effects of a fit cannot be integrated out.

    Parameters
    ----------
    fit : Fit
        The fit.
    design : CountDesign
        Its respondents.

    Returns
    -------
    str or None
        The reason in words; None where they can be.
    """
    from learnclimate.inference.marginal.engine import MarginalEngine

    return MarginalEngine().obstacle(_problem(fit, design))


def part_densities(
    fit: Fit, design: CountDesign, parts: Sequence[Part], draws: Draws
) -> FloatArray:
    """
    Compute the log density of each part given the rest of its team, team effects integrated out.

    Parameters
    ----------
    fit : Fit
        The fit; tells model and quadrature.
    design : CountDesign
        The respondents.
    parts : sequence of Part
        The parts.
    draws : mapping of str to ndarray of shape (S, ...)
        Posterior variables; team effects are not read.

    Returns
    -------
    ndarray of shape (n_parts, S)
        ``log p(part | rest of the team, population parameters)``.
    """
    whole = [(np.concatenate([part.rows, part.rest]), part.team) for part in parts]
    found = _group_values(fit, design, whole, draws)
    open_teams = set() if design.unknown is None else set(design.unknown.team.tolist())
    with_rest = [
        place
        for place, part in enumerate(parts)
        if not part.is_team and (len(part.rest) or part.team in open_teams)
    ]
    if with_rest:
        rests = [(parts[place].rest, parts[place].team) for place in with_rest]
        found[with_rest] -= _group_values(fit, design, rests, draws)
    return found


def marginal_log_likelihood(fit: Fit, design: CountDesign, draws: Draws) -> FloatArray:
    """
    Compute the log likelihood of all answers, team effects integrated out where they can be.

    Parameters
    ----------
    fit : Fit
        The fit; tells model and quadrature.
    design : CountDesign
        The respondents.
    draws : mapping of str to ndarray of shape (S, ...)
        Posterior variables.

    Returns
    -------
    ndarray of shape (S,)
        Up to a constant; given the team effects where these cannot be integrated out.
    """
    if design.coding.team_effects and integration_obstacle(fit, design) is None:
        from learnclimate.inference.marginal.likelihood.family_preparation import needs_rows
        from learnclimate.inference.marginal.likelihood.likelihood import prepare
        from learnclimate.inference.marginal.likelihood.team_values import team_values
        from learnclimate.inference.marginal.parameters.layout import structural_layout
        from learnclimate.inference.marginal.parameters.step_columns import with_step_draws
        from learnclimate.inference.structural_draws import structural_draws

        design, draws = with_step_draws(_problem(fit, design), draws)
        psi = structural_draws(draws, design, structural_layout(fit.model, design))
        if needs_rows(fit.model, design):
            found = np.asarray(team_values(fit.model, design, psi, _nodes(fit)).sum(axis=0))
            return found + answered_levels(draws, design)
        return prepare(fit.model, design).anchor(psi.mean(axis=0)).value(psi, _nodes(fit))
    total = unknown_log_density(draws, design, fit.model.family)
    size = max(1, _BLOCK // len(total))
    for first in range(0, design.n_rows, size):
        rows = np.arange(first, min(first + size, design.n_rows))
        density = log_density_of_rows(draws, design, fit.model.family, rows)
        total += density @ design.multiplicity[rows]
    return total


def refitted_draws(
    fit: Fit, design: CountDesign, part: Part, *, seed: int, by_nuts: bool = True
) -> Draws:
    """
    Fit the model again without a part, by the marginal engine.

    Parameters
    ----------
    fit : Fit
        The fit; tells model and priors.
    design : CountDesign
        The respondents.
    part : Part
        What is left out.
    seed : int
        Seed.
    by_nuts : bool, default True
        Whether NUTS is tried where importance sampling does not reach the posterior.

    Returns
    -------
    mapping of str to ndarray of shape (2000, ...)
        Posterior variables.

    Raises
    ------
    FitError
        If nothing can be fitted, or the certificate does not pass.
    """
    from learnclimate.inference.marginal.engine import MarginalEngine

    kept = np.ones(design.n_rows, dtype=bool)
    kept[part.rows] = False
    smaller = design.of_rows(np.flatnonzero(kept))
    present = np.bincount(smaller.team, minlength=design.n_teams)
    if design.unknown is not None:
        present += np.bincount(design.unknown.team, minlength=design.n_teams)
        present[part.team] *= not part.is_team
    smaller = smaller.of_teams(np.flatnonzero(present))
    options = SamplingOptions(draws=_REFIT_DRAWS, seed=seed, progress=False)
    drawn = MarginalEngine(by_nuts=by_nuts).run(_problem(fit, smaller), options)
    if not drawn.certificate.passed:
        raise FitError("The certificate of the refit did not pass, so it cannot be relied on.")
    return flattened(drawn.posterior)


def log_mean_density(log_density: FloatArray) -> FloatArray:
    """
    Average densities over the draws.

    Parameters
    ----------
    log_density : ndarray of shape (n_parts, S)
        Log densities.

    Returns
    -------
    ndarray of shape (n_parts,)
        Log of the mean density.

    Examples
    --------
    >>> log_mean_density(np.full((1, 4), -3.0)).tolist()
    [-3.0]
    """
    peak = log_density.max(axis=1)
    return np.asarray(np.log(np.exp(log_density - peak[:, None]).mean(axis=1)) + peak)


def _problem(fit: Fit, design: CountDesign) -> CountProblem:
    return CountProblem(fit.model, design, resolve_priors(fit.priors, design))


def _rows_by_team(design: CountDesign) -> list[IntArray]:
    order = np.argsort(design.team, kind="stable")
    edges = np.searchsorted(design.team[order], np.arange(1, design.n_teams))
    return np.split(order, edges)


def _group_values(
    fit: Fit, design: CountDesign, groups: Sequence[tuple[IntArray, int]], draws: Draws
) -> FloatArray:
    """
    Log density of groups of rows, each as if it were a team by itself.

    To a group belong those of its team whose level is unknown.
    """
    if not design.coding.team_effects:
        of = partial(log_density_of_rows, draws, design, fit.model.family)
        return np.array([of(rows).sum(axis=1) for rows, _ in groups])
    from learnclimate.inference.marginal.likelihood.team_values import team_values
    from learnclimate.inference.marginal.parameters.layout import structural_layout
    from learnclimate.inference.marginal.parameters.step_columns import with_step_draws
    from learnclimate.inference.structural_draws import structural_draws

    design, draws = with_step_draws(_problem(fit, design), draws)
    gathered = _gathered(design, [rows for rows, _ in groups])
    unknown = design.unknown
    if unknown is not None:
        theirs = [np.flatnonzero(unknown.team == team) for _, team in groups]
        gathered = replace(gathered, unknown=_gathered(unknown, theirs))
    psi = structural_draws(draws, gathered, structural_layout(fit.model, gathered))
    return team_values(fit.model, gathered, psi, _nodes(fit))


def _gathered(design: CountDesign, groups: Sequence[IntArray]) -> CountDesign:
    """Let each group of rows be a team."""
    return replace(
        design.of_rows(np.concatenate(groups)),
        team=np.repeat(np.arange(len(groups)), [len(rows) for rows in groups]),
        teams=np.array([f"group {number}" for number in range(len(groups))], dtype=object),
        departments=None,
    )


def _nodes(fit: Fit) -> int:
    used = int(fit.draws["sample_stats"].attrs.get("nodes", 0))
    least = _NODES_OF_THREE if len(fit.coding.team_effects) > 2 else _FEWEST_NODES
    return max(used, least)
