"""Joint models rehearsed: answers to items, and counts that go together with what these measure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from learnclimate.checks.asked_again import with_counts
from learnclimate.checks.factor_truth import answers_under, factor_truth, factors_under
from learnclimate.checks.ranked_quantities import chosen_teams, quantities
from learnclimate.checks.rehearsal import (
    LOG_LIKELIHOOD,
    Draws,
    RehearsalEngine,
    Simulated,
    chosen_engine,
    require_same_kind,
)
from learnclimate.checks.rehearsed_counts import fixed_problem
from learnclimate.checks.rehearsed_factors import require_same_items, with_added
from learnclimate.checks.simulated_study import (
    answered_levels,
    log_likelihood,
    recentred,
    simulated_counts,
    simulated_parameters,
)
from learnclimate.counts.design import CountDesign
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.counts.model import shown_priors
from learnclimate.counts.prior_choice import resolve_priors
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.joint_engine import JointEngine, JointProblem
from learnclimate.joint.face_values import face_values, with_factors
from learnclimate.joint.model import JointModel
from learnclimate.measurement.factor_design import FactorDesign, factor_design
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class JointTruths:
    """
    Truths that are draws of a joint fit's posterior.

    Attributes
    ----------
    of_items, of_counts : mapping of str to ndarray of shape (n_replicates, ...)
        Variables of the factor model, and of the count model.
    made_by : tuple
        What tells the fit.
    """

    of_items: Mapping[str, FloatArray]
    of_counts: Mapping[str, FloatArray]
    made_by: tuple[object, ...]


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
    truth_from : JointProblem
        The model and priors that truths are drawn from; `problem` itself as a rule.
    around : JointTruths or None
        Truths that are draws of a fit's posterior; None where they come from priors.
    """

    problem: JointProblem
    items: FactorDesign
    teams: IntArray
    engine: RehearsalEngine
    truth_from: JointProblem
    around: JointTruths | None = None

    def simulated(self, number: int, rng: np.random.Generator) -> Simulated:
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
        model, survey = self.truth_from.model, self.problem.survey
        of_items = self._of_items(number, rng)
        factors = factors_under(of_items, model.factor, self.items, rng)
        answers = answers_under(of_items, factors, model.factor, self.items, rng)
        if model.factor.levels == "team":
            over_teams = of_items["team_factors"][0] / of_items["team_factor_sd"][0]
            factors = over_teams[self.items.team]
        design = model.count.design(with_factors(survey, model.names, factors))
        if self.around is None:
            priors = resolve_priors(model.count.priors, design)
            truth, levels = simulated_parameters(model.count.family, design, priors, rng)
        else:
            truth = {name: values[[number]] for name, values in self.around.of_counts.items()}
            levels = answered_levels(truth, design, rng)
        answered = replace(design, frequency_level=levels)
        counts = simulated_counts(truth, answered, model.count.family, rng)[0]
        new = _with_levels(with_counts(survey, counts), design.coding.frequency_names, levels)
        if self.around is not None:
            truth = recentred(truth, design, np.concatenate([design.frequency_level, levels]))
        return Simulated(truth, self._with_answers(_with_items(new, answers), answers))

    def _of_items(self, number: int, rng: np.random.Generator) -> Draws:
        """Give a truth of the factor model."""
        if self.around is None:
            return factor_truth(self.truth_from.model.factor, self.items, rng)
        return {name: values[[number]] for name, values in self.around.of_items.items()}

    def _with_answers(self, survey: Survey, answers: FactorDesign) -> JointProblem:
        """Put new answers in the place of the old; around a fit, add them to the old."""
        if self.around is not None:
            both = [self.problem.survey.frame, survey.frame]
            survey = replace(survey, frame=pd.concat(both, ignore_index=True))
            answers = with_added(self.items, answers)
        # Answers between and beyond the numbers of a scale have no place in a survey.
        between = answers if self.problem.model.factor.link == "identity" else None
        return JointProblem(self.problem.model, survey, between)

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
        design, study = _at_face_value(problem), _at_face_value(self.problem)
        source = _at_face_value(self.truth_from)
        true, drawn = quantities(truth, source, self.teams), quantities(draws, study, self.teams)
        for name in _moved_with_factors(problem.model, study):
            true, drawn = _without(true, name), _without(drawn, name)
        family = problem.model.count.family
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
            Of what has a telling ``repr``, and bytes.
        """
        design = _at_face_value(self.problem)
        arrays = (design.frequency_level, design.team, design.log_exposure)
        given: FloatArray | IntArray | npt.NDArray[np.bool_] = self.items.categories >= 0
        told = (self.problem.model, self.items.items, self.teams.tolist(), self.engine.name)
        of_fit: tuple[object, ...] = ()
        if self.around is not None:
            given, of_fit = self.items.categories, (*self.around.made_by, design.outcome.tobytes())
        elif self.truth_from is not self.problem:
            of_fit = (self.truth_from.model,)
        return (*told, *of_fit, given.tobytes(), *[array.tobytes() for array in arrays])


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
    simulate_from : JointModel or None
        Another model of the same items to simulate from.

    Returns
    -------
    JointRehearsal
        Ready to be run.

    Raises
    ------
    ArgumentTypeError
        If what to simulate from is no joint model.
    ModelError
        If model and survey contradict each other, the engine does not apply, or the model to
        simulate from has other items.
    """
    problem, source = _with_fixed_priors(model, survey), None
    items = factor_design(model.factor, survey)
    if simulate_from is not None:
        require_same_kind(simulate_from, model, JointModel)
        other = cast("JointModel", simulate_from)
        source = _with_fixed_priors(other, survey)
        require_same_items(factor_design(other.factor, survey), items)
    return joint_rehearsal(problem, items, engine, truth_from=source)


