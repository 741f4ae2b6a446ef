"""Factor models rehearsed: answers to the same items under truths that are known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from learnclimate.checks.factor_truth import (
    answers_under,
    factor_truth,
    factors_under,
    log_probability,
)
from learnclimate.checks.ranked_quantities import chosen_teams
from learnclimate.checks.rehearsal import (
    LOG_LIKELIHOOD,
    Draws,
    RehearsalEngine,
    Simulated,
    chosen_engine,
    require_same_kind,
)
from learnclimate.core.errors import ModelError
from learnclimate.counts.prediction import flattened
from learnclimate.disclosure.behind_pseudonyms import hidden_by
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.factors.fit_record import FactorFit
from learnclimate.measurement.factor_design import FactorDesign, factor_design
from learnclimate.measurement.factor_model import FactorDeclaration, FactorModel, GradedResponse
from learnclimate.survey.survey import Survey

if TYPE_CHECKING:
    from learnclimate.inference.factors.engine import FactorProblem

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_PAIRS = ("factor_correlation", "team_factor_correlation")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRehearsal:
    """
    A factor model and its respondents.

    Attributes
    ----------
    problem : FactorProblem
        Model and respondents; for a calibration around a fit with their answers.
    truth_from : FactorProblem
        The model that truths are drawn from; `problem` itself as a rule.
    around : dict of str to ndarray of shape (n_replicates, ...), or None
        Truths that are draws of a fit's posterior; None where they come from priors.
    teams : ndarray of shape (n_chosen,), int
        Teams whose factors are ranked.
    engine : RehearsalEngine
        Makes the draws.
    made_by : tuple
        What tells the fit that truths come from; empty where they come from priors.
    """

    problem: "FactorProblem"
    truth_from: "FactorProblem"
    around: Mapping[str, FloatArray] | None
    teams: IntArray
    engine: RehearsalEngine
    made_by: tuple[object, ...] = ()

    def simulated(self, number: int, rng: np.random.Generator) -> Simulated:
        """
        Draw the truth of a replicate, and the answers of all respondents under it.

        Parameters
        ----------
        number : int
            Which replicate.
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        Simulated
            Truth and problem.
        """
        model, design = self.truth_from.model, self.problem.design
        if self.around is None:
            truth = factor_truth(model, self.truth_from.design, rng)
        else:
            truth = {name: values[[number]] for name, values in self.around.items()}
        factors = factors_under(truth, model, design, rng)
        new = answers_under(truth, factors, model, design, rng)
        if self.around is not None:
            new = with_added(design, new)
        return Simulated(truth, replace(self.problem, design=new))

    def quantities(
        self, truth: Draws, draws: Draws, problem: "FactorProblem"
    ) -> tuple[Draws, Draws]:
        """
        Read what is ranked off the truth and off the draws.

        Parameters
        ----------
        truth, draws : mapping of str to ndarray of shape (1 or n_draws, ...)
            Variables of the model.
        problem : FactorProblem
            The simulated answers.

        Returns
        -------
        true, drawn : dict of str to ndarray of shape (1 or n_draws,)
            Quantities by name.
        """
        true = self._read(truth, self.truth_from.design)
        drawn = self._read(draws, self.problem.design)
        # Of one model alone are answers as likely under the truth as under the draws.
        told = self.truth_from.model == problem.model and not self._is_without_teams(draws)
        if told:
            for found, variables in ((true, truth), (drawn, draws)):
                found[LOG_LIKELIHOOD] = log_probability(variables, problem.model, problem.design)
        return true, drawn

    def identity(self) -> tuple[object, ...]:
        """
        Give what tells these replicates from those of other work.

        Returns
        -------
        tuple
            Of what has a telling ``repr``, and bytes.
        """
        design = self.problem.design
        answers = design.categories if self.around is not None else design.categories >= 0
        told: tuple[object, ...] = (self.problem.model, design.items, design.minimum.tolist())
        told = (*told, self.made_by)
        if self.truth_from is not self.problem:
            told = (*told, self.truth_from.model)
        numbers = (design.n_categories.tolist(), self.teams.tolist())
        return (*told, *numbers, answers.tobytes(), design.team.tobytes())

    def _is_without_teams(self, draws: Draws) -> bool:
        """Say whether the teams' factors are missing, without which no probability is told."""
        return self.problem.model.levels == "team" and "team_factors" not in draws

    def _read(self, draws: Draws, design: FactorDesign) -> dict[str, FloatArray]:
        found = quantities_of_factors(draws, design)
        if "team_factors" in draws:
            told, sizes = design.discretion(), design.team_sizes
            for number, team in enumerate(self.teams, start=1):
                # Where few of a team left all open, it is named by all who were asked.
                size = told.told(int(sizes[team]), design.teams[team])
                for place, name in enumerate(design.factors):
                    who = f"team {number}, of {size}; {name}"
                    found[f"team_factors[{who}]"] = draws["team_factors"][:, team, place]
        return found


