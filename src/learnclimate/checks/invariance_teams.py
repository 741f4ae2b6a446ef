"""How far each team pulls the item parameters of its group: what makes tests robust to teams."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.checks.factor_moments import Implied, implied_from, standard_nodes
from learnclimate.checks.invariance_layout import GroupItems, Layout
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import ParameterSet, parameters_of
from learnclimate.measurement.factor_design import LOGIT_SCALE

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_TINY = 1e-300
_LEAST_TEAMS = 2
_FURTHEST, _NORMAL_MAD = 5.0, 0.6745


def team_pulls(fit: FactorFit, drawn: ParameterSet) -> FloatArray | None:
    """
    Tell how far each team moves the estimates: its scores, times the posterior covariances.

    The sum of their outer products is the sandwich covariance of the estimates where teams
    are independent and their members need not be.

    Parameters
    ----------
    fit : FactorFit
        A model of ordered answers and one level.
    drawn : ParameterSet
        Its parameters at many draws.

    Returns
    -------
    ndarray of shape (n_teams, n_loadings + n_cuts) or None
        One row a team, multiplied such that few teams make no sum too small. None where
        there are fewer than two teams.

    References
    ----------
    White (1982), doi 10.2307/1912526 (sandwich).
    Asparouhov (2005), doi 10.1207/s15328007sem1203_4 (clusters).
    """
    design = fit.design
    team = design.team[design.answered]
    n_teams = len(np.unique(team))
    if n_teams < _LEAST_TEAMS:
        return None
    implied = implied_from(fit, parameters_of(fit), 0)
    patterns, place = design.patterns()
    of_team = np.zeros((len(design.teams), len(patterns)))
    np.add.at(of_team, (team, place[design.answered]), 1.0)
    scores = of_team @ pattern_scores(implied, patterns)
    there = of_team.sum(axis=1) > 0
    scores[there] -= scores[there].mean(axis=0)
    flat = drawn.thresholds.reshape(len(drawn.thresholds), -1)
    lower = np.tril_indices(design.n_factors, -1)
    draws = np.concatenate(
        [
            drawn.loadings[:, design.loading_item, design.loading_factor],
            flat[:, np.isfinite(flat[0])],
            drawn.correlation[:, lower[0], lower[1]],
        ],
        axis=1,
    )
    pulls = scores @ np.atleast_2d(np.cov(draws, rowvar=False))
    n_values = draws.shape[1] - len(lower[0])
    return np.asarray(pulls[:, :n_values] * np.sqrt(n_teams / (n_teams - 1)))


def pattern_scores(implied: Implied, patterns: IntArray) -> FloatArray:
    """
    Differentiate the log-likelihood of answer patterns, the factors integrated out.

    Parameters
    ----------
    implied : Implied
        The model with its parameters.
    patterns : ndarray of shape (n_patterns, n_items), int
        Answers from 0 up; -1 where left open.

    Returns
    -------
    ndarray of shape (n_patterns, n_loadings + n_cuts + n_correlations)
        By free loadings, thresholds, and correlations (below the diagonal, row by row).
    """
    tables = _tables(implied)
    log_weight = np.tile(tables.log_weight, (len(patterns), 1))
    for item, own in enumerate(tables.log_probability):
        given = patterns[:, item] >= 0
        log_weight[given] += own[patterns[given, item]]
    weight = special.softmax(log_weight, axis=1)
    design = implied.design
    n_loadings = len(design.loading_item)
    scores = np.zeros((len(patterns), n_loadings + len(implied.thresholds)))
    for item in range(len(design.items)):
        cuts = n_loadings + np.flatnonzero(implied.item_of_cut == item)
        loadings = np.flatnonzero(design.loading_item == item)
        for answer in range(len(cuts) + 1):
            rows = np.flatnonzero(patterns[:, item] == answer)
            above, below = tables.edges[item][answer + 1], tables.edges[item][answer]
            share = np.maximum(np.exp(tables.log_probability[item][answer]), _TINY)
            by_loading = (below - above) / share * tables.factors[design.loading_factor[loadings]]
            scores[np.ix_(rows, loadings)] += weight[rows] @ by_loading.T
            if answer < len(cuts):
                scores[rows, cuts[answer]] += weight[rows] @ (above / share)
            if answer > 0:
                scores[rows, cuts[answer - 1]] -= weight[rows] @ (below / share)
    return np.concatenate([scores, _by_correlation(implied, tables.factors, weight)], axis=1)


@dataclass(frozen=True, slots=True)
class _Tables:
    """
    What every answer says of the factors, at the nodes of a grid.

    Attributes
    ----------
    factors : ndarray of shape (n_factors, n_nodes)
        Nodes, correlated.
    log_weight : ndarray of shape (n_nodes,)
        Logs of their weights.
    log_probability : list of ndarray of shape (n_answers, n_nodes)
        Of each item's answers.
    edges : list of ndarray of shape (n_answers + 1, n_nodes)
        Densities at an item's thresholds, 0 at both ends.
    """

    factors: FloatArray
    log_weight: FloatArray
    log_probability: list[FloatArray]
    edges: list[FloatArray]


def _tables(implied: Implied) -> _Tables:
    nodes, weight = standard_nodes(implied.design.n_factors)
    factors = np.linalg.cholesky(implied.correlation) @ nodes.T
    probabilities, edges = [], []
    for item, predictor in enumerate(implied.loadings @ factors):
        away = predictor - implied.thresholds[implied.item_of_cut == item][:, None]
        if implied.logit:
            reach = special.expit(LOGIT_SCALE * away)
            density = LOGIT_SCALE * reach * (1 - reach)
        else:
            reach = special.ndtr(away)
            density = np.exp(-0.5 * away**2) / np.sqrt(2 * np.pi)
        end = np.ones((1, reach.shape[1]))
        share = -np.diff(np.concatenate([end, reach, 0 * end]), axis=0)
        probabilities.append(np.log(np.maximum(share, _TINY)))
        edges.append(np.concatenate([0 * end, density, 0 * end]))
    return _Tables(factors, np.log(weight), probabilities, edges)


def _by_correlation(implied: Implied, factors: FloatArray, weight: FloatArray) -> FloatArray:
    """Half the expected change of a normal log density, twice over: a correlation is two cells."""
    inverse = np.linalg.inv(implied.correlation)
    turned = inverse @ factors
    rows, columns = np.tril_indices(len(factors), -1)
    return np.asarray(weight @ (turned[rows] * turned[columns]).T - inverse[rows, columns])


def of_all_teams(
    items: Sequence[GroupItems], teams: Sequence[tuple[str, ...]], every: Sequence[str]
) -> list[GroupItems]:
    """
    Lay the pulls of each group's teams out over all teams, so that groups can share teams.

    Parameters
    ----------
    items : sequence of GroupItems
        One a group.
    teams : sequence of tuple of str
        The teams that each group's pulls are of.
    every : sequence of str
        All teams of the study.

    Returns
    -------
    list of GroupItems
        The groups; none has pulls where one has none, as where each group is a team.
    """
    if any(group.pulls is None for group in items):
        return [replace(group, pulls=None) for group in items]
    place = {team: at for at, team in enumerate(every)}
    found = []
    for group, own in zip(items, teams, strict=True):
        pulls = np.asarray(group.pulls)
        laid = np.zeros((len(every), pulls.shape[1]))
        laid[[place[team] for team in own]] = pulls
        found.append(replace(group, pulls=laid))
    return found


def n_teams(group: GroupItems, hidden: npt.NDArray[np.bool_] | None = None) -> int:
    """
    Count the teams that a group's answers come from.

    Parameters
    ----------
    group : GroupItems
        The group.
    hidden : ndarray of shape (n_teams,), bool, optional
        Teams that do not count.

    Returns
    -------
    int
        Teams; 0 where they are left aside.
    """
    if group.pulls is None:
        return 0
    there = (group.pulls != 0).any(axis=1)
    return int((there if hidden is None or not len(hidden) else there & ~hidden).sum())


@dataclass(frozen=True, slots=True)
class Drawn:
    """
    Draws of one group's parameters.

    Attributes
    ----------
    loadings : ndarray of shape (n_draws, n_loadings)
        Loadings.
    thresholds : ndarray of shape (n_draws, n_cuts)
        Thresholds.
    """

    loadings: FloatArray
    thresholds: FloatArray

    def widened(self, reach: FloatArray) -> "Drawn":
        """Move every draw away from the mean, each by its own factor, (n_draws,)."""
        return Drawn(widened(self.loadings, reach), widened(self.thresholds, reach))


def widened(draws: FloatArray, reach: FloatArray) -> FloatArray:
    """
    Move draws away from their mean.

    Parameters
    ----------
    draws : ndarray of shape (n_draws, ...)
        Draws.
    reach : ndarray of shape (n_draws,)
        A factor each.

    Returns
    -------
    ndarray of shape (n_draws, ...)
        The draws, moved.
    """
    mean = draws.mean(axis=0)
    return np.asarray(mean + reach.reshape(-1, *[1] * (draws.ndim - 1)) * (draws - mean))


def tamed(draws: FloatArray) -> FloatArray:
    """
    Draw in what lies far beyond all other draws, as where all loadings happen to be near 0.

    Parameters
    ----------
    draws : ndarray of shape (n_draws, ...)
        Draws.

    Returns
    -------
    ndarray of shape (n_draws, ...)
        None further from the median than five robust standard deviations.
    """
    middle = np.median(draws, axis=0)
    reach = _FURTHEST * np.median(np.abs(draws - middle), axis=0) / _NORMAL_MAD
    return np.clip(draws, middle - reach, middle + reach)


def drawn_by_teams(
    items: Sequence[GroupItems], layout: Layout, n_draws: int, seed: int
) -> tuple[list[Drawn], FloatArray]:
    """
    Draw the groups' parameters as uncertain as teams that are alike make them.

    Parameters
    ----------
    items : sequence of GroupItems
        The groups, with pulls of teams or without.
    layout : Layout
        Which threshold is of which item.
    n_draws : int
        How many.
    seed : int
        Seed.

    Returns
    -------
    draws : list of Drawn
        Of each group: about the posterior means, with the sandwich covariance. Without pulls,
        the posterior's own. A threshold beyond which nobody answered keeps its distance from
        the next one that somebody passed.
    reach : ndarray of shape (n_draws,)
        By how much what is made of a draw is to be moved away from its mean, so that normal
        draws become those of Student's t with a degree of freedom less than the fewest teams.
    """
    rng = np.random.default_rng([seed, 17])
    every = [np.linspace(0, len(own.loadings) - 1, n_draws).astype(int) for own in items]
    posterior = [
        Drawn(own.loadings[which], own.thresholds[which])
        for own, which in zip(items, every, strict=True)
    ]
    pulls = [own.pulls for own in items if own.pulls is not None]
    if len(pulls) < len(items):
        return posterior, np.ones(n_draws)
    noise = rng.standard_normal((n_draws, len(pulls[0])))
    found = []
    for group, pull, own in zip(items, pulls, posterior, strict=True):
        away = noise @ pull
        n_loadings = own.loadings.shape[1]
        cuts = group.thresholds.mean(axis=0) + away[:, n_loadings:]
        # Of what nobody passed, teams say nothing: the posterior's distances are all there is.
        near = _nearest_known(group.known, layout.item_of_cut)
        beyond = cuts[:, near] + own.thresholds - own.thresholds[:, near]
        found.append(
            Drawn(
                group.loadings.mean(axis=0) + away[:, :n_loadings],
                np.where(group.known, cuts, beyond),
            )
        )
    df = max(min(n_teams(group) for group in items) - 1, 1)
    return found, np.sqrt(df / rng.chisquare(df, n_draws))


def _nearest_known(known: BoolArray, item_of_cut: IntArray) -> IntArray:
    """Name, for each threshold, the nearest of its item that somebody passed, (n_cuts,)."""
    place = np.arange(len(known))
    apart = np.abs(place[:, None] - place).astype(float)
    apart[(item_of_cut[:, None] != item_of_cut) | ~known[None, :]] = np.inf
    return np.asarray(apart.argmin(axis=1))
