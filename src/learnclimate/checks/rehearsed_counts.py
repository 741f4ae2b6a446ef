"""Count models rehearsed: counts of the same respondents under truths that are known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.checks.asked_again import AskedAgain, as_answered, as_surveyed
from learnclimate.checks.ranked_quantities import chosen_teams, quantities
from learnclimate.checks.rehearsal import LOG_LIKELIHOOD, Draws, Simulated, require_same_kind
from learnclimate.checks.simulated_study import (
    answered_levels,
    log_likelihood,
    recentred,
    simulated_counts,
    simulated_parameters,
    with_unknown_counts,
)
from learnclimate.core.errors import FitError, ModelError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.counts.model import CountModel
from learnclimate.counts.prediction import flattened
from learnclimate.counts.prior_choice import ResolvedPriors, resolve_priors
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.engine import CountProblem, Engine
from learnclimate.inference.engine_choice import engine_for
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.nuts import NutsEngine
from learnclimate.inference.nuts_again import NutsAgain
from learnclimate.inference.provenance import data_hash, told_fingerprint
from learnclimate.survey.outcome import Outcome
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRehearsal:
    """
    A count model, its priors and its respondents.

    Attributes
    ----------
    problem : CountProblem
        Model, priors and respondents; for a calibration around a fit with their counts.
    truth_from : CountProblem
        The model and priors that truths are drawn from; `problem` itself as a rule.
    around : dict of str to ndarray of shape (n_replicates, ...), or None
        Truths that are draws of a fit's posterior; None where they come from priors.
    options : tuple of AskedAgain or None
        The answer options that respondents had, and that those of unknown level had; None where
        answers are counts.
    teams : ndarray of shape (n_chosen,), int
        Teams whose effects are ranked.
    engine : Engine
        Makes the draws.
    made_by : tuple
        What tells the fit that truths come from; empty where they come from priors.
    """

    problem: CountProblem
    truth_from: CountProblem
    around: Mapping[str, FloatArray] | None
    options: tuple[AskedAgain | None, AskedAgain | None]
    teams: IntArray
    engine: Engine
    made_by: tuple[object, ...] = ()

    def simulated(self, number: int, rng: np.random.Generator) -> Simulated:
        """
        Draw the truth of a replicate, and counts of all respondents under it.

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
        source = self.truth_from
        if self.around is not None:
            truth = {name: values[[number]] for name, values in self.around.items()}
            levels = answered_levels(truth, source.design, rng)
        else:
            truth, levels = simulated_parameters(
                source.model.family, source.design, source.priors, rng
            )
        answered = replace(source.design, frequency_level=levels)
        counts = simulated_counts(truth, answered, source.model.family, rng)[0]
        answered = with_unknown_counts(truth, answered, source.model.family, rng)
        if self.around is not None:
            every = np.concatenate([source.design.frequency_level, levels])
            truth = recentred(truth, source.design, every)
        return Simulated(truth, self._with_answers(counts, answered))

    def _with_answers(self, counts: IntArray, answered: CountDesign) -> CountProblem:
        """Put new answers in the place of the old; around a fit, add them to the old."""
        problem, design = self.problem, self.problem.design
        levels = answered.frequency_level
        known, unknown = self.options
        other = answered.unknown
        if other is not None and unknown is not None:
            other = unknown.design(other, other.outcome)
        new = replace(design, outcome=counts, frequency_level=levels, unknown=other)
        if known is not None:
            new = known.design(new, counts)
        if self.around is None:
            return replace(problem, design=new)
        return replace(problem, design=_together(design, new))

    def quantities(self, truth: Draws, draws: Draws, problem: CountProblem) -> tuple[Draws, Draws]:
        """
        Read what is ranked off the truth and off the draws.

        Parameters
        ----------
        truth, draws : mapping of str to ndarray of shape (1 or n_draws, ...)
            Variables of the model.
        problem : CountProblem
            The simulated answers.

        Returns
        -------
        true, drawn : dict of str to ndarray of shape (1 or n_draws,)
            Quantities by name.
        """
        design, family = problem.design, problem.model.family
        # Teams are named by their size in the study, not by that with simulated answers added.
        study, source = self.problem.design, self.truth_from.design
        true, drawn = quantities(truth, source, self.teams), quantities(draws, study, self.teams)
        if set(truth) == set(draws) and source.coding == study.coding:
            true[LOG_LIKELIHOOD] = log_likelihood(truth, design, family)
            drawn[LOG_LIKELIHOOD] = log_likelihood(draws, design, family)
        return true, drawn

    def identity(self) -> tuple[object, ...]:
        """
        Give what tells these replicates from those of other work.

        Returns
        -------
        tuple
            Of what has a telling ``repr``.
        """
        problem, source = self.problem, self.truth_from
        of_counts = data_hash(problem.design) if self.around is not None else ""
        # What is kept in a file is of hashes that take long to try, as in a saved fit.
        of_counts = told_fingerprint(of_counts)
        without = replace(problem.design, outcome=np.zeros_like(problem.design.outcome))
        of_rest = told_fingerprint(data_hash(without))
        told = (problem.model, problem.priors, source.model, source.priors, of_rest)
        return (*told, of_counts, self.made_by, self.teams.tolist())


