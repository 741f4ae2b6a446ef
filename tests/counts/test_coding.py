"""Codings replay on new people as on those fitted."""

import numpy as np
import pandas as pd
import pytest

from learnclimate.core.errors import SurveyError
from learnclimate.counts.coding import CovariateCoding, DesignCoding, FrequencyCoding

CODING = DesignCoding(
    frequencies=(
        FrequencyCoding("talk", ("never", "monthly", "weekly"), "monotonic"),
        FrequencyCoding("meet", ("1", "2"), "linear"),
    ),
    covariates=(CovariateCoding("tenure"), CovariateCoding("contract", ("fixed", "flex", "hire"))),
    team_effects=("intercept", "talk"),
)
PEOPLE = pd.DataFrame(
    {
        "talk": ["weekly", " never", "monthly"],
        "meet": [2.0, 1.0, 1.0],
        "tenure": [1, "2.5", 3],
        "contract": pd.Categorical(["hire", "fixed", "flex"]),
    }
)


def test_levels_and_covariates_of_new_people():
    assert CODING.encode_frequencies(PEOPLE).tolist() == [[2, 1], [0, 0], [1, 0]]
    expected = [[1.0, 0.0, 1.0], [2.5, 0.0, 0.0], [3.0, 1.0, 0.0]]
    assert CODING.encode_covariates(PEOPLE).tolist() == expected
    assert CODING.covariate_labels == ("tenure", "contract[flex]", "contract[hire]")
    assert CODING.frequency_names == ("talk", "meet")
    assert CODING.frequencies[0].n_steps == 2


def test_people_without_frequencies_and_covariates():
    bare = DesignCoding((), (), ("intercept",))
    assert bare.encode_frequencies(PEOPLE).shape == (3, 0)
    assert bare.encode_covariates(PEOPLE).shape == (3, 0)


@pytest.mark.parametrize(
    ("people", "message"),
    [
        (PEOPLE.drop(columns="talk"), "no column 'talk'"),
        (PEOPLE.rename(columns={"tenure": "tenur"}), "Did you mean 'tenur'"),
        (
            PEOPLE.assign(talk=["weekly", "daily", None]),
            "Column 'talk', row 1: 'daily' is not one of 'never', 'monthly', 'weekly'",
        ),
        (PEOPLE.assign(tenure=[1, 2, "long"]), "Column 'tenure', row 2: 'long' is not a number"),
        (PEOPLE.assign(tenure=[1.0, np.inf, 2]), "row 1: inf is not a number"),
        (PEOPLE.assign(contract="own"), "row 0: 'own' is not one of 'fixed', 'flex', 'hire'"),
        (PEOPLE.assign(talk=None), "Column 'talk', row 0: None is not one of"),
    ],
)
def test_people_the_fit_cannot_place(people, message):
    def encode():
        return CODING.encode_frequencies(people), CODING.encode_covariates(people)

    with pytest.raises(SurveyError, match=message):
        encode()
