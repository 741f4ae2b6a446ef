"""How likely counts are, whatever the values of the factors: by respondent or by team."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.cells import cells
from learnclimate.counts.design import CountDesign
from learnclimate.counts.distributions import distribution_of, log_probability_between
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.row_predictions import places_of_rows
from learnclimate.inference.engine import CountProblem
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.joint_coefficients import FactorCoefficients, factor_coefficients
from learnclimate.inference.marginal.engine import MarginalEngine
from learnclimate.inference.marginal.parameters.layout import structural_layout
from learnclimate.inference.marginal.parameters.step_columns import with_step_draws
from learnclimate.inference.structural_draws import structural_draws

FloatArray = npt.NDArray[np.float64]

#: Nodes a dimension for the teams' own effects. Weights of moves rest on them: against 21 nodes
#: these differ by less than 1e-7.
_NODES = 7
#: Rows computed at once for several sets of values.
_ROWS_AT_ONCE = 200_000


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
    coefficients : FactorCoefficients
        The factors' coefficients, and their priors.
    """

    problem: CountProblem
    names: tuple[str, ...]
    by_team: bool
    is_integrated: bool
    coefficients: FactorCoefficients

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

    def log_probabilities(
        self, draws: Mapping[str, FloatArray], of_teams: FloatArray
    ) -> FloatArray:
        """
        Log probability of every team's counts at several sets of values of the teams' factors.

        Parameters
        ----------
        draws : mapping of str to ndarray of shape (S, ...)
            Draws of the count model; one alone where effects are not integrated out.
        of_teams : ndarray of shape (n_sets, n_teams, n_factors)
            The sets.

        Returns
        -------
        ndarray of shape (n_sets, n_teams, S)
            Log probabilities.
        """
        if not self.is_integrated:
            team = self.problem.design.team
            return np.stack([self.log_probability(draws, one[team]) for one in of_teams])
        # Rows of a team are alike, or not, whatever its factors.
        merged = cells(self.problem.design)
        at_once = max(1, _ROWS_AT_ONCE // max(merged.n_rows, 1))
        parts = [
            self._of_copies(merged, draws, of_teams[first : first + at_once])
            for first in range(0, len(of_teams), at_once)
        ]
        return np.concatenate(parts)

    def _of_copies(
        self, merged: CountDesign, draws: Mapping[str, FloatArray], of_teams: FloatArray
    ) -> FloatArray:
        """Take every set's teams for teams of their own: many small passes cost more than one."""
        n_sets, n_teams = of_teams.shape[:2]
        copies = merged.of_rows(np.tile(np.arange(merged.n_rows), n_sets))
        of_set = np.repeat(np.arange(n_sets), merged.n_rows)
        departments = None if merged.departments is None else np.tile(merged.departments, n_sets)
        copies = replace(
            copies,
            covariates=self._covariates(copies, of_teams[of_set, copies.team]),
            team=copies.team + n_teams * of_set,
            teams=np.tile(merged.teams, n_sets),
            departments=departments,
            hidden_from=None,
        )
        found = log_counts_of_teams(replace(self.problem, design=copies), draws)
        return found.reshape(n_sets, n_teams, -1)

    def _with(self, factors: FloatArray) -> CountDesign:
        design = self.problem.design
        return replace(design, covariates=self._covariates(design, factors))

    def _covariates(self, design: CountDesign, factors: FloatArray) -> FloatArray:
        covariates = design.covariates.copy()
        places = [design.coding.covariate_labels.index(name) for name in self.names]
        covariates[:, places] = factors
        return covariates


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
    coefficients = factor_coefficients(design, problem.priors, names)
    return Counts(problem, names, by_team, is_integrated, coefficients)


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
