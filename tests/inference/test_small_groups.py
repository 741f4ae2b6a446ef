import numpy as np
import pytest

from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.small_groups import (
    hidden_levels,
    hidden_parameters,
    without_small_groups,
)
from learnclimate.survey.codebook import Codebook
from learnclimate.survey.reading import read_survey
from learnclimate.survey.survey import Survey
from synthetic import make_synthetic_fit

RULE = DisclosureRule()
SIZES = [32, 50, 69, 63, 25, 2, 71, 70, 52, 44]


@pytest.fixture(scope="module", params=[("talk", "meetings"), ("q[1]", "q[2]"), ("q", "q[1]")])
def draws(request, survey):
    """Two frequencies, also named as LimeSurvey names its columns."""
    first, second = request.param
    frame = survey.frame.rename(columns={"talk": first})
    frame[second] = frame[first]
    levels = survey.codebook.levels_of("talk")
    codebook = Codebook(
        outcome="activities",
        team="team",
        frequency=(first, second),
        frequency_levels={first: levels, second: levels},
    )
    read = read_survey(frame.reset_index(drop=True), codebook)
    fit = make_synthetic_fit(
        Survey(read.frame, codebook, read.ledger, "a test", survey.truth), n_draws=1
    )
    tree = fit.draws.copy()
    constant = tree["constant_data"].to_dataset()
    tree["constant_data"] = constant.assign(level_size=("frequency_level", SIZES))
    return tree


def test_levels_are_protected_within_their_own_frequency(draws):
    """The attack: subtract what is shown of one frequency from the total."""
    hidden = hidden_levels(draws, RULE)
    assert np.flatnonzero(hidden).tolist() == [5, 9]


def test_a_file_keeps_no_size_that_is_hidden(draws):
    kept = without_small_groups(draws, RULE)["constant_data"]["level_size"].to_numpy()
    assert np.isnan(kept).sum() == 2
    np.testing.assert_array_equal(
        hidden_levels(without_small_groups(draws, RULE), RULE), np.isnan(kept)
    )


def test_a_file_keeps_no_counts_of_levels_that_are_hidden(draws):
    told = without_small_groups(draws, RULE)["standardised"]
    for name in ("expected_count", "predicted_count"):
        missing = told[name].isnull()
        assert missing.any(("chain", "draw")).to_numpy().nonzero()[0].tolist() == [5, 9]
    assert not draws["standardised"]["expected_count"].isnull().any()


def test_parameters_of_hidden_levels_are_marked(draws):
    marked = hidden_parameters(draws, RULE)
    assert np.flatnonzero(marked["frequency_curve"]).tolist() == [5, 9]
    assert marked["frequency_effect"].tolist() == [False, True]
    assert marked["frequency_shape"].all(axis=1).tolist() == [False, True]
    assert marked["intercept"]
