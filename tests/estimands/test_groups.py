import numpy as np

from learnclimate.disclosure.rule import DisclosureRule
from learnclimate.estimands.groups import WITHHELD, level_sizes, team_sizes

RULE = DisclosureRule()


def test_sizes_are_those_of_the_survey(two_fit, two_survey):
    counts = two_survey.frame["meetings"].value_counts()
    expected = [counts[level] for level in two_survey.codebook.levels_of("meetings")]
    assert level_sizes(two_fit, slice(5, 10), RULE).tolist() == expected
    teams = two_survey.frame["team"].value_counts().sort_index()
    assert team_sizes(two_fit).tolist() == teams.tolist()


def test_small_levels_are_protected_from_subtraction(synthetic_fit, change):
    sizes = [2, 50, 60, 7, 120]
    fit = change(synthetic_fit, "constant_data", level_size=sizes)
    shown = level_sizes(fit, slice(0, 5), RULE)
    assert shown.tolist() == [WITHHELD, WITHHELD, 60, 7, 120]
    # The attack: the total is known, and so is every number shown.
    rest = sum(sizes) - shown[shown != WITHHELD].sum()
    assert rest >= RULE.minimum
    assert (shown == WITHHELD).sum() >= 2


def test_a_level_nobody_chose_hides_nobody(synthetic_fit, change):
    fit = change(synthetic_fit, "constant_data", level_size=[0, 50, 60, 7, 120])
    assert level_sizes(fit, slice(0, 5), RULE).tolist() == [0, 50, 60, 7, 120]


def test_frequencies_are_protected_apart(two_fit, change):
    sizes = [2, 50, 60, 7, 120, 40, 41, 42, 43, 73]
    fit = change(two_fit, "constant_data", level_size=sizes)
    assert level_sizes(fit, slice(5, 10), RULE).tolist() == sizes[5:]
    assert (level_sizes(fit, slice(0, 5), RULE) == WITHHELD).sum() == 2


def test_sizes_that_a_file_left_out_stay_hidden(synthetic_fit, change, tmp_path):
    from learnclimate.inference.store import load_fit

    fit = change(synthetic_fit, "constant_data", level_size=[2, 50, 60, 7, 120])
    fit.save(tmp_path / "fit.nc")
    loaded = load_fit(tmp_path / "fit.nc")
    np.testing.assert_array_equal(
        level_sizes(loaded, slice(0, 5), RULE), level_sizes(fit, slice(0, 5), RULE)
    )
