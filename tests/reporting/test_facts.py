from dataclasses import replace

import numpy as np
import pytest

from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.inference.store import load_fit
from learnclimate.reporting.facts import (
    heaping_sentence,
    left_out_rows,
    left_out_sentence,
    size_classes,
)

RULE = DisclosureRule()


def test_every_team_is_in_one_class():
    sizes = [5, 9, 10, 19, 20, 49, 50, 400]
    classes = size_classes(sizes, 10, RULE, language="en")
    assert [teams for _, teams in classes] == [2, 2, 2, 2, 2]
    assert classes[0][0] == "5 to 9"
    assert classes[-1][0] == "not shown"


def test_a_raised_minimum_joins_classes():
    classes = size_classes([16, 30], 4, DisclosureRule(15), language="nl")
    assert classes == [
        ("15 tot en met 19", 1),
        ("20 tot en met 49", 1),
        ("niet getoond", 2),
    ]


def test_reasons_of_few_rows_are_told_together():
    reasons = (("a", "x", 40), ("b", "y", 12), ("c", "z", 3))
    told = left_out_rows(reasons, RULE, language="en")
    assert [one.rows for one in told] == [40, 15]
    assert "‘b’" in told[1].column
    assert "‘c’" in told[1].column


def test_few_rows_in_all_are_not_counted_out(synthetic_fit):
    few = replace(synthetic_fit, provenance=replace(synthetic_fit.provenance, n_left_out=3))
    assert "Fewer than 5" in left_out_sentence(few, RULE, language="en")
    assert "3" not in left_out_sentence(few, RULE, language="en")
    assert left_out_rows((("a", "x", 3),), RULE, language="en") == []


def test_few_rows_of_a_saved_fit_stay_few_under_any_rule(synthetic_fit, tmp_path):
    told = replace(synthetic_fit.provenance, n_left_out=7, left_out=(("a", "x", 7),))
    path = tmp_path / "fit.nc"
    replace(synthetic_fit, provenance=told).save(path, rule=DisclosureRule(10))
    sentence = left_out_sentence(load_fit(path), RULE, language="en")
    assert sentence.startswith("Fewer than 10 rows")


def test_reasons_are_told_in_dutch():
    (told,) = left_out_rows((("talk", "frequency not answered", 9),), RULE, language="nl")
    assert told.reason == "gespreksfrequentie niet ingevuld"


def test_reasons_of_the_source_stay_as_they_are():
    (told,) = left_out_rows((("talk", "refused", 9),), RULE, language="nl")
    assert told.reason == "refused"


@pytest.mark.parametrize(("language", "word"), [("en", "rounded"), ("nl", "afgerond")])
def test_heaped_counts_are_told(synthetic_fit, language, word):
    design = synthetic_fit.design
    smooth = replace(synthetic_fit, design=replace(design, outcome=design.outcome % 3))
    assert heaping_sentence(smooth, RULE, language=language) == ""
    counts = np.resize([0, 1, 2, 4, 5, 5, 5, 10, 10, 12], design.n_rows)
    heaped = replace(synthetic_fit, design=replace(design, outcome=counts))
    told = heaping_sentence(heaped, RULE, language=language)
    assert word in told
    large = np.repeat(counts, design.multiplicity.astype(int))
    large = large[large >= 3]
    assert f"{len(large)}" not in told.replace(",", "").replace(".", "")
    assert f" {10 * np.rint(10 * (large % 5 == 0).mean()):.0f}%" in told
    assert heaping_sentence(replace(heaped, design=None), RULE, language=language) == ""


def test_heaping_that_would_tell_of_few_is_not_told(synthetic_fit):
    counts = np.where(np.arange(synthetic_fit.design.n_rows) < 3, 4, 5)
    heaped = replace(synthetic_fit, design=replace(synthetic_fit.design, outcome=counts))
    assert heaping_sentence(heaped, RULE, language="en") == ""
