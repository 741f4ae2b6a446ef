import numpy as np
import pandas as pd
import polars as pl
import pytest

from learnclimate.core.errors import ArgumentError, ArgumentTypeError, SurveyError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.population import NO_TEAM, checked_population, coded_people
from learnclimate.inference.small_groups import hidden_teams

RULE = DisclosureRule()


@pytest.fixture
def people():
    return pd.DataFrame({"tenure": [1.0, 4.0], "contract": ["permanent", "temporary"]})


def test_names_and_frames_of_any_kind_are_accepted(people):
    assert checked_population("new_team") == "new_team"
    assert checked_population(people) is people
    pd.testing.assert_frame_equal(
        checked_population(pl.from_pandas(people)), people, check_dtype=False
    )
    pd.testing.assert_frame_equal(
        checked_population(pl.from_pandas(people).lazy()), people, check_dtype=False
    )


@pytest.mark.parametrize("wrong", [None, 3, ["study"], {"tenure": [1]}, np.zeros(3)])
def test_what_is_neither_name_nor_frame_is_refused(wrong):
    with pytest.raises(ArgumentTypeError, match="'average_team', 'new_team', 'study'"):
        checked_population(wrong)


def test_unknown_names_and_empty_or_ambiguous_frames_are_refused(people):
    with pytest.raises(ArgumentError, match="Did you mean 'average_team'"):
        checked_population("average team")
    with pytest.raises(ArgumentError, match="no rows"):
        checked_population(people.iloc[:0])
    with pytest.raises(ArgumentError, match="two columns are named 'tenure'"):
        checked_population(pd.concat([people, people[["tenure"]]], axis=1))


def test_own_frame_is_coded_as_the_design(two_fit, two_survey):
    coded = coded_people(two_survey.frame, two_fit, 0, RULE)
    design = two_fit.design
    np.testing.assert_allclose(coded.log_exposure, design.log_exposure)
    np.testing.assert_allclose(coded.covariates, design.covariates)
    np.testing.assert_array_equal(coded.team, design.team)
    np.testing.assert_array_equal(coded.levels[:, 1], design.frequency_level[:, 1])
    np.testing.assert_allclose(coded.share, design.weight / design.weight.sum())
    assert coded.notes == ()


def test_the_frequency_asked_about_need_not_be_there(two_fit, two_survey):
    coded = coded_people(two_survey.frame.drop(columns="talk"), two_fit, 0, RULE)
    assert (coded.levels[:, 0] == 0).all()
    with pytest.raises(SurveyError, match=r"population: There is no column 'talk'"):
        coded_people(two_survey.frame.drop(columns="talk"), two_fit, 1, RULE)


def test_team_exposure_and_weight_need_not_be_there(two_fit, two_survey):
    frame = two_survey.frame[["tenure", "contract", "meetings"]]
    coded = coded_people(frame, two_fit, 0, RULE)
    assert (coded.team == NO_TEAM).all()
    assert (coded.log_exposure == 0).all()
    np.testing.assert_allclose(coded.share, 1 / len(frame))
    assert coded.notes == ("There is no column 'years': everybody's exposure is 1.",)


def test_teams_that_the_fit_does_not_know_are_noted(synthetic_fit, people):
    people["team"] = ["T04", "T99"]
    coded = coded_people(people, synthetic_fit, 0, RULE)
    assert coded.team.tolist() == [3, NO_TEAM]
    assert "1 person of the population (the first in team 'T99')" in coded.notes[0]


def test_a_missing_team_is_nothing_to_note(synthetic_fit, people):
    people["team"] = ["T04", None]
    coded = coded_people(people, synthetic_fit, 0, RULE)
    assert coded.team.tolist() == [3, NO_TEAM]
    assert coded.notes == ()


def test_teams_too_small_to_tell_about_are_not_used(small_fit, small_survey):
    coded = coded_people(small_survey.frame, small_fit, 0, RULE)
    hidden = hidden_teams(small_fit.draws, RULE)
    assert hidden.sum() == 2
    used = np.unique(coded.team[coded.team != NO_TEAM])
    np.testing.assert_array_equal(used, np.flatnonzero(~hidden))
    assert "too small to tell about" in coded.notes[0]


def test_a_fit_without_any_team_left_takes_new_teams(loaded_fit, small_survey):
    strict = DisclosureRule(100)
    coded = coded_people(small_survey.frame, loaded_fit, 0, strict)
    assert (coded.team == NO_TEAM).all()


def test_labels_are_read_as_the_survey_reads_them(synthetic_fit, people):
    people["contract"] = [" permanent", "temporary "]
    coded = coded_people(people, synthetic_fit, 0, RULE)
    assert coded.covariates[:, 1].tolist() == [0.0, 1.0]


def test_the_frame_given_stays_as_it_is(synthetic_fit, people):
    people["contract"] = [" permanent", "temporary"]
    before = people.copy()
    coded_people(people, synthetic_fit, 0, RULE)
    pd.testing.assert_frame_equal(people, before)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("tenure", "long", r"population: Column 'tenure', row 1: 'long'"),
        ("tenure", np.nan, r"population: Column 'tenure', row 1"),
        ("tenure", np.inf, r"population: Column 'tenure', row 1"),
        ("contract", "permament", r"population: Column 'contract', row 1.*'permanent'"),
        ("contract", None, r"population: Column 'contract', row 1"),
        ("meetings", "often", r"population: Column 'meetings', row 1.*'weekly'"),
        ("years", 0.0, r"population: Column 'years', row 1.*above 0"),
        ("years", -1.0, r"population: Column 'years', row 1.*above 0"),
        ("years", np.nan, r"population: Column 'years', row 1.*above 0"),
        ("weight", 0.0, r"population: Column 'weight', row 1.*above 0"),
        ("weight", "much", r"population: Column 'weight', row 1.*above 0"),
    ],
)
def test_wrong_answers_are_refused_by_column_and_row(two_fit, two_survey, column, value, message):
    frame = two_survey.frame.reset_index(drop=True).copy()
    frame[column] = frame[column].astype(object)
    frame.loc[0, column] = value
    with pytest.raises(SurveyError, match=message):
        coded_people(frame, two_fit, 0, RULE)


def test_a_misspelt_covariate_is_found(synthetic_fit, people):
    with pytest.raises(SurveyError, match=r"no column 'tenure'. Did you mean 'tenur'"):
        coded_people(people.rename(columns={"tenure": "tenur"}), synthetic_fit, 0, RULE)


def test_answers_to_the_frequency_asked_about_are_told_not_to_be_used(synthetic_fit, people):
    people["talk"] = ["weekly", "hm"]
    (note,) = coded_people(people, synthetic_fit, 0, RULE).notes
    assert note.startswith("Column 'talk', row 2: 'hm' is no level, but is not used")
    people["talk"] = ["weekly", None]
    assert coded_people(people, synthetic_fit, 0, RULE).notes == ()