def quantities_of_factors(draws: Draws, design: FactorDesign) -> dict[str, FloatArray]:
    """
    Read what is ranked of a factor model's parameters.

    Parameters
    ----------
    draws : mapping of str to ndarray of shape (n_draws, ...)
        Variables of the posterior.
    design : FactorDesign
        Tells names.

    Returns
    -------
    dict of str to ndarray of shape (n_draws,)
        Loadings, thresholds or means and residual standard deviations, correlations and
        spreads over teams, by name.
    """
    items, factors = design.items, design.factors
    found = {
        f"loadings[{items[item]}, {factors[factor]}]": draws["loadings"][:, item, factor]
        for item, factor in zip(design.loading_item, design.loading_factor, strict=True)
    }
    if "thresholds" in draws:
        found |= {
            f"thresholds[{item}, {cut + 1}]": draws["thresholds"][:, place, cut]
            for place, item in enumerate(items)
            for cut in range(design.n_categories[place] - 1)
        }
    for name in ("item_means", "residual_sd"):
        if name in draws:
            found |= {f"{name}[{item}]": draws[name][:, i] for i, item in enumerate(items)}
    if "team_factor_sd" in draws:
        sds = draws["team_factor_sd"].T
        found |= {f"team_factor_sd[{name}]": sd for name, sd in zip(factors, sds, strict=True)}
    for name in _PAIRS:
        if name in draws:
            found |= {
                f"{name}[{factors[row]}, {factors[column]}]": draws[name][:, row, column]
                for row in range(len(factors))
                for column in range(row)
            }
    return found


def rehearsed_factors(
    model: FactorDeclaration, survey: Survey, engine: object, simulate_from: object
) -> FactorRehearsal:
    """
    Rehearse a factor model with the respondents of a survey.

    Parameters
    ----------
    model : FactorModel or GradedResponse
        What to fit.
    survey : Survey
        The respondents.
    engine : object
        What the user gave for the engine.
    simulate_from : FactorModel, GradedResponse or None
        Another model of the same items to simulate from.

    Returns
    -------
    FactorRehearsal
        Ready to be run.

    Raises
    ------
    ArgumentTypeError
        If what to simulate from is no factor model.
    ModelError
        If model and survey contradict each other, the engine does not apply, or the model to
        simulate from has other items.
    """
    design = factor_design(model, survey)
    if simulate_from is None:
        return _rehearsal(model, design, engine)
    require_same_kind(simulate_from, model, (FactorModel, GradedResponse))
    source = cast("FactorDeclaration", simulate_from)
    other = factor_design(source, survey)
    require_same_items(other, design)
    return _rehearsal(model, design, engine, truth_from=(source, other))


def require_same_items(other: FactorDesign, design: FactorDesign) -> None:
    """
    Refuse to simulate answers to other items than those that are fitted.

    Parameters
    ----------
    other, design : FactorDesign
        What is simulated, and what is fitted.

    Raises
    ------
    ModelError
        If their items differ.
    """
    if other.items != design.items:
        raise ModelError(
            "calibrate(simulate_from=...): it has other items than the model that is fitted, so "
            "its answers cannot be put in their place. Give a model of the same scales, in the "
            "same order."
        )


def factors_around(fit: FactorFit, engine: object, rows: IntArray) -> FactorRehearsal:
    """
    Rehearse the model of a factor fit, each truth a draw of its posterior.

    Parameters
    ----------
    fit : FactorFit
        A fit that holds its respondents.
    engine : object
        What the user gave for the engine.
    rows : ndarray of shape (n_replicates,), int
        Which draws, counted through the chains.

    Returns
    -------
    FactorRehearsal
        Ready to be run.

    Raises
    ------
    FitError
        If the fit lacks respondents.
    ModelError
        If the engine does not apply.
    """
    fit.require_answers("Calibrations")
    posterior = fit.draws["posterior"].to_dataset()
    draws = flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})
    around = {name: values[rows] for name, values in draws.items()}
    told = (fit.provenance.seed, fit.provenance.draws, fit.certificate.engine)
    return _rehearsal(fit.model, fit.design, engine, around=around, made_by=told)


def _rehearsal(
    model: FactorDeclaration,
    design: FactorDesign,
    engine: object,
    *,
    around: Mapping[str, FloatArray] | None = None,
    made_by: tuple[object, ...] = (),
    truth_from: tuple[FactorDeclaration, FactorDesign] | None = None,
) -> FactorRehearsal:
    # Loads numba, which importing the package must not.
    from learnclimate.inference.factors.engine import FactorProblem, MarginalFactors
    from learnclimate.inference.factors.nuts import NutsFactors

    problem = FactorProblem(model, design)
    available: dict[str, Any] = {"marginal": MarginalFactors(), "nuts": NutsFactors()}
    teams = np.empty(0, dtype=np.int64)
    if model.levels == "team":
        sizes = np.bincount(design.team[design.answered], minlength=len(design.teams))
        hidden = hidden_by(
            design.hidden_from,
            sizes,
            DisclosureRule(),
            teams=list(design.teams),
            departments=design.department,
        )
        teams = chosen_teams(sizes, hidden)
    return FactorRehearsal(
        problem=problem,
        truth_from=problem if truth_from is None else FactorProblem(*truth_from),
        around=around,
        teams=teams,
        engine=chosen_engine(engine, problem, available),
        made_by=made_by,
    )


def with_added(design: FactorDesign, new: FactorDesign) -> FactorDesign:
    """
    Put new answers of as many further respondents of the same teams below those given.

    Parameters
    ----------
    design, new : FactorDesign
        The answers given, and the new ones.

    Returns
    -------
    FactorDesign
        Both.
    """
    measured = new.measured
    return replace(
        design,
        categories=np.concatenate([design.categories, new.categories]),
        open_beside=None,
        team=np.tile(design.team, 2),
        rows=np.tile(design.rows, 2),
        measured=None if measured is None else np.concatenate([design.numbers, measured]),
    )
