"""Respondents' factors given their answers, their teams and further variables."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg, stats

from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.inference.factors.scores import (
    answers_and_measure,
    parameters_of,
    score_noise,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Sweeps before the first set of values, and between sets, each of which starts where the last
#: one ended, under parameters close by.
_FIRST, _BETWEEN = 60, 12
#: Prior precision of coefficients of standardised columns: next to nothing.
_RIDGE = 1e-4
#: Half-Student-t priors of the standard deviations over teams: degrees of freedom and scale.
_DF, _SCALE = 2.0, 1.0


@dataclass(slots=True)
class Regression:
    """
    The latent regression: factors = columns @ slopes + team + rest.

    Attributes
    ----------
    slopes : ndarray of shape (n_columns, n_factors)
        Coefficients.
    teams : ndarray of shape (n_teams, n_factors)
        Intercepts of the teams.
    rest, between : ndarray of shape (n_factors, n_factors)
        Covariances of what is left within teams, and over teams.
    """

    slopes: FloatArray
    teams: FloatArray
    rest: FloatArray
    between: FloatArray


@dataclass(frozen=True, slots=True)
class Members:
    """
    Who answered: their columns and teams.

    Attributes
    ----------
    columns : ndarray of shape (n_answered, n_columns)
        Columns of the regression.
    team : ndarray of shape (n_answered,), int
        Teams.
    sizes : ndarray of shape (n_teams,)
        How many answered.
    sums : ndarray of shape (n_teams, n_columns)
        Sums of the columns over each team.
    square : ndarray of shape (n_columns, n_columns)
        Products of the columns.
    """

    columns: FloatArray
    team: IntArray
    sizes: FloatArray
    sums: FloatArray
    square: FloatArray

    @property
    def teams_are_told_apart(self) -> bool:
        """Whether two teams have two members who answered."""
        return int((self.sizes > 1).sum()) > 1


def conditioned_draws(
    fit: FactorFit, draws: IntArray, columns: FloatArray, *, seed: int
) -> tuple[FloatArray, FloatArray]:
    """
    Draw every respondent's factors given answers, teams and further variables.

    The items' parameters are those of the fit's draws, and the factors have the unit that they
    have there: a variance of 1 over respondents, or within teams where there is a team level.
    The fit's draws are of a model without the columns; values under each would have a spread of
    their own, which made slopes less certain than they are. The factors' regression on the columns,
    with an intercept for each team, is drawn together with the factors (Gibbs sampling), so
    that the factors keep what the columns and the teams tell of them.

    Parameters
    ----------
    fit : FactorFit
        The fit.
    draws : ndarray of shape (n,), int
        Which draws, counted through the chains.
    columns : ndarray of shape (n_respondents, n_columns)
        Standardised variables, with a column of ones.
    seed : int
        Seed.

    Returns
    -------
    scores : ndarray of shape (n, n_respondents, n_factors)
        As `score_draws`.
    teams : ndarray of shape (n, n_teams, n_factors)
        Expected factor of a member of the team, its columns being those of the members who
        answered; not a number for a team in which nobody did.

    References
    ----------
    Mislevy (1991), doi 10.1007/BF02294457 (values given the variables of later analyses).
    Huang and Wand (2013), doi 10.1214/13-BA815 (half-t priors of the spread over teams).
    """
    from learnclimate.inference.factors.kernels_scores import draw_scores

    design, rng = fit.design, np.random.default_rng([fit.private_seed(seed), 12])
    members = _members(fit, columns)
    n_teams, n_factors = len(design.teams), design.n_factors
    state = Regression(
        np.zeros((columns.shape[1], n_factors)),
        np.zeros((n_teams, n_factors)),
        parameters_of(fit, draws[:1]).correlation[0].copy(),
        0.1 * np.eye(n_factors) * members.teams_are_told_apart,
    )
    scores = np.empty((len(draws), len(columns), n_factors))
    teams = np.empty((len(draws), n_teams, n_factors))
    with np.errstate(invalid="ignore"):
        average = members.sums / np.where(members.sizes > 0, members.sizes, np.nan)[:, None]
    for place, draw in enumerate(draws):
        values, _, measure = answers_and_measure(fit, int(draw))
        for _ in range(_BETWEEN if place else _FIRST):
            mean = columns @ state.slopes + state.teams[design.team]
            prior = measure._replace(precision=np.linalg.inv(state.rest))
            draw_scores(values, mean, prior, score_noise(fit, rng), scores[place])
            regress(state, scores[place][design.answered], members, rng)
        unit = _spread(state, members, by_team=fit.model.levels == "team")
        scores[place] /= unit
        teams[place] = (average @ state.slopes + state.teams) / unit
    return scores, teams


def _spread(state: Regression, members: Members, *, by_team: bool) -> FloatArray:
    """Tell the standard deviation of each factor over respondents, or within teams."""
    mean = members.columns @ state.slopes
    if by_team:
        sizes = np.maximum(members.sizes, 1.0)[:, None]
        mean = mean - (members.sums / sizes @ state.slopes)[members.team]
        lost = len(mean) / max(len(mean) - int((members.sizes > 0).sum()), 1)
        return np.asarray(np.sqrt(lost * (mean**2).mean(axis=0) + np.diag(state.rest)))
    mean = mean + state.teams[members.team]
    return np.asarray(np.sqrt(mean.var(axis=0) + np.diag(state.rest)))


def _members(fit: FactorFit, columns: FloatArray) -> Members:
    answered, n_teams = fit.design.answered, len(fit.design.teams)
    own, team = columns[answered], fit.design.team[answered]
    sums = np.zeros((n_teams, columns.shape[1]))
    np.add.at(sums, team, own)
    sizes = np.bincount(team, minlength=n_teams).astype(float)
    return Members(own, team, sizes, sums, own.T @ own)


def regress(
    state: Regression, scores: FloatArray, members: Members, rng: np.random.Generator
) -> None:
    """
    Draw coefficients and teams together, then both covariances.

    Parameters
    ----------
    state : Regression
        Filled.
    scores : ndarray of shape (n_answered, n_factors)
        Factors.
    members : Members
        Whose they are.
    rng : numpy.random.Generator
        Random numbers.
    """
    _draw_means(state, scores, members, rng)
    left = scores - members.columns @ state.slopes - state.teams[members.team]
    state.rest = _inverse_wishart(len(left), left.T @ left, rng)
    if not members.teams_are_told_apart:
        return
    n_teams, n_factors = state.teams.shape
    # Auxiliary scales turn inverse Wishart priors into half-Student-t ones.
    rate = _DF * np.diag(np.linalg.inv(state.between)) + _SCALE**-2
    scale = rate / rng.gamma((_DF + n_factors) / 2, 1.0, n_factors)
    square = state.teams.T @ state.teams + 2 * _DF * np.diag(1 / scale)
    state.between = _inverse_wishart(_DF + n_factors - 1 + n_teams, square, rng)


def _draw_means(
    state: Regression, scores: FloatArray, members: Members, rng: np.random.Generator
) -> None:
    """Draw coefficients and teams' intercepts, factors turned so that they are independent."""
    ratio, turn = linalg.eigh(state.between, state.rest)
    back = np.linalg.inv(turn)
    turned = scores @ turn
    products = members.columns.T @ turned
    totals = np.zeros((len(members.sizes), turned.shape[1]))
    np.add.at(totals, members.team, turned)
    slopes, teams = np.empty_like(state.slopes), np.empty_like(state.teams)
    for k, spread in enumerate(np.maximum(ratio, 0.0)):
        shrunk = spread / (1 + members.sizes * spread)
        precision = members.square - (members.sums * shrunk[:, None]).T @ members.sums
        precision += _RIDGE * np.eye(len(precision))
        right = products[:, k] - members.sums.T @ (shrunk * totals[:, k])
        root = np.linalg.cholesky(precision)
        centre = linalg.cho_solve((root, True), right)
        noise = linalg.solve_triangular(root.T, rng.standard_normal(len(root)), lower=False)
        slopes[:, k] = centre + noise
        middle = shrunk * (totals[:, k] - members.sums @ slopes[:, k])
        teams[:, k] = middle + np.sqrt(shrunk) * rng.standard_normal(len(shrunk))
    state.slopes, state.teams = slopes @ back, teams @ back


def _inverse_wishart(df: float, square: FloatArray, rng: np.random.Generator) -> FloatArray:
    drawn = stats.invwishart.rvs(df, square, random_state=rng)
    return np.asarray(drawn).reshape(square.shape)
