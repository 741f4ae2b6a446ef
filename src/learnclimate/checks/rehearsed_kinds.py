"""Models of several kinds rehearsed: counts of every kind under truths that are known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from learnclimate.checks.kinds_replicates import new_kinds_counts, persons_at
from learnclimate.checks.ranked_quantities import chosen_teams
from learnclimate.checks.rehearsal import (
    LOG_LIKELIHOOD,
    Draws,
    RehearsalEngine,
    Simulated,
    chosen_engine,
    require_same_kind,
)
from learnclimate.core.errors import FitError
from learnclimate.counts.hidden_teams import hidden_teams_of
from learnclimate.counts.kinds_design import KindsDesign
from learnclimate.counts.kinds_model import KindsModel
from learnclimate.counts.kinds_prediction import log_rates
from learnclimate.counts.kinds_prior_draws import kinds_prior_draws
from learnclimate.counts.prediction import flattened
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.kinds_engine import KindsMarginal, KindsNuts, KindsProblem
from learnclimate.inference.kinds_fit import KindsFit
from learnclimate.survey.survey import Survey

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Ranked as they are, by the coordinates of their dims; curves stand for steps.
_RANKED = ("intercept", "frequency_effect", "covariate_effects", "team_sd", "respondent_sd")
_CORRELATIONS = ("team_correlation", "respondent_correlation")
#: Values of the respondents' effects over which the probability of counts is averaged.
_POINTS = 64
_LARGEST_LOG_RATE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KindsRehearsal:
    """
    A model of several kinds, its priors and its respondents.

    Attributes
    ----------
    problem : KindsProblem
        Model, priors and respondents; for a calibration around a fit with their counts.
    fitted : KindsDesign
        The respondents that a replicate is fitted to: around a fit each of them twice.
    around : dict of str to ndarray of shape (n_replicates, ...), or None
        Truths that are draws of a fit's posterior; None where they come from priors.
    teams : ndarray of shape (n_chosen,), int
        Teams whose effects are ranked.
    engine : RehearsalEngine
        Makes the draws.
    truth_from : KindsProblem
        The model and priors that truths are drawn from; `problem` itself as a rule.
    made_by : tuple
        What tells the fit that truths come from; empty where they come from priors.
    """

    problem: KindsProblem
    fitted: KindsDesign
    around: Mapping[str, FloatArray] | None
    teams: IntArray
    engine: RehearsalEngine
    truth_from: KindsProblem
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
        design = self.problem.design
        if self.around is None:
            truth = kinds_prior_draws(self.truth_from.design, self.truth_from.priors, 1, rng)
        else:
            truth = {name: values[[number]] for name, values in self.around.items()}
        new = new_kinds_counts(truth, 0, self.truth_from.design, rng)
        counts = np.where(design.answered, new, 0)
        if self.around is None:
            return Simulated(truth, replace(self.problem, design=replace(design, counts=counts)))
        both = np.concatenate([design.counts, counts]).astype(np.int64)
        return Simulated(truth, replace(self.problem, design=replace(self.fitted, counts=both)))

    def quantities(self, truth: Draws, draws: Draws, problem: KindsProblem) -> tuple[Draws, Draws]:
        """
        Read what is ranked off the truth and off the draws.

        Parameters
        ----------
        truth, draws : mapping of str to ndarray of shape (1 or n_draws, ...)
            Variables of the model.
        problem : KindsProblem
            The simulated answers.

        Returns
        -------
        true, drawn : dict of str to ndarray of shape (1 or n_draws,)
            Quantities by name.
        """
        true = self._read(truth, self.truth_from.design)
        drawn = self._read(draws, self.problem.design)
        same = self.truth_from.design.people.coding == self.problem.design.people.coding
        if same and set(truth) == set(draws):
            true[LOG_LIKELIHOOD] = _log_probability(truth, problem.design)
            drawn[LOG_LIKELIHOOD] = _log_probability(draws, problem.design)
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
        people = design.people
        arrays = (design.answered, people.team, people.frequency_level, people.covariates)
        counts = design.counts.tobytes() if self.around is not None else b""
        own = (self.problem.model, self.problem.priors)
        told: tuple[object, ...] = (*own, self.made_by, self.teams.tolist())
        if self.truth_from is not self.problem:
            told = (*told, self.truth_from.model, self.truth_from.priors)
        return (*told, counts, *[array.tobytes() for array in (*arrays, people.log_exposure)])

    def _read(self, draws: Draws, design: KindsDesign) -> dict[str, FloatArray]:
        found: dict[str, FloatArray] = {}
        for name in _RANKED:
            found |= _elements(name, draws.get(name), _coordinates(design)[name])
        found |= _curves(draws, design)
        for name in _CORRELATIONS:
            found |= _pairs(name, draws.get(name), _coordinates(design)[name])
        if "team_effects" in draws:
            found |= self._of_teams(draws["team_effects"], design)
        return found

    def _of_teams(self, effects: FloatArray, design: KindsDesign) -> dict[str, FloatArray]:
        people, minimum = design.people, DisclosureRule().minimum
        sizes, found = design.told_sizes(people.team, people.n_teams, minimum), {}
        for number, team in enumerate(self.teams, start=1):
            for kind, name in enumerate(design.kinds):
                for place, effect in enumerate(design.people.coding.team_effects):
                    who = f"team {number}, of {sizes[team]}; {name}: {effect}"
                    found[f"team_effects[{who}]"] = effects[:, team, kind, place]
        return found


def rehearsed_kinds(
    model: KindsModel, survey: Survey, engine: object, simulate_from: object
) -> KindsRehearsal:
    """
    Rehearse a model of several kinds with the respondents of a survey.

    Parameters
    ----------
    model : KindsModel
        What to fit.
    survey : Survey
        The respondents.
    engine : object
        What the user gave for the engine.
    simulate_from : KindsModel or None
        Another model of several kinds to simulate from.

    Returns
    -------
    KindsRehearsal
        Ready to be run.

    Raises
    ------
    ArgumentTypeError
        If what to simulate from is no model of several kinds.
    ModelError
        If model and survey contradict each other, or the engine does not apply.
    """
    if simulate_from is None:
        return _rehearsal(_problem(model, survey), engine)
    require_same_kind(simulate_from, model, KindsModel)
    source = _problem(cast("KindsModel", simulate_from), survey)
    return _rehearsal(_problem(model, survey), engine, truth_from=source)


def _problem(model: KindsModel, survey: Survey) -> KindsProblem:
    return KindsProblem(model, model.design(survey), model.priors_for(survey))


def kinds_around(fit: KindsFit, engine: object, rows: IntArray) -> KindsRehearsal:
    """
    Rehearse the model of a fit of several kinds, each truth a draw of its posterior.

    Parameters
    ----------
    fit : KindsFit
        A fit that holds its respondents.
    engine : object
        What the user gave for the engine.
    rows : ndarray of shape (n_replicates,), int
        Which draws, counted through the chains.

    Returns
    -------
    KindsRehearsal
        Ready to be run.

    Raises
    ------
    FitError
        If the fit lacks respondents.
    ModelError
        If the engine does not apply.
    """
    if fit.design is None:
        raise FitError(
            "This fit was read from a file without respondents, and the counts they gave are "
            "needed here. Fit the survey again."
        )
    posterior = fit.draws["posterior"].to_dataset()
    draws = flattened({str(name): posterior[name].to_numpy() for name in posterior.data_vars})
    around = {name: values[rows] for name, values in draws.items()}
    problem = KindsProblem(fit.model, fit.design, fit.priors)
    told = (fit.provenance.seed, fit.provenance.draws)
    return _rehearsal(problem, engine, around=around, made_by=told)


def _rehearsal(
    problem: KindsProblem,
    engine: object,
    *,
    around: Mapping[str, FloatArray] | None = None,
    made_by: tuple[object, ...] = (),
    truth_from: KindsProblem | None = None,
) -> KindsRehearsal:
    available: dict[str, Any] = {"marginal": KindsMarginal(), "nuts": KindsNuts()}
    return KindsRehearsal(
        problem=problem,
        # Made once: the engine compiles a model for the same respondents no second time.
        fitted=problem.design if around is None else _twice(problem.design),
        around=around,
        teams=_chosen_teams(problem.design)
        if problem.design.people.coding.team_effects
        else np.empty(0, dtype=np.int64),
        engine=chosen_engine(engine, problem, available),
        truth_from=truth_from or problem,
        made_by=made_by,
    )


def _chosen_teams(design: KindsDesign) -> IntArray:
    hidden = hidden_teams_of(design.people, DisclosureRule(), design.team_sizes)
    return chosen_teams(design.team_sizes, hidden)


def _twice(design: KindsDesign) -> KindsDesign:
    rows = np.tile(np.arange(design.people.n_rows), 2)
    return replace(design, answered=design.answered[rows], people=design.people.of_rows(rows))


def _curves(draws: Draws, design: KindsDesign) -> dict[str, FloatArray]:
    """Name the levels between lowest and highest, unless equal steps tie them."""
    found: dict[str, FloatArray] = {}
    start = 0
    for frequency in design.people.coding.frequencies:
        inner = range(1, len(frequency.levels) - 1) if frequency.kind != "linear" else ()
        for place in inner:
            for kind, name in enumerate(design.kinds):
                label = f"frequency_curve[{name}, {frequency.name}: {frequency.levels[place]}]"
                found[label] = draws["frequency_curve"][:, kind, start + place]
        start += len(frequency.levels)
    return found


def _coordinates(design: KindsDesign) -> dict[str, list[list[str]]]:
    coding, kinds = design.people.coding, list(design.kinds)
    pairs = [f"{kind}: {effect}" for kind in kinds for effect in coding.team_effects]
    return {
        "intercept": [kinds],
        "frequency_effect": [kinds, list(coding.frequency_names)],
        "covariate_effects": [kinds, list(coding.covariate_labels)],
        "team_sd": [kinds, list(coding.team_effects)],
        "respondent_sd": [kinds],
        "team_correlation": [pairs],
        "respondent_correlation": [kinds],
    }


def _elements(
    name: str, values: FloatArray | None, coordinates: list[list[str]]
) -> dict[str, FloatArray]:
    if values is None:
        return {}
    return {
        f"{name}[{', '.join(own[at] for own, at in zip(coordinates, place, strict=True))}]": values[
            (slice(None), *place)
        ]
        for place in np.ndindex(values.shape[1:])
    }


def _pairs(
    name: str, values: FloatArray | None, coordinates: list[list[str]]
) -> dict[str, FloatArray]:
    if values is None:
        return {}
    (names,) = coordinates
    return {
        f"{name}[{names[row]}, {names[column]}]": values[:, row, column]
        for row in range(len(names))
        for column in range(row)
    }


def _log_probability(draws: Draws, design: KindsDesign) -> FloatArray:
    """
    Log probability of all counts, the respondents' effects averaged out over fixed points.

    The average is rough, yet the same function of parameters and counts for the truth and for
    every draw, which is all that ranks need.
    """
    from scipy.stats import qmc

    points = qmc.MultivariateNormalQMC(np.zeros(design.n_kinds), rng=0).random(_POINTS)
    found = np.empty(len(draws["intercept"]))
    for one in range(len(found)):
        values, vectors = np.linalg.eigh(draws["respondent_correlation"][one])
        root = vectors * np.sqrt(np.clip(values, 0, None))
        own = (points @ root.T) * draws["respondent_sd"][one]
        beside, persons = persons_at(draws, one, design)
        log_rate = log_rates(beside, design.people.coding, persons)[:, None] + own
        log_rate = np.minimum(log_rate, _LARGEST_LOG_RATE)
        counts, answered = design.counts[:, None], design.answered[:, None]
        density = np.where(answered, counts * log_rate - np.exp(log_rate), 0.0).sum(axis=2)
        found[one] = np.logaddexp.reduce(density, axis=1).sum()
    return found