def joint_rehearsal(
    problem: JointProblem,
    items: FactorDesign,
    engine: object,
    *,
    truth_from: JointProblem | None = None,
    around: JointTruths | None = None,
) -> JointRehearsal:
    """
    Bring a joint model and its respondents together with the engine that fits them.

    Parameters
    ----------
    problem : JointProblem
        Model and respondents, priors filled in.
    items : FactorDesign
        Who answered which item.
    engine : object
        What the user gave for the engine.
    truth_from : JointProblem, optional
        What truths are drawn from; `problem` where left out.
    around : JointTruths, optional
        Truths of a fit.

    Returns
    -------
    JointRehearsal
        Ready to be run.
    """
    available: dict[str, Any] = {
        "marginal": JointEngine("marginal"),
        "nuts": JointEngine("nuts"),
    }
    design, teams = _at_face_value(problem), np.empty(0, dtype=np.int64)
    if design.coding.team_effects:
        hidden = hidden_teams_of(design, DisclosureRule())
        teams = chosen_teams(design.team_sizes, hidden)
    return JointRehearsal(
        problem=problem,
        items=items,
        teams=teams,
        engine=chosen_engine(engine, problem, available),
        truth_from=truth_from or problem,
        around=around,
    )


def _with_fixed_priors(model: JointModel, survey: Survey) -> JointProblem:
    """Fill the priors of the count model in once, so that they are the same in every replicate."""
    design = _at_face_value(JointProblem(model, survey))
    priors = resolve_priors(model.count.priors, design)
    fixed_problem(model.count, design, priors)
    count = replace(model.count, priors=shown_priors(model.count, design, priors))
    return JointProblem(replace(model, count=count), survey)


def _moved_with_factors(model: JointModel, design: CountDesign) -> list[str]:
    """
    Name the team effects that draws tell at the factors' mean values, and truths at their own.

    Of a slope that a factor shifts, a fit tells the teams' own parts beside one value of the
    factor for all draws (`learnclimate.inference.joint_mixture`).
    """
    return [
        shift.frequency
        for shift in design.coding.slope_shifts
        if shift.centre is not None and shift.by in model.names
    ]


def _without(found: dict[str, FloatArray], effect: str) -> dict[str, FloatArray]:
    own = f"; {effect}]"
    return {
        name: values
        for name, values in found.items()
        if not (name.startswith("team_effects[") and name.endswith(own))
    }


def _with_levels(survey: Survey, names: Sequence[str], levels: IntArray) -> Survey:
    """Put answers to the frequencies in the place of those given."""
    columns = {}
    for place, name in enumerate(names):
        labels = np.array(survey.codebook.levels_of(name), dtype=object)
        columns[name] = pd.Categorical(labels[levels[:, place]], labels, ordered=True)
    return replace(survey, frame=survey.frame.assign(**columns))


def _at_face_value(problem: JointProblem) -> CountDesign:
    survey, model = problem.survey, problem.model
    return model.count.design(with_factors(survey, model.names, face_values(model, survey)))


def _with_items(survey: Survey, answers: FactorDesign) -> Survey:
    """Put answers to items in the place of those given, reverse-keyed ones turned back."""
    last = answers.minimum + answers.n_categories - 1
    columns = {}
    for place, item in enumerate(answers.items):
        category = answers.categories[:, place]
        if answers.measured is not None:
            # The nearest answer that is offered.
            nearest = np.rint(answers.measured[:, place]) - answers.minimum[place]
            nearest = np.clip(nearest, 0, answers.n_categories[place] - 1)
            category = np.where(category >= 0, nearest, -1)
        number = category + answers.minimum[place]
        if item in answers.reversed_items:
            number = last[place] - category
        columns[item] = np.where(category >= 0, number, np.nan)
    return replace(survey, frame=survey.frame.assign(**columns))
