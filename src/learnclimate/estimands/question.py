"""What is asked of a fit about the levels of a frequency, and what the draws say to it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from learnclimate.counts.coding import FrequencyCoding
from learnclimate.counts.prediction import level_slices
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.count_draws import count_draws, covariate_means
from learnclimate.estimands.expectation import expected_of_people, log_expected_typical
from learnclimate.estimands.groups import WITHHELD, level_sizes
from learnclimate.estimands.population import People, checked_population, coded_people
from learnclimate.estimands.prediction import predicted_of_people, predicted_typical
from learnclimate.estimands.wording import DATA_FRAME, NEW_TEAM, STUDY
from learnclimate.inference.fit_record import Fit

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_FEW = (
    "How many gave an answer that few gave is not shown; the estimate at that answer is the "
    "model's, for the whole population."
)
_ALONE = (
    "In an unordered frequency such an estimate rests on those few alone: put the answer together "
    "with its neighbour."
)


@dataclass(frozen=True, slots=True)
class Question:
    """
    A question that passed every check.

    Attributes
    ----------
    fit : Fit
        What is asked.
    position : int or None
        The frequency asked about; None in a study without one.
    population : str or People
        Who it is about.
    rule : DisclosureRule
        Which groups are too small to show.
    """

    fit: Fit
    position: int | None
    population: str | People
    rule: DisclosureRule

    @property
    def frequency(self) -> FrequencyCoding | None:
        """The frequency asked about."""
        return None if self.position is None else self.fit.coding.frequencies[self.position]

    @property
    def population_name(self) -> str:
        """Entry of the column ``population``."""
        return DATA_FRAME if isinstance(self.population, People) else self.population


def posed(fit: Fit, population: object, position: int | None, rule: DisclosureRule) -> Question:
    """
    Check who a question is about, and pose it.

    Parameters
    ----------
    fit : Fit
        The fit.
    population : object
        What the user gave.
    position : int or None
        The frequency asked about.
    rule : DisclosureRule
        Which groups are too small to show.

    Returns
    -------
    Question
        The question.

    Raises
    ------
    ArgumentError
        If there is no such population, or nobody in it.
    ArgumentTypeError
        If it is neither a name nor a data frame.
    SurveyError
        If a column of the data frame is missing or wrong.
    """
    checked = checked_population(population)
    if isinstance(checked, str):
        return Question(fit, position, checked, rule)
    return Question(fit, position, coded_people(checked, fit, position, rule), rule)


def expected(question: Question) -> FloatArray:
    """
    Give the expected counts of the population at each level.

    Parameters
    ----------
    question : Question
        The question.

    Returns
    -------
    ndarray of shape (n_draws, n_levels)
        Expected counts; a single column in a study without a frequency.
    """
    if question.population == STUDY:
        return _standardised(question, "expected_count")
    draws = count_draws(question.fit)
    if isinstance(question.population, People):
        return expected_of_people(draws, question.population, question.position)
    new_team = question.population == NEW_TEAM
    covariates = covariate_means(question.fit)
    return np.exp(log_expected_typical(draws, covariates, question.position, new_team=new_team))


def predicted(question: Question, seed: int) -> IntArray:
    """
    Give predicted counts of one person of the population at each level.

    Parameters
    ----------
    question : Question
        The question.
    seed : int
        Seed of the random numbers; those of the study were drawn when the model was
        fitted.

    Returns
    -------
    ndarray of shape (n_draws, n_levels), int
        Counts; a single column in a study without a frequency.
    """
    if question.population == STUDY:
        return np.rint(_standardised(question, "predicted_count")).astype(np.int64)
    draws, rng = count_draws(question.fit), np.random.default_rng(seed)
    if isinstance(question.population, People):
        return predicted_of_people(draws, question.population, question.position, rng=rng)
    return predicted_typical(
        draws,
        covariate_means(question.fit),
        question.position,
        new_team=question.population == NEW_TEAM,
        rng=rng,
    )


def numbers_behind(question: Question) -> IntArray:
    """
    Count who stands behind each level.

    Parameters
    ----------
    question : Question
        The question.

    Returns
    -------
    ndarray of shape (n_levels,), int64
        Respondents who gave that answer, `WITHHELD` where the number may not be shown;
        all respondents in a study without a frequency; all people of a data frame.
    """
    frequency = question.frequency
    n_levels = 1 if frequency is None else len(frequency.levels)
    if isinstance(question.population, People):
        return np.full(n_levels, question.population.n_people)
    if question.position is None:
        return np.array([question.fit.provenance.n_respondents])
    levels = level_slices(question.fit.coding)[question.position]
    return level_sizes(question.fit, levels, question.rule)


def notes_on(question: Question, numbers: IntArray) -> tuple[str, ...]:
    """
    Say what the reader should know about how the question was answered.

    Parameters
    ----------
    question : Question
        The question.
    numbers : ndarray of shape (n_levels,), int
        Who stands behind each level.

    Returns
    -------
    tuple of str
        Sentences.
    """
    notes = question.population.notes if isinstance(question.population, People) else ()
    if (numbers == WITHHELD).any():
        notes = (*notes, _FEW)
        frequency = question.frequency
        if frequency is not None and frequency.kind == "unordered":
            notes = (*notes, _ALONE)
    return notes


def _standardised(question: Question, name: str) -> FloatArray:
    """Answers for the study, kept with the draws, (n_draws, n_levels)."""
    group = question.fit.draws["standardised"]
    if question.position is None:
        return np.reshape(group[f"{name}_observed"].to_numpy(), (-1, 1))
    values = group[name].to_numpy()
    return np.reshape(values, (-1, values.shape[2]))[
        :, level_slices(question.fit.coding)[question.position]
    ]
