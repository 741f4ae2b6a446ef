"""Reliability where items were left open: those who answered every item, as other programs do."""

import json
from pathlib import Path

import numpy as np
import pytest

from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.measurement.reliability import reliability
from measurement_answers import survey_of

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "measurement_missing.json").read_text("utf-8")
)
OPEN = DisclosureRule(1, reason="made-up answers")


@pytest.fixture(scope="module")
def found():
    values = np.array(list(REFERENCE["answers"].values()), dtype=float).T
    survey = survey_of(values, np.arange(len(values)) % 30)
    return reliability(survey, "s", draws=200, rule=OPEN)


@pytest.mark.oracle
def test_coefficients_of_covariances_are_those_of_complete_answers(found):
    table = found.summary.set_index(["estimand", "contrast"])
    theirs = REFERENCE["alpha"]["complete"], REFERENCE["omega"]["complete"]
    told = [table.loc[(name, "classical")] for name in ("alpha", "omega_total")]
    assert told[0]["mean"] == pytest.approx(theirs[0], abs=1e-6)
    assert told[1]["mean"] == pytest.approx(theirs[1], abs=1e-5)
    assert [one["n_respondents"] for one in told] == [REFERENCE["n_complete"]] * 2


@pytest.mark.oracle
def test_pairwise_and_full_information_are_other_figures_and_lie_within_the_interval(found):
    """psych's alpha takes pairs of items by default, lavaan can take all answers."""
    table = found.summary.set_index(["estimand", "contrast"])
    for name, other in (("alpha", "pairwise"), ("omega", "fiml")):
        theirs = REFERENCE[name][other]
        told = table.loc[({"omega": "omega_total"}.get(name, name), "classical")]
        assert abs(told["mean"] - theirs) > 1e-5
        assert told["lower"] < theirs < told["upper"]


def test_ordinal_omega_takes_all_who_answered_both_of_two_items_and_notes_say_so(found):
    table = found.summary.set_index(["estimand", "contrast"])
    assert table.loc[("omega_ordinal", "classical"), "n_respondents"] == 298
    (note,) = [one for one in found.summary.attrs["notes"] if "every item" in one]
    assert note.startswith("155 of 300 respondents were used")
    assert "omega_ordinal takes all who answered both of two items" in note
