"""From answers to arrays, and the surveys no model could tell apart."""

import numpy as np
import pandas as pd
import pytest

from learnclimate.core.errors import ModelError
from learnclimate.counts.frequency import Linear, Monotonic
from learnclimate.counts.model import CountModel
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey


@pytest.fixture
def people() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "team": np.repeat(["south", "north", "west", "east"], 6),
            "department": np.repeat(["one", "one", "two", "two"], 6),
            "talk": np.resize(["a", "b", "c"], 24),
            "meet": np.resize(["1", "2"], 24),
            "n": rng.poisson(3, 24),
            "hours": rng.uniform(10, 40, 24),
            "age": rng.integers(20, 60, 24),
            "sex": np.resize(["f", "m", "m"], 24),
            "weight": rng.uniform(0.5, 2, 24),
        }
    )


def survey_of(people, **parts):
    given = {
        "outcome": "n",
        "team": "team",
        "frequency": ["talk", "meet"],
        "frequency_levels": {"talk": ["a", "b", "c"], "meet": ["1", "2"]},
    }
    return read_survey(people, Codebook(**{**given, **parts}))


def test_every_array(people):
    survey = survey_of(
        people,
        department="department",
        exposure="hours",
        covariates=["age", "sex"],
        weight="weight",
    )
    design = CountModel(frequency={"talk": Monotonic(), "meet": Linear()}).design(survey)
    np.testing.assert_array_equal(design.outcome, people["n"])
    np.testing.assert_allclose(np.exp(design.log_exposure), people["hours"])
    np.testing.assert_allclose(design.weight, people["weight"])
    assert design.frequency_level[:4].tolist() == [[0, 0], [1, 1], [2, 0], [0, 1]]
    assert design.teams.tolist() == ["east", "north", "south", "west"]
    assert design.teams[design.team].tolist() == people["team"].tolist()
    assert design.departments.tolist() == ["two", "one", "one", "two"]
    assert design.covariates[:, 1].tolist() == (people["sex"] == "m").astype(float).tolist()
    coding = design.coding
    assert coding.team_effects == ("intercept", "talk", "meet")
    assert [frequency.kind for frequency in coding.frequencies] == ["monotonic", "linear"]
    assert coding.covariate_labels == ("age", "sex[m]")
    assert coding.exposure == "hours"


def test_a_survey_without_anything_but_teams(people):
    survey = survey_of(people, frequency=None, frequency_levels=())
    design = CountModel(team_effects=("intercept",)).design(survey)
    assert design.frequency_level.shape == (24, 0)
    assert design.covariates.shape == (24, 0)
    assert (design.log_exposure == 0).all()
    assert (design.weight == 1).all()
    assert design.departments is None


def test_only_categories_in_use_are_coded(people):
    people["sex"] = pd.Categorical(people["sex"], ["x", "m", "f"])
    design = CountModel().design(survey_of(people, covariates=["sex"]))
    assert design.coding.covariate_labels == ("sex[f]",)


def test_covariates_may_be_chosen_among_the_codebooks(people):
    survey = survey_of(people, covariates=["age", "sex"])
    assert CountModel(covariates=("sex",)).design(survey).coding.covariate_labels == ("sex[m]",)
    assert CountModel(covariates=()).design(survey).coding.covariate_labels == ()


def refused(survey, model, *fragments):
    with pytest.raises(ModelError) as caught:
        model.design(survey)
    for fragment in fragments:
        assert fragment in str(caught.value)


class TestTeams:
    def test_a_single_team(self, people):
        survey = survey_of(people.assign(team="all"))
        refused(survey, CountModel(), "one team ('all')", "CountModel(team_effects=())")
        assert CountModel(team_effects=()).design(survey).n_teams == 1

    def test_teams_of_one(self, people):
        survey = survey_of(people.assign(team=[f"t{i}" for i in range(24)]))
        refused(survey, CountModel(), "every team has one respondent", "team_effects=()")
        assert CountModel(team_effects=()).design(survey).n_teams == 24

    def test_some_teams_of_one_are_fine(self, people):
        people.loc[0, "team"] = "alone"
        assert CountModel().design(survey_of(people)).team_sizes.tolist() == [1, 6, 6, 5, 6]

    @pytest.mark.parametrize(
        ("effects", "message"),
        [
            (("intercept", "tlak"), "no effect 'tlak'. Did you mean 'talk'?"),
            (("frequency", "talk"), "'frequency' already covers every slope"),
        ],
    )
    def test_effects_the_survey_lacks(self, people, effects, message):
        refused(survey_of(people), CountModel(team_effects=effects), message)

    def test_a_slope_without_a_frequency(self, people):
        survey = survey_of(people, frequency=None, frequency_levels=())
        refused(survey, CountModel(), "no frequency. Use team_effects=('intercept',)")


