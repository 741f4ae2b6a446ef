"""Copies of items are refused by models and told by descriptions; so are items that never vary."""

import numpy as np
import pytest

from factor_answers import ordinal_answers, two_scales
from learnclimate.core.errors import SurveyError
from learnclimate.inference.fitting import fit
from learnclimate.measurement.agreement import agreement
from learnclimate.measurement.factor_design import factor_design
from learnclimate.measurement.factor_model import FactorModel, GradedResponse
from learnclimate.measurement.factor_number import explore_factors, parallel_analysis
from learnclimate.measurement.polychoric import polychoric
from learnclimate.measurement.reliability import reliability
from learnclimate.measurement.same_answers import refuse_copies
from learnclimate.measurement.scale_scores import scale_scores
from measurement_answers import survey_of


@pytest.fixture
def copied():
    answers = ordinal_answers(np.random.default_rng(1), 200, np.full((5, 1), 0.7))
    answers[:, 3] = answers[:, 1]
    return answers


@pytest.mark.parametrize(
    "model",
    [
        lambda survey: fit(FactorModel("s"), survey, progress=False),
        lambda survey: fit(GradedResponse("s"), survey, progress=False),
        lambda survey: fit(FactorModel("s", ordinal=False), survey, progress=False),
        lambda survey: parallel_analysis(survey, "s"),
        lambda survey: explore_factors(survey, "s", 1),
        lambda survey: reliability(survey, "s"),
    ],
)
def test_what_takes_items_for_witnesses_refuses_a_copy(copied, model):
    with pytest.raises(SurveyError, match=r"'q2' and 'q4'.*One is a copy of the other"):
        model(survey_of(copied))


def test_an_opposite_is_a_copy_too_and_so_is_one_in_another_scale(copied):
    copied[:, 3] = 6 - copied[:, 1]
    copied[:20, 3] = np.nan
    with pytest.raises(SurveyError, match=r"'q2' and 'q4'.*opposite answers"):
        factor_design(FactorModel(["f", "g"]), two_scales(copied, 3))


def test_few_who_agree_by_chance_make_no_copy_and_one_answer_apart_is_none(copied):
    names = tuple("abcde")
    refuse_copies(copied[:29], names)
    with pytest.raises(SurveyError, match="copy"):
        refuse_copies(copied[:30], names)
    copied[7, 3] = 6 - copied[7, 3] if copied[7, 3] != 3 else 4
    refuse_copies(copied, names)


def test_descriptions_tell_of_copies_and_of_items_that_never_vary(copied):
    notes = polychoric(survey_of(copied), "s").summary.attrs["notes"]
    assert any("q2 and q4" in note and "Rely on no figure" in note for note in notes)
    copied[:, 2] = 4
    survey = survey_of(copied, np.repeat(np.arange(20), 10))
    for described in (agreement, scale_scores):
        notes = described(survey, "s", draws=100).summary.attrs["notes"]
        assert sum("'q3' never varies" in note for note in notes) == 1
    copied[0, 2] = 5
    notes = scale_scores(survey_of(copied), "s", draws=100).summary.attrs["notes"]
    assert not any("never varies" in note for note in notes)
