"""Against semTools, psych and GPArotation: see tests/reference/measurement_semtools.R."""

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.aggregation import aggregation
from learnclimate.measurement.factor_number import explore_factors, parallel_analysis
from learnclimate.measurement.reliability import reliability
from measurement_answers import keyed, survey_of

REFERENCE = Path(__file__).parents[1] / "reference"

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def theirs():
    return json.loads((REFERENCE / "measurement_semtools.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["three", "five", "nine", "ten"])
def test_reliability_agrees_with_both_of_its_verbs(theirs, reliability_reference, name):
    items = reliability_reference["sets"][name]["items"]
    survey = survey_of(keyed(reliability_reference, items))
    # At five, what is made of polychoric correlations has two decimals.
    rule = DisclosureRule(1, reason="simulated answers")
    rows = reliability(survey, "s", draws=100, rule=rule).summary
    rows = rows.set_index(["estimand", "contrast"])
    told = theirs["reliability"][name]
    mean = rows["mean"].xs("classical", level="contrast")
    for ours, names in (
        ("alpha", ("alpha", "alpha_compared")),
        ("omega_total", ("omega", "omega_compared")),
        ("omega_ordinal", ("omega_ordinal", "omega_ordinal_compared")),
    ):
        for one in names:
            assert abs(mean[ours] - told[one]) < 1e-6, (ours, one)
    bounds = rows.loc[("alpha", "classical"), ["lower", "upper"]].astype(float)
    np.testing.assert_allclose(bounds, told["feldt"], atol=1e-9)


def test_reliability_of_two_levels_agrees(theirs, levels_reference):
    answers = np.column_stack([levels_reference["answers"][f"q{place}"] for place in (1, 2, 3)])
    survey = survey_of(answers, np.array(levels_reference["team"]))
    # The other program knows all teams, small ones too.
    rule = DisclosureRule(1, reason="simulated answers")
    rows = reliability(survey, "s", draws=100, rule=rule).summary
    mean = rows[rows["contrast"] == "classical"].set_index("estimand")["mean"]
    for name, value in theirs["levels"].items():
        # lavaan ends its search for the two-level likelihood at about 2e-5.
        assert abs(mean[name] - value) < 2e-5, name


def test_intervals_of_icc_in_balanced_teams_agree(theirs):
    told = theirs["balanced"]
    answers = np.array(told["answers"], dtype=float)[:, None]
    survey = survey_of(answers, np.repeat(np.arange(len(answers) // 4), 4))
    rule = DisclosureRule(4, reason="simulated answers")
    rows = aggregation(survey, "s", rule=rule).summary.set_index(["estimand", "contrast"])
    for name in ("icc1", "icc2"):
        found = rows.loc[(name, "classical"), ["mean", "lower", "upper"]].astype(float)
        np.testing.assert_allclose(found, told[name], atol=1e-6)


def test_factors_are_counted_and_turned_as_by_psych(theirs, reliability_reference):
    told = theirs["factors"]
    survey = survey_of(keyed(reliability_reference, told["items"]))
    # At five, figures are rounded where few gave two answers together.
    rule = DisclosureRule(1, reason="simulated answers")
    counted = parallel_analysis(survey, "s", rule=rule).summary
    eigenvalues = counted.loc[counted["estimand"] == "eigenvalue", "mean"]
    np.testing.assert_allclose(eigenvalues, told["eigenvalues"], atol=1e-4)
    assert counted.loc[0, "mean"] == told["ncomp"]
    explored = explore_factors(survey, "s", 2, draws=100, rule=rule).summary
    ours = explored.loc[explored["estimand"] == "loading", "mean"].to_numpy().reshape(-1, 2)
    apart = min(
        np.abs(ours[:, order] - np.array(told["loadings"])).max()
        for order in permutations(range(2))
    )
    assert apart < 1e-3
    correlation = explored.loc[explored["estimand"] == "factor_correlation", "mean"].iloc[0]
    assert abs(correlation - told["correlation"][0][1]) < 1e-3