class TestFrequencies:
    def test_a_frequency_that_everybody_answered_alike(self, people):
        refused(
            survey_of(people.assign(meet="2")),
            CountModel(),
            "Frequency 'meet': all respondents answered '2'",
            "leave it out of the codebook",
        )

    def test_codings_by_column(self, people):
        survey = survey_of(people)
        refused(survey, CountModel(frequency={"talk": Linear()}), "say how 'meet' enters, too")
        both = {"tlak": Linear(), "meet": Linear()}
        refused(survey, CountModel(frequency=both), "no frequency 'tlak'", "'talk'?")


class TestCovariates:
    def test_one_the_codebook_lacks(self, people):
        survey = survey_of(people, covariates=["age"])
        refused(survey, CountModel(covariates=("ages",)), "'ages' is not among", "'age'?")

    @pytest.mark.parametrize("value", [3, "all alike"])
    def test_a_constant(self, people, value):
        survey = survey_of(people.assign(age=value), covariates=["age"])
        refused(survey, CountModel(), f"'age' has the same value ({value}", "Take it out")

    def test_a_combination_of_others(self, people):
        people["born"] = 2026 - people["age"]
        survey = survey_of(people, covariates=["age", "sex", "born"])
        refused(survey, CountModel(), "'born' is an exact combination", "Take one out")

    def test_a_category_of_few(self, people):
        people["sex"] = ["x"] * 4 + ["f"] * 10 + ["m"] * 10
        refused(
            survey_of(people, covariates=["age", "sex"]),
            CountModel(),
            "Covariate 'sex': fewer than 5 respondents gave 'x'.",
            "CountModel(covariates=...)",
            "all of them and no others ('m', 'x')",
        )

    def test_the_first_category_of_few_is_no_exception(self, people):
        people["sex"] = ["a"] * 4 + ["m"] * 20
        refused(survey_of(people, covariates=["sex"]), CountModel(), "gave 'a'.")

    def test_the_message_tells_no_sizes(self, people):
        def said(n):
            people["sex"] = ["x"] * n + ["m"] * (24 - n)
            with pytest.raises(ModelError) as caught:
                CountModel().priors_for(survey_of(people, covariates=["sex"]))
            return str(caught.value)

        assert len({said(n) for n in (1, 2, 3, 4)}) == 1

    def test_a_category_of_five_is_fine(self, people):
        people["sex"] = ["x"] * 5 + ["m"] * 19
        survey = survey_of(people, covariates=["sex"])
        assert CountModel().design(survey).coding.covariate_labels == ("sex[x]",)

    def test_several_columns_are_told_at_once(self, people):
        people["sex"] = ["x"] * 3 + ["y"] * 3 + ["m"] * 18
        people["job"] = [1] * 4 + [0] * 20
        refused(
            survey_of(people, covariates=["sex", "job"]),
            CountModel(),
            "Covariate 'sex': fewer than 5 respondents each gave 'x', 'y'; ",
            "covariate 'job': fewer than 5 respondents gave '1",
        )

    def test_many_small_categories_are_counted(self, people):
        people["sex"] = [f"c{i:02d}" for i in range(12)] * 2
        refused(survey_of(people, covariates=["sex"]), CountModel(), "'c04' and 7 other categories")

    def test_a_number_of_few_values_is_codes_of_categories(self, people):
        people["age"] = [30.0] * 4 + [40.0] * 20
        refused(survey_of(people, covariates=["age"]), CountModel(), "'age': fewer than 5", "30")
        # Of three values the mean and the spread tell how many gave each.
        people["age"] = [30.0] * 4 + [40.0] * 16 + [50.0] * 4
        refused(survey_of(people, covariates=["age"]), CountModel(), "'age': fewer than 5", "50")
        people["age"] = [30.0] * 4 + [40.0] * 4 + [45.0, 46.0] * 8
        assert CountModel().design(survey_of(people, covariates=["age"])).covariates.shape == (
            24,
            1,
        )

    def test_covariates_left_out_may_have_small_categories(self, people):
        people["sex"] = ["x"] * 4 + ["m"] * 20
        survey = survey_of(people, covariates=["age", "sex"])
        assert CountModel(covariates=("age",)).design(survey).covariates.shape == (24, 1)
