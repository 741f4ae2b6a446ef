"""What is asked of a fit about the levels of a frequency, and what the draws say to it."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from learnclimate.counts.coding import FrequencyCoding
from learnclimate.counts.prediction import level_slices
from learnclimate.disclosure.blocks import blocks_named
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.count_draws import (
    CountDraws,
    count_draws,
    covariate_means,
    zero_covariate_means,
)
from learnclimate.estimands.expectation import expected_of_people, log_expected_typical
from learnclimate.estimands.family_means import (
    at_level,
    expected_at,
    n_levels_of,
    people_of,
    picked_people,
    predicted_at,
    predicted_each,
    standardised,
    typical_person,
)
from learnclimate.estimands.groups import WITHHELD, level_sizes, levels_standing_in
from learnclimate.estimands.population import People, checked_population, coded_people
from learnclimate.estimands.prediction import predicted_of_people, predicted_typical
from learnclimate.estimands.wording import DATA_FRAME, NEW_TEAM, STUDY
from learnclimate.inference.fit_record import Fit
from learnclimate.inference.standardised_families import has_exponential_mean

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_FEW = (
    "An answer that few respondents gave is not shown, nor is the one that would give it away by "
    "subtraction. To see them as one answer, put together what is hidden together, in the data "
    "and in frequency_levels: {blocks}. Put together otherwise, the new table, beside one of the "
    "old answers, would tell how many gave it."
)
_NOBODY = (
    "Nobody answered {levels} to {frequency!r}: what is said there rests on the prior of the "
    "curve's shape and on the answers beside it, and so does how sure it seems."
)
_FEW_IN_ALL = "Too few respondents are in the study for anything to be shown about them."


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
    draws = _draws_of(question)
    if not has_exponential_mean(draws.family):
        return _expected_of_family(question, draws)
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
        # A file keeps no counts of levels that few gave; those are not shown either.
        kept = np.nan_to_num(_standardised(question, "predicted_count"))
        return np.rint(kept).astype(np.int64)
    draws, rng = _draws_of(question), np.random.default_rng(seed)
    if not has_exponential_mean(draws.family):
        return _predicted_of_family(question, draws, rng)
    if isinstance(question.population, People):
        return predicted_of_people(draws, question.population, question.position, rng=rng)
    return predicted_typical(
        draws,
        covariate_means(question.fit),
        question.position,
        new_team=question.population == NEW_TEAM,
        rng=rng,
    )


def _draws_of(question: Question) -> CountDraws:
    """Read the draws, the frequencies not asked about at their lowest level shown."""
    stand = levels_standing_in(question.fit, question.rule)
    return replace(count_draws(question.fit), lowest_shown=tuple(int(one[0]) for one in stand))


def _expected_of_family(question: Question, draws: CountDraws) -> FloatArray:
    """Give expected counts where the mean is no exponential of the predictor."""
    position = question.position
    if isinstance(question.population, People):
        return standardised(draws, question.population, position)
    fit, new_team = question.fit, question.population == NEW_TEAM
    person = typical_person(draws, covariate_means(fit), zero_covariate_means(fit))
    columns = [
        expected_at(draws, at_level(person, position, level), new_team=new_team)
        for level in range(n_levels_of(draws, position))
    ]
    return np.concatenate(columns, axis=1)


def _predicted_of_family(
    question: Question, draws: CountDraws, rng: np.random.Generator
) -> IntArray:
    position = question.position
    if isinstance(question.population, People):
        people = question.population
        chance = rng.random(draws.n_draws)
        picked = np.searchsorted(np.cumsum(people.share), chance).clip(max=people.n_people - 1)
        person = picked_people(people_of(draws, people), picked.astype(np.int64))
        return predicted_each(draws, person, position, rng)
    fit, new_team = question.fit, question.population == NEW_TEAM
    person = typical_person(draws, covariate_means(fit), zero_covariate_means(fit))
    columns = [
        predicted_at(draws, at_level(person, position, level), rng, new_team=new_team)
        for level in range(n_levels_of(draws, position))
    ]
    return np.concatenate(columns, axis=1)


def numbers_behind(question: Question) -> IntArray:
    """
    Count who stands behind each level, and so tell which levels may be shown.

    Parameters
    ----------
    question : Question
        The question.

    Returns
    -------
    ndarray of shape (n_levels,), int64
        Respondents who gave that answer; all respondents in a study without a frequency;
        all people of a data frame. `WITHHELD` where nothing about the level may be shown,
        which depends on the respondents of the study, whoever is asked about.
    """
    fit = question.fit
    if question.position is None:
        number = fit.provenance.n_respondents
        numbers = np.array([WITHHELD if number < question.rule.minimum else number])
    else:
        numbers = level_sizes(fit, level_slices(fit.coding)[question.position], question.rule)
    if isinstance(question.population, People):
        return np.where(numbers == WITHHELD, WITHHELD, question.population.n_people)
    return numbers


def notes_on(
    question: Question, numbers: IntArray, levels: list[int] | None = None
) -> tuple[str, ...]:
    """
    Say what the reader should know about how the question was answered.

    Parameters
    ----------
    question : Question
        The question.
    numbers : ndarray of shape (n_levels,), int
        Who stands behind each level.
    levels : list of int, optional
        Which levels they are; all where left out.

    Returns
    -------
    tuple of str
        Sentences.
    """
    notes = question.population.notes if isinstance(question.population, People) else ()
    if (numbers == WITHHELD).any():
        notes = (*notes, _few(question))
    return (*notes, *unchosen(question, levels))


def _few(question: Question) -> str:
    coding = question.frequency
    if coding is None or question.position is None:
        return _FEW_IN_ALL
    own = level_slices(question.fit.coding)[question.position]
    hidden = level_sizes(question.fit, own, question.rule) == WITHHELD
    constant = question.fit.draws["constant_data"].to_dataset()
    counts = constant.get("level_asked", constant["level_size"]).to_numpy()[own]
    return _FEW.format(blocks=blocks_named(coding.levels, hidden, counts))


def unchosen(question: Question, levels: list[int] | None = None) -> tuple[str, ...]:
    """
    Say at which levels nobody is, so that nothing but the prior tells of them.

    Parameters
    ----------
    question : Question
        The question.
    levels : list of int, optional
        The levels asked about; all where left out.

    Returns
    -------
    tuple of str
        A sentence, or none.
    """
    coding = question.frequency
    if coding is None or question.position is None or coding.kind == "linear":
        return ()
    own = level_slices(question.fit.coding)[question.position]
    numbers = level_sizes(question.fit, own, question.rule)
    asked = range(len(coding.levels)) if levels is None else levels
    names = [f"{coding.levels[i]!r}" for i in asked if numbers[i] == 0]
    if not names:
        return ()
    return (_NOBODY.format(levels=" or ".join(names), frequency=coding.name),)


def _standardised(question: Question, name: str) -> FloatArray:
    """Answers for the study, kept with the draws, (n_draws, n_levels)."""
    group = question.fit.draws["standardised"]
    if question.position is None:
        return np.reshape(group[f"{name}_observed"].to_numpy(), (-1, 1))
    values = group[name].to_numpy()
    return np.reshape(values, (-1, values.shape[2]))[
        :, level_slices(question.fit.coding)[question.position]
    ]
