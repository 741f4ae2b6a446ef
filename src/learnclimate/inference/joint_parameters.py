"""The count model's parameters beside values of factors: how likely they make the counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import distribution_of, log_probability_between
from learnclimate.counts.prediction import flattened
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.marginal.engine import MarginalEngine
from learnclimate.inference.marginal.parameters.layout import structural_layout
from learnclimate.inference.marginal.parameters.step_columns import with_step_draws
from learnclimate.inference.structural_draws import structural_draws

FloatArray = npt.NDArray[np.float64]
Draws = dict[str, FloatArray]

#: Nodes a dimension for the teams' own effects: proposals need be no more exact than this.
_NODES = 7
#: CountParameters proposed at once.
_PROPOSED = 24


@dataclass(frozen=True, slots=True)
class Counts:
    """
    The counts of a fit, whatever the values of the factors.

    Attributes
    ----------
    problem : CountProblem
        Model, design and priors.
    names : tuple of str
        Names of the factors among the covariates.
    by_team : bool
        Whether the factors are the teams'.
    is_integrated : bool
        Whether the teams' own effects are integrated out: given these, a team's factor would
        hardly move.
    """

    problem: CountProblem
    names: tuple[str, ...]
    by_team: bool
    is_integrated: bool

    def log_probability(self, draws: Mapping[str, FloatArray], factors: FloatArray) -> FloatArray:
        """
        Log probability of the counts by respondent or team.

        Parameters
        ----------
        draws : mapping of str to ndarray of shape (S, ...)
            Draws of the count model; one alone where effects are not integrated out.
        factors : ndarray of shape (n_respondents, n_factors)
            Values of the factors.

        Returns
        -------
        ndarray of shape (n_units, S)
            Log probabilities.
        """
        design = self._with(factors)
        if self.is_integrated:
            return log_counts_of_teams(replace(self.problem, design=design), draws)
        found = _log_counts_of_respondents(self.problem, design, draws)
        if self.by_team:
            found = np.bincount(design.team, found, minlength=design.n_teams)
        return found[:, None]

    def _with(self, factors: FloatArray) -> CountDesign:
        design = self.problem.design
        covariates = design.covariates.copy()
        places = [design.coding.covariate_labels.index(name) for name in self.names]
        covariates[:, places] = factors
        return replace(design, covariates=covariates)


def counts_of(fit: Fit, names: tuple[str, ...], *, by_team: bool) -> Counts:
    """
    Read the counts off a fit that has just been made.

    Parameters
    ----------
    fit : Fit
        A fit of the count model.
    names : tuple of str
        Names of the factors.
    by_team : bool
        Whether these are the teams'.

    Returns
    -------
    Counts
        The counts.
    """
    design = fit.design
    if design is None:
        raise TypeError("A fit that has just been made has its design.")
    problem = CountProblem(fit.model, design, resolve_priors(fit.priors, design))
    is_integrated = by_team and bool(design.coding.team_effects)
    is_integrated = is_integrated and MarginalEngine().obstacle(problem) is None
    return Counts(problem, names, by_team, is_integrated)


def draws_of(fit: Fit) -> Draws:
    """
    Give the draws of a fit, chains behind one another.

    Parameters
    ----------
    fit : Fit
        The fit.

    Returns
    -------
    dict of str to ndarray of shape (n_draws, ...)
        By variable.
    """
    posterior = fit.draws["posterior"].to_dataset()
    arrays = {str(name): array.to_numpy() for name, array in posterior.data_vars.items()}
    return dict(flattened(arrays))


def drawn(draws: Mapping[str, FloatArray], places: npt.NDArray[np.int64]) -> Draws:
    """
    Take some of many draws.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (S, ...)
        Draws.
    places : ndarray of shape (n,), int
        Which.

    Returns
    -------
    dict of str to ndarray of shape (n, ...)
        These.
    """
    return {name: values[places] for name, values in draws.items()}


@dataclass(frozen=True, slots=True)
class ParameterPool:
    """
    Draws of several fits, each to other values of the factors, from which parameters are proposed.

    Attributes
    ----------
    draws : dict of str to ndarray of shape (n, ...)
        The draws of all of them.
    factors : tuple of ndarray of shape (n_respondents, n_factors)
        To which values each fit was made.
    log_evidence : ndarray of shape (n_fits,)
        Log probability of the counts at these.
    log_proposed : ndarray of shape (n,)
        Log density of the draws under all fits together, prior left out.
    """

    draws: Draws
    factors: tuple[FloatArray, ...]
    log_evidence: FloatArray
    log_proposed: FloatArray

    def log_density(self, counts: Counts, draws: Mapping[str, FloatArray]) -> FloatArray:
        """
        Log density of parameters under all fits together, prior left out.

        Parameters
        ----------
        counts : Counts
            The counts.
        draws : mapping of str to ndarray of shape (S, ...)
            The parameters.

        Returns
        -------
        ndarray of shape (S,)
            Densities.
        """
        return _log_mixture(counts, draws, self.factors, self.log_evidence)


def parameter_pool(
    counts: Counts, fits: Sequence[Fit], factors: Sequence[FloatArray]
) -> ParameterPool | None:
    """
    Pool the draws of several fits.

    Parameters
    ----------
    counts : Counts
        The counts.
    fits : sequence of Fit
        The fits.
    factors : sequence of ndarray of shape (n_respondents, n_factors)
        To which values each was made.

    Returns
    -------
    ParameterPool or None
        None where the teams' effects are not integrated out, or a fit has no evidence.
    """
    evidence = [one.draws["sample_stats"].attrs.get("log_evidence", float("nan")) for one in fits]
    if not counts.is_integrated or not np.isfinite(evidence).all() or not fits:
        return None
    each = [draws_of(one) for one in fits]
    names = [name for name in each[0] if name != "team_effects"]
    draws = {name: np.concatenate([one[name] for one in each]) for name in names}
    log_evidence = np.array(evidence, dtype=float)
    log_proposed = _log_mixture(counts, draws, tuple(factors), log_evidence)
    return ParameterPool(draws, tuple(factors), log_evidence, log_proposed)


def _log_mixture(
    counts: Counts,
    draws: Mapping[str, FloatArray],
    factors: Sequence[FloatArray],
    log_evidence: FloatArray,
) -> FloatArray:
    values = [counts.log_probability(draws, one).sum(axis=0) for one in factors]
    found = special.logsumexp(np.array(values) - log_evidence[:, None], axis=0)
    return np.asarray(found - np.log(len(values)))


@dataclass(frozen=True, slots=True)
class CountParameters:
    """
    The count model's parameters at one draw, and where others are proposed from.

    Attributes
    ----------
    counts : Counts
        The counts.
    one : dict of str to ndarray of shape (1, ...)
        The draw.
    pool : ParameterPool or None
        Proposals; None where the draw is held.
    log_proposed : float
        Log density of the draw under the pool.
    """

    counts: Counts
    one: Draws
    pool: ParameterPool | None
    log_proposed: float

    def log_counts(self, factors: FloatArray) -> FloatArray:
        """
        Log probability of the counts by respondent or team.

        Parameters
        ----------
        factors : ndarray of shape (n_respondents, n_factors)
            Values of the factors.

        Returns
        -------
        ndarray of shape (n_units,)
            Log probabilities.
        """
        return self.counts.log_probability(self.one, factors)[:, 0]

    def moved(
        self, factors: FloatArray, now: FloatArray, rng: np.random.Generator
    ) -> tuple["CountParameters", FloatArray]:
        """
        Choose among some parameters of the pool and those at hand.

        Parameters
        ----------
        factors : ndarray of shape (n_respondents, n_factors)
            Values of the factors.
        now : ndarray of shape (n_units,)
            Log probability of the counts at the parameters at hand.
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        parameters : CountParameters
            The chosen.
        now : ndarray of shape (n_units,)
            Log probability of the counts at these.

        References
        ----------
        Andrieu, Doucet and Holenstein (2010), doi 10.1111/j.1467-9868.2009.00736.x (choosing
        among proposals and the present state by their weights leaves the target as it is).
        """
        pool = self.pool
        if pool is None:
            return self, now
        places = rng.integers(len(pool.log_proposed), size=_PROPOSED)
        proposed = drawn(pool.draws, places)
        by_unit = self.counts.log_probability(proposed, factors)
        log_weight = np.append(by_unit.sum(axis=0) - pool.log_proposed[places],
                               now.sum() - self.log_proposed)  # fmt: skip
        weight = np.exp(log_weight - log_weight.max())
        chosen = int(rng.choice(len(weight), p=weight / weight.sum()))
        if chosen == _PROPOSED:
            return self, now
        one = drawn(proposed, np.array([chosen]))
        density = float(pool.log_proposed[places[chosen]])
        return replace(self, one=one, log_proposed=density), by_unit[:, chosen]


def parameters_at(
    counts: Counts, fit: Fit, pool: ParameterPool | None, rng: np.random.Generator
) -> CountParameters:
    """
    Choose a draw of a fit at random.

    Parameters
    ----------
    counts : Counts
        The counts.
    fit : Fit
        The fit.
    pool : ParameterPool or None
        Where other parameters are proposed from.
    rng : numpy.random.Generator
        Random numbers.

    Returns
    -------
    CountParameters
        The draw.
    """
    draws = draws_of(fit)
    place = rng.integers(len(draws["intercept"]), size=1)
    one = drawn(draws, place)
    density = 0.0 if pool is None else float(pool.log_density(counts, one)[0])
    return CountParameters(counts, one, pool, density)


def log_counts_of_teams(problem: CountProblem, draws: Mapping[str, FloatArray]) -> FloatArray:
    """
    Compute the log probability of every team's counts, its own effects integrated out.

    Parameters
    ----------
    problem : CountProblem
        The counts.
    draws : mapping of str to ndarray of shape (S, ...)
        Draws of the count model; team effects are not read.

    Returns
    -------
    ndarray of shape (n_teams, S)
        By team.
    """
    from learnclimate.inference.marginal.likelihood.family_preparation import prepare_family

    design, draws = with_step_draws(problem, draws)
    psi = structural_draws(draws, design, structural_layout(problem.model, design))
    likelihood = prepare_family(problem.model, design).anchor(psi.mean(axis=0))
    return likelihood.team_values(psi, _NODES)


def _log_counts_of_respondents(
    problem: CountProblem, design: CountDesign, one: Mapping[str, FloatArray]
) -> FloatArray:
    at = places_of_rows(one, design, np.arange(len(design.outcome)))
    distribution = distribution_of(problem.model.family)
    if design.asked.highest is None:
        return np.asarray(distribution.log_density(design.outcome[None], at)[0])
    return np.asarray(
        log_probability_between(distribution, design.outcome, design.asked.highest, at)[0]
    )
