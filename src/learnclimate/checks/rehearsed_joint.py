"""Joint models rehearsed: answers to items, and counts that go together with what these measure."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from learnclimate.checks.asked_again import with_counts
from learnclimate.checks.factor_truth import answers_under, factor_truth, factors_under
from learnclimate.checks.ranked_quantities import chosen_teams, quantities
from learnclimate.checks.rehearsal import (
    LOG_LIKELIHOOD,
    Draws,
    RehearsalEngine,
    Simulated,
    chosen_engine,
)
from learnclimate.checks.rehearsed_counts import fixed_problem
from learnclimate.checks.simulated_study import log_likelihood, simulated_counts
from learnclimate.core.errors import ArgumentError, ModelError
from learnclimate.counts.design import CountDesign
from learnclimate.counts.model import shown_priors
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.counts.prior_draws import prior_draws
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.joint_engine import JointEngine, JointProblem
from learnclimate.joint.face_values import face_values, with_factors
from learnclimate.joint.model import JointModel
from learnclimate.measurement.factor_design import FactorDesign, factor_design
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class JointRehearsal:
    """
    A joint model and its respondents; the priors of its count model are filled in.

    Attributes
    ----------
    problem : JointProblem
        Model and respondents.
    items : FactorDesign
        Who answered which item.
    teams : ndarray of shape (n_chosen,), int
        Teams whose effects are ranked.
    engine : RehearsalEngine
        Makes the draws.
    """

    problem: JointProblem
    items: FactorDesign
    teams: IntArray
    engine: RehearsalEngine

    def simulated(self, number: int, rng: np.random.Generator) -> Simulated:  # noqa: ARG002
        """
        Draw the truth of a replicate, and all answers under it.

        Parameters
        ----------
        number : int
            Which replicate.
        rng : numpy.random.Generator
            Random numbers.

        Returns
        -------
        Simulated
            The count model's truth, and the problem.
        """
        model, survey = self.problem.model, self.problem.survey
        of_items = factor_truth(model.factor, self.items, rng)
        factors = factors_under(of_items, model.factor, self.items, rng)
        answers = answers_under(of_items, factors, model.factor, self.items, rng)
        if model.factor.levels == "team":
            over_teams = of_items["team_factors"][0] / of_items["team_factor_sd"][0]
            factors = over_teams[self.items.team]
        design = model.count.design(with_factors(survey, model.names, factors))
        priors = resolve_priors(model.count.priors, design)
        truth = prior_draws(model.count.family, design, priors, 1, rng)
        counts = simulated_counts(truth, design, model.count.family, rng)[0]
        answered = _with_items(with_counts(survey, counts), answers)
        return Simulated(truth, replace(self.problem, survey=answered))

    def quantities(self, truth: Draws, draws: Draws, problem: JointProblem) -> tuple[Draws, Draws]:
        """
        Read what is ranked off the truth and off the draws.

        Parameters
        ----------
        truth, draws : mapping of str to ndarray of shape (1 or n_draws, ...)
            Variables of the count model.
        problem : JointProblem
            The simulated answers.

        Returns
        -------
        true, drawn : dict of str to ndarray of shape (1 or n_draws,)
            Quantities by name. The log likelihood is told with mean scores in the place of the
            factors: draws hold no respondent's factor, and any function of parameters and
            answers may be ranked.
        """
        design = _at_face_value(problem)
        true, drawn = quantities(truth, design, self.teams), quantities(draws, design, self.teams)
        family = problem.model.count.family
        true[LOG_LIKELIHOOD] = log_likelihood(truth, design, family)
        drawn[LOG_LIKELIHOOD] = log_likelihood(draws, design, family)
        return true, drawn

    def identity(self) -> tuple[object, ...]:
        """
        Give what tells these replicates from those of other work.

        Returns
        -------
        tuple
            Of what has a telling ``repr``, and bytes.
        """
        design = _at_face_value(self.problem)
        arrays = (design.frequency_level, design.team, design.log_exposure)
        given = (self.items.categories >= 0).tobytes()
        told = (self.problem.model, self.items.items, self.teams.tolist(), self.engine.name)
        return (*told, given, *[array.tobytes() for array in arrays])


def rehearsed_joint(
    model: JointModel, survey: Survey, engine: object, simulate_from: object
) -> JointRehearsal:
    """
    Rehearse a joint model with the respondents of a survey.

    Parameters
    ----------
    model : JointModel
        What to fit.
    survey : Survey
        The respondents.
    engine : object
        What the user gave for the engine.
    simulate_from : object
        Not offered for this model.

    Returns
    -------
    JointRehearsal
        Ready to be run.

    Raises
    ------
    ArgumentError
        If there is another model to simulate from.
    ModelError
        If model and survey contradict each other, the engine does not apply, or the model
        cannot be simulated.
    """
    if simulate_from is not None:
        raise ArgumentError(
            "calibrate(simulate_from=...): a joint model is simulated from its own priors alone. "
            "Leave simulate_from out."
        )
    _refuse_what_is_not_simulated(model)
    design = _at_face_value(JointProblem(model, survey))
    priors = resolve_priors(model.count.priors, design)
    fixed_problem(model.count, design, priors)
    # Filled in once, so that they are the same in every replicate.
    count = replace(model.count, priors=shown_priors(model.count, design, priors))
    problem = JointProblem(replace(model, count=count), survey)
    available: dict[str, Any] = {
        "marginal": JointEngine("marginal"),
        "nuts": JointEngine("nuts"),
    }
    teams = np.empty(0, dtype=np.int64)
    if design.coding.team_effects:
        teams = chosen_teams(design.team_sizes, DisclosureRule())
    return JointRehearsal(
        problem=problem,
        items=factor_design(model.factor, survey),
        teams=teams,
        engine=chosen_engine(engine, problem, available),
    )


def _refuse_what_is_not_simulated(model: JointModel) -> None:
    if model.factor.link == "identity":
        raise ModelError(
            "calibrate: a factor model of continuous items would answer between and beyond the "
            "numbers of the scale, which a survey does not hold. Use "
            "JointModel(factor=FactorModel(..., ordinal=True)), or calibrate the factor "
            "model alone."
        )
    if model.count.between == "latent":
        raise ModelError(
            "calibrate: a joint model with between='latent' is not simulated: frequency answers, "
            "items and counts would all be drawn anew. Calibrate the count model alone, or use "
            "between=True."
        )


def _at_face_value(problem: JointProblem) -> CountDesign:
    survey, model = problem.survey, problem.model
    return model.count.design(with_factors(survey, model.names, face_values(model, survey)))


def _with_items(survey: Survey, answers: FactorDesign) -> Survey:
    """Put answers to items in the place of those given, reverse-keyed ones turned back."""
    last = answers.minimum + answers.n_categories - 1
    columns = {}
    for place, item in enumerate(answers.items):
        category = answers.categories[:, place]
        number = category + answers.minimum[place]
        if item in answers.reversed_items:
            number = last[place] - category
        columns[item] = np.where(category >= 0, number, np.nan)
    return replace(survey, frame=survey.frame.assign(**columns))