def _together(design: CountDesign, new: CountDesign) -> CountDesign:
    """Put the answers given and the simulated ones of the same people into one design."""
    twice = design.of_rows(np.tile(np.arange(design.n_rows), 2))
    asked = twice.asked
    if design.asked.highest is not None and new.asked.highest is not None:
        both = np.concatenate([design.asked.highest, new.asked.highest])
        asked = replace(asked, highest=both)
    unknown = None
    if design.unknown is not None and new.unknown is not None:
        unknown = _together(design.unknown, new.unknown)
    return replace(
        twice,
        outcome=np.concatenate([design.outcome, new.outcome]),
        frequency_level=np.concatenate([design.frequency_level, new.frequency_level]),
        asked=asked,
        unknown=unknown,
    )


def rehearsed_counts(
    model: CountModel, survey: Survey, engine: object, simulate_from: CountModel | None
) -> CountRehearsal:
    """
    Rehearse a count model with the respondents of a survey.

    Parameters
    ----------
    model : CountModel
        What to fit.
    survey : Survey
        The respondents.
    engine : object
        What the user gave for the engine.
    simulate_from : CountModel or None
        Another model to simulate from.

    Returns
    -------
    CountRehearsal
        Ready to be run.

    Raises
    ------
    ArgumentTypeError
        If what to simulate from is no count model.
    ModelError
        If model and survey contradict each other, or the engine does not apply.
    """
    if simulate_from is not None:
        require_same_kind(simulate_from, model, CountModel)
    problem = _problem(model, survey)
    return CountRehearsal(
        problem=problem,
        truth_from=problem if simulate_from is None else _problem(simulate_from, survey),
        around=None,
        options=(as_surveyed(survey), _options_of_unknown(survey.codebook.asked, problem.design)),
        teams=_teams(problem.design),
        engine=_engine(engine, problem),
    )


def counts_around(fit: Fit, engine: object, rows: IntArray) -> CountRehearsal:
    """
    Rehearse the count model of a fit, each truth a draw of its posterior.

    Parameters
    ----------
    fit : Fit
        A fit that holds its respondents and draws of the team effects.
    engine : object
        What the user gave for the engine.
    rows : ndarray of shape (n_replicates,), int
        Which draws, counted through the chains.

    Returns
    -------
    CountRehearsal
        Ready to be run.

    Raises
    ------
    FitError
        If the fit lacks respondents or draws of the team effects.
    ModelError
        If the engine does not apply.
    """
    problem, posterior = _around(fit)
    return CountRehearsal(
        problem=problem,
        truth_from=problem,
        around={name: values[rows] for name, values in posterior.items()},
        options=(
            as_answered(fit.codebook.asked, problem.design),
            _options_of_unknown(fit.codebook.asked, problem.design),
        ),
        teams=_teams(problem.design),
        engine=_engine(engine, problem),
        made_by=(fit.provenance.seed, fit.provenance.draws, fit.certificate.engine),
    )


def fixed_problem(model: CountModel, design: CountDesign, priors: ResolvedPriors) -> CountProblem:
    """
    Bring a model and respondents together with priors that do not move with the counts.

    Parameters
    ----------
    model : CountModel
        The declaration.
    design : CountDesign
        The respondents.
    priors : ResolvedPriors
        The priors, defaults filled in once.

    Returns
    -------
    CountProblem
        The problem.

    Raises
    ------
    ModelError
        If rows stand for several respondents.
    """
    if not (design.multiplicity == 1).all():
        raise ModelError("Calibration needs a row for each respondent, not merged cells.")
    return CountProblem(model, design, priors)


def _options_of_unknown(asked: Outcome, design: CountDesign) -> AskedAgain | None:
    return None if design.unknown is None else as_answered(asked, design.unknown)


def _engine(engine: object, problem: CountProblem) -> Engine:
    """Give the engine of a name; NUTS that compiles once, since every replicate has the same."""
    found = engine_for(engine, problem)
    return NutsAgain() if type(found) is NutsEngine and isinstance(engine, str) else found


def _teams(design: CountDesign) -> IntArray:
    if not design.coding.team_effects:
        return np.empty(0, dtype=np.int64)
    return chosen_teams(design.team_sizes, hidden_teams_of(design, DisclosureRule()))


def _problem(model: CountModel, survey: Survey) -> CountProblem:
    design = model.design(survey)
    return fixed_problem(model, design, resolve_priors(model.priors, design))


def _around(fit: Fit) -> tuple[CountProblem, Mapping[str, FloatArray]]:
    if fit.design is None:
        raise FitError(
            "This fit was read from a file without respondents, and the counts they gave are "
            "needed here. Fit the survey again."
        )
    posterior = fit.draws["posterior"].to_dataset()
    if fit.coding.team_effects and "team_effects" not in posterior:
        raise FitError(
            "This fit keeps moments of its many teams, not draws. Fit again with team_draws=True."
        )
    priors = resolve_priors(fit.priors, fit.design)
    draws = flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})
    return fixed_problem(replace(fit.model, priors=fit.priors), fit.design, priors), draws
