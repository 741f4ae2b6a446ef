"""How many factors, and on which items: known truth, and R's psych."""

import numpy as np
import pytest

from factor_answers import ordinal_answers, two_scales
from learnclimate.core.errors import ArgumentError, ArgumentTypeError, ModelError, SurveyError
from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.factor_number import explore_factors, parallel_analysis
from measurement_answers import keyed, survey_of

TWO = np.kron(np.eye(2), np.full((4, 1), 0.7))


def two_factors(n=600):
    rng = np.random.default_rng(1)
    return two_scales(ordinal_answers(rng, n, TWO, correlation=[[1, 0.3], [0.3, 1]]), 4)


def test_parallel_analysis_counts_the_factors_that_are_there():
    assert parallel_analysis(two_factors(), ["f", "g"]).summary.loc[0, "mean"] == 2
    rng = np.random.default_rng(2)
    one = survey_of(ordinal_answers(rng, 500, np.full((6, 1), 0.6)))
    assert parallel_analysis(one, "s").summary.loc[0, "mean"] == 1
    none = survey_of(ordinal_answers(rng, 500, np.zeros((6, 1))))
    assert parallel_analysis(none, "s", seed=3).summary.loc[0, "mean"] == 0


def test_explored_factors_are_those_that_were_simulated():
    result = explore_factors(two_factors(), ["f", "g"], 2, draws=100)
    rows = result.summary[result.summary["estimand"] == "loading"]
    pattern = rows["mean"].to_numpy().reshape(8, 2)
    pattern = pattern[:, np.argsort(-pattern[0])]
    np.testing.assert_allclose(pattern, TWO, atol=0.09)
    inside = (rows["lower"] < rows["mean"]) & (rows["mean"] < rows["upper"])
    assert inside.mean() > 0.9
    correlation = result.summary.iloc[-1]
    assert correlation["lower"] < 0.3 < correlation["upper"]


@pytest.mark.oracle
def test_one_factor_agrees_with_lavaan(reliability_reference):
    stored = reliability_reference["sets"]["nine"]
    survey = survey_of(keyed(reliability_reference, stored["items"]))
    # At five, figures are rounded where few gave two answers together.
    every = DisclosureRule(1, reason="made-up answers")
    result = explore_factors(survey, "s", 1, draws=100, rule=every)
    found = result.summary["mean"].to_numpy()
    np.testing.assert_allclose(found, stored["ordinal_loadings"], atol=2e-3)


def test_bad_arguments_are_refused():
    survey = two_factors(60)
    with pytest.raises(ArgumentError, match="from 1 to 6"):
        explore_factors(survey, "f", 0)
    with pytest.raises(ArgumentError, match=r"from 1 to 6\. Every order .* fewer scales"):
        explore_factors(survey, "f", 7)
    with pytest.raises(ModelError, match="do not tell 2 factors apart"):
        explore_factors(survey, "f", 2)
    with pytest.raises(ArgumentTypeError, match="whole number"):
        explore_factors(survey, ["f", "g"], 1.5)
    with pytest.raises(ArgumentTypeError, match="give a Scale"):
        parallel_analysis(survey, [])
    with pytest.raises(ModelError, match="too few to count factors"):
        parallel_analysis(survey_of(np.tile([[1.0, 2], [3, 1]], (9, 1))), "s")


def test_items_that_too_few_answered_together_are_named():
    values = ordinal_answers(np.random.default_rng(4), 60, np.full((4, 1), 0.7))
    values[::2, 0], values[1::2, 1] = np.nan, np.nan
    with pytest.raises(SurveyError, match="'q1' and 'q2': fewer than 6 respondents"):
        parallel_analysis(survey_of(values), "s")
    with pytest.raises(SurveyError, match="'q1': fewer than 6 respondents answered it"):
        explore_factors(survey_of(np.tile([[1.0, 2, 1, 2], [2, 1, 2, 1.0]], (2, 1))), "s", 1)
    with pytest.raises(ArgumentError, match="'q1' is in the scales twice"):
        parallel_analysis(two_factors(60), ["f", "f"])
