from dataclasses import replace

import numpy as np
import pytest

from learnclimate.core.errors import ArgumentError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.groups import WITHHELD
from learnclimate.estimands.level_counts import expected_counts
from learnclimate.estimands.question import (
    expected,
    notes_on,
    numbers_behind,
    posed,
    predicted,
)

RULE = DisclosureRule()


def test_a_question_knows_its_frequency_and_population(two_fit, two_survey):
    named = posed(two_fit, "study", 1, RULE)
    assert named.frequency.name == "meetings"
    assert named.population_name == "study"
    assert posed(two_fit, two_survey.frame, 1, RULE).population_name == "data frame"


def test_a_question_about_nobody_is_not_posed(two_fit):
    with pytest.raises(ArgumentError, match="population="):
        posed(two_fit, "everybody", 0, RULE)


@pytest.mark.parametrize("population", ["average_team", "new_team", "study"])
def test_expectation_is_the_mean_of_predictions(repeated_fit, population):
    question = posed(repeated_fit, population, 0, RULE)
    counts = predicted(question, seed=1)
    error = counts.std(axis=0) / np.sqrt(len(counts))
    assert (np.abs(counts.mean(axis=0) - expected(question)[0]) < 5 * error).all()


def test_numbers_and_notes_go_together(synthetic_fit, plain_fit, change, survey):
    question = posed(synthetic_fit, "study", 0, RULE)
    numbers = numbers_behind(question)
    assert numbers.sum() == len(survey.frame)
    assert notes_on(question, numbers) == ()
    fit = change(synthetic_fit, "constant_data", level_size=[1, 50, 69, 84, 35])
    few = posed(fit, "new_team", 0, RULE)
    assert numbers_behind(few).tolist() == [WITHHELD, WITHHELD, 69, 84, 35]
    assert len(notes_on(few, numbers_behind(few))) == 1
    everybody = posed(plain_fit, "study", None, RULE)
    assert numbers_behind(everybody).tolist() == [plain_fit.provenance.n_respondents]


def test_people_of_a_data_frame_are_no_respondents(synthetic_fit, survey, change):
    question = posed(synthetic_fit, survey.frame.head(7), 0, RULE)
    assert numbers_behind(question).tolist() == [7] * 5
    assert notes_on(question, numbers_behind(question)) == ()
    # What may be shown of a level depends on the respondents of the study alone.
    fit = change(synthetic_fit, "constant_data", level_size=[1, 50, 69, 84, 35])
    question = posed(fit, survey.frame.head(7), 0, RULE)
    assert numbers_behind(question).tolist() == [WITHHELD, WITHHELD, 7, 7, 7]


def test_a_study_of_few_tells_nothing(plain_fit):
    few = replace(plain_fit, provenance=replace(plain_fit.provenance, n_respondents=4))
    question = posed(few, "study", None, RULE)
    assert numbers_behind(question).tolist() == [WITHHELD]
    assert "Too few respondents" in notes_on(question, numbers_behind(question))[0]
    result = expected_counts(few, population="study")
    assert result.summary["mean"].isna().all()
    assert not result.draws.data_vars
